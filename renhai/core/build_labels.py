"""Which build a run is of: `--label`, RENHAI_LABEL, or what the CI server says in its variables.

GitHub: docs.github.com/actions/reference/variables-reference. GitLab: docs.gitlab.com/ci/variables/
predefined_variables. Jenkins: its Git plugin sets GIT_COMMIT, Jenkins itself BUILD_URL and BUILD_USER_ID.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping

from renhai.core.errors import Problem, UsageError

LONGEST = 100
LONGEST_REASON = 500
COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")
JOBS = ("CI_JOB_URL", "BUILD_URL")
PEOPLE = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID")


def labels(given: str | None = None, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The `labels` of run.json: build, commit and job (the address of the CI job), as far as known.

    Raises UsageError for a label that no table could show.
    """
    found = {
        "build": checked(given, "--label") if given else checked(environ.get("RENHAI_LABEL"), "RENHAI_LABEL"),
        "commit": _first(environ, COMMITS),
        "job": _job(environ),
    }
    return {name: text for name, text in found.items() if text}


def checked(text: str | None, where: str, longest: int = LONGEST) -> str:
    """The text without space around it. Raises UsageError when it is too long or cannot be printed."""
    text = (text or "").strip()
    if len(text) > longest or not text.isprintable():
        why = f"{text[:LONGEST]!r} must be one line of at most {longest} characters; shorten it"
        raise UsageError(Problem(where, "", why))
    return text


def person(environ: Mapping[str, str] = os.environ) -> str:
    """Who started this: the user of the CI server, else of this machine."""
    try:
        return _first(environ, PEOPLE) or getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def _job(environ: Mapping[str, str]) -> str:
    parts = [environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else _first(environ, JOBS)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name].strip() for name in names if environ.get(name)), "")

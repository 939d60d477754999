"""Which build a run was of, as far as it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from results.snapshot.run import Run

_HASH = re.compile(r"[0-9a-f]{13,64}")


def build_of(run: Run) -> str:
    """Label `build`, else label `commit`, else the commit checked out where it was started; "" if unknown.

    A commit is shortened to 12 digits; `-dirty` says that files differed from it.
    """
    return build_named(run.labels, run.environment)


def build_named(labels: Mapping[str, str], environment: Mapping[str, Any]) -> str:
    """The same by a run's labels and environment."""
    git = environment.get("git") or {}
    found = labels.get("build") or labels.get("commit")
    if found:
        return _short(found)
    commit = git.get("commit") or ""
    return _short(commit) + ("-dirty" if commit and git.get("dirty") else "")


def label_of(run: Run) -> str:
    """The build, else the second in which the run started."""
    return build_of(run) or re.sub(r"(\.\d+)?\+00:00$", "Z", run.started)


def builds_of(runs: Iterable[Run]) -> list[str]:
    """The builds of several runs, each once, in order; unknown ones are left out."""
    return [build for build in dict.fromkeys(build_of(run) for run in runs) if build]


def _short(name: str) -> str:
    return name[:12] if _HASH.fullmatch(name) else name

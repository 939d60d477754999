"""The reference target as a child process of one run: on a free port, its database gone when it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from renhai.core.child_process import Child, last_words
from renhai.core.errors import InvalidRun
from renhai.run.process.locust_process import Interrupts
from renhai.safety.pinned_session import PinnedSession
from results.verdict.reasons import Reason
from results.verdict.reasons.runner import CountsDiffer, CountsDisagree, Outcome

READY_S = 60.0
LOOPBACK = "127.0.0.1"
KEEP_ALIVE_S = 600  # no operator thinks that long, so no kept connection closes under a request


class EmbeddedTarget:
    """Starts `python -m renhai.reference`, waits for its ready line, and ends it on leaving `with`.

    faults: to plant, their randomness by `seed`. Raises InvalidRun when it does not come up.
    """

    def __init__(self, interrupts: Interrupts, faults: tuple[str, ...] = (), seed: int = 1) -> None:
        self._interrupts = interrupts
        self._faults = faults
        self._seed = seed
        self._folder = Path(tempfile.mkdtemp(prefix="renhai-target-"))
        self._child: Child | None = None
        self.url = ""

    def __enter__(self) -> EmbeddedTarget:
        log = self._folder / "target.log"
        line = ["-P", "-m", "renhai.reference", "--port", "0", "--exit-with-parent", str(os.getpid())]
        line += ["--database", f"sqlite:///{self._folder / 'target.db'}", "--keep-alive", str(KEEP_ALIVE_S)]
        line += ["--seed", str(self._seed)]
        for fault in self._faults:
            line += ["--fault", fault]
        try:
            self._child = Child(line, cwd=self._folder, log=log, on_death=signal.SIGTERM)
            self.url = self._ready(self._child, log)
        except OSError as error:
            self.__exit__()
            raise InvalidRun(f"the embedded target cannot be started: {error.strerror}") from None
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.stop(timeout=10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ready(self, child: Child, log: Path) -> str:
        begun = time.monotonic()
        while child.code is None and time.monotonic() - begun < READY_S:
            if self._interrupts.count:
                raise InvalidRun("interrupted before any load was sent")
            line = child.line(0.2)
            if line and line.startswith("{"):
                return str(json.loads(line)["url"])
        state = (
            f"ended with code {child.code}"
            if child.code is not None
            else f"was not ready after {READY_S:.0f} s"
        )
        raise InvalidRun(f"the embedded target {state}: {last_words(log) or 'it said nothing'}")


def counts(url: str) -> dict[str, dict[str, int]] | None:
    """What the target counted, by operation: received, ok, rejected, error; None when it is gone."""
    try:
        with PinnedSession(url, LOOPBACK) as session:
            found: dict[str, Any] = session.get_json("/admin/counts", timeout=10)
    except (requests.RequestException, ValueError):
        return None
    return {name: dict(row) for name, row in found.get("operations", {}).items()}


def disagreements(measured: dict[str, dict[str, int]], counted: dict[str, dict[str, int]]) -> list[Reason]:
    """Where the requests that we counted and those that the target counted differ.

    Requests that ended in an error or did not end may have reached the target or not; every other one must
    appear on both sides with the same outcome.
    """
    found: list[Reason] = []
    for name in sorted({*measured, *counted}):
        ours, theirs = measured.get(name, {}), counted.get(name, {})
        unsure = ours.get("errors", 0) + ours.get("unfinished", 0)
        for what, mine, other in (
            (Outcome.requests, ours.get("started", 0) - unsure, theirs.get("received", 0)),
            (Outcome.ok, ours.get("ok", 0), theirs.get("ok", 0)),
            (Outcome.rejected, ours.get("rejected", 0), theirs.get("rejected", 0)),
        ):
            if not mine <= other <= mine + unsure:
                found.append(_differ(name, what, (mine, mine + unsure), other))
    return found


def _differ(name: str, what: Outcome, ours: tuple[int, int], counted: int) -> Reason:
    least, most = ours
    if least == most:
        return CountsDiffer(operation=name, outcome=what, ours=least, counted=counted)
    return CountsDisagree(operation=name, outcome=what, least=least, most=most, counted=counted)

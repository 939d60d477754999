"""`renhai stop`: end a run from another terminal, by a file in the run's directory.

A run that is under way has `running.json` with the process id of its runner; the file `stop` asks it to end.
So it works wherever the directory can be written, from another container of the same volume too.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from renhai.core.errors import InvalidRun, UsageError
from renhai.core.process.interrupts import Interrupts
from renhai.run.process import directory as rundir
from results.verdict.reasons import Reason
from results.verdict.reasons.runner import Stopped

RUNNING, STOP = "running.json", "stop"
SAME_S = 1.0  # the kernel tells when a process began in hundredths, but the clock may be set meanwhile
WAIT_S = 120.0  # requests under way end within seconds, but a long run's report takes its time


class Both(Interrupts):
    """What ends two runs that are made at once: a signal, or `renhai stop` of either of them.

    asked: either was asked to end. The run that goes on may look later than the file is there.
    """

    asked = False


class Stoppable(Interrupts):
    """Ctrl-C, SIGTERM, and the file `stop` in the run's directory: once asked, twice at once.

    beside: what ends the run that goes on at the same time ends this one, too.
    """

    def __init__(self, directory: Path, beside: Both | None = None) -> None:
        self._signals = 0
        self._beside = beside
        self._file = directory / STOP
        super().__init__()

    @property
    def count(self) -> int:
        return self._signals + self._elsewhere

    @count.setter
    def count(self, value: int) -> None:
        self._signals = max(0, value - self._elsewhere)

    @property
    def _elsewhere(self) -> int:
        return int(self.asked) + (self._beside.count if self._beside else 0)

    @property
    def asked(self) -> bool:
        found = self._file.exists()
        if self._beside is None:
            return found
        self._beside.asked |= found
        return self._beside.asked

    @property
    def reasons(self) -> list[Reason]:
        """What is to be said of it in the snapshot."""
        return [Stopped()] if self.asked else []


@contextlib.contextmanager
def running(directory: Path, beside: Both | None = None) -> Iterator[Stoppable]:
    """Marks the run as under way, so that `renhai stop` finds it. beside: as for Stoppable."""
    mark = directory / RUNNING
    known = {"pid": os.getpid(), "since": psutil.Process().create_time(), "both": beside is not None}
    rundir.write(mark, json.dumps(known))
    try:
        with Stoppable(directory, beside) as stoppable:
            try:
                yield stoppable
            finally:
                _ = stoppable.asked  # what was asked for at the last moment is heard by the other one, too
    finally:
        for path in (mark, directory / STOP):
            with contextlib.suppress(OSError):
                path.unlink()


def stop(run: Path | None, out: Path | None) -> Path:
    """Ask one run to end, and wait until it has: its snapshot stands in the directory returned.

    run: its directory; without one, the only run that is under way in `out` (results/runs of the current
    directory). Of two that are made at once either stands for both. Raises UsageError when there is none or
    more than one, InvalidRun when it does not end.
    """
    directory = run if run is not None else _only_one(out or Path.cwd() / "results" / "runs")
    if not is_running(directory):
        raise UsageError(f"{directory} is not under way; it has ended, or is no run's directory")
    ending = _with_its_other(directory)
    rundir.write(directory / STOP, "")
    deadline = time.monotonic() + WAIT_S
    while any(map(is_running, ending)):
        if time.monotonic() > deadline:
            raise InvalidRun(
                f"{directory} has not ended after {WAIT_S:.0f} s; press Ctrl-C twice where it runs"
            )
        time.sleep(0.1)
    return directory


def is_running(directory: Path) -> bool:
    """Whether the run of this directory is under way, as far as can be seen from here.

    A process that has the number of a runner that was killed is not that runner: it began at another time.
    """
    document = _mark(directory)
    if document is None:
        return False
    pid, since = document["pid"], document["since"]
    try:
        runner = psutil.Process(pid)
        if runner.status() == psutil.STATUS_ZOMBIE:
            return False
        return since is None or abs(runner.create_time() - since) < SAME_S
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _mark(directory: Path) -> dict[str, Any] | None:
    """The runner's pid, since when it is there, and whether it makes two runs at once; None: no run's."""
    try:
        known = json.loads((directory / RUNNING).read_text(encoding="utf-8"))
        return {"pid": int(known["pid"]), "since": known.get("since"), "both": known.get("both") is True}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _with_its_other(directory: Path) -> list[Path]:
    """The run, and the one that its runner makes at the same time."""
    mark = _mark(directory)
    if mark is None or not mark["both"]:
        return [directory]
    others = (path.parent for path in directory.absolute().parent.glob(f"*/{RUNNING}"))
    return [directory, *(one for one in others if one != directory.absolute() and _mark(one) == mark)]


def _only_one(parent: Path) -> Path:
    found = sorted(path.parent for path in parent.glob(f"*/{RUNNING}") if is_running(path.parent))
    if found and len(_with_its_other(found[0])) == len(found):
        return found[0]
    if not found:
        raise UsageError(f"no run is under way in {parent}; name its directory, or --out DIR")
    raise UsageError(f"{len(found)} runs are under way; name one of: {', '.join(map(str, found))}")

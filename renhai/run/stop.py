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

import psutil

from renhai.core.errors import InvalidRun, UsageError
from renhai.core.process.interrupts import Interrupts
from renhai.run.process import directory as rundir
from results.verdict.reasons import Reason
from results.verdict.reasons.runner import Stopped

RUNNING, STOP = "running.json", "stop"
SAME_S = 1.0  # the kernel tells when a process began in hundredths, but the clock may be set meanwhile
WAIT_S = 120.0  # requests under way end within seconds, but a long run's report takes its time


class Stoppable(Interrupts):
    """Ctrl-C, SIGTERM, and the file `stop` in the run's directory: once asked, twice at once.

    beside: what ends the run that goes on at the same time ends this one, too.
    """

    def __init__(self, directory: Path, beside: Interrupts | None = None) -> None:
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
        return self._file.exists()

    @property
    def reasons(self) -> list[Reason]:
        """What is to be said of it in the snapshot."""
        return [Stopped()] if self.asked else []


@contextlib.contextmanager
def running(directory: Path, beside: Interrupts | None = None) -> Iterator[Stoppable]:
    """Marks the run as under way, so that `renhai stop` finds it. beside: as for Stoppable."""
    mark = directory / RUNNING
    rundir.write(mark, json.dumps({"pid": os.getpid(), "since": psutil.Process().create_time()}))
    try:
        with Stoppable(directory, beside) as stoppable:
            yield stoppable
    finally:
        for path in (mark, directory / STOP):
            with contextlib.suppress(OSError):
                path.unlink()


def stop(run: Path | None, out: Path | None) -> Path:
    """Ask one run to end, and wait until it has: its snapshot stands in the directory returned.

    run: its directory; without one, the only run that is under way in `out` (results/runs of the current
    directory). Raises UsageError when there is none or more than one, InvalidRun when it does not end.
    """
    directory = run if run is not None else _only_one(out or Path.cwd() / "results" / "runs")
    if not is_running(directory):
        raise UsageError(f"{directory} is not under way; it has ended, or is no run's directory")
    rundir.write(directory / STOP, "")
    deadline = time.monotonic() + WAIT_S
    while is_running(directory):
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
    try:
        document = json.loads((directory / RUNNING).read_text(encoding="utf-8"))
        pid, since = int(document["pid"]), document.get("since")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    try:
        runner = psutil.Process(pid)
        if runner.status() == psutil.STATUS_ZOMBIE:
            return False
        return since is None or abs(runner.create_time() - since) < SAME_S
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _only_one(parent: Path) -> Path:
    found = sorted(path.parent for path in parent.glob(f"*/{RUNNING}") if is_running(path.parent))
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"no run is under way in {parent}; name its directory, or --out DIR")
    raise UsageError(f"{len(found)} runs are under way; name one of: {', '.join(map(str, found))}")

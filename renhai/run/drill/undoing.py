"""`renhai drill undo`: what a drill left behind when it was killed, taken back."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from renhai.checks.drill import journal
from renhai.core.errors import UsageError
from renhai.run import stop


class Undone(NamedTuple):
    """Of one run's directory: what was taken back, and what could not be."""

    directory: Path
    done: list[str]
    failed: list[str]


def undo_drills(run: Path | None, out: Path | None) -> list[Undone]:
    """Takes back what is open in one run's journal, or in those of all runs of `out` that are not under way.

    Doing it twice changes nothing. Raises UsageError for a run that is no drill, or still goes on.
    """
    if run is None:
        parent = out or Path.cwd() / "results" / "runs"
        found = sorted(path.parent for path in parent.glob(f"*/{journal.NAME}"))
        found = [one for one in found if journal.open_entries(one) and not stop.is_running(one)]
    else:
        if not (run / journal.NAME).is_file():
            raise UsageError(f"{run} has no {journal.NAME}; give the directory of a run that was drilled")
        if stop.is_running(run):
            raise UsageError(f"{run} is under way, and takes back by itself; end it: renhai stop {run}")
        found = [run]
    return [Undone(one, *journal.undo_all(one)) for one in found]

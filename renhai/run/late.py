"""Runs whose runner ended before it had judged them (kill -9, power gone): judged now by what they left."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from renhai.core.errors import UsageError
from renhai.core.yaml_lines import show_path
from renhai.run import stop
from renhai.run.capacity_search import broken_off
from renhai.run.process import joining, manifest
from renhai.run.single import RUNNER_REASONS, finish
from results.verdict.reasons import records
from results.verdict.reasons.runner import JudgedLater

if TYPE_CHECKING:
    from results.snapshot.run import Run

PARTS = ("steps/*", "a", "b", "a/*", "b/*")  # of a search, of a duel, of a duel with --repeat
SEARCH = "search"  # of a manifest: the settings of a search, whose `capacity` only its end adds


def finish_late(directory: Path) -> list[tuple[Path, Run]]:
    """Every run here that was not judged, invalid, with the files of a finished one: steps of a search or
    sides of a duel first, then the run itself. Empty where there is nothing to finish.

    That is where a run.json stands, or no manifest, with which a run begins. Raises UsageError for a run that
    is under way, InvalidRun when it cannot be judged.
    """
    parts = [path for pattern in PARTS for path in sorted(directory.glob(pattern)) if path.is_dir()]
    left = [path for path in (*parts, directory) if _is_left(path)]
    for place in (directory, *directory.absolute().parents[:2]) if left else ():
        if stop.is_running(place):
            where = show_path(place)
            raise UsageError(f"{where} is under way; wait for its end, or end it: renhai stop {where}")
    found = [(path, _finished(path)) for path in left]
    if found:
        for name in (stop.RUNNING, stop.STOP, joining.KEY_FILE):
            with contextlib.suppress(OSError):
                (directory / name).unlink()
    return found


def _is_left(directory: Path) -> bool:
    return not (directory / "run.json").exists() and manifest.kept(directory) is not None


def _finished(directory: Path) -> Run:
    known = manifest.kept(directory) or {}
    known[RUNNER_REASONS] = records([JudgedLater()])
    if SEARCH in known:
        known["capacity"] = broken_off(directory, known.pop(SEARCH))
    return finish(directory, known)

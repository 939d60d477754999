"""A run whose runner ended before it had judged it (kill -9, power gone): judged now, from what it left."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from renhai.core.errors import UsageError
from renhai.core.yaml_lines import show_path
from renhai.run import stop
from renhai.run.process import joining, manifest
from renhai.run.single import RUNNER_REASONS, finish
from results.verdict.reasons import records
from results.verdict.reasons.runner import JudgedLater

if TYPE_CHECKING:
    from results.snapshot.run import Run


def finish_late(directory: Path) -> Run | None:
    """The run, invalid, with the files of a finished one; None where there is nothing to finish.

    That is a directory with a run.json, or without the manifest that a run begins with. Raises UsageError for
    a run that is under way, InvalidRun when it cannot be judged.
    """
    known = manifest.kept(directory)
    if known is None or (directory / "run.json").exists():
        return None
    if stop.is_running(directory):
        where = show_path(directory)
        raise UsageError(f"{where} is under way; wait for its end, or end it: renhai stop {where}")
    known[RUNNER_REASONS] = records([JudgedLater()])
    run = finish(directory, known)
    for name in (stop.RUNNING, stop.STOP, joining.KEY_FILE):
        with contextlib.suppress(OSError):
            (directory / name).unlink()
    return run

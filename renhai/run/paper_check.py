"""Printed papers at a run's end, where its scenario says `papers:`; it costs the load nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from renhai.checks.audit.rows import now
from renhai.checks.papers.whole import check_run
from renhai.core.private_files import owner_only
from renhai.plan.model import Plan
from renhai.run.monitor.views import View
from results.checks.papers.document import failed
from results.snapshot.files import replace_whole

NAME = "papers.json"


def papers_at_end(plan: Plan, directory: Path, view: View, stopped: Callable[[], bool] = bool) -> None:
    """Leaves papers.json in the run's directory, whatever happens; the verdict goes by it. stopped: whether
    somebody asked for the end."""
    if plan.scenario.goals.papers is None:
        return
    view.note("looking at the printed papers")
    try:
        found = check_run(directory, plan.run_id, plan.binding, now(), stopped=stopped)
    except Exception as error:  # a check that cannot be made must not lose the run
        found = failed(plan.run_id, now(), str(error) or type(error).__name__)
    try:
        write_papers(directory / NAME, found)
    except OSError as error:
        view.note(f"{NAME} cannot be written: {error.strerror}")


def write_papers(path: Path, found: dict[str, Any]) -> None:
    """Whole or not at all, readable by its owner: it quotes what was printed. Raises OSError."""
    text = json.dumps(found, ensure_ascii=False, indent=1, default=str)
    replace_whole(path, text + "\n", opener=owner_only)

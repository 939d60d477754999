"""The audit at a run's end, where its scenario says `audit:`; what it reads is in no figure of the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renhai.checks.audit.rows import now
from renhai.checks.audit.whole import Sources, audit_run, of_run
from renhai.checks.journal.of_run import NAME as JOURNAL
from renhai.checks.journal.of_run import join
from renhai.core.errors import UsageError
from renhai.core.private_files import owner_only
from renhai.run.paper_check import papers_at_end
from results.checks.audit.document import failed, not_possible
from results.snapshot.files import replace_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renhai.core.process.interrupts import Interrupts
    from renhai.plan.model import Plan
    from renhai.run.monitor.views import View
    from results.snapshot.run import Run
    from results.verdict.reasons import Reason

NAME = "audit.json"
FOUND = ("audit.found", "papers.found")


def audit_at_end(plan: Plan, directory: Path, view: View) -> None:
    """Leaves audit.json in the run's directory, whatever happens; the verdict goes by it."""
    goal = plan.scenario.goals.audit
    if goal is None:
        return
    if not any(operation.get("receipt") for operation in plan.binding["operations"].values()):
        found = not_possible(plan.run_id, now())
    else:
        try:
            found = audit_run(directory, Sources(target=plan.target_file or None), view.note)
        except UsageError as error:
            found = failed(plan.run_id, now(), str(error))
        except Exception as error:  # an audit of ours that breaks must not lose the run
            found = failed(plan.run_id, now(), f"{type(error).__name__}: {error}")
    try:
        write_audit(directory / NAME, found)
    except OSError as error:
        view.note(f"{NAME} cannot be written: {error.strerror}")


def look_back(plan: Plan, directory: Path, view: View, interrupts: Interrupts) -> None:
    """What the scenario asks for at a run's end: its audit, and a look at its papers, until it is
    interrupted."""
    audit_at_end(plan, directory, view)
    papers_at_end(plan, directory, view, lambda: bool(interrupts.count))


def found_on_sides(launches: Iterable[Iterable[Run]]) -> Iterator[tuple[str, Reason]]:
    """What audits and looks at papers found in a duel, and on which side. launches: of each the runs of side
    a and side b."""
    from results.verdict.run_summary import reasons_of

    for runs in launches:
        for side, run in zip("ab", runs, strict=True):
            yield from ((side, one) for one in reasons_of(run) if one.code in FOUND)


def journal_at_end(plan: Plan, directory: Path, view: View) -> None:
    """Joins what load processes left of the journal, where the scenario asks for one."""
    if not plan.scenario.journal:
        return
    try:
        _, _, workers = of_run(directory)
        workers = max(workers, plan.processes)
        scenario = plan.scenario
        about = scenario.name, scenario.data.day, workers
        count, wrong = join(directory, plan.run_id, *about, view.note)
    except (OSError, ValueError) as error:
        view.note(f"{JOURNAL} cannot be written: {error}")
        return
    view.note(f"{count:,} transactions in {directory / JOURNAL}")
    for one in wrong:
        view.note(f"{JOURNAL} has no end, so that no replay of it can pass: {one}")


def write_audit(path: Path, found: dict[str, Any]) -> None:
    """Whole or not at all, readable by its owner: it quotes what was sent. Raises OSError."""
    text = json.dumps(found, ensure_ascii=False, indent=1, default=str)
    replace_whole(path, text + "\n", opener=owner_only)

"""The runs of `renhai run --repeat --baseline`, and the one answer that they amount to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from renhai.core.errors import FAIL, INCONCLUSIVE, INVALID, PASS, Problem, UsageError
from renhai.plan.search import check_space
from renhai.run import single as runner
from renhai.run.monitor.views import View
from renhai.run.single import Outcome, RunRequest
from results.verdict.reasons import Reason
from results.verdict.reasons.comparison import MadeAgain
from results.verdict.run_summary import reasons_of

if TYPE_CHECKING:  # scipy is loaded only by runs that are compared
    from renhai.run.comparison import Against

# Which of several answers decides: a measurement that cannot be trusted outranks what it seems to say.
SEVERITY = (PASS, INCONCLUSIVE, FAIL, INVALID)


def worst(codes: Sequence[int]) -> int:
    """The exit code of several answers together."""
    return max(codes, key=SEVERITY.index, default=PASS)


def against(request: RunRequest, directory: Path | None, anyway: bool) -> Against | None:
    """What `request` will be compared with; None where no baseline was given.

    Raises UsageError or SnapshotError when they will not compare, before any load is sent.
    """
    if directory is None:
        if anyway:
            raise UsageError(Problem("--anyway", "", "goes with --baseline DIR"))
        return None
    from renhai.run.comparison import Against

    found = Against.read(directory, anyway)
    found.check(runner.prepare(request), None if request.join else request.options.processes)
    return found


def repeat(
    request: RunRequest, times: int | None, spare: int, known: Against | None, view: View
) -> Iterator[Outcome]:
    """The runs: as many as asked, else as the baseline has: a difference is known no better than its smaller
    side. Each draws its arrivals and their order anew (docs/comparison.md). Up to `spare` invalid ones are
    made again; the next one ends a comparison. An interrupted one is the last.
    """
    missing = times or (len(known.runs) if known else 1)
    number = request.number
    check_space(runner.prepare(request).scenario, missing + spare, "--repeat")
    while missing:
        outcome = runner.run(replace(request, number=number), view)
        number += 1
        yield outcome
        invalid = outcome.code == INVALID
        if outcome.run.ended == "interrupted" or (invalid and known and not spare):
            return
        if invalid and spare:
            spare -= 1
        else:
            missing -= 1


def counted(outcomes: Sequence[Outcome], spare: int) -> tuple[list[Outcome], list[Reason]]:
    """(the runs that count, a caveat for each invalid one that was made again in its place)."""
    kept: list[Outcome] = []
    aside: list[Reason] = []
    for outcome in outcomes:
        if outcome.code == INVALID and outcome.run.ended != "interrupted" and len(aside) < spare:
            aside.append(MadeAgain(run=outcome.run.run_id, why=tuple(reasons_of(outcome.run))))
        else:
            kept.append(outcome)
    return kept, aside


def conclude(
    outcomes: Sequence[Outcome], spare: int, known: Against | None, show: Callable[[object], None]
) -> int:
    """The exit code of runs and comparison together; the comparison's files go beside the last run.

    Raises SnapshotError when they cannot be compared or written.
    """
    kept, aside = counted(outcomes, spare)
    codes = [outcome.code for outcome in kept]
    if known is None or INVALID in codes:
        for caveat in aside:
            print(caveat.en)
        return worst(codes)
    from renhai.run.comparison import compare_paths
    from results.report.terminal.comparison import render_comparison

    directories = [outcome.directory for outcome in kept]
    place = directories[-1].with_name(directories[-1].name + "-compared")
    found, page = compare_paths([known.directory], directories, known.settings, known.anyway, place, aside)
    show(render_comparison(found))
    print(f"comparison: {page}")
    return worst([*codes, found.exit_code])

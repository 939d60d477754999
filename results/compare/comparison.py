"""Is the candidate worse than the baseline? Each side: one snapshot, or better several runs of one build.

For each subject (every operation, and `run` for all together) and metric, the effect of the candidate with
its interval, and a finding: results/compare/rule.py, docs/comparison.md. Before that: may they be compared at
all (comparability.py), and in which order were they made (order.py)?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from results.compare.baseline import is_baseline, run_paths
from results.compare.comparability import (
    also_differs,
    differences,
    given_once,
    identity_of,
    invalid,
    other_seeds,
    uneven,
    unknown_identity,
)
from results.compare.effects import RUN_METRICS, Effect, Sides, effects_of_runs, subjects
from results.compare.findings import Comparison, Row
from results.compare.order import couples, order_of, reasons_of_order
from results.compare.pair_effects import PAIR_METRICS
from results.compare.rule import FEWEST_TO_BLAME, conclude, decide, is_decisive
from results.compare.settings import Settings
from results.errors import SnapshotError
from results.metrics import SHARES
from results.snapshot.builds import builds_of
from results.snapshot.run import Run, Verdict
from results.verdict.judged import load_judged
from results.verdict.reasons import Reason, in_chinese, in_english, records
from results.verdict.reasons import comparison as why

__all__ = ["Comparison", "Row", "Settings", "compare", "concluded", "load_side", "side_paths"]


SIDES = (why.Side.baseline, why.Side.candidate)
_ENDS = {"aborted": why.SideAborted, "target_lost": why.SideGone}


def load_side(items: Iterable[Path | Run]) -> list[Run]:
    """Runs from runs, and from paths as for `side_paths`. Raises SnapshotError for a path without a run."""
    found: list[Run] = []
    for item in items:
        found += [item] if isinstance(item, Run) else [load_judged(path) for path in side_paths([item])]
    return found


def side_paths(items: Iterable[Path]) -> list[Path]:
    """The snapshots of snapshot directories, run.json files, baselines, and directories of snapshots (all in
    them). Raises SnapshotError for a baseline that cannot be read."""
    found: list[Path] = []
    for item in items:
        if is_baseline(item):
            found += run_paths(item)
        elif item.is_dir() and not (item / "run.json").exists():
            found += [path.parent for path in sorted(item.glob("*/run.json"))] or [item]
        else:
            found.append(item)
    return found


def compare(
    baseline: Iterable[Path | Run],
    candidate: Iterable[Path | Run],
    settings: Settings | None = None,
    anyway: bool = False,
) -> Comparison:
    """Compares two sides of one or more runs each, given as for `load_side`.

    Raises SnapshotError when a side is empty, a run is given twice, or the runs do not compare; with `anyway`
    incomparable runs are compared, and the comparison carries their `differences`.
    """
    settings = settings or Settings()
    first, second = load_side(baseline), load_side(candidate)
    found = _check(first, second, anyway)
    beside = couples(first, second)
    if beside:
        first, second = [one for one, _ in beside], [other for _, other in beside]
    sides = subjects(first, second)
    effects = [
        effect
        for subject, both in sides
        if all(both)
        for effect in effects_of_runs(first, second, subject, settings.assumed_noise, bool(beside))
    ]
    said, blocked = reasons_of_order(order_of(first, second))
    caveats = [
        *_caveats(first, second, settings),
        *other_seeds(first, second),
        *said,
        *([why.InTurns(couples=len(beside))] if beside else []),
        *also_differs(first, second),
        *unknown_identity([*first, *second]),
    ]
    compared = concluded(first, second, sides, effects, settings, found, caveats, paired=False)
    blocked += [invalid(run) for run in [*first, *second] if run.verdict == "invalid"]
    if all(identity_of(run) for run in [*first, *second]):
        blocked = [*blocked, *uneven(first, second)]
    return _held_back(compared, blocked)


def _held_back(compared: Comparison, reasons: Sequence[Reason]) -> Comparison:
    """Nothing passes while `reasons` stand, and no latency alone fails."""
    counted = any(row.finding == "worse" and row.metric in SHARES for row in compared.rows)
    if not reasons or (compared.verdict == "fail" and (counted or not _by_rows(compared))):
        return compared
    return compared.model_copy(
        update={
            "verdict": "inconclusive",
            "reasons": in_english(reasons) + compared.reasons,
            "reasons_zh": in_chinese(reasons) + compared.reasons_zh,
            "reason_codes": records(reasons) + compared.reason_codes,
        }
    )


def _by_rows(compared: Comparison) -> bool:
    return any(row.finding == "worse" for row in compared.rows)


def _check(baseline: Sequence[Run], candidate: Sequence[Run], anyway: bool) -> list[Reason]:
    if not baseline or not candidate:
        raise SnapshotError("compare", "a side has no run", "name at least one snapshot a side")
    given_once([*baseline, *candidate], "compare")
    found = differences(baseline, candidate)
    if found and not anyway:
        told = "; ".join(in_english(found))
        raise SnapshotError("compare", told, "compare runs of one kind, or add --anyway")
    return found


def _caveats(baseline: Sequence[Run], candidate: Sequence[Run], settings: Settings) -> list[Reason]:
    fewest = min(len(baseline), len(candidate))
    if len(baseline) == len(candidate) == 1:
        return [why.OneRun(assumed=settings.assumed_noise)]
    return [] if fewest >= FEWEST_TO_BLAME else [why.FewRuns(runs=fewest)]


def concluded(
    baseline: Sequence[Run],
    candidate: Sequence[Run],
    sides: Sequence[tuple[str, Sides]],
    effects: Sequence[Effect],
    settings: Settings,
    found: Sequence[Reason],
    caveats: Sequence[Reason],
    paired: bool,
) -> Comparison:
    """From what was measured (`sides` by subject, their `effects`) to what is said of it."""
    runs = (len(baseline), len(candidate))
    rows = decide(effects, settings, paired)
    shown = {row.subject for row in rows}
    thin = [subject for subject, both in sides if all(both) and subject not in shown]
    caveats = [*caveats, *(why.TooLittle(subject=subject, metrics=()) for subject in thin)]
    lacking = [note for subject, both in sides for note in _vanished(subject, both, runs)]
    for subject, both in sides:
        if all(both):
            lacking += _undecided(subject, rows, settings, paired)
    verdict, reasons = _with_ends(conclude(rows, lacking), baseline, candidate, paired)
    return Comparison(
        scenario=candidate[0].scenario.name,
        target=candidate[0].target.name,
        baseline=[run.run_id for run in baseline],
        candidate=[run.run_id for run in candidate],
        baseline_builds=builds_of(baseline),
        candidate_builds=builds_of(candidate),
        verdict=verdict,
        reasons=in_english(reasons),
        reasons_zh=in_chinese(reasons),
        reason_codes=records(reasons),
        differences=in_english(found),
        differences_zh=in_chinese(found),
        caveats=in_english(caveats),
        caveats_zh=in_chinese(caveats),
        rows=rows,
        settings=settings,
        paired=paired,
    )


def _vanished(subject: str, sides: Sides, runs: tuple[int, int]) -> list[Reason]:
    """What was used, or came to success, on one side only: nothing vanishes from a comparison."""
    used = [len(side) for side in sides]
    for one, other in ((0, 1), (1, 0)):
        if not used[other]:
            return [why.UsedOnlyIn(subject=subject, side=SIDES[one])]
        if used[one] == runs[one] and 2 * used[other] < runs[other]:
            return [
                why.SeldomUsed(
                    subject=subject, side=SIDES[one], other=SIDES[other], used=used[other], runs=runs[other]
                )
            ]
    if any(summary.ok for summary in sides[0]) and not any(summary.ok for summary in sides[1]):
        return [why.SucceededInBaseline(subject=subject)]
    return []


def _undecided(subject: str, rows: Sequence[Row], settings: Settings, paired: bool) -> list[Reason]:
    """Metrics that decide, but of which some run knows too little: what was not compared is not the same."""
    known = {row.metric for row in rows if row.subject == subject}
    missing = [
        metric
        for metric in (PAIR_METRICS if paired else RUN_METRICS)
        if metric not in known and is_decisive(subject, metric, settings)
    ]
    return [why.TooLittle(subject=subject, metrics=tuple(missing))] if missing else []


def _with_ends(
    found: tuple[Verdict, list[Reason]], baseline: Sequence[Run], candidate: Sequence[Run], paired: bool
) -> tuple[Verdict, list[Reason]]:
    """A side did not come to its end: the candidate alone is worse, whatever else was measured; the baseline
    decides nothing."""
    ended = [{run.ended for run in side if run.ended in _ENDS} for side in (baseline, candidate)]
    names = (why.Side.a, why.Side.b) if paired else SIDES
    told: list[Reason] = [_ENDS[how](side=names[side]) for side in (0, 1) for how in sorted(ended[side])]
    return ("inconclusive" if ended[0] else "fail", told + found[1]) if told else found

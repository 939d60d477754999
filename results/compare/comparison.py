"""Is the candidate worse than the baseline? Each side: one snapshot, or better several runs of one build.

For each subject (every operation, and `run` for all together) and metric, the effect of the candidate with
its interval, and one of better, worse, same, cannot decide:

- worse, better: the whole interval lies beyond the noise band, at a level corrected for all the comparisons
  made (Holm): over a whole comparison of equal builds, the chance of one false alarm is at most `alpha`.
- same: the interval of `confidence` lies within +-tolerance. A pass needs every decisive row, so this needs
  no correction (an intersection-union test: Berger 1982).
- cannot decide: anything else, with the number of runs that would decide it.

The method and its sources: results/stats/estimates.py and docs/comparison.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from results.compare.baseline import is_baseline, run_paths
from results.compare.comparability import differences
from results.compare.effects import METRICS, SHARES, Effect, Sides, effects_of_runs, subjects
from results.compare.findings import Comparison, Conclusion, Row, conclude, decide, is_decisive
from results.compare.pair_effects import PAIR_METRICS
from results.compare.settings import Settings
from results.errors import SnapshotError
from results.snapshot.builds import builds_of
from results.snapshot.run import Run, load_run

__all__ = ["Comparison", "Row", "Settings", "compare", "concluded", "load_side", "side_paths"]


SIDES_EN, SIDES_ZH = ("baseline", "candidate"), ("基线", "候选")
_ENDS = {
    "aborted": ("the abort rule stopped it", "触发中止规则"),
    "target_lost": ("it stopped answering", "停止应答"),
}


def load_side(items: Iterable[Path | Run]) -> list[Run]:
    """Runs from runs, and from paths as for `side_paths`. Raises SnapshotError for a path without a run."""
    found: list[Run] = []
    for item in items:
        found += [item] if isinstance(item, Run) else [load_run(path) for path in side_paths([item])]
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
    sides = subjects(first, second)
    effects = [
        effect
        for subject, both in sides
        if all(both)
        for effect in effects_of_runs(both, subject, settings.assumed_noise)
    ]
    caveats = _caveats(first, second, settings)
    return concluded(first, second, sides, effects, settings, found, caveats, paired=False)


def _check(baseline: Sequence[Run], candidate: Sequence[Run], anyway: bool) -> list[str]:
    if not baseline or not candidate:
        raise SnapshotError("compare", "a side has no run", "name at least one snapshot a side")
    ids = [run.run_id for run in [*baseline, *candidate]]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise SnapshotError("compare", f"{twice[0]} was given twice", "give each run once")
    found = differences([*baseline, *candidate])
    if found and not anyway:
        raise SnapshotError("compare", "; ".join(found), "compare runs of one kind, or add --anyway")
    return found


def _caveats(baseline: Sequence[Run], candidate: Sequence[Run], settings: Settings) -> list[str]:
    if len(baseline) == len(candidate) == 1:
        return [
            "one run a side cannot show how much runs of one build differ; "
            f"{settings.assumed_noise:.0%} is assumed, so that only a gross change can be told; "
            "repeat the runs (--repeat 5)"
        ]
    if min(len(baseline), len(candidate)) == 1:
        return ["one side has a single run: the spread of the other side is taken for both"]
    return []


def concluded(
    baseline: Sequence[Run],
    candidate: Sequence[Run],
    sides: Sequence[tuple[str, Sides]],
    effects: Sequence[Effect],
    settings: Settings,
    found: list[str],
    caveats: list[str],
    paired: bool,
) -> Comparison:
    """From what was measured (`sides` by subject, their `effects`) to what is said of it."""
    runs = (len(baseline), len(candidate))
    rows = decide(effects, max(runs), settings)
    shown = {row.subject for row in rows}
    thin = [subject for subject, both in sides if all(both) and subject not in shown]
    caveats = caveats + [f"{subject}: too little to compare" for subject in thin]
    lacking = [
        text for subject, both in sides if all(both) for text in _undecided(subject, rows, settings, paired)
    ]
    vanished = [text for subject, both in sides for text in _vanished(subject, both, runs)]
    verdict, reasons, reasons_zh = _with_ends(conclude(rows, vanished + lacking), baseline, candidate, paired)
    return Comparison(
        scenario=candidate[0].scenario.name,
        target=candidate[0].target.name,
        baseline=[run.run_id for run in baseline],
        candidate=[run.run_id for run in candidate],
        baseline_builds=builds_of(baseline),
        candidate_builds=builds_of(candidate),
        verdict=verdict,
        reasons=reasons,
        reasons_zh=reasons_zh,
        differences=found,
        caveats=caveats,
        rows=rows,
        settings=settings,
        paired=paired,
    )


def _vanished(subject: str, sides: Sides, runs: tuple[int, int]) -> list[tuple[str, str]]:
    """What was used, or came to success, on one side only: nothing vanishes from a comparison."""
    used = [len(side) for side in sides]
    for one, other in ((0, 1), (1, 0)):
        en, zh = SIDES_EN[one], SIDES_ZH[one]
        if not used[other]:
            return [(f"{subject} was used in the {en} only", f"{subject} 仅在{zh}中使用")]
        if used[one] == runs[one] and 2 * used[other] < runs[other]:
            few = f"{used[other]}/{runs[other]}"
            return [
                (
                    f"{subject} was used in each run of the {en}, but {few} of the {SIDES_EN[other]}",
                    f"{subject} 在{zh}的每次运行中使用，在{SIDES_ZH[other]}中仅 {few}",
                )
            ]
    if any(summary.ok for summary in sides[0]) and not any(summary.ok for summary in sides[1]):
        return [(f"{subject} succeeded in the baseline only", f"{subject} 仅在基线中成功")]
    return []


def _undecided(subject: str, rows: Sequence[Row], settings: Settings, paired: bool) -> list[tuple[str, str]]:
    """Metrics that decide, but of which some run knows too little: what was not compared is not the same.
    No error and no rejection on either side are no row, and are the same."""
    known = {row.metric for row in rows if row.subject == subject}
    missing = [
        metric
        for metric in (PAIR_METRICS if paired else METRICS)
        if metric not in known and metric not in SHARES and is_decisive(subject, metric, settings)
    ]
    if not missing:
        return []
    named = ", ".join(missing)
    return [(f"{subject}: too little to compare {named}", f"{subject}：数据太少，无法比较 {named}")]


def _with_ends(
    found: Conclusion, baseline: Sequence[Run], candidate: Sequence[Run], paired: bool
) -> Conclusion:
    """A side did not come to its end: the candidate alone is worse, whatever else was measured; the baseline
    decides nothing."""
    ended = [{run.ended for run in side if run.ended in _ENDS} for side in (baseline, candidate)]
    names = (("a", "b"), ("a", "b")) if paired else (SIDES_EN, SIDES_ZH)
    told = [(side, _ENDS[how]) for side in (0, 1) for how in sorted(ended[side])]
    if not told:
        return found
    reasons = [f"{names[0][side]}: {en}" for side, (en, _) in told] + found[1]
    reasons_zh = [f"{names[1][side]}：{zh}" for side, (_, zh) in told] + found[2]
    return "inconclusive" if ended[0] else "fail", reasons, reasons_zh

"""Is the candidate worse than the baseline? Each side: one snapshot, or better several runs of one build.

For each subject (every operation, and `run` for all together) and metric, the effect of the candidate with
its interval, and one of better, worse, same, cannot decide:

- worse, better: the whole interval lies beyond the noise band, at a level corrected for all the comparisons
  made (Holm): over a whole comparison of equal builds, the chance of one false alarm is at most `alpha`.
- same: the interval of `confidence` lies within +-tolerance. A pass needs every decisive row, so this needs
  no correction (an intersection-union test: Berger 1982).
- cannot decide: anything else, with the number of runs that would decide it.

The method and its sources: results/statistics.py and docs/comparison.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from results.effects import Effect, Pair, Sides, effects_of_pairs, effects_of_runs, read_recorded, subjects
from results.errors import SnapshotError
from results.findings import Comparison, Row, Settings, conclude, decide
from results.snapshot import Run, load_run

__all__ = ["Comparison", "Row", "Settings", "compare", "compare_pairs", "differences", "load_side"]

# Versions whose change changes what is measured. Of the environment, the machine; the rest may differ.
ENGINE = ("renhai", "locust", "gevent", "python")
MACHINE = ("cpu_model", "cores", "memory_gb", "platform")
PAIR_SECONDS = 5.0


def differences(runs: Sequence[Run]) -> list[str]:
    """What makes runs incomparable, one sentence each; empty when they compare."""
    kinds = [kind_of(run) for run in runs]
    found = []
    for name in kinds[0] if kinds else {}:
        seen = list(dict.fromkeys(kind[name] for kind in kinds))
        if len(seen) > 1:
            found.append(f"{name} differs: {' and '.join(seen)}")
    invalid = [run for run in runs if run.verdict == "invalid"]
    return found + [f"{run.run_id} is invalid: {'; '.join(run.reasons)}" for run in invalid]


def kind_of(run: Run) -> dict[str, str]:
    """What must be equal for two runs to compare. The seed may differ: it is another sample of the same."""
    return {
        "scenario": run.scenario.name,
        "scenario digest": run.scenario.digest,
        "target": run.target.name,
        "load model": run.load.model,
        **{name: str(run.versions.get(name)) for name in ENGINE},
        **{name: str(run.environment.get(name)) for name in MACHINE},
    }


def load_side(items: Iterable[Path | Run]) -> list[Run]:
    """Runs from runs, snapshot directories, run.json files, and directories of snapshots (all in them).

    Raises SnapshotError for a path without a run.
    """
    found: list[Run] = []
    for item in items:
        if isinstance(item, Run):
            found.append(item)
        elif item.is_dir() and not (item / "run.json").exists():
            inside = sorted(item.glob("*/run.json"))
            found += [load_run(path) for path in inside] or [load_run(item)]
        else:
            found.append(load_run(item))
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
    return _concluded(first, second, sides, effects, settings, found, caveats, paired=False)


def compare_pairs(
    pairs: Sequence[tuple[Path, Path]], settings: Settings | None = None, anyway: bool = False
) -> Comparison:
    """Compares (baseline, candidate) snapshots that were loaded at the same time, block by block.

    Raises SnapshotError as `compare` does, and when the two of a pair did not start together.
    """
    settings = settings or Settings()
    runs = [(load_run(first), load_run(second)) for first, second in pairs]
    baseline, candidate = [first for first, _ in runs], [second for _, second in runs]
    found = _check(baseline, candidate, anyway)
    for first, second in runs:
        _check_together(first, second)
    recorded: list[Pair] = [
        (read_recorded(paths[0], both[0]), read_recorded(paths[1], both[1]))
        for paths, both in zip(pairs, runs, strict=True)
    ]
    sides = subjects(baseline, candidate)
    effects = [
        effect for subject, both in sides if all(both) for effect in effects_of_pairs(recorded, both, subject)
    ]
    return _concluded(baseline, candidate, sides, effects, settings, found, [], paired=True)


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


def _check_together(first: Run, second: Run) -> None:
    try:
        starts = [datetime.fromisoformat(run.started) for run in (first, second)]
        apart = abs((starts[1] - starts[0]).total_seconds())
    except (ValueError, TypeError) as error:
        raise SnapshotError("compare", f"a start cannot be read: {error}", "compare them unpaired") from error
    if apart > PAIR_SECONDS:
        why = f"{first.run_id} and {second.run_id} started {apart:.0f} s apart, so they are no pair"
        raise SnapshotError("compare", why, "compare them unpaired")


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


def _concluded(
    baseline: Sequence[Run],
    candidate: Sequence[Run],
    sides: Sequence[tuple[str, Sides]],
    effects: Sequence[Effect],
    settings: Settings,
    found: list[str],
    caveats: list[str],
    paired: bool,
) -> Comparison:
    rows = decide(effects, max(len(baseline), len(candidate)), settings)
    vanished = [text for subject, both in sides for text in _vanished(subject, both)]
    shown = {row.subject for row in rows}
    thin = [subject for subject, both in sides if all(both) and subject not in shown]
    caveats = caveats + [f"{subject}: too little to compare" for subject in thin]
    verdict, reasons, reasons_zh = conclude(rows, vanished)
    return Comparison(
        scenario=candidate[0].scenario.name,
        target=candidate[0].target.name,
        baseline=[run.run_id for run in baseline],
        candidate=[run.run_id for run in candidate],
        verdict=verdict,
        reasons=reasons,
        reasons_zh=reasons_zh,
        differences=found,
        caveats=caveats,
        rows=rows,
        settings=settings,
        paired=paired,
    )


def _vanished(subject: str, sides: Sides) -> list[tuple[str, str]]:
    """What was used on one side only: nothing vanishes from a comparison."""
    for side, en, zh in ((sides[0], "candidate", "候选"), (sides[1], "baseline", "基线")):
        if not side:
            return [(f"{subject} was used in the {en} only", f"{subject} 仅在{zh}中使用")]
    return []

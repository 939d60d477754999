"""Is b worse than a, when both were loaded at the same time? The judge of `renhai duel`.

Rows, findings and verdict are those of comparison.py. What differs is where an effect comes from: the
difference of the two sides within each launch, in which the machine's weather cancels, and its spread over
the launches (results.compare.pair_effects, results.stats.estimates.across_launches; docs/comparison.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from results.compare.comparability import given_once, invalid, kind_of, unlike
from results.compare.comparison import concluded
from results.compare.effects import subjects
from results.compare.findings import Comparison
from results.compare.pair_effects import Pair, effects_of_pairs, read_pair
from results.compare.rule import FEWEST_TO_BLAME
from results.compare.settings import Settings
from results.errors import SnapshotError
from results.snapshot.run import Run
from results.verdict.judged import load_judged
from results.verdict.reasons import Reason, in_english
from results.verdict.reasons import comparison as why
from results.verdict.run_summary import reasons_of

__all__ = ["compare_pairs", "compare_read", "few_launches", "spoilt"]

# What two target files may differ in: a duel compares what they lead to.
OF_A_TARGET = (
    "target", "target file", "connection", "success rules",
    "target process", "url scheme", "way to the target",
)  # fmt: skip
TOGETHER_S = 1.0  # both sides of a launch start in the same instant; this is for clocks that were set


def compare_pairs(
    pairs: Sequence[tuple[Path, Path]], settings: Settings | None = None, anyway: bool = False
) -> Comparison:
    """Compares (a, b) snapshots of launches in which both were loaded at the same time.

    The target files may differ. Raises SnapshotError when there is no launch, when a snapshot was given
    twice, when they do not compare (with `anyway` they do, and it is said), or did not start together.
    """
    read = [read_pair(paths, (load_judged(paths[0]), load_judged(paths[1]))) for paths in pairs]
    return compare_read(read, settings, anyway)


def compare_read(read: Sequence[Pair], settings: Settings | None = None, anyway: bool = False) -> Comparison:
    """The same for launches that are in memory."""
    settings = settings or Settings()
    runs = [(pair.a.run, pair.b.run) for pair in read]
    found = _differences(runs)
    if found and not anyway:
        raise SnapshotError("duel", "; ".join(in_english(found)), "compare runs of one kind")
    baseline, candidate = [first for first, _ in runs], [second for _, second in runs]
    sides = subjects(baseline, candidate)
    effects = [
        effect
        for subject, both in sides
        if all(both)
        for effect in effects_of_pairs(read, both, subject, settings.assumed_launch_noise)
    ]
    caveats = [*few_launches(len(runs), settings), *_of_targets([run for pair in runs for run in pair])]
    return concluded(baseline, candidate, sides, effects, settings, found, caveats, paired=True)


def few_launches(count: int, settings: Settings) -> list[Reason]:
    """That so few launches tell nothing but errors."""
    if count == 1:
        return [why.OneLaunch(assumed=settings.assumed_launch_noise)]
    return [] if count >= FEWEST_TO_BLAME else [why.FewLaunches(launches=count)]


def _of_targets(runs: Sequence[Run]) -> list[Reason]:
    """That the two target files do not ask or judge alike, which a duel may compare."""
    kinds = [{name: value for name, value in kind_of(run).items() if name in OF_A_TARGET[1:]} for run in runs]
    found = unlike(kinds)
    return [why.TargetsDiffer(why=tuple(found))] if found else []


def spoilt(run: Run) -> list[Reason]:
    """Why a run cannot be compared; empty when it can."""
    return (reasons_of(run) or [why.JustInvalid()]) if run.verdict == "invalid" else []


def _differences(runs: Sequence[tuple[Run, Run]]) -> list[Reason]:
    if not runs:
        raise SnapshotError("duel", "there is no launch", "name both snapshots of at least one")
    both = [run for pair in runs for run in pair]
    given_once(both, "duel")
    for first, second in runs:
        _check_together(first, second)
    kinds = [{key: value for key, value in kind_of(run).items() if key not in OF_A_TARGET} for run in both]
    return unlike(kinds) + [invalid(run) for run in both if run.verdict == "invalid"]


def _check_together(first: Run, second: Run) -> None:
    try:
        starts = [datetime.fromisoformat(run.started) for run in (first, second)]
        apart = abs((starts[1] - starts[0]).total_seconds())
    except (ValueError, TypeError) as error:
        raise SnapshotError("duel", f"a start cannot be read: {error}", "compare them unpaired") from error
    if apart > TOGETHER_S:
        why = f"{first.run_id} and {second.run_id} started {apart:.0f} s apart, so they are no pair"
        raise SnapshotError("duel", why, "compare them unpaired, with `renhai compare`")

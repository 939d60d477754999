"""What a comparison measures: for each subject and metric, the two sides' values and the estimated effect.

Latency and throughput by logarithms, so that effects are ratios; shares of errors and rejections as they are.
In the open model the schedule fixes how much is asked for, and another seed draws another schedule: there
throughput is successes for each arrival that was due.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from results import metrics
from results.metrics import COMPARED, RUN, SHARES, unit_of
from results.snapshot.run import OperationSummary, Run
from results.stats.estimates import RESOLUTION, Estimate, between_runs, in_turns
from results.stats.shares import Counted, ShareEstimate, share_estimate

RUN_METRICS = ("throughput", *COMPARED, *SHARES)
ARRIVAL = "/arrival"
MANY_SEEDS = 2  # from so many on, each run with its own, their spread is seen


class Effect(NamedTuple):
    """Before it is decided. `baseline` and `candidate` are means of the runs, in `unit` (ms, /s, /arrival,
    %)."""

    subject: str
    metric: str
    unit: str
    baseline: float
    candidate: float
    estimate: Estimate | ShareEstimate


Sides = tuple[Sequence[OperationSummary], Sequence[OperationSummary]]


def subjects(baseline: Sequence[Run], candidate: Sequence[Run]) -> list[tuple[str, Sides]]:
    """Every subject that was used on either side, with its summaries there (none where it was not used)."""
    names = sorted({name for run in [*baseline, *candidate] for name in run.operations})
    found: list[tuple[str, Sides]] = []
    for name in [RUN, *names]:
        sides = [_used(side, name) for side in (baseline, candidate)]
        if any(sides):
            found.append((name, (sides[0], sides[1])))
    return found


def _used(side: Sequence[Run], subject: str) -> list[OperationSummary]:
    return [summary for summary, _ in samples(side, subject)]


def samples(side: Sequence[Run], subject: str) -> list[tuple[OperationSummary, Run]]:
    """What the runs of a side that used a subject measured of it."""
    found = [(run.total if subject == RUN else run.operations.get(subject), run) for run in side]
    return [(summary, run) for summary, run in found if summary and summary.started]


def value_of(summary: OperationSummary, metric: str) -> float:
    """In the metric's unit; 0 where there is none."""
    if metric == "throughput":
        return summary.rate_per_s
    if metric in SHARES:
        return 100 * _counted(summary, metric) / summary.started
    return float(getattr(summary.latency_ms, metric)) if summary.latency_ms else 0.0


def _counted(summary: OperationSummary, metric: str) -> int:
    return int(getattr(summary, metrics.METRICS[metric].part))


def effects_of_runs(
    baseline: Sequence[Run], candidate: Sequence[Run], subject: str, assumed: float, turns: bool = False
) -> Iterator[Effect]:
    """From one value a run. A metric that some run lacks is left out; of errors there is always a row.

    assumed: the spread of runs where each side has a single one. turns: run k of either side was made beside
    run k of the other.
    """
    sides = [samples(side, subject) for side in (baseline, candidate)]
    turns = turns and len(sides[0]) == len(baseline) and len(sides[1]) == len(candidate)
    for metric in SHARES:
        yield share_effect([[counted(one, metric) for one, _ in side] for side in sides], subject, metric)
    for metric in RUN_METRICS:
        if metric in SHARES:
            continue
        values, unit = values_of(sides, metric)
        if min(values[0] + values[1]) <= 0:
            continue
        logs = [[math.log(value) for value in side] for side in values]
        if turns:
            estimate = in_turns(logs[0], logs[1], RESOLUTION)
        else:
            estimate = between_runs(logs[0], logs[1], RESOLUTION, assumed, _unseen(sides, metric))
        means = [math.exp(sum(side) / len(side)) for side in logs]
        yield Effect(subject, metric, unit, means[0], means[1], estimate)


Samples = Sequence[tuple[OperationSummary, Run]]


def values_of(sides: Sequence[Samples], metric: str) -> tuple[list[list[float]], str]:
    """(one value a run on each side, their unit)."""
    runs = [run for side in sides for _, run in side]
    if metric == "throughput" and all(due(run) for run in runs):
        return [[one.rate_per_s * run.duration_s / due(run) for one, run in side] for side in sides], ARRIVAL
    return [[value_of(one, metric) for one, _ in side] for side in sides], unit_of(metric)


def due(run: Run) -> int:
    """How many arrivals the schedule asked for; 0 in the closed model, and where a run does not know."""
    return run.load.arrivals_due if run.load.model == "open" else 0


def seeds_relate(baseline: Sequence[Run], candidate: Sequence[Run]) -> Literal["same", "many", "other"]:
    """same: both sides used the same seeds, equally often. many: each run has one of its own, so that what
    seeds do is part of the runs' spread. other: what the seeds do looks like a change of the build.

    Seeds of chance, as `draw_of` has them.
    """
    counts = [Counter(draw_of(run) for run in side) for side in (baseline, candidate)]
    if any(None in count for count in counts):
        return "same"  # as far as anybody knows
    shares = [{seed: Fraction(n, count.total()) for seed, n in count.items()} for count in counts]
    if shares[0] == shares[1]:
        return "same"
    own = all(len(count) == count.total() for count in counts)
    several = min(len(count) for count in counts) >= MANY_SEEDS or counts[0].keys() & counts[1].keys()
    return "many" if own and several else "other"


def draw_of(run: Run) -> int | None:
    """The seed of arrivals, order and think times: a repetition's own."""
    return run.seed if run.draw is None else run.draw


def _unseen(sides: Sequence[Samples], metric: str) -> tuple[float, float]:
    """Standard error of each side's mean that comes of its few seeds, which the runs of a side share.

    Of latencies: what each run knows of itself from its blocks. Of successes for each arrival, where
    journeys are drawn: what counts of them vary by.
    """
    if seeds_relate([run for _, run in sides[0]], [run for _, run in sides[1]]) != "other":
        return 0.0, 0.0
    first, second = (_of_seeds(side, metric) for side in sides)
    return first, second


def _of_seeds(side: Samples, metric: str) -> float:
    seeds = len({draw_of(run) for _, run in side})
    if metric == "throughput" and all(due(run) for _, run in side):
        drawn = any(len(run.journeys) != 1 for _, run in side)
        squares = [1 / max(1, min(one.ok, due(run))) if drawn else 0.0 for one, run in side]
    else:
        squares = [one.noise.get(metric, 0.0) ** 2 for one, _ in side]
    return math.sqrt(sum(squares) / len(squares) / seeds)


def share_effect(sides: Sequence[Sequence[Counted]], subject: str, metric: str) -> Effect:
    """The difference of two shares, from one count a run on each side."""
    estimate = share_estimate(sides[0], sides[1])
    means = [100 * sum(c.failed for c in side) / sum(c.started for c in side) for side in sides]
    return Effect(subject, metric, "%", means[0], means[1], estimate)


def counted(summary: OperationSummary, metric: str) -> Counted:
    """How many failed in the sense of a share's metric, of how many."""
    failed = _counted(summary, metric)
    return Counted(failed, max(failed, summary.started))  # of an invalid run the counts may not add up

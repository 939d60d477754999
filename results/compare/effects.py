"""What a comparison measures: for each subject and metric, the two sides' values and the estimated effect.

Latency and throughput by logarithms, so that effects are ratios; shares of errors and rejections as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from results import metrics
from results.metrics import COMPARED, RUN, SHARES, unit_of
from results.snapshot.run import OperationSummary, Run
from results.stats.estimates import RESOLUTION, Estimate, between_runs
from results.stats.shares import Counted, ShareEstimate, share_estimate

METRICS = ("throughput", *COMPARED, *SHARES)


class Effect(NamedTuple):
    """Before it is decided. `baseline` and `candidate` are means of the runs, in `unit` (ms, /s, %)."""

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
    summaries = [run.total if subject == RUN else run.operations.get(subject) for run in side]
    return [summary for summary in summaries if summary and summary.started]


def value_of(summary: OperationSummary, metric: str) -> float:
    """In the metric's unit; 0 where there is none."""
    if metric == "throughput":
        return summary.rate_per_s
    if metric in SHARES:
        return 100 * _counted(summary, metric) / summary.started
    return float(getattr(summary.latency_ms, metric)) if summary.latency_ms else 0.0


def _counted(summary: OperationSummary, metric: str) -> int:
    return int(getattr(summary, metrics.METRICS[metric].part))


def effects_of_runs(sides: Sides, subject: str, assumed_noise: float) -> Iterator[Effect]:
    """From one value a run. A metric that some run lacks, or that is zero on both sides, is left out."""
    for metric in METRICS:
        values = [[value_of(summary, metric) for summary in side] for side in sides]
        if metric in SHARES:
            if any(values[0] + values[1]):
                yield share_effect([[counted(s, metric) for s in side] for side in sides], subject, metric)
        elif min(values[0] + values[1]) > 0:
            logs = [[math.log(value) for value in side] for side in values]
            floors = [[s.noise.get(metric, 0.0) for s in side] for side in sides]
            estimate = between_runs(logs[0], logs[1], (floors[0], floors[1]), RESOLUTION, assumed_noise)
            means = [math.exp(sum(side) / len(side)) for side in logs]
            yield Effect(subject, metric, unit_of(metric), means[0], means[1], estimate)


def share_effect(sides: Sequence[Sequence[Counted]], subject: str, metric: str) -> Effect:
    """The difference of two shares, from one count a run on each side."""
    estimate = share_estimate(sides[0], sides[1])
    means = [100 * sum(c.failed for c in side) / sum(c.started for c in side) for side in sides]
    return Effect(subject, metric, "%", means[0], means[1], estimate)


def counted(summary: OperationSummary, metric: str) -> Counted:
    """How many failed in the sense of a share's metric, of how many."""
    failed = _counted(summary, metric)
    return Counted(failed, max(failed, summary.started))  # of an invalid run the counts may not add up

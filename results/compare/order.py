"""In which order the runs of both sides were made: what drifts over time looks like a change of the build.

Sides that were made one after the other are compared all the same, since a kept baseline is always older. But
it is said, the drift is estimated from the runs' own times (a line through the values of each side, one slope
for both), and where such a slope shows itself, latencies decide nothing.

Sides that were made in turns are held against each other couple by couple.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from results.compare.effects import draw_of, samples, value_of
from results.metrics import RUN, change
from results.snapshot.run import Run
from results.stats.estimates import Estimate
from results.verdict.reasons import Reason
from results.verdict.reasons import comparison as why

DRIFTING = ("p50", "p95")
# p-value, over the DRIFTING together, below which a slope shows itself. So often a comparison without drift
# is left undecided; a smaller one lets through more of the false alarms that a drift makes
# (`python -m benchmarks rule_simulated --only drift`).
SHOWS = 0.05
FEWEST = 6  # runs of both sides together, to draw a line
FEWEST_TURNS = 3  # runs a side, to hold each against the one beside it
# Of the couples of a run of either side so many have to be in one order, for one side to count as made first.
MOSTLY = 0.8
GROSS = 0.5  # a drift known no better than this is not known


class Drift(NamedTuple):
    """By how much a metric would have drifted between the middles of both sides, as a logarithm."""

    metric: str
    estimate: Estimate

    @property
    def shows(self) -> bool:
        return self.estimate.p_beyond(0.0) <= SHOWS / len(DRIFTING)


class Order(NamedTuple):
    """separate: one side was made before the other, or nearly so. drifts: of DRIFTING, as far as they can be
    estimated."""

    separate: bool
    apart_s: float
    drifts: list[Drift]


def couples(baseline: Sequence[Run], candidate: Sequence[Run]) -> list[tuple[Run, Run]]:
    """(run of the baseline, run of the candidate) where the sides were made in turns, each couple with one
    draw; empty where they were not, where that is not known, and where there are too few.

    Of all runs in the order of their starts, each two that follow are one of either side.
    """
    times = [_times(side) for side in (baseline, candidate)]
    if (
        times[0] is None
        or times[1] is None
        or len(baseline) != len(candidate)
        or len(baseline) < FEWEST_TURNS
    ):
        return []
    made = sorted(
        [(time, 0, run) for time, run in zip(times[0], baseline, strict=True)]
        + [(time, 1, run) for time, run in zip(times[1], candidate, strict=True)],
        key=lambda one: one[:2],
    )
    if any(first[0] == second[0] for first, second in pairwise(made)):
        return []
    found = []
    for one, other in zip(made[::2], made[1::2], strict=True):
        first, second = sorted((one, other), key=lambda each: each[1])
        if first[1] == second[1] or draw_of(first[2]) != draw_of(second[2]):
            return []
        found.append((first[2], second[2]))
    return found


def order_of(baseline: Sequence[Run], candidate: Sequence[Run]) -> Order:
    """From the starts of the runs; where one cannot be read, the order is not known.

    One run of a side among those of the other does not put them in turns: what counts is in how many of all
    couples (a run of either side) the candidate's was made later, the statistic of Mann and Whitney (1947).
    """
    first, second = (_times(side) for side in (baseline, candidate))
    if first is None or second is None or 1 - MOSTLY < later(first, second) < MOSTLY:
        return Order(False, 0.0, [])
    apart = float(np.mean(second) - np.mean(first))
    return Order(True, apart, [d for name in DRIFTING if (d := _drift(baseline, candidate, name, apart))])


def later(first: Sequence[float], second: Sequence[float]) -> float:
    """In which share of couples the second was made later; of two at one moment half."""
    signs = np.sign(np.subtract.outer(np.asarray(second), np.asarray(first)))
    return float(signs.mean() + 1) / 2


def reasons_of_order(order: Order) -> tuple[list[Reason], list[Reason]]:
    """(what is said of the order, why latencies decide nothing)."""
    if not order.separate:
        return [], []
    told = ", ".join(_told(one) for one in order.drifts if _reach(one) <= GROSS)
    said = why.Apart(minutes=abs(order.apart_s) / 60, drift=told)
    return [said], [why.Drifts(metric=one.metric, drift=_told(one)) for one in order.drifts if one.shows]


def _told(drift: Drift) -> str:
    low, high = drift.estimate.interval(0.95)
    return f"{drift.metric} {change(math.expm1(low), 0)} … {change(math.expm1(high), 0)}"


def _reach(drift: Drift) -> float:
    low, high = drift.estimate.interval(0.95)
    return (high - low) / 2


def _drift(baseline: Sequence[Run], candidate: Sequence[Run], metric: str, apart: float) -> Drift | None:
    times, logs = [], []
    for side in (baseline, candidate):
        found = samples(side, RUN)
        values = [value_of(one, metric) for one, _ in found]
        starts = _times([run for _, run in found])
        if starts is None or not values or min(values) <= 0:
            return None
        times.append(starts)
        logs.append([math.log(value) for value in values])
    estimate = slope(times, logs, apart)
    return None if estimate is None else Drift(metric, estimate)


def slope(
    times: Sequence[Sequence[float]], values: Sequence[Sequence[float]], apart: float
) -> Estimate | None:
    """By how much values drift over `apart`: a line through those of each side, one slope for both. None of
    fewer than FEWEST."""
    x = np.concatenate([np.asarray(side) - np.mean(side) for side in times])
    y = np.concatenate([np.asarray(side) - np.mean(side) for side in values])
    square, freedom = float(x @ x), len(x) - 3
    if len(x) < FEWEST or not square:
        return None
    found = float(x @ y) / square
    left = y - found * x
    error = math.sqrt(float(left @ left) / freedom / square)
    return Estimate(found * apart, error * abs(apart), float(freedom))


def _times(runs: Sequence[Run]) -> list[float] | None:
    """Seconds; None where a start cannot be read."""
    try:
        found = [datetime.fromisoformat(run.started).timestamp() for run in runs]
    except ValueError:
        return None
    return found or None


def age_s(runs: Sequence[Run], now: datetime) -> float | None:
    """How long ago the oldest of some runs began; None where that cannot be read."""
    times = _times(runs)
    return None if times is None else now.timestamp() - min(times)

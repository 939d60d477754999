"""The arithmetic of comparing two sides, apart from what the numbers mean.

Two levels of noise. Runs of one build differ from each other (process layout, cache state, neighbours), and
requests within a run are not independent of each other. What is compared is therefore one value a run, and
the spread between runs carries both levels (Kalibera and Jones, "Rigorous benchmarking in reasonable time",
ISMM 2013: with the run as the top level, the variance of run means is all that an interval needs).
Blocks within a run give a second estimate, of the part that a run contributes by itself: two or three runs
may agree by luck, but their values cannot be better known than that (results.noise, used as a floor).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

# A HdrHistogram of 3 digits tells values apart by up to 0.1 %: no logarithm is known better than this.
RESOLUTION = 0.001 / math.sqrt(12)

# From so many runs on (5 a side), their spread is trusted alone.
MANY = 10


class Estimate(NamedTuple):
    """candidate - baseline, its standard error, and the error's degrees of freedom (inf: taken as known)."""

    effect: float
    error: float
    freedom: float

    def interval(self, confidence: float) -> tuple[float, float]:
        """Two-sided interval by Student's t."""
        reach = self.error * _t_quantile(1 - (1 - confidence) / 2, self.freedom)
        return self.effect - reach, self.effect + reach

    def p_beyond(self, band: float) -> float:
        """Two-sided p-value against "the true difference is within +-band": small when it is beyond.

        The interval of confidence 1 - p just touches the band.
        """
        distance = max(abs(self.effect) - band, 0.0)
        t = distance / self.error if self.error else math.copysign(math.inf, distance)
        return float(min(1.0, 2 * _t_tail(t, self.freedom))) if distance else 1.0


def _t_quantile(share: float, freedom: float) -> float:
    return float(special.ndtri(share) if math.isinf(freedom) else special.stdtrit(freedom, share))


def _t_tail(t: float, freedom: float) -> float:
    """P(T > t)."""
    return float(special.ndtr(-t) if math.isinf(freedom) else special.stdtr(freedom, -t))


def between_runs(
    baseline: Sequence[float],
    candidate: Sequence[float],
    floors: tuple[Sequence[float], Sequence[float]] = ((), ()),
    least: Sequence[float] = (),
    assumed: float = 0.0,
) -> Estimate:
    """The difference of the sides' means, from one value a run.

    The variance between runs is pooled over both sides (the null hypothesis is that the build made no
    difference). It is never taken to be below `least` (standard deviations, one a run, that theory demands),
    nor, while there are fewer than MANY runs, below the noise that the runs show by themselves (`floors`,
    likewise). With one run on each side there is no spread to see: `assumed` stands in, as a known standard
    deviation. Raises ValueError for an empty side.
    """
    first, second = np.asarray(baseline, float), np.asarray(candidate, float)
    if not len(first) or not len(second):
        raise ValueError("a side has no value")
    freedom = len(first) + len(second) - 2
    floor = _mean_square(least)
    if len(first) + len(second) < MANY:
        floor = max(floor, _mean_square([*floors[0], *floors[1]]))
    if freedom:
        spread = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
        variance = max(float(spread) / freedom, floor)
    else:
        variance = max(assumed**2, floor)
    error = math.sqrt(variance * (1 / len(first) + 1 / len(second)))
    return Estimate(float(second.mean() - first.mean()), error, freedom or math.inf)


def _mean_square(values: Sequence[float]) -> float:
    return float(np.mean(np.square(values))) if len(values) else 0.0


def within_pairs(differences: Sequence[Sequence[float]], floor: float = 0.0) -> Estimate:
    """The mean difference of sides that were loaded at the same time, block by block.

    `differences` holds one series of block differences for each pair of runs, in time order. Noise that hits
    both sides cancels in each block. What remains may still be autocorrelated, so each series' variance is
    that of its mean under a first-order autoregression (inflated by (1+r)/(1-r), with as many fewer degrees
    of freedom); r is corrected for its small-sample bias (Marriott and Pope 1954). With two pairs or more,
    the spread between pairs is used instead where an F-test at 5 % finds it larger than the blocks explain.
    Raises ValueError for fewer than 4 blocks in a pair.
    """
    parts = [_series_mean(np.asarray(series, float)) for series in differences]
    count = len(parts)
    if not count:
        raise ValueError("no pair")
    means = np.array([part.effect for part in parts])
    within = sum(part.error**2 for part in parts) / count**2
    freedom = sum(part.freedom for part in parts)
    between = float(means.var(ddof=1)) / count if count > 1 else 0.0
    if count > 1 and special.fdtrc(count - 1, freedom, between / within if within else math.inf) < 0.05:
        within, freedom = between, float(count - 1)
    return Estimate(float(means.mean()), math.sqrt(max(within, floor**2)), freedom)


def _series_mean(values: NDArray[np.float64]) -> Estimate:
    size = len(values)
    if size < 4:
        raise ValueError(f"{size} blocks are too few")
    r = autocorrelation(values)
    variance = float(values.var(ddof=1)) / size * (1 + r) / (1 - r)
    return Estimate(float(values.mean()), math.sqrt(variance), max(1.0, (size - 1) * (1 - r) / (1 + r)))


def autocorrelation(values: NDArray[np.float64]) -> float:
    """Lag-1 autocorrelation, corrected for bias, kept within 0 … 0.9 (negative would narrow an interval)."""
    centred = values - values.mean()
    square = float(centred @ centred)
    if square == 0:
        return 0.0
    raw = float(centred[1:] @ centred[:-1]) / square
    return min(0.9, max(0.0, raw + (1 + 3 * raw) / len(values)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values (Holm 1979): rejecting those <= alpha, one false rejection has a chance <= alpha."""
    order = np.argsort(p_values)
    adjusted = np.empty(len(p_values))
    highest = 0.0
    for step, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - step) * p_values[place]))
        adjusted[place] = highest
    return [float(value) for value in adjusted]


def share_noise(share: float, started: int) -> float:
    """Standard deviation of one run's share of errors when requests fail independently: the least it can be.

    Half an error is added, as no run is long enough to know that the share is zero.
    """
    smoothed = (share * started + 0.5) / (started + 1)
    return math.sqrt(smoothed * (1 - smoothed) / started)


def runs_needed(runs: int, reach: float, wanted: float) -> int:
    """How many runs a side would bring the reach of an interval down to `wanted`, if the noise stays."""
    return max(runs + 1, math.ceil(runs * (reach / wanted) ** 2))

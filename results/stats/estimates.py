"""The arithmetic of comparing two sides, apart from what the numbers mean.

Two levels of noise. Runs of one build differ from each other (process layout, cache state, neighbours), and
requests within a run are not independent of each other. What is compared is therefore one value a run, and
the spread between runs carries both levels (Kalibera and Jones, "Rigorous benchmarking in reasonable time",
ISMM 2013: with the run as the top level, the variance of run means is all that an interval needs).
Blocks within a run give a second estimate, of the part that a run contributes by itself: two or three runs
may agree by luck, but their values cannot be better known than that (results.stats.noise, used as a floor).
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
    least: float = 0.0,
    assumed: float = 0.0,
) -> Estimate:
    """The difference of the sides' means, from one value a run.

    The variance between runs is pooled over both sides (the null hypothesis is that the build made no
    difference). It is never taken to be below `least` (the standard deviation that theory demands of a run),
    nor, while there are fewer than MANY runs, below the noise that the runs show by themselves (`floors`,
    likewise). With one run on each side there is no spread to see: `assumed` stands in, as a known standard
    deviation. Raises ValueError for an empty side.
    """
    first, second = np.asarray(baseline, float), np.asarray(candidate, float)
    if not len(first) or not len(second):
        raise ValueError("a side has no value")
    freedom = len(first) + len(second) - 2
    floor = least**2
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


class Difference(NamedTuple):
    """b - a of one launch, its standard error within the launch, and that error's degrees of freedom."""

    effect: float
    error: float
    freedom: float


def across_launches(launches: Sequence[Difference], assumed: float = 0.0, floor: float = 0.0) -> Estimate:
    """The mean difference of two targets that were loaded at the same time, over one launch or several.

    The launch is the top level (Kalibera and Jones 2013): two processes of one build differ, for as long as
    they live, and no length of a launch shows by how much. With several launches the variance is that between
    them, with one less degrees of freedom than launches; it is never taken to be below what the launches know
    of themselves (their mean could not be better known than that) nor below `floor`, a standard deviation of
    the mean. One launch shows no spread: `assumed`, the standard deviation of the difference between two
    processes of one build, is added to its own error, with degrees of freedom by Satterthwaite (1946).
    Raises ValueError without a launch.
    """
    count = len(launches)
    if not count:
        raise ValueError("no launch")
    effects = np.array([launch.effect for launch in launches], float)
    within = sum(launch.error**2 for launch in launches) / count**2
    if count > 1:
        variance = max(float(effects.var(ddof=1)) / count, within, floor**2)
        return Estimate(float(effects.mean()), math.sqrt(variance), float(count - 1))
    variance = max(within + assumed**2, floor**2)
    freedom = launches[0].freedom * (variance / within) ** 2 if within else math.inf
    return Estimate(float(effects[0]), math.sqrt(variance), freedom)


def autocorrelation(values: NDArray[np.float64]) -> float:
    """Lag-1 autocorrelation, corrected for bias, kept within 0 … 0.9 (negative would narrow an interval)."""
    centred = values - values.mean()
    square = float(centred @ centred)
    if square == 0:
        return 0.0
    raw = float(centred[1:] @ centred[:-1]) / square
    return min(0.9, max(0.0, raw + (1 + 3 * raw) / len(values)))


def holm(p_values: Sequence[float], weights: Sequence[float] = ()) -> list[float]:
    """Adjusted p-values (Holm 1979): rejecting those <= alpha, one false rejection has a chance <= alpha.

    weights: how much of alpha each may use, in proportion (Holm's section 4); equal without them.
    """
    shares = np.asarray(weights or [1.0] * len(p_values), float)
    relative = np.asarray(p_values, float) / shares
    adjusted = np.empty(len(p_values))
    highest, left = 0.0, float(shares.sum())
    for place in np.argsort(relative, kind="stable"):
        highest = max(highest, min(1.0, left * float(relative[place])))
        adjusted[place] = highest
        left -= float(shares[place])
    return [float(value) for value in adjusted]


def runs_needed(runs: int, reach: float, wanted: float) -> int:
    """How many runs a side would bring the reach of an interval down to `wanted`, if the noise stays."""
    return max(runs + 1, math.ceil(runs * (reach / wanted) ** 2))

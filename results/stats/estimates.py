"""The arithmetic of comparing two sides, apart from what the numbers mean.

Two levels of noise. Runs of one build differ from each other (process layout, cache state, neighbours), and
requests within a run are not independent of each other. What is compared is therefore one value a run, and
the spread between runs carries both levels (Kalibera and Jones, "Rigorous benchmarking in reasonable time",
ISMM 2013: with the run as the top level, the variance of run means is all that an interval needs).
Blocks within a run give a second estimate, of the part that a run contributes by itself
(results.stats.noise): it stands in for what runs share and so cannot show, such as the arrivals that one seed
draws.
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

# Far out in the tail degrees of freedom that come from the sides' own spreads are too good. Where the sides
# differ in number and the smaller one has fewer runs than this, Hsu's are taken: with 3 runs against 20,
# spreads of 6 % and 2 % and 58 rows Welch's would call equal builds different in 12 % of comparisons. From
# there on half way between Welch's and Hsu's: with 12 runs against 5 and spreads of 2 % and 12 % Welch's give
# 1.8 %, those 0.9 %; with 5 against 5, Student's 2.6 %, those 0.4 % (python -m benchmarks rule_simulated).
TRUSTED = 5

# What is known of a run from its blocks (results.stats.noise) has about so many degrees of freedom.
HIDDEN_FREEDOM = 19

MOST_RUNS = 1000  # that anybody is told to make


class Estimate(NamedTuple):
    """candidate - baseline, its standard error, and the error's degrees of freedom (inf: taken as known).

    strict: the degrees of freedom far out in the tail, where they differ from `freedom`. runs: how many
    values each side had; None where that does not matter. spread: standard deviation between runs of a side.
    turns: of differences between runs that were made beside each other, whose spread is over the root of two.
    """

    effect: float
    error: float
    freedom: float
    strict: float | None = None
    runs: tuple[int, int] | None = None
    spread: float = 0.0
    turns: bool = False

    def interval(self, confidence: float) -> tuple[float, float]:
        """Two-sided interval by Student's t; either end alone holds with 1 - (1 - confidence) / 2."""
        reach = self.error * t_quantile(1 - (1 - confidence) / 2, self.freedom)
        return self.effect - reach, self.effect + reach

    def p_beyond(self, band: float) -> float:
        """Two-sided p-value against "the true difference is within +-band": small when it is beyond.

        The interval of confidence 1 - p just touches the band (where `strict` is not another freedom).
        """
        distance = max(abs(self.effect) - band, 0.0)
        t = distance / self.error if self.error else math.copysign(math.inf, distance)
        freedom = self.freedom if self.strict is None else self.strict
        return float(min(1.0, 2 * _t_tail(t, freedom))) if distance else 1.0


def t_quantile(share: float, freedom: float) -> float:
    """Of Student's t; of the normal distribution where the freedom is endless."""
    return float(special.ndtri(share) if math.isinf(freedom) else special.stdtrit(freedom, share))


def _t_tail(t: float, freedom: float) -> float:
    """P(T > t)."""
    return float(special.ndtr(-t) if math.isinf(freedom) else special.stdtr(freedom, -t))


def between_runs(
    baseline: Sequence[float],
    candidate: Sequence[float],
    least: float = 0.0,
    assumed: float = 0.0,
    unseen: tuple[float, float] = (0.0, 0.0),
) -> Estimate:
    """The difference of the sides' means, from one value a run.

    Sides of equal number: Student's t with the variance pooled, which unequal spreads hardly harm at the
    levels of an interval. Else Welch's (1947). Far out in the tail both are too good: half way to Hsu's
    (1938), those of the smaller side, is `strict`, and Hsu's where a side of fewer than TRUSTED runs meets a
    larger one. The
    spread of a side is never taken to be below `least` (the standard deviation that theory demands of a run).
    A single run shows no spread: that of the other side stands in, and where both are single `assumed`, as
    a known standard deviation. `unseen`: standard errors of the sides' means that their runs share and so do
    not show (another seed). Raises ValueError for an empty side.
    """
    first, second = np.asarray(baseline, float), np.asarray(candidate, float)
    runs = (len(first), len(second))
    if not all(runs):
        raise ValueError("a side has no value")
    variances = [
        max(float(side.var(ddof=1)), least**2) if len(side) > 1 else None for side in (first, second)
    ]
    square, freedom, strict = _of_means(variances, runs, max(assumed, least))
    hidden = unseen[0] ** 2 + unseen[1] ** 2
    if hidden:  # Satterthwaite 1946: what is hidden is known from BLOCKS blocks of each run
        freedom = (square + hidden) ** 2 / (square**2 / freedom + hidden**2 / HIDDEN_FREEDOM)
        strict = None if strict is None else min(freedom, strict)
    effect = float(second.mean() - first.mean())
    spread = math.sqrt(square / (1 / runs[0] + 1 / runs[1]))
    return Estimate(effect, math.sqrt(square + hidden), freedom, strict, runs, spread)


def in_turns(baseline: Sequence[float], candidate: Sequence[float], least: float = 0.0) -> Estimate:
    """The same where value k of either side comes of runs that were made beside each other: Student's t of
    the differences, a randomised block design (Fisher 1935).

    What both runs of a couple met alike, the mood of the machine and the draw of the load, cancels. It costs
    half of the degrees of freedom. Raises ValueError for fewer than two couples, or sides of unequal number.
    """
    differences = np.asarray(candidate, float) - np.asarray(baseline, float)
    count = len(differences)
    if count < 2:
        raise ValueError("there are fewer than two couples")
    square = max(float(differences.var(ddof=1)), 2 * least**2)
    return Estimate(
        float(differences.mean()),
        math.sqrt(square / count),
        float(count - 1),
        None,
        (count, count),
        math.sqrt(square / 2),
        turns=True,
    )


def pooled(before: Sequence[float], since: Sequence[float]) -> Estimate:
    """The same of two parts of one series, whose spread is one: Student's t, whatever their numbers."""
    first, second = np.asarray(before, float), np.asarray(since, float)
    freedom = len(first) + len(second) - 2
    square = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
    error = math.sqrt(float(square) / freedom * (1 / len(first) + 1 / len(second)))
    return Estimate(float(second.mean() - first.mean()), error, float(freedom))


def _of_means(
    variances: Sequence[float | None], runs: tuple[int, int], assumed: float
) -> tuple[float, float, float | None]:
    """(variance of the difference of the means, degrees of freedom, those far out if they are others)."""
    one, other = variances
    if one is None and other is None:
        return assumed**2 * (1 / runs[0] + 1 / runs[1]), math.inf, None
    if one is None or other is None:
        known = one if one is not None else other or 0.0
        return known * (1 / runs[0] + 1 / runs[1]), float(max(runs) - 1), None
    parts = (one / runs[0], other / runs[1])
    square = sum(parts)
    hsu = float(min(runs) - 1)
    if not square:
        return 0.0, float(2 * runs[0] - 2) if runs[0] == runs[1] else hsu, None
    welch = square**2 / (parts[0] ** 2 / (runs[0] - 1) + parts[1] ** 2 / (runs[1] - 1))
    if runs[0] == runs[1]:
        return square, float(2 * runs[0] - 2), (welch + hsu) / 2
    return square, welch, hsu if min(runs) < TRUSTED else (welch + hsu) / 2


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
        spread = math.sqrt(variance * count)
        return Estimate(
            float(effects.mean()), math.sqrt(variance), float(count - 1), None, (count, count), spread
        )
    variance = max(within + assumed**2, floor**2)
    freedom = launches[0].freedom * (variance / within) ** 2 if within else math.inf
    return Estimate(float(effects[0]), math.sqrt(variance), freedom, None, (1, 1), math.sqrt(variance))


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


POWER = 0.8416  # normal quantile of 80 %: so often the number of runs that is asked for will do


def runs_needed(spread: float, distance: float, level: float, pairs: bool = False) -> int:
    """How many runs a side let a bound of one-sided `level` stay `distance` away, in 80 % of cases.

    N = 2 s² (t + 0.84)² / distance², with t of 2N - 2 degrees of freedom (the sample size of a comparison of
    two means; Julious, "Sample sizes for clinical trials with normal data", 2004). Of `pairs`, whose spread
    is that of differences, half of both. MOST_RUNS where more would be needed, or none would do.
    """
    sides = 1 if pairs else 2
    if distance <= 0:
        return MOST_RUNS
    fewest = (
        sides * (spread * (t_quantile(level, math.inf) + POWER) / distance) ** 2
    )  # if the spread were known
    for runs in range(max(2, int(min(fewest, MOST_RUNS))), MOST_RUNS):
        reach = spread * math.sqrt(sides / runs) * (t_quantile(level, sides * (runs - 1)) + POWER)
        if reach <= distance:
            return runs
    return MOST_RUNS

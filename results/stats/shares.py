"""Two shares of failed requests, and how much they differ: from counts, not from a bell curve.

A build without errors has no spread to see, and five errors in a thousand requests are far from normal; a
t-test of the runs' shares is blind to them. So the counts of a side are added up and each side's share gets
its exact interval (Clopper and Pearson 1934); the interval of the difference follows from the two (MOVER:
Newcombe 1998, Zou and Donner 2008), wider than need be where counts are small.

Errors come in bursts, and runs of one build differ. So counts are divided by the dispersion that the runs
show beyond the binomial one (Rao and Scott 1992; never below 1), and its uncertainty is allowed for by taking
Student's t for the normal quantile.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import special

ASSUMED_DISPERSION = 4.0  # with one run a side there is no spread to see: errors in clusters of four
_SMALLEST = 1e-300
_HALVINGS = 60


class Counted(NamedTuple):
    """Of one run: how many requests failed, of how many."""

    failed: float
    started: float


class ShareEstimate(NamedTuple):
    """candidate - baseline as shares of 1; counts are already divided by the dispersion."""

    baseline: Counted
    candidate: Counted
    freedom: float

    @property
    def effect(self) -> float:
        return _share(self.candidate) - _share(self.baseline)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Two-sided."""
        return self._reach((1 - confidence) / 2)

    def p_beyond(self, band: float) -> float:
        """Two-sided p-value against "the true difference is within +-band", by bisection over the level."""
        if abs(self.effect) <= band:
            return 1.0
        low, high = math.log(_SMALLEST), 0.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            ends = self._reach(math.exp(middle) / 2)
            low, high = (low, middle) if ends[0] > band or ends[1] < -band else (middle, high)
        return math.exp(high)

    def _reach(self, tail: float) -> tuple[float, float]:
        if math.isfinite(self.freedom):
            tail = float(special.ndtr(special.stdtrit(self.freedom, tail)))
        tail = max(tail, _SMALLEST)
        (low_a, high_a), (low_b, high_b) = (_exact(side, tail) for side in (self.baseline, self.candidate))
        a, b = _share(self.baseline), _share(self.candidate)
        return b - a - math.hypot(b - low_b, high_a - a), b - a + math.hypot(high_b - b, a - low_a)


def share_estimate(baseline: Sequence[Counted], candidate: Sequence[Counted]) -> ShareEstimate:
    """From one count a run on each side. Raises ValueError when a side started nothing."""
    sides = [baseline, candidate]
    sums = [Counted(sum(c.failed for c in side), sum(c.started for c in side)) for side in sides]
    if not all(whole.started for whole in sums):
        raise ValueError("a side has no request")
    freedom = len(baseline) + len(candidate) - 2
    if freedom:
        pearson = sum(_pearson(side, whole) for side, whole in zip(sides, sums, strict=True))
        dispersion = max(1.0, pearson / freedom)
    else:
        dispersion = ASSUMED_DISPERSION
    first, second = (Counted(whole.failed / dispersion, whole.started / dispersion) for whole in sums)
    return ShareEstimate(first, second, freedom or math.inf)


def _pearson(side: Sequence[Counted], whole: Counted) -> float:
    share = _share(whole)
    if not 0 < share < 1:
        return 0.0
    return sum((c.failed - c.started * share) ** 2 / (c.started * share * (1 - share)) for c in side)


def _share(counted: Counted) -> float:
    return counted.failed / counted.started


def _exact(counted: Counted, tail: float) -> tuple[float, float]:
    """Clopper and Pearson's interval, `tail` beyond each end."""
    k, n = counted
    low = float(special.betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
    high = float(special.betainccinv(k + 1, n - k, tail)) if k < n else 1.0
    return low, high

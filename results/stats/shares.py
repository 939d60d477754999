"""Two shares of failed requests, and how much they differ: from counts, not from a bell curve.

A build without errors has no spread to see, and five errors in a thousand requests are far from normal; a
t-test of the runs' shares is blind to them. So the counts of a side are added up and each side's share gets
its exact interval (Clopper and Pearson 1934); the interval of the difference follows from the two (MOVER:
Newcombe 1998, Zou and Donner 2008), wider than need be where counts are small.

Errors come in bursts, and runs of one build differ. So where the runs differ more than the binomial
distribution lets them (Pearson's test at OVERDISPERSED), counts are divided by that dispersion (Rao and Scott
1992), and its uncertainty is allowed for by taking Student's t for the normal quantile. Where no
overdispersion shows, the counts stand as they are. A side without errors shows no dispersion and gives no
degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import special

ASSUMED_DISPERSION = 4.0  # where errors are in single runs alone there is no spread to see: clusters of four
OVERDISPERSED = 0.10  # p-value below which runs differ by more than chance
_SMALLEST = 1e-300
_HALVINGS = 60


class Counted(NamedTuple):
    """Of one run: how many requests failed, of how many."""

    failed: float
    started: float


class ShareEstimate(NamedTuple):
    """candidate - baseline as shares of 1; counts are already divided by the dispersion.

    most_runs: how many runs the larger side had.
    """

    baseline: Counted
    candidate: Counted
    freedom: float
    most_runs: int = 1

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

    def scaled(self, factor: float) -> ShareEstimate:
        """What so many times the requests would show, if the shares stayed."""
        sides = [Counted(side.failed * factor, side.started * factor) for side in self[:2]]
        return ShareEstimate(sides[0], sides[1], self.freedom, self.most_runs)

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
    dispersion, freedom = _dispersion(sides, sums)
    first, second = (Counted(whole.failed / dispersion, whole.started / dispersion) for whole in sums)
    return ShareEstimate(first, second, freedom, max(len(baseline), len(candidate)))


def _dispersion(sides: Sequence[Sequence[Counted]], sums: Sequence[Counted]) -> tuple[float, float]:
    """(by how much counts are too sure, its degrees of freedom: inf where it is taken as known)."""
    showing = [(side, whole) for side, whole in zip(sides, sums, strict=True) if 0 < _share(whole) < 1]
    freedom = sum(len(side) - 1 for side, _ in showing)
    if not showing:
        return 1.0, math.inf
    if not freedom:
        return ASSUMED_DISPERSION, math.inf
    pearson = sum(_pearson(side, whole) for side, whole in showing)
    if float(special.chdtrc(freedom, pearson)) >= OVERDISPERSED:
        return 1.0, math.inf
    return pearson / freedom, float(freedom)


def _pearson(side: Sequence[Counted], whole: Counted) -> float:
    share = _share(whole)
    return sum(
        (c.failed - c.started * share) ** 2 / (c.started * share * (1 - share)) for c in side if c.started
    )


def _share(counted: Counted) -> float:
    return counted.failed / counted.started


def _exact(counted: Counted, tail: float) -> tuple[float, float]:
    """Clopper and Pearson's interval, `tail` beyond each end."""
    k, n = counted
    low = float(special.betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
    high = float(special.betainccinv(k + 1, n - k, tail)) if k < n else 1.0
    return low, high

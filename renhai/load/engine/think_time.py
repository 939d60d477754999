"""Think time and chance: distributions by their inverse functions, seeded dice, journeys by weight."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate

from renhai.plan import model
from renhai.spec.workload.lognormal import NORMAL, sigma

_MASK = (1 << 64) - 1


class SplitMix64:
    """A seeded stream of numbers in (0, 1): splitmix64 (Steele, Lea, Flood 2014), 8 bytes of state."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def roll(self) -> float:
        self._state = z = (self._state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF  # quicker than a name
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return (((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992  # 2 ** 53


Think = Callable[[float], float]  # a number in (0, 1) -> seconds, by the inverse distribution function


def fixed(seconds: float) -> Think:
    """Always the same think time."""
    return lambda u: seconds


def uniform(low: float, high: float) -> Think:
    """Evenly between two think times in seconds."""
    return lambda u: low + (high - low) * u


def lognormal(median: float, p95: float) -> Think:
    """A long tail, given by its median and 95th percentile: exp(ln median + z ln(p95 / median) / z95)."""
    scale = sigma(median, p95)
    return lambda u: median * math.exp(scale * NORMAL.inv_cdf(u))


def exponential(mean: float) -> Think:
    """No memory: -mean ln(1 - u)."""
    return lambda u: -mean * math.log1p(-u)


def think_of(planned: model.Think) -> Think:
    """The think time of a plan."""
    if isinstance(planned, model.Uniform):
        return uniform(planned.low, planned.high)
    if isinstance(planned, model.Lognormal):
        return lognormal(planned.median, planned.p95)
    if isinstance(planned, model.Exponential):
        return exponential(planned.mean)
    return fixed(planned.seconds)


class Mix:
    """Journeys by weight."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._names = list(weights)
        self._edges = list(accumulate(weights.values()))
        self._only = self._names[0] if len(self._names) == 1 else ""

    def draw(self, u: float) -> str:
        """The journey for a number in (0, 1)."""
        if self._only:
            return self._only
        at = bisect_right(self._edges, u * self._edges[-1])
        return self._names[min(at, len(self._names) - 1)]

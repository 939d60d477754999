"""What a plan can bring about at best: requests and transactions with a target that answers at once.

A threshold is held against it before anything is sent: one above the expected count cannot hold, and one just
below it is missed by chance alone. Counted is over the whole run with its ramps, as the verdict counts.

Closed model: the journeys of an operator are a renewal process with think times X of mean m and squared
coefficient of variation c, which begins after a part of a think time that is drawn evenly. In t seconds they
number about t/m + c/2 with the variance c t/m (Cox 1962) where t is long beside m; for shorter sittings the
process is drawn PATHS times with a fixed seed. Open model: the area under the rate, with its own variance
where arrivals are Poisson's. Each transaction draws its journey by weight and sends what that declares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from renhai.plan.model import Exponential, Lognormal, Think, Uniform
from renhai.spec.journeys.registry import SentStep
from renhai.spec.workload import lognormal

Floats = NDArray[np.float64]

LONG = 40  # think times: from there on the process counts as long
PATHS = 2000


@dataclass(frozen=True)
class Expected:
    """A count: its mean and variance. Infinite where people do not think."""

    mean: float = 0.0
    variance: float = 0.0

    def __add__(self, other: Expected) -> Expected:
        return Expected(self.mean + other.mean, self.variance + other.variance)

    def times(self, mean: float, variance: float) -> Expected:
        """A sum of so many independent amounts, each of this mean and variance."""
        if not math.isfinite(self.mean):
            return self if mean else Expected()
        return Expected(self.mean * mean, self.mean * variance + self.variance * mean**2)

    def misses(self, least: float, *, strictly: bool) -> float:
        """The probability that the count is below `least` (strictly: not above), by the normal law."""
        if not math.isfinite(self.mean):
            return 0.0
        most = math.floor(least) if strictly else math.ceil(least) - 1  # the highest count that misses
        if not self.variance:
            return float(self.mean < most + 0.5)
        return NormalDist(self.mean, math.sqrt(self.variance)).cdf(most + 0.5)


def of_arrivals(area: float, process: str) -> Expected:
    """Arrivals of a run whose rate has this area."""
    return Expected(area, area if process == "poisson" else 0.0)


def of_operators(spans: Iterable[Sequence[tuple[float, float]]], think: Think) -> Expected:
    """Journeys begun by operators, each with his sittings as (start, end) in s, who think by this law."""
    lengths = np.array([end - start for sitting in spans for start, end in sitting], dtype=np.float64)
    mean, spread = moments(think)
    if not len(lengths):
        return Expected()
    if not mean:
        return Expected(math.inf, 0.0)
    long = lengths >= LONG * mean
    count, variance = (
        float((lengths[long] / mean + spread / 2).sum()),
        float((spread * lengths[long] / mean).sum()),
    )
    if not long.all():
        more = _drawn(lengths[~long], think)
        count, variance = count + more.mean, variance + more.variance
    return Expected(count, variance)


def moments(think: Think) -> tuple[float, float]:
    """(mean in s, squared coefficient of variation) of a think time."""
    if isinstance(think, Uniform):
        return think.mean, ((think.high - think.low) ** 2 / 12 / think.mean**2) if think.mean else 0.0
    if isinstance(think, Exponential):
        return think.mean, 1.0
    if isinstance(think, Lognormal):
        return think.mean, math.expm1(lognormal.sigma(think.median, think.p95) ** 2)
    return think.mean, 0.0


def _drawn(lengths: Floats, think: Think) -> Expected:
    """Of sittings that are short beside a think time."""
    chance = np.random.Generator(np.random.PCG64(20150911))
    longest = float(lengths.max())
    times = chance.random(PATHS) * _thoughts(chance, think, PATHS)
    begun: list[Floats] = []
    while (times < longest).any():
        begun.append(times)
        times = times + _thoughts(chance, think, PATHS)
    mean = variance = 0.0
    for length, seats in zip(*np.unique(lengths, return_counts=True), strict=True):
        counts = np.sum([part < length for part in begun], axis=0) if begun else np.zeros(PATHS)
        mean, variance = mean + seats * float(np.mean(counts)), variance + seats * float(np.var(counts))
    return Expected(mean, variance)


def _thoughts(chance: np.random.Generator, think: Think, many: int) -> Floats:
    if isinstance(think, Uniform):
        return chance.uniform(think.low, think.high, many)
    if isinstance(think, Exponential):
        return chance.exponential(think.mean, many)
    if isinstance(think, Lognormal):
        return think.median * np.exp(lognormal.sigma(think.median, think.p95) * chance.standard_normal(many))
    return np.full(many, think.mean)


def requests(
    transactions: Expected,
    mix: Mapping[str, float],
    steps: Mapping[str, Sequence[SentStep]],
    wanted: Callable[[str], bool],
) -> Expected:
    """Requests of the wanted operations, of so many transactions that draw their journey by weight."""
    total = sum(mix.values())
    first = second = 0.0
    for name, weight in mix.items():
        mean, variance = _of_journey(step for step in steps[name] if wanted(step.operation))
        first, second = first + weight / total * mean, second + weight / total * (variance + mean**2)
    return transactions.times(first, max(second - first**2, 0.0))


def _of_journey(steps: Iterator[SentStep]) -> tuple[float, float]:
    """Mean and variance of what one transaction sends: times evenly from low to high, in `share` of them."""
    mean = variance = 0.0
    for step in steps:
        span = step.high - step.low + 1
        square = (span**2 - 1) / 12 + ((step.low + step.high) / 2) ** 2
        mean, variance = mean + step.mean, variance + step.share * square - step.mean**2
    return mean, max(variance, 0.0)

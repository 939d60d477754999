"""The lognormal distribution as people give it: by its median and its 95th percentile.

median = exp(mu), p95 = exp(mu + z95 sigma), mean = exp(mu + sigma^2 / 2).
"""

from __future__ import annotations

import math
from statistics import NormalDist

NORMAL = NormalDist()
Z95 = NORMAL.inv_cdf(0.95)


def sigma(median: float, p95: float) -> float:
    """The standard deviation of the logarithm."""
    return math.log(p95 / median) / Z95


def mean(median: float, p95: float) -> float:
    return median * math.exp(sigma(median, p95) ** 2 / 2)

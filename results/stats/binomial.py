"""Tails of the binomial distribution, exact, with no library that takes a second to import."""

from __future__ import annotations

import math

_NEGLIGIBLE = 1e-18  # of the sum so far


def at_least(k: int, n: int, p: float) -> float:
    """P(X >= k) for X ~ B(n, p)."""
    if k <= 0 or p >= 1:
        return float(k <= n)
    if k > n or p <= 0:
        return 0.0
    if k <= n * p:  # the terms would rise first: take the other tail, which is the smaller sum
        return 1.0 - at_most(k - 1, n, p)
    return _sum(k, n, p, 1)


def at_most(k: int, n: int, p: float) -> float:
    """P(X <= k) for X ~ B(n, p)."""
    if k >= n or p <= 0:
        return 1.0 if k >= 0 else 0.0
    if k < 0 or p >= 1:
        return 0.0
    if k >= n * p:
        return 1.0 - at_least(k + 1, n, p)
    return _sum(k, n, p, -1)


def _sum(k: int, n: int, p: float, step: int) -> float:
    """The terms from k on, away from the mean, where they fall from one to the next."""
    term = math.exp(
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(p)
        + (n - k) * math.log1p(-p)
    )
    odds, total = p / (1 - p), 0.0
    while 0 <= k <= n and term > _NEGLIGIBLE * total:
        total += term
        term *= (n - k) / (k + 1) * odds if step > 0 else k / (n - k + 1) / odds
        k += step
    return min(total, 1.0)

"""Where does a series change? E-divisive with a t-test, on numpy and scipy.

The search for the best split is E-divisive (Matteson and James, "A Nonparametric Approach for Multiple
Change Point Analysis of Multivariate Data", JASA 109, 2014, equations 5 to 7, with the exponent 1).
Significance by a t-test instead of permutations, windows, and weak points that a stricter limit merges away
are those of Hunter (Fleming et al., "Hunter: Using Change Point Detection to Hunt for Performance
Regressions", ICPE 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Values = NDArray[np.float64]


def find_changes(
    series: Sequence[float], weak: float, limit: float, smallest: float = 0.0, window: int = 50
) -> list[int]:
    """The first index of each new level, in order.

    weak: p-value up to which a split is a candidate; limit: p-value below which a candidate stays; smallest:
    the relative difference of neighbouring means (of either to the other) that a change has to exceed;
    window: how many values (at least 4) the search looks at together, in steps of half of it.
    """
    values = np.asarray(series, dtype=np.float64)
    points: set[int] = set()
    start = 0
    while start < len(values):
        found = _split(values[start : start + window], weak)
        points.update(start + point for point in found)
        start = max(start + window // 2, start + max(found, default=0))
    return _merge(values, sorted(points), limit, smallest)


def _split(values: Values, weak: float) -> list[int]:
    """Split where the parts differ most, as long as the t-test finds them different."""
    points: list[int] = []
    while True:
        parts = [part for part in pairwise([0, *points, len(values)]) if part[1] - part[0] > 1]
        if not parts:
            return points
        _, point, (start, end) = max(
            ((*_best_split(values[part[0] : part[1]]), part) for part in parts), key=lambda found: found[0]
        )
        point += start
        if _p_value(values[start:point], values[point:end]) > weak:
            return points
        points = sorted([*points, point])


def _best_split(values: Values) -> tuple[float, int]:
    """The highest statistic of all pairs of neighbouring parts [0, tau) and [tau, kappa), and its tau."""
    distances = np.abs(values[:, None] - values[None, :])
    sums = np.zeros((len(values) + 1, len(values) + 1))
    sums[1:, 1:] = distances.cumsum(axis=0).cumsum(axis=1)
    tau, kappa = np.triu_indices(len(values) + 1, k=1)
    tau, kappa = tau[tau > 0], kappa[tau > 0]
    before, after = tau, kappa - tau
    within_before = sums[tau, tau] / 2
    within_after = (sums[kappa, kappa] - 2 * sums[tau, kappa] + sums[tau, tau]) / 2
    statistic = sums[tau, kappa] - sums[tau, tau]
    statistic -= after * within_before / np.maximum(before - 1, 1)
    statistic -= before * within_after / np.maximum(after - 1, 1)
    statistic *= 2 / kappa
    best = int(np.argmax(statistic))
    return float(statistic[best]), int(tau[best])


def _merge(values: Values, points: list[int], limit: float, smallest: float) -> list[int]:
    """Take away the least certain point, then the smallest change, until all that stay are neither."""
    while points:
        parts = [values[start:end] for start, end in pairwise([0, *points, len(values)])]
        doubts = [_p_value(before, after) for before, after in pairwise(parts)]
        if max(doubts) >= limit:
            del points[int(np.argmax(doubts))]
            continue
        sizes = [_magnitude(before.mean(), after.mean()) for before, after in pairwise(parts)]
        if min(sizes) > smallest:
            break
        del points[int(np.argmin(sizes))]
    return points


def _p_value(before: Values, after: Values) -> float:
    """Two-sided Student's t-test of equal means; 1 where nothing is left to test with."""
    if len(before) + len(after) < 3:
        return 1.0
    if np.ptp(before) == 0 and np.ptp(after) == 0:
        return float(before[0] == after[0])
    means = (before.mean(), after.mean())
    deviations = [part.std(ddof=1) if len(part) > 1 else 0.0 for part in (before, after)]
    found = stats.ttest_ind_from_stats(
        means[0], deviations[0], len(before), means[1], deviations[1], len(after)
    )
    return 1.0 if np.isnan(found.pvalue) else float(found.pvalue)


def _magnitude(before: float, after: float) -> float:
    """The larger of the relative changes forward and backward; a change from nothing counts by the other."""
    changes = [abs(new / old - 1) for new, old in ((after, before), (before, after)) if old]
    return max(changes, default=0.0)

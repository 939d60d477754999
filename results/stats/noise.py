"""How well one run alone knows its own values: the noise within it, from consecutive blocks of it.

Kept in run.json, so that a comparison needs nothing else of a run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from results.metrics import COMPARED, QUANTILES
from results.snapshot.histograms import Histogram, nearest_rank, together

BLOCKS = 20

# A block's percentile is only used where this many of its values are expected to lie above.
_ABOVE = 5
_FEWEST = 4


def run_noise(blocks: Sequence[Histogram], ok_per_second: NDArray[np.float64]) -> dict[str, float]:
    """{"p50", "p90", "p95", "p99", "throughput": standard error of the logarithm}, what is known of them.

    Each is the larger of what independent values would give and what the blocks show.
    """
    whole = together(blocks)
    found = {name: _percentile_noise(blocks, whole, QUANTILES[name]) for name in COMPARED if whole.total > 1}
    parts = [float(part.sum()) for part in np.array_split(ok_per_second, BLOCKS) if len(part)]
    found["throughput"] = block_noise(parts)
    return {name: round(value, 6) for name, value in found.items() if value > 0}


def _percentile_noise(blocks: Sequence[Histogram], whole: Histogram, q: Fraction) -> float:
    count = min(len(blocks), int(whole.total * (1 - q) / _ABOVE))
    if count < _FEWEST:
        return quantile_noise(whole, q)
    size = math.ceil(len(blocks) / count)
    merged = [together(blocks[start : start + size]) for start in range(0, len(blocks), size)]
    values = [float(block.quantile(q)) for block in merged if block.total]
    return max(quantile_noise(whole, q), block_noise(values))


def block_noise(blocks: Sequence[float]) -> float:
    """Standard error of a run's log-value, from the same quantity in consecutive blocks; 0 if unknown.

    From successive differences (von Neumann 1941), which a slow drift or the ramp does not inflate, by their
    median absolute value, which a few jumps do not inflate either. 1.4826 makes that a standard deviation.
    """
    values = np.log([value for value in blocks if value > 0])
    if len(values) < _FEWEST:
        return 0.0
    step = 1.4826 * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2)
    return step / math.sqrt(len(values))


def quantile_noise(histogram: Histogram, q: Fraction) -> float:
    """Standard error of a log-percentile of independent values (Woodruff 1952): the least it can be."""
    n = histogram.total
    if n < 2:
        return 0.0
    reach = Fraction(math.sqrt(float(q * (1 - q)) / n))
    low = histogram.at_rank(nearest_rank(max(q - reach, Fraction(0)), n))
    high = histogram.at_rank(nearest_rank(min(q + reach, Fraction(1)), n))
    return (math.log(max(high, 1)) - math.log(max(low, 1))) / 2

"""What a duel measures: for each subject and metric, how much side b differs from side a in each launch.

Both sides were loaded at the same time, so what the machine does to both cancels, second by second. For each
launch and row there is one difference over the whole launch, and its standard error from consecutive blocks.

A percentile of a block is a poor thing (a second has few requests), so blocks are not compared by their own
percentiles. The percentile of the whole launch is linearised instead (Bahadur 1966, as Woodruff 1952 does for
intervals): a block moves it by its excess of values above it, divided by the density there. These moves add
up, so the variance of their sum follows from the blocks, both sides' together in each block.

`typical` is a metric of duels alone: the mean of log-latencies over the middle of each operation (winsorised
at the 10th and 90th percentile, Tukey 1962), averaged over the operations by their number of requests. It
uses all requests where a percentile uses those next to it, and no gap between slow and fast operations
unsettles it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from results.compare.effects import RUN_METRICS, Effect, Sides, counted, share_effect, value_of
from results.metrics import COMPARED, QUANTILES, RUN, SHARES, unit_of
from results.snapshot.histograms import Histogram, in_blocks, together
from results.snapshot.run import Run
from results.snapshot.timeline import Timeline, read_timeline
from results.stats.estimates import RESOLUTION, Difference, across_launches, autocorrelation

Floats = NDArray[np.floating[Any]]

TYPICAL = "typical"
PAIR_METRICS = (TYPICAL, *RUN_METRICS)
MOST_BLOCKS, FEWEST_BLOCKS = 30, 6
BEYOND = 10  # values that a side must have on either side of a percentile, or it says nothing of it
MIDDLE = (Fraction(1, 10), Fraction(9, 10))
FEWEST_TYPICAL = 30  # requests of an operation on each side


Known = tuple[Difference, tuple[float, float]]


class Recorded(NamedTuple):
    """One side of a launch: latencies by operation and block, and counts by second."""

    run: Run
    blocks: dict[str, list[Histogram]]
    timeline: Timeline


@dataclass(frozen=True, eq=False)
class Pair:
    """Both sides of a launch, cut into `blocks` parts of the seconds that both have measured."""

    a: Recorded
    b: Recorded
    seconds: float
    blocks: int
    known: dict[tuple[str, str], Known | None] = field(default_factory=dict, repr=False)

    def flipped(self) -> Pair:
        """The same launch with its sides exchanged."""
        return Pair(self.b, self.a, self.seconds, self.blocks)

    def difference(self, subject: str, metric: str) -> Known | None:
        """(b - a, the two values in the metric's unit); None where a side has too little to say."""
        if (subject, metric) not in self.known:
            self.known[subject, metric] = _difference(self, subject, metric)
        return self.known[subject, metric]


class Part(NamedTuple):
    """One side's value of a metric, and how much each block moves it: moves sum up to about 0."""

    value: float
    moves: Floats


def read_pair(directories: tuple[Path, Path], runs: tuple[Run, Run]) -> Pair:
    """Both snapshots of a launch. What cannot be read is left out: the runs' own verdicts say so."""
    seconds = min(run.duration_s for run in runs)
    count = max(1, min(MOST_BLOCKS, int(seconds)))
    found = []
    for directory, run in zip(directories, runs, strict=True):
        blocks, _damage = in_blocks(directory / "latency.hlog", seconds, count)
        found.append(Recorded(run, blocks, read_timeline(directory / "timeline.csv")))
    return Pair(found[0], found[1], seconds, count)


def effects_of_pairs(
    pairs: Sequence[Pair], sides: Sides, subject: str, assumed_noise: float
) -> Iterator[Effect]:
    """Every metric that each launch knows of. assumed_noise: as for `across_launches`."""
    for metric in PAIR_METRICS:
        if metric in SHARES:
            yield share_effect([[counted(s, metric) for s in side] for side in sides], subject, metric)
            continue
        known = [pair.difference(subject, metric) for pair in pairs]
        found = [each for each in known if each is not None]
        if len(found) < len(known) or not found:
            continue
        estimate = across_launches([each for each, _ in found], assumed_noise, RESOLUTION)
        means = np.mean([values for _, values in found], axis=0)
        if metric != TYPICAL:
            means = np.array([np.mean([value_of(summary, metric) for summary in side]) for side in sides])
        yield Effect(subject, metric, unit_of(metric), float(means[0]), float(means[1]), estimate)


def _difference(pair: Pair, subject: str, metric: str) -> Known | None:
    if pair.blocks < FEWEST_BLOCKS:
        return None
    if metric == TYPICAL:
        first, second = typical_parts(pair, subject)
    else:
        first, second = _part(pair, pair.a, subject, metric), _part(pair, pair.b, subject, metric)
    if first is None or second is None:
        return None
    values = (math.exp(first.value) / 1000, math.exp(second.value) / 1000)
    return summed(second.value - first.value, second.moves - first.moves), values


def summed(effect: float, moves: Floats) -> Difference:
    """The error of a difference from what consecutive blocks add to it.

    The variance of a sum under a first-order autoregression is inflated by (1+r)/(1-r), with as many fewer
    degrees of freedom; r is corrected for its small-sample bias (Marriott and Pope 1954).
    """
    r = autocorrelation(np.asarray(moves, np.float64))
    spread = (1 + r) / (1 - r)
    error = math.sqrt(len(moves) * float(moves.var(ddof=1)) * spread)
    return Difference(effect, error, max(1.0, (len(moves) - 1) / spread))


def _part(pair: Pair, side: Recorded, subject: str, metric: str) -> Part | None:
    if metric in COMPARED:
        return percentile_part(_blocks(side, subject, pair.blocks), QUANTILES[metric])
    return rate_part(_successes(pair, side, subject))


def percentile_part(blocks: Sequence[Histogram], q: Fraction) -> Part | None:
    """The logarithm of a percentile in µs, so that differences are ratios.

    The slope d(log value)/d(share) is taken over two standard errors to either side.
    """
    whole = together(blocks)
    n = whole.total
    if n * min(q, 1 - q) < BEYOND:
        return None
    value = max(1, whole.quantile(q))
    reach = Fraction(2 * math.sqrt(float(q * (1 - q)) / n))
    low, high = max(q - reach, Fraction(1, n)), min(q + reach, Fraction(n - 1, n))
    width = math.log(max(1, whole.quantile(high))) - math.log(max(1, whole.quantile(low)))
    slope = max(width, RESOLUTION) / float(high - low)
    totals = np.array([block.total for block in blocks], dtype=np.float64)
    above = np.array([_above(block, value) for block in blocks], dtype=np.float64)
    return Part(math.log(value), slope * (above - totals * above.sum() / n) / n)


def _above(block: Histogram, value: int) -> int:
    values, counts = block.values()
    return int(counts[values > value].sum())


def rate_part(ok: Floats) -> Part | None:
    """The logarithm of a number of successes."""
    total = float(ok.sum())
    return Part(math.log(total), ok / total - 1 / len(ok)) if total >= BEYOND else None


def typical_parts(pair: Pair, subject: str) -> tuple[Part | None, Part | None]:
    """The logarithm of the typical latency in µs of both sides, whose operations weigh alike."""
    names = sorted(set(pair.a.blocks) & set(pair.b.blocks)) if subject == RUN else [subject]
    sides = [[_blocks(side, name, pair.blocks) for name in names] for side in (pair.a, pair.b)]
    totals = [[sum(block.total for block in blocks) for blocks in side] for side in sides]
    fewest = [min(both) for both in zip(*totals, strict=True)]
    used = [place for place, count in enumerate(fewest) if count >= FEWEST_TYPICAL]
    if not used:
        return None, None
    whole = sum(fewest[place] for place in used)
    found = []
    for side in sides:
        parts = [(fewest[place] / whole, middle_part(side[place])) for place in used]
        value = sum(weight * part.value for weight, part in parts)
        found.append(Part(value, np.sum([weight * part.moves for weight, part in parts], axis=0)))
    return found[0], found[1]


def middle_part(blocks: Sequence[Histogram]) -> Part:
    """The mean of log-latencies, those outside the middle taken as its edges."""
    whole = together(blocks)
    low, high = (math.log(max(1, whole.quantile(q))) for q in MIDDLE)
    sums = np.zeros((len(blocks), 2))
    for place, block in enumerate(blocks):
        values, counts = block.values()
        sums[place] = np.clip(np.log(np.maximum(values, 1)), low, high) @ counts, counts.sum()
    mean = float(sums[:, 0].sum() / whole.total)
    return Part(mean, (sums[:, 0] - mean * sums[:, 1]) / whole.total)


def _blocks(side: Recorded, subject: str, count: int) -> list[Histogram]:
    empty = [Histogram.empty()] * count
    if subject == RUN:
        return [together(column) for column in zip(*side.blocks.values(), strict=True)] or empty
    return side.blocks.get(subject, empty)


def _successes(pair: Pair, side: Recorded, subject: str) -> Floats:
    """By block, over the seconds that both sides have measured."""
    timeline = side.timeline
    whole = np.zeros(timeline.seconds)
    for operation, series in timeline.operations.items():
        if subject in (RUN, operation):
            whole += series.columns["ok"]
    second = np.arange(timeline.seconds)
    place = np.minimum((second * pair.blocks / pair.seconds).astype(int), pair.blocks - 1)
    within = second < math.ceil(pair.seconds)
    return np.bincount(place[within], weights=whole[within], minlength=pair.blocks).astype(np.float64)

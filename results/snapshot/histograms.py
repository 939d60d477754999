"""HdrHistogram interval logs as numpy counters: exact counts, exact ranks, conservative values.

A log (`latency.hlog`, `service.hlog`) holds a line for each interval and tag (= operation); values are µs:

    Tag=declaration.submit,12.000,1.000,8.191,HISTFAAAA...

Tags are percent-encoded where the log says so (see results.snapshot.names).

Counters of one recorded value range are added without loss, so any span of a run is judged on the same
numbers as the whole. Layout of the counters: HdrHistogram's own, http://hdrhistogram.org (Gil Tene).
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hdrh.codec import HdrCookieException, HdrHistogramSettingsException, HdrLengthException
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from results.errors import ZEROS, Damage
from results.metrics import METRICS
from results.snapshot.names import COMMENT, from_tag

Counts = NDArray[np.int64]

_UNREADABLE = (
    ValueError, IndexError, RuntimeError, AssertionError, TypeError, binascii.Error, zlib.error,
    HdrCookieException, HdrHistogramSettingsException, HdrLengthException,
)  # fmt: skip


class Layout(NamedTuple):
    """How an index maps to values: 2**unit resolution, 2**half sub-buckets in each doubling."""

    unit: int
    half: int

    def highest(self, index: NDArray[np.intp]) -> NDArray[np.int64]:
        """The highest value that is counted at each index (the "highest equivalent value"), in µs."""
        bucket = np.maximum((index >> self.half) - 1, 0).astype(np.int64)
        sub = (index - (bucket << self.half)).astype(np.int64)
        found: NDArray[np.int64] = (((sub + 1) << bucket) << self.unit) - 1
        return found

    def buckets(self, values_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """The index that counts each value: b * 2**half + (v >> b) with b = max(0, bits(v) - half - 1)."""
        values = values_us >> self.unit
        bits = np.frexp(values.astype(np.float64))[1].astype(np.int64)  # exact below 2**53
        bucket = np.maximum(bits - self.half - 1, 0)
        found: NDArray[np.int64] = (bucket << self.half) + (values >> bucket)
        return found

    def lowest(self, index: NDArray[np.intp]) -> NDArray[np.int64]:
        """The lowest value that is counted at each index, in µs."""
        bucket = np.maximum((index >> self.half) - 1, 0).astype(np.int64)
        sub = (index - (bucket << self.half)).astype(np.int64)
        found: NDArray[np.int64] = (sub << bucket) << self.unit
        return found


# 1 µs to 1 h at 3 significant digits: 2048 sub-buckets, so half = 10.
LOWEST_US = 1
HIGHEST_US = 3_600_000_000
DIGITS = 3
DEFAULT_LAYOUT = Layout(unit=0, half=10)
SIZE = int(DEFAULT_LAYOUT.buckets(np.array([HIGHEST_US]))[0]) + 1  # counters of the default layout


@dataclass(frozen=True)
class Histogram:
    """Counts of latencies. Values are µs, at the highest of their counter: never below what was recorded."""

    counts: Counts
    layout: Layout = DEFAULT_LAYOUT

    @classmethod
    def empty(cls) -> Histogram:
        return cls(np.zeros(0, dtype=np.int64))

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def added(self, other: Histogram) -> Histogram:
        """Both together. Raises ValueError when the two were recorded with different precision."""
        return together([self, other])

    def at_rank(self, rank: int) -> int:
        """The rank-th smallest value in µs, 1 <= rank <= total."""
        if not 1 <= rank <= self.total:
            raise ValueError(f"rank {rank} of {self.total} values")
        index = np.searchsorted(np.cumsum(self.counts), rank)
        return int(self.layout.highest(np.asarray([index]))[0])

    def quantile(self, q: Fraction) -> int:
        """The smallest value that at least the share q of all values does not exceed, in µs.

        Nearest rank: Hyndman & Fan (1996), definition 1. The rank is exact integer arithmetic and rounds up.
        """
        return self.at_rank(nearest_rank(q, self.total))

    def milliseconds(self, metric: str) -> float:
        """A percentile of results.metrics, `max` or `mean`, in ms; 0 where nothing was recorded."""
        if not self.total:
            return 0.0
        if metric == "mean":
            return self.sum_us() / self.total / 1000
        quantile = METRICS[metric].quantile
        assert quantile is not None
        return self.quantile(quantile) / 1000

    def sum_us(self) -> int:
        """The sum of all values in µs (each at most 0.1 % above what was recorded)."""
        index = np.flatnonzero(self.counts)
        return int(self.counts[index] @ self.layout.highest(index))

    def max_us(self) -> int:
        return self.at_rank(self.total)

    def values(self) -> tuple[NDArray[np.int64], Counts]:
        """(values in µs ascending, how often each): only what occurred."""
        index = np.flatnonzero(self.counts)
        return self.layout.highest(index), self.counts[index]


def added_sparse(counts: Counts, index: NDArray[np.integer[Any]], more: NDArray[np.integer[Any]]) -> Counts:
    """The counts with more of them at the indexes, in place where there is room."""
    if not len(index):
        return counts
    size = int(index.max()) + 1
    if size > len(counts):
        counts = np.append(counts, np.zeros(size - len(counts), np.int64))
    np.add.at(counts, index, more)
    return counts


def nearest_rank(q: Fraction, n: int) -> int:
    """ceil(q * n), at least 1."""
    return max(1, -(-q.numerator * n // q.denominator))


class Interval(NamedTuple):
    """One line of a log: `start_s` is seconds since the start of the run."""

    operation: str
    start_s: float
    length_s: float
    histogram: Histogram


class LogDamage(Exception):
    """A line of a log could not be read. What came before it is sound."""

    def __init__(self, damage: Damage) -> None:
        self.damage = damage
        super().__init__(str(damage))


_HEADER = re.compile(r"#\[(StartTime|BaseTime): *([\d.]+)")


def read_intervals(path: Path) -> Iterator[Interval]:
    """Every interval of an .hlog in file order. Raises LogDamage at the first line that cannot be read."""
    times: dict[str, float] = {}
    encoded = False
    with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            if "\0" in line:
                raise LogDamage(Damage(path.name, "damaged", number, ZEROS))
            header = _HEADER.match(line)
            if header:
                times[header.group(1)] = float(header.group(2))
            elif line.startswith(f"#{COMMENT}"):
                encoded = True
            elif line.strip() and not line.startswith(("#", '"')):
                interval = _interval(line, path.name, number, times)
                yield interval._replace(operation=from_tag(interval.operation)) if encoded else interval


def _interval(line: str, file: str, number: int, times: dict[str, float]) -> Interval:
    tag = ""
    if line.startswith("Tag="):
        tag, _, line = line[4:].partition(",")
    if not line.endswith("\n"):
        raise LogDamage(Damage(file, "cut off", number))
    try:
        start, length, _maximum, payload = line.rstrip().split(",")
        histogram = decode(payload)
        return Interval(tag, _since_start(float(start), times), float(length), histogram)
    except _UNREADABLE as error:
        raise LogDamage(Damage(file, "damaged", number, f"{type(error).__name__}: {error}")) from error


def _since_start(stamp: float, times: dict[str, float]) -> float:
    """Seconds since StartTime. Without a BaseTime, a stamp over a year before StartTime is relative already:
    the rule of HdrHistogram's own log reader."""
    start = times.setdefault("StartTime", stamp)
    relative = stamp < start - 365 * 86400
    return stamp + times.get("BaseTime", start if relative else 0.0) - start


def decode(payload: str) -> Histogram:
    """A histogram from its compressed V2 text (`HISTFAAA...`)."""
    decoded: Any = HdrHistogram.decode(payload)
    layout = Layout(decoded.unit_magnitude, decoded.sub_bucket_half_count_magnitude)
    if not decoded.total_count:
        return Histogram(np.zeros(0, np.int64), layout)
    used = decoded.get_counts_array_index(decoded.max_value) + 1
    return Histogram(np.frombuffer(decoded.counts, dtype=np.int64, count=used).copy(), layout)


InBlocks = tuple[dict[str, list[Histogram]], Damage | None]


def in_blocks(path: Path, duration_s: float, blocks: int) -> InBlocks:
    """(operation -> its values in consecutive blocks of equal time, what could not be read).

    What ends after the duration is in the last block.
    """
    merged: dict[str, list[Histogram]] = {}
    try:
        for interval in read_intervals(path):
            share = interval.start_s / duration_s if duration_s > 0 else 0.0
            place = min(blocks - 1, max(0, int(share * blocks + 1e-9)))
            known = merged.setdefault(interval.operation, [Histogram.empty() for _ in range(blocks)])
            known[place] = _add(known[place], interval.histogram)
    except FileNotFoundError:
        return merged, Damage(path.name, "missing")
    except LogDamage as error:
        return merged, error.damage
    except (OSError, ValueError) as error:
        return merged, Damage(path.name, "damaged", detail=str(error))
    return merged, None


def totals(path: Path) -> tuple[dict[str, Histogram], Damage | None]:
    """(operation -> all its values over the run, what could not be read)."""
    merged, damage = in_blocks(path, 0.0, 1)
    return {name: blocks[0] for name, blocks in merged.items()}, damage


def together(histograms: Iterable[Histogram]) -> Histogram:
    """All values of several histograms. Raises ValueError when they were recorded with unlike precision."""
    used = [histogram for histogram in histograms if len(histogram.counts)]
    layouts = {histogram.layout for histogram in used}
    if len(layouts) > 1:
        raise ValueError(f"precision differs: {' and '.join(map(str, sorted(layouts)))}")
    counts = np.zeros(max((len(histogram.counts) for histogram in used), default=0), dtype=np.int64)
    for histogram in used:
        counts[: len(histogram.counts)] += histogram.counts
    return Histogram(counts, *layouts)


def _add(known: Histogram, more: Histogram) -> Histogram:
    """Adds in place where the room suffices: an hour-long log is thousands of intervals."""
    if known.layout == more.layout and len(known.counts) >= len(more.counts) > 0:
        known.counts[: len(more.counts)] += more.counts
        return known
    return known.added(more)

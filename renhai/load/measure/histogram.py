"""HdrHistogram counts, computed many values at a time.

Bucket layout of HdrHistogram for 1 microsecond .. 1 hour at 3 significant digits (Tene, HdrHistogram
2.1.x `AbstractHistogram`): 2,048 sub-buckets, so with b = max(0, bit_length(v) - 11) the index of v is
b * 1024 + (v >> b). Counts add up exactly, so histograms of many workers merge without loss.
"""

from __future__ import annotations

from array import array
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Any

import numpy as np
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogWriter
from numpy.typing import NDArray

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
DIGITS = 3
SUB_BITS = 11
HALF = 1 << (SUB_BITS - 1)

Counts = NDArray[np.int64]
Packed = tuple[bytes, bytes]  # bucket indexes as <i4 and their counts as <i8, ascending, no zero count


def bucket_index(values_us: Counts) -> Counts:
    """The HdrHistogram count index of each value (whole microseconds, 0 .. HIGHEST_US)."""
    bits = np.frexp(values_us.astype(np.float64))[1].astype(np.int64)  # exact below 2**53
    bucket = np.maximum(bits - SUB_BITS, 0)
    index: Counts = bucket * HALF + (values_us >> bucket)
    return index


def highest_value(index: Counts) -> Counts:
    """The largest value in microseconds that falls into each bucket."""
    bucket = np.maximum((index >> (SUB_BITS - 1)) - 1, 0)
    highest: Counts = ((index - bucket * HALF + 1) << bucket) - 1
    return highest


SIZE = int(bucket_index(np.array([HIGHEST_US]))[0]) + 1


def to_microseconds(nanoseconds: array[int]) -> Counts:
    """Whole microseconds, rounded half up, clipped to what a histogram holds."""
    values = np.frombuffer(nanoseconds, dtype=np.int64)
    return np.clip((values + 500) // 1000, 0, HIGHEST_US)


def total(nanoseconds: array[int]) -> int:
    """The sum of durations."""
    return int(np.frombuffer(nanoseconds, dtype=np.int64).sum()) if nanoseconds else 0


def pack(nanoseconds: array[int]) -> Packed:
    """The histogram of durations in nanoseconds, as sparse bytes that fit into a message."""
    if not nanoseconds:
        return b"", b""
    index, counts = np.unique(bucket_index(to_microseconds(nanoseconds)), return_counts=True)
    return index.astype("<i4").tobytes(), counts.astype("<i8").tobytes()


def unpack(packed: Packed) -> tuple[Counts, Counts]:
    """(indexes, counts) of `pack`."""
    return (
        np.frombuffer(packed[0], dtype="<i4").astype(np.int64),
        np.frombuffer(packed[1], dtype="<i8").astype(np.int64),
    )


def encode(packed: Iterable[Packed]) -> tuple[str, str]:
    """Histograms as text for a line of output: base64 of their indexes and of their counts, both <i4.

    An index may occur more than once; the counts of one second fit into 31 bits.
    """
    parts = list(packed)
    counts = np.frombuffer(b"".join(part[1] for part in parts), dtype="<i8").astype("<i4")
    return b64encode(b"".join(part[0] for part in parts)).decode(), b64encode(counts.tobytes()).decode()


class Histogram:
    """Counts by bucket, with the same answers as hdrh's HdrHistogram of the same values.

    What is added is kept as it came and summed up when it is asked for, or when much has come together.
    """

    __slots__ = ("_counts", "_pending")

    MOST_PENDING = 256

    def __init__(self) -> None:
        self._counts: Counts | None = None
        self._pending: list[Packed] = []

    def add(self, packed: Packed) -> None:
        if packed[0]:
            self._pending.append(packed)
            if len(self._pending) > self.MOST_PENDING:
                self._sum_up()

    @property
    def counts(self) -> Counts:
        """The count of each bucket."""
        return self._sum_up()

    def _sum_up(self) -> Counts:
        counts = self._counts
        if counts is None:
            counts = self._counts = np.zeros(SIZE, dtype=np.int64)
        if self._pending:
            index, added = unpack(
                (b"".join(p[0] for p in self._pending), b"".join(p[1] for p in self._pending))
            )
            np.add.at(counts, index, added)
            self._pending.clear()
        return counts

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def percentile(self, percent: float) -> int:
        """The value in microseconds at a percentile (0 < percent <= 100); 0 when nothing was recorded."""
        total = self.total
        if not total:
            return 0
        wanted = max(int(percent * total / 100 + 0.5), 1)
        index = np.searchsorted(np.cumsum(self.counts), wanted)
        return int(highest_value(np.array([index]))[0])

    @property
    def mean(self) -> float:
        """The mean in microseconds, each value taken as the middle of its bucket; 0 without values."""
        used = np.flatnonzero(self.counts)
        if not len(used):
            return 0.0
        width = 1 << np.maximum((used >> (SUB_BITS - 1)) - 1, 0)
        middle = highest_value(used) + 1 - width + width // 2
        return float((middle * self.counts[used]).sum() / self.counts.sum())

    @property
    def maximum(self) -> int:
        """The highest value that may have been recorded, in microseconds; 0 when nothing was."""
        used = np.flatnonzero(self.counts)
        return int(highest_value(used[-1:])[0]) if len(used) else 0


def to_hdr(counts: Counts) -> Any:
    """An hdrh HdrHistogram that holds these counts."""
    histogram = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
    np.ctypeslib.as_array(histogram.counts)[: len(counts)] = counts
    used = np.flatnonzero(counts)
    if len(used):
        first = int(next((i for i in used if i), used[-1]))
        histogram.set_internal_tacking_values(first, int(used[-1]), int(counts.sum()))
    return histogram


class IntervalLog:
    """A HdrHistogram interval log: one line an interval and tag, times in seconds since `epoch`."""

    def __init__(self, file: IO[str], epoch: float, unit: str) -> None:
        self._file = file
        self._writer = HistogramLogWriter(file)
        self._writer.output_comment(f"[{unit} in microseconds; Interval_Max in milliseconds]")
        self._writer.output_log_format_version()
        # hdrh's own output_start_time calls a method that datetime does not have (0.10.8).
        stamp = datetime.fromtimestamp(epoch, UTC).isoformat(" ")
        file.write(f"#[StartTime: {epoch:f} (seconds since epoch), {stamp}]\n")
        self._writer.output_base_time(epoch * 1000.0)
        self._writer.output_legend()

    def line(self, tag: str, start_s: float, length_s: float, counts: Counts) -> None:
        """Append one interval. hdrh writes no tag of its own; it stands first, as the format has it."""
        histogram = to_hdr(counts)
        # hdrh takes a start or end of 0 for "not given" and asks the histogram, which counts milliseconds.
        histogram.set_start_time_stamp(start_s * 1000.0)
        histogram.set_end_time_stamp((start_s + length_s) * 1000.0)
        self._file.write(f"Tag={tag},")
        self._writer.output_interval_histogram(histogram, start_s, start_s + length_s, 1000.0)

"""Durations as HdrHistogram counts, many values at a time; how they travel, add up and are written.

Counts add up exactly, so histograms of many workers merge without loss. Their layout, ranks and values are
those of results.snapshot.histograms: what is shown while a run goes on is what is judged afterwards.
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

from results.snapshot.histograms import (
    DEFAULT_LAYOUT,
    DIGITS,
    HIGHEST_US,
    LOWEST_US,
    Counts,
    Histogram,
    added_sparse,
)
from results.snapshot.names import COMMENT as TAGS_ENCODED
from results.snapshot.names import to_tag

Packed = tuple[bytes, bytes]  # bucket indexes as <i4 and their counts as <i8, ascending, no zero count


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
    index, counts = np.unique(DEFAULT_LAYOUT.buckets(to_microseconds(nanoseconds)), return_counts=True)
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


class HistogramSum:
    """Packed histograms of many processes and seconds, added up; `histogram` is what they amount to.

    What is added is kept as it came and summed up when it is asked for, or when much has come together.
    """

    __slots__ = ("_counts", "_pending")

    MOST_PENDING = 256

    def __init__(self) -> None:
        self._counts: Counts = np.zeros(0, dtype=np.int64)
        self._pending: list[Packed] = []

    def add(self, packed: Packed) -> None:
        if packed[0]:
            self._pending.append(packed)
            if len(self._pending) > self.MOST_PENDING:
                self._sum_up()

    @property
    def histogram(self) -> Histogram:
        """All that was added so far; the counts go on being added to."""
        return Histogram(self._sum_up(), DEFAULT_LAYOUT)

    @property
    def counts(self) -> Counts:
        """The count of each bucket."""
        return self._sum_up()

    @property
    def total(self) -> int:
        return self.histogram.total

    def milliseconds(self, metric: str) -> float:
        """See results.snapshot.histograms.Histogram.milliseconds."""
        return self.histogram.milliseconds(metric)

    def _sum_up(self) -> Counts:
        if self._pending:
            index, added = unpack(
                (b"".join(p[0] for p in self._pending), b"".join(p[1] for p in self._pending))
            )
            self._counts = added_sparse(self._counts, index, added)
            self._pending.clear()
        return self._counts


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
        self._writer.output_comment(TAGS_ENCODED)
        # hdrh's own output_start_time calls a method that datetime does not have (0.10.8).
        stamp = datetime.fromtimestamp(epoch, UTC).isoformat(" ")
        file.write(f"#[StartTime: {epoch:f} (seconds since epoch), {stamp}]\n")
        self._writer.output_base_time(epoch * 1000.0)
        self._writer.output_legend()

    def line(self, name: str, start_s: float, length_s: float, counts: Counts) -> None:
        """Append one interval. hdrh writes no tag of its own; it stands first, as the format has it."""
        histogram = to_hdr(counts)
        # hdrh takes a start or end of 0 for "not given" and asks the histogram, which counts milliseconds.
        histogram.set_start_time_stamp(start_s * 1000.0)
        histogram.set_end_time_stamp((start_s + length_s) * 1000.0)
        self._file.write(f"Tag={to_tag(name)},")
        self._writer.output_interval_histogram(histogram, start_s, start_s + length_s, 1000.0)

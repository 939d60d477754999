"""Bucket counts computed with numpy against hdrh's own, one value at a time."""

from __future__ import annotations

from array import array
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.load.measure.collector import Second
from renhai.load.measure.histogram import HistogramSum, IntervalLog, encode, pack, to_hdr, unpack
from renhai.load.measure.stop_rules import measure as measure_second
from results.metrics import METRICS, QUANTILES
from results.snapshot.facts import Facts
from results.snapshot.histograms import DEFAULT_LAYOUT, DIGITS, HIGHEST_US, LOWEST_US, SIZE, Histogram
from results.verdict.evaluate import measure

microseconds = st.integers(0, HIGHEST_US)


def hdr(values: list[int]) -> HdrHistogram:
    histogram = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
    for value in values:
        assert histogram.record_value(value)
    return histogram


def ours(values: list[int]) -> HistogramSum:
    histogram = HistogramSum()
    histogram.add(pack(array("q", [value * 1000 for value in values])))
    return histogram


@settings(max_examples=40, deadline=None)
@given(st.lists(microseconds, min_size=1, max_size=50))
def test_every_count_equals_what_hdrh_records(values: list[int]) -> None:
    theirs = np.ctypeslib.as_array(hdr(values).counts)
    counts = ours(values).counts
    assert np.array_equal(theirs[: len(counts)], counts)
    assert not theirs[len(counts) :].any()


@settings(max_examples=40, deadline=None)
@given(microseconds)
def test_the_highest_equivalent_value_is_that_of_hdrh(value: int) -> None:
    index = DEFAULT_LAYOUT.buckets(np.array([value]))
    assert int(DEFAULT_LAYOUT.highest(index)[0]) == hdr([value]).get_highest_equivalent_value(value)


def test_each_power_of_two_and_its_neighbours_fall_into_hdrh_buckets() -> None:
    values = [v for bit in range(32) for v in (2**bit - 1, 2**bit, 2**bit + 1) if v <= HIGHEST_US]
    index = DEFAULT_LAYOUT.buckets(np.array(values))
    assert index.tolist() == [hdr([v]).get_counts_array_index(v) for v in values]


@settings(max_examples=60, deadline=None)
@given(st.lists(microseconds, min_size=1, max_size=50), st.sampled_from([*QUANTILES, "max"]))
def test_a_percentile_is_the_nearest_rank_at_the_end_of_hdrhs_bucket(values: list[int], metric: str) -> None:
    """The rank is numpy's `inverted_cdf` (Hyndman & Fan 1996, definition 1), the value HdrHistogram's
    highest equivalent one."""
    quantile = METRICS[metric].quantile
    assert quantile is not None
    exact = int(np.percentile(values, float(100 * quantile), method="inverted_cdf"))
    expected = hdr(values).get_highest_equivalent_value(exact)
    assert ours(values).milliseconds(metric) == expected / 1000


@settings(max_examples=40, deadline=None)
@given(st.lists(microseconds, min_size=1, max_size=50))
def test_the_mean_is_that_of_the_ends_of_the_buckets(values: list[int]) -> None:
    ends = [hdr(values).get_highest_equivalent_value(value) for value in values]
    assert ours(values).milliseconds("mean") == pytest.approx(sum(ends) / len(ends) / 1000)


def test_percentiles_of_1_to_10000_microseconds() -> None:
    # 1..2,047 us are exact; above that a bucket is 2, 4 or 8 us wide: 5,000 lies in 5,000..5,003
    histogram = ours(list(range(1, 10_001)))
    assert histogram.total == 10_000
    assert [histogram.histogram.at_rank(100 * p) for p in (1, 10, 20, 50, 95, 99, 100)] == [
        100,
        1_000,
        2_000,
        5_003,
        9_503,
        9_903,
        10_007,
    ]


@pytest.mark.parametrize("metric", QUANTILES)
def test_every_reader_gives_one_percentile_for_every_size(metric: str) -> None:
    """1 to 399 values of 1, 2, 3, ... ms: the load process, the judge and Locust's page say the same."""
    differing = []
    quantile = QUANTILES[metric]
    for n in range(1, 400):
        sum_ = ours([1000 * (i + 1) for i in range(n)])
        rank = -(-quantile.numerator * n // quantile.denominator)
        expected = hdr([1000 * rank]).get_highest_equivalent_value(1000 * rank) / 1000
        facts = Facts(started=n, ok=n, latency=Histogram(sum_.counts))
        judged, _ = measure(metric, facts, 1.0)
        second = Second(0)
        second.operations["a.b"].update(ok=n)
        second.latency = sum_
        said = {sum_.milliseconds(metric), float(judged), measure_second(second, metric), expected}
        if len(said) > 1:
            differing.append((n, said))
    assert differing == []


def test_nanoseconds_round_half_up_and_stay_within_the_range() -> None:
    index, counts = unpack(pack(array("q", [499, 500, 1_499, 10**15, -5])))
    # 0 (499 ns and the negative), 1 (500 ns and 1,499 ns), one hour (clipped)
    assert index.tolist() == [0, 1, SIZE - 1]
    assert counts.tolist() == [2, 2, 1]


def test_a_second_goes_into_a_line_of_text_and_comes_back() -> None:
    """Indexes and counts as little-endian 32-bit integers in base64; an index may stand there twice."""
    one, other = pack(array("q", [1_000_000] * 3)), pack(array("q", [1_000_000, 2_000_000]))
    index, counts = (np.frombuffer(b64decode(text), dtype="<i4").tolist() for text in encode([one, other]))
    assert (index, counts) == ([1000, 1000, 2000], [3, 1, 1])
    assert encode([]) == ("", "")


def test_nothing_recorded() -> None:
    empty = HistogramSum()
    empty.add(pack(array("q")))
    assert [empty.total, *(empty.milliseconds(name) for name in ("p99", "max", "mean"))] == [0, 0, 0, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(microseconds, max_size=30), st.lists(microseconds, max_size=30))
def test_merging_adds_counts_exactly(left: list[int], right: list[int]) -> None:
    merged = ours(left)
    merged.add(pack(array("q", [value * 1000 for value in right])))
    assert np.array_equal(merged.counts, ours(left + right).counts)


@settings(max_examples=40, deadline=None)
@given(st.lists(microseconds, min_size=1, max_size=30))
def test_an_hdrh_histogram_of_our_counts_survives_its_encoding(values: list[int]) -> None:
    back = HdrHistogram.decode(to_hdr(ours(values).counts).encode())
    assert back.get_total_count() == len(values)
    assert back.get_value_at_percentile(50) == hdr(values).get_value_at_percentile(50)


def test_the_log_reads_back_with_tags_and_times(tmp_path: Path) -> None:
    path = tmp_path / "latency.hlog"
    with path.open("w", encoding="utf-8") as file:
        log = IntervalLog(file, 1_442_000_000.25, "latency")
        log.line("registration.query", 0.0, 1.0, ours([100, 200, 300]).counts)
        log.line("declaration.submit", 0.0, 1.0, ours([5_000]).counts)
        log.line("registration.query", 1.0, 1.0, ours([400]).counts)
    reader = HistogramLogReader(str(path), HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS))
    found = []
    while (histogram := reader.get_next_interval_histogram()) is not None:
        found.append(
            (
                histogram.get_tag(),
                histogram.get_start_time_stamp() / 1000 - 1_442_000_000.25,
                histogram.get_total_count(),
                histogram.get_value_at_percentile(100),
            )
        )
    assert found == [
        ("registration.query", 0.0, 3, 300),
        ("declaration.submit", 0.0, 1, 5_003),
        ("registration.query", 1.0, 1, 400),
    ]
    assert reader.get_start_time_sec() == 1_442_000_000.25

"""Counters, ranks and blocks of histograms, by hand."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from renhai.load.measure.histogram import IntervalLog, pack, unpack
from results.snapshot.histograms import (
    DEFAULT_LAYOUT,
    SIZE,
    Histogram,
    Layout,
    _add,
    added_sparse,
    in_blocks,
    nearest_rank,
    together,
    totals,
)
from results.snapshot.run import Walk, new_run_id


def of(*values: int) -> Histogram:
    counts = np.zeros(SIZE, dtype=np.int64)
    np.add.at(counts, DEFAULT_LAYOUT.buckets(np.array(values)), 1)
    return Histogram(counts)


def test_counts_are_added_where_they_belong_and_room_is_made_as_needed() -> None:
    counts = np.array([1, 2], dtype=np.int64)
    same = added_sparse(counts, np.array([1, 1, 0]), np.array([5, 6, 7]))
    assert same is counts
    assert same.tolist() == [8, 13]
    grown = added_sparse(counts, np.array([4]), np.array([9]))
    assert grown.tolist() == [8, 13, 0, 0, 9]
    assert added_sparse(counts, np.zeros(0, np.int64), np.zeros(0, np.int64)) is counts
    assert added_sparse(counts, np.array([2]), np.array([1])).tolist() == [8, 13, 1]


@pytest.mark.parametrize(
    ("q", "n", "rank"),
    [
        (Fraction(1, 2), 4, 2), (Fraction(1, 2), 5, 3), (Fraction(95, 100), 20, 19),
        (Fraction(95, 100), 21, 20),
        (Fraction(0), 5, 1), (Fraction(1), 5, 5), (Fraction(1, 1000), 5, 1),
    ],
)  # fmt: skip
def test_a_rank_is_rounded_up_and_at_least_one(q: Fraction, n: int, rank: int) -> None:
    assert nearest_rank(q, n) == rank


def test_a_rank_that_is_not_there_is_refused() -> None:
    two = of(5, 9)
    assert [two.at_rank(1), two.at_rank(2), two.max_us(), two.sum_us(), two.total] == [5, 9, 9, 14, 2]
    for rank in (0, 3, -1):
        with pytest.raises(ValueError, match="of 2 values"):
            two.at_rank(rank)


def test_milliseconds_of_a_metric() -> None:
    three = of(1000, 1000, 1001)
    assert (three.milliseconds("mean"), three.milliseconds("p50"), three.milliseconds("max")) == (
        pytest.approx(3.001 / 3), 1.0, 1.001
    )  # fmt: skip
    assert (Histogram.empty().milliseconds("mean"), Histogram.empty().milliseconds("p95")) == (0.0, 0.0)


def test_a_counter_stands_for_the_values_from_its_lowest_to_its_highest() -> None:
    """2,048 and 2,049 share a counter, and 4,096 to 4,099; below 2,048 each has its own."""
    index = DEFAULT_LAYOUT.buckets(np.array([0, 2047, 2048, 2049, 2050, 4096, 4099, 4100]))
    assert index.tolist() == [0, 2047, 2048, 2048, 2049, 3072, 3072, 3073]
    assert DEFAULT_LAYOUT.lowest(index).tolist() == [0, 2047, 2048, 2048, 2050, 4096, 4096, 4100]
    assert DEFAULT_LAYOUT.highest(index).tolist() == [0, 2047, 2049, 2049, 2051, 4099, 4099, 4103]
    coarse = Layout(unit=2, half=10)
    assert coarse.buckets(np.array([0, 3, 4, 8191])).tolist() == [0, 0, 1, 2047]
    assert (coarse.lowest(np.array([1])).tolist(), coarse.highest(np.array([1])).tolist()) == ([4], [7])


def test_together_leaves_its_parts_as_they_were_and_adding_in_place_does_not() -> None:
    one, two = Histogram(np.array([1, 2])), Histogram(np.array([0, 1, 5]))
    assert together([one, two]).counts.tolist() == [1, 3, 5]
    assert one.counts.tolist() == [1, 2]
    assert together([]).total == 0
    same = _add(two, one)
    assert same is two
    assert two.counts.tolist() == [1, 3, 5]
    assert _add(one, two) is not one
    assert _add(one, Histogram(np.array([4, 4]))) is one
    assert _add(one, Histogram.empty()).counts.tolist() == [5, 6]
    assert together([Histogram.empty(), Histogram(np.array([3]), Layout(1, 10))]).layout == Layout(1, 10)


def log(path: Path, *starts: float) -> Path:
    """An interval of a second with one value of as many ms as its number, counted from 1."""
    with path.open("w", encoding="utf-8") as file:
        written = IntervalLog(file, 1_441_958_400.0, "latency")
        for number, start in enumerate(starts, start=1):
            counts = added_sparse(np.zeros(0, np.int64), *unpack(pack(array("q", [number * 1_000_000]))))
            written.line("a", start, 1.0, counts)
    return path


def test_blocks_are_of_equal_time_and_the_last_takes_what_comes_after(tmp_path: Path) -> None:
    path = log(tmp_path / "latency.hlog", 0.0, 2.0, 2.5, 5.0, 9.0, 10.0, 12.0)
    blocks, damage = in_blocks(path, 10.0, 4)
    assert damage is None
    assert [[round(value / 1000) for value in block.values()[0]] for block in blocks["a"]] == [
        [1, 2], [3], [4], [5, 6, 7]
    ]  # fmt: skip
    whole, _ = totals(path)
    assert whole["a"].total == 7
    assert in_blocks(path, 0.0, 2)[0]["a"][0].total == 7


def test_transactions_that_did_not_send_an_operation_are_counted_as_none() -> None:
    walk = Walk(transactions=10, sent={"a": [1, 2], "b": [3, 0, 0, 1, 9]})
    assert walk.times("a") == [7, 1, 2, 0, 0]
    assert walk.times("b") == [6, 3, 0, 0, 1]
    assert walk.times("c") == [10, 0, 0, 0, 0]
    assert Walk(transactions=1, sent={"a": [2]}).times("a") == [0, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("started", "scenario", "wanted"),
    [
        ("2015-09-11T08:00:00+00:00", "smoke", "20150911T080000Z-smoke-1a2b3c"),
        ("2015-09-11T08:00:00.123456Z", "a b/税", "20150911T080000Z-a-b--1a2b3c"),
    ],
)
def test_the_id_of_a_run_sorts_by_time(started: str, scenario: str, wanted: str) -> None:
    assert new_run_id(started, scenario, "1a2b3c4d") == wanted

"""Interval logs: exact counts and ranks, and an honest word about what cannot be read."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from array import array
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from renhai.load.measure.histogram import HistogramSum as Recorded
from renhai.load.measure.histogram import IntervalLog, pack
from results.errors import Damage
from results.metrics import QUANTILES
from results.snapshot.histograms import (
    DEFAULT_LAYOUT,
    Histogram,
    LogDamage,
    decode,
    nearest_rank,
    read_intervals,
    totals,
)
from tests.results.recording import HOUR_US, Recording

DATA = Path(__file__).parents[1] / "data"


def of(values: list[int]) -> Histogram:
    recorder = HdrHistogram(1, HOUR_US, 3)
    for value in values:
        recorder.record_value(value)
    return decode(recorder.encode().decode())


def test_every_counter_stands_for_the_values_that_the_library_says() -> None:
    library = HdrHistogram(1, HOUR_US, 3)
    index = np.arange(library.counts_len)
    lowest, highest = DEFAULT_LAYOUT.lowest(index), DEFAULT_LAYOUT.highest(index)
    for place in range(0, library.counts_len, 7):
        value = library.get_value_from_index(place)
        assert lowest[place] == value
        assert highest[place] == library.get_highest_equivalent_value(value)


@pytest.mark.parametrize(
    ("name", "microseconds"),
    # 1 … 10,000 µs, one each. Counters are exact below 2048 µs, then 2, 4 and 8 µs wide.
    [("p50", 5003), ("p90", 9007), ("p95", 9503), ("p99", 9903), ("p999", 9991)],
)
def test_percentiles_of_one_to_ten_thousand(name: str, microseconds: int) -> None:
    assert of(list(range(1, 10_001))).quantile(QUANTILES[name]) == microseconds


def test_percentile_never_rounds_its_rank_down() -> None:
    # p95 of 11 values is the 11th (10.45 rounded up), where rounding to the nearest would give the 10th
    assert of(list(range(1, 12))).quantile(QUANTILES["p95"]) == 11
    assert nearest_rank(Fraction(95, 100), 20) == 19
    assert nearest_rank(Fraction(1, 100), 3) == 1


@given(st.lists(st.integers(0, HOUR_US), min_size=1, max_size=60), st.sampled_from(sorted(QUANTILES)))
def test_a_percentile_is_never_below_the_exact_one_and_at_most_a_thousandth_above(
    values: list[int], name: str
) -> None:
    exact = sorted(values)[math.ceil(QUANTILES[name] * len(values)) - 1]
    found = of(values).quantile(QUANTILES[name])
    assert exact <= found <= exact * 1.001


@given(
    st.lists(st.integers(0, HOUR_US), max_size=40),
    st.lists(st.integers(0, 10_000), max_size=40),
)
def test_adding_loses_nothing(first: list[int], second: list[int]) -> None:
    together, both = of(first).added(of(second)), of(first + second)
    assert np.array_equal(together.counts, both.counts)
    assert together.sum_us() == both.sum_us()


def test_intervals_keep_their_operation_and_their_place_in_time(tmp_path: Path) -> None:
    recording = Recording(duration_s=3).add("a.query", [10, 20, 30]).add("b.save", [7])
    recording.write(tmp_path)
    found = [(i.operation, i.start_s, i.length_s, i.histogram.max_us()) for i in intervals(tmp_path)]
    assert found == [
        ("a.query", 0, 1, 10),
        ("b.save", 0, 1, 7),
        ("a.query", 1, 1, 20),
        ("a.query", 2, 1, 30),
    ]
    merged, damage = totals(tmp_path / "latency.hlog")
    assert damage is None
    assert {name: h.total for name, h in merged.items()} == {"a.query": 3, "b.save": 1}


def intervals(directory: Path) -> list[object]:
    return list(read_intervals(directory / "latency.hlog"))


def test_stamps_may_be_absolute(tmp_path: Path) -> None:
    payload = HdrHistogram(1, HOUR_US, 3).encode().decode()
    log = tmp_path / "x.hlog"
    log.write_text(
        "#[StartTime: 1700000000.000 (seconds since epoch), x]\n"
        f"Tag=a,1700000005.000,1.000,0.0,{payload}\nTag=a,1700000006.500,1.000,0.0,{payload}\n"
    )
    assert [interval.start_s for interval in read_intervals(log)] == [5.0, 6.5]


@pytest.mark.parametrize("keep", [-1, -5, -40])
def test_a_log_that_was_cut_off_says_where(tmp_path: Path, keep: int) -> None:
    Recording(duration_s=2).add("a.query", range(1, 3000)).write(tmp_path)
    log = tmp_path / "latency.hlog"
    log.write_text(log.read_text()[:keep])
    with pytest.raises(LogDamage, match="line 6"):
        intervals(tmp_path)
    merged, damage = totals(log)
    assert "latency.hlog: line 6" in str(damage)
    assert merged["a.query"].total == 1500  # the first second is sound


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    assert totals(tmp_path / "latency.hlog") == ({}, Damage("latency.hlog", "missing"))


def test_histograms_of_different_precision_do_not_mix() -> None:
    coarse = HdrHistogram(1, HOUR_US, 2)
    coarse.record_value(5)
    with pytest.raises(ValueError, match="precision differs"):
        of([5]).added(decode(coarse.encode().decode()))


def test_another_implementation_reads_the_same_percentiles() -> None:
    """smoke.hlog was written by a real run; the numbers beside it are those of hdr-histogram-js 3.0.1:
    decodeFromCompressedBase64 of each line, added per tag, getValueAtPercentile."""
    read = ours(DATA / "smoke.hlog")
    assert read == json.loads((DATA / "smoke.hdr-histogram-js.json").read_text())


def test_another_implementation_reads_what_is_written_now(tmp_path: Path) -> None:
    """hdr-histogram-js itself, where `make test` could install it, on random values of four magnitudes."""
    module = Path(sys.prefix) / "node" / "node_modules" / "hdr-histogram-js"
    if shutil.which("node") is None or not module.exists():
        pytest.skip("hdr-histogram-js is not installed: it needs npm (sh tools/system.sh)")
    random = Random(20150911)
    log = tmp_path / "latency.hlog"
    with log.open("w") as file:
        writer = IntervalLog(file, 1_440_000_000.0, "latency")
        for start in range(3):
            for tag in ("declaration.submit", "invoice.issue"):
                recorded = Recorded()
                recorded.add(pack(array("q", [int(10 ** random.uniform(3, 12)) for _ in range(500)])))
                writer.line(tag, float(start), 1.0, recorded.counts)
    argv = ["node", str(DATA / "read_hlog.js"), str(module), str(log)]
    theirs = json.loads(subprocess.run(argv, check=True, capture_output=True, timeout=60).stdout)
    assert theirs == ours(log)
    assert theirs["invoice.issue"]["total"] == 1500


def ours(log: Path) -> dict[str, dict[str, int]]:
    found, damage = totals(log)
    assert damage is None
    return {
        name: {
            "total": whole.total,
            **{q: whole.quantile(share) for q, share in QUANTILES.items()},
            "max": whole.max_us(),
        }
        for name, whole in found.items()
    }

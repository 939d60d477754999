"""The numbers behind the charts, by hand: bins, scales, steps, curves, bars and forests."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from results.compare.findings import Row
from results.compare.settings import Settings
from results.compare.trend import Trend
from results.compare.trend_steps import Change
from results.report.heatmap import heat_map
from results.report.html.chart_data import (
    MAX_COLUMNS,
    MAX_POINTS,
    _means,
    _peaks,
    latency_over_time,
    over_time,
    percentile_curves,
)
from results.report.html.comparison import forest
from results.report.html.runs import spark
from results.report.html.trend import levels
from results.report.junit import Case, cell, clean, markdown_table, suite_xml
from results.snapshot.histograms import DEFAULT_LAYOUT, SIZE, Histogram, Interval
from results.snapshot.timeline import Timeline


def of(*values: int) -> Histogram:
    """Values in µs; below 2,048 each has a counter of its own."""
    counts = np.zeros(SIZE, dtype=np.int64)
    np.add.at(counts, DEFAULT_LAYOUT.buckets(np.array(values)), 1)
    return Histogram(counts)


def test_steps_of_seconds_have_their_mean_and_their_peak() -> None:
    values = np.array([1.0, 3.0, 5.0, 7.0, 9.0])
    assert _means(values, 2) == [2.0, 6.0, 9.0]
    assert _peaks(values, 2) == [3.0, 7.0, 9.0]
    assert (_means(values, 1), _means(values[:0], 1), _peaks(values[:0], 3)) == (values.tolist(), [], [])
    assert _means(np.array([12345.678]), 1) == [12350.0]


def test_a_run_of_six_hundred_seconds_is_drawn_by_the_second_and_of_one_more_by_two() -> None:
    assert (MAX_POINTS, MAX_COLUMNS) == (600, 120)
    assert [over_time(Timeline(n, {}, None))["step"] for n in (0, 1, 600, 601, 1201)] == [1, 1, 1, 2, 3]
    drawn = over_time(Timeline(5, {}, None))
    assert drawn["t"] == [0, 1, 2, 3, 4]
    assert drawn["due"] == drawn["users"] == [0.0] * 5


def test_the_heat_map_has_twelve_rows_a_decade_from_the_lowest_value() -> None:
    """1 ms and 1.211 ms are a row apart (10^(1/12) = 1.2115); so is 1 from 1.3, and 2 ms is the fourth."""
    drawn = latency_over_time([Interval("a", 0.0, 1.0, of(1000, 1000, 1000, 1300, 1999))])["operations"]["a"]
    assert drawn["low"] == pytest.approx(1.0)
    assert drawn["ratio"] == pytest.approx(10 ** (1 / 12))
    assert drawn["cells"] == [
        0, 0, round(255 * (3 / 5) ** 0.5),
        0, 1, round(255 * (1 / 5) ** 0.5), 0, 3, round(255 * (1 / 5) ** 0.5)
    ]  # fmt: skip
    assert drawn["rows"] == 5
    assert (drawn["p50"], drawn["p95"], drawn["t"]) == ([1.0], [1.999], [0.0])


def test_a_thin_tail_is_still_seen() -> None:
    values = [1000] * 100_000 + [1999]
    drawn = latency_over_time([Interval("a", 0.0, 1.0, of(*values))])["operations"]["a"]
    assert drawn["cells"][-3:] == [0, 3, 1]


def test_columns_are_an_interval_wide_or_a_hundred_and_twentieth_of_the_run() -> None:
    def widths(length: float, count: int) -> tuple[float, list[float]]:
        found = latency_over_time([Interval("a", n * length, length, of(1000)) for n in range(count)])
        return found["width"], found["operations"]["a"]["t"]

    assert widths(1.0, 4) == (1.0, [0.0, 1.0, 2.0, 3.0])
    assert widths(10.0, 2) == (10.0, [0.0, 10.0])
    width, times = widths(1.0, 240)
    assert (width, len(times), times[:2], times[-1]) == (2.0, 120, [0.0, 2.0], 238.0)
    assert latency_over_time([]) == {"width": 1, "operations": {}}


def test_no_line_is_drawn_through_seconds_in_which_nothing_was_answered() -> None:
    """Answers in seconds 0, 1 and 5: the line ends at 2, and its squares stand in columns 0, 1 and 3."""
    found = latency_over_time([Interval("a", second, 1.0, of(1000)) for second in (0.0, 1.0, 5.0)])
    drawn = found["operations"]["a"]
    assert drawn["t"] == [0.0, 1.0, 2.0, 5.0]
    assert drawn["p50"] == drawn["p99"] == [1.0, 1.0, None, 1.0]
    assert drawn["cells"] == [0, 0, 255, 1, 0, 255, 3, 0, 255]


def test_operations_are_drawn_alone_and_together_and_an_empty_one_is_empty() -> None:
    parts = [
        Interval("a", 0, 1, of(1000)),
        Interval("b", 0, 1, of(1999)),
        Interval("c", 0, 1, Histogram.empty()),
    ]
    found = latency_over_time(parts)["operations"]
    assert set(found) == {"*", "a", "b", "c"}
    assert found["*"]["p50"] == [1.0]
    assert found["*"]["p99"] == [1.999]
    assert found["c"] == {"t": [], "cells": []}


def test_a_curve_goes_as_far_as_its_values_in_twentieths_of_a_decade() -> None:
    """1,000 values of 1..1000 µs: x = 0 is the lowest, 1 the p90, 2 the p99, 3 the p99.9."""
    curve = percentile_curves({"a": of(*range(1, 1001))}, {"a": of(500)})["a"]
    assert len(curve["x"]) == 61
    assert curve["x"][:3] == [0.0, 0.05, 0.1]
    picked = {curve["x"][place]: curve["latency"][place] for place in (0, 20, 40, 60)}
    assert picked == {0.0: 0.001, 1.0: 0.9, 2.0: 0.99, 3.0: 0.999}
    assert curve["service"] == [0.5] * 61
    assert percentile_curves({"a": of(*[1000] * 20_000)}, {})["a"]["x"][-1] == 4.0
    assert percentile_curves({}, {}) == {}
    both = percentile_curves({"a": of(1000), "b": Histogram.empty()}, {})
    assert set(both) == {"*", "a"}


def row(**changes: Any) -> Row:
    said = {
        "subject": "run", "metric": "p95", "unit": "ms", "baseline": 1, "candidate": 1, "effect": 0.15,
        "low": 0.03, "high": 0.27, "p": 1, "finding": "worse", "decisive": True, "limit": 0.10,
    }  # fmt: skip
    return Row.model_validate({**said, **changes})


def test_the_forest_spans_three_times_the_tolerance() -> None:
    drawn = forest(row(), Settings())
    assert drawn == {
        "band": (46.67, 6.66), "reach": (55.0, 40.0), "at": 75.0, "limit": 66.67, "ends": ("-30%", "+30%")
    }  # fmt: skip
    points = forest(
        row(unit="%", metric="error_rate", effect=0.003, low=0.0, high=0.006, limit=0.005), Settings()
    )
    assert points == {
        "band": (46.67, 6.66), "reach": (50.0, 20.0), "at": 60.0, "limit": 66.67, "ends": ("-1.5 pt",
        "+1.5 pt")
    }  # fmt: skip


def test_what_lies_beyond_the_forest_is_cut_off_at_its_edge() -> None:
    far = forest(row(effect=5.0, low=-9.0, high=9.0), Settings())
    assert (far["reach"], far["at"]) == ((0.0, 100.0), 97.5)
    assert forest(row(effect=-5.0), Settings())["at"] == 2.5


def trend(values: list[float | None], *indexes: int) -> Trend:
    changes = [
        Change(
            subject="run", metric="p50", unit="ms", index=index, before="", since="", mean_before=1,
            mean_since=2,
            worse=True, latest=True,
        )
        for index in indexes
    ]  # fmt: skip
    names = [str(place) for place in range(len(values))]
    return Trend(
        scenario="", target="", runs=names, labels=names, changes=changes, series={"run": {"p50": values}}
    )


def test_levels_leave_gaps_out() -> None:
    assert levels(trend([1.0, None, 3.0, 10.0, 20.0], 3)) == {"run": {"p50": [2.0] * 3 + [15.0] * 2}}
    assert levels(trend([None, None, 4.0], 2)) == {"run": {"p50": [0.0, 0.0, 4.0]}}
    assert levels(trend([4.0, 6.0])) == {"run": {"p50": [5.0, 5.0]}}


def test_heat_is_the_share_of_the_slowest_post() -> None:
    def post(unit: str, p95: float | None, **more: Any) -> dict[str, Any]:
        return {"unit": unit, "post": "counter", "p95_ms": p95, "seats": 2, "signed_in": 2, **more}

    found = heat_map([post("a", 200.0, unit_name="A"), post("b", 50.0), post("c", None, post_name="till")])
    assert found is not None
    assert {unit: one.heat for (unit, _), one in found.cells.items()} == {"a": 1.0, "b": 0.25, "c": 0.0}
    assert found.units == {"a": "A", "b": "b", "c": "c"}
    assert found.posts == {"counter": "till"}
    assert (found.cells["a", "counter"].attempted, found.cells["a", "counter"].trouble) == (0, False)
    nothing = heat_map([post("a", None)])
    assert nothing is not None
    assert nothing.cells["a", "counter"].heat == 0.0
    assert heat_map([{"unit": "a", "post": "b"}]) is None


def test_a_suite_counts_its_outcomes_and_names_their_type() -> None:
    cases = [
        Case("c", "fine"), Case("c", "bad", "failure", "why\x00"), Case("c", "worse", "failure", "x"),
        Case("c", "open", "skipped", "y"), Case("c", "none", "error", "z"),
    ]  # fmt: skip
    text = suite_xml("s\x01", cases)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="s?" tests="5"')
    assert 'failures="2" errors="1" skipped="1" time="0"' in text
    assert text.count('type="renhai.regression"') == 2
    assert text.count('type="renhai.inconclusive"') == 1
    assert '<failure message="why?" type="renhai.regression">why?</failure>' in text
    assert '<testcase classname="c" name="fine" time="0" />' in text
    assert text.endswith("</testsuite>\n")


def test_a_cell_stays_in_its_table() -> None:
    assert cell("a|b\nc<i>") == "a\\|b c&lt;i>"
    assert clean("税\ttab\x0b") == "税\ttab?"
    assert markdown_table(["x", ""], [["1|2", "3"]]) == "| x |  |\n| --- | --- |\n| 1\\|2 | 3 |"


def test_quantiles_that_are_drawn_are_fractions() -> None:
    assert of(1, 2, 3, 4).quantile(Fraction(1, 2)) == 2


def test_a_run_without_neighbours_is_a_dot_and_those_beside_each_other_a_line() -> None:
    assert str(spark([5.0])).count("<circle") == 1
    drawn = str(spark([1.0, 2.0, None, 4.0]))
    assert (drawn.count("<polyline"), drawn.count("<circle")) == (1, 1)
    assert '<circle cx="118.0" cy="2.0" r="2"/>' in drawn, "the highest, at the right edge, is seen whole"
    assert "<circle" not in str(spark([None, None]))

"""Change points: by hand, by the definition, and beside those of Apache Otava over 200 series."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.stats.change_points import _best_split, _magnitude, _p_value, find_changes

# `source` in the file says by which calls of which version of Otava its points were found.
FILE = Path(__file__).resolve().parents[1] / "data" / "change_points.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = VECTORS["vectors"]


def found_in(row: dict[str, Any]) -> list[int]:
    return find_changes(row["series"], VECTORS["weak"], row["limit"], VECTORS["smallest"], VECTORS["window"])


def test_the_points_are_those_recorded_and_all_but_four_times_those_of_otava() -> None:
    assert len(ROWS) == 200
    assert [found_in(row) for row in ROWS] == [row["ours"] for row in ROWS]
    assert sum(row["otava"] == row["ours"] for row in ROWS) == 196
    assert sum(bool(row["ours"]) for row in ROWS) == 118


def test_where_otava_differs_it_judged_a_point_by_parts_that_were_no_longer_its_own() -> None:
    # Its merge() judges the wrong neighbours anew (otava_mended: the right ones). In the one that is left it
    # divides a variance by n, where n - 1 finds the change not certain.
    differing = [number for number, row in enumerate(ROWS) if row["otava"] != row["ours"]]
    left = [number for number in differing if ROWS[number]["otava_mended"] != ROWS[number]["ours"]]
    assert (differing, left) == ([18, 95, 151, 194], [95])
    series = ROWS[151]["series"]
    assert ROWS[151]["otava"] == []  # although the level goes to a half and back
    assert np.mean(series[24:50]) / np.mean([*series[:24], *series[50:]]) < 0.97


def by_definition(before: Sequence[float], after: Sequence[float]) -> float:
    """Equations 5 to 7 of Matteson and James with the exponent 1, sum by sum."""
    n, m = len(before), len(after)
    between = sum(abs(x - y) for x in before for y in after)
    within = [sum(abs(x - y) for x, y in combinations(part, 2)) for part in (before, after)]
    mean_before = within[0] / (n * (n - 1) / 2) if n > 1 else 0.0
    mean_after = within[1] / (m * (m - 1) / 2) if m > 1 else 0.0
    return m * n / (m + n) * (2 / (m * n) * between - mean_before - mean_after)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=12))
def test_the_best_split_is_the_best_of_all_by_definition(values: list[int]) -> None:
    statistic, tau = _best_split(np.array(values, dtype=float))
    every = {
        (start, end): by_definition(values[:start], values[start:end])
        for start in range(1, len(values))
        for end in range(start + 1, len(values) + 1)
    }
    assert statistic == pytest.approx(max(every.values()), abs=1e-9)
    assert max(value for (start, _), value in every.items() if start == tau) == pytest.approx(
        statistic, abs=1e-9
    )


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ([1, 1, 1, 1, 5, 5, 5, 5], [4]),
        ([1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9], [4, 8]),
        ([3] * 12, []),
        ([0, 0, 0, 0, 0, 2, 2, 2, 2, 2], [5]),  # from nothing: as a ratio, infinite
        ([], []),
        ([7], []),
        ([7, 9], []),  # two values test nothing
    ],
)
def test_series_drawn_by_hand(values: list[float], points: list[int]) -> None:
    assert find_changes(values, weak=0.01, limit=0.001) == points


def test_a_change_beyond_the_first_window_is_found_at_its_place() -> None:
    level = [100.0 + (n * 7 % 5) for n in range(130)]
    assert find_changes([*level, *(value * 1.5 for value in level[:40])], 0.01, 1e-4, 0.02, window=50) == [
        130
    ]


def test_a_change_no_larger_than_the_smallest_is_merged_away() -> None:
    level = [100 + 0.01 * (n % 3) for n in range(10)]
    series = [*level, *(value * 1.02 for value in level)]
    assert find_changes(series, 0.01, 1e-4, smallest=0.019) == [10]
    assert find_changes(series, 0.01, 1e-4, smallest=0.021) == []


def test_a_mended_change_stays_when_a_weak_point_beside_it_goes() -> None:
    # Otava 0.8.0 finds none: it deletes the weak point 6 and judges 5 by what lay between 5 and 6.
    drop = [
        0.494166,
        0.442804,
        0.516646,
        0.498827,
        0.492075,
        0.312348,
        0.263377,
        0.246294,
        0.246818,
        0.267954,
        0.249101,
    ]
    assert find_changes(drop, 0.01, 1e-3, 0.02) == [5]


def test_the_p_value_is_that_of_students_table() -> None:
    # t = -4.898979 with 4 degrees of freedom: means 2 and 6, variances 1 and 1, n = 3
    assert _p_value(np.array([1.0, 2, 3]), np.array([5.0, 6, 7])) == pytest.approx(0.008050, abs=1e-6)
    assert _p_value(np.array([1.0]), np.array([2.0])) == 1
    assert (_p_value(np.array([4.0, 4]), np.array([4.0])), _p_value(np.array([4.0, 4]), np.array([5.0]))) == (
        1,
        0,
    )


def test_the_size_of_a_change_is_the_larger_of_both_directions() -> None:
    assert _magnitude(100, 50) == pytest.approx(1.0)
    assert _magnitude(50, 100) == pytest.approx(1.0)
    assert (_magnitude(0, 5), _magnitude(5, 0), _magnitude(0, 0)) == (1.0, 1.0, 0.0)


def test_a_part_of_one_value_is_surely_another_level_where_nothing_varies() -> None:
    assert _p_value(np.array([1.0]), np.array([2.0, 2.0])) == 0.0
    assert _p_value(np.array([2.0]), np.array([2.0, 2.0])) == 1.0
    assert _p_value(np.array([1.0]), np.array([2.0])) == 1.0


def test_the_search_looks_at_fifty_values_together_where_nothing_else_is_said() -> None:
    """A bump of three among 100, 101, 102: it is only certain enough where the 51st value is seen with it."""
    series = [100 + n % 3 + (8 if 35 <= n < 38 else 0) for n in range(51)]
    assert [find_changes(series, 0.01, 0.001, window=window) for window in (50, 51)] == [[], [35, 38]]
    assert find_changes(series, 0.01, 0.001) == []

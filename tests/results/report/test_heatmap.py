"""Units and posts: their thresholds, and the heat map."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from results.report.heatmap import heat_map
from results.report.wording import margin
from results.snapshot.facts import Facts
from results.snapshot.histograms import Histogram
from results.verdict.evaluate import evaluate
from results.verdict.rules import RuleError, parse_gate


def times(*values_us: int) -> Histogram:
    counts = np.zeros(max(values_us) + 1, dtype=np.int64)
    for value in values_us:
        counts[value] += 1
    return Histogram(counts)


DESKS = {
    "14301020000/counter": Facts(
        started=100, ok=99, errors=1, latency=times(*[1000] * 99, 2000), seats=50, signed_in=49
    ),
    "14301030000/counter": Facts(started=10, ok=10, latency=times(*[500] * 10), seats=5, signed_in=5),
    "14301030000/web": Facts(seats=4, signed_in=0),
}  # fmt: skip


def rows(subject: str, *rules: str) -> dict[str, tuple[float | None, bool | None]]:
    found = evaluate({subject: rules}, {}, 10.0, DESKS)
    return {row.subject: (row.value, row.passed) for row in found}


def test_each_post_is_judged_on_its_own() -> None:
    assert rows("*/counter", "completion >= 99.5%") == {
        "14301020000/counter": (99.0, False),
        "14301030000/counter": (100.0, True),
    }
    assert rows("*/*", "signed_in >= 98%") == {
        "14301020000/counter": (98.0, True),
        "14301030000/counter": (100.0, True),
        "14301030000/web": (0.0, False),
    }
    assert rows("14301030000/counter", "p95 < 1ms")["14301030000/counter"] == (0.5, True)


def test_a_post_without_a_transaction_cannot_be_judged() -> None:
    found = rows("*/*", "p95 < 1s")
    assert found["14301030000/web"] == (None, None)
    assert found["14301030000/counter"][1] is True


def test_a_subject_that_nobody_sits_at_cannot_be_judged() -> None:
    assert rows("*/till", "p95 < 1s") == {"*/till": (None, None)}
    assert [row.passed for row in evaluate({"*/*": ["p95 < 1s"]}, {}, 10.0)] == [None]


def test_requests_are_not_matched_by_a_post_nor_posts_by_an_operation() -> None:
    operation = {"a.query": Facts(started=1, ok=1, latency=times(5))}
    assert {row.subject for row in evaluate({"*": ["p95 < 1s"]}, operation, 1.0, DESKS)} == {"a.query"}


def test_more_is_better() -> None:
    with pytest.raises(RuleError, match="write `completion >= 99%`"):
        parse_gate("completion <= 99%")
    assert parse_gate("signed_in >= 98%").exact == Fraction(98)
    row = evaluate({"*/counter": ["completion >= 90%"]}, {}, 10.0, DESKS)[0]
    assert margin(row) == pytest.approx(0.1)


def test_the_heat_map_has_a_cell_where_somebody_sits() -> None:
    counts = {"seats": 2, "signed_in": 2, "attempted": 5, "completed": 5, "error_screens": 0}
    heat = heat_map([
        {"unit": "1", "post": "counter", "unit_name": "北", **counts, "p95_ms": 200.0},
        {"unit": "1", "post": "web", "unit_name": "北", **counts, "p95_ms": None},
        {"unit": "2", "post": "counter", **counts, "signed_in": 1, "p95_ms": 50.0},
    ])  # fmt: skip
    assert heat is not None
    assert (heat.units, heat.posts) == ({"1": "北", "2": "2"}, {"counter": "counter", "web": "web"})
    assert set(heat.cells) == {("1", "counter"), ("1", "web"), ("2", "counter")}
    assert [heat.cells[key].heat for key in sorted(heat.cells)] == [1.0, 0.0, 0.25]
    assert [heat.cells[key].trouble for key in sorted(heat.cells)] == [False, False, True]


def test_a_run_without_transaction_times_has_no_heat_map() -> None:
    assert heat_map([]) is None
    assert heat_map([{"unit": "1", "post": "counter", "seats": 2}]) is None

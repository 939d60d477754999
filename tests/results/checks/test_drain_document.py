"""drain.json: what a stocktake adds to it, and what it says where there was none."""

from __future__ import annotations

from typing import Any

from results.checks.drain.document import Holder, drain_document
from results.checks.drain.ranges import NumberRange, differences, numbers


def told(stock: dict[str, Any] | None, **still_open: int) -> dict[str, Any]:
    at = "2015-09-11T08:00:00+08:00"
    open_ones = {Holder(name): n for name, n in still_open.items()}
    return drain_document("old", at, "2015-09-30", True, open_ones, [], stock, [], ["todo"])


def taken(keeper: list[tuple[int, int]]) -> dict[str, Any]:
    """A stocktake of a hundred numbers of the old books; keeper and checker agree."""
    old = [NumberRange("2007", "4300", 1, 100)]
    shelf = [NumberRange("2007", "4300", first, last) for first, last in keeper]
    found = differences({"old": old, "keeper": shelf, "checker": shelf})
    return {"numbers": {"old": numbers(old), "keeper": numbers(shelf)}, "differences": found, "problems": []}


def test_without_a_stocktake_nothing_is_said_of_stock() -> None:
    found = told(None)
    assert (found["stock"], found["verdict"], found["findings"], found["schema"]) == (None, "pass", 0, 1)


def test_a_stocktake_is_told_with_how_many_numbers_each_difference_has() -> None:
    found = told(taken([(1, 60), (64, 100), (101, 102)]))
    assert found["stock"]["numbers"] == {"old": 100, "keeper": 99}
    assert found["stock"]["counts"] == {"missing": 3, "unknown": 2}
    assert [(one["problem"], one["first"], one["last"], one["count"])
            for one in found["stock"]["differences"]] == [
        ("missing", 61, 63, 3), ("unknown", 101, 102, 2)]  # fmt: skip
    assert (found["verdict"], found["findings"]) == ("fail", 5)


def test_a_stocktake_without_a_difference_passes_and_is_told() -> None:
    found = told(taken([(1, 100)]))
    assert found["stock"] == {"numbers": {"old": 100, "keeper": 100}, "counts": {}, "differences": []}
    assert (found["verdict"], told(taken([(1, 100)]), todo=2)["verdict"]) == ("pass", "fail")


def test_a_number_that_is_in_two_ranges_counts_twice() -> None:
    ranges = [NumberRange("2007", "4300", *pair) for pair in ((1, 100), (100, 100), (7, 9))]
    assert numbers(ranges) == 100 + 1 + 3

"""A stocktake by ranges against sets of numbers, one by one: every number once, or told in which way not."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.checks.drain.ranges import NumberRange, differences

LISTS = ("old", "new", "keeper", "checker")


def stock(**lists: list[tuple[int, int]]) -> dict[str, list[NumberRange]]:
    return {
        name: [NumberRange("2007", "4300", first, last) for first, last in ranges]
        for name, ranges in lists.items()
    }


def told(**lists: list[tuple[int, int]]) -> list[tuple[str, str, int, int]]:
    return [(one.problem, one.where, one.first, one.last) for one in differences(stock(**lists))]


WHOLE = [(1, 100)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"keeper": [(1, 50), (51, 100)]}, []),  # cut otherwise, and all there
        ({"keeper": [(1, 99)], "checker": [(1, 99)]}, [("missing", "", 100, 100)]),
        ({"keeper": [(1, 101)], "checker": [(1, 101)]}, [("unknown", "", 101, 101)]),
        ({"keeper": [(1, 60), (60, 100)]}, [("twice", "keeper", 60, 60)]),
        ({"old": [(1, 100), (1, 100)]}, [("twice", "old", 1, 100)]),
        ({"new": [(2, 100)]}, [("not_carried", "", 1, 1)]),
        ({"new": [(1, 103)]}, [("not_in_old", "", 101, 103)]),
        ({"checker": [(1, 97)]}, [("counts_differ", "checker", 98, 100)]),
        ({"keeper": []}, [("counts_differ", "keeper", 1, 100)]),
        ({"keeper": [], "checker": []}, [("missing", "", 1, 100)]),
    ],
)
def test_each_way_in_which_a_number_is_not_accounted_for(
    changes: dict[str, list[tuple[int, int]]], expected: list[tuple[str, str, int, int]]
) -> None:
    assert told(**{name: changes.get(name, WHOLE) for name in LISTS}) == expected


def test_the_same_number_of_another_code_is_another_paper() -> None:
    lists = stock(old=WHOLE, keeper=WHOLE, checker=WHOLE)
    lists["keeper"] = [one._replace(code="4301") for one in lists["keeper"]]
    assert [(one.code, one.problem) for one in differences(lists)] == [
        ("4300", "counts_differ"),
        ("4301", "counts_differ"),
    ]


RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8)), max_size=6)


@given(st.fixed_dictionaries(dict.fromkeys(LISTS, RANGES)))
def test_it_is_what_counting_one_by_one_says(drawn: dict[str, list[tuple[int, int]]]) -> None:
    lists = {name: [(first, first + more) for first, more in ranges] for name, ranges in drawn.items()}
    counts = {
        name: Counter(n for first, last in ranges for n in range(first, last + 1))
        for name, ranges in lists.items()
    }
    expected = set()
    for number in set().union(*counts.values()):
        old, new, keeper, checker = (counts[name][number] for name in LISTS)
        expected |= {("twice", name, number) for name in LISTS if counts[name][number] > 1}
        if bool(keeper) != bool(checker):
            expected.add(("counts_differ", "checker" if keeper else "keeper", number))
        elif bool(old) != bool(keeper):
            expected.add(("missing" if old else "unknown", "", number))
        if bool(old) != bool(new):
            expected.add(("not_carried" if old else "not_in_old", "", number))
    found = [(p, where, n) for p, where, first, last in told(**lists) for n in range(first, last + 1)]
    assert len(found) == len(set(found))
    assert set(found) == expected

"""Pairs of hashes in columns are what a plain loop over them finds."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.checks.audit.pairing import among, equal, known_by, partners, repeated, totals
from tests.share import examples

EMPTY = 7  # the hash of an empty text
SMALL = st.lists(st.integers(0, 9) | st.integers(2**64 - 3, 2**64 - 1), max_size=12)


def column(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


@settings(max_examples=examples(100), deadline=None)
@given(SMALL, SMALL)
def test_a_partner_has_the_same_hash_and_none_is_missed(writes: list[int], rows: list[int]) -> None:
    found = partners(column(writes), column(rows)).tolist()
    for own, row in zip(writes, found, strict=True):
        assert (row >= 0) == (own != 0 and own in rows)
        assert row < 0 or rows[row] == own


@settings(max_examples=examples(100), deadline=None)
@given(SMALL, SMALL)
def test_what_is_repeated_and_what_is_among_others(values: list[int], others: list[int]) -> None:
    few = repeated(column(others))
    assert few.tolist() == sorted(one for one, count in Counter(others).items() if count > 1 and one)
    assert among(column(values), few).tolist() == [one in few.tolist() for one in values]


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0, 1, 2, EMPTY, 2**64 - 1])] * 3), min_size=1, max_size=8))
def test_a_serial_is_one_where_all_its_parts_are_and_none_is_missing(rows: list[tuple[int, ...]]) -> None:
    found = known_by([column(list(part)) for part in zip(*rows, strict=True)], EMPTY, len(rows)).tolist()
    for row, one in zip(rows, found, strict=True):
        assert (one == 0) == (0 in row or EMPTY in row)
        for other, its in zip(rows, found, strict=True):
            assert one == 0 or its == 0 or (one == its) == (row == other)


def test_a_serial_of_no_part_is_none_and_of_one_part_that() -> None:
    assert known_by([], EMPTY, 3).tolist() == [0, 0, 0]
    assert known_by([column([5, 0, EMPTY])], EMPTY, 3).tolist() == [5, 0, 0]


def test_no_value_and_an_empty_text_are_one() -> None:
    values = [0, 5, EMPTY, 6]
    for one in values:
        found = equal(column([one] * 4), column(values), EMPTY).tolist()
        assert found == [one == other or {one, other} == {0, EMPTY} for other in values]
    assert equal(column([5, 0]), column([5, 0]), EMPTY).all()


AMOUNT = st.integers(-(10**17), 10**17)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), AMOUNT), max_size=12))
def test_sums_are_exact(rows: list[tuple[int, int]]) -> None:
    expected: dict[int, list[int]] = defaultdict(list)
    for kind, amount in rows:
        expected[kind].append(amount)
    kinds = [kind for kind, _ in rows]
    found = totals(column(kinds), np.array([amount for _, amount in rows], dtype=np.int64))
    assert {kinds[place]: (count, total) for place, count, total in found} == {
        kind: (len(amounts), sum(amounts)) for kind, amounts in expected.items()
    }


def test_a_sum_may_have_more_than_64_bits() -> None:
    amounts = np.full(200, 10**17, dtype=np.int64)
    assert totals(column([4] * 200), amounts) == [(0, 200, 2 * 10**19)]
    assert totals(column([4] * 200), -amounts) == [(0, 200, -2 * 10**19)]

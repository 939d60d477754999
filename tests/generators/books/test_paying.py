"""Rows 25 to 34 and late fees: the worked examples, and the bounds of all ways to pay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.books.flows import account, year_of
from generators.books.paying import JANUARY, Paying, late_fee, unpaid_rows
from generators.books.settling import parts_of


@pytest.mark.parametrize(
    ("r24", "r25", "r28", "r30", "r31", "rows"),
    [
        (100000, 70000, 40000, 70000, 0, (110000, 60000, 0, 60000)),  # prepaid 400 of 1000, prior 700 paid
        (100000, 70000, 0, 50000, 0, (50000, 120000, 20000, 100000)),  # prior 700, only 500 paid
        (90000, 120000, 0, 100000, 20000, (120000, 90000, 0, 90000)),  # next month: 200 arrears + 1000 paid
        (6000, 0, 2000, 0, 0, (2000, 4000, 0, 4000)),  # prepaid 20 of 60, nothing open from before
        (6000, 4000, 0, 4500, 0, (4500, 5500, 0, 6000)),  # 5 too much: unpaid is less than what is due
        (0, 4000, 0, 4500, 0, (4500, -500, 0, 0)),  # and below 0 when nothing else is due
    ],
)
def test_worked_examples(r24, r25, r28, r30, r31, rows) -> None:
    """Rows 27, 32, 33 and 34; row 33 is never negative."""
    assert unpaid_rows(r24, r25, r28, r30, r31) == rows


@pytest.mark.parametrize(
    ("tax", "days", "fee"),
    [
        (1000000, 5, 2500),
        (1234567, 25, 15432),
        (9744218, 20, 97442),
        (80050, 0, 0),
        (100, -3, 0),
        (1000, 1, 1),
    ],
)
def test_late_fees(tax: int, days: int, fee: int) -> None:
    """Half up; nothing before the deadline or on it."""
    assert late_fee(tax, days) == fee


@given(
    st.integers(0, 2**64 - 1), st.integers(2015, 2040), st.integers(0, 1) | st.just(4096), st.integers(0, 5)
)
def test_what_is_open_is_what_was_due_and_not_paid(key, year, simple, prepaid) -> None:
    """Month to month, over the end of the year: arrears(i) = arrears(i-1) + due(i-1) - rows 30 and 31."""
    b = account(key, 2015, 1 << 20, (17, 0), simple=simple and 1 << 16, relief=33_000, prepaid=prepaid)
    this = Paying(b, year, year_of(b, year))
    for i in range(JANUARY + 1, JANUARY + 12):
        paid = this.paid(i)
        assert min(paid) >= 0
        assert this.arrears(i) == this.arrears(i - 1) + this.due(i - 1) - sum(paid)
        assert this.due(i) >= 0
    after = Paying(b, year + 1, year_of(b, year + 1))
    paid = after.paid(JANUARY)
    assert min(paid) >= 0
    opening = this.due(JANUARY + 11) + this.arrears(JANUARY + 11)
    assert after.due(JANUARY - 1) + after.arrears(JANUARY - 1) == opening
    assert after.arrears(JANUARY) == opening - sum(paid)


@given(st.integers(1, 10**9), st.sampled_from(["", "over", "late", "half", "skipped", "twice"]))
def test_the_parts_of_a_payment_are_what_is_due(due: int, how: str) -> None:
    extra = max(1, due // 16)
    parts = parts_of(due, how, extra, 0, refund=False)
    assert sum(amount for _, amount, _ in parts) == due + (extra if how == "over" else 0)


def test_nothing_due_nothing_paid() -> None:
    assert parts_of(0, "half", 5, 3, refund=True) == []


def test_what_was_too_much_is_set_off_or_given_back() -> None:
    assert parts_of(1000, "", 50, 50, refund=False) == [(1, 950, 50)]
    assert parts_of(1000, "", 50, 50, refund=True) == [(1, 1000, 0), (1, -50, 0)]

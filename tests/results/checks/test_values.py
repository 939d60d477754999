"""What is one value in two systems: the same text, the same amount; and what only looks so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from results.checks.values import fen, says_the_same, text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2015, 8, 1), "2015-08-01"),  # a day in a column of times, as a database gives it
        (date(2015, 8, 1), "2015-08-01"),
        (datetime(2015, 8, 1, 8, 30), "2015-08-01T08:30:00"),
        (Decimal("5.00"), "5"),
        (Decimal("5.10"), "5.1"),
        (Decimal("1E+2"), "100"),
        (Decimal("100"), "100"),
        (Decimal("0.000"), "0"),
        # a column of numbers with more digits than a context has: two ids must stay two
        (Decimal("1234567890123456789012345678901"), "1234567890123456789012345678901"),
        (Decimal("1234567890123456789012345678902"), "1234567890123456789012345678902"),
    ],
)
def test_what_a_database_types_is_its_shortest_text(value: Any, said: str) -> None:
    assert text(value) == said


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("1,234.50", 123450),
        ("-1,234", -123400),
        ("1,234,567.8", 123456780),
        ("1,234.", 123400),
        ("12,34", None),
        ("1,2345", None),
        (",5", None),
        ("1.234,05", None),
        ("1,234,56", None),
    ],
)
def test_commas_part_thousands_or_it_is_no_amount(value: str, amount: int | None) -> None:
    assert fen(value) == amount


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (datetime(2015, 8, 1, 8, 30), "2015-08-01 08:30:00", True),
        ("2015-08-01T08:30", datetime(2015, 8, 1, 8, 30), True),
        (datetime(2015, 8, 1), "2015-08-01 00:00:00", True),
        (date(2015, 8, 1), "2015-08-01T00:00:00", True),
        (datetime(2015, 8, 1, 8, 30), "2015-08-01", False),
        (datetime(2015, 8, 1, 8, 30), "2015-08-01 08:30:01", False),
        (datetime(2015, 8, 1, tzinfo=UTC), "2015-08-01", False),  # of which zone is the other?
        (datetime(2015, 8, 1, tzinfo=UTC), "2015-08-01T08:00:00+08:00", True),
        (date(2015, 8, 1), "", False),
        (date(2015, 8, 1), None, False),
        ("2015-08-01", "2015-08-01 00:00:00", False),  # two texts say what stands in them
    ],
)
def test_a_moment_of_a_table_is_the_one_that_is_written_otherwise(one: Any, other: Any, same: bool) -> None:
    assert says_the_same(one, other) is same
    assert says_the_same(other, one) is same

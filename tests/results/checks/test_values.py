"""What is one value in two systems: the same text, the same amount; and what only looks so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from results.checks.values import fen, text


@pytest.mark.parametrize(
    ("value", "said"),
    [
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
def test_a_number_of_a_database_is_its_digits(value: Decimal, said: str) -> None:
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

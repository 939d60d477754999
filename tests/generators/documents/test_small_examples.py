"""The worked examples of the small-scale form, from sales to rows; and a quarter within which the relief
began."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from generators.books import Books
from generators.books.small import SmallSales, charged_in
from generators.calendar import Period
from generators.documents.invoice import lines_of
from generators.documents.vat.small import form_2016, small_return
from generators.eras.era import era
from generators.taxpayers.population import Population

NOW = era(date(2024, 3, 31))
SALES = SmallSales(0, 0, 0, False, False, 0, False, 0, 0, 1, 1)


@pytest.mark.parametrize(
    ("sales", "rows"),
    [
        (SALES._replace(sales=320_000_00, ordinary=200_000_00),
         {1: 320_000, 3: 200_000, 15: 9_600, 16: 6_400, 20: 3_200, 22: 3_200}),
        (SALES._replace(sales=280_000_00, exempt=True), {9: 280_000, 10: 280_000, 17: 8_400, 18: 8_400}),
        (SALES._replace(sales=280_000_00, special=50_000_00, exempt=True),
         {1: 50_000, 2: 50_000, 9: 230_000, 10: 230_000, 15: 1_500, 16: 1_000, 17: 6_900, 18: 6_900, 20: 500,
          22: 500}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("individual", [False, True])
def test_the_worked_examples_of_a_quarter(sales: SmallSales, rows: dict[int, int], individual: bool) -> None:
    if individual:  # row 11 in place of 10, 19 in place of 18
        rows = {{10: 11, 18: 19}.get(row, row): amount for row, amount in rows.items()}
    found = form_2016(sales, individual, NOW)
    assert {row: fen / 100 for row, fen in enumerate(found, start=1) if fen} == rows


@pytest.mark.parametrize(
    ("start", "end", "percent"),
    [
        ("2019-10-01", "2019-12-31", 3), ("2020-01-01", "2020-03-31", 3), ("2020-04-01", "2020-06-30", 1),
        ("2022-01-01", "2022-03-31", 1), ("2022-04-01", "2022-06-30", 0), ("2022-10-01", "2022-12-31", 0),
        ("2023-01-01", "2023-03-31", 1), ("2027-10-01", "2027-12-31", 1), ("2028-01-01", "2028-03-31", 3),
    ],
)  # fmt: skip
def test_what_is_charged_in_a_quarter(start: str, end: str, percent: int) -> None:
    assert charged_in(Period(start, end)) == percent


def test_no_invoice_of_early_2020_has_the_rate_of_march() -> None:
    """The relief of 1 % began on 2020-03-01: what was issued in January cannot have it, and the return has
    what was issued."""
    when, seen = Period("2020-01-01", "2020-03-31"), Counter[float]()
    for t in Population(20150911, "2020-04-20").taxpayers(0, 400):
        if t.scale != "small" or t.registered_on > "2020":
            continue
        books = Books(t, 0)
        assert books.period == when
        for kind in books.kinds:
            for slip in books.issued(kind):
                seen.update(line["slv"] for line in lines_of(t, "2020-01-10", slip))
        form = small_return(t, 0, when)["xgm"]
        assert form["r16"] <= form["r7"] * 0.01 + 0.01
    assert set(seen) == {0.03} and seen[0.03] > 500

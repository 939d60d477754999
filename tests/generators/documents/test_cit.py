"""Prepayments of corporate income tax: worked figures, ties to the VAT returns, quarters of a profile."""

from datetime import date
from itertools import count, takewhile

import pytest

from generators.books.ledger.results import result
from generators.books.taxpayer_books import Books
from generators.calendar import FIRST_YEAR
from generators.documents.returns.cit import (
    cit_prepayment,
    due_in,
    files_cit,
    prepaid_first_year,
    quarter,
)
from generators.documents.returns.cit_form import LAYOUTS, small_tax
from generators.documents.vat.declaration import declaration
from generators.eras.era import era
from generators.taxpayers.population import PROFILES, Population
from tests.generators.poison import poisoned

populations = {profile: Population(20150911, profile) for profile in PROFILES}


def companies(profile: str, first: int):
    return [t for t in populations[profile].taxpayers(0, first) if files_cit(t)]


@pytest.mark.parametrize(
    ("on", "income", "tax", "more"),
    [
        ("2014-12-31", 100_000, 10_000, {}),
        ("2015-03-31", 200_000, 20_000, {}),
        ("2015-09-30", 250_000, 50_000, {}),
        ("2015-12-31", 250_000, 43_750, {"before_october": 9}),
        ("2015-12-31", 240_000, 36_000, {"months": 6, "before_october": 3}),
        ("2016-03-31", 250_000, 25_000, {}),
        ("2017-12-31", 500_000, 50_000, {}),
        ("2018-12-31", 1_000_000, 100_000, {}),
        ("2019-12-31", 2_000_000, 150_000, {}),
        ("2021-12-31", 2_000_000, 125_000, {}),
        ("2024-03-31", 500_000, 25_000, {}),
        ("2023-12-31", 3_000_000, 150_000, {}),
        ("2023-12-31", 3_000_001, None, {}),
        ("2028-03-31", 1, None, {}),
    ],
)
def test_the_tax_of_small_enterprises(on: str, income: int, tax: int | None, more: dict[str, int]) -> None:
    found = small_tax(era(date.fromisoformat(on)), 100 * income, **more)
    assert found == (None if tax is None else 100 * tax)


def test_quarters_are_numbered_from_the_year_or_the_day() -> None:
    assert quarter("gt3_2015", 0) == ("2015-01-01", "2015-03-31")
    assert quarter("current", 5) == ("2025-04-01", "2025-06-30")
    assert quarter("2015-10-22", 0) == ("2015-07-01", "2015-09-30")
    assert quarter("2015-09-30", 0) == ("2015-04-01", "2015-06-30")
    assert quarter("2016-01-04", 0) == ("2015-10-01", "2015-12-31")
    assert [due_in(day) for day in ("2015-10-22", "2015-11-02", "2016-01-04", "current")] == [
        True, False, True, True,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="quarter number is -1; must be 0 or more"):
        quarter("current", -1)


@pytest.mark.parametrize("profile", PROFILES)
def test_sales_to_date_are_those_of_the_vat_returns(profile: str) -> None:
    scales = set()
    for t in companies(profile, 120):
        sales = 0
        year = str(FIRST_YEAR[profile])
        for document in takewhile(
            lambda d, y=year: d["skssqz"][:4] == y, (declaration(t, k) for k in count())
        ):
            if "zb" in document:
                rows = ("asysljsxse", "ajybfjsxse", "mdtbfckxse", "msxse")
                sales += sum(round(100 * document["zb"][c][row]) for c in (0, 2) for row in rows)
            else:
                form = document["xgm"]
                rows = ("r1", "r4", "r9", "r13") if "r1" in form else ("yzzzsbhsxse", "msxse", "ckmsxse")
                sales += sum(round(100 * form[row]) for row in rows)
            if document["skssqz"][5:7] in ("03", "06", "09", "12"):
                month = int(document["skssqz"][5:7])
                prepayment = cit_prepayment(t, month // 3 - 1)
                layout = LAYOUTS[era(date.fromisoformat(document["skssqz"])).cit_form]
                assert round(100 * prepayment["qysds"][f"r{layout.revenue}"]) == sales, (t.index, month)
                scales.add(t.scale)
    assert scales == {"general", "small"}


@pytest.mark.parametrize("profile", PROFILES)
def test_some_lose_some_grow_and_most_are_small(profile: str) -> None:
    made = [document for t in companies(profile, 200) for document in prepaid_first_year(t)]
    layout = LAYOUTS["2012" if profile == "gt3_2015" else "2021"]
    profits = [document["qysds"][f"r{layout.profit}"] for document in made]
    due = [document["qysds"][f"r{layout.due}"] for document in made]
    losses = [document["qysds"][f"r{layout.losses}"] for document in made]
    assert 0.08 < sum(profit < 0 for profit in profits) / len(made) < 0.3
    assert 0.6 < sum(amount > 0 for amount in due) / len(made) < 0.9
    assert any(losses) and {document["fbsx"]["xxwl"] for document in made} == {"Y", "N"}
    assert not [t for t in populations[profile].taxpayers(0, 50) if t.individual and [*prepaid_first_year(t)]]


def test_the_books_have_the_results_of_the_return() -> None:
    for t in companies("current", 30):
        periods = takewhile(lambda books: books.period.year == 2024, (Books(t, k) for k in count()))
        total = sum(books.profit.result for books in periods)
        assert total == result(t, 2024, 12).profit


def test_a_prepayment_needs_neither_chance_nor_clock_nor_order() -> None:
    people = companies("current", 20)
    expected = {(t.index, k): cit_prepayment(t, k) for t in people for k in (3, 0)}
    with poisoned():
        again = Population(20150911, "current")
        for t in reversed(people):
            for k in (0, 3):
                assert cit_prepayment(again.taxpayer(t.index), k) == expected[t.index, k]

"""Stamp tax and social insurance: worked figures, ties to the books, who files since when."""

from datetime import date

import pytest

from generators.books.ledger.results import paid_in, result
from generators.calendar import Period
from generators.documents.registration import tax_kinds
from generators.documents.returns.cit import cit_prepayment, files_cit, quarter
from generators.documents.returns.insurance import files_insurance, insurance, insured, month
from generators.documents.returns.levy_rows import levied
from generators.documents.returns.stamp_tax import (
    CAPITAL,
    RETAIL,
    SALE,
    contracts,
    files_stamp_tax,
    sold_as,
    stamp_tax,
)
from generators.documents.returns.withholding import withholding_return
from generators.eras.era import era
from generators.taxpayers.population import Population
from tests.generators.poison import poisoned

YEARS = ("2018-10-12", "2019-04-10", "2021-07-10", "2022-10-10", "2024-01-10", "2026-01-12")


def payers(day: str, first: int = 0, count: int = 60):
    return [t for t in Population(20150911, day).taxpayers(first, count) if files_stamp_tax(t)]


@pytest.mark.parametrize(
    ("on", "item", "base", "tax"),
    [
        ("2022-07-01", "101110101", 1_000_000, 300.00),  # sale
        ("2022-06-30", "101110101", 1_000_000, 300.00),
        ("2022-06-30", "101110102", 1_000_000, 500.00),  # work: 0.5 per thousand until the law, 0.3 since
        ("2022-07-01", "101110102", 1_000_000, 300.00),
        ("2022-06-30", "101110106", 1_000_000, 500.00),  # transport, as well
        ("2022-07-01", "101110106", 1_000_000, 300.00),
        ("2022-07-01", "101110105", 100_000, 100.00),  # lease 1
        ("2022-07-01", "101110107", 100_000, 100.00),  # storage 1
        ("2022-07-01", "101110108", 1_000_000, 50.00),  # loan 0.05
        ("2022-07-01", "101110109", 100_000, 100.00),  # property insurance 1
        ("2022-07-01", "101110200", 1_000_000, 500.00),  # transfer of houses 0.5
        ("2022-07-01", "101110501", 1_000_000, 250.00),  # capital 0.25
        ("2018-04-30", "101110501", 1_000_000, 500.00),
    ],
)
def test_rates_of_the_items(on: str, item: str, base: int, tax: float) -> None:
    rates = {code: rate for code, _, rate in era(date.fromisoformat(on)).stamp_items}
    row = levied(item, 100 * base, round(1000 * rates[item]))
    assert row.tax == row.due == round(100 * tax)


def test_the_half_of_a_sale_of_a_million_is_150() -> None:
    row = levied(SALE, 100_000_000, 300, halved=True)
    assert (row.tax, row.relief, row.due) == (30_000, 15_000, 15_000)
    odd = levied(SALE, 100_003_333, 300, halved=True)  # 300.009999 -> 300.01: 150.01 relieved, 150.00 due
    assert (odd.tax, odd.relief, odd.due) == (30_001, 15_001, 15_000)


@pytest.mark.parametrize("day", YEARS)
def test_contracts_are_no_more_than_revenue_and_cost_of_the_quarter(day: str) -> None:
    items = set()
    for t in payers(day):
        when = quarter(day, 0)
        found = contracts(t, when)
        now = result(t, when.year, when.month)
        before = result(t, when.year, when.month - 3) if when.month > 3 else now._replace(revenue=0, cost=0)
        sales, cost = now.revenue - before.revenue, max(0, now.cost - before.cost)
        item = sold_as(t)
        bought = found[SALE] if item != SALE else 0
        assert bought <= cost and found.get(item, 0) <= sales + (cost if item == SALE else 0)
        assert {*found} <= {SALE, CAPITAL, item}
        if item not in ("", SALE) and sales and int(t.industry[:2]) != RETAIL:
            assert 0.7 * sales < found[item] <= sales
        if CAPITAL in found:
            assert when.start <= t.registered_on <= when.end and found[CAPITAL] == paid_in(t)
        items |= {*found}
    assert len(items) > 2


def test_capital_stands_in_the_quarter_of_registration_alone() -> None:
    seen = 0
    people = Population(20150911, "2024-10-10")
    for t in people.taxpayers(50_000_000, 6000):
        if (
            files_stamp_tax(t)
            and t.registered_on[:4] == "2023"
            and t.registered_on[5:7] in ("04", "05", "06")
        ):
            quarters = [Period(f"2023-{m - 2:02d}-01", f"2023-{m:02d}-30") for m in (6, 9)]
            first, second = (contracts(t, when) for when in quarters)
            assert first[CAPITAL] == paid_in(t) > 0 and CAPITAL not in second
            seen += 1
    assert seen > 20


def test_the_revenue_is_that_of_the_income_tax_return() -> None:
    """In the first quarter what is to date is the quarter's own."""
    seen = 0
    for t in payers("2024-04-10"):
        if files_cit(t) and sold_as(t) not in ("", SALE):
            form = cit_prepayment(t, 0)["qysds"]
            rows = {row["zspmDm"]: row["jsje"] for row in stamp_tax(t, 0)["yhssb"]["rows"]}
            assert rows[sold_as(t)] <= form["r1"] and rows[SALE] <= max(0, form["r2"])
            seen += 1
    assert seen > 5


@pytest.mark.parametrize(
    ("day", "who"), [("2018-10-12", set()), ("2019-04-10", {"small"}), ("2024-01-10", {"small", "general"})]
)
def test_who_is_relieved_of_a_half(day: str, who: set[str]) -> None:
    found = {t.scale for t in payers(day, count=200) if stamp_tax(t, 0)["yhssb"]["phjzbl"] == 50}
    assert found == who


def test_nobody_files_before_the_bureaus_merged() -> None:
    assert not payers("2015-10-22") and not payers("gt3_2015") and not payers("2018-07-10")
    assert payers("2018-10-12") and payers("current")
    people = Population(7, "2020-10-10").taxpayers(0, 60)
    assert not [t for t in people if files_insurance(t)]
    assert [t for t in Population(7, "2021-01-10").taxpayers(0, 60) if files_insurance(t)]


def test_whoever_files_has_it_determined() -> None:
    for t in Population(7, "2024-01-10").taxpayers(0, 200):
        items = {kind["zsxmDm"] for kind in tax_kinds(t)}
        assert files_stamp_tax(t) == ("10111" in items) and files_insurance(t) <= ("10210" in items)


def test_insurance_is_sixteen_and_eight_percent_of_the_payroll_within_its_limits() -> None:
    for t in payers("2024-04-10")[:20]:
        document = insurance(t, 0)
        assert (document["skssqq"], document["skssqz"]) == ("2024-03-01", "2024-03-31")
        persons, base = insured(t, month(t.profile, 0))
        form = document["sbfsb"]
        assert form["jfrs"] == persons and 3900 * 100 * persons <= base <= 19_500 * 100 * persons
        assert [row["bqynse"] for row in form["rows"]] == [
            (16 * base + 50) // 100 / 100,
            (8 * base + 50) // 100 / 100,
        ]
        withheld = withholding_return(t, 0)["kjmx"]
        assert len(withheld) == persons
        assert base * 8 == 100 * sum(round(100 * row["jbylaobxf"]) for row in withheld)


def test_months_are_numbered_from_the_year_or_the_day() -> None:
    assert month("current", 0) == ("2024-01-01", "2024-01-31")
    assert month("current", 12) == ("2025-01-01", "2025-01-31")
    assert month("2024-01-10", 0) == ("2023-12-01", "2023-12-31")
    with pytest.raises(ValueError, match="month number is -1; must be 0 or more"):
        month("current", -1)


def test_a_return_needs_neither_chance_nor_clock_nor_order() -> None:
    people = payers("current")[:12]
    expected = {(t.index, k): (stamp_tax(t, k), insurance(t, k)) for t in people for k in (3, 0)}
    with poisoned():
        again = Population(20150911, "current")
        for t in reversed(people):
            for k in (0, 3):
                made = again.taxpayer(t.index)
                assert (stamp_tax(made, k), insurance(made, k)) == expected[t.index, k]

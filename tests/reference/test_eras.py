"""The reference system's tables by date against worked figures, which stand here, written from the facts."""

from __future__ import annotations

from datetime import date

import pytest

from renhai.reference.eras import goods, vat
from renhai.reference.eras.deadlines import days_late, deadline, late_fee
from renhai.reference.eras.grades import SWITCHES, chosen


def day(text: str) -> date:
    return date.fromisoformat(text)


PUBLISHED = {
    2012: "", 2013: "",
    2014: "15 21 17", 2015: "19 15 16 20 18 15 15 17 - 22 16 15", 2016: "18 22 15",
    2017: "16 15 15 18 15 15 17 15 15 23 15 15", 2018: "15 22 15 18 15 15 16 15 17 24 15 17", 2019: "15",
    2020: "15 28 16 20 22 15 15 17 15 23 16 15", 2021: "20 23 15 20 21 18 15 16 15 26 15 15",
    2022: "19 23 15 20 19 20 15 15 20 25 15 15", 2023: "16 15 15 17 18 15 17 15 15 23 15 15",
    2024: "15 23 15 18 22 19 15 15 18 24 15 16", 2025: "15 20 17 18 22 16 15 15 15 27 17 15",
    2026: "20 24 16 20 22 15 15 17 15 26 16 15",
}  # fmt: skip
WORKED_OUT = {
    2012: {1: 18, 4: 18, 7: 16, 9: 17, 10: 22, 12: 17},
    2013: {1: 18, 2: 22, 4: 18, 6: 18, 9: 16, 10: 22, 12: 16},
    2014: {4: 18, 5: 19, 6: 16, 9: 18, 10: 22, 11: 17},
    2015: {9: 18},
    2016: {4: 18, 5: 16, 6: 20, 9: 18, 10: 24},
    2019: {2: 26, 4: 18, 5: 21, 6: 19, 9: 18, 10: 24, 12: 16},
}
"""By the rule, where no notice is known: months that are not named are the 15th."""


def last_day(year: int, month: int) -> int | None:
    """Of the returns that are filed in a month: those of the period that ended the day before it began."""
    found = deadline(date.fromordinal(date(year, month, 1).toordinal() - 1))
    assert found is None or (found.year, found.month) == (year, month)
    return found.day if found else None


@pytest.mark.parametrize("year", PUBLISHED)
def test_deadlines_as_published(year):
    for month, text in enumerate(PUBLISHED[year].split(), 1):
        if text != "-":
            assert last_day(year, month) == int(text), f"{year}-{month}"


@pytest.mark.parametrize("year", WORKED_OUT)
def test_deadlines_of_other_months(year):
    known = len(PUBLISHED[year].split())
    for month in range(known + 1, 13):
        assert last_day(year, month) == WORKED_OUT[year].get(month, 15), f"{year}-{month}"


def test_a_year_without_a_plan_has_no_deadline():
    assert last_day(2027, 2) is None and last_day(2011, 12) is None
    assert last_day(2027, 1) is None and last_day(2026, 12) == 15


@pytest.mark.parametrize(
    ("tax", "period_end", "paid", "days", "fee"),
    [
        (1_000_000, "2024-02-29", "2024-03-20", 5, 2_500),
        (1_234_567, "2015-09-30", "2015-11-16", 25, 15_432),
        (9_744_218, "2026-01-31", "2026-03-16", 20, 97_442),
        (80_050, "2020-09-30", "2020-10-23", 0, 0),
        (80_050, "2020-09-30", "2020-10-01", 0, 0),
    ],
)
def test_late_fees(tax, period_end, paid, days, fee):
    assert days_late(day(period_end), day(paid)) == days
    assert late_fee(tax, days) == fee


def test_a_late_fee_is_rounded_half_up():
    assert late_fee(1_000, 1) == 1  # 0.5 fen
    assert late_fee(999, 1) == 0  # 0.4995 fen


@pytest.mark.parametrize(
    ("on", "statutory", "rows"),
    [
        ("2015-09-30", (17, 13, 11, 6), {"1": 17, "2": 17, "3": 13, "4": 11, "5": 6}),
        ("2017-06-30", (17, 13, 11, 6), {"1": 17, "4": 11}),
        ("2017-07-31", (17, 11, 6), {"1": 17, "4a": 11, "4b": 11, "5": 6}),
        ("2018-04-30", (17, 11, 6), {"1": 17, "4a": 11}),
        ("2018-05-31", (16, 10, 6), {"1": 16, "2": 16, "4a": 10, "4b": 10, "5": 6}),
        ("2019-03-31", (16, 10, 6), {"1": 16}),
        ("2019-04-30", (13, 9, 6), {"1": 13, "2": 13, "3": 9, "4": 9, "5": 6}),
        ("2026-10-31", (13, 9, 6), {"1": 13, "3": 9}),
    ],
)
def test_rates_of_each_era(on, statutory, rows):
    taxed = vat.invoice_rates(day(on), "general")
    levied = vat.invoice_rates(day(on), "small")
    assert {rate for rate in taxed if rate > 5} == set(statutory)
    assert not {rate for rate in levied if rate > 5}
    found = vat.sheet_rates(day(on))
    assert {row: found[row] for row in rows} == {row: (rate,) for row, rate in rows.items()}


def test_row_3_is_closed_while_there_is_no_13_percent():
    assert vat.sheet_rates(day("2018-05-31"))["3"] == ()
    assert "4a" not in vat.sheet_rates(day("2019-04-30")) and "4a" not in vat.sheet_rates(day("2017-06-30"))


@pytest.mark.parametrize(
    ("on", "percent"),
    [("2020-02-29", 3), ("2020-03-01", 1), ("2022-03-31", 1), ("2022-04-01", 3), ("2023-01-01", 1),
     ("2027-12-31", 1)],
)  # fmt: skip
def test_relief_of_small_scale_taxpayers(on, percent):
    assert vat.RELIEF.on(day(on)) == percent


@pytest.mark.parametrize(
    ("on", "yuan"),
    [("2014-09-30", 20_000), ("2014-10-01", 30_000), ("2018-12-31", 30_000), ("2019-01-01", 100_000),
     ("2021-03-31", 100_000), ("2021-04-01", 150_000), ("2022-12-31", 150_000), ("2023-01-01", 100_000),
     ("2026-12-31", 100_000)],
)  # fmt: skip
def test_exemption_limits_a_month(on, yuan):
    assert vat.CEILINGS.on(day(on)) == yuan


def test_which_form_is_whose():
    forms = [vat.SMALL_FORM.on(day(on)) for on in ("2016-04-30", "2016-05-31", "2021-07-31", "2021-08-31")]
    assert forms == [2014, 2016, 2016, 2021]


@pytest.mark.parametrize(
    ("code", "percent"),
    [
        ("1010101010000000000", 9),  # rice in the husk
        ("1020101000000000000", 13),  # raw coal
        ("3010102020100000000", 9),  # road freight
        ("3040201010000000000", 6),  # software development
        ("1060301010100000000", 13),  # software as a product
        ("3040501010000000000", 13),  # finance lease of movables
        ("5010101000000000000", 9),  # dwellings
    ],
)
def test_goods_codes_and_their_rates(code, percent):
    assert goods.exists(code) and goods.listed(code) and goods.rate_of(code) == percent


@pytest.mark.parametrize(
    "code", ["9999999999999999999", "1120000000000000000", "1010001010000000000", "0" * 19]
)
def test_codes_that_are_none(code):
    assert not goods.exists(code)


def test_every_leaf_is_of_a_class_that_exists():
    assert len(goods.LEAVES) > 60
    assert all(goods.exists(code) and len(code) == 19 for code in goods.LEAVES)


def test_switches():
    assert chosen(["reconcile=on"], strict=False)["reconcile"]
    assert not chosen(["relief=off"], strict=True)["relief"] and chosen([], strict=True)["goods"]
    assert chosen([], strict=False)["goods"] and not chosen([], strict=False)["region"]
    for wrong in ("reconcile", "reconcile=yes", "rates=off"):
        with pytest.raises(ValueError, match="NAME=on or NAME=off"):
            chosen([wrong], strict=False)
    assert {switch.grade for switch in SWITCHES.values()} <= {"V", "D", "U"}

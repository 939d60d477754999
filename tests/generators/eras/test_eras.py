"""Eras: what holds on a day, against the tables of the facts; and mistakes in the files of facts."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.eras.era import NAMED, Era, day_of, era, era_of
from generators.eras.table import FACTS, FactError, changes, facts

DAYS = st.dates(date(2012, 1, 1), date(2027, 12, 31))


def on(text: str) -> Era:
    return era(date.fromisoformat(text))


@pytest.mark.parametrize(
    ("day", "rates", "labels", "farm"),
    [
        ("2015-09-30", (17, 17, 13, 11, 6), "1 2 3 4 5", (13, 13)),
        ("2017-06-30", (17, 17, 13, 11, 6), "1 2 3 4 5", (13, 13)),
        ("2017-07-01", (17, 17, 11, 11, 6), "1 2 4a 4b 5", (11, 13)),
        ("2018-04-30", (17, 17, 11, 11, 6), "1 2 4a 4b 5", (11, 13)),
        ("2018-05-01", (16, 16, 10, 10, 6), "1 2 4a 4b 5", (10, 12)),
        ("2019-03-31", (16, 16, 10, 10, 6), "1 2 4a 4b 5", (10, 12)),
        ("2019-04-01", (13, 13, 9, 9, 6), "1 2 3 4 5", (9, 10)),
        ("2027-12-31", (13, 13, 9, 9, 6), "1 2 3 4 5", (9, 10)),
    ],
)
def test_rates_and_rows_of_the_eras(
    day: str, rates: tuple[int, ...], labels: str, farm: tuple[int, int]
) -> None:
    now = on(day)
    assert now.rates[1:] == rates
    assert " ".join(now.labels[1:]) == labels
    assert (now.farm_deduction, now.farm_deduction_more) == farm


@pytest.mark.parametrize(
    ("day", "exempt", "charged", "months"),
    [
        ("2014-09-30", 20_000, 3, 1),
        ("2014-10-01", 30_000, 3, 1),
        ("2016-03-31", 30_000, 3, 1),
        ("2016-04-01", 30_000, 3, 3),
        ("2019-01-01", 100_000, 3, 3),
        ("2020-03-01", 100_000, 1, 3),
        ("2021-04-01", 150_000, 1, 3),
        ("2022-04-01", 150_000, 0, 3),
        ("2023-01-01", 100_000, 1, 3),
        ("2027-12-31", 100_000, 1, 3),
        ("2028-01-01", 100_000, 3, 3),
    ],
)
def test_small_scale_taxpayers(day: str, exempt: int, charged: int, months: int) -> None:
    now = on(day)
    assert (now.small_exempt_month, now.small_charged, now.small_months) == (exempt, charged, months)


@pytest.mark.parametrize(
    ("day", "lines"),
    [("2018-04-30", (500_000, 800_000, 5_000_000)), ("2018-05-01", (5_000_000,) * 3)],
)
def test_the_lines_of_general_taxpayers(day: str, lines: tuple[int, ...]) -> None:
    now = on(day)
    assert (now.line_production, now.line_trade, now.line_services) == lines


@pytest.mark.parametrize(
    ("day", "field", "value"),
    [
        ("2015-09-30", "licence", "separate"),
        ("2015-10-01", "licence", "three in one"),
        ("2016-10-01", "licence", "five in one"),
        ("2016-04-30", "business_tax", True),
        ("2016-05-01", "business_tax", False),
        ("2018-07-04", "bureau", "state"),
        ("2018-07-05", "bureau", "merged"),
        ("2018-02-28", "comparison", "国税发〔2005〕61号"),
        ("2018-03-01", "comparison", "税总发〔2017〕124号"),
        ("2021-07-31", "vat_form", "2019"),
        ("2021-08-01", "vat_form", "2021"),
        ("2021-08-01", "small_form", "2021"),
        ("2015-09-30", "surcharges_at", "local"),
        ("2021-08-01", "surcharges_at", "return"),
        ("2018-12-31", "halved_for", ()),
        ("2019-01-01", "halved_for", ("small",)),
        ("2023-01-01", "halved_for", ("small", "low_profit", "individual")),
        ("2020-10-31", "insurance_at_bureau", False),
        ("2020-11-01", "insurance_at_bureau", True),
        ("2025-12-31", "levy_others", (5,)),
        ("2026-01-01", "levy_others", ()),
        ("2017-09-30", "industry_edition", "2011"),
        ("2018-01-01", "ordinary_code", 12),
        ("2025-07-14", "short_names_refined", True),
    ],
)
def test_what_began_on_which_day(day: str, field: str, value: object) -> None:
    assert getattr(on(day), field) == value


def test_the_named_days_are_days() -> None:
    assert {"gt3_2015": date(2015, 9, 30), "current": date(2024, 12, 31)} == NAMED
    assert day_of("2015-10-22") == date(2015, 10, 22)
    assert era_of("gt3_2015") == on("2015-09-30")
    for wrong in ("2015", "gt4", "2011-12-31", "2028-01-01", "2015-2-3", "20151022", ""):
        with pytest.raises(ValueError, match="must be one of gt3_2015, current, or a day from 2012 to 2027"):
            day_of(wrong)


@given(DAYS)
def test_between_two_changes_nothing_changes(day: date) -> None:
    since = max(change for change in changes() if change <= day)
    assert era(day) == era(since)
    if day not in changes():
        assert era(day) == era(day - timedelta(days=1))


def test_every_fact_has_a_source_and_a_grade() -> None:
    for fact in facts().values():
        assert fact.what
        assert all(step.source and step.grade in "VDU" for step in fact.steps)


# Mistakes


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "2018-05-01: {is: 16, grade: V",
            "2018-05-01: {is: 16, grade: X",
            "vat.yaml: standard: 2018-05-01: grade is 'X'",
        ),
        ("2018-05-01: {is: 16, grade: V, ", "2018-05-01: {is: 16, ", "must have is, grade and source"),
        (
            "{is: 16, grade: V",
            "{is: sixteen, grade: V",
            "standard: 2018-05-01: is 'sixteen'; must be a value of type int",
        ),
        (
            "    2012-01-01: {is: 17",
            "    2013-01-01: {is: 17",
            "standard: from begins 2013-01-01; must begin 2012-01-01",
        ),
        ("    2018-05-01: {is: 16", "    soon: {is: 16", "from has 'soon'; must be a day"),
        ("source: 增值税暂行条例}", "source: ''}", "source is ''; must say where"),
        (
            "standard:\n",
            "standrad:\n",
            "standard: is a fact without a field of Era, or a field without a fact",
        ),
        ("low:\n  what", "low:\n  waht", "must have what and from"),
        ("standard:\n", "[standard:\n", "cannot be read"),
    ],
)
def test_mistakes_name_file_fact_and_day(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = tmp_path / "facts"
    folder.mkdir()
    for file in FACTS.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    text = (folder / "vat.yaml").read_text("utf-8")
    assert old in text
    (folder / "vat.yaml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(FactError, match=says):
        era(date(2018, 5, 31), folder)


def test_a_fact_stands_in_one_file_only(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(
            "low: {what: x, from: {2012-01-01: {is: 6, grade: V, source: s}}}", "utf-8"
        )
    with pytest.raises(FactError, match=r"b\.yaml: low: stands in another file too"):
        facts(tmp_path)

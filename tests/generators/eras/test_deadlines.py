"""Deadlines: published days, the rule of each era, regions, a file of one's own, years without a plan."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.deadlines.deadline import (
    ORDINARY,
    CalendarError,
    FilingCalendar,
    NoPlan,
    by_rule,
    due_date,
    due_year,
    read_calendar,
    regions,
)
from generators.deadlines.holidays import PUBLISHED, working_days

PUBLISHED_DAYS = {  # as the notices have them; 0: no notice found
    2014: "15 21 17 0 0 0 0 0 0 0 0 0",
    2015: "19 15 16 20 18 15 15 17 0 22 16 15",
    2016: "18 22 15 0 0 0 0 0 0 0 0 0",
    2017: "16 15 15 18 15 15 17 15 15 23 15 15",
    2018: "15 22 15 18 15 15 16 15 17 24 15 17",
    2019: "15 0 0 0 0 0 0 0 0 0 0 0",
    2020: "15 0 16 20 22 15 15 17 15 23 16 15",
    2021: "20 23 15 20 21 18 15 16 15 26 15 15",
    2022: "19 23 15 20 19 20 15 15 20 25 15 15",
    2023: "16 15 15 17 18 15 17 15 15 23 15 15",
    2024: "15 23 15 18 22 19 15 15 18 24 15 16",
    2025: "15 20 17 18 22 16 15 15 15 27 17 15",
    2026: "20 24 16 20 22 15 15 17 15 26 16 15",
}
GAPS = {  # by the rule alone
    2014: "4-18 5-19 6-16 7-15 8-15 9-18 10-22 11-17 12-15",
    2016: "4-18 5-16 6-20 7-15 8-15 9-18 10-24 11-15 12-15",
    2019: "2-26 3-15 4-18 5-21 6-19 7-15 8-15 9-18 10-24 11-15 12-16",
}


@pytest.mark.parametrize("year", PUBLISHED_DAYS)
def test_the_published_days_hold(year: int) -> None:
    for month, day in enumerate(map(int, PUBLISHED_DAYS[year].split()), start=1):
        if day:
            assert due_date(year, month) == date(year, month, day)


def test_the_rule_gives_every_published_day_but_one() -> None:
    """Calendar days until 2017, working days since; October 2020 is the only exception that was published."""
    wrong = [
        (year, month)
        for year, days in PUBLISHED_DAYS.items()
        for month, day in enumerate(map(int, days.split()), start=1)
        if day and by_rule(year, month).day.day != day
    ]
    assert wrong == [(2020, 10)]
    assert by_rule(2020, 10).day == date(2020, 10, 27)


@pytest.mark.parametrize("year", GAPS)
def test_months_without_a_notice_go_by_the_rule(year: int) -> None:
    for text in GAPS[year].split():
        month, day = map(int, text.split("-"))
        assert due_date(year, month) == date(year, month, day)


def test_days_that_differ_from_their_table() -> None:
    assert due_date(2015, 9) == date(2015, 9, 18)  # 3 to 5 September became holidays after the notice
    assert due_date(2020, 2) == date(2020, 2, 28)  # extended


def test_october_2015_ends_on_the_22nd_and_says_what_is_not_known() -> None:
    """Not on the 26th, as the rule of today would have it: the runs of rest days were added to the 15th."""
    found = ORDINARY.deadline(2015, 10)
    assert found.day == date(2015, 10, 22)
    assert "for Hunan itself unconfirmed" in found.source


@given(st.integers(2004, 2026), st.integers(1, 12))
def test_the_rule_gives_a_working_day_from_the_15th_on(year: int, month: int) -> None:
    due = by_rule(year, month).day
    assert (due.year, due.month) == (year, month)
    assert due.day >= 15
    assert PUBLISHED.works(due)


@pytest.mark.parametrize("year", [2003, 2027, 2031])
def test_a_year_without_a_holiday_plan_is_refused(year: int) -> None:
    with pytest.raises(NoPlan, match=f"no holiday plan of {year} is known.*give a calendar file"):
        due_date(year, 2)
    with pytest.raises(NoPlan):
        due_year(year)


# Own files and regions


def own(tmp_path: Path, text: str) -> FilingCalendar:
    file = tmp_path / "own.yaml"
    file.write_text(text, "utf-8")
    return read_calendar(file)


def test_a_file_of_ones_own_comes_first(tmp_path: Path) -> None:
    calendar = own(tmp_path, "deadlines: {2015-10: 26, 2027-02: 2027-02-23}\n")
    assert calendar.deadline(2015, 10).day == date(2015, 10, 26)
    assert calendar.deadline(2015, 10).source == "own.yaml"
    assert calendar.deadline(2027, 2).day == date(2027, 2, 23)
    assert calendar.deadline(2015, 11) == ORDINARY.deadline(2015, 11)
    with pytest.raises(NoPlan):
        calendar.deadline(2027, 3)


def test_holidays_of_ones_own_make_a_year_known(tmp_path: Path) -> None:
    """2027-02-05 to 11 off, the 15th a Monday: seven working days after it, of which the 20th is made up."""
    days = ", ".join(f"2027-02-{day:02d}" for day in range(5, 12))
    calendar = own(tmp_path, f"holidays: [{days}]\nworkdays: [2027-02-20]\n")
    assert calendar.deadline(2027, 2).day == date(2027, 2, 23)
    assert calendar.deadline(2027, 3).day == date(2027, 3, 15)
    assert ORDINARY.deadline(2026, 3).day == calendar.deadline(2026, 3).day


def test_a_region_may_have_its_own_days() -> None:
    assert regions() == ["local_tax_2015"]
    local = FilingCalendar({}, PUBLISHED, "local_tax_2015")
    assert [local.deadline(2015, month).day.day for month in (2, 5, 10)] == [16, 20, 22]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("deadline: {2027-02: 15}", "deadline: unknown field; must be one of deadlines, holidays, workdays"),
        ("deadlines: {2027-13: 15}", "'2027-13' is no month"),
        ("deadlines: {2027-02: 29}", r"2027-02: is 29; must be a day of that month, 15 .. 28"),
        ("deadlines: {2027-02: 2027-03-15}", "must be a day of that month"),
        ("deadlines: {2027-02: true}", "is True; must be a day"),
        ("holidays: [5]", "holidays is .5.; must be a list of days"),
        ("{}", "says nothing"),
        ("[1]", "must be a mapping"),
        ("deadlines: [", "cannot be read"),
    ],
)
def test_mistakes_in_a_file_say_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CalendarError, match=says):
        own(tmp_path, text)


def test_working_days_of_a_month() -> None:
    """1 to 7 October 2015 were off, the 10th, a Saturday, was made up."""
    assert working_days(2015, 10, 16) == (8, 9, 10, 12, 13, 14, 15, 16)
    assert working_days(2015, 10, 3) == (3,)  # none: the last day itself

"""Filing periods and deadlines."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.calendar import due_date, is_working_day, period

PUBLISHED_2024 = (
    "01-15 02-23 03-15 04-18 05-22 06-19 07-15 08-15 09-18 10-24 11-15 12-16"  # State Taxation Administration
)


def test_the_twelve_deadlines_of_2024() -> None:
    assert [f"{due_date(2024, month):%m-%d}" for month in range(1, 13)] == PUBLISHED_2024.split()


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (2015, 9, 18),  # 3 to 5 September off: three working days after the 15th
        (2015, 10, 26),  # 1 to 7 October off, the 10th made up: seven working days after the 15th
        (2023, 1, 16),  # New Year: two days off in January are no run of three; the 15th is a Sunday
        (2023, 10, 23),  # the run of eight days off began in September; six of them count
        (2031, 10, 24),  # not published yet: the fixed week of October, seven working days
        (2031, 2, 17),  # not published yet: the 15th is a Saturday
    ],
)
def test_single_deadlines(year: int, month: int, day: int) -> None:
    assert due_date(year, month) == date(year, month, day)


@given(st.integers(2004, 2090), st.integers(1, 12))
def test_a_deadline_is_a_working_day_from_the_15th_to_the_end_of_the_month(year: int, month: int) -> None:
    due = due_date(year, month)
    assert (due.year, due.month) == (year, month)
    assert due.day >= 15
    assert is_working_day(due)


@pytest.mark.parametrize(
    ("profile", "scale", "k", "expected"),
    [
        ("gt3_2015", "general", 0, ("2015-01-01", "2015-01-31")),
        ("gt3_2015", "small", 13, ("2016-02-01", "2016-02-29")),
        ("current", "general", 11, ("2024-12-01", "2024-12-31")),
        ("current", "small", 0, ("2024-01-01", "2024-03-31")),
        ("current", "small", 7, ("2025-10-01", "2025-12-31")),
    ],
)
def test_periods(profile: str, scale: str, k: int, expected: tuple[str, str]) -> None:
    assert period(profile, scale, k) == expected


@given(
    st.sampled_from(["gt3_2015", "current"]),
    st.sampled_from(["general", "small"]),
    st.integers(0, 30_000),
)
def test_periods_follow_each_other_without_a_gap(profile: str, scale: str, k: int) -> None:
    this, following = period(profile, scale, k), period(profile, scale, k + 1)
    assert date.fromisoformat(this.end) + timedelta(days=1) == date.fromisoformat(following.start)


@pytest.mark.parametrize(("profile", "k"), [("gt4", 0), ("current", -1), ("current", 10**6)])
def test_what_is_no_period(profile: str, k: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        period(profile, "general", k)

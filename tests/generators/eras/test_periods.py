"""Filing periods: of names, of days, across the change from months to quarters."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.calendar import QUARTERS_SINCE, due_period, month_number, number_of, period
from generators.eras.era import era

SCALES = st.sampled_from(["general", "small"])
DAYS = st.dates(date(2012, 3, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("profile", "scale", "k", "expected"),
    [
        ("gt3_2015", "general", 0, ("2015-01-01", "2015-01-31")),
        ("gt3_2015", "small", 13, ("2016-02-01", "2016-02-29")),
        ("gt3_2015", "small", 14, ("2016-03-01", "2016-03-31")),
        ("gt3_2015", "small", 15, ("2016-04-01", "2016-06-30")),
        ("current", "general", 11, ("2024-12-01", "2024-12-31")),
        ("current", "small", 0, ("2024-01-01", "2024-03-31")),
        ("current", "small", 7, ("2025-10-01", "2025-12-31")),
        ("2015-10-22", "general", 0, ("2015-09-01", "2015-09-30")),
        ("2015-10-22", "small", 0, ("2015-09-01", "2015-09-30")),
        ("2015-10-22", "small", 1, ("2015-10-01", "2015-10-31")),
        ("2016-01-04", "general", 0, ("2015-12-01", "2015-12-31")),
        ("2016-05-16", "small", 0, ("2016-03-01", "2016-03-31")),  # the first quarter is not over
        ("2016-07-15", "small", 0, ("2016-04-01", "2016-06-30")),
        ("2016-07-15", "small", -1, ("2016-03-01", "2016-03-31")),
        ("2024-05-22", "general", 0, ("2024-04-01", "2024-04-30")),
        ("2024-05-22", "small", 0, ("2024-01-01", "2024-03-31")),
    ],
)
def test_periods(profile: str, scale: str, k: int, expected: tuple[str, str]) -> None:
    found = period(profile, scale, k)
    assert found == expected
    assert number_of(profile, scale, found) == k


@given(st.sampled_from(["gt3_2015", "current", "2015-10-22", "2016-05-16"]), SCALES, st.integers(0, 30_000))
def test_periods_follow_each_other_without_a_gap(profile: str, scale: str, k: int) -> None:
    this, following = period(profile, scale, k), period(profile, scale, k + 1)
    assert date.fromisoformat(this.end) + timedelta(days=1) == date.fromisoformat(following.start)


@given(DAYS, SCALES)
def test_the_period_of_a_day_is_over_and_the_last_one_that_is(day: date, scale: str) -> None:
    this, following = period(str(day), scale, 0), period(str(day), scale, 1)
    assert this.last < day.replace(day=1) <= following.last
    due = due_period(day, scale)
    assert due in (None, this)
    assert (due is None) == (this.last + timedelta(days=1) != day.replace(day=1))
    assert this.months == era(this.last).small_months if scale == "small" else this.months == 1


def test_who_files_by_the_quarter_has_nothing_to_file_in_other_months() -> None:
    due = [due_period(date(2024, month, 15), "small") is not None for month in range(1, 13)]
    assert [month for month, one in enumerate(due, start=1) if one] == [1, 4, 7, 10]
    assert all(due_period(date(2024, month, 15), "general") for month in range(1, 13))
    assert all(due_period(date(2015, month, 15), "small") for month in range(1, 13))


def test_quarters_begin_when_the_facts_say() -> None:
    since = date(QUARTERS_SINCE // 12, QUARTERS_SINCE % 12 + 1, 1)
    assert month_number(since) == QUARTERS_SINCE
    assert (era(since - timedelta(days=1)).small_months, era(since).small_months) == (1, 3)


@pytest.mark.parametrize(
    ("profile", "k"), [("gt4", 0), ("current", -1), ("current", 10**6), ("2015-10-22", -10_000)]
)
def test_what_is_no_period(profile: str, k: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        period(profile, "general", k)

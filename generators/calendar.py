"""Filing periods: which month or quarter a return is for, by scale and era, and what is due on a day.

A profile is a name of generators.eras.era.NAMED, or a day. Periods of a profile are numbered: number 0 of a
name is the first period of its year (2015, 2024); number 0 of a day is the period that is filed on that day,
the last one that was over before its month began. Small-scale taxpayers file by the month, since April 2016
by the quarter.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from generators.eras.era import day_of

FIRST_YEAR = {"gt3_2015": 2015, "current": 2024}
QUARTERS_SINCE = (
    12 * 2016 + 3
)  # month number (12 x year + month - 1): April 2016, as eras/facts/vat.yaml has it
MOST = 12 * 9998


class Period(NamedTuple):
    """First and last day of a filing period, both `yyyy-mm-dd`, inclusive."""

    start: str
    end: str

    @property
    def year(self) -> int:
        """The year of the period."""
        return int(self.end[:4])

    @property
    def month(self) -> int:
        """Its last month, 1 .. 12."""
        return int(self.end[5:7])

    @property
    def months(self) -> int:
        """Its length, 1 or 3."""
        return self.month - int(self.start[5:7]) + 1

    @property
    def last(self) -> date:
        """Its last day: the era of a return is that of this day."""
        return date.fromisoformat(self.end)


@lru_cache(maxsize=4096)
def period_in(month: int, scale: str) -> Period:
    """Return the filing period that a month lies in; months are numbered 12 x year + month - 1."""
    length = months_in(month, scale)
    first = month - month % length
    after = first + length
    year, number = divmod(first, 12)
    start = date(year, number + 1, 1)
    end = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    return Period(str(start), str(end))


def months_in(month: int, scale: str) -> int:
    """Return how many months the filing period has in which this month (by number) lies."""
    return 3 if scale == "small" and month >= QUARTERS_SINCE else 1


@lru_cache(maxsize=8192)
def period(profile: str, scale: str, k: int) -> Period:
    """Return the k-th period of a profile (see above); negative numbers are those before, of days alone.

    Raises ValueError for an unknown profile, a negative k of a name, or a period after the year 9998.
    """
    first = FIRST_YEAR.get(profile)
    if (k < 0 and first is not None) or k > MOST:
        raise ValueError(f"period number is {k}; must be 0 or more, and before the year 9999")
    month = 12 * first if first is not None else _due_month(day_of(profile), scale)
    month = _months_on(month, scale, k)
    if not 12 * 2000 <= month < MOST:
        raise ValueError(f"period number is {k}; must be 0 or more, and before the year 9999")
    return period_in(month, scale)


def number_of(profile: str, scale: str, wanted: Period) -> int:
    """Return k with period(profile, scale, k) == wanted; negative before the first."""
    first = month_number(date.fromisoformat(period(profile, scale, 0).start))
    month = month_number(date.fromisoformat(wanted.start))
    return _count(month, scale) - _count(first, scale)


def due_period(day: date, scale: str) -> Period | None:
    """Return the period whose return is due in the month of a day; None when none is (see `filed_on`).

    Who files by the quarter has nothing to file in February.
    """
    month = month_number(day) - 1
    found = period_in(month, scale)
    return found if month_number(found.last) == month else None


def month_number(day: date) -> int:
    """Return 12 x year + month - 1."""
    return 12 * day.year + day.month - 1


def _due_month(day: date, scale: str) -> int:
    """A month of the last period that was over when the month of the day began."""
    month = month_number(day) - 1
    return month if due_period(day, scale) else month - 1 - month % 3


def _months_on(month: int, scale: str, k: int) -> int:
    """Return a month of the k-th period after the one that `month` lies in."""
    return _month_of(_count(month, scale) + k, scale)


def _count(month: int, scale: str) -> int:
    """Number all periods of a scale in a row: months until March 2016, then quarters of small taxpayers."""
    if scale != "small" or month < QUARTERS_SINCE:
        return month
    return QUARTERS_SINCE + (month - QUARTERS_SINCE) // 3


def _month_of(count: int, scale: str) -> int:
    if scale != "small" or count < QUARTERS_SINCE:
        return count
    return QUARTERS_SINCE + 3 * (count - QUARTERS_SINCE)

"""Filing periods and filing deadlines."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from chinese_calendar.constants import holidays, workdays

from generators.tables import PROFILES

FIRST_YEAR = {"gt3_2015": 2015, "current": 2024}
LONG_BREAK = 3  # days off in a row that move a deadline
PUBLISHED = (min(holidays).year, max(holidays).year)  # years whose holidays chinesecalendar knows
# Fixed days of the other years; the lunar festivals are not known before the State Council publishes them.
FIXED_BREAKS = frozenset([(1, 1), *((5, d) for d in range(1, 6)), *((10, d) for d in range(1, 8))])


class Period(NamedTuple):
    """First and last day of a filing period, both `yyyy-mm-dd`, inclusive."""

    start: str
    end: str


def months_of(profile: str, scale: str) -> int:
    """Return the length of a filing period in months: small-scale taxpayers of today file by the quarter."""
    if profile not in PROFILES:
        raise ValueError(f"profile is {profile!r}; must be one of {', '.join(PROFILES)}")
    return 3 if (profile, scale) == ("current", "small") else 1


@lru_cache(maxsize=4096)
def period(profile: str, scale: str, k: int) -> Period:
    """Return the k-th consecutive filing period (k >= 0); number 0 begins on 1 January 2015 or 2024.

    Raises ValueError for an unknown profile, a negative k, or a period after the year 9998.
    """
    length = months_of(profile, scale)
    year, month = divmod(12 * FIRST_YEAR[profile] + k * length, 12)
    if k < 0 or year > 9998:
        raise ValueError(f"period number is {k}; must be 0 or more, and before the year 9999")
    after = date(year + (month + length) // 12, (month + length) % 12 + 1, 1)
    return Period(f"{year}-{month + 1:02d}-01", str(after - timedelta(days=1)))


@lru_cache(maxsize=4096)
def due_date(year: int, month: int) -> date:
    """Return the last day for monthly and quarterly filings that are due in this month.

    The rule of the tax collection regulations: the 15th; moved by as many working days as there are days
    off in runs of 3 or more between the 1st and the 15th; else, when the 15th is a day off, the next
    working day. A run counts as far as it lies in these 15 days: the three days off around New Year 2024
    moved nothing. Make-up days are working days. For years without published holidays only weekends and
    fixed-date breaks are known.
    """
    moved = sum(run for run in _breaks(year, month) if run >= LONG_BREAK)
    fifteenth = date(year, month, 15)
    if not moved and is_working_day(fifteenth):
        return fifteenth
    return _working_days_after(fifteenth, moved or 1)


def is_working_day(day: date) -> bool:
    """Return whether people work on this day, make-up days for holidays included."""
    weekday = day.weekday() < 5
    if PUBLISHED[0] <= day.year <= PUBLISHED[1]:
        return day in workdays or (weekday and day not in holidays)
    return weekday and (day.month, day.day) not in FIXED_BREAKS


def _breaks(year: int, month: int) -> Iterator[int]:
    """Yield the lengths of the runs of days off among the 1st to the 15th."""
    run = 0
    for day in range(1, 16):
        if is_working_day(date(year, month, day)):
            yield run
            run = 0
        else:
            run += 1
    yield run


def _working_days_after(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day

"""Working days. The State Council publishes the holidays of a year late in the year before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from chinese_calendar.constants import holidays, workdays

PLANNED = (min(holidays).year, max(holidays).year)  # years whose holidays chinesecalendar knows


class Holidays:
    """Holidays and make-up days: the published ones, and those that a user's own file adds.

    own: days off and make-up days of a year whose plan is not known here, or which the user knows better.
    """

    def __init__(self, off: frozenset[date] = frozenset(), work: frozenset[date] = frozenset()) -> None:
        self.off, self.work = off, work
        self.own_years = {day.year for day in off | work}

    def known(self, year: int) -> bool:
        """Return whether there is a holiday plan of a year."""
        return year in self.own_years or PLANNED[0] <= year <= PLANNED[1]

    def works(self, day: date) -> bool:
        """Return whether people work on this day, make-up days included; without a plan, on weekdays."""
        if day.year in self.own_years:
            return day in self.work or (day.weekday() < 5 and day not in self.off)
        return day in workdays or (day.weekday() < 5 and day not in holidays)

    def breaks(self, year: int, month: int) -> Iterator[int]:
        """Yield the lengths of the runs of days off among the 1st to the 15th."""
        run = 0
        for day in range(1, 16):
            if self.works(date(year, month, day)):
                yield run
                run = 0
            else:
                run += 1
        yield run

    def next_working(self, day: date) -> date:
        """Return this day, or the first working day after it."""
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def after(self, day: date, count: int) -> date:
        """Return the count-th working day after a day."""
        while count:
            day += timedelta(days=1)
            count -= self.works(day)
        return day


PUBLISHED = Holidays()


@lru_cache(maxsize=4096)
def working_days(year: int, month: int, last: int) -> tuple[int, ...]:
    """Return the working days of a month from the 1st to `last`; at least one stands there."""
    days = tuple(day for day in range(1, last + 1) if PUBLISHED.works(date(year, month, day)))
    return days or (last,)

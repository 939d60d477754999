"""Who is on a bureau's register on a day: three bands of indices, and the n-th taxpayer of a day.

- STANDING indices, from 0: paid VAT before 2016-05-01; registered from 1994 to 2014.
- REFORM indices after them: building, property, catering; registered in the same years, at the local bureau,
  and moved to VAT on 2016-05-01.
- NEWCOMERS, to the end: registered on the working days since 2015. Newcomer number m registers on working day
  m % len(days), so that every day has 15,000 of them.

`Register(day).index(n)` mixes the bands in shares of their time: the n-th taxpayer of a day is always the
same one, and no two n are. Who registered less than SETTLED days ago is not among them: nothing of theirs is
due. All bands are taken by whole circles (CIRCLE indices in a row, who trade with each other), so that those
with whom a taxpayer trades are on the register too.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta
from functools import lru_cache
from math import gcd, lcm

from generators.deadlines.holidays import PUBLISHED
from generators.taxpayers.permutation import SPACE

STANDING, REFORM = 40_000_000, 10_000_000
NEWCOMERS = STANDING + REFORM  # index of the first one
REFORM_DAY = date(2016, 5, 1)
FIRST, LAST = date(2015, 1, 5), date(2027, 12, 31)
SETTLED = 125  # days: more than a quarter and the month after it
MOST = 30_000_000  # taxpayers of a day that `index` knows
CIRCLE = 50  # indices in a row, who trade with each other (see generators.books.market)
# Of 40 taxpayers, how many are standing, came by the reform, came since 2015. Estimates, edit freely; so few
# new ones as there are indices for.
SHARES = {
    date(2015, 1, 1): (39, 0, 1),
    date(2016, 5, 1): (28, 8, 4),
    date(2018, 1, 1): (24, 6, 10),
    date(2020, 1, 1): (20, 6, 14),
    date(2022, 1, 1): (16, 6, 18),
    date(2024, 1, 1): (14, 4, 22),
}
OF = 40


@lru_cache(maxsize=1)
def days() -> list[int]:
    """The working days on which newcomers register, as ordinals; of years without a plan the weekdays."""
    span = range(FIRST.toordinal(), LAST.toordinal() + 1)
    return [day for day in span if PUBLISHED.works(date.fromordinal(day))]


class Register:
    """The register of a day from 2015-01-05 to 2027-12-31. Raises ValueError for another day."""

    def __init__(self, day: date) -> None:
        if not FIRST <= day <= LAST:
            raise ValueError(f"day is {day}; must be {FIRST} .. {LAST}")
        all_days = days()
        self.today = min(bisect_left(all_days, day.toordinal()), len(all_days) - 1)
        self.settled = bisect_left(all_days, (day - timedelta(days=SETTLED)).toordinal())
        standing, reform, new = SHARES[max(since for since in SHARES if since <= day)]
        self.circles = _settled_circles(self.settled)
        known = len(self.circles) * CIRCLE * ((SPACE - NEWCOMERS) // _turn())
        if MOST * new > OF * known:
            standing, new = standing + new, 0  # too few have come yet
        self.shares = (standing, reform, new)
        many = len(self.circles)
        near = max(many * 618 // 1000, 1)
        self.step = next((n for n in range(near, 2 * near + 2) if gcd(n, many) == 1), 1)

    def index(self, n: int) -> int:
        """Return the population index of the n-th taxpayer. Raises IndexError beyond the last one."""
        block, place = divmod(n, OF)
        standing, reform, new = self.shares
        if place < standing:
            number, start, end = block * standing + place, 0, STANDING
        elif place < standing + reform:
            number, start, end = block * reform + place - standing, STANDING, NEWCOMERS
        else:
            circle, member = divmod(block * new + place - standing - reform, CIRCLE)
            round_, turn = divmod(circle, len(self.circles))
            number = round_ * _turn() + self.circles[turn * self.step % len(self.circles)] + member
            start, end = NEWCOMERS, SPACE
        if not 0 <= n < MOST or start + number >= end:
            raise IndexError(f"taxpayer number is {n}; the register of a day knows {MOST:,} of them")
        return start + number

    def newcomer(self, n: int) -> int:
        """Return the population index of the n-th who registers on this day, or on the next working day."""
        index = NEWCOMERS + n * len(days()) + self.today
        if not 0 <= n < newcomers_a_day():
            raise IndexError(f"newcomer number is {n}; a day has {newcomers_a_day():,} of them")
        return index


def _turn() -> int:
    """After how many newcomers their circles begin on the same days again."""
    return lcm(len(days()), CIRCLE)


def _settled_circles(settled: int) -> list[int]:
    """The first numbers, within a turn, of the circles whose members all registered before a working day."""
    many = len(days())
    return [first for first in range(0, _turn(), CIRCLE) if first % many + CIRCLE <= settled]


def newcomers_a_day() -> int:
    """How many newcomers every day has."""
    return (SPACE - NEWCOMERS) // len(days())

"""Which months a data set is about, as on which day; whose business it is.

Everything that was done in the months is in it, and nothing else: invoices issued, returns filed (each in the
month after its period, so that of the last month is still to be filed) and what was paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from generators.calendar import Period, month_number, period_in
from generators.taxpayers.population import Population, Taxpayer
from generators.taxpayers.register import CIRCLE, NEWCOMERS, REFORM_DAY, STANDING, Register

REFORM_MONTH = month_number(REFORM_DAY)


class Span(NamedTuple):
    """Months `first` to `last`, numbered 12 x year + month - 1; people as on `day`, not before `last`."""

    seed: int
    first: int
    last: int
    day: date

    @property
    def months(self) -> int:
        """How many."""
        return self.last - self.first + 1

    @property
    def start(self) -> str:
        """The first day."""
        return period_in(self.first, "general").start

    @property
    def end(self) -> str:
        """The last day."""
        return period_in(self.last, "general").end

    def holds(self, day: str) -> bool:
        """Whether something was done within the months."""
        return self.start <= day <= self.end


class Circle(NamedTuple):
    """Taxpayers in a row, who trade with each other; `place` of the first one in the data set."""

    number: int
    place: int
    members: tuple[int, ...]


def circles(span: Span, taxpayers: int) -> list[Circle]:
    """Return the circles of the first taxpayers on the register of the day, in the order of their numbers.

    The last circle of each band is filled up, so that there are up to three times CIRCLE - 1 more. Raises
    ValueError for a day without a register, IndexError for more taxpayers than it has.
    """
    register = Register(span.day)
    numbers = sorted({register.index(n) // CIRCLE for n in range(taxpayers)})
    found, place = [], 0
    for number in numbers:
        members = tuple(range(number * CIRCLE, number * CIRCLE + CIRCLE))
        found.append(Circle(number, place, members))
        place += len(members)
    return found


@lru_cache(maxsize=64)
def people(seed: int, month: int) -> Population:
    """Return the population as on the first day of a month: whose id stands on the documents of the month."""
    return Population(seed, f"{month // 12}-{month % 12 + 1:02d}-01")


@lru_cache(maxsize=8)
def people_on(seed: int, day: date) -> Population:
    """Return the population as on a day."""
    return Population(seed, str(day))


def began(t: Taxpayer) -> int:
    """Return the month in which a taxpayer's business with the state bureau began."""
    begun = month_number(date.fromisoformat(t.registered_on))
    return max(begun, REFORM_MONTH) if STANDING <= t.index < NEWCOMERS else begun


def periods(t: Taxpayer, first: int, last: int) -> Iterator[tuple[str, Period]]:
    """Yield scale and period of the taxpayer's filing periods that touch the months.

    `t` as on the day of the data set, which knows since when he is a general taxpayer.
    """
    since = month_number(date.fromisoformat(t.general_from)) if t.general_from else last + 1
    begun = began(t)
    months = range(max(first, begun), last + 1)
    found = ((scale, period_in(month, scale)) for month in months for scale in [_scale(month, since)])
    for (scale, when), _ in groupby(found):
        if STANDING <= t.index < NEWCOMERS and month_number(date.fromisoformat(when.start)) < begun:
            continue  # the quarter in which the reform came
        yield scale, when


def _scale(month: int, since: int) -> str:
    return "general" if month >= since else "small"

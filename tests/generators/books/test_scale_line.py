"""Who becomes a general taxpayer, and when: by the sales of twelve months in a row, against the line of the
time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from generators.books.market import LATEST, someone_of
from generators.books.small import grows_on, larger, line_of, small_sales
from generators.calendar import Period, month_number, period_in
from generators.documents.registration import industry
from generators.eras.era import era
from generators.taxpayers.population import Population, Taxpayer
from generators.taxpayers.register import NEWCOMERS, STANDING

SEED = 20150911
FIRST, LAST = 12 * 2014, 12 * 2027 + 5  # January 2014, June 2027
LINES = {
    "production": (500_000, 5_000_000),
    "trade": (800_000, 5_000_000),
    "services": (5_000_000, 5_000_000),
}
"""Yuan until April 2018, and since."""


def people() -> Iterator[Taxpayer]:
    """Who is or was a small-scale taxpayer, of each band."""
    latest = Population(SEED, LATEST)
    for start in (0, STANDING, NEWCOMERS):
        for t in latest.taxpayers(start, 1500):
            if t.scale == "small" or t.general_from > t.registered_on:
                yield t


def periods(t: Taxpayer) -> Iterator[Period]:
    """Those that he files as a small one."""
    begun = max(FIRST, month_number(date.fromisoformat(t.registered_on)))
    found = dict.fromkeys(period_in(month, "small") for month in range(begun, LAST + 1))
    yield from (when for when in found if not t.general_from or when.end < t.general_from)


def test_nobody_sells_more_than_the_line_before_he_grows_and_everybody_does_then() -> None:
    grown: Counter[str] = Counter()
    for t in people():
        sold: list[tuple[int, int]] = []
        for when in periods(t):
            month = 12 * when.year + when.month
            s = small_sales(t, when)
            sold.append((month, s.sales + s.leased + s.export))
            twelve = sum(sales for ended, sales in sold if ended > month - 12)
            line = 100 * LINES[industry(t).line][when.end >= "2018-05-01"]
            if t.general_from and str(when.last + timedelta(days=1)) == t.general_from:
                assert twelve > line, (t.index, when)
                grown[industry(t).line] += 1
            else:
                assert twelve <= line, (t.index, when, twelve, line)
    assert min(grown[line] for line in LINES) > 5 and sum(grown.values()) > 80


def test_the_books_are_the_same_on_whatever_day_they_are_opened() -> None:
    """Before he grew nobody knew it; the sale that made it so is in his books nevertheless."""
    tried = 0
    for t in people():
        if not t.general_from:
            continue
        when = list(periods(t))[-1]
        for profile in (when.start, when.end, "2026-01-01", "gt3_2015", LATEST):
            then = someone_of(SEED, profile, t.index)
            assert grows_on(then) == t.general_from
            assert small_sales(then, when) == small_sales(t, when)
        tried += 1
    assert tried > 80


@pytest.mark.parametrize(("line", "power"), [(0, 0), (500_000, 1), (800_000, 2), (5_000_000, 4), (10**9, 4)])
def test_how_large_a_unit_may_be(line: int, power: int) -> None:
    assert larger(line) == power


def test_the_line_is_that_of_the_trade_and_the_day() -> None:
    seen = set()
    for t in people():
        for day, place in (("2018-04-30", 0), ("2018-05-01", 1)):
            assert line_of(t, era(date.fromisoformat(day))) == LINES[industry(t).line][place]
        seen.add(industry(t).line)
    assert seen == set(LINES)


def test_some_pay_tax_and_some_are_below_the_exemption_in_each_trade_but_production() -> None:
    """A producer of 2015 who sells no more than 500,000 a year seldom sells 30,000 in a month."""
    taxed: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for t in people():
        when = period_in(12 * 2015 + 5, "small")
        if t.registered_on < "2015-06-01" and (not grows_on(t) or grows_on(t) > when.end):
            count[industry(t).line] += 1
            taxed[industry(t).line] += not small_sales(t, when).exempt
    for line in ("trade", "services"):
        assert 0.05 < taxed[line] / count[line] < 0.7

"""What a general taxpayer is like: the accounts of his projects, and his habits."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from generators.books.flows import ProjectAccount, account
from generators.books.periods import number, scale_in
from generators.calendar import Period
from generators.documents.goods import LOWEST, Trade, trade
from generators.eras.era import Era, era
from generators.taxpayers.permutation import splitmix64
from generators.taxpayers.register import NEWCOMERS, REFORM_DAY, STANDING
from generators.taxpayers.taxpayer import Taxpayer

RELIEF = (33_000, 28_000)  # fen a year, for the tax-control device: until 2017, and since
RELIEF_CHANGED = 2018
FIRST = 12 * 2012  # month (12 x year + month - 1) before which there are no books
REFORMED = 12 * REFORM_DAY.year + REFORM_DAY.month - 1
REFORM_START = str(REFORM_DAY)


class Habits(NamedTuple):
    """How a taxpayer sells and buys."""

    special: int  # share of the sales with VAT special invoices, in 1/256
    other: int  # share of the rest with other invoices, in 1/256
    imports: bool
    farm_produce: bool  # buys it
    size: int  # 0 .. 255: size of the average slip

    @property
    def refunded(self) -> int:
        """Share of the tax paid that is refunded at once, in 1/256."""
        return 128 + (self.size & 63)


class Accounts(NamedTuple):
    """Everything about a general taxpayer that does not change within a year."""

    sold: Trade
    habits: Habits
    general: ProjectAccount
    refund: ProjectAccount | None


def first_month(t: Taxpayer) -> int:
    """Return the first month (12 x year + month - 1) of a taxpayer's books as a general one."""
    since = t.general_from
    first = max(FIRST, 12 * int(since[:4]) + int(since[5:7]) - 1) if since else FIRST
    return max(first, REFORMED) if STANDING <= t.index < NEWCOMERS else first


def began(t: Taxpayer, when: Period) -> bool:
    """Return whether a taxpayer had books in a period."""
    if scale_in(t, when.end) == "general":
        return number(when) >= first_month(t)
    if STANDING <= t.index < NEWCOMERS and when.start < REFORM_START:
        return False  # he came to VAT by the reform; the quarter in which it came stands in no books
    return when.end >= t.registered_on


@lru_cache(maxsize=1024)
def rates_of(year: int, main: int, second: int) -> tuple[tuple[int, int], tuple[int, int, int]]:
    """Return the rates of two rows of sheet 1 at the end of a year, before they changed and after."""
    last, first = era(date(year, 12, 31)).rates, era(date(year, 1, 1)).rates
    now, then = (last[main], last[second]), (first[main], first[second])
    if now == then:
        return now, (0, 0, 0)
    months = next(m for m in range(2, 13) if _at(era(date(year, m, 1)), main, second) == now) - 1
    return now, (months, *then)


def _at(now: Era, main: int, second: int) -> tuple[int, int]:
    return now.rates[main], now.rates[second]


@lru_cache(maxsize=2048)
def _sold(year: int, industry: str) -> Trade:
    return trade(date(year, 12, 31), industry)


def _unit(bits: int) -> int:
    size = 17 + (bits & 3) + (bits >> 2 & 3) + (bits >> 4 & 3)  # 0.4 to 500 million yuan of sales a year
    return 64 + (bits >> 6 & 63) << size - 6


def size_of(t: Taxpayer, year: int) -> tuple[int, bool]:
    """Return the unit in fen of a general taxpayer's sales, and whether he is in the retail trade."""
    return _unit(splitmix64(t.key)), _sold(year, t.industry).retail


def accounts(t: Taxpayer, year: int) -> Accounts:
    """Return a taxpayer's habits, the account of the general project, and of the immediate refund if any."""
    bits = splitmix64(t.key)
    unit = _unit(bits)
    sold = _sold(year, t.industry)
    goods = sold.main in (1, 3)
    rates, old = rates_of(year, sold.main, sold.second)
    general = account(
        t.key,
        first_month(t),
        unit,
        rates,
        16 + (bits >> 12 & 31) if sold.second else 0,
        lowest=(LOWEST[sold.main], LOWEST[sold.second]),
        old=old,
        goods=(goods, sold.second in (1, 3)),
        inspections=True,
        repair=goods and bits >> 17 & 7 == 0,
        simple=unit >> 4 if bits >> 20 & 7 == 0 else 0,
        exempt=unit << 1 if sold.exempt else unit >> 3 if bits >> 23 & 15 == 0 else 0,
        export=unit >> 2 if goods and bits >> 27 & 15 == 0 else 0,
        relief=RELIEF[year >= RELIEF_CHANGED],
        prepaid=2 + (bits >> 31 & 3) if bits >> 33 & 7 == 0 else 0,
    )
    refund = None
    if sold.refund and bits >> 36 & 1:
        refund_rates, refund_old = rates_of(year, 1, 0)
        refund = account(
            splitmix64(bits), general.start, unit >> 2, refund_rates, lowest=(LOWEST[1], 0), old=refund_old
        )
    special = (48 if sold.retail else 184) + (bits >> 37 & 63)
    habits = Habits(special, 128 + (bits >> 43 & 127), bits >> 50 & 7 == 0, bits >> 53 & 7 == 0, bits >> 56)
    return Accounts(sold, habits, general, refund)

"""What a small-scale taxpayer sells in a period: drawn once, for the form and for the invoices.

Periods do not depend on each other: small-scale taxpayers have no credit to carry forward. In no twelve
months in a row does one sell more than the line of a general taxpayer of the time and trade (used fixed
assets do not count), until he grows: the last period before that brings the sale that takes him beyond it.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from generators.books.market import LATEST, someone_of
from generators.books.periods import number
from generators.calendar import Period
from generators.documents.goods import trade
from generators.documents.registration import industry
from generators.eras.era import Era, era
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

LEAST = 8  # a month's sales are LEAST .. LEAST + 15 units
LARGEST = 127  # units of 2 ** SHIFT fen
SHIFT = 9
SHIFTS = 4  # by which a unit may be larger, at most
MOST_A_YEAR = 300  # units of 12 months: 12 x 23 or 4 x 69, with exports and leases
FULL_RELIEF = 0  # small_charged: in 2022 all sales without a special invoice were exempt


class SmallSales(NamedTuple):
    """Sales of a period without tax, in fen. `exempt`: what is not on special invoices is not taxed."""

    sales: int  # goods and services at 3 %: special, ordinary and without invoice
    special: int  # of them on VAT special invoices, 0 for who holds none
    ordinary: int  # of them on ordinary invoices
    exempt: bool  # up to the ceiling
    farm: bool  # own produce
    assets: int  # used fixed assets
    assets_invoiced: bool
    leased: int  # at 5 %
    export: int
    special_rate: int  # percent, on special invoices
    rate: int  # percent, on ordinary ones


@lru_cache(maxsize=4096)
def _farm(end: str, industry: str) -> bool:
    return trade(Period(end, end).last, industry).exempt


@lru_cache(maxsize=1024)
def era_of(when: Period) -> Era:
    """Return the era of a period: that of its last day."""
    return era(when.last)


@lru_cache(maxsize=1024)
def charged_in(when: Period) -> int:
    """Return the percent that is charged in a period where the levy is 3; 0 for none.

    That of its first day: the relief of March 2020 began within a quarter, for which all is charged in full.
    """
    return era(date.fromisoformat(when.start)).small_charged


def holds_special(t: Taxpayer) -> bool:
    """Return whether a small-scale taxpayer issues (or has the bureau issue) VAT special invoices."""
    return splitmix64(t.key) >> 9 & 3 == 0 and not _farm("2020-12-31", t.industry)


@lru_cache(maxsize=64)
def larger(line: int) -> int:
    """Return by which power of 2 a unit may be larger, for the sales of any year to stay below a line,
    yuan."""
    fits = [n for n in range(SHIFTS + 1) if MOST_A_YEAR * (LARGEST << SHIFT + n) <= 100 * line]
    return max(fits, default=0)


def line_of(t: Taxpayer, now: Era) -> int:
    """Return the sales of twelve months, yuan, above which somebody of this trade is a general taxpayer."""
    return {"production": now.line_production, "trade": now.line_trade, "services": now.line_services}[
        industry(t).line
    ]


def grows_on(t: Taxpayer) -> str:
    """Return the first day as a general taxpayer of who began as a small one, on whatever day; "" for
    never."""
    if t.scale == "general":
        return t.general_from if t.general_from > t.registered_on else ""
    if t.key >> 40 & 15:
        return ""  # 15 of 16 never grow, see making.general_maker
    return someone_of(t.seed, LATEST, t.index).general_from


@lru_cache(maxsize=4096)
def _day_after(end: str) -> str:
    return str(date.fromisoformat(end) + timedelta(days=1))


def small_sales(t: Taxpayer, when: Period) -> SmallSales:
    """Return the sales of a period, a month or a quarter."""
    now, charged, months = era_of(when), charged_in(when), when.months
    bits, drawn = splitmix64(t.key), splitmix64(t.key + number(when) * GOLDEN)
    line = line_of(t, now)
    unit = 64 + (bits & 63) << SHIFT + min((bits >> 6 & 3) + (months == 3 and bits >> 8 & 1), larger(line))
    weight = months * LEAST + (drawn & 15)
    if months == 3:
        weight += (drawn >> 4 & 15) + (drawn >> 8 & 15)
    sales = unit * weight + (drawn >> 12 & 1023)
    if grows_on(t) == _day_after(when.end):
        sales += 100 * line
    farm = now.small_form != "2014" and _farm(when.end, t.industry)
    special = sales * (16 + (drawn >> 22 & 63)) >> 8 if holds_special(t) else 0
    ordinary = (sales - special) * (128 + (bits >> 22 & 127)) >> 8
    export = unit * (months + 1) if bits >> 16 & 63 == 0 else 0
    exempt = not farm and sales + export <= now.small_exempt_month * 100 * months
    plain = exempt or farm
    assets = 0 if plain else _asset(drawn)
    leased = 10_000 * (10 + (drawn >> 41 & 63)) if bits >> 11 & 31 == 0 and not plain else 0
    if 5 not in now.levy_others or now.small_form == "2014" or charged == FULL_RELIEF:
        leased = 0
    special_rate = charged or now.levy
    return SmallSales(
        sales, special, ordinary, exempt, farm, assets, drawn >> 47 & 1 == 1, leased, export,
        special_rate, charged,
    )  # fmt: skip


def _asset(drawn: int) -> int:
    """Return the price of a used fixed asset, whole hundreds of yuan; one is sold once in 32 periods."""
    return 10_000 * (1 + (drawn >> 28 & 255)) if drawn >> 36 & 31 == 0 else 0

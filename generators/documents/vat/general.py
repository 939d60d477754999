"""The VAT declaration of a general taxpayer: main form, sheets 1 and 2, with the rates of its period."""

from datetime import date
from functools import lru_cache
from typing import Any

from generators.calendar import period
from generators.documents.goods import LOWEST, Trade, trade
from generators.documents.vat.books import Books, books
from generators.documents.vat.form_fields import VOUCHER_GENERAL
from generators.documents.vat.heading import heading
from generators.documents.vat.main_form import no_project, project
from generators.documents.vat.schedules import Habits, input_sheet, sales_sheet
from generators.eras.era import Era, era
from generators.taxpayers.permutation import splitmix64
from generators.taxpayers.taxpayer import Taxpayer

RELIEF = (33_000, 28_000)  # fen a year, for the tax-control device: until 2017, and since
RELIEF_CHANGED = 2018
FIRST_YEAR = 2012  # of declarations: nothing is brought forward into it


def vat_general(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the declaration of the k-th month (see calendar.period). Shape: see `forms`.

    Row 13 is row 20 of the month before, row 25 is row 32 of the month before; both are 0 in January of a
    taxpayer's first year.
    """
    document = heading(t, k, VOUCHER_GENERAL, "general")
    when = period(t.profile, "general", k)
    now, sold = era(when.last), trade(when.last, t.industry)
    habits, general_books, refund_books = accounts(t, sold, when.year)
    general = project(general_books, when.year, when.month)
    refund = (
        project(refund_books, when.year, when.month, 3, habits.refunded) if refund_books else no_project(3)
    )
    document["zb"] = [general.month, general.year, refund.month, refund.year]
    document["fb1"] = sales_sheet(now, sold, habits, general.flows, refund.flows)
    bought = general.bought + refund.bought
    document["fb2"] = input_sheet(now, habits, bought, general.flows.transferred, general.flows.simple > 0)
    return document


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


def first_year(t: Taxpayer) -> int:
    """Return the year into which nothing is brought forward."""
    return max(FIRST_YEAR, int(t.general_from[:4])) if t.general_from else FIRST_YEAR


def accounts(t: Taxpayer, sold: Trade, year: int) -> tuple[Habits, Books, Books | None]:
    """Return a taxpayer's habits, the books of the general project, and of the immediate refund if any."""
    bits = splitmix64(t.key)
    size = 17 + (bits & 3) + (bits >> 2 & 3) + (bits >> 4 & 3)  # 0.4 to 500 million yuan of sales a year
    unit = 64 + (bits >> 6 & 63) << size - 6
    goods = sold.main in (1, 3)
    rates, old = rates_of(year, sold.main, sold.second)
    relief = RELIEF[year >= RELIEF_CHANGED]
    general = books(
        t.key,
        first_year(t),
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
        relief=relief,
        prepaid=2 + (bits >> 31 & 3) if bits >> 33 & 7 == 0 else 0,
    )
    refund = None
    if sold.refund and bits >> 36 & 1:
        refund_rates, refund_old = rates_of(year, 1, 0)
        refund = books(
            splitmix64(bits), general.first_year, unit >> 2, refund_rates,
            lowest=(LOWEST[1], 0), old=refund_old,
        )  # fmt: skip
    special = (32 if sold.retail else 128) + (bits >> 37 & 63)
    habits = Habits(special, 128 + (bits >> 43 & 127), bits >> 50 & 7 == 0, bits >> 53 & 7 == 0, bits >> 56)
    return habits, general, refund

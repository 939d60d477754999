"""The quarterly return of stamp tax of a company: contracts of what its books sold and bought, capital.

Shape::

    {"yzpzzlDm": that of the quarter's last day, "djxh", "nsrsbh", "nsrmc", "skssqq", "skssqz",
     "sbsxDm1": "11", "sbrq1",
     "yhssb": {"bqsfsyxgmyhzc": "Y" or "N", "phjzbl": 50.0 or 0.0,    # relieved of a half?
               "rows": [...], "bqybtsehj": yuan}}                     # see levy_rows

What is sold is of the item of the seller's trade, what is bought is a contract of sale; both are without VAT
and no more than revenue and cost of the quarter in the return of income tax. Capital stands in the quarter of
registration. Before July 2018 the local bureau levied it. That the regulation rounds to a tenth of a yuan is
not modelled; which part of the sales has a contract is an estimate.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from generators.books.ledger.results import NOTHING, first_month, paid_in, result
from generators.books.periods import scale_in
from generators.books.small import era_of
from generators.calendar import Period
from generators.documents.record_kind import Record, RecordKind
from generators.documents.returns.cit import QUARTERS_A_YEAR, due_in, quarter
from generators.documents.returns.levy_rows import Levied, levied, rows
from generators.documents.vat.heading import filing_day, heading
from generators.documents.vat.surcharges import halved_general
from generators.eras.era import Era
from generators.taxpayers.taxpayer import Taxpayer

SINCE = "2018-07-01"  # the first quarter that a state bureau, merged by then, levies it
SALE, CAPITAL = "101110101", "101110501"
BUILDING, LEASE, TRANSPORT, STORAGE = "101110104", "101110105", "101110106", "101110107"
TECHNOLOGY, PROPERTY = "101110110", "101110200"
RETAIL = 52  # sells over the counter, without contracts
TRADES = (
    (range(1, 47), SALE), (range(47, 51), BUILDING), (range(51, 53), SALE), (range(53, 59), TRANSPORT),
    (range(59, 60), STORAGE), (range(63, 66), TECHNOLOGY), (range(70, 71), PROPERTY), (range(71, 72), LEASE),
    (range(73, 76), TECHNOLOGY),
)  # fmt: skip
"""Divisions of GB/T 4754 and the item of what they sell; others sell what is no item: meals, rooms, care."""


def files_stamp_tax(t: Taxpayer) -> bool:
    """Return whether a taxpayer files stamp tax by the quarter at this bureau on the day of its profile."""
    return not t.individual and quarter(t.profile, 0).start >= SINCE


def sold_as(t: Taxpayer) -> str:
    """Return the item of the contracts by which a taxpayer sells, "" where what is sold is none."""
    division = int(t.industry[:2])
    return next((item for divisions, item in TRADES if division in divisions), "")


@lru_cache(maxsize=2048)
def contracts(t: Taxpayer, when: Period) -> dict[str, int]:
    """Return the bases of a quarter in fen by item, SALE always among them."""
    year, m = when.year, when.month
    now = result(t, year, m)
    before = result(t, year, m - 3) if m > 3 else NOTHING
    sales, bought = max(0, now.revenue - before.revenue), max(0, now.cost - before.cost)
    written = (16 if int(t.industry[:2]) == RETAIL else 192) + (t.key >> 48 & 63)
    found = {SALE: bought * (192 + (t.key >> 54 & 63)) >> 8}
    item = sold_as(t)
    if item:
        found[item] = found.get(item, 0) + (sales * written >> 8)
    if m - 3 < first_month(t, year) <= m and t.registered_on[:4] == str(year):
        found[CAPITAL] = paid_in(t)
    return found


def halved(t: Taxpayer, now: Era, when: Period) -> bool:
    """Return whether a taxpayer is relieved of a half: the relief of the surcharges, for the same people."""
    if scale_in(t, when.end) == "small" and "small" in now.halved_for:
        return True
    year = when.year
    return halved_general(now, t.individual, t.employees, result(t, year, 12).revenue)


def stamp_rows(t: Taxpayer, when: Period) -> tuple[Levied, ...]:
    """Return the rows of a quarter, by item."""
    now = era_of(when)
    rates = {item: round(1000 * rate) for item, _, rate in now.stamp_items}
    half = halved(t, now, when)
    return tuple(levied(i, base, rates[i], halved=half) for i, base in sorted(contracts(t, when).items()))


def stamp_tax(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the return of the k-th quarter (see cit.quarter) of who files it (see `files_stamp_tax`)."""
    when = quarter(t.profile, k)
    now = era_of(when)
    document = heading(t, k, now.stamp_form, when)
    if not due_in(t.profile):
        document["sbrq1"] = filing_day(t, k, when.end)
    document["yhssb"] = stamp_form(t, when)
    return document


def stamp_form(t: Taxpayer, when: Period) -> dict[str, Any]:
    """Return what the return of a quarter says below its heading, `yhssb`."""
    half = halved(t, era_of(when), when)
    flags = {"bqsfsyxgmyhzc": "Y" if half else "N", "phjzbl": 50.0 if half else 0.0}
    return flags | rows(stamp_rows(t, when))


def _first_year(t: Taxpayer) -> Iterator[Record]:
    if files_stamp_tax(t):
        for k in range(QUARTERS_A_YEAR):
            yield stamp_tax(t, k)


RECORD_KINDS = {
    "stamp-tax": RecordKind(
        "stamp tax: the quarterly returns of each company's first year", _first_year, "current"
    ),
}

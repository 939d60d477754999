"""The quarterly prepayment of corporate income tax (A200000) of a company, from its results to date.

Shape::

    {"yzpzzlDm": "BDA0611033", "djxh", "nsrsbh", "nsrmc", "skssqq", "skssqz", "sbsxDm1": "11", "sbrq1",
     "qysds": {"r1": yuan, ...},                        # rows of the layout of the quarter's last day
     "fbsx": {"xxwl": "Y" or "N", "cyrs": persons, "zcze": yuan}}   # small low-profit? staff, mean assets

The rate stands in its row as 0.25. Until June 2018 the voucher is BDA0610756 and row 1 is a heading without
an amount. A pure function of the taxpayer and the number of the quarter (see `quarter`).
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from generators.books.ledger.results import Result, average_assets, first_month, result, staff
from generators.books.small import era_of
from generators.calendar import FIRST_YEAR, Period, month_number
from generators.documents.record_kind import Record, RecordKind
from generators.documents.registration import NO_COMPANIES
from generators.documents.returns.cit_form import (
    LAST_OF_2015,
    LAYOUTS,
    SMALL_RELIEF,
    Computed,
    Layout,
    computed,
    small_tax,
)
from generators.documents.vat.heading import filing_day, heading
from generators.eras.era import NAMED, Era, day_of
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

QUARTERS_A_YEAR = 4
OCTOBER, DECEMBER = 10, 12
INDUSTRY = range(6, 47)  # divisions of GB/T 4754: mining, manufacturing, energy and water


class Income(NamedTuple):
    """What the profit to date becomes, in fen."""

    profit: int
    untaxed: int
    exempt: int
    accelerated: int
    losses: int

    @property
    def taxable(self) -> int:
        """Income to date, below 0 for a loss."""
        return self.profit - self.untaxed - self.exempt - self.accelerated - self.losses


def files_cit(t: Taxpayer) -> bool:
    """Return whether a taxpayer pays corporate income tax: companies, not individual businesses, sole
    proprietors and partnerships."""
    return not t.individual and t.registration_type not in NO_COMPANIES


@lru_cache(maxsize=1024)
def quarter(profile: str, k: int) -> Period:
    """Return the k-th quarter of a profile: number 0 of a name is the first of its year, number 0 of a day
    the last one that was over before the day's month began. Raises ValueError for a negative k."""
    if k < 0:
        raise ValueError(f"quarter number is {k}; must be 0 or more")
    first = FIRST_YEAR.get(profile)
    month = 12 * first + 2 if first else _last_over(month_number(day_of(profile)))
    return _ending(month + 3 * k)


def due_in(profile: str) -> bool:
    """Return whether a quarter is to be filed in the month of a profile's day."""
    return profile in NAMED or month_number(day_of(profile)) % 3 == 0


def _last_over(month: int) -> int:
    return month - 1 - month % 3


def _ending(month: int) -> Period:
    year, number = divmod(month, 12)
    end = date(year + number // 11, (number + 1) % 12 + 1, 1).toordinal() - 1
    return Period(f"{year}-{number - 1:02d}-01", str(date.fromordinal(end)))


def income(t: Taxpayer, year: int, m: int, layout: Layout) -> Income:
    """Return the income from January to the end of month m, and what it is computed from."""
    found = result(t, year, m)
    untaxed, exempt = _not_taxed(t, year, found)
    fast = t.key >> 35 & 15 == 0 and layout.accelerated > 0
    accelerated = found.revenue >> 8 if fast else 0
    before = found.profit - untaxed - exempt - accelerated
    return Income(found.profit, untaxed, exempt, accelerated, min(carried_losses(t, year), max(before, 0)))


def _not_taxed(t: Taxpayer, year: int, found: Result) -> tuple[int, int]:
    """Subsidies that are no income; dividends of other companies, which are exempt."""
    untaxed = splitmix64(t.key + year * GOLDEN) & 7 == 0
    return (found.other_income >> 1 if untaxed else 0), found.investment


@lru_cache(maxsize=4096)
def carried_losses(t: Taxpayer, year: int) -> int:
    """Return the loss of the year before, in fen. The law has five years (企业所得税法 第十八条); the books
    bring no older one forward."""
    found = result(t, year - 1, 12)
    return max(0, sum(_not_taxed(t, year - 1, found)) - found.profit)


def is_small(t: Taxpayer, now: Era, year: int, m: int) -> bool:
    """Return whether staff and assets are those of a small low-profit enterprise."""
    industry = int(t.industry[:2]) in INDUSTRY
    most_staff, most_assets = (pair[not industry] for pair in (now.cit_small_staff, now.cit_small_assets))
    return staff(t, year) <= most_staff and average_assets(t, year, m) <= 100 * most_assets


@lru_cache(maxsize=4096)
def prepayment(t: Taxpayer, year: int, m: int) -> tuple[Income, Computed, bool, int]:
    """Return the income to the end of month m (3, 6, 9, 12), the rows after it, whether the relief of small
    enterprises is taken, and what the quarters before prepaid in fen."""
    when = _ending(12 * year + m - 1)
    now = era_of(when)
    layout = LAYOUTS[now.cit_form]
    prepaid = max((paid_to(t, year, end) for end in range(3, m, 3)), default=0)
    found, begun = income(t, year, m, layout), first_month(t, year)
    tax: int | None = 0
    if not is_small(t, now, year, m):
        tax = None
    elif begun <= DECEMBER:
        before = max(0, OCTOBER - begun) if when.end == LAST_OF_2015 else 0
        tax = small_tax(now, found.taxable, months=DECEMBER + 1 - begun, before_october=before)
    return found, computed(layout, found.taxable, tax, prepaid), tax is not None, prepaid


def paid_to(t: Taxpayer, year: int, m: int) -> int:
    """Return the tax of the year to the end of month m (3, 6, 9, 12) in fen, no less than for the quarters
    before: what was paid is not given back within the year."""
    _, rows, _, prepaid = prepayment(t, year, m)
    return max(prepaid, rows.tax - rows.relief)


def cit_prepayment(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the return of the k-th quarter (see `quarter`) of a taxpayer who files it (see `files_cit`)."""
    when = quarter(t.profile, k)
    document = heading(t, k, layout_of(when).voucher, when)
    if not due_in(t.profile):
        document["sbrq1"] = filing_day(t, k, when.end)
    return document | cit_form(t, when)


def layout_of(when: Period) -> Layout:
    """Return the layout of the return of a quarter: that of its last day."""
    return LAYOUTS[era_of(when).cit_form]


def cit_form(t: Taxpayer, when: Period) -> dict[str, Any]:
    """Return what a company's return of a quarter says below its heading: `qysds` and `fbsx`."""
    year, m = when.year, when.month
    found, rows, small, prepaid = prepayment(t, year, m)
    return {
        "qysds": _form(layout_of(when), result(t, year, m), found, rows, prepaid, small),
        "fbsx": {
            "xxwl": "Y" if small else "N",
            "cyrs": staff(t, year),
            "zcze": average_assets(t, year, m) / 100,
        },
    }


def asked(document: dict[str, Any]) -> float:
    """Return what the return of a quarter asks for, in yuan: its last row, below 0 for what was prepaid too
    much."""
    form = document["qysds"]
    return float(form[f"r{max(int(row[1:]) for row in form if row != SMALL_RELIEF)}"])


def _form(
    layout: Layout, r: Result, found: Income, rows: Computed, prepaid: int, small: bool
) -> dict[str, float]:
    amounts = dict.fromkeys(range(layout.first, layout.last + 1), 0)
    amounts |= {row: getattr(r, name) for name, row in layout.more}
    amounts |= {
        layout.revenue: r.revenue,
        layout.cost: r.cost,
        layout.profit: found.profit,
        layout.untaxed: found.untaxed,
        layout.exempt: found.exempt,
        layout.losses: found.losses,
        layout.income: rows.income,
        layout.rate: 25,
        layout.tax: rows.tax,
        layout.relief: rows.relief,
        layout.prepaid: prepaid,
        layout.due: rows.due,
    }
    if layout.accelerated:
        amounts[layout.accelerated] = found.accelerated
    form = {f"r{row}": amount / 100 for row, amount in amounts.items()}
    if layout.more:
        form[SMALL_RELIEF] = rows.relief / 100 if small else 0.0
    return form


def prepaid_first_year(t: Taxpayer) -> Iterator[Record]:
    """Yield the four returns of a company's first year; none of others."""
    if files_cit(t):
        for k in range(QUARTERS_A_YEAR):
            yield cit_prepayment(t, k)


RECORD_KINDS = {
    "cit-prepayment": RecordKind(
        "corporate income tax: the quarterly returns of each company's first year", prepaid_first_year
    ),
}

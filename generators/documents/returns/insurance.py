"""The monthly return of social insurance of a unit with employees: a base by the payroll, times each rate.

Shape::

    {"yzpzzlDm", "djxh", "nsrsbh", "nsrmc", "skssqq", "skssqz", "sbsxDm1": "11", "sbrq1",
     "sbfsb": {"jfrs": persons, "rows": [...], "bqybtsehj": yuan}}    # see levy_rows; both parts

The pension alone. A person's base is the usual pay, no less than 60 and no more than 300 percent of the
region's mean: the employees' part is what the return of withheld income tax deducts. Enterprises of Hunan pay
at the tax bureau since November 2020; rates, mean and codes are unconfirmed and stand in levies.yaml.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from generators.books.ledger.payroll import payroll
from generators.books.ledger.results import first_month
from generators.books.small import era_of
from generators.calendar import FIRST_YEAR, Period, month_number, period_in
from generators.documents.record_kind import Record, RecordKind
from generators.documents.returns.levy_rows import Levied, levied, rows
from generators.documents.vat.heading import filing_day, heading
from generators.eras.era import NAMED, day_of
from generators.taxpayers.taxpayer import Taxpayer

SINCE = "2020-11-01"
MONTHS_A_YEAR = 12


@lru_cache(maxsize=1024)
def month(profile: str, k: int) -> Period:
    """Return the k-th month of a profile: number 0 of a name is the first of its year, number 0 of a day the
    last one that was over before the day's month began. Raises ValueError for a negative k."""
    if k < 0:
        raise ValueError(f"month number is {k}; must be 0 or more")
    first = FIRST_YEAR.get(profile)
    begin = 12 * first if first else month_number(day_of(profile)) - 1
    return period_in(begin + k, "general")


def files_insurance(t: Taxpayer) -> bool:
    """Return whether a taxpayer declares the insurance of employees at this bureau in the month that is due:
    companies, which have someone on the payroll then."""
    when = month(t.profile, 0)
    if t.individual or when.start < SINCE:
        return False
    return first_month(t, when.year) <= when.month


def insured(t: Taxpayer, when: Period) -> tuple[int, int]:
    """Return how many persons are insured, and the sum of their bases in fen; of a month of the books."""
    places = payroll(t, when.year, when.month)
    return len(places), sum(place.base for place in places)


def insurance_rows(t: Taxpayer, when: Period) -> tuple[Levied, ...]:
    """Return the rows of a month."""
    base = insured(t, when)[1]
    return tuple(
        levied(item, base, round(10_000 * percent)) for item, _, percent in era_of(when).insurance_items
    )


def insurance(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the return of the k-th month (see `month`) of who declares it (see `files_insurance`)."""
    when = month(t.profile, k)
    document = heading(t, k, era_of(when).insurance_form, when)
    if k or t.profile in NAMED:
        document["sbrq1"] = filing_day(t, k, when.end)
    document["sbfsb"] = insurance_form(t, when)
    return document


def insurance_form(t: Taxpayer, when: Period) -> dict[str, Any]:
    """Return what the return of a month says below its heading, `sbfsb`."""
    return {"jfrs": insured(t, when)[0]} | rows(insurance_rows(t, when))


def _first_year(t: Taxpayer) -> Iterator[Record]:
    if files_insurance(t):
        for k in range(MONTHS_A_YEAR):
            yield insurance(t, k)


RECORD_KINDS = {
    "social-insurance": RecordKind(
        "social insurance: the monthly returns of each company's first year", _first_year, "current"
    ),
}

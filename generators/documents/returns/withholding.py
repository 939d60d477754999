"""The monthly return of an employer who withholds income tax from wages, one row a person.

Shape::

    {"yzpzzlDm": "BDA0610135", "djxh", "nsrsbh", "nsrmc", "skssqq", "skssqz", "sbsxDm1": "11", "sbrq1",
     "kjhj": {"rs": persons, "sre": pay in yuan, "ybtse": withheld in yuan},
     "kjmx": [{"xh": 1, "xm", "sfzjlxDm": "201", "sfzjhm", "rzrq": first day of employment,
               "sr", "jbylaobxf", "jbylbxf", "sybxf", "zfgjj",           # pay; what the employee pays, yuan
               "jcfy",                                                   # allowance of the month
               "ljsr", "ljjcfy", "ljzxkc", "ljzxfjkc",                   # to date: since 2019 alone
               "ynssde", "sl", "sskcs", "ynse", "yjse", "ybtse"}, ...]}  # yjse (withheld before): since 2019

The rate stands as 0.03. There are as many rows as places on the payroll, 400 at most. A pure function of the
taxpayer and the number of the month (see calendar.period; every employer files by the month). The kind of the
form (yzpzzlDm) is a stand-in.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from generators.books.ledger.payroll import Withheld, employs, withholding
from generators.books.ledger.results import first_month
from generators.books.ledger.withheld import withheld_paid
from generators.books.paying import late_fee
from generators.calendar import Period, period
from generators.documents.payment import payment
from generators.documents.record_kind import Record, RecordKind
from generators.documents.vat.heading import heading
from generators.eras.era import NAMED
from generators.taxpayers.taxpayer import Taxpayer

VOUCHER_WITHHOLDING = "BDA0610135"
RESIDENT_ID = "201"
MONTHS_A_YEAR = 12


def withholds(t: Taxpayer) -> bool:
    """Return whether a taxpayer has somebody to withhold from in the month of his profile's number 0."""
    when = month(t.profile, 0)
    return employs(t) and first_month(t, when.year) <= when.month


def month(profile: str, k: int) -> Period:
    """Return the k-th month of a profile. Raises ValueError as calendar.period does."""
    return period(profile, "general", k)


def withholding_return(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the return of the k-th month (see `month`) of who withholds (`withholds`)."""
    when = month(t.profile, k)
    return heading(t, k, VOUCHER_WITHHOLDING, when) | withholding_form(t, when)


def withholding_form(t: Taxpayer, when: Period) -> dict[str, Any]:
    """Return what the return of a month says below its heading: `kjhj` and `kjmx`."""
    found = withholding(t, when.year, when.month)
    return {
        "kjhj": {
            "rs": len(found),
            "sre": sum(row.place.pay for row in found) / 100,
            "ybtse": sum(row.due for row in found) / 100,
        },
        "kjmx": [_row(number, row) for number, row in enumerate(found, start=1)],
    }


def _row(number: int, w: Withheld) -> dict[str, Any]:
    place = w.place
    row: dict[str, Any] = {
        "xh": number,
        "xm": place.employee.name,
        "sfzjlxDm": RESIDENT_ID,
        "sfzjhm": place.employee.resident_id,
        "rzrq": place.since,
        "sr": place.pay / 100,
        "jbylaobxf": place.pension / 100,
        "jbylbxf": place.medical / 100,
        "sybxf": place.unemployment / 100,
        "zfgjj": place.housing / 100,
        "jcfy": w.allowance / 100,
    }
    if w.cumulative:
        row |= {
            "ljsr": w.pay_to_date / 100,
            "ljjcfy": w.allowance_to_date / 100,
            "ljzxkc": w.insurance_to_date / 100,
            "ljzxfjkc": w.additional_to_date / 100,
        }
    row |= {
        "ynssde": w.taxable / 100,
        "sl": w.percent / 100,
        "sskcs": w.quick / 100,
        "ynse": w.tax / 100,
    }
    if w.cumulative:
        row["yjse"] = w.before / 100
    return row | {"ybtse": w.due / 100}


def withheld_payment(t: Taxpayer, k: int, pzxh: str) -> dict[str, Any] | None:
    """Return the payment of what the k-th return asks for, as the books pay it; None where they do not.

    Late fee: collection law, rules, article 75. On a profile that is a day, the day of payment is that day:
    who pays after the deadline, and after it, has not paid yet.
    """
    when = month(t.profile, k)
    how = withheld_paid(t, k, when)
    if not how.paid:
        return None
    on, today = how.paid[0].on, date.fromisoformat(t.profile) if t.profile not in NAMED and k == 0 else None
    if today is not None:
        if on > how.deadline and on > today:
            return None
        on = today
    fee = late_fee(how.due, (on - how.deadline).days)
    item = {"pzxh": pzxh, "ybtse": how.due / 100} | ({"znj": fee / 100} if fee else {})
    return payment(t, [item]) | {"jkrq": str(on)}


def withheld_first_year(t: Taxpayer) -> Iterator[Record]:
    """Yield the twelve returns of an employer's first year; none of others."""
    if withholds(t):
        for k in range(MONTHS_A_YEAR):
            yield withholding_return(t, k)


RECORD_KINDS = {
    "wage-withholding": RecordKind(
        "income tax withheld from wages: the monthly returns of each employer's first year",
        withheld_first_year,
    ),
}

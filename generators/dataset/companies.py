"""What a company filed and paid beside VAT within a span: corporate income tax, income tax withheld from
wages, stamp tax, social insurance.

Which of them this bureau took in a period, the law of the period says (`SINCE` of each): stamp tax and what
is withheld since the bureaus merged, insurance since November 2020. Amounts are those of the taxpayer as on
the span's day, names and numbers those of the month of filing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from generators.books.ledger.results import first_month
from generators.books.ledger.withheld import withheld_paid
from generators.books.settling import Paid, Settled, deadline_of
from generators.calendar import Period, period_in
from generators.dataset.numbers import payment_row, voucher
from generators.dataset.schema import TABLES
from generators.dataset.span import Span, began, people
from generators.documents.returns import insurance, stamp_tax
from generators.documents.returns.cit import asked, cit_form, files_cit, layout_of
from generators.documents.returns.withholding import VOUCHER_WITHHOLDING, withholding_form
from generators.documents.vat.heading import ORDINARY, filing_day
from generators.eras.era import era
from generators.taxpayers.taxpayer import Taxpayer

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
BEGINNING = "2012-01-01"
WITHHELD_SINCE = "2018-07-01"
LEVY_CELLS = ("zspmDm", "jsje", "sysl", "bqynse", "phjmse", "bqyjse1", "bqybtse")
INSURANCE_CELLS = ("zspmDm", "jsje", "sysl", "bqynse", "bqybtse")
WAGES_CELLS = tuple(name for name in TABLES["wages"].columns if name != "pzxh")


class Kind(NamedTuple):
    """A return that companies file. months: of its period; since: the first day of the first one that is
    filed here; files: who does; write: adds the rows of a form by its voucher, and returns the kind of the
    form and what it asks for in yuan."""

    item: str
    months: int
    since: str
    files: Callable[[Taxpayer], bool]
    write: Callable[[Taxpayer, Period, str, Rows], tuple[str, float]]


def write(span: Span, t: Taxpayer, place: int, rows: Rows) -> None:
    """Write the returns and payments of a taxpayer, who is as on the span's day; `place`: in the set."""
    mine = [(slot, kind) for slot, kind in enumerate(KINDS, start=1) if kind.files(t)]
    if not mine:
        return
    for month in range(max(span.first - 1, began(t)), span.last):
        for slot, kind in mine:
            if (month + 1) % kind.months == 0:
                _file(span, t, place, slot, month, rows)


def _file(span: Span, t: Taxpayer, place: int, slot: int, month: int, rows: Rows) -> None:
    """The return of the period that ends with a month, where there is one, and how it was paid."""
    kind = KINDS[slot - 1]
    when = _period(month, kind.months)
    if when.start < kind.since or first_month(t, when.year) > when.month:
        return
    pzxh = voucher(span, t, place, month, slot)
    form, due = kind.write(t, when, pzxh, rows)
    view = people(span.seed, month + 1).taxpayer(t.index)
    filed = filing_day(view, month, when.end)
    head = (pzxh, t.djxh, view.taxpayer_id, view.name, form, *when, ORDINARY, filed, due)
    rows["declarations"].append(head)
    how = withheld_paid(t, month, when) if slot == WAGES else _at_once(due, filed, when)
    if due > 0:
        rows["dues"].append((pzxh, t.djxh, kind.item, *when, due, str(how.deadline)))
    for paid in how.paid:
        if span.holds(str(paid.on)):
            rows["payments"].append(payment_row(span, t, place, month, slot, paid, pzxh, kind.item, when))


def _period(month: int, months: int) -> Period:
    return Period(period_in(month - months + 1, "general").start, period_in(month, "general").end)


def _at_once(due: float, filed: str, when: Period) -> Settled:
    """Paid in full on the day of filing, which the books have for all but what is withheld."""
    fen, deadline = round(100 * due), deadline_of(when.last)
    paid = (Paid("tax", date.fromisoformat(filed), fen, 0, 0, 0),) if fen > 0 else ()
    return Settled(max(fen, 0), deadline, paid)


def _cit(t: Taxpayer, when: Period, pzxh: str, rows: Rows) -> tuple[str, float]:
    document = cit_form(t, when)
    facts = document["fbsx"]
    cells = (*document["qysds"].values(), facts["xxwl"], facts["cyrs"], facts["zcze"])
    rows[f"cit_{era(when.last).cit_form}"].append((pzxh, *cells))
    return layout_of(when).voucher, asked(document)


def _wages(t: Taxpayer, when: Period, pzxh: str, rows: Rows) -> tuple[str, float]:
    document = withholding_form(t, when)
    write_row = rows["wages"].append
    for row in document["kjmx"]:
        write_row((pzxh, *map(row.get, WAGES_CELLS)))
    return VOUCHER_WITHHOLDING, document["kjhj"]["ybtse"]


def _stamp(t: Taxpayer, when: Period, pzxh: str, rows: Rows) -> tuple[str, float]:
    form = stamp_tax.stamp_form(t, when)
    for row in form["rows"]:
        rows["stamp_tax"].append((pzxh, *map(row.__getitem__, LEVY_CELLS), int(form["phjzbl"])))
    return era(when.last).stamp_form, form["bqybtsehj"]


def _insurance(t: Taxpayer, when: Period, pzxh: str, rows: Rows) -> tuple[str, float]:
    form = insurance.insurance_form(t, when)
    for row in form["rows"]:
        rows["insurance"].append((pzxh, *map(row.__getitem__, INSURANCE_CELLS), form["jfrs"]))
    return era(when.last).insurance_form, form["bqybtsehj"]


def _company(t: Taxpayer) -> bool:
    return not t.individual


KINDS = (
    Kind("10104", 3, BEGINNING, files_cit, _cit),
    Kind("10106", 1, WITHHELD_SINCE, _company, _wages),
    Kind("10111", 3, stamp_tax.SINCE, _company, _stamp),
    Kind("10210", 1, insurance.SINCE, _company, _insurance),
)
WAGES = 2

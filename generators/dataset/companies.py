"""What a company filed and paid beside VAT within a span: corporate income tax, income tax withheld from
wages, stamp tax, social insurance, and the statements of small enterprises.

Which of them this bureau took in a period, the law of the period says (`SINCE` of each): stamp tax and what
is withheld since the bureaus merged, insurance since November 2020. Amounts are those of the taxpayer as on
the span's day, names and numbers those of the month of filing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from generators.books.ledger.levies import CIT, INSURANCE, STAMP, levy_paid
from generators.books.ledger.results import first_month
from generators.books.ledger.withheld import withheld_paid
from generators.calendar import Period, period_in
from generators.dataset.numbers import payment_row, voucher
from generators.dataset.schema import TABLES
from generators.dataset.span import Span, began, people
from generators.documents.returns import insurance, stamp_tax, statements
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
    """A return that companies file. item: zsxmDm of what it asks for, "" for nothing; months: of its period;
    since: the first day of the first one that is filed here; files: who does; write: adds the rows of a form
    by its voucher, and returns the kind of the form and what it asks for in yuan."""

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
    if due <= 0:
        return
    fen = round(100 * due)
    how = withheld_paid(t, month, when) if slot == WAGES else levy_paid(t, kind.item, when, filed, fen)
    rows["dues"].append((pzxh, t.djxh, kind.item, *when, due, str(how.deadline)))
    for part, paid in enumerate(how.paid):
        if span.holds(str(paid.on)):
            rows["payments"].append(
                payment_row(span, t, place, month, slot, paid, pzxh, kind.item, when, part)
            )


def _period(month: int, months: int) -> Period:
    return Period(period_in(month - months + 1, "general").start, period_in(month, "general").end)


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


def _statements(t: Taxpayer, when: Period, pzxh: str, rows: Rows) -> tuple[str, float]:
    """Nothing is due on them."""
    forms = statements.statement_forms(t, when)
    rows["statements"].append((pzxh, forms["fplr"]))
    for table, form in (("profit_statement", "lrb"), ("balance_sheet", "zcfzb")):
        rows[table] += ((pzxh, *column.values()) for column in forms[form])
    return statements.VOUCHER_STATEMENTS, 0.0


def _company(t: Taxpayer) -> bool:
    return not t.individual


KINDS = (
    Kind(CIT, 3, BEGINNING, files_cit, _cit),
    Kind("10106", 1, WITHHELD_SINCE, _company, _wages),
    Kind(STAMP, 3, stamp_tax.SINCE, _company, _stamp),
    Kind(INSURANCE, 1, insurance.SINCE, _company, _insurance),
    Kind("", 3, statements.SINCE, statements.files_statements, _statements),
)
WAGES = 2

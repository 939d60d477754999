"""A month's sales by row of sheet 1, and by whether and with which kind of invoice they were made."""

from typing import NamedTuple

from generators.books.accounts import Accounts, Habits
from generators.books.flows import Flows, new, rates_in
from generators.documents.goods import SIMPLE_RATE
from generators.eras.era import Era

SPECIAL, ORDINARY = 0, 1  # kinds of invoice
REFUNDED = "6"  # the row that repeats what of row 1 is refunded at once


class SalesRow(NamedTuple):
    """A row of sheet 1 in fen: columns 1 to 8. The taxes of the two kinds are sales x rate, rounded half up;
    what the tax of the whole row differs by is in that of the sales without invoice."""

    label: str  # the row's number as printed
    rate: int  # percent
    special: int
    special_tax: int
    other: int
    other_tax: int
    none: int
    none_tax: int
    inspected: int = 0
    inspected_tax: int = 0


def sales_rows(a: Accounts, now: Era, month: int, general: Flows, refund: Flows) -> list[SalesRow]:
    """Return the rows of a month (1 .. 12) whose era is `now`: the general project's, and those with an
    immediate refund among row 1. Row 6 comes last."""
    sold, h, b, refunded = a
    labels, (rate, second_rate) = now.labels, rates_in(b, month)
    (sales, tax, second_sales, second_tax, _, inspected, inspected_tax, simple, simple_tax, export, _,
     exempt, _) = general  # fmt: skip
    rows = [_row(labels[sold.main], rate, sales, tax, h, inspected, inspected_tax)]
    if second_sales:
        rows.append(_row(labels[sold.second], second_rate, second_sales, second_tax, h))
    repeated = None
    if refunded and refund.sales:
        repeated = _row(REFUNDED, rates_in(refunded, month)[0], refund.sales, refund.tax, h)
        _merge(rows, repeated)
    if simple:
        rows.append(_row("12" if sold.services else "11", SIMPLE_RATE, simple, simple_tax, h))
    if export:
        rows.append(_untaxed("17" if sold.services else "16", export, h))
    if exempt:
        rows.append(_untaxed("19" if sold.services else "18", exempt, h))
    if repeated:
        rows.append(repeated)
    return rows


def _row(
    label: str, rate: int, sales: int, tax: int, h: Habits, inspected: int = 0, inspected_tax: int = 0
) -> SalesRow:
    special = sales * h.special >> 8
    other = (sales - special) * h.other >> 8
    special_tax, other_tax = (special * rate + 50) // 100, (other * rate + 50) // 100
    return new(SalesRow, (
        label, rate, special, special_tax, other, other_tax,
        sales - special - other, tax - special_tax - other_tax, inspected, inspected_tax,
    ))  # fmt: skip


def _untaxed(label: str, sales: int, h: Habits) -> SalesRow:
    """Exports or exempt sales: no special invoices, no tax."""
    other = sales * h.other >> 8
    return SalesRow(label, 0, 0, 0, other, 0, sales - other, 0)


def _merge(rows: list[SalesRow], more: SalesRow) -> None:
    """Add a row to row 1, which is made when it is not there."""
    for number, row in enumerate(rows):
        if row.label == "1":
            rows[number] = SalesRow("1", row.rate, *(a + b for a, b in zip(row[2:], more[2:], strict=True)))
            return
    rows.append(more._replace(label="1"))

"""Numbers of returns and payments of a data set: a place for each taxpayer, month and kind of return."""

from __future__ import annotations

from typing import Any

from generators.books.settling import Paid
from generators.calendar import Period
from generators.dataset.span import Span
from generators.identifiers import make_officer, make_pzxh
from generators.taxpayers.taxpayer import Taxpayer

RETURNS = 6  # kinds of return of a month; VAT is number 0
FIRST_PARTS = (
    0,
    5,
    7,
    8,
    10,
)  # place of the first payment of a return's period by kind; statements ask for none
PAYMENTS = 12  # of one month, at most
OFFICERS = 40
PAYMENT = "300"  # prefix of a payment's serial


def _serial(span: Span, place: int, month: int) -> int:
    return place * (span.months + 1) + month - span.first + 2


def voucher(span: Span, t: Taxpayer, place: int, month: int, slot: int = 0) -> str:
    """Return the number of a return (pzxh). month: the last one of its period; slot: its kind."""
    return make_pzxh(t.authority, RETURNS * _serial(span, place, month) + slot)


def payment_row(
    span: Span, t: Taxpayer, place: int, month: int, slot: int, paid: Paid, pzxh: str, item: str,
    when: Period, part: int = 0,
) -> tuple[Any, ...]:  # fmt: skip
    """Return a row of the payments. slot: as of the return; part: which payment of it."""
    number = _serial(span, place, month) * PAYMENTS + FIRST_PARTS[slot] + part
    officer = make_officer(t.authority, 1 + t.key % OFFICERS)
    sums = (paid.amount / 100, paid.set_off / 100, paid.fee / 100)
    head = (f"{PAYMENT}{t.authority[:7]}{number:010d}", pzxh, t.djxh, item, *when, paid.kind)
    return (*head, *sums, str(paid.on), t.agreement, officer)

"""Whether a return may be filed: its period, its taxpayer's determination, and what else is on file."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import orjson

from renhai.reference.eras.vat import KNOWN
from renhai.reference.forms.invoice import SPECIAL_KINDS
from renhai.reference.forms.period import Period, period_of
from renhai.reference.forms.sheets import Sold
from renhai.reference.forms.vat_general import Closing
from renhai.reference.operations.returns import cit, levies, statements, withholding
from renhai.reference.operations.taxpayers import GENERAL as GENERAL_TAXPAYER
from renhai.reference.operations.taxpayers import Registered, djxh_of, serial_id
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, text
from renhai.reference.storage.jobs import View

GENERAL = "BDA0610606"
SMALL = "BDA0610611"
LEVY_ITEM_VAT = "10101"
ITEMS = {GENERAL: LEVY_ITEM_VAT, SMALL: LEVY_ITEM_VAT, **dict.fromkeys(sorted(cit.KINDS), cit.LEVY_ITEM),
         statements.KIND: "", **levies.ITEMS, withholding.KIND: withholding.LEVY_ITEM}  # fmt: skip
"""yzpzzlDm of what is taken, and the levy item (zsxmDm) of what it asks for; statements ask for nothing."""
COMPARED_FEN = 100
"""By which invoices may exceed a return, an item: provinces set it, 1 yuan is unconfirmed."""
COMPARISON_FAILED = {"sbjg": "6"}
"""Result of filing: 2 filed, 3 write failed, 6 comparison failed, 12 voided."""

_LATEST = (
    "SELECT yzpzzlDm, pzxh, skssqq, skssqz, qmldse, qmwjse, ljs FROM declarations "
    f"WHERE djxh = ? AND skssqq <= ? AND yzpzzlDm IN ('{GENERAL}', '{SMALL}') AND voided = 0 AND copy = 0 "
    "ORDER BY skssqq DESC LIMIT 1"
)
_ISSUED = (
    "SELECT fpzlDm, sum(hjje), sum(hjse) FROM invoices "
    "WHERE djxh = ? AND kprq >= ? AND kprq <= ? AND copy = 0 GROUP BY fpzlDm"
)
_PAID = (
    "SELECT coalesce(sum(ybtse), 0), coalesce(sum(ybtse - outstanding), 0) FROM dues "
    "WHERE djxh = ? AND copy = 0 AND zsxmDm = ? AND "
)
_FIRST = (
    f"SELECT document FROM declarations WHERE djxh = ? AND yzpzzlDm IN ('{GENERAL}', '{SMALL}') "
    "AND voided = 0 AND copy = 0 ORDER BY skssqq LIMIT 1"
)
OVERPAID = 10
"""Percent by which more may have reached the treasury than a voucher asks, to be set off later."""


class Filing(NamedTuple):
    """Which return this is about."""

    djxh: str
    kind: str
    period: Period


class Previous(NamedTuple):
    """A filed return: form, voucher, first and last day, credit and unpaid tax carried forward in fen.

    to_date: as of Closing, packed.
    """

    kind: str
    pzxh: str
    start: str
    end: str
    credit: int
    unpaid: int
    to_date: bytes


def filing_of(document: Document) -> Filing:
    """The taxpayer, form and period of a document."""
    djxh, kind = djxh_of(document), text(document, "yzpzzlDm", most=20)
    if kind not in ITEMS:
        raise Rejection(codes.VOUCHER_KIND, f"yzpzzlDm {kind} must be one of {', '.join(ITEMS)}")
    return Filing(djxh, kind, period_of(document))


def check_over(period: Period, today: date) -> None:
    """A return is for a period that is over."""
    if period.end >= today:
        raise Rejection(codes.PERIOD_OPEN, f"skssqz {period.end} is not before today, {today}")


def check_liable(taxpayer: Registered, filing: Filing) -> None:
    """The taxpayer was registered, and files this form for periods of this length.

    Whoever has no VAT determined at all may file anything: a target that begins empty knows no more.
    """
    start, end, months = filing.period
    if str(end) < taxpayer.registered_on:
        raise Rejection(codes.NOT_YET_LIABLE, f"skssqz {end} is before djrq {taxpayer.registered_on}")
    if not KNOWN.first <= start <= end <= KNOWN.last:
        known = f"{KNOWN.first} to {KNOWN.last}"
        raise Rejection(codes.PERIOD_UNKNOWN, f"skssqq {start} to {end} is outside {known}")
    if not taxpayer.determined:
        return
    liability = taxpayer.liability(start, end)
    if liability is None:
        raise Rejection(codes.NOT_YET_LIABLE, f"no VAT is determined for {start} to {end}")
    if (liability.scale == GENERAL_TAXPAYER) != (filing.kind == GENERAL):
        raise Rejection(codes.FORM_OF_SCALE, f"yzpzzlDm {filing.kind} of a {liability.scale} taxpayer")
    if liability.months and liability.months != months:
        raise Rejection(
            codes.PERIOD_LENGTH, f"{months} months; the tax kind is determined for {liability.months}"
        )


def previous(view: View, filing: Filing) -> Previous | None:
    """The return of the period just before this one on the same form, when filed.

    Refuses a period that is filed already, on either form: no two returns of a taxpayer overlap, so the last
    one that begins no later than this one ends tells.
    """
    row = view.one(_LATEST, filing.djxh, str(filing.period.end))
    if row is None:
        return None
    found = Previous(*row)
    if found.end >= str(filing.period.start):
        on_file = f"{found.start} to {found.end} as {found.pzxh}"
        raise Rejection(codes.ALREADY_FILED, f"skssqq {filing.period.start}: filed for {on_file}")
    return found if found.end == filing.period.day_before() and found.kind == filing.kind else None


def check_opening(found: Previous | None, closing: Closing) -> None:
    """Balances brought forward equal those carried forward by the previous period, when that is on file."""
    if found is None:
        return
    for code, field, opening, carried in (
        (codes.OPENING_CREDIT, "zb[0].sqldse", closing.opening_credit, found.credit),
        (codes.OPENING_UNPAID, "zb[0].qcwjse", closing.opening_unpaid, found.unpaid),
    ):
        if opening != carried:
            what = f"{field} {opening / 100:.2f}, carried forward {carried / 100:.2f}"
            raise Rejection(code, f"{what} on {found.pzxh}")


def check_paid(view: View, filing: Filing, item: str, found: Previous | None, closing: Closing) -> None:
    """Rows 30 and 31 against what was paid on the voucher of the period before, and on older ones.

    A target that began empty knows neither the arrears that a taxpayer's first return brings forward nor what
    is paid beside the vouchers: a voucher that is paid in full may have been paid a little too much.
    """
    first = view.one(_FIRST, filing.djxh)
    if first is None:
        return
    on_time, arrears = closing.paid
    if found is not None and on_time > 0:
        asked, paid = _paid_on(view, filing.djxh, item, _PAID + "id = ?", serial_id(found.pzxh))
        most = paid * (100 + OVERPAID) // 100 if paid >= asked else paid
        _paid_enough("zb[0].bqjnsqynse", on_time, most)
    if arrears > 0:
        before = found.start if found else filing.period.day_before()
        _, paid = _paid_on(view, filing.djxh, item, _PAID + "skssqq < ?", before)
        if arrears > paid:
            brought = _brought_forward(bytes(first[0]))
            if brought is not None:
                _paid_enough("zb[0].bqjnqjse", arrears, paid + brought)


def _paid_on(view: View, djxh: str, item: str, statement: str, parameter: object) -> tuple[int, int]:
    """What was asked for on vouchers and what of it is paid, in fen."""
    row = view.one(statement, djxh, item, parameter)
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _paid_enough(field: str, claimed: int, paid: int) -> None:
    if claimed > paid:
        raise Rejection(codes.PAID_LESS, f"{field} {claimed / 100:.2f}, paid {paid / 100:.2f}")


def _brought_forward(document: bytes) -> int | None:
    """Unpaid tax in fen that a return began with; None of one that came in bulk, whose form is not here."""
    columns = orjson.loads(document).get("zb")
    if not columns:
        return None
    amounts = [round(100 * float(column["qcwjse"])) for column in (columns[0], columns[2])]
    return sum(max(0, amount) for amount in amounts)


def reconcile(view: View, filing: Filing, declared: Sold) -> None:
    """票表税比对: what was issued in the period is no more than what the return declares."""
    start, end, _ = filing.period
    amount = tax = special = 0
    for kind, kind_amount, kind_tax in view.all(_ISSUED, filing.djxh, str(start), str(end)):
        amount, tax = amount + int(kind_amount), tax + int(kind_tax)
        special += int(kind_amount) if kind in SPECIAL_KINDS else 0
    items = [("sales", amount, declared.amount), ("special invoices", special, declared.special)]
    if filing.kind == GENERAL:
        items.append(("tax", tax, declared.tax))
    for what, issued, on_form in items:
        if issued > on_form + COMPARED_FEN:
            found = f"{what}: issued {issued / 100:.2f}, declared {on_form / 100:.2f}"
            raise Rejection(codes.ISSUED_MORE, found, COMPARISON_FAILED)

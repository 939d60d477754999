"""Printing: certificates of tax paid, declarations and notices, as PDF and as OFD."""

from __future__ import annotations

from typing import Any

from renhai.reference.operations.certificate import CERTIFICATE_UNKNOWN, ISSUED, proof
from renhai.reference.operations.operation import Operation, Printing, Setup
from renhai.reference.operations.printing.capitals import capitals
from renhai.reference.operations.taxpayers import Registered, djxh_of, registered, serial_id
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, digits
from renhai.reference.storage.jobs import Query, View

NOTHING_OPEN = rule("DY001", "凭证无应缴未缴税款，不能打印通知书", "something is due on the voucher")

_FILED = (
    "SELECT djxh, pzxh, skssqq, skssqz, ybtse, qmldse FROM declarations "
    "WHERE id = ? AND voided = 0 AND copy = 0"
)
_OPEN = "SELECT djxh, pzxh, skssqq, skssqz, outstanding FROM dues WHERE id = ? AND copy = 0"
VAT = "增值税"


def certificate(document: Document, raw: bytes) -> Query:
    """printing.certificate: a certificate of tax paid that was issued, by its serial."""
    djxh, serial = djxh_of(document), digits(document, "serial", 20)

    def answer(view: View) -> dict[str, Any]:
        taxpayer = registered(view, djxh)
        row = view.one(ISSUED, serial_id(serial))
        if row is None or row[:2] != (djxh, serial):
            raise Rejection(CERTIFICATE_UNKNOWN, f"serial {serial} is not a certificate of djxh {djxh}")
        values = _values(taxpayer, serial, row[3], row[4], row[5])
        return {**values, "tax": VAT, "code": proof(serial, row[5])}

    return answer


def declaration(document: Document, raw: bytes) -> Query:
    """printing.declaration: a return that is on file, by its voucher."""
    djxh, pzxh = djxh_of(document), digits(document, "pzxh", 20)

    def answer(view: View) -> dict[str, Any]:
        taxpayer = registered(view, djxh)
        row = view.one(_FILED, serial_id(pzxh))
        if row is None or row[:2] != (djxh, pzxh):
            raise Rejection(codes.NOT_FILED, f"pzxh {pzxh} is not on file for djxh {djxh}")
        return {**_values(taxpayer, pzxh, row[2], row[3], row[4]), "credit": f"{row[5] / 100:,.2f}"}

    return answer


def notice(document: Document, raw: bytes) -> Query:
    """printing.notice: what is due on a voucher and not paid."""
    djxh, pzxh = djxh_of(document), digits(document, "pzxh", 20)

    def answer(view: View) -> dict[str, Any]:
        taxpayer = registered(view, djxh)
        row = view.one(_OPEN, serial_id(pzxh))
        if row is None or row[:2] != (djxh, pzxh) or not row[4]:
            raise Rejection(NOTHING_OPEN, f"nothing is due on pzxh {pzxh} of djxh {djxh}")
        return _values(taxpayer, pzxh, row[2], row[3], row[4])

    return answer


def _values(taxpayer: Registered, serial: str, start: str, end: str, fen: int) -> dict[str, str]:
    """What stands on every paper, as it is printed."""
    return {
        "djxh": taxpayer.djxh,
        "serial": serial,
        "nsrsbh": taxpayer.nsrsbh,
        "nsrmc": taxpayer.nsrmc,
        "authority": taxpayer.authority,
        "period": f"{start}至{end}",
        "figures": f"￥{fen / 100:,.2f}",
        "capitals": f"人民币{capitals(fen)}",  # no form has 人民币 printed before it
    }


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of this domain; each paper in both formats."""
    checks = {"certificate": certificate, "declaration": declaration, "notice": notice}
    return tuple(
        Printing(f"printing.{form}{'' if media == 'pdf' else '_' + media}", check, form, media)
        for form, check in checks.items()
        for media in ("pdf", "ofd")
    )

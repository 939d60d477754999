"""Certificates of tax paid: what a taxpayer paid for a period, a certificate of it, and looking one up."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.taxpayers import active, djxh_of, registered, serial_id
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, day, digits, money, text, yuan
from renhai.reference.storage.jobs import Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table("certificates", "djxh serial zmzlDm skssqq skssqz je:amount lrrDm received:real")

CERTIFICATE_KIND = rule("ZM001", "证明种类代码不存在", "zmzlDm is 01 (tax paid) or 02 (tax paid, itemised)")
NOTHING_PAID = rule("ZM002", "无已缴税款，不能开具证明", "something was paid for the period")
CERTIFICATE_AMOUNT = rule("ZM003", "证明金额与实缴金额不符", "je is what was paid for the period")
CERTIFICATE_UNKNOWN = rule("ZM004", "证明不存在", "the certificate was issued to this taxpayer")
CERTIFICATE_PERIOD = rule("ZM005", "税款所属期起止颠倒", "skssqz is not before skssqq")

CERTIFICATE_SERIAL = "400"
KINDS = ("01", "02")

_PAID = (
    "SELECT pzxh, zsxmDm, skssqq, skssqz, ybtse - outstanding FROM dues "
    "WHERE djxh = ? AND copy = 0 AND skssqq >= ? AND skssqz <= ? AND ybtse > outstanding ORDER BY id"
)
ISSUED = "SELECT djxh, serial, zmzlDm, skssqq, skssqz, je FROM certificates WHERE id = ? AND copy = 0"


def paid(document: Document, raw: bytes) -> Query:
    """certificate.paid: what was paid on each voucher of the period skssqq to skssqz, and in all."""
    djxh = djxh_of(document)
    start, end = _period(document)

    def answer(view: View) -> dict[str, Any]:
        registered(view, djxh)
        names = ("pzxh", "zsxmDm", "skssqq", "skssqz", "je")
        rows = view.all(_PAID, djxh, start, end)
        items = [dict(zip(names, (*row[:4], yuan(row[4])), strict=True)) for row in rows]
        return {"items": items, "total": yuan(sum(row[4] for row in rows))}

    return answer


def issue(document: Document, raw: bytes) -> Decide:
    """certificate.issue: certify that `je` was paid for the period; refused when it was not exactly that."""
    djxh = djxh_of(document)
    start, end = _period(document)
    kind, officer = text(document, "zmzlDm"), digits(document, "lrrDm", 11, codes.OFFICER)
    if kind not in KINDS:
        raise Rejection(CERTIFICATE_KIND, f"zmzlDm {kind[:40]} is not one of {', '.join(KINDS)}")
    amount = money(document, "je")

    def decide(view: View) -> Decision:
        taxpayer = active(view, djxh)
        total = sum(row[4] for row in view.all(_PAID, djxh, start, end))
        if not total:
            raise Rejection(NOTHING_PAID, f"djxh {djxh} paid nothing for {start} to {end}")
        if amount != total:
            why = f"je {yuan(amount):.2f} is not the {yuan(total):.2f} paid"
            raise Rejection(CERTIFICATE_AMOUNT, why)
        row_id = view.next_id("certificates")
        serial = taxpayer.serial(CERTIFICATE_SERIAL, row_id)
        values = (djxh, serial, kind, start, end, amount, officer, time.time())
        data = {"serial": serial, "je": yuan(amount), "yzm": proof(serial, amount)}
        return Decision(data, (Insert("certificates", row_id, values),))

    return decide


def query(document: Document, raw: bytes) -> Query:
    """certificate.query: a certificate by its serial, as issued."""
    djxh, serial = djxh_of(document), digits(document, "serial", 20)

    def answer(view: View) -> dict[str, Any]:
        row = view.one(ISSUED, serial_id(serial))
        if row is None or row[:2] != (djxh, serial):
            raise Rejection(CERTIFICATE_UNKNOWN, f"serial {serial} is not a certificate of djxh {djxh}")
        names = ("serial", "zmzlDm", "skssqq", "skssqz", "je")
        return {**dict(zip(names, (*row[1:5], yuan(row[5])), strict=True)), "yzm": proof(serial, row[5])}

    return answer


def proof(serial: str, amount: int) -> str:
    """The 16 digits by which a certificate is verified; printed on it."""
    digest = hashlib.sha256(f"{serial}/{amount}".encode()).hexdigest()
    return f"{int(digest, 16) % 10**16:016}"


def _period(document: Document) -> tuple[str, str]:
    start, end = day(document, "skssqq"), day(document, "skssqz")
    if end < start:
        raise Rejection(CERTIFICATE_PERIOD, f"skssqz {end} is before skssqq {start}")
    return start.isoformat(), end.isoformat()


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of this domain."""
    return (
        Reading("certificate.paid", paid, services=("ZS.CXNSRSSJSXX",)),
        Writing("certificate.issue", issue),
        Reading("certificate.query", query),
    )

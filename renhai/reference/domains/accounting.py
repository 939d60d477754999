"""Domain 07 at the end of a day: what was issued is in transit, has arrived at the treasury, or is void.

A payment is issued when it is taken, and in transit until the treasury's stamp; a bookkeeper writes off the
arrival of all that is in transit at once, by its figures. What is in transit can be voided: it is due again.
"""

from __future__ import annotations

import time
from datetime import date
from functools import partial
from typing import Any

from renhai.reference.cases.engine import officer_of
from renhai.reference.cases.tables import valid_rows
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.records import rows
from renhai.reference.operations.taxpayers import serial_id
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, day, digits, money, text, whole, yuan
from renhai.reference.rules.identifiers import is_authority
from renhai.reference.storage.jobs import Change, Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table(
    "arrivals",
    "swjgDm qsxh:int zzxh:int fs:int je:amount gkrq lrrDm serial received:real",
    "INDEX arrivals_authority ON arrivals (swjgDm, zzxh)",
)

table(
    "payment_voids",
    "swjgDm djxh skxlh pzxh kkje:amount zfyy lrrDm serial received:real",
    "UNIQUE INDEX payment_voids_line ON payment_voids (skxlh, pzxh) WHERE copy = 0",
    "INDEX payment_voids_authority ON payment_voids (swjgDm)",
    listed="payment-voids",
)

WRITTEN_OFF = rule("80070020", "该批税款已入库销号", "a batch begins where the last one ended")
FIGURES = rule("80070021", "销号数目与在途税款不符", "fs and je are what is in transit up to zzxh")

NO_PAYMENT = rule("80070027", "缴款记录不存在", "what is voided is a payment that this authority took")
IS_VOID = rule("80070030", "缴款记录已作废", "no payment is voided twice")
ARRIVED = rule("80070028", "税款已入库，不能作废", "a payment is voided before it has arrived")
IN_USE = rule(
    "80070029",
    "税款已更正或退还，不能作废",
    "a payment is not voided whose return was corrected or certified",
)

PAYMENT, ARRIVAL, VOID = "300", "504", "505"
MOST = 10**12

_LAST = "SELECT coalesce(max(zzxh), 0) FROM arrivals WHERE swjgDm = ? AND copy = 0"
_ARRIVED = "SELECT coalesce(sum(fs), 0), coalesce(sum(je), 0) FROM arrivals WHERE swjgDm = ? AND copy = 0"
_ISSUED = (
    "SELECT count(*), coalesce(sum(kkje), 0), coalesce(max(id), 0) FROM payments "
    "WHERE id > ? AND id <= ? AND serial > ? AND serial < ? AND copy = 0"
)
_STANDING = (
    " AND NOT EXISTS (SELECT 1 FROM payment_voids v "
    "WHERE v.skxlh = payments.serial AND v.pzxh = payments.pzxh AND v.copy = 0)"
)
_VOIDED = "SELECT count(*), coalesce(sum(-kkje), 0) FROM payment_voids WHERE swjgDm = ? AND copy = 0"
_PAID = (
    "SELECT id, djxh, kkje FROM payments WHERE id >= ? AND id < ? AND serial = ? AND pzxh = ? AND copy = 0"
)
_IS_VOID = "SELECT serial FROM payment_voids WHERE skxlh = ? AND pzxh = ? AND copy = 0"
_CERTIFIED = (
    "SELECT c.serial FROM certificates c JOIN dues d ON d.djxh = c.djxh AND d.copy = 0 "
    "WHERE d.id = ? AND c.djxh = ? AND c.skssqq <= d.skssqq AND c.skssqz >= d.skssqz AND c.copy = 0 LIMIT 1"
)
_OWE_AGAIN = "UPDATE dues SET outstanding = outstanding + ? WHERE id = ?"
MOST_LINES = 200
"""Of one payment (collection.py)."""


def _issued(
    view: View, authority: str, after: int, up_to: int, standing: bool = True
) -> tuple[int, int, int]:
    """How many payments an authority took between two row ids, fen, and the last of them; standing: of those
    that are not void."""
    first = PAYMENT + authority[:7]
    asked = _ISSUED + _STANDING if standing else _ISSUED
    row = view.one(asked, after, up_to, first, first + ":")  # ":" follows "9"
    return (int(row[0]), int(row[1]), int(row[2])) if row else (0, 0, 0)


def state(document: Document, raw: bytes) -> Query:
    """accounting.day: what an authority issued, what of it is in transit (after qsxh up to zzxh), what has
    arrived, what is void; counts and yuan."""
    authority = _authority(document)

    def answer(view: View) -> dict[str, Any]:
        last = _last(view, authority)
        arrived = view.one(_ARRIVED, authority) or (0, 0)
        issued = _issued(view, authority, 0, MOST, standing=False)
        transit = _issued(view, authority, last, MOST)
        void = view.one(_VOIDED, authority) or (0, 0)
        return {
            "qsxh": last,
            "zzxh": max(last, transit[2]),
            "issued": {"fs": issued[0], "je": yuan(issued[1])},
            "in_transit": {"fs": transit[0], "je": yuan(transit[1])},
            "arrived": {"fs": int(arrived[0]), "je": yuan(int(arrived[1]))},
            "void": {"fs": int(void[0]), "je": yuan(int(void[1]))},
        }

    return answer


def arrive(document: Document, raw: bytes) -> Decide:
    """accounting.arrive: the treasury has what was in transit after qsxh up to zzxh: fs payments, je yuan."""
    authority, officer = _authority(document), officer_of(document)
    after, up_to = whole(document, "qsxh", 0, MOST), whole(document, "zzxh", 1, MOST)
    count, amount, stamped = whole(document, "fs", 1, MOST), money(document, "je"), day(document, "gkrq")

    def decide(view: View) -> Decision:
        last = _last(view, authority)
        if after != last or up_to <= last:
            raise Rejection(WRITTEN_OFF, f"qsxh {after}, the last batch ended at {last}")
        transit = _issued(view, authority, last, up_to)
        if transit[:2] != (count, amount):
            found = f"{transit[0]} of {yuan(transit[1]):.2f} are in transit"
            raise Rejection(FIGURES, f"fs {count}, je {yuan(amount):.2f}; {found}")
        row_id = view.next_id("arrivals")
        serial = f"{ARRIVAL}{authority[:7]}{row_id:010}"
        values = (authority, last, up_to, count, amount, str(stamped), officer.code, serial, time.time())
        data = {"serial": serial, "fs": count, "je": yuan(amount), "zzxh": up_to}
        return Decision(data, (Insert("arrivals", row_id, values),))

    return decide


def void(document: Document, raw: bytes) -> Decide:
    """accounting.void: one line of a payment, `skxlh` on voucher `pzxh`, is void, and due again. Its row has
    the amount below zero."""
    authority, officer = _authority(document), officer_of(document)
    payment, voucher = digits(document, "skxlh", 20), digits(document, "pzxh", 20)
    reason = text(document, "zfyy", most=100)

    def decide(view: View) -> Decision:
        first = serial_id(payment)
        row = view.one(_PAID, first, first + MOST_LINES, payment, voucher)
        if row is None or payment[3:10] != authority[:7]:
            raise Rejection(NO_PAYMENT, f"skxlh {payment} on {voucher} is not on file at {authority}")
        if (known := view.one(_IS_VOID, payment, voucher)) is not None:
            raise Rejection(IS_VOID, f"skxlh {payment} on {voucher} is void by {known[0]}")
        if row[0] <= _last(view, authority):
            raise Rejection(ARRIVED, f"skxlh {payment} on {voucher} has arrived")
        _check_unused(view, row[1], voucher)
        row_id = view.next_id("payment_voids")
        serial = f"{VOID}{authority[:7]}{row_id:010}"
        values = (
            authority, row[1], payment, voucher, -row[2], reason, officer.code, serial, time.time()
        )  # fmt: skip
        again = Change(_OWE_AGAIN, (row[2], serial_id(voucher)))
        data = {"serial": serial, "djxh": row[1], "kkje": yuan(-row[2])}
        return Decision(data, (Insert("payment_voids", row_id, values), again))

    return decide


def _check_unused(view: View, djxh: str, voucher: str) -> None:
    """Nothing rests on the payment: no correction, no refund, no certificate."""
    for kind in ("overpaid", "refunded"):
        if valid_rows(view, djxh, kind, date.min, voucher):
            raise Rejection(IN_USE, f"pzxh {voucher} is {kind}")
    if (row := view.one(_CERTIFIED, serial_id(voucher), djxh)) is not None:
        raise Rejection(IN_USE, f"pzxh {voucher} is certified by {row[0]}")


def _authority(document: Document) -> str:
    authority = digits(document, "swjgDm", 11, codes.AUTHORITY)
    if not is_authority(authority):
        raise Rejection(codes.AUTHORITY, f"swjgDm {authority} is no tax authority code")
    return authority


def _last(view: View, authority: str) -> int:
    row = view.one(_LAST, authority)
    return int(row[0]) if row else 0


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of the day's end, and their list."""
    return (
        Reading("accounting.day", state),
        Writing("accounting.arrive", arrive),
        Writing("accounting.void", void),
        Reading("accounting.arrivals", partial(rows, table="arrivals")),
        Reading("accounting.voids", partial(rows, table="payment_voids")),
    )

"""Collection: what a taxpayer owes, paying it, and the state of one voucher."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from .. import codes
from ..codes import Rejection
from ..fields import Document, digits, entries, money, text, yuan
from ..identifiers import is_authority
from ..storage.jobs import Change, Decide, Decision, Insert, Query, View
from .taxpayers import djxh_of, registered, serial_id

PAYMENT_SERIAL = "300"
MOST_ITEMS = 200

_UNPAID = (
    "SELECT pzxh, zsxmDm, skssqq, skssqz, outstanding FROM dues "
    "WHERE djxh = ? AND outstanding > 0 AND copy = 0 ORDER BY id"
)
_DUE = "SELECT djxh, pzxh, ybtse, outstanding FROM dues WHERE id = ? AND copy = 0"
_DECLARED = "SELECT djxh, pzxh, voided FROM declarations WHERE id = ? AND copy = 0"
_PAY = "UPDATE dues SET outstanding = outstanding - ? WHERE id = ?"


class Item(NamedTuple):
    """One voucher of a payment; `amount` in fen."""

    pzxh: str
    amount: int


def unpaid(document: Document, raw: bytes) -> Query:
    """collection.unpaid: every voucher with something due."""
    djxh = djxh_of(document)

    def answer(view: View) -> dict[str, Any]:
        registered(view, djxh)
        names = ("pzxh", "zsxmDm", "skssqq", "skssqz", "ybtse")
        rows = view.all(_UNPAID, djxh)
        return {"items": [dict(zip(names, (*row[:4], yuan(row[4])), strict=True)) for row in rows]}

    return answer


def state(document: Document, raw: bytes) -> Query:
    """collection.state: whether a voucher is paid in full, and how much was paid."""
    djxh, pzxh = djxh_of(document), digits(document, "pzxh", 20)

    def answer(view: View) -> dict[str, Any]:
        registered(view, djxh)
        due = _due(view, djxh, pzxh)
        if due is None:
            return {"paid": True, "amount": 0.0}
        return {"paid": due[1] == 0, "amount": yuan(due[0] - due[1])}

    return answer


def pay(document: Document, raw: bytes) -> Decide:
    """collection.pay: take payment for one or more vouchers, no more than is due on each."""
    djxh = djxh_of(document)
    agreement = digits(document, "sfxyh", 15, codes.PAYMENT_AGREEMENT)
    authority = text(document, "zgswjgDm")
    if not is_authority(authority):
        raise Rejection(codes.AUTHORITY, f"zgswjgDm {authority[:40]} is not a tax authority code")
    digits(document, "lrrDm", 11, codes.OFFICER)
    items = _items(document)

    def decide(view: View) -> Decision:
        taxpayer = registered(view, djxh)
        writes: list[Insert | Change] = []
        first = view.next_id("payments")
        serial, now = taxpayer.serial(PAYMENT_SERIAL, first), time.time()
        for index, item in enumerate(items):
            _payable(view, djxh, item, f"items[{index}].")
            row_id = view.next_id("payments") if index else first
            values = (djxh, serial, item.pzxh, item.amount, agreement, now)
            writes.append(Insert("payments", row_id, values))
            writes.append(Change(_PAY, (item.amount, serial_id(item.pzxh))))
        total = yuan(sum(item.amount for item in items))
        return Decision({"serial": serial, "amount": total}, tuple(writes))

    return decide


def _items(document: Document) -> list[Item]:
    items: list[Item] = []
    for index, entry in enumerate(entries(document, "items", 1, MOST_ITEMS)):
        where = f"items[{index}]."
        item = Item(digits(entry, "pzxh", 20, where=where), money(entry, "kkje", where))
        if item.amount <= 0:
            raise Rejection(codes.PAYMENT_AMOUNT, f"{where}kkje {yuan(item.amount)} must be greater than 0")
        if any(item.pzxh == other.pzxh for other in items):
            raise Rejection(codes.VOUCHER_TWICE, f"{where}pzxh {item.pzxh} occurs twice")
        items.append(item)
    return items


def _due(view: View, djxh: str, pzxh: str) -> tuple[int, int] | None:
    """Fen charged and fen outstanding on a voucher; None when it was filed with nothing to pay."""
    filed = view.one(_DECLARED, serial_id(pzxh))
    if filed is None or filed[:2] != (djxh, pzxh) or filed[2]:
        raise Rejection(codes.VOUCHER_UNKNOWN, f"pzxh {pzxh} is not on file for djxh {djxh}")
    due = view.one(_DUE, serial_id(pzxh))
    return (due[2], due[3]) if due else None


def _payable(view: View, djxh: str, item: Item, where: str) -> None:
    due = _due(view, djxh, item.pzxh)
    outstanding = due[1] if due else 0
    if outstanding == 0:
        raise Rejection(codes.NOTHING_DUE, f"{where}pzxh {item.pzxh} has nothing due")
    if item.amount > outstanding:
        paid, owed = yuan(item.amount), yuan(outstanding)
        raise Rejection(codes.PAYS_MORE, f"{where}kkje {paid:.2f} exceeds {owed:.2f} due on {item.pzxh}")

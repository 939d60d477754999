"""Collection: what a taxpayer owes, paying it, and the state of one voucher."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import orjson

from renhai.reference.eras.deadlines import days_late, late_fee
from renhai.reference.operations.operation import FINE, Operation, Reading, Setup, Writing
from renhai.reference.operations.taxpayers import (
    Registered,
    active,
    djxh_of,
    permitted,
    registered,
    serial_id,
)
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, day, digits, entries, money, text, whole, yuan
from renhai.reference.rules.identifiers import is_authority
from renhai.reference.storage.jobs import Change, Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table("payments", "djxh serial pzxh kkje:amount znj:fen jkrq sfxyh received:real")

PAYMENT_SERIAL = "300"
VOUCHER_PREFIX = "100"
AGREEMENTS: list[Callable[[View, str, str], bool]] = []
"""What else says whether an agreement of a taxpayer, by its number, is in force."""
MOST_ITEMS = 200
MOST_ARREARS = 100
AGREEMENT_IN_FORCE = "1"

_UNPAID = (
    "SELECT pzxh, zsxmDm, skssqq, skssqz, outstanding FROM dues "
    "WHERE djxh = ? AND outstanding > 0 AND copy = 0 ORDER BY id"
)
_DUE = "SELECT djxh, pzxh, ybtse, outstanding, skssqz, zsxmDm FROM dues WHERE id = ? AND copy = 0"
_DECLARED = "SELECT djxh, pzxh, voided FROM declarations WHERE id = ? AND copy = 0"
_FILED_ON = "SELECT document FROM declarations WHERE id = ? AND pzxh = ? AND copy = 0"
_ACCOUNT = "SELECT document FROM taxpayers WHERE djxh = ? AND copy = 0"
# A voucher's first digits are its authority, so that an authority's arrears stand together.
_ARREARS = (
    "SELECT d.djxh, t.nsrmc, d.pzxh, d.zsxmDm, d.skssqq, d.skssqz, d.outstanding FROM dues d "
    "JOIN taxpayers t ON t.djxh = d.djxh AND t.copy = 0 "
    "WHERE d.pzxh > ? AND d.pzxh < ? AND d.outstanding > 0 AND d.copy = 0 ORDER BY d.pzxh LIMIT ?"
)
_PAY = "UPDATE dues SET outstanding = outstanding - ? WHERE id = ?"


class Item(NamedTuple):
    """One voucher of a payment; `amount` and late fee in fen."""

    pzxh: str
    amount: int
    fee: int


class Due(NamedTuple):
    """What a voucher was charged with and what of it is open, in fen; the last day of its period; levy
    item."""

    charged: int
    outstanding: int
    period_end: str
    item: str

    def fee(self, amount: int, paid_on: date | None) -> int:
        """Fen of late fee on `amount` paid that day; none on fines, nor where no day is known."""
        if paid_on is None or self.item == FINE:
            return 0
        return late_fee(amount, days_late(date.fromisoformat(self.period_end), paid_on))


def unpaid(document: Document, raw: bytes, setup: Setup) -> Query:
    """collection.unpaid: every voucher with something due; with its late fee `znj` where a day `jkrq` is
    given."""
    djxh = djxh_of(document)
    paid_on = _paid_on(document, setup)

    def answer(view: View) -> dict[str, Any]:
        registered(view, djxh)
        names = ("pzxh", "zsxmDm", "skssqq", "skssqz", "ybtse")
        rows = view.all(_UNPAID, djxh)
        items = [dict(zip(names, (*row[:4], yuan(row[4])), strict=True)) for row in rows]
        if paid_on is not None:
            for item, row in zip(items, rows, strict=True):
                item["znj"] = yuan(Due(row[4], row[4], row[3], row[1]).fee(row[4], paid_on))
        return {"items": items}

    return answer


def _paid_on(document: Document, setup: Setup) -> date | None:
    """The day of payment by `jkrq`, else the one that was set for the target; None: nobody asks for late
    fees."""
    if not setup.rules["late"]:
        return None
    if document.get("jkrq") is None:
        return setup.fixed
    paid_on = day(document, "jkrq")
    if paid_on > setup.today():
        raise Rejection(codes.PAID_ON, f"jkrq {paid_on} is after today, {setup.today()}")
    return paid_on


def _check_day(paid_on: date | None, setup: Setup) -> None:
    """A payment that is received today is no earlier one's. Raises Rejection."""
    if setup.fixed and setup.rules["pay-day"] and paid_on not in (None, setup.fixed):
        raise Rejection(codes.OTHER_DAY, f"jkrq {paid_on}, received on {setup.fixed}")


def state(document: Document, raw: bytes) -> Query:
    """collection.state: whether a voucher is paid in full, and how much was paid."""
    djxh, pzxh = djxh_of(document), digits(document, "pzxh", 20)

    def answer(view: View) -> dict[str, Any]:
        registered(view, djxh)
        due = _due(view, djxh, pzxh)
        if due is None:
            return {"paid": True, "amount": 0.0}
        return {"paid": due.outstanding == 0, "amount": yuan(due.charged - due.outstanding)}

    return answer


def arrears(document: Document, raw: bytes) -> Query:
    """collection.arrears: an authority's unpaid vouchers, the oldest first: `count` after voucher `after`."""
    authority = _authority(document)
    count = whole(document, "count", 1, MOST_ARREARS)
    first = VOUCHER_PREFIX + authority[:7]
    after = text(document, "after", least=0, most=20) or first

    def answer(view: View) -> dict[str, Any]:
        names = ("djxh", "nsrmc", "pzxh", "zsxmDm", "skssqq", "skssqz", "ybtse")
        rows = view.all(_ARREARS, max(after, first), first + ":", count)  # ":" follows "9"
        return {"items": [dict(zip(names, (*row[:6], yuan(row[6])), strict=True)) for row in rows]}

    return answer


def agreement(document: Document, raw: bytes) -> Query:
    """collection.agreement: the tri-party agreement by which a taxpayer's bank pays, as registered."""
    djxh = djxh_of(document)

    def answer(view: View) -> dict[str, Any]:
        row = view.one(_ACCOUNT, djxh)
        if row is None:
            raise Rejection(codes.UNREGISTERED, f"djxh {djxh} is not registered")
        known = orjson.loads(row[0])
        number = str(known.get("sfxyh") or "")
        names = {"khyhhh": "khyhhh", "jkzh": "yhzh", "jkzhmc": "zhmc"}
        account = {name: known.get(field, "") for name, field in names.items()}
        return {"sfxyh": number, **account, "sfxyztDm": AGREEMENT_IN_FORCE if number else ""}

    return answer


def pay(document: Document, raw: bytes, setup: Setup) -> Decide:
    """collection.pay: take payment for one or more vouchers, no more than is due on each, with its late
    fee."""
    djxh = djxh_of(document)
    agreement = digits(document, "sfxyh", 15, codes.PAYMENT_AGREEMENT)
    authority = _authority(document)
    _check_officer(digits(document, "lrrDm", 11, codes.OFFICER), authority)
    paid_on = _paid_on(document, setup)
    _check_day(paid_on, setup)
    items = _items(document)

    def decide(view: View) -> Decision:
        taxpayer = permitted("collection.pay", view, active(view, djxh), document)
        _check_whose(view, taxpayer, agreement, authority)
        writes: list[Insert | Change] = []
        first = view.next_id("payments")
        serial, now = taxpayer.serial(PAYMENT_SERIAL, first), time.time()
        shown_day = str(paid_on) if paid_on else ""
        for index, item in enumerate(items):
            _payable(view, djxh, item, paid_on, f"items[{index}].")
            row_id = view.next_id("payments") if index else first
            values = (djxh, serial, item.pzxh, item.amount, item.fee, shown_day, agreement, now)
            writes.append(Insert("payments", row_id, values))
            writes.append(Change(_PAY, (item.amount, serial_id(item.pzxh))))
        total = yuan(sum(item.amount for item in items))
        return Decision({"serial": serial, "amount": total}, tuple(writes))

    return decide


def _authority(document: Document) -> str:
    authority = text(document, "zgswjgDm")
    if not is_authority(authority):
        raise Rejection(codes.AUTHORITY, f"zgswjgDm {authority[:40]} is not a tax authority code")
    return authority


def _check_officer(officer: str, authority: str) -> None:
    if officer[:7] != authority[:7] or officer[7:] == "0000":
        raise Rejection(codes.OFFICER_UNKNOWN, f"lrrDm {officer} is no officer of zgswjgDm {authority}")


def _check_whose(view: View, taxpayer: Registered, agreement: str, authority: str) -> None:
    """The agreement is the one on file, or one in force, and the bureau is the taxpayer's own."""
    known = agreement == taxpayer.agreement
    if not known and not any(holds(view, taxpayer.djxh, agreement) for holds in AGREEMENTS):
        on_file = taxpayer.agreement or "none"
        raise Rejection(codes.AGREEMENT_UNKNOWN, f"sfxyh {agreement}, on file for {taxpayer.djxh}: {on_file}")
    if authority[:7] != taxpayer.authority[:7]:
        raise Rejection(codes.OTHER_AUTHORITY, f"zgswjgDm {authority}, registered at {taxpayer.authority}")


def _items(document: Document) -> list[Item]:
    items: list[Item] = []
    for index, entry in enumerate(entries(document, "items", 1, MOST_ITEMS)):
        where = f"items[{index}]."
        fee = money(entry, "znj", where) if entry.get("znj") is not None else 0
        item = Item(digits(entry, "pzxh", 20, where=where), money(entry, "kkje", where), fee)
        if item.amount <= 0:
            raise Rejection(codes.PAYMENT_AMOUNT, f"{where}kkje {yuan(item.amount)} must be greater than 0")
        if any(item.pzxh == other.pzxh for other in items):
            raise Rejection(codes.VOUCHER_TWICE, f"{where}pzxh {item.pzxh} occurs twice")
        items.append(item)
    return items


def _due(view: View, djxh: str, pzxh: str) -> Due | None:
    """What a voucher of this taxpayer is about; None when it was filed with nothing to pay."""
    row = view.one(_DUE, serial_id(pzxh))
    if row is not None and row[:2] == (djxh, pzxh):
        return Due(*row[2:])
    filed = view.one(_DECLARED, serial_id(pzxh))
    if filed is None or filed[:2] != (djxh, pzxh) or filed[2]:
        raise Rejection(codes.VOUCHER_UNKNOWN, f"pzxh {pzxh} is not on file for djxh {djxh}")
    return None


def _payable(view: View, djxh: str, item: Item, paid_on: date | None, where: str) -> None:
    due = _due(view, djxh, item.pzxh)
    if due is None or due.outstanding == 0:
        raise Rejection(codes.NOTHING_DUE, f"{where}pzxh {item.pzxh} has nothing due")
    if item.amount > due.outstanding:
        paid, owed = yuan(item.amount), yuan(due.outstanding)
        raise Rejection(codes.PAYS_MORE, f"{where}kkje {paid:.2f} exceeds {owed:.2f} due on {item.pzxh}")
    if paid_on is not None and str(paid_on) <= due.period_end:
        raise Rejection(
            codes.PAID_ON, f"{where}pzxh {item.pzxh}: jkrq {paid_on} is before {due.period_end} has ended"
        )
    if paid_on is not None:
        _check_filed(view, item.pzxh, paid_on, where)
    fee = due.fee(item.amount, paid_on)
    if item.fee != fee:
        asked = f"{where}znj {yuan(item.fee):.2f}, due {yuan(fee):.2f} on {item.pzxh}"
        raise Rejection(codes.LATE_FEE, f"{asked} paid on {paid_on or 'an unknown day'}")


def _check_filed(view: View, pzxh: str, paid_on: date, where: str) -> None:
    """A return is filed before its tax is paid; nothing is known of those that came in bulk."""
    row = view.one(_FILED_ON, serial_id(pzxh), pzxh)
    filed = str(orjson.loads(row[0]).get("sbrq1") or "") if row else ""
    if filed > str(paid_on):
        raise Rejection(codes.BEFORE_FILED, f"{where}pzxh {pzxh}: jkrq {paid_on}, filed on {filed}")


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of this domain."""
    return (
        Reading(
            "collection.unpaid",
            partial(unpaid, setup=setup),
            services=("ZS.CXNSRWQJQSFXX",),
            pages=("/hlwsb/sbkk/getWjkxx.do",),
        ),
        Writing(
            "collection.pay",
            partial(pay, setup=setup),
            services=("ZS.SKYSKJN",),
            pages=("/hlwsb/sbkk/insertJkxx.do",),
        ),
        Reading("collection.state", state, services=("ZS.SKYDZSPKKZTCX",), pages=("/hlwsb/sbkk/getJkZt.do",)),
        Reading("collection.arrears", arrears),
        Reading("collection.agreement", agreement, services=("ZS.CXSFXYXXBYDJXH",)),
    )

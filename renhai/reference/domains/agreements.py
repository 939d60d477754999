"""Domain 07: further agreements with a bank, by which a taxpayer's tax is paid: saved, verified there,
revoked; or void before that. What stands last says how one is."""

from __future__ import annotations

import time
from functools import partial

from renhai.reference.cases.engine import officer_of
from renhai.reference.operations.collection import AGREEMENTS
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.records import rows
from renhai.reference.operations.taxpayers import active, djxh_of
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, digits, text
from renhai.reference.rules.identifiers import is_bank_line
from renhai.reference.storage.jobs import Decide, Decision, Insert, View
from renhai.reference.storage.schema import table

table(
    "agreements",
    "djxh sfxyh zt khyhhh jkzh jkzhmc lrrDm serial received:real",
    "INDEX agreements_number ON agreements (sfxyh)",
)

TAKEN = rule("80070031", "三方协议号已使用", "no two agreements have one number")
OTHER_STATE = rule(
    "80070032", "三方协议状态不允许本操作", "what is saved is verified or void, what is in force revoked"
)

SAVED, IN_FORCE, REVOKED, VOID = "saved", "in_force", "revoked", "void"
BEFORE = {IN_FORCE: SAVED, VOID: SAVED, REVOKED: IN_FORCE}
SERIAL = "507"

_KNOWN = (
    "SELECT zt, khyhhh, jkzh, jkzhmc FROM agreements WHERE sfxyh = ? AND djxh = ? AND copy = 0 ORDER BY id"
)
_TAKEN = "SELECT djxh FROM agreements WHERE sfxyh = ? AND copy = 0 LIMIT 1"


def _step(view: View, djxh: str, number: str, state: str, account: tuple[str, ...], officer: str) -> Decision:
    row_id = view.next_id("agreements")
    serial = f"{SERIAL}{djxh[3:10]}{row_id:010}"
    values = (djxh, number, state, *account, officer, serial, time.time())
    return Decision({"serial": serial, "sfxyh": number, "zt": state}, (Insert("agreements", row_id, values),))


def save(document: Document, raw: bytes) -> Decide:
    """collection.agreement_save: an agreement on another account; it pays once the bank has verified it."""
    djxh, number = djxh_of(document), digits(document, "sfxyh", 15, codes.PAYMENT_AGREEMENT)
    account = tuple(text(document, name, most=60) for name in ("khyhhh", "jkzh", "jkzhmc"))
    officer = officer_of(document)
    if not is_bank_line(account[0]):
        raise Rejection(codes.BANK_LINE, f"khyhhh {account[0]} fails its check digit")

    def decide(view: View) -> Decision:
        taxpayer = active(view, djxh)
        if number == taxpayer.agreement or view.one(_TAKEN, number) is not None:
            raise Rejection(TAKEN, f"sfxyh {number} is on file")
        return _step(view, djxh, number, SAVED, account, officer.code)

    return decide


def become(document: Document, raw: bytes, state: str) -> Decide:
    """collection.agreement_verify, _revoke, _void: it is in force, no longer, or never was."""
    djxh, number = djxh_of(document), digits(document, "sfxyh", 15, codes.PAYMENT_AGREEMENT)
    officer = officer_of(document)

    def decide(view: View) -> Decision:
        active(view, djxh)
        known = view.all(_KNOWN, number, djxh)
        last = str(known[-1][0]) if known else "none"
        if last != BEFORE[state]:
            raise Rejection(OTHER_STATE, f"sfxyh {number} is {last}, not {BEFORE[state]}")
        account = tuple(map(str, known[-1][1:])) if known else ("", "", "")
        return _step(view, djxh, number, state, account, officer.code)

    return decide


def _in_force(view: View, djxh: str, number: str) -> bool:
    known = view.all(_KNOWN, number, djxh)
    return bool(known) and known[-1][0] == IN_FORCE


AGREEMENTS.append(_in_force)


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of agreements, and their list."""
    verbs = (
        ("verify", IN_FORCE, "ZS.FSSFXYXX"),
        ("revoke", REVOKED, "ZS.QXSFXYXX"),
        ("void", VOID, "ZS.ZFSFXYXX"),
    )
    return (
        Writing("collection.agreement_save", save, services=("ZS.BCSFXYXX",)),
        *(
            Writing(f"collection.agreement_{verb}", partial(become, state=state), services=(service,))
            for verb, state, service in verbs
        ),
        Reading("collection.agreements", partial(rows, table="agreements")),
    )

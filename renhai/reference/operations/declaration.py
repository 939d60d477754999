"""Declaration: state of a period, pre-check with opening balances, take a VAT return, void it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from renhai.reference.forms.period import Period, period_of
from renhai.reference.forms.vat_general import Closing, check_general
from renhai.reference.forms.vat_small import check_small, check_whose
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.taxpayers import djxh_of, registered, serial_id
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, day, digits, text, yuan
from renhai.reference.storage.jobs import Change, Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table(
    "declarations",
    "djxh pzxh yzpzzlDm skssqq skssqz sbsxDm1 ybtse:amount qmldse:fen qmwjse:fen voided:int received:real "
    "document:bytes",
    "UNIQUE INDEX declarations_period ON declarations (djxh, yzpzzlDm, skssqq) WHERE voided = 0 AND copy = 0",
)
table(
    "dues",
    "djxh pzxh zsxmDm skssqq skssqz ybtse:amount outstanding:amount",
    "INDEX dues_taxpayer ON dues (djxh) WHERE copy = 0",
    "INDEX dues_arrears ON dues (pzxh) WHERE outstanding > 0 AND copy = 0",
)

GENERAL = "BDA0610606"
SMALL = "BDA0610611"
LEVY_ITEM_VAT = "10101"
VOUCHER = "100"

_LATEST = (
    "SELECT pzxh, skssqq, skssqz, qmldse, qmwjse FROM declarations "
    "WHERE djxh = ? AND yzpzzlDm = ? AND skssqq <= ? AND voided = 0 AND copy = 0 "
    "ORDER BY skssqq DESC LIMIT 1"
)
_FILED = (
    "SELECT pzxh, skssqz FROM declarations "
    "WHERE djxh = ? AND yzpzzlDm = ? AND skssqq = ? AND voided = 0 AND copy = 0"
)
_AFTER = (
    "SELECT pzxh FROM declarations "
    "WHERE djxh = ? AND yzpzzlDm = ? AND skssqq > ? AND voided = 0 AND copy = 0 LIMIT 1"
)
_REGISTRATION_TYPE = "SELECT djzclxDm FROM taxpayers WHERE djxh = ? AND copy = 0"
_DUE = "SELECT ybtse, outstanding FROM dues WHERE id = ? AND copy = 0"
_VOID = "UPDATE declarations SET voided = 1 WHERE id = ?"
_DROP_DUE = "DELETE FROM dues WHERE id = ?"


class Filing(NamedTuple):
    """Which return this is about."""

    djxh: str
    kind: str
    period: Period


class Previous(NamedTuple):
    """A filed return: voucher, first and last day, credit and unpaid tax carried forward in fen."""

    pzxh: str
    start: str
    end: str
    credit: int
    unpaid: int


def _filing(document: Document) -> Filing:
    djxh, kind = djxh_of(document), text(document, "yzpzzlDm", most=20)
    if kind not in (GENERAL, SMALL):
        raise Rejection(codes.VOUCHER_KIND, f"yzpzzlDm {kind} must be {GENERAL} or {SMALL}")
    return Filing(djxh, kind, period_of(document))


def _latest(view: View, filing: Filing) -> Previous | None:
    """The last return that begins no later than this one ends."""
    row = view.one(_LATEST, filing.djxh, filing.kind, str(filing.period.end))
    return Previous(*row) if row else None


def _previous(view: View, filing: Filing) -> Previous | None:
    """The return of the period just before this one, when filed; refuses a period that is filed already."""
    latest = _latest(view, filing)
    if latest is None:
        return None
    if latest.end >= str(filing.period.start):
        found = f"{latest.start} to {latest.end} as {latest.pzxh}"
        raise Rejection(codes.ALREADY_FILED, f"skssqq {filing.period.start}: filed for {found}")
    return latest if latest.end == filing.period.day_before() else None


def status(document: Document, raw: bytes) -> Query:
    """declaration.status: whether the return of a period is filed, and its voucher."""
    filing = _filing(document)

    def answer(view: View) -> dict[str, Any]:
        registered(view, filing.djxh)
        row = view.one(_FILED, filing.djxh, filing.kind, str(filing.period.start))
        filed = row is not None and row[1] == str(filing.period.end)
        return {"filed": filed, "pzxh": row[0] if row and filed else ""}

    return answer


def precheck(document: Document, raw: bytes) -> Query:
    """declaration.precheck: may this return be filed, and with which opening balances (null: any)."""
    filing = _filing(document)
    digits(document, "sbsxDm1", 2, codes.FILING_KIND)

    def answer(view: View) -> dict[str, Any]:
        registered(view, filing.djxh)
        previous = _previous(view, filing)
        if previous is None:
            return {"sqldse": None, "qcwjse": None}
        return {"sqldse": yuan(previous.credit), "qcwjse": yuan(previous.unpaid)}

    return answer


def submit(document: Document, raw: bytes, tolerance: int) -> Decide:
    """declaration.submit: take a return; `tolerance` is fen of tax against sales x rate."""
    filing, nsrsbh = _filing(document), text(document, "nsrsbh", most=20)
    filing_kind = digits(document, "sbsxDm1", 2, codes.FILING_KIND)
    filed_on = day(document, "sbrq1")
    if filed_on < filing.period.start:
        raise Rejection(codes.FILING_DATE, f"sbrq1 {filed_on} is before skssqq {filing.period.start}")
    closing, check_state = _judge(document, filing, tolerance)

    def decide(view: View) -> Decision:
        taxpayer = registered(view, filing.djxh, nsrsbh)
        check_state(view)
        number = view.next_id("declarations")
        pzxh = taxpayer.serial(VOUCHER, number)
        start, end = str(filing.period.start), str(filing.period.end)
        values = (
            filing.djxh, pzxh, filing.kind, start, end, filing_kind,
            closing.due, closing.closing_credit, closing.closing_unpaid, 0, time.time(), raw,
        )  # fmt: skip
        writes = [Insert("declarations", number, values)]
        if closing.due > 0:
            due = (filing.djxh, pzxh, LEVY_ITEM_VAT, start, end, closing.due, closing.due)
            writes.append(Insert("dues", number, due))
        return Decision({"pzxh": pzxh, "ybtse": yuan(closing.due)}, tuple(writes))

    return decide


def _judge(document: Document, filing: Filing, tolerance: int) -> tuple[Closing, Callable[[View], None]]:
    """Judge the form itself; returns its balances, and the check that needs what is on file."""
    if filing.kind == GENERAL:
        closing = check_general(document, tolerance)
        return closing, lambda view: _check_opening(_previous(view, filing), closing)
    small = check_small(document, filing.period, tolerance)

    def check_small_state(view: View) -> None:
        _previous(view, filing)
        if small.enterprise_exempt or small.individual_exempt:
            row = view.one(_REGISTRATION_TYPE, filing.djxh)
            check_whose(small, row[0] if row else "")

    return Closing(small.due, 0, 0, 0, 0), check_small_state


def _check_opening(previous: Previous | None, closing: Closing) -> None:
    """Balances brought forward equal those carried forward by the previous period, when that is on file."""
    if previous is None:
        return
    for code, field, opening, carried in (
        (codes.OPENING_CREDIT, "zb[0].sqldse", closing.opening_credit, previous.credit),
        (codes.OPENING_UNPAID, "zb[0].qcwjse", closing.opening_unpaid, previous.unpaid),
    ):
        if opening != carried:
            found = f"{field} {opening / 100:.2f}, carried forward {carried / 100:.2f}"
            raise Rejection(code, f"{found} on {previous.pzxh}")


def void(document: Document, raw: bytes) -> Decide:
    """declaration.void: take back the last filed return while nothing is paid on it."""
    filing, pzxh = _filing(document), digits(document, "pzxh", 20)

    def decide(view: View) -> Decision:
        registered(view, filing.djxh)
        row = view.one(_FILED, filing.djxh, filing.kind, str(filing.period.start))
        if row is None or row != (pzxh, str(filing.period.end)):
            raise Rejection(codes.NOT_FILED, f"pzxh {pzxh} is not on file for skssqq {filing.period.start}")
        due = view.one(_DUE, serial_id(pzxh))
        if due is not None and due[1] != due[0]:
            raise Rejection(codes.ALREADY_PAID, f"pzxh {pzxh}: {(due[0] - due[1]) / 100:.2f} is paid")
        later = view.one(_AFTER, filing.djxh, filing.kind, str(filing.period.start))
        if later is not None:
            raise Rejection(codes.NOT_LAST, f"pzxh {pzxh}: a later period is filed as {later[0]}")
        number = serial_id(pzxh)
        return Decision({"pzxh": pzxh}, (Change(_VOID, (number,)), Change(_DROP_DUE, (number,))))

    return decide


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of this domain."""
    return (
        Reading("declaration.status", status, services=("SB.SBQKCXSS",), pages=("/hlwsb/sbkk/getSbZt.do",)),
        Reading(
            "declaration.precheck",
            precheck,
            services=(
                "SB.ZZSYBRSBSQJKJHQQCSJ",
                "SB.ZZSXGMSBSQJKJHQQCSJ",
            ),
            pages=("/hlwsb/sbkk/checkSB_SBXX.do",),
        ),
        Writing(
            "declaration.submit",
            partial(submit, tolerance=setup.tolerance),
            services=(
                "SB.BCZZSYBRSB",
                "SB.BCZZSXGMSB",
            ),
            pages=(
                "/hlwsb/zzs/ybnsr/insertSB_ZZS_YBNSR.do",
                "/hlwsb/zzs/xgm/insertSB_ZZS_XGMNSR_CZZS.do",
            ),
        ),
        Writing("declaration.void", void, services=("SB.BCSBZF",), pages=("/hlwsb/sbkk/zfsbb.do",)),
    )

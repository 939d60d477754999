"""Declaration: state of a period, pre-check with opening balances, take a return, void it."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from renhai.reference.eras.deadlines import days_late, deadline
from renhai.reference.forms.sheets import Off, Sold
from renhai.reference.forms.surcharge_sheet import check_surcharge_sheet
from renhai.reference.forms.vat_general import FIELDS, Closing, check_general, check_to_date
from renhai.reference.forms.vat_small import check_small, check_whose
from renhai.reference.operations.filing import (
    GENERAL,
    ITEMS,
    LEVY_ITEM_VAT,
    Filing,
    Previous,
    check_liable,
    check_opening,
    check_over,
    check_paid,
    filing_of,
    previous,
    reconcile,
)
from renhai.reference.operations.operation import FINE, Operation, Reading, Setup, Writing
from renhai.reference.operations.returns import cit, levies, statements, withholding
from renhai.reference.operations.returns.old_rates import check_old_rates
from renhai.reference.operations.taxpayers import (
    WARNINGS,
    Registered,
    active,
    excused,
    permitted,
    registered,
    serial_id,
)
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, day, digits, text, yuan
from renhai.reference.storage.jobs import Change, Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table(
    "declarations",
    "djxh pzxh yzpzzlDm skssqq skssqz sbsxDm1 ybtse:amount qmldse:fen qmwjse:fen voided:int received:real "
    "ljs:packed document:bytes",
    "UNIQUE INDEX declarations_period ON declarations (djxh, skssqq, yzpzzlDm) WHERE voided = 0 AND copy = 0",
)
table(
    "dues",
    "djxh pzxh zsxmDm skssqq skssqz ybtse:amount outstanding:amount",
    "INDEX dues_taxpayer ON dues (djxh) WHERE copy = 0",
    "INDEX dues_arrears ON dues (pzxh) WHERE outstanding > 0 AND copy = 0",
)

VOUCHER = "100"
NO_PLAN = "申报期限未知，未判逾期"
NOTHING_SOLD = Sold(0, 0, 0, 0, 0, 0)
TO_DATE = struct.Struct(f"<{2 * len(FIELDS)}q")

_FILED = (
    "SELECT pzxh, skssqz FROM declarations "
    "WHERE djxh = ? AND yzpzzlDm = ? AND skssqq = ? AND voided = 0 AND copy = 0"
)
_AFTER = (
    "SELECT pzxh FROM declarations "
    "WHERE djxh = ? AND yzpzzlDm = ? AND skssqq > ? AND voided = 0 AND copy = 0 LIMIT 1"
)
_FINED = "SELECT pzxh FROM dues WHERE djxh = ? AND zsxmDm = ? AND skssqq = ? AND copy = 0"
_DUE = "SELECT ybtse, outstanding FROM dues WHERE id = ? AND copy = 0"
_VOID = "UPDATE declarations SET voided = 1 WHERE id = ?"
_DROP_DUE = "DELETE FROM dues WHERE id = ?"

StateCheck = Callable[[View, Registered], None]


def status(document: Document, raw: bytes) -> Query:
    """declaration.status: whether the return of a period is filed, and its voucher."""
    filing = filing_of(document)

    def answer(view: View) -> dict[str, Any]:
        registered(view, filing.djxh)
        row = view.one(_FILED, filing.djxh, filing.kind, str(filing.period.start))
        filed = row is not None and row[1] == str(filing.period.end)
        return {"filed": filed, "pzxh": row[0] if row and filed else ""}

    return answer


def precheck(document: Document, raw: bytes, setup: Setup) -> Query:
    """declaration.precheck: may this return be filed, and with which opening balances (null: any)."""
    filing = filing_of(document)
    digits(document, "sbsxDm1", 2, codes.FILING_KIND)
    check_over(filing.period, setup.today())

    def answer(view: View) -> dict[str, Any]:
        taxpayer = active(view, filing.djxh, files=True)
        if filing.kind in cit.KINDS:
            return cit.opening(view, taxpayer, filing.kind, filing.period)
        if filing.kind == statements.KIND:
            return statements.opening(view, taxpayer, filing.period)
        if filing.kind in levies.ITEMS:
            return levies.opening(view, taxpayer, filing.kind, filing.period)
        if filing.kind == withholding.KIND:
            return withholding.opening(view, taxpayer, filing.period)
        check_liable(taxpayer, filing)
        found = previous(view, filing)
        if found is None:
            return {"sqldse": None, "qcwjse": None}
        return {"sqldse": yuan(found.credit), "qcwjse": yuan(found.unpaid)}

    return answer


def submit(document: Document, raw: bytes, setup: Setup) -> Decide:
    """declaration.submit: take a return. One that is late is fined: the answer's `fk` has the voucher.

    In states 05 and 06, and of a period whose deadline nobody knows, it is taken, and the answer's `ts`
    warns.
    """
    filing, nsrsbh = filing_of(document), text(document, "nsrsbh", most=20)
    filing_kind = digits(document, "sbsxDm1", 2, codes.FILING_KIND)
    filed_on, today = day(document, "sbrq1"), setup.today()
    check_over(filing.period, today)
    if not filing.period.end < filed_on <= today:
        why = f"sbrq1 {filed_on} is not between skssqz {filing.period.end} and today, {today}"
        raise Rejection(codes.FILING_DATE, why)
    closing, check_state = _judge(document, filing, setup)
    late = setup.rules["late"] and days_late(filing.period.end, filed_on) > 0
    unknown = NO_PLAN if setup.rules["late"] and deadline(filing.period.end) is None else ""

    def decide(view: View) -> Decision:
        taxpayer = active(view, filing.djxh, nsrsbh, files=True)
        permitted("declaration.submit", view, taxpayer, document)
        check_state(view, taxpayer)
        number = view.next_id("declarations")
        pzxh = taxpayer.serial(VOUCHER, number)
        start, end = str(filing.period.start), str(filing.period.end)
        values = (
            filing.djxh, pzxh, filing.kind, start, end, filing_kind, closing.due, closing.closing_credit,
            closing.closing_unpaid, 0, time.time(), _packed(closing), raw,
        )  # fmt: skip
        writes = [Insert("declarations", number, values)]
        data: dict[str, Any] = {"pzxh": pzxh, "ybtse": yuan(closing.due)}
        if closing.due > 0:
            due = (filing.djxh, pzxh, ITEMS[filing.kind], start, end, closing.due, closing.due)
            writes.append(Insert("dues", number, due))
        if late and not excused(view, taxpayer, start, str(filed_on)):
            writes += _fined(view, taxpayer, filing, setup.late_fine, data)
        if warned := [text for text in (WARNINGS.get(taxpayer.state, ""), unknown) if text]:
            data["ts"] = "；".join(warned)
        return Decision(data, tuple(writes))

    return decide


def _packed(closing: Closing) -> bytes:
    return TO_DATE.pack(*closing.to_date) if closing.to_date else b""


def _fined(
    view: View, taxpayer: Registered, filing: Filing, amount: int, data: dict[str, Any]
) -> list[Insert]:
    """The fine for a late return, once a period; told in `data`."""
    start, end = str(filing.period.start), str(filing.period.end)
    if not amount or view.one(_FINED, filing.djxh, FINE, start) is not None:
        return []
    number = view.next_id("declarations")  # vouchers of both are counted together
    pzxh = taxpayer.serial(VOUCHER, number)
    data["fk"] = {"pzxh": pzxh, "je": yuan(amount)}
    return [Insert("dues", number, (filing.djxh, pzxh, FINE, start, end, amount, amount))]


def _judge(document: Document, filing: Filing, setup: Setup) -> tuple[Closing, StateCheck]:
    """Judge the form itself; returns its balances, and the check that needs what is on file."""
    if filing.kind in cit.KINDS:
        form = cit.judged(document, filing.period)

        def check_cit_state(view: View, taxpayer: Registered) -> None:
            cit.check_state(view, taxpayer, filing.kind, filing.period, form, setup)
            statements.check_prepayment(view, taxpayer, filing.period, document)

        return _paid_alone(form.due), check_cit_state
    if filing.kind == statements.KIND:
        found = statements.judged(document)

        def check_statements_state(view: View, taxpayer: Registered) -> None:
            statements.check_state(view, taxpayer, filing.period, found)

        return _paid_alone(0), check_statements_state
    if filing.kind in levies.ITEMS:
        levy = levies.Judged(document, filing.kind, filing.period, setup)
        return _paid_alone(levy.due), levy.check
    if filing.kind == withholding.KIND:
        withheld = withholding.Judged(document, filing.period, setup)
        return _paid_alone(withheld.due), withheld.check
    if filing.kind == GENERAL:
        off: list[Off] = []
        closing = check_general(document, filing.period, setup.tolerance, off)
        check_surcharge_sheet(document, filing.period.end, closing.due, setup.rules)

        def check_general_state(view: View, taxpayer: Registered) -> None:
            check_liable(taxpayer, filing)
            found = previous(view, filing)
            check_opening(found, closing)
            if off:
                check_old_rates(view, filing.djxh, filing.period, off, setup.tolerance)
            _check_to_date(closing, filing, taxpayer, found)
            if setup.rules["payments"]:
                check_paid(view, filing, LEVY_ITEM_VAT, found, closing)
            if setup.rules["reconcile"]:
                reconcile(view, filing, closing.declared)

        return closing, check_general_state
    small = check_small(document, filing.period, setup.tolerance, setup.rules)

    def check_small_state(view: View, taxpayer: Registered) -> None:
        check_liable(taxpayer, filing)
        previous(view, filing)
        check_whose(small, taxpayer.registration_type)
        if setup.rules["reconcile"]:
            reconcile(view, filing, small.declared)

    return _paid_alone(small.due)._replace(declared=small.declared), check_small_state


def _paid_alone(due: int) -> Closing:
    """Of a return that has nothing but what is to be paid."""
    return Closing(due, 0, 0, 0, 0, (0, 0), (), (), NOTHING_SOLD)


def _check_to_date(closing: Closing, filing: Filing, taxpayer: Registered, found: Previous | None) -> None:
    """Columns 2 and 4: from January, or from the month of registration; later with the month before at
    hand."""
    start, end, _ = filing.period
    liability = taxpayer.liability(start, end)
    begun = liability.start if liability else taxpayer.registered_on
    if start.month == 1 or begun >= str(start):
        check_to_date(closing, None)
    elif found is not None and len(found.to_date) == TO_DATE.size:
        check_to_date(closing, TO_DATE.unpack(found.to_date))


def void(document: Document, raw: bytes) -> Decide:
    """declaration.void: take back the last filed return while nothing is paid on it."""
    filing, pzxh = filing_of(document), digits(document, "pzxh", 20)

    def decide(view: View) -> Decision:
        active(view, filing.djxh)
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
            partial(precheck, setup=setup),
            services=(
                "SB.ZZSYBRSBSQJKJHQQCSJ",
                "SB.ZZSXGMSBSQJKJHQQCSJ",
                "SB.NEWQYSDSCZZSYJDSBCSH",
                "SB.QYSDSCZZSYJDSBCSH",
                "SB.ZRZLBSCJJCXX",
                "SB.YHSSBCSH",
                "SB.SHBXFSBCSH",
                "SB.KJGRSDSBGBCSH",
            ),
            pages=("/hlwsb/sbkk/checkSB_SBXX.do",),
        ),
        Writing(
            "declaration.submit",
            partial(submit, setup=setup),
            services=(
                "SB.BCZZSYBRSB",
                "SB.BCZZSXGMSB",
                "SB.NEWQYSDSCZZSYJDSBSAVE",
                "SB.QYSDSCZZSYJDSBSAVE",
                "SB.BCZLBSCJBSJ",
                "SB.BCYHSSB",
                "SB.BCSHBXFSB",
                "SB.BCKJGRSDSBG",
            ),
            pages=(
                "/hlwsb/zzs/ybnsr/insertSB_ZZS_YBNSR.do",
                "/hlwsb/zzs/xgm/insertSB_ZZS_XGMNSR_CZZS.do",
                "/hlwsb/qysds/insertSB_QYSDS_YJD.do",
                "/hlwsb/cwbb/insertSB_CWBB_XQY.do",
                "/hlwsb/yhs/insertSB_YHS.do",
                "/hlwsb/sbf/insertSB_SBF.do",
                "/hlwsb/grsds/insertSB_KJGRSDS.do",
            ),
        ),
        Writing("declaration.void", void, services=("SB.BCSBZF",), pages=("/hlwsb/sbkk/zfsbb.do",)),
    )

"""Corporate income tax of a quarter: status → pre-check → submit → unpaid → pay → payment state; void, file
anew; with the statements of small enterprises. In the same way stamp tax of a quarter, social insurance
of a month and income tax withheld from a month's wages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from generators.documents.payment import payment_on
from generators.documents.returns.cit import asked, cit_prepayment, files_cit
from generators.documents.returns.insurance import files_insurance, insurance
from generators.documents.returns.stamp_tax import files_stamp_tax, stamp_tax
from generators.documents.returns.statements import VOUCHER_STATEMENTS, files_statements, statements
from generators.documents.returns.withholding import withheld_payment, withholding_return, withholds
from generators.eras.era import NAMED
from locustfiles.declaration import MOST_FILED, ORDINARY, submit_document
from locustfiles.registration import Fields, Part, ensure_registered
from renhai import AllFiled, Case, JourneyUser, Steps, TaxpayerPool, journey, lognormal


@journey(
    "cit.file",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 60%",
        "collection.state",
    ),
)
def file(pool: TaxpayerPool) -> Steps:
    """A company files the next quarter and pays what is due."""
    with pool.case(of=files_cit) as case:
        return bool((yield from filed_and_paid(case, cit_prepayment)))


@journey(
    "cit.correct",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "declaration.void",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 60%",
        "collection.state",
    ),
)
def correct(pool: TaxpayerPool) -> Steps:
    """A company files a quarter, finds a mistake before paying, voids the return, files it anew and pays."""
    with pool.case(of=files_cit) as case:
        return bool((yield from filed_and_paid(case, cit_prepayment, anew=True)))


@journey(
    "statements.quarter",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.status",
        "declaration.submit",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 60%",
        "collection.state",
    ),
)
def with_statements(pool: TaxpayerPool) -> Steps:
    """A small enterprise files the next quarter's statements, then its prepayment of income tax, and pays."""
    with pool.case(of=files_statements) as case:
        opened = yield from open_return(case, cit_prepayment)
        if opened is None:
            return False
        k, filing, document = opened
        status = yield "declaration.status", {**filing, "yzpzzlDm": VOUCHER_STATEMENTS}
        if not status.ok:
            return False
        if not status.data.get("filed"):  # an earlier visit may have got so far
            reply = yield "declaration.submit", statements(case.taxpayer, k)
            if not reply.ok:
                return False
        voucher = yield from submit_document(document)
        if not voucher:
            return False
        paid = yield from settle(case, voucher, document["sbrq1"], due_of(document))
        return bool(paid)


@journey(
    "stamp_tax.file",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 90%",
        "collection.state",
    ),
    since="2018-10-01",
)
def stamp(pool: TaxpayerPool) -> Steps:
    """A company files the next quarter's stamp tax and pays it."""
    with pool.case(of=files_stamp_tax) as case:
        return bool((yield from filed_and_paid(case, stamp_tax)))


@journey(
    "stamp_tax.correct",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "declaration.void",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 90%",
        "collection.state",
    ),
    since="2018-10-01",
)
def stamp_anew(pool: TaxpayerPool) -> Steps:
    """A company files a quarter's stamp tax, finds a mistake, voids the return, files it anew and pays."""
    with pool.case(of=files_stamp_tax) as case:
        return bool((yield from filed_and_paid(case, stamp_tax, anew=True)))


@journey(
    "insurance.file",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 90%",
        "collection.state",
    ),
    since="2020-12-01",
)
def insured(pool: TaxpayerPool) -> Steps:
    """A unit declares the next month's social insurance of its employees and pays it."""
    with pool.case(of=files_insurance) as case:
        return bool((yield from filed_and_paid(case, insurance)))


@journey(
    "iit.withhold",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 50%",
        "collection.state",
    ),
    since="2018-08-01",
)
def withhold(pool: TaxpayerPool) -> Steps:
    """An employer declares the income tax withheld from the next month's wages and pays as the books do."""
    with pool.case(of=withholds) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        opened = yield from open_return(case, withholding_return)
        if opened is None:
            return False
        k, _, document = opened
        voucher = yield from submit_document(document)
        if not voucher:
            return False
        paid = yield from settle_withheld(case, voucher, k, document["kjhj"]["ybtse"])
        return bool(paid)


def settle_withheld(case: Case, voucher: str, k: int, due: float) -> Part:
    """Pay what is withheld for the k-th month as the books do, and see that it counts as they leave it: paid,
    or not. due: yuan that the return asks for."""
    djxh = case.taxpayer.djxh
    unpaid = yield "collection.unpaid", {"djxh": djxh}
    if not unpaid.ok:
        return False
    asked = [item["ybtse"] for item in unpaid.data.get("items", []) if item["pzxh"] == voucher]
    if asked != ([due] if due else []):
        return False
    pays = withheld_payment(case.taxpayer, k, voucher)
    if pays:
        reply = yield "collection.pay", pays
        if not reply.ok:
            return False
        case.paid = True
    state = yield "collection.state", {"djxh": djxh, "pzxh": voucher}
    return state.ok and bool(state.data.get("paid")) == (pays is not None or not due)


def filed_and_paid(case: Case, make: Callable[[Any, int], Fields], *, anew: bool = False) -> Part:
    """File the next return and pay what it asks for; whether all was done. anew: void it once, file again."""
    opened = yield from open_return(case, make)
    if opened is None:
        return False
    _, filing, document = opened
    voucher = yield from submit_document(document)
    if voucher and anew:
        reply = yield "declaration.void", {**filing, "pzxh": voucher}
        voucher = (yield from submit_document(document)) if reply.ok else ""
    if not voucher:
        return False
    return (yield from settle(case, voucher, document["sbrq1"], due_of(document)))


def due_of(document: Fields) -> float:
    """Yuan that a return asks for; below 0 where more was prepaid than is owed."""
    if "qysds" in document:
        return asked(document)
    return float((document.get("yhssb") or document["sbfsb"])["bqybtsehj"])


def settle(case: Case, voucher: str, day: str, due: float) -> Part:
    """Pay the voucher, where something is due on it, and see that it counts as paid.

    day: of filing; in a run of a day it is paid on that day, with its late fee where the return is old.
    due: yuan that the return asks for: a target that lists others, or none, has them wrong. What else is open
    (VAT that is paid late) is another visit's."""
    djxh = case.taxpayer.djxh
    unpaid = yield "collection.unpaid", {"djxh": djxh}
    if not unpaid.ok:
        return False
    items = [item for item in unpaid.data.get("items", []) if item["pzxh"] == voucher]
    if [round(100 * item["ybtse"]) for item in items] != ([round(100 * due)] if due > 0 else []):
        return False
    if items:
        today = day if case.taxpayer.profile in NAMED else case.taxpayer.profile
        reply = yield "collection.pay", payment_on(case.taxpayer, items, today)
        if not reply.ok:
            return False
        case.paid = True
    state = yield "collection.state", {"djxh": djxh, "pzxh": voucher}
    return state.ok and bool(state.data.get("paid"))


def open_return(case: Case, make: Callable[[Any, int], Fields]) -> Part:
    """Registered, status until a period that is not filed, then its pre-check; its number, the filing's
    fields and the return, or None. make: the return of a taxpayer's k-th period.

    Raises AllFiled.
    """
    known = yield from ensure_registered(case)
    if not known:
        return None
    t = case.taxpayer
    most = case.periods or MOST_FILED
    for k in range(most):
        document = make(t, k)
        filing = {name: document[name] for name in ("djxh", "skssqq", "skssqz", "yzpzzlDm")}
        status = yield "declaration.status", filing
        if not status.ok:
            return None
        if not status.data.get("filed"):
            reply = yield "declaration.precheck", {**filing, "sbsxDm1": ORDINARY}
            return (k, filing, document) if reply.ok else None
    raise AllFiled(most)


class CitOperator(JourneyUser):
    """The desk for corporate income tax: one of ten companies corrects, six bring their statements."""

    journeys = {"cit.file": 3, "statements.quarter": 6, "cit.correct": 1}
    think_time = lognormal(median=2, p95=6)


class LevyOperator(JourneyUser):
    """The desk for stamp tax and insurance: two of three come for the latter; few correct stamp tax."""

    journeys = {"insurance.file": 20, "stamp_tax.file": 9, "stamp_tax.correct": 1}
    think_time = lognormal(median=2, p95=6)


class WithholdingOperator(JourneyUser):
    """The desk for income tax withheld from wages."""

    journeys = {"iit.withhold": 1}
    think_time = lognormal(median=2, p95=6)

"""Corporate income tax of a quarter: status → pre-check → submit → unpaid → pay → payment state; void, file
anew; with the statements of small enterprises."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from generators.documents.payment import payment
from generators.documents.returns.cit import cit_prepayment, files_cit, quarter
from generators.documents.returns.statements import VOUCHER_STATEMENTS, files_statements, statements
from locustfiles.declaration import MOST_FILED, ORDINARY, submit_document
from locustfiles.registration import ensure_registered
from renhai import AllFiled, Case, JourneyUser, Reply, Steps, TaxpayerPool, journey, lognormal

Fields = dict[str, Any]
Part = Generator[tuple[str, Fields], Reply, Any]


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
        known = yield from ensure_registered(case)
        if not known:
            return False
        opened = yield from open_quarter(case)
        if opened is None:
            return False
        _, _, document = opened
        voucher = yield from submit_document(document)
        if not voucher:
            return False
        paid = yield from settle(case, voucher, document["sbrq1"])
        return bool(paid)


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
        known = yield from ensure_registered(case)
        if not known:
            return False
        opened = yield from open_quarter(case)
        if opened is None:
            return False
        _, filing, document = opened
        wrong = yield from submit_document(document)
        if not wrong:
            return False
        reply = yield "declaration.void", {**filing, "pzxh": wrong}
        if not reply.ok:
            return False
        voucher = yield from submit_document(document)
        if not voucher:
            return False
        paid = yield from settle(case, voucher, document["sbrq1"])
        return bool(paid)


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
        known = yield from ensure_registered(case)
        if not known:
            return False
        opened = yield from open_quarter(case)
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
        paid = yield from settle(case, voucher, document["sbrq1"])
        return bool(paid)


def settle(case: Case, voucher: str, day: str) -> Part:
    """Pay the voucher on the day of filing, where something is due on it, and see that it counts as paid.

    What else is open (VAT that is paid late) is another visit's."""
    djxh = case.taxpayer.djxh
    unpaid = yield "collection.unpaid", {"djxh": djxh}
    if not unpaid.ok:
        return False
    items = [item for item in unpaid.data.get("items", []) if item["pzxh"] == voucher]
    if items:
        reply = yield "collection.pay", {**payment(case.taxpayer, items), "jkrq": day}
        if not reply.ok:
            return False
        case.paid = True
    state = yield "collection.state", {"djxh": djxh, "pzxh": voucher}
    return state.ok and bool(state.data.get("paid"))


def open_quarter(case: Case) -> Part:
    """Status until a quarter that is not filed, then its pre-check; its number, the filing's fields and
    the return, or None.

    Raises AllFiled.
    """
    t = case.taxpayer
    most = case.periods or MOST_FILED
    for k in range(most):
        start, end = quarter(t.profile, k)
        document = cit_prepayment(t, k)
        filing = {"djxh": t.djxh, "skssqq": start, "skssqz": end, "yzpzzlDm": document["yzpzzlDm"]}
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

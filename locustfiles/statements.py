"""Statements of small enterprises, with the corporate income tax of the same quarter."""

from __future__ import annotations

from generators.documents.returns.cit import cit_prepayment
from generators.documents.returns.statements import VOUCHER_STATEMENTS, files_statements, statements
from locustfiles.cit import open_quarter, settle
from locustfiles.registration import ensure_registered
from renhai import JourneyUser, Steps, TaxpayerPool, journey, lognormal


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
def quarter(pool: TaxpayerPool) -> Steps:
    """A small enterprise files the next quarter's statements, then its prepayment of income tax, and pays."""
    with pool.case(of=files_statements) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        opened = yield from open_quarter(case)
        if opened is None:
            return False
        k, filing = opened
        status = yield "declaration.status", {**filing, "yzpzzlDm": VOUCHER_STATEMENTS}
        if not status.ok:
            return False
        if not status.data.get("filed"):  # an earlier visit may have got so far
            reply = yield "declaration.submit", statements(case.taxpayer, k)
            if not reply.ok:
                return False
        document = cit_prepayment(case.taxpayer, k)
        reply = yield "declaration.submit", document
        voucher = reply.data.get("pzxh", "") if reply.ok else ""
        if not voucher:
            return False
        paid = yield from settle(case, voucher, document["sbrq1"])
        return bool(paid)


class StatementsOperator(JourneyUser):
    """The desk where small enterprises hand in their quarter."""

    journeys = {"statements.quarter": 1}
    think_time = lognormal(median=2, p95=6)

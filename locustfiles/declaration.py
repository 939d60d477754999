"""Declarations: status → pre-check → submit → unpaid → pay → payment state; void and file anew; file only.

Who files pays as his books do: in full and on time, late with a late fee, one half now, or not yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generators.documents.payment import prepayment, visit
from generators.documents.vat.declaration import filing
from locustfiles.registration import Fields, Part, ensure_registered
from renhai import AllFiled, Case, JourneyUser, Steps, TaxpayerPool, journey, lognormal

MOST_FILED = 36  # periods found filed already before a journey gives up looking for one that is not
ORDINARY = "11"  # sbsxDm1: ordinary filing


@journey(
    "declaration.file",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 40%",
        "collection.state",
    ),
)
def file(pool: TaxpayerPool) -> Steps:
    """A taxpayer files the next period and pays what the books pay that month."""
    with pool.case() as case:
        filing = yield from open_filing(case)
        if filing is None:
            return False
        voucher = yield from submit(case)
        if not voucher:
            return False
        case.period += 1
        paid = yield from settle(case, voucher)
        return bool(paid)


@journey(
    "declaration.correct",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "declaration.void",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 40%",
        "collection.state",
    ),
)
def correct(pool: TaxpayerPool) -> Steps:
    """A taxpayer files, finds a mistake before paying, voids the declaration, files it anew and pays."""
    with pool.case() as case:
        filing = yield from open_filing(case)
        if filing is None:
            return False
        wrong = yield from submit(case)
        if not wrong:
            return False
        reply = yield "declaration.void", {**filing, "pzxh": wrong}
        if not reply.ok:
            return False
        voucher = yield from submit(case)
        if not voucher:
            return False
        case.period += 1
        paid = yield from settle(case, voucher)
        return bool(paid)


@journey(
    "declaration.declare",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
    ),
)
def declare(pool: TaxpayerPool) -> Steps:
    """A taxpayer files the next period and goes to the collection desk to pay."""
    with pool.case() as case:
        filing = yield from open_filing(case)
        if filing is None:
            return False
        voucher = yield from submit(case)
        if not voucher:
            return False
        case.period += 1
        case.filed = voucher
        return True


@journey(
    "declaration.prepay",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.prepay_init",
        "declaration.prepay_save",
    ),
    fresh=True,
)
def prepay(pool: TaxpayerPool) -> Steps:
    """VAT is prepaid in two calls: what the first one computes is carried into the second."""
    with pool.case(fresh=True) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        asked = prepayment(case.taxpayer)
        init = yield "declaration.prepay_init", asked
        if not init.ok:
            return False
        carried = {"cshxh": init.data["cshxh"], "yjse": init.data["yjse"]}
        saved = yield "declaration.prepay_save", {**asked, **carried}
        return saved.ok


def filing_of(case: Case) -> Fields:
    """Which declaration comes next: taxpayer, period, form."""
    form, (start, end) = filing(case.taxpayer, case.period)
    return {"djxh": case.taxpayer.djxh, "skssqq": start, "skssqz": end, "yzpzzlDm": form}


def open_filing(case: Case) -> Part:
    """Registered, status until a period that is not filed, then its pre-check; the filing's fields, or None.

    Raises AllFiled.
    """
    known = yield from ensure_registered(case)
    if not known:
        return None
    for _ in range(MOST_FILED):
        if case.all_filed:
            raise AllFiled(case.all_filed)
        filing = filing_of(case)
        status = yield "declaration.status", filing
        if not status.ok:
            return None
        if not status.data.get("filed"):
            reply = yield "declaration.precheck", {**filing, "sbsxDm1": ORDINARY}
            return filing if reply.ok else None
        case.period += 1  # an earlier answer was lost, or an earlier run filed it
    raise AllFiled(MOST_FILED)


def submit(case: Case) -> Part:
    """Send the declaration; its voucher number, or "" when it was not taken."""
    return (yield from submit_document(case.declaration()))


def submit_document(document: Mapping[str, Any]) -> Part:
    """Send a return; its voucher number, or "" when it was not taken."""
    reply = yield "declaration.submit", document
    return reply.data.get("pzxh", "") if reply.ok else ""


def settle(case: Case, voucher: str, just_filed: bool = True) -> Part:
    """Pay what the taxpayer's books pay this month, and see that the voucher stands as they leave it: paid,
    or not. `just_filed`: nobody can have paid it before."""
    djxh = case.taxpayer.djxh
    unpaid = yield "collection.unpaid", {"djxh": djxh}
    if not unpaid.ok:
        return False
    items = unpaid.data.get("items", [])
    pays = visit(case.taxpayer, max(case.period - 1, 0), items)
    if just_filed and pays.due > 0 and all(item["pzxh"] != voucher for item in items):
        return False
    if pays.document:
        reply = yield "collection.pay", pays.document
        if not reply.ok:
            return False
        case.paid = True
    state = yield "collection.state", {"djxh": djxh, "pzxh": voucher}
    return state.ok and bool(state.data.get("paid")) == (pays.left(items, voucher) == 0)


class DeclarationOperator(JourneyUser):
    """The declaration desk: nine of ten taxpayers file, one corrects."""

    journeys = {"declaration.file": 9, "declaration.correct": 1}
    think_time = lognormal(median=2, p95=6)

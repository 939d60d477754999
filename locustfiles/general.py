"""General business: who a taxpayer is and how they stand, and certificates of tax paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generators.documents.cases.papers.overdue import SPAN
from generators.identifiers import make_officer
from locustfiles.declaration import filing_of
from locustfiles.registration import Part, ensure_registered
from renhai import Case, JourneyUser, Steps, TaxpayerPool, journey, lognormal

TAX_PAID = "01"  # zmzlDm
FIRST_DAY, LAST_DAY = "2000-01-01", "2099-12-31"
OFFICERS = 40


@journey(
    "general.enquiry",
    sends=(
        "registration.query new",
        "registration.save new",
        "registration.query",
        "registration.status",
        "registration.kinds",
        "declaration.status",
        "collection.unpaid",
    ),
)
def enquiry(pool: TaxpayerPool) -> Steps:
    """A taxpayer asks how they stand: registration, status, tax kinds, the next filing, what is unpaid."""
    with pool.case() as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        who = yield "registration.query", {"nsrsbh": case.taxpayer.taxpayer_id}
        if not who.ok or not who.data.get("registered"):
            return False
        djxh = case.taxpayer.djxh
        standing = yield "registration.status", {"djxh": djxh}
        if not standing.ok:
            return False
        kinds = yield "registration.kinds", {"djxh": djxh}
        if not kinds.ok:
            return False
        filed = yield "declaration.status", filing_of(case)
        if not filed.ok:
            return False
        owed = yield "collection.unpaid", {"djxh": djxh}
        return owed.ok


@journey(
    "general.certificate",
    sends=(
        "registration.query new",
        "registration.save new",
        "certificate.paid",
        "certificate.issue maybe 20%",
        "certificate.query maybe 20%",
    ),
)
def certificate(pool: TaxpayerPool) -> Steps:
    """A taxpayer wants a certificate of tax paid; who has paid nothing yet leaves with that answer."""
    with pool.case(paid=True) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        certified = yield from certify(case)
        if not certified:
            return certified is not None
        named = {"djxh": case.taxpayer.djxh, "serial": certified["serial"]}
        shown = yield "certificate.query", named
        return shown.ok


def certify(case: Case) -> Part:
    """Issue a certificate of all that was paid: whose, of which days, serial, code and amount (`je`, yuan).

    {} where nothing was paid, which is an answer, too; None when it was refused.
    """
    t = case.taxpayer
    asked = {"djxh": t.djxh, "skssqq": FIRST_DAY, "skssqz": LAST_DAY}
    paid = yield "certificate.paid", asked
    if not paid.ok:
        return None
    total = paid.data.get("total")
    if not total:
        return {}
    asked |= _days(paid.data.get("items") or ())
    officer = make_officer(t.authority, 1 + t.key % OFFICERS)
    issued = yield "certificate.issue", {**asked, "zmzlDm": TAX_PAID, "je": total, "lrrDm": officer}
    if not issued.ok:
        return None
    return {**asked, **{name: issued.data.get(name, "") for name in ("serial", "yzm")}, "je": total}


def _days(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """From the first day that something was paid for to the last, as a certificate says them; {} where an
    answer does not tell them."""
    first, last = ([str(item.get(name) or "") for item in items] for name in ("skssqq", "skssqz"))
    return {"skssqq": min(first), "skssqz": max(last)} if first and all(first) and all(last) else {}


@journey(
    "general.matters",
    sends=(
        "registration.query new",
        "registration.save new",
        "registration.clearance",
        "preference.on_file",
        "declaration.overdue",
    ),
)
def matters(pool: TaxpayerPool) -> Steps:
    """A taxpayer asks what is open: what stands in the way of a cancellation, reliefs, what is overdue."""
    with pool.case() as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        whose = {"djxh": case.taxpayer.djxh}
        for operation, fields in (
            ("registration.clearance", whose),
            ("preference.on_file", whose),
            ("declaration.overdue", {**whose, **SPAN}),
        ):
            reply = yield operation, fields
            if not reply.ok:
                return False
        return True


class GeneralOperator(JourneyUser):
    """The desk for general business: two of three ask, one wants a certificate."""

    journeys = {"general.enquiry": 2, "general.certificate": 1}
    think_time = lognormal(median=2, p95=6)

"""Printing at a counter: a declaration once it is filed, a notice of what is due, a certificate once it is
paid. Requests carry what the paper must say, which the target file may leave out of what it sends."""

from __future__ import annotations

from generators.documents.payment import visit
from generators.documents.registration import registration
from locustfiles.declaration import open_filing
from locustfiles.general import certify
from locustfiles.registration import Fields, Part, ensure_registered
from renhai import Case, JourneyUser, Steps, TaxpayerPool, journey, lognormal


@journey(
    "printing.counter",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "printing.declaration",
        "printing.declaration_ofd",
        "collection.unpaid",
        "printing.notice maybe 40%",
        "printing.notice_ofd maybe 40%",
        "collection.pay maybe 40%",
        "certificate.paid",
        "certificate.issue maybe 40%",
        "printing.certificate maybe 40%",
        "printing.certificate_ofd maybe 40%",
    ),
)
def counter(pool: TaxpayerPool) -> Steps:
    """A taxpayer files, pays, and takes every paper home, printed and as a file."""
    with pool.case() as case:
        filing = yield from open_filing(case)
        if filing is None:
            return False
        filed = yield "declaration.submit", case.declaration()
        if not filed.ok:
            return False
        case.period += 1
        paper = {**_of_taxpayer(case), "skssqq": filing["skssqq"], "skssqz": filing["skssqz"]}
        voucher = {**paper, "pzxh": filed.data["pzxh"]}
        good = yield from _both("printing.declaration", {**voucher, "je": filed.data["ybtse"]})
        due = yield "collection.unpaid", {"djxh": paper["djxh"]}
        if not good or not due.ok:
            return False
        items = due.data.get("items", [])
        own = next((item for item in items if item["pzxh"] == voucher["pzxh"]), None)
        if own is not None:
            good = yield from _both("printing.notice", {**voucher, "je": own["ybtse"]})
        pays = visit(case.taxpayer, case.period - 1, items)
        if pays.document:
            paid = yield "collection.pay", pays.document
            if not paid.ok:
                return False
            case.paid = True
        certified = yield from _certificate(case, paper)
        return good and bool(certified)


@journey(
    "printing.again",
    sends=(
        "registration.query new",
        "registration.save new",
        "certificate.paid",
        "certificate.issue maybe 20%",
        "printing.certificate maybe 20%",
        "printing.certificate_ofd maybe 20%",
    ),
)
def again(pool: TaxpayerPool) -> Steps:
    """A taxpayer who has paid wants one more certificate; who has paid nothing leaves with that answer."""
    with pool.case(paid=True) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        certified = yield from _certificate(case, _of_taxpayer(case))
        return bool(certified)


def _of_taxpayer(case: Case) -> Fields:
    """Whose paper it is."""
    known = registration(case.taxpayer)
    return {name: known[name] for name in ("djxh", "nsrsbh", "nsrmc", "zgswjDm")}


def _both(operation: str, fields: Fields) -> Part:
    """The paper as PDF and as OFD."""
    printed = yield operation, fields
    file = yield f"{operation}_ofd", fields
    return printed.ok and file.ok


def _certificate(case: Case, paper: Fields) -> Part:
    """Issue a certificate of all that was paid, and print it; nothing paid is an answer, too."""
    certified = yield from certify(case)
    if not certified:
        return certified is not None
    return (yield from _both("printing.certificate", {**paper, **certified}))


class PrintingOperator(JourneyUser):
    """The printing counter: half file and take their papers, half want a certificate again."""

    journeys = {"printing.counter": 1, "printing.again": 1}
    think_time = lognormal(median=2, p95=6)

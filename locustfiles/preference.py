"""Preferences in use: a taxpayer who has one on file names it in the next return."""

from __future__ import annotations

from generators.case_domains import OnFile
from generators.documents.cases.preference import relieved
from generators.documents.payment import payment
from locustfiles.declaration import open_filing
from locustfiles.registration import ensure_registered
from renhai import JourneyUser, Steps, TaxpayerPool, journey, lognormal


@journey(
    "preference.declare",
    sends=(
        "registration.query new",
        "registration.save new",
        "case.rows",
        "collection.unpaid maybe 5%",
        "collection.pay maybe 1%",
        "declaration.status maybe 5%",
        "declaration.precheck maybe 5%",
        "declaration.submit maybe 5%",
    ),
)
def declare(pool: TaxpayerPool) -> Steps:
    """Who has a preference on file pays what is owed, and files the next period with the preference."""
    with pool.case(returning=True) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        djxh = case.taxpayer.djxh
        filed = yield "case.rows", {"djxh": djxh}
        if not filed.ok:
            return False
        on_file = OnFile(filed.data["rows"])
        held = on_file.valid("preference")
        if not held or on_file.leaves:
            return True
        owed = yield "collection.unpaid", {"djxh": djxh}
        if not owed.ok:
            return False
        if owed.data["items"]:
            paid = yield "collection.pay", payment(case.taxpayer, owed.data["items"])
            if not paid.ok:
                return False
        filing = yield from open_filing(case)
        if filing is None:
            return False
        reply = yield "declaration.submit", relieved(case.taxpayer, case.period, str(held[0]["dm"]))
        case.period += reply.ok
        return reply.ok


class PreferenceOperator(JourneyUser):
    """The filing window of those with preferences."""

    journeys = {"preference.declare": 1}
    think_time = lognormal(median=2, p95=6)

"""Registration: query → save → tax kinds; and the step that every other domain begins with."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from generators.documents.registration import registration, tax_kinds
from renhai import Case, JourneyUser, Reply, Steps, TaxpayerPool, journey, lognormal

Fields = dict[str, Any]
Part = Generator[tuple[str, Mapping[str, Any]], Reply, Any]  # of a journey


def ensure_registered(case: Case) -> Generator[tuple[str, Fields], Reply, bool]:
    """Query the taxpayer and register them if the target does not know them; True when they are known."""
    if not case.registered:
        reply = yield "registration.query", {"nsrsbh": case.taxpayer.taxpayer_id}
        if not reply.ok:
            return False
        if not reply.data.get("registered"):
            document = {**registration(case.taxpayer), "kinds": tax_kinds(case.taxpayer)}
            reply = yield "registration.save", document
        case.registered = reply.ok
    return case.registered


@journey(
    "registration.register",
    sends=(
        "registration.query new",
        "registration.save new",
        "registration.kinds",
    ),
    fresh=True,
)
def register(pool: TaxpayerPool) -> Steps:
    """A new taxpayer comes: query → save → tax kinds."""
    with pool.case(fresh=True) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        reply = yield "registration.kinds", {"djxh": case.taxpayer.djxh}
        return reply.ok


class RegistrationOperator(JourneyUser):
    """The registration desk."""

    journeys = {"registration.register": 1}
    think_time = lognormal(median=2, p95=6)

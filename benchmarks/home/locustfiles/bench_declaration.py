"""The journey of the second work: a VAT declaration of a general taxpayer, computed for the request."""

from __future__ import annotations

from generators.declaration import declaration
from renhai.load.journeys import Case, Desk, Steps, journey


@journey("bench.declaration")
def declare(desk: Desk) -> Steps:
    """One VAT declaration of a general taxpayer, computed for this request; one period on at each return."""
    with general(desk) as case:
        reply = yield "declaration.submit", declaration(case.taxpayer, case.period)
        case.period += 1
        return reply.ok


def general(desk: Desk) -> Case:
    """The next general taxpayer; small-scale ones are not given back, so they cost once."""
    while True:
        case = desk.case()
        if case.taxpayer.scale == "general":
            return case

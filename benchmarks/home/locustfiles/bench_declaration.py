"""The journeys of the second and third work: a VAT declaration, computed for the request."""

from __future__ import annotations

from generators.documents.vat.declaration import declaration
from renhai.load.engine.cases import Case, Desk
from renhai.load.engine.journeys import Steps, journey


@journey("bench.declaration")
def declare(desk: Desk) -> Steps:
    """The VAT declaration of the population's next taxpayer; one period on at each return."""
    with desk.case() as case:
        reply = yield "declaration.submit", declaration(case.taxpayer, case.period)
        case.period += 1
        return reply.ok


@journey("bench.general")
def declare_general(desk: Desk) -> Steps:
    """The same of general taxpayers alone, whose form is the longest."""
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

"""The journeys of the second and third work: a VAT declaration, computed for it or made ahead."""

from __future__ import annotations

from renhai import Case, Steps, TaxpayerPool, journey


@journey("bench.declaration", sends=["declaration.submit"])
def declare(pool: TaxpayerPool) -> Steps:
    """The VAT declaration of the population's next taxpayer; one period on at each return."""
    with pool.case() as case:
        reply = yield "declaration.submit", case.declaration()
        case.period += 1
        return reply.ok


@journey("bench.general", sends=["declaration.submit"])
def declare_general(pool: TaxpayerPool) -> Steps:
    """The same of general taxpayers alone, whose form is the longest."""
    with general(pool) as case:
        reply = yield "declaration.submit", case.declaration()
        case.period += 1
        return reply.ok


def general(pool: TaxpayerPool) -> Case:
    """The next general taxpayer; small-scale ones are not given back, so they cost once."""
    while True:
        case = pool.case()
        if case.taxpayer.scale == "general":
            return case

"""Journeys in a load process: those that locustfiles register, and those that stand in the scenario.

What a journey is and declares: renhai.spec.journeys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generators.kinds import JOURNEY_DOCUMENTS
from renhai.binding.codec import Reply
from renhai.binding.templates import Scope, compile_tree
from renhai.plan.model import WrittenStep
from renhai.spec.cases import TaxpayerPool
from renhai.spec.journeys import JOURNEYS, Journey, SentStep, Steps, Walk, journey

__all__ = ["JOURNEYS", "Reply", "Steps", "journey", "register", "written"]


def register(journeys: Mapping[str, Sequence[WrittenStep]]) -> None:
    """Add the plan's written journeys to JOURNEYS."""
    for name, steps in journeys.items():
        sends = tuple(SentStep(step.send) for step in steps)
        JOURNEYS[name] = Journey(name, sends, walk=written(steps))


def written(steps: Sequence[WrittenStep]) -> Walk:
    """The journey that takes `steps` one after another; it ends at the first that is not ok."""
    scope = Scope({})
    prepared = [
        (step.send, JOURNEY_DOCUMENTS.get(step.document or ""), compile_tree(step.fields, scope))
        for step in steps
    ]
    uses = {document.uses for _, document, _ in prepared if document is not None}

    def walk(pool: TaxpayerPool) -> Steps:
        with pool.case() as case:
            known = {"taxpayer": case.taxpayer._asdict(), "reply": {}}
            for operation, document, build in prepared:
                fields = document.make(case, known["reply"]) if document is not None else {}
                reply = yield operation, {**fields, **build(known)}
                if not reply.ok:
                    return False
                known["reply"] = reply.data
            case.period += "period" in uses
            case.range_index += "range_index" in uses
            return True

    return walk

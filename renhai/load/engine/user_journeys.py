"""Journeys that stand in the scenario: the steps of the YAML as the function that they amount to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from generators.documents.invoice import invoice, invoice_range
from generators.documents.payment import payment
from generators.documents.registration import registration, tax_kinds
from generators.documents.vat.declaration import declaration
from renhai.binding.templates import Scope, compile_tree
from renhai.load.engine.cases import Case, TaxpayerPool
from renhai.load.engine.journeys import JOURNEYS, Journey, Steps

Fields = dict[str, Any]


def register(journeys: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Add the plan's written journeys to JOURNEYS."""
    for name, steps in journeys.items():
        JOURNEYS[name] = written(steps)


def written(steps: Sequence[Mapping[str, Any]]) -> Journey:
    """The journey that takes `steps` one after another; it ends at the first that is not ok."""
    scope = Scope({})
    prepared = [
        (step["send"], step.get("document"), compile_tree(step.get("fields") or {}, scope)) for step in steps
    ]
    moves_on = {document for _, document, _ in prepared}

    def walk(pool: TaxpayerPool) -> Steps:
        with pool.case() as case:
            known = {"taxpayer": case.taxpayer._asdict(), "reply": {}}
            for operation, document, build in prepared:
                fields = DOCUMENTS[document](case, known["reply"]) if document else {}
                reply = yield operation, {**fields, **build(known)}
                if not reply.ok:
                    return False
                known["reply"] = reply.data
            case.period += "declaration" in moves_on
            case.range_index += bool(moves_on & {"invoice", "invoice_range"})
            return True

    return walk


def _registration(case: Case, reply: Fields) -> Fields:
    return {**registration(case.taxpayer), "kinds": tax_kinds(case.taxpayer)}


DOCUMENTS: dict[str, Callable[[Case, Fields], Fields]] = {
    "taxpayer": lambda case, reply: case.taxpayer._asdict(),
    "registration": _registration,
    "declaration": lambda case, reply: declaration(case.taxpayer, case.period),
    "invoice": lambda case, reply: invoice(case.taxpayer, case.range_index, 0),
    "invoice_range": lambda case, reply: invoice_range(case.taxpayer, case.range_index),
    "payment": lambda case, reply: payment(case.taxpayer, reply.get("items", [])),
}

"""Was the plan carried out? The evidence of each operation, as run.json and the verdict have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from results.verdict.reasons import Reason
from results.verdict.reasons import plan as why
from results.verdict.validity.evidence import Evidence
from results.verdict.validity.planned import Planned, Tested, prove


class CarriedOut(NamedTuple):
    """document: `proof` of run.json. failures: of the target; doubts: make the run invalid."""

    document: dict[str, Any]
    failures: list[Reason]
    doubts: list[Reason]


def carried_out(evidence: Evidence, planned: Mapping[str, Any]) -> CarriedOut:
    """`planned`: as in run.json. A run that was broken off is told and not judged by its plan."""
    plan, measured = Planned.model_validate(planned), evidence.measured
    groups: dict[str, int] = {}
    for row in measured.groups:
        name = f"{row.get('unit')}/{row.get('post')}"
        groups[name] = groups.get(name, 0) + int(row.get("attempted") or 0)
    found = prove(plan, measured.walks, evidence.facts(), measured.journeys, groups)
    document = {
        "operations": {name: row.model_dump() for name, row in found.rows.items()},
        "taxpayers_again": found.again,
    }
    if measured.ended != "completed":
        return CarriedOut(document, [], [])
    failures = [_reason(item, plan) for item in found.broken if item.what in _OF_TARGET]
    doubts = [_reason(item, plan) for item in found.broken if item.what not in _OF_TARGET]
    doubts += _of_arrivals(plan, measured.load.arrivals_due)
    return CarriedOut(document, failures, doubts)


def _of_arrivals(plan: Planned, due: int) -> list[Reason]:
    """Whoever reports the load may not choose how much of it there was."""
    if plan.arrivals is None:
        return []
    low, high = plan.arrivals.bounds()
    if low <= due <= high:
        return []
    return [why.OtherArrivals(due=due, expected=plan.arrivals.expected)]


_OF_TARGET = ("refused", "unreached")


def _reason(item: Tested, plan: Planned) -> Reason:
    operation, journey, of = item.operation, item.journey, item.of
    if item.what == "mix":
        return why.OtherMix(journey=journey, started=item.seen, of=of, share=item.share)
    if item.what == "refused":
        return why.NoneSucceeded(operation=operation, of=of)
    if item.what == "unanswered":
        return why.NoneEnded(operation=operation, of=of)
    if item.what == "unreached":
        return why.NotReached(operation=operation, of=of)
    if item.what == "unsent":
        return why.NotSent(operation=operation, of=of)
    if item.what == "more":
        return why.More(operation=operation, journey=journey, more=item.seen, of=of)
    sent = of - item.seen
    if 2 * item.again >= item.seen:
        return why.RanOut(
            operation=operation, journey=journey, sent=sent, of=of, again=item.again, taxpayers=plan.taxpayers
        )
    if item.knows:
        return why.Known(operation=operation, journey=journey, sent=sent, of=of)
    return why.Fewer(operation=operation, journey=journey, sent=sent, of=of, share=item.share)

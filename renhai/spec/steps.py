"""Journeys written in the scenario: operations in a row, with fields from a document or written out.

What a journey says that it sends: `@journey("invoice.cycle", sends=("invoice.stock", ...))`.

Each text is an operation and what the plan may count on:

    declaration.status            once in every transaction; named twice, twice
    registration.save new         once for a taxpayer who was not served before in this run
    invoice.issue 2-4             so often in every transaction
    collection.pay maybe 40%      only where the answers ask for it, usually in this share of transactions

A run is held to it (results.verdict.planned), so what is said here must be so in every run that did its work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from renhai.binding.templates import TOKEN, wrong_placeholder
from renhai.core.validation import Strict, refuse

DOCUMENTS = ("taxpayer", "registration", "declaration", "invoice", "invoice_range", "payment")
_FIELD = re.compile(r"taxpayer(\.\w+)*|reply(\.\w+)*|NEW:id|NOW:.+")


def _check_fields(node: Any) -> Any:
    if isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            _check_fields(item)
    elif isinstance(node, str):
        wrong = wrong_placeholder(node) or next(
            (f"${{{inner}}}" for inner in TOKEN.findall(node) if not _FIELD.fullmatch(inner)), ""
        )
        if wrong:
            raise refuse(
                f"holds {wrong}; known: ${{taxpayer.FIELD}}, ${{reply.FIELD}}, ${{NEW:id}}, ${{NOW:HH}}"
            )
    return node


def _step(value: Any) -> Any:
    return {"send": value} if isinstance(value, str) else value


class Step(Strict):
    """One operation: the fields of a document of the case's taxpayer, then those written here."""

    send: str = Field(examples=["item.add"], description="the operation")
    document: (
        Literal["taxpayer", "registration", "declaration", "invoice", "invoice_range", "payment"] | None
    ) = None
    fields: Annotated[dict[str, Any], AfterValidator(_check_fields)] = Field(
        default={}, description="texts may hold ${taxpayer.djxh} and ${reply.FIELD} of the answer before"
    )


WrittenJourney = Annotated[list[Annotated[Step, BeforeValidator(_step)]], Field(min_length=1)]


FLOOR = (
    0.5  # a run must show at least this part of a usual share: shares differ from population to population
)

_STEP = re.compile(
    r"(?P<operation>[\w.]+)(?P<new> new)?(?: (?P<low>\d+)-(?P<high>\d+))?(?: maybe (?P<share>\d+)%)?"
)


@dataclass(frozen=True)
class SentStep:
    """One operation of a journey: `low` to `high` times in a transaction, of `share` (0 to 1) of them."""

    operation: str
    new: bool = False
    low: int = 1
    high: int = 1
    share: float = 1.0

    @property
    def mean(self) -> float:
        """Requests a transaction, of a new taxpayer."""
        return self.share * (self.low + self.high) / 2


def parse_sends(texts: Iterable[str]) -> tuple[SentStep, ...]:
    """The steps of a declaration. Raises ValueError that says how to write one."""
    return tuple(_parse(text) for text in texts)


def _parse(text: str) -> SentStep:
    match = _STEP.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no step; write it like 'invoice.issue', 'invoice.issue new', "
                         "'invoice.issue 2-4' or 'invoice.issue maybe 40%'")  # fmt: skip
    low, high = int(match["low"] or 1), int(match["high"] or 1)
    share = int(match["share"]) / 100 if match["share"] else 1.0
    if not (0 < low <= high and 0 < share <= 1 and not (match["new"] and share < 1)):
        raise ValueError(f"{text!r} can never be so; times go from the lower to the higher, shares to 100%")
    return SentStep(match["operation"], bool(match["new"]), low, high, share)


def planned_steps(steps: Iterable[SentStep]) -> dict[str, dict[str, Any]]:
    """By operation: what results.verdict.planned.PlannedStep holds a transaction to."""
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        entry = found.setdefault(step.operation, {"each": 0, "new": 0, "many": False, "least": None})
        if step.share < 1:
            entry["least"] = min(FLOOR * step.share, entry["least"] or 1.0)
        else:
            entry["new" if step.new else "each"] += step.low
        entry["many"] = entry["many"] or step.high > step.low
    return found

"""Journeys written in the scenario: operations in a row, with fields from a document or written out."""

from __future__ import annotations

import re
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

"""The steps of a journey in YAML: requests, pauses, loops, conditions, choices."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from renhai.binding.text.templates import TOKEN, wrong_placeholder
from renhai.core.unions import kind_by_keys
from renhai.core.units import Share
from renhai.core.validation import Strict, refuse
from renhai.spec.journeys.written.conditions import parse
from renhai.spec.workload.common import ThinkTime, Weight

_FIELD = re.compile(r"[a-z_]\w*(\.\w+)*|NEW:id|NOW:.+")
# Tags are no keys, so that a mistake is told by the keys alone (renhai.core.validation).
KINDS = {key: f"({key})" for key in ("think", "repeat", "while", "if", "choose", "send")}
_BY_KEYS = {**KINDS, "then": "(if)", "else": "(if)", "at_most": "(while)", "steps": "(repeat)"}
_BY_KEYS |= {"fields": "(send)", "document": "(send)"}


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
                f"holds {wrong}; known: ${{taxpayer.FIELD}}, ${{reply.FIELD}}, ${{DATA.COLUMN}}, ${{loop}}, "
                "${NEW:id}, ${NOW:HH}"
            )
    return node


class _DocumentNames:
    """The names of documents in the JSON Schema, asked for when one is made."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"enum": _documents(), "type": "string"}


def _documents() -> list[str]:
    from generators.kinds import JOURNEY_DOCUMENTS

    return list(JOURNEY_DOCUMENTS)


def _document(text: str) -> str:
    if text not in _documents():
        raise refuse(f"must be one of {', '.join(_documents())}")
    return text


def _condition(text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        raise refuse(str(error)) from None
    return text


def _pause(value: Any) -> Any:
    """`think: 2s` is short for `think: {fixed: 2s}`."""
    return value if isinstance(value, dict | ThinkTime) else {"fixed": value}


def _kind(value: Any) -> str:
    """By its key, so that a mistake is told of the right one."""
    if isinstance(value, dict):
        return kind_by_keys(value, _BY_KEYS, "(send)")
    made: dict[type, str] = {Think: "think", Repeat: "repeat", While: "while", If: "if", Choose: "choose"}
    return KINDS.get(made.get(type(value), ""), "(send)")


def _one_thing(value: Any) -> Any:
    given = [key for key in KINDS if key in value] if isinstance(value, dict) else []
    if len(given) > 1:
        raise refuse(f"has {given[0]} and {given[1]}; a step does one thing: make two steps of it")
    return value


def _step(value: Any) -> Any:
    return {"send": value} if isinstance(value, str) else value


Condition = Annotated[str, AfterValidator(_condition)]


class Step(Strict):
    """One operation: the fields of a document of the case's taxpayer, then those written here."""

    send: str = Field(examples=["item.add"], description="the operation")
    document: Annotated[str, AfterValidator(_document), _DocumentNames()] | None = Field(
        default=None, description="whose fields are sent: a document of the case's taxpayer"
    )
    fields: Annotated[dict[str, Any], AfterValidator(_check_fields)] = Field(
        default={},
        examples=["{sl: 2, djxh: '${taxpayer.djxh}'}"],
        description="texts may hold ${taxpayer.djxh}, ${reply.FIELD} of the answer before, ${DATA.COLUMN}",
    )


class Think(Strict):
    """A pause inside the journey: it is no part of any latency."""

    think: Annotated[ThinkTime, BeforeValidator(_pause)] = Field(
        examples=["{uniform: [1s, 3s]}"], description="how long; 2s is short for {fixed: 2s}"
    )


class Repeat(Strict):
    """The steps, so many times; ${loop} counts from 0."""

    repeat: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(examples=["3"], description="how often")
    steps: Annotated[list[AnyStep], Field(min_length=1)] = Field(
        examples=["[item.view]"], description="what is repeated"
    )


class While(Strict):
    """The steps, as long as the condition holds, and never more often than `at_most`."""

    while_: Condition = Field(
        alias="while", examples=["reply.next"], description="looked at before each turn"
    )
    at_most: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(examples=["10"], description="turns")
    steps: Annotated[list[AnyStep], Field(min_length=1)] = Field(
        examples=["[item.page]"], description="what is repeated"
    )
    usually: Share | None = Field(
        default=None,
        examples=["30%"],
        description="share of journeys that come in at all; half of it must be seen",
    )


class If(Strict):
    """Steps where a condition holds, others where not."""

    if_: Condition = Field(
        alias="if",
        examples=["'reply.state == \"open\"'"],
        description="reply.x is there, not reply.x, or ==, !=, <, <=, >, >= with a literal of JSON",
    )
    then: Annotated[list[AnyStep], Field(min_length=1)] = Field(
        examples=["[item.close]"], description="where it holds"
    )
    otherwise: list[AnyStep] = Field(
        default=[], alias="else", examples=["[item.open]"], description="where not"
    )
    usually: Share | None = Field(
        default=None,
        examples=["40%"],
        description="share of journeys where it holds; half of it must be seen, either way",
    )


class Branch(Strict):
    """One of the ways of a choice; no steps: go on with what follows."""

    weight: Weight = Field(default=1.0, examples=["3"], description="beside the other branches")
    steps: list[AnyStep] = Field(default=[], examples=["[item.view]"], description="what is done")


class Choose(Strict):
    """One of the branches, drawn by weight."""

    choose: Annotated[list[Branch], Field(min_length=2)] = Field(
        examples=["[{weight: 3, steps: [item.view]}, {weight: 1}]"], description="the branches"
    )


AnyStep = Annotated[
    Annotated[Annotated[Step, BeforeValidator(_step)], Tag("(send)")]
    | Annotated[Think, Tag("(think)")]
    | Annotated[Repeat, Tag("(repeat)")]
    | Annotated[While, Tag("(while)")]
    | Annotated[If, Tag("(if)")]
    | Annotated[Choose, Tag("(choose)")],
    Discriminator(_kind),
    BeforeValidator(_one_thing),
]
for _model in (Repeat, While, If, Branch, Choose):
    _model.model_rebuild()

WrittenJourney = Annotated[list[AnyStep], Field(min_length=1)]

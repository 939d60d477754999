"""A bureau as data: its posts and what is worked there, its units and who sits where, and when.

One file of `scenarios/bureaux/`, which the bureau's own staff keep; a scenario takes units, posts and a part
of the day from it (`load.bureau`).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.units import Duration
from renhai.core.validation import Strict, refuse
from renhai.spec.workload.common import Authority, Mix, ThinkTime

Proficiency = Literal["novice", "trained", "skilled"]
PROFICIENCIES: tuple[Proficiency, ...] = ("novice", "trained", "skilled")

_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?|24:00"
_SPAN = re.compile(rf"({_CLOCK})\s*-\s*({_CLOCK})")


class Span(NamedTuple):
    """A part of the day, in seconds since midnight."""

    start: int
    end: int


def _span(value: Any) -> Any:
    if isinstance(value, Span):
        return value
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refuse('must be a part of the day such as "08:30-12:00"')
    span = Span(_seconds(match.group(1)), _seconds(match.group(2)))
    if span.end <= span.start:
        raise refuse("ends before it begins; write the earlier time first")
    return span


def _seconds(text: str) -> int:
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + sum(rest)


Hours = Annotated[
    Span,
    BeforeValidator(_span),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9:]+\s*-\s*[0-9:]+$", "examples": ["08:30-12:00"]}),
]


def _in_order(spans: list[Span]) -> list[Span]:
    for before, after in pairwise(spans):
        if after.start < before.end:
            raise refuse("has parts that overlap or are out of order; write the day from morning to evening")
    return spans


Shift = Annotated[list[Hours], Field(min_length=1), AfterValidator(_in_order)]
Seats = Annotated[int, Field(strict=True, ge=0, le=10**6)]


class BureauPost(Strict):
    """A post of the bureau: its menu of journeys, and how long its people think between two transactions."""

    title: str = Field(default="", description="as the bureau calls it: 申报岗")
    journeys: Mix = Field(examples=["{declaration.file: 9, declaration.correct: 1}"])
    think_time: dict[Proficiency, ThinkTime] = Field(
        min_length=1, examples=["{trained: {lognormal: {median: 45s, p95: 120s}}}"]
    )
    shift: Shift | None = Field(default=None, description="where it differs from the bureau's")


class Staff(Strict):
    """How many sit at a post, by proficiency."""

    novice: Seats = 0
    trained: Seats = 0
    skilled: Seats = 0


def _staff(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"trained": value}
    if not isinstance(value, dict | Staff):
        raise refuse("must be a number of seats, or numbers by proficiency: {novice: 2, trained: 5}")
    return value


class Unit(Strict):
    """A unit of the bureau, and its seats: a number (all trained), or numbers by proficiency."""

    code: Authority = Field(examples=["14301020000"])
    title: str = Field(default="", description="as the bureau calls it: 芙蓉区国家税务局")
    seats: dict[str, Annotated[Staff, BeforeValidator(_staff)]] = Field(
        min_length=1, examples=["{declaration-desk: {novice: 4, trained: 12, skilled: 4}}"]
    )


class Bureau(Strict):
    """The whole file."""

    name: str = Field(min_length=1, examples=["changsha"])
    shift: Shift = Field(examples=['["08:30-12:00", "14:00-17:30"]'])
    sign_in: Duration = Field(
        default=60.0, description="within this time of the beginning of a shift everyone has signed in"
    )
    posts: dict[str, BureauPost] = Field(
        min_length=1, examples=["{declaration-desk: {journeys: ..., think_time: ...}}"]
    )
    units: dict[str, Unit] = Field(min_length=1, examples=["{furong: {code: 14301020000, seats: ...}}"])

    @model_validator(mode="after")
    def _different_codes(self) -> Bureau:
        seen: dict[str, str] = {}
        for name, unit in self.units.items():
            if unit.code in seen:
                raise refuse(f"gives units {seen[unit.code]} and {name} the same code {unit.code}")
            seen[unit.code] = name
        return self


class Roster(Strict):
    """`load.bureau` of a scenario: who of a bureau comes to work, and which part of the day is played."""

    file: str = Field(examples=["changsha"], description="a name in scenarios/bureaux/, or a path")
    units: list[str] | None = Field(
        default=None, min_length=1, examples=["['14301030000']"], description="leave out for all"
    )
    posts: list[str] | None = Field(
        default=None, min_length=1, examples=["[declaration-desk]"], description="leave out for all"
    )
    clock: Hours = Field(examples=['"08:30-08:50"'], description="the part of the day that is played")
    pace: Annotated[float, Field(strict=True, gt=0, le=10_000)] = Field(
        default=1.0, description="how many times faster than in the bureau: hours and think times"
    )
    sign_in: Duration | None = Field(default=None, description="instead of the bureau's own")

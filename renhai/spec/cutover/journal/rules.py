"""A rules file of `renhai replay`: what differs between two systems by nature, and how answers are held
against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.errors import Problem, UsageError
from renhai.core.units import Duration
from renhai.core.validation import Strict, refuse, unknown, validate
from renhai.core.yaml_lines import YamlFile, load_yaml, spell

SIDES = ("old", "new")
Name = Annotated[str, Field(min_length=1, max_length=80)]
Kind = Literal["status", "type", "value", "missing", "extra", "order", "amount", "timing"]
Reason = Annotated[str, Field(min_length=3, max_length=300)]


def _pattern(value: Any) -> Any:
    try:
        groups = re.compile(value).groups if isinstance(value, str) else 0
    except re.error as error:
        raise refuse(f"is no regular expression: {error}") from None
    if groups != 1:
        raise refuse("must be a regular expression with one group, such as 101(\\d{17})")
    return value


Pattern = Annotated[str, BeforeValidator(_pattern), WithJsonSchema({"type": "string"})]


class Rewrite(Strict):
    """How a field's value is said to one system; back it goes by what was said before."""

    table: str | None = Field(default=None, examples=["authority"], description="a code list of `tables`")
    take: Pattern | None = Field(
        default=None, examples=["'10114(.{15})'"], description="what the group finds; else the whole value"
    )

    @model_validator(mode="after")
    def _one(self) -> Rewrite:
        if (self.table is None) == (self.take is None):
            raise refuse("must say table or take, one of both")
        return self


class Track(Strict):
    """What one system says otherwise than the journal."""

    translate: dict[Name, Rewrite] = Field(
        default={}, examples=["{zgswjDm: {table: authority}}"], description="fields, at any depth"
    )
    codes: str | None = Field(
        default=None, description="a table of the codes of answers: the journal's, then the system's"
    )


class Reenter(Strict):
    """Which transactions of a unit are entered in the new system, too."""

    domains: list[Name] | None = Field(default=None, description="only those")
    most: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None, description="the first so many of the day"
    )
    fill: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        default=None,
        examples=["28935"],
        description="the first of the day, so that with all other units there are so many",
    )

    @model_validator(mode="after")
    def _one_bound(self) -> Reenter:
        if self.most is not None and self.fill is not None:
            raise refuse("has most and fill; say one of both")
        return self


class Ignored(Strict):
    """A difference that is none, and why."""

    operation: Name = Field(default="*", description="glob")
    field: Name = Field(examples=["djrq"], description="glob; lists are written items[].pzxh")
    kind: Kind | None = Field(
        default=None, description="only of this kind; left out: any difference of a field"
    )
    reason: Reason = Field(examples=["the old system keeps the time of day"], description="why")

    @model_validator(mode="after")
    def _something_stays(self) -> Ignored:
        if self.kind is None and not (self.operation + self.field).strip("*?"):
            raise refuse("ignores every difference of every operation; name the field, operation or kind")
        return self


class Slower(Strict):
    """When the new system's time is a difference."""

    times: Annotated[float, Field(gt=1)] = Field(examples=["3"], description="so many times the old one's")
    over: Duration = Field(examples=["1s"], description="and over this")


class Comparing(Strict):
    """How answers are held against each other."""

    amounts: list[Name] = Field(default=[], examples=["[ybtse]"], description="fields (globs) in yuan")
    rows: dict[Name, Name] = Field(
        default={}, examples=["{items: pzxh}"], description="lists, and the field that rows are paired by"
    )
    ignore: list[Ignored] = Field(default=[], description="differences that are none")
    timing: Slower | None = Field(default=None, description="left out: times are not compared")

    @model_validator(mode="after")
    def _amounts_alone(self) -> Comparing:
        if any(not name.strip("*?") for name in self.amounts):
            raise refuse("has every field for an amount, so that codes 01 and 1 are one; name the amounts")
        return self


class Noise(Strict):
    """How what is another each time is told from what differs; nothing is written twice for it."""

    reads: list[Name] = Field(
        default=[],
        examples=['["registration.status"]'],
        description="operations that only read (globs of those that renhai knows): the first of each are "
        "asked twice; what leaves a receipt never is",
    )
    times: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(
        default=20, description="so many of each are asked twice"
    )
    twins: list[Annotated[list[Name], Field(min_length=2, max_length=2)]] = Field(
        default=[], description="pairs of taxpayers of the journal who were entered alike"
    )
    apart: list[Name] = Field(default=[], examples=["[nsrsbh, nsrmc]"], description="what tells twins apart")


class Rules(Strict):
    """The whole file."""

    name: Name = Field(default="replay", description="of the comparison")
    tables: dict[Name, dict[str, str]] = Field(
        default={}, description="code lists: the journal's code, then the system's"
    )
    old: Track = Track()
    new: Track = Track()
    units: dict[Name, Name] = Field(
        default={}, examples=['{"14301020000": 芙蓉区国家税务局}'], description="titles, for the day's page"
    )
    ids: list[Name] = Field(
        default=["pzxh", "serial", "lcslid"], description="what a system issues itself, each its own"
    )
    reenter: dict[Name, Reenter] | None = Field(
        default=None, description="by unit; other units are not re-entered; left out: everything is"
    )
    in_turn: list[Name] = Field(
        default=["case.*", "export.*", "voucher.*"],
        description="operations (globs) that depend on what others of the unit did: in the journal's order",
    )
    noise: Noise = Noise()
    compare: Comparing = Comparing()

    def track(self, side: str) -> Track:
        return self.old if side == "old" else self.new


def load_rules(path: Path | None) -> Rules:
    """The rules of a file, or those that hold without one. Raises UsageError with every mistake in it."""
    if path is None:
        return Rules()
    file = load_yaml(path)
    rules = validate(Rules, file)
    if problems := list(_of_tables(rules, file)):
        raise UsageError(problems)
    return rules


def _of_tables(rules: Rules, file: YamlFile) -> Iterator[Problem]:
    for side in SIDES:
        track = rules.track(side)
        for name, rewrite in track.translate.items():
            if rewrite.table is not None and rewrite.table not in rules.tables:
                where = (side, "translate", name, "table")
                yield unknown(file, where, rewrite.table, rules.tables, "table")
        if track.codes is not None and track.codes not in rules.tables:
            yield unknown(file, (side, "codes"), track.codes, rules.tables, "table")
    filling = [name for name, unit in (rules.reenter or {}).items() if unit.fill is not None]
    for name in filling[1:]:
        at = ("reenter", name, "fill")
        yield Problem(file.where(at), spell(at), f"stands at {filling[0]}, too; one unit fills up")
    for name, table in rules.tables.items():
        seen: dict[str, str] = {}
        for ours, theirs in table.items():
            if theirs in seen:
                at = ("tables", name, ours)
                why = f"is {theirs}, as of {seen[theirs]}; what came back could not be told apart"
                yield Problem(file.where(at), f"tables.{name}.{ours}", why)
            seen[theirs] = ours

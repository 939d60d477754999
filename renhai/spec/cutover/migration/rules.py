"""A rules file of `renhai verify`: both sides, and the batches that are held against each other."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.validation import Strict, refuse
from renhai.spec.cutover.migration.columns import Column, Reason, Text

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\w-][\w.-]*$")]


_TERMS = r"\s*[+-]?\s*[\w.]+(?:\s*[+-]\s*[\w.]+)*\s*"
_EQUATION = re.compile(rf"{_TERMS}={_TERMS}")
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,8})?")
_REFERENCE = re.compile(r"([\w.-]+)\.(\w+)")


def _equation(value: Any) -> Any:
    if not isinstance(value, str) or not _EQUATION.fullmatch(value):
        raise refuse("must be sums of columns on both sides of =, such as ynse = yjse + ybtse")
    times: Counter[str] = Counter()
    for sign, name in terms(value):
        if name[0].isdigit() and not _NUMBER.fullmatch(name):
            raise refuse(f"adds {name}, which is neither a column nor a number such as 0.01")
        times[name] += 0 if name[0].isdigit() else sign
    if not any(times.values()):
        raise refuse("cannot fail: no column of it counts; name columns that must add up")
    return value


def _reference(value: Any) -> Any:
    if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
        raise refuse("must be batch.column, such as taxpayer.djxh")
    return value


Equation = Annotated[str, BeforeValidator(_equation), WithJsonSchema({"type": "string"})]
Reference = Annotated[str, BeforeValidator(_reference), WithJsonSchema({"type": "string"})]


def terms(equation: str) -> list[tuple[int, str]]:
    """`a = b - c` as (1, a), (-1, b), (1, c): what has to add up to nought."""
    left, _, right = equation.partition("=")
    return [
        (side * (-1 if sign == "-" else 1), name)
        for side, text in ((1, left), (-1, right))
        for sign, name in re.findall(r"([+-]?)\s*([\w.]+)", text)
    ]


class Files(Strict):
    """How the files of one side are written."""

    encoding: Literal["utf-8", "gb18030", "gbk"] = Field(
        default="utf-8", description="read strictly: a byte that is none of it is an error, never replaced"
    )
    delimiter: Annotated[str, Field(pattern=r"^[^\"\r\n]$")] = Field(
        default=",", examples=['"|"'], description="between two values of a line"
    )
    null: str | None = Field(
        default=None, examples=["\\N"], description="what stands for no value; else there is none in a CSV"
    )
    open_end: bool = Field(
        default=False,
        description="the last line may end without a line end; else that file may be cut off, and says so",
    )


class Allowed(Strict):
    """Rows that may be missing or extra, with the reason."""

    at_most: Annotated[int, Field(strict=True, ge=1)] = Field(examples=["12"], description="so many rows")
    reason: Reason = Field(examples=["void forms stay in the old system"], description="and why")


class Allow(Strict):
    """What may differ in a batch without failing it."""

    missing: Allowed | None = Field(default=None, description="rows of the old side that the new one lacks")
    extra: Allowed | None = Field(default=None, description="rows of the new side that the old one lacks")


class Sums(Strict):
    """Totals that must be the same on both sides, exactly, whatever a column's tolerance is."""

    columns: list[str] = Field(min_length=1, examples=["[ybtse]"], description="columns of type number")
    by: list[str] = Field(
        default_factory=list, examples=["[swjg_dm]"], description="a total for each value of these"
    )


class Batch(Strict):
    """Files of the old side and of the new side that hold the same rows."""

    title: str = Field(default="", examples=["纳税人"], description="what people call it")
    old: str | None = Field(
        default=None, examples=["nsr_*.csv"], description="files below OLD, CSV or .parquet; else NAME.csv"
    )
    new: str | None = Field(
        default=None, examples=["nsrxx.csv"], description="files below NEW; else NAME.csv"
    )
    key: list[str] = Field(
        min_length=1, examples=["[nsrsbh]"], description="the columns that a row is known by"
    )
    columns: dict[str, Column] = Field(
        default_factory=dict,
        description="columns that need a rule; others are compared as text under their name",
    )
    unit: str | None = Field(
        default=None, examples=["swjg_dm"], description="the column that says whose row it is"
    )
    owner: str | None = Field(
        default=None, examples=["lrr_dm"], description="the column that says who cleans it"
    )
    sums: Sums | None = Field(default=None, description="totals that must agree")
    references: dict[str, Reference] = Field(
        default_factory=dict,
        examples=["{djxh: taxpayer.djxh}"],
        description="columns whose values must stand in a column of another batch, on their own side",
    )
    equations: list[Equation] = Field(
        default_factory=list,
        examples=['["ynse = yjse + ybtse"]'],
        description="what must hold in every row of either side; no value makes it not hold",
    )
    rows: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None, examples=["70000"], description="how many rows the old side has by its own count"
    )
    allow: Allow = Field(default_factory=Allow, description="what may differ")
    empty: Reason | None = Field(
        default=None, examples=["no arrears in this unit"], description="why it may have no rows at all"
    )
    same_files: Reason | None = Field(
        default=None,
        examples=["a code table, copied as a file"],
        description="why both sides may be the same bytes",
    )

    @model_validator(mode="after")
    def _compares(self) -> Batch:
        for name in (*self.key, *(self.sums.columns if self.sums else ())):
            column = self.columns.get(name)
            if column is not None and column.ignore:
                raise refuse(f"ignores {name}, which is a key or a sum; take `ignore` out there")
        for name in self.key:
            column = self.columns.get(name)
            if column is not None and column.tolerance is not None:
                raise refuse(f"has a tolerance on {name}, which is a key; a key is the same or another one")
        if len(set(self.key)) != len(self.key):
            raise refuse("has a column twice in its key")
        for name in self.sums.columns if self.sums else ():
            if name not in self.columns or self.columns[name].type != "number":
                raise refuse(f"sums {name}, which is no number here; give columns.{name} the type: number")
        for name in (name for one in self.equations for _, name in terms(one)):
            if not name[0].isdigit() and (name not in self.columns or self.columns[name].type != "number"):
                raise refuse(f"adds {name}, which is no number here; give columns.{name} the type: number")
        return self


def _named(batches: dict[str, Batch]) -> dict[str, Batch]:
    for name in batches:  # files of results are called so
        if not re.fullmatch(r"[\w-][\w.-]{0,79}", name):
            raise refuse(f"has a batch {name!r}; a name is letters, digits, -, _ and points")
    return batches


class Left(Strict):
    """Files that are no batch, and why."""

    files: str = Field(min_length=1, examples=["*.log"], description="below OLD or NEW")
    reason: Reason = Field(examples=["the export's own log"], description="why they are not compared")


class Rules(Strict):
    """A migration: how both sides are written and what is held against what."""

    name: Name = Field(examples=["changsha-2015"], description="what results are called")
    old: Files = Field(default_factory=Files, description="how the old system's files are written")
    new: Files = Field(default_factory=Files, description="how the new system's files are written")
    defaults: Text = Field(default_factory=Text, description="for each column of text that says nothing else")
    batches: Annotated[dict[str, Batch], AfterValidator(_named)] = Field(
        min_length=1, description="what is compared, by name"
    )
    leave: list[Left] = Field(default_factory=list, description="files that belong to no batch")
    samples: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(
        default=20, description="examples kept of each kind of finding in each column"
    )

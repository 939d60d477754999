"""A batch: rows with neutral values, and how either system names and writes each column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal["text", "name", "date", "amount", "codes"]
Row = dict[str, Any]
PADDED = 2  # blanks that the old system leaves behind a name


class Column(NamedTuple):
    """old, new: its name on either side. is_: an identifier of `renhai verify`; codes: old code to new code;
    refers: batch.column."""

    name: str
    old: str
    new: str
    kind: Kind = "text"
    is_: str = ""
    codes: Mapping[str, str] = {}
    refers: str = ""


class Batch(NamedTuple):
    """rows: values by column: a text, an ISO date, an amount in fen, an old code. equation: columns of
    amounts as `a = b + c`."""

    name: str
    title: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: list[Row]
    unit: str = ""
    equation: str = ""
    sums: str = ""

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)

    def key_of(self, row: Row) -> str:
        return " / ".join(str(row[name]) for name in self.key)


def old_text(column: Column, value: Any) -> str:
    """As the old system writes it: dates without strokes, amounts in fen, names with blanks behind."""
    if column.kind == "date":
        return str(value).replace("-", "")
    if column.kind == "name":
        return str(value) + " " * PADDED
    return str(value)


def new_text(column: Column, value: Any) -> str:
    """As the new system writes it: ISO dates, yuan, its own codes."""
    if column.kind == "amount":
        return f"{value / 100:.2f}"
    return column.codes[value] if column.kind == "codes" else str(value)

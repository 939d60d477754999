"""Rules between the rows of a form, as data: a table of rules is read like the form's own notes.

A form is a list of amounts in fen where `r[n]` is row n (index 0 unused).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ..codes import FIELD_MISSING, Code, Rejection
from ..fields import LARGEST_AMOUNT, Document, fen

Rows = Sequence[int]
_NUMBERS = ({int, float}, {float}, {int})


class Equal(NamedTuple):
    """Row `row` is exactly what `value` computes."""

    row: int
    code: Code
    value: Callable[[Rows], int]

    def holds(self, r: Rows) -> bool:
        return r[self.row] == self.value(r)

    def broken(self, r: Rows, field: str) -> str:
        return f"{field} {r[self.row] / 100:.2f}, {self.code.rule} = {self.value(r) / 100:.2f}"


class Within(NamedTuple):
    """Row `row` lies between two computed bounds; None leaves a side open."""

    row: int
    code: Code
    least: Callable[[Rows], int] | None = None
    most: Callable[[Rows], int] | None = None

    def holds(self, r: Rows) -> bool:
        value = r[self.row]
        return (self.least is None or value >= self.least(r)) and (self.most is None or value <= self.most(r))

    def broken(self, r: Rows, field: str) -> str:
        bounds = [f"{bound(r) / 100:.2f}" if bound else "any" for bound in (self.least, self.most)]
        return f"{field} {r[self.row] / 100:.2f}, {self.code.rule}: {bounds[0]} to {bounds[1]}"


Rule = Equal | Within


def check_rows(rules: Iterable[Rule], r: Rows, fields: Sequence[str], where: str) -> None:
    """Refuse the first rule that does not hold; `fields[n - 1]` is the wire name of row n."""
    for rule in rules:
        if not rule.holds(r):
            raise Rejection(rule.code, where + rule.broken(r, fields[rule.row - 1]))


def read_rows(document: Document, fields: Sequence[str], where: str) -> list[int]:
    """All rows of a form in fen, index 0 unused. Fast when all is well; else it finds the field at fault."""
    try:
        values = [document[field] for field in fields]
        if (
            set(map(type, values)) in _NUMBERS
            and min(values) > -LARGEST_AMOUNT
            and max(values) < LARGEST_AMOUNT
        ):
            rows = [round(value * 100) for value in values]
            if [amount / 100 for amount in rows] == values:
                return [0, *rows]
    except KeyError as missing:
        raise Rejection(FIELD_MISSING, f"{where}{missing.args[0]} is missing") from None
    return [0, *(fen(document[field], field, where) for field in fields)]

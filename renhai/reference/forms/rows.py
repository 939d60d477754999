"""The rows of a form: reading their amounts, and rules between them written as the form's own notes are.

A form is a list of amounts in fen where `r[n]` is row n (index 0 unused). A rule is text such as
"r17 == r12 + r13 - r14" (or c9, c1 for the columns of a sheet): it is compiled once, and quoted with the
amounts found when it does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import itemgetter

from renhai.reference.rules.codes import Code, Rejection
from renhai.reference.rules.fields import LARGEST_AMOUNT, Document, fen

Rows = Sequence[int]
_NUMBERS = ({int, float}, {float}, {int})
_CELL = re.compile(r"\b([rc])(\d+)\b")


class Rule:
    """One relation between rows, and the Code of a form that breaks it."""

    __slots__ = ("code", "holds", "text")

    def __init__(self, code: Code, text: str) -> None:
        self.code, self.text = code, text
        # The text comes from the rule tables of this package alone.
        self.holds: Callable[[Rows], bool] = eval("lambda r: " + _CELL.sub(r"r[\2]", text))

    def broken(self, r: Rows) -> str:
        """The rule with the amounts of its rows, in yuan."""
        cells = sorted(set(_CELL.findall(self.text)), key=lambda cell: int(cell[1]))
        found = ", ".join(f"{letter}{number} {r[int(number)] / 100:.2f}" for letter, number in cells)
        return f"{self.text} with {found}"


def check_rows(rules: Iterable[Rule], r: Rows, where: str) -> None:
    """Refuse the first rule that does not hold."""
    for rule in rules:
        if not rule.holds(r):
            raise Rejection(rule.code, f"{where}: {rule.broken(r)}")


class Form:
    """The amount fields of a form or of a sheet's rows, in the order of their numbers.

    With `blanks`, a field that is absent is zero; otherwise it is refused.
    """

    def __init__(self, fields: Sequence[str], blanks: bool = False) -> None:
        self._fields, self._blanks = tuple(fields), blanks
        self._pick: Callable[[Document], tuple[object, ...]] = itemgetter(*self._fields)

    def read(self, documents: Sequence[Document], where: str) -> list[Rows]:
        """All documents as rows in fen. Fast when all is well, else it finds the field at fault.

        `where` names a document in a Reason, with `{}` for its index.
        """
        try:
            values = list(chain.from_iterable(map(self._pick, documents)))
            amounts = _in_fen(values)
        except KeyError:
            amounts = None
        width = len(self._fields)
        if amounts is None:
            return [self._read_one(document, where.format(i)) for i, document in enumerate(documents)]
        return [[0, *amounts[start : start + width]] for start in range(0, len(amounts), width)]

    def _read_one(self, document: Document, where: str) -> Rows:
        default = 0 if self._blanks else None
        return [0, *(fen(document.get(field, default), field, where) for field in self._fields)]


def _in_fen(values: list[object]) -> list[int] | None:
    """The amounts, if every value is one."""
    if set(map(type, values)) not in _NUMBERS:
        return None
    numbers: list[float] = values  # type: ignore[assignment]
    if min(numbers) <= -LARGEST_AMOUNT or max(numbers) >= LARGEST_AMOUNT:
        return None
    # Most cells of a form are empty, and a test for zero costs a fifth of the rounding.
    amounts = [round(value * 100) if value else 0 for value in numbers]
    return amounts if [amount / 100 for amount in amounts] == numbers else None

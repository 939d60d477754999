"""From what an operation read to the bytes of a paper, spoilt where a planted fault says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from renhai.reference.operations.operation import Printing
from renhai.reference.operations.printing.forms import FORMS
from renhai.reference.operations.printing.ofd import print_ofd
from renhai.reference.operations.printing.pdf import compile_form, print_pdf

PAPERS = {"pdf": b"application/pdf", "ofd": b"application/ofd"}
PRINTS = {"pdf": print_pdf, "ofd": print_ofd}
CUT_BYTES = 20
SHIFT_MM = 5.0
TURNS = ("figures", "capitals", "period", "serial")

Values = Mapping[str, Any]


class Spoiler(Protocol):
    """The part of a planted fault that is needed here."""

    spec: Any
    hits: int

    def spoils(self, operation: str, djxh: str, serial: str) -> None: ...


class Printer:
    """Prints papers; remembers the last taxpayer's of each operation, which a fault may hand to the next."""

    def __init__(self) -> None:
        self._last: dict[str, Values] = {}
        self.ready = False

    def lay_out(self) -> None:
        """Compile every form, which takes a third of a second. Raises MissingExtra."""
        for form in FORMS:
            compile_form(form)
        self.ready = True

    def paper(self, operation: Printing, values: Values, spoiler: Spoiler | None) -> bytes:
        """The paper with these values. Raises MissingExtra."""
        before, self._last[operation.name] = self._last.get(operation.name), values
        kind = spoiler.spec.kind if spoiler is not None else ""
        if spoiler is None or (kind == "swapped-paper" and not _another(before, values)):
            return PRINTS[operation.media](operation.form, values)
        spoiler.spoils(operation.name, values["djxh"], values["serial"])
        if kind == "empty-paper":
            return b""
        if kind == "swapped-paper":
            assert before is not None
            return PRINTS[operation.media](operation.form, before)
        if kind == "wrong-paper":
            return PRINTS[operation.media](operation.form, falsified(values, spoiler.hits))
        if kind == "moved-paper":
            return PRINTS[operation.media](operation.form, values, SHIFT_MM)
        return PRINTS[operation.media](operation.form, values)[:-CUT_BYTES]


def _another(before: Values | None, values: Values) -> bool:
    return before is not None and before["djxh"] != values["djxh"]


def falsified(values: Values, turn: int) -> Values:
    """The values with one of them false: the last digit of figures, period or serial, or the first of the
    capitals."""
    name = TURNS[turn % len(TURNS)]
    text = str(values[name])
    if name == "capitals":
        digits = "壹贰叁肆伍陆柒捌玖"
        next_ = re.sub(f"[零{digits}]", lambda found: digits[(digits.find(found[0]) + 1) % 9], text, count=1)
        return {**values, name: next_}
    found = re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), text)
    return {**values, name: found}

"""What a spreadsheet alone makes of a cell, so that it is not taken for a person's change.

Excel and its kin open a CSV by guesses: `007` becomes 7, an id of 20 digits 1.00114E+19, `2015-09-11` another
way of writing that day, or its number. A cell holds 32,767 characters and no control characters.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

from results.checks.workbook import MOST_OF_A_CELL

EXACT = 15  # digits that a spreadsheet keeps of a number
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ufffd]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?([T ]0?0:00(:00)?)?")
_FIRST = date(1899, 12, 30)  # day 0 of a spreadsheet, from March 1900 on


def kept(before: str, cell: str) -> str:
    """What was exported, where the cell says no more than a spreadsheet made of that; else the cell."""
    return before if _plain(before) == _plain(cell) or _cut(before, cell) or _retyped(before, cell) else cell


def bare(word: str) -> str:
    """Letters and digits alone, as wide as ASCII and in one case: `上报：待回复 ` is 上报待回复."""
    return "".join(one for one in unicodedata.normalize("NFKC", word).casefold() if one.isalnum())


def _plain(value: str) -> str:
    lines = value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("?", lines).strip()


def _cut(before: str, cell: str) -> bool:
    """A mark before what looks like a formula is one of the characters."""
    return len(cell) >= MOST_OF_A_CELL - 1 and _plain(before).startswith(_plain(cell))


def _retyped(before: str, cell: str) -> bool:
    if _NUMBER.fullmatch(before) and _NUMBER.fullmatch(cell):
        return _as_number(before, cell)
    days = _day(before), _day(cell)
    return days[0] is not None and days[0] == days[1]


def _as_number(before: str, cell: str) -> bool:
    one, other = Decimal(before), Decimal(cell)
    if one == other:
        return True
    mantissa, exponent, _ = cell.upper().partition("E")
    if exponent:
        behind = len(mantissa.partition(".")[2])
        return Decimal(f"{one:.{behind}E}") == other
    digits = [text.lstrip("+-0") for text in (before, cell)]
    long = "." not in before + cell and len(digits[0]) > EXACT
    return (
        long
        and len(digits[0]) == len(digits[1])
        and digits[0][:EXACT] == digits[1].rstrip("0").ljust(EXACT, "0")
    )


def _day(value: str) -> date | None:
    try:
        match = _DAY.fullmatch(value)
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
        return _FIRST + timedelta(int(value)) if re.fullmatch("[1-9][0-9]{4}", value) else None
    except ValueError:
        return None

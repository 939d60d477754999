"""What makes two findings one problem: operation, field, kind, and the pair of values without what is the
taxpayer's own. Ids carry the version of these rules, so that a ledger keeps the problems that it has."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date

from results.checks.values import fen

VERSION = 1
ARROW = "→"
_AMOUNT = re.compile(r"-?[\d,]+\.\d\d")
_SHORT = 6  # characters: a code, which says the same of every taxpayer
_POWERS = (10, 100, 1000, 10_000)


def normalised(expected: str, found: str, own: bool = False) -> str:
    """The pair in words, such as `amount→10 times`, `date→later`, `11→12`. own: the field identifies a
    record, so that even a short value is its own."""
    if not found or not expected:
        return f"{_shape(expected, own)}{ARROW}{_shape(found, own)}"
    if _AMOUNT.fullmatch(expected):
        return f"amount{ARROW}{_amounts(expected, found)}"
    days = _date(expected), _date(found)
    if days[0] and days[1]:
        if days[0] == days[1]:
            return f"date{ARROW}{_change(expected, found) or 'another time'}"
        return f"date{ARROW}{'later' if days[1] > days[0] else 'earlier'}"
    if not own and len(expected) <= _SHORT and len(found) <= _SHORT:
        named = "" if (expected + found).isascii() else _change(expected, found)  # a code has no beginning
        return f"text{ARROW}{named}" if named else f"{expected}{ARROW}{found}"
    change = _change(expected, found)
    return f"{_shape(expected, own)}{ARROW}{change or 'another ' + _shape(found, own)}"


def problem_id(check: str, operation: str, field: str, kind: str, pair: str) -> str:
    """`v1-` and ten hexadecimal digits. The same fault has the same id in every run."""
    parts = "\x1f".join((str(VERSION), check, operation, field, kind, pair))
    return f"v{VERSION}-{hashlib.sha256(parts.encode('utf-8', 'replace')).hexdigest()[:10]}"


def _amounts(expected: str, found: str) -> str:
    asked, held = fen(expected), fen(found)
    if asked is None or held is None:
        return "no amount"
    if held == 0:
        return "0"
    if held == -asked:
        return "other sign"
    for power in _POWERS:
        if held == asked * power:
            return f"{power} times"
        if held * power == asked:
            return f"1/{power}"
    if abs(held - asked) == 1:
        return "off by 0.01"
    return "more" if held > asked else "less"


def is_day(value: str) -> bool:
    """Whether it begins as a day does, yyyy-mm-dd."""
    return _date(value) is not None


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if len(value) >= 10 and value[4] == "-" else None
    except ValueError:
        return None


def _change(expected: str, found: str) -> str:
    """What became of a text, where that has a name."""
    if "\ufffd" in found and "\ufffd" not in expected:
        return "damaged characters"
    if expected.startswith(found):
        return "cut off"
    if found.startswith(expected):
        return "longer"
    plain = [unicodedata.normalize("NFKC", text) for text in (expected, found)]
    if plain[0] == plain[1]:
        return "other width"
    bare = ["".join(text.split()) for text in plain]
    if bare[0] == bare[1]:
        return "other blanks"
    return "other case" if bare[0].casefold() == bare[1].casefold() else ""


def _shape(value: str, own: bool) -> str:
    if not value:
        return "empty"
    if _AMOUNT.fullmatch(value):
        return "amount"
    if not own and len(value) <= _SHORT and value.isascii():
        return value
    if _date(value):
        return "date"
    return "number" if value.isascii() and value.isdigit() else "text"

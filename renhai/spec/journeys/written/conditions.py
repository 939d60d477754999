"""Conditions of `if` and `while` in written journeys: one comparison of what the journey knows.

reply.next                     there, and neither empty, 0 nor false
not reply.items
reply.state == "open"          literals as in JSON: "text", 7, true, null
reply.count < 100              numbers only: anything else breaks the journey
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from renhai.binding.answers.values import same

Known = Mapping[str, Any]
Holds = Callable[[Known], bool]


class Condition(NamedTuple):
    """compares: with a literal; else it asks whether something is there, which may well not be so."""

    path: str
    holds: Holds
    compares: bool


_NOTHING = object()
_PATH = r"[A-Za-z_]\w*(?:\.\w+)*"
_RULE = re.compile(rf"(?:(not)\s+)?({_PATH})(?:\s*(==|!=|<=|>=|<|>)\s*(.+))?", re.DOTALL)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def parse(text: str) -> Condition:
    """What a condition reads and asks. Raises ValueError that says how to write one."""
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise ValueError('is no condition; write reply.next, not reply.next, or reply.state == "open"')
    negated, path, sign, literal = match.groups()
    if sign is None:
        there = not negated
        return Condition(path, lambda known: bool(value(path, known)) == there, compares=False)
    if negated:
        raise ValueError(f"has not beside {sign}; turn the sign round instead")
    try:
        wanted = json.loads(literal)
    except (ValueError, RecursionError):
        raise ValueError(f'compares with {literal}, which is no literal; text stands in "quotes"') from None
    if sign in ("==", "!="):
        return Condition(
            path, lambda known: same(value(path, known), wanted) == (sign == "=="), compares=True
        )
    if isinstance(wanted, bool) or not isinstance(wanted, int | float):
        raise ValueError(f"compares by {sign} with what is no number")
    compare = _ORDER[sign]
    return Condition(path, lambda known: compare(_number(path, value(path, known)), wanted), compares=True)


def value(path: str, known: Known) -> Any:
    """What stands at a path; None where nothing does."""
    found = _found(path, known)
    return None if found is _NOTHING else found


def is_there(path: str, known: Known) -> bool:
    """Whether anything stands at a path, be it null."""
    return _found(path, known) is not _NOTHING


def _found(path: str, known: Known) -> Any:
    found: Any = known
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part, _NOTHING)
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            return _NOTHING
    return found


def _number(path: str, found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        try:
            return float(found) if isinstance(found, str) else float("nan") / 0
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"{path} is no number, so it has no order") from None
    return found

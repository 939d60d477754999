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
from typing import Any

from renhai.binding.answers.values import same

Known = Mapping[str, Any]
Holds = Callable[[Known], bool]

_PATH = r"[A-Za-z_]\w*(?:\.\w+)*"
_RULE = re.compile(rf"(?:(not)\s+)?({_PATH})(?:\s*(==|!=|<=|>=|<|>)\s*(.+))?", re.DOTALL)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def parse(text: str) -> tuple[str, Holds]:
    """The path that a condition reads, and the condition. Raises ValueError that says how to write one."""
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise ValueError('is no condition; write reply.next, not reply.next, or reply.state == "open"')
    negated, path, sign, literal = match.groups()
    if sign is None:
        there = not negated
        return path, lambda known: bool(value(path, known)) == there
    if negated:
        raise ValueError(f"has not beside {sign}; turn the sign round instead")
    try:
        wanted = json.loads(literal)
    except (ValueError, RecursionError):
        raise ValueError(f'compares with {literal}, which is no literal; text stands in "quotes"') from None
    if sign in ("==", "!="):
        return path, lambda known: same(value(path, known), wanted) == (sign == "==")
    if isinstance(wanted, bool) or not isinstance(wanted, int | float):
        raise ValueError(f"compares by {sign} with what is no number")
    compare = _ORDER[sign]
    return path, lambda known: compare(_number(path, value(path, known)), wanted)


def value(path: str, known: Known) -> Any:
    """What stands at a path; None where nothing does."""
    found: Any = known
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def _number(path: str, found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        try:
            return float(found) if isinstance(found, str) else float("nan") / 0
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"{path} is no number, so it has no order") from None
    return found

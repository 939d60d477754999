"""What pydantic finds wrong with each branch of a union, said once: of the branch that was evidently meant.

A union without a discriminator fails once for each of its branches. Which of them was meant shows in what
stands there: a mapping means the branch that is a mapping, a list the one that is a list, a word that is
nearly one of those allowed that word. Where nothing shows, one finding says all that may stand there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

from pydantic_core import ErrorDetails

from renhai.core.yaml_lines import Where

DEEPEST = 8  # unions inside unions
_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "float_type": "a number",
    "float_parsing": "a number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "literal_error": "",
}


def kind_by_keys(given: Mapping[Any, Any], kinds: Mapping[str, str], usual: str) -> str:
    """For the discriminator of a union of mappings. kinds: key: the kind that has it, those that outrank
    others first; a key that is nearly one of them counts where none is. usual: else.
    """
    for key, kind in kinds.items():
        if key in given:
            return kind
    near = (get_close_matches(str(key), kinds, n=1, cutoff=0.6) for key in given)
    return next((kinds[found[0]] for found in near if found), usual)


def within(detail: ErrorDetails, data: Any) -> Where:
    """pydantic's location as the file has it: without `[key]` and the names of a union's branches."""
    return tuple(part for part, is_key in _walked(detail, data) if is_key)


def _walked(detail: ErrorDetails, data: Any) -> list[tuple[str | int, bool]]:
    """Each part of a location, and whether it is a key or index of the file."""
    found: list[tuple[str | int, bool]] = []
    for number, part in enumerate(detail["loc"], start=1):
        missing = number == len(detail["loc"]) and detail["type"] == "missing"
        is_key = (isinstance(data, dict) and (part in data or missing)) or (
            isinstance(data, list) and isinstance(part, int)
        )
        found.append((part, is_key))
        if is_key:
            data = data.get(part) if isinstance(data, dict) else data[cast(int, part)]
    return found


def one_of_each(details: Sequence[ErrorDetails], data: Any) -> list[ErrorDetails]:
    """The findings, those of a union's branches reduced to one branch or put together."""
    left = list(details)
    for depth in range(DEEPEST):
        groups: dict[Where, dict[str, list[ErrorDetails]]] = {}
        for detail in left:
            place, branch = _branch(detail, data, depth)
            if branch:
                groups.setdefault(place, {}).setdefault(branch, []).append(detail)
        for branches in groups.values():
            if len(branches) > 1:
                kept = _reduced(branches, depth, data)
                gone = {id(detail) for some in branches.values() for detail in some}
                first = next(n for n, detail in enumerate(left) if id(detail) in gone)
                left = [detail for detail in left if id(detail) not in gone]
                left[first:first] = kept
    return left


def _branch(detail: ErrorDetails, data: Any, depth: int) -> tuple[Where, str]:
    """The place of the union around a finding, inside `depth` others, and the branch; "" for none."""
    seen = 0
    for number, (part, is_key) in enumerate(_walked(detail, data)):
        if not is_key and part != "[key]":
            if seen == depth:
                return detail["loc"][:number], str(part)
            seen += 1
    return (), ""


def _reduced(branches: Mapping[str, list[ErrorDetails]], depth: int, data: Any) -> list[ErrorDetails]:
    """The findings of the branch that was meant, else one about all."""
    meant = [some for some in branches.values() if not any(_is_other_kind(one, depth, data) for one in some)]
    if meant:
        return min(meant, key=lambda some: sum(one["type"] == "extra_forbidden" for one in some))
    every = [one for some in branches.values() for one in some if _is_other_kind(one, depth, data)]
    if all(one["type"] == "literal_error" for one in every):
        expected = " or ".join(f"'{word}'" for one in every for word in _allowed(one))
        return [_said(every[0], "literal_error", {"expected": expected})]
    for one in every:
        if one["type"] == "literal_error" and get_close_matches(
            str(one["input"]), _allowed(one), n=1, cutoff=0.6
        ):
            return [one]
    words = [word for one in every if one["type"] == "literal_error" for word in _allowed(one)]
    kinds = list(dict.fromkeys(_KINDS[one["type"]] for one in every if _KINDS[one["type"]]))
    said = ", ".join(kinds[:-1]) + (" or " if len(kinds) > 1 else "") + kinds[-1]
    why = f"must be {', '.join(words)}, or {said}" if words else f"must be {said}"
    return [_said(every[0], "union", {"why": why})]


def _said(detail: ErrorDetails, kind: str, context: dict[str, Any]) -> ErrorDetails:
    return cast(ErrorDetails, {**detail, "type": kind, "ctx": context})


def _is_other_kind(detail: ErrorDetails, depth: int, data: Any) -> bool:
    """Whether it says that something of quite another kind stands where the union is."""
    walked = enumerate(_walked(detail, data))
    parts = [number for number, (part, is_key) in walked if not is_key and part != "[key]"]
    return detail["type"] in _KINDS and parts[depth:] == [len(detail["loc"]) - 1]


def _allowed(detail: ErrorDetails) -> list[str]:
    return str(detail["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")

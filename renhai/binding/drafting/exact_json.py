"""JSON read so that what a draft cannot hold shows: keys twice, numbers without end, half characters."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

_HALF = re.compile("[\ud800-\udfff]")
CUT = "\ufffd"  # stands for a character that the source has cut in two, or that cannot be read
_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
LARGEST = 2**63 - 1  # a target file's whole numbers are of 64 bits


class Read(NamedTuple):
    """twice: keys that one object has more than once, the last of which counts. inexact: keys of numbers that
    a target file cannot hold as they are (1e400, 20 digits): they are texts in the tree.
    """

    tree: Any
    twice: tuple[str, ...] = ()
    inexact: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether the tree says all that the text says."""
        return not (self.twice or self.inexact)


class _Inexact(str):
    """A number's text, until it is known whose it is."""


class _Reading:
    def __init__(self) -> None:
        self.twice: dict[str, None] = {}
        self.inexact: dict[str, None] = {}

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                self.twice[key] = None
            found[key] = self.plain(value, key)
        return found

    def plain(self, value: Any, key: str) -> Any:
        if isinstance(value, list):
            return [self.plain(item, key) for item in value]
        if isinstance(value, _Inexact):
            self.inexact[key or "item"] = None
            return str(value)
        return value


def read_json(text: str) -> Read:
    """Raises ValueError, RecursionError."""
    reading = _Reading()
    tree = json.loads(
        text,
        object_pairs_hook=reading.pairs,
        parse_float=_float,
        parse_int=_int,
        parse_constant=_Inexact,
    )
    tree = reading.plain(tree, "")
    return Read(without_halves(tree, text), tuple(reading.twice), tuple(reading.inexact))


def _int(text: str) -> Any:
    number = int(text) if len(text) <= 20 else LARGEST + 1
    return number if -LARGEST - 1 <= number <= LARGEST else _Inexact(text)


def _float(text: str) -> Any:
    number = float(text)
    try:
        exact = math.isfinite(number) and Decimal(text) == Decimal(repr(number))
    except ArithmeticError:
        exact = False
    return number if exact else _Inexact(text)


def without_halves(tree: Any, text: str) -> Any:
    """The tree, each lone surrogate in it (which no file can hold) as U+FFFD. text: what it was read from."""
    return _mended(tree) if _ESCAPED.search(text) or _HALF.search(text) else tree


def _mended(node: Any) -> Any:
    if isinstance(node, dict):
        return {_HALF.sub(CUT, key) if isinstance(key, str) else key: _mended(v) for key, v in node.items()}
    if isinstance(node, list):
        return [_mended(item) for item in node]
    return _HALF.sub(CUT, node) if isinstance(node, str) else node


def given_twice(keys: Iterable[str]) -> list[str]:
    """Keys that come more than once."""
    seen: set[str] = set()
    return list(dict.fromkeys(key for key in keys if key in seen or seen.add(key)))  # type: ignore[func-returns-value]

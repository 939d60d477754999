"""JSON values as JSON has them: 0 is not false, and an object has a key once."""

from __future__ import annotations

import json
from typing import Any

import orjson

_BLANK = b" \t\r\n"
_SINGLE = (True, False, None)


class Twice(ValueError):
    """A key stands twice in an object of the answer."""


def same(found: Any, wanted: Any) -> bool:
    """Whether a value of an answer is the wanted one: true, false and null are no numbers, texts neither."""
    if wanted is None or wanted is True or wanted is False or found is True or found is False:
        return found is wanted
    return bool(found == wanted)


def among(found: Any, wanted: list[Any]) -> bool:
    """Whether a value of an answer is one of a list."""
    return any(same(found, one) for one in wanted)


def contradiction(body: bytes, answer: Any) -> str:
    """What is wrong with an answer whose object has a key twice; "" when each stands once.

    `answer` is `body` as orjson read it, which keeps the last of two. What is left of a body without one is
    compared with it: every key is followed by `":`, and both are counted without blanks. Inside a text these
    two stand behind a backslash on both sides, unless the body spells one of them as \\u00NN; then, and when
    the counts differ, the body is read anew by a parser that sees every key.
    """
    try:
        left = orjson.dumps(answer)
    except TypeError:  # nested deeper than orjson writes
        return _read_anew(body)
    if left == body:
        return ""
    plain = body.translate(None, _BLANK)
    if b"\\u00" in plain or plain.count(b'":') != left.translate(None, _BLANK).count(b'":'):
        return _read_anew(body)
    return ""


def _read_anew(body: bytes) -> str:
    try:
        json.loads(body, object_pairs_hook=_once)
    except Twice as wrong:
        return str(wrong)
    except RecursionError:
        return "the answer is nested too deep"
    return ""


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        name = next(name for name in names if names.count(name) > 1)
        raise Twice(f"the answer has the key {name[:40]} twice")

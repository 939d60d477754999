"""`echo`: what an answer must repeat of its own request, so that it can be no other request's answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote_plus

import orjson

from renhai.binding.answers.jsonpath import Several
from renhai.binding.answers.paths import MISSING, compile_path, rivals
from renhai.binding.text.templates import TOKEN, Fields, getter
from renhai.binding.text.xml_text import plain

EXACT = 2**53  # a JSON number above may have been rounded on its way
STRANGER = "the answer belongs to another request"


class Silent(str):
    """Why an answer cannot be known as that of its request: it repeats nothing."""

    __slots__ = ()


class Unasked(Silent):
    """The same, where the request sent nothing to repeat: no fault of the answer."""

    __slots__ = ()


Sent = tuple[Any, ...]
Ask = Callable[[Fields, bytes, bytes, Mapping[str, Any]], Any]
Check = Callable[[Any, Sent], str]


def compile_check(echo: Mapping[str, str], form: str) -> Check:
    """Why an answer is not that of a request which sent these values; "" when it is.

    Of a request that sent nothing (null, an empty text) no answer is told from another's.
    """
    wanted = [(name, path, compile_path(path, form)) for name, path in echo.items()]
    differ = [(path, rivals(path)) for path in echo.values()] if form == "xml" else []

    def check(answer: Any, sent: Sent) -> str:
        for path, says_two in differ:
            if says_two(answer):
                return f"the answer says two things at {path}"
        for (name, path, get), value in zip(wanted, sent, strict=True):
            try:
                found = get(answer)
            except MISSING:
                return Silent(f"the answer has no {path}, which must repeat {name}")
            each = found if isinstance(found, Several) else [found]
            if not all(one == value or is_same(one, value) for one in each):
                return f"{STRANGER}: {path} is not the {name} that was sent"
        empty = next((name for (name, _, _), value in zip(wanted, sent, strict=True) if nothing(value)), "")
        return Unasked(f"the request sent no {empty}, which the answer must repeat") if empty else ""

    return check


def nothing(sent: Any) -> bool:
    """Whether a request sent nothing that an answer could be known by: null, or an empty text."""
    return sent is None or (isinstance(sent, str) and not sent.strip())


def is_same(found: Any, sent: Any) -> bool:
    """Whether an answer repeats what was sent, which in a URL, a form and XML has no other type than text."""
    if isinstance(found, dict | list):
        return False
    if plain(found) == plain(sent):
        return True
    numbers = [_number(value) for value in (found, sent)]
    return None not in numbers and numbers[0] == numbers[1] and not isinstance(found, str)


def _number(value: Any) -> Decimal | None:
    """A number that text and JSON may write in two ways (7, 7.0); 007 is a code and none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value)
    if re.match(r"-?0\d", text) or not text.isascii():
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if abs(number) < EXACT else None


# What a request sent


def compile_asks(operation: Mapping[str, Any], echo: Mapping[str, str]) -> list[Ask]:
    """For each name of `echo`: a function of (fields, path, body, values made for this request)."""
    return [_ask(name, place_of(name, operation), operation) for name in echo]


def place_of(name: str, operation: Mapping[str, Any]) -> str:
    """Where a request has what an answer must repeat: "values", "query", "body", "field", "" for nowhere."""
    if name in (operation.get("values") or {}):
        return "values"
    if name in (operation.get("query") or {}) or re.search(rf"[?&]{re.escape(name)}=", operation["path"]):
        return "query"
    body = operation.get("body")
    if isinstance(body, Mapping) and name in body and operation.get("format") in ("json", "form", None):
        return "body"
    if body == "document" or any(_first(inner) == name.split(".")[0] for inner in _tokens(operation)):
        return "field"
    return ""


def _tokens(node: Any) -> list[str]:
    if isinstance(node, str):
        return TOKEN.findall(node)
    if isinstance(node, Mapping):
        parts = [item for key, item in node.items() if key not in ("success", "captures")]
        return [inner for item in parts for inner in _tokens(item)]
    return [inner for item in node for inner in _tokens(item)] if isinstance(node, list) else []


def _first(inner: str) -> str:
    """The field that a placeholder begins with."""
    kind, colon, rest = inner.partition(":")
    name = (rest.partition(":")[2] if kind == "TABLE" else rest) if colon else inner
    return name.split(".")[0]


def _ask(name: str, place: str, operation: Mapping[str, Any]) -> Ask:
    encoding = operation.get("encoding") or "utf-8"
    if place == "values":
        return lambda fields, path, body, values: values[name]
    if place == "query":
        pair = re.compile(rb"[?&]" + re.escape(name).encode() + rb"=([^&#]*)")
        return lambda fields, path, body, values: _unquoted(pair.search(path), encoding)
    if place == "body" and operation.get("format") == "form":
        pair = re.compile(rb"(?:^|&)" + re.escape(name).encode() + rb"=([^&]*)")
        return lambda fields, path, body, values: _unquoted(pair.search(body), encoding)
    if place == "body":
        return lambda fields, path, body, values: orjson.loads(body.decode(encoding))[name]
    get = getter(name)
    return lambda fields, path, body, values: get(fields)


def _unquoted(match: re.Match[bytes] | None, encoding: str) -> str:
    return unquote_plus(match.group(1).decode("ascii"), encoding) if match else ""

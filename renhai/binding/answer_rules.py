"""An answer to its outcome: parsed as JSON, XML or text, judged by status, paths and words, and read.

A path into JSON is `rtn_msg.Code` or `items.0.id`; into XML it is an XPath as ElementTree knows it, such as
`head/rtn_code`, `//pzxh` or `row/@id`, with names written without their namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

import orjson

from renhai.binding.xml_text import parse_xml

Get = Callable[[Any], Any]
Seen = Callable[[Any], object]
MISSING = (KeyError, TypeError, IndexError, ValueError)


class Reply(NamedTuple):
    """How an answer was judged. `data` is what the binding's `data` path yields ({} when there is none)."""

    outcome: str
    data: dict[str, Any]
    code: str
    reason: str

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"


def error(status: int, why: str) -> Reply:
    return Reply("error", {}, str(status), why)


def compile_judge(success: Mapping[str, Any], seen: Seen | None = None) -> Callable[[int, bytes], Reply]:
    """Judge by the keys of `renhai.binding.model.Success`; `seen(answer)` is called with each ok answer."""
    form = success.get("format", "json")
    words = [word.encode(success["encoding"]) for word in success.get("contains") or []]
    absent = [word.encode(success["encoding"]) for word in success.get("absent") or []]
    refused = frozenset(success.get("rejected_status") or ())
    judge = _compile_plain(success) if _is_plain(success, seen) else _compile_rule(success, form, seen)
    if not words and not absent and not refused:
        return judge

    def judge_words(status: int, body: bytes) -> Reply:
        if status in refused:
            return Reply("rejected", {}, str(status), f"HTTP {status}")
        reply = judge(status, body)
        if reply.outcome == "error" and form != "text":
            return reply
        if any(word not in body for word in words) and status in success["status"]:
            return Reply("rejected", {}, reply.code, reply.reason or "the answer lacks a text of `contains`")
        if any(word in body for word in absent) and status in success["status"]:
            return Reply("rejected", {}, reply.code, reply.reason or "the answer has a text of `absent`")
        return reply

    return judge_words


def _compile_rule(success: Mapping[str, Any], form: str, seen: Seen | None) -> Callable[[int, bytes], Reply]:
    statuses = frozenset(success["status"])
    wanted = [(path, compile_path(path, form), value) for path, value in success["where"].items()]
    code_path = success["code"] or (wanted[0][0] if wanted else "")
    code = _text_of(code_path, form)
    reasons = [_text_of(path, form) for path in success["reason"]]
    data = compile_data(success["data"], form)
    parse = _parser(success, form)
    what = {"json": "JSON", "xml": "XML"}.get(form, "text")

    def judge(status: int, body: bytes) -> Reply:
        if status not in statuses:
            return error(status, f"HTTP {status}")
        try:
            answer = parse(body)
        except ValueError:
            return error(status, f"the answer is not {what}")
        try:
            for path, get, value in wanted:  # noqa: B007 (the error below names it)
                found = get(answer)
                if found != value and not (type(value) is list and found in value):
                    return _rejected(answer, code, reasons)
        except MISSING:
            return error(status, f"the answer has no {path}")
        try:
            read = data(answer)
            if seen is not None:
                seen(answer)
        except MISSING as wrong:
            return error(status, f"the answer cannot be read: {wrong}"[:120])
        return Reply("ok", read, "", "")

    return judge


def _compile_plain(success: Mapping[str, Any]) -> Callable[[int, bytes], Reply]:
    """The same for JSON by plain paths, which is the way of most targets, without a call a path."""
    statuses = frozenset(success["status"])
    wanted = [(path, path.split("."), value) for path, value in success["where"].items()]
    code = _text_of(success["code"] or (wanted[0][0] if wanted else ""), "json")
    reasons = [_text_of(path, "json") for path in success["reason"]]
    data_parts = success["data"].split(".") if success["data"] else []
    loads = orjson.loads

    def judge(status: int, body: bytes) -> Reply:
        if status not in statuses:
            return error(status, f"HTTP {status}")
        try:
            answer = loads(body)
        except ValueError:
            return error(status, "the answer is not JSON")
        try:
            for path, parts, value in wanted:  # noqa: B007 (the error below names it)
                found = answer
                for key in parts:
                    found = found[key]
                if found != value:
                    return _rejected(answer, code, reasons)
        except (KeyError, TypeError, IndexError):
            return error(status, f"the answer has no {path}")
        try:
            for key in data_parts:
                answer = answer[key]
        except (KeyError, TypeError):
            answer = None
        # a NamedTuple's own constructor is a Python function, and costs three times as much
        return tuple.__new__(Reply, ("ok", answer if type(answer) is dict else {}, "", ""))

    return judge


def _rejected(answer: Any, code: Callable[[Any], str], reasons: list[Callable[[Any], str]]) -> Reply:
    return Reply("rejected", {}, code(answer), next(filter(None, (read(answer) for read in reasons)), ""))


def _is_plain(success: Mapping[str, Any], seen: Seen | None) -> bool:
    data = success["data"]
    paths = [*success["where"], data if isinstance(data, str) else "0"]
    return (
        seen is None
        and success.get("format", "json") == "json"
        and success.get("encoding", "utf-8") == "utf-8"
        and not any(part.isdigit() for path in paths for part in path.split("."))
        and not any(isinstance(value, list) for value in success["where"].values())
    )


def _parser(success: Mapping[str, Any], form: str) -> Callable[[bytes], Any]:
    encoding = success.get("encoding", "utf-8")
    if form == "json":
        return orjson.loads if encoding == "utf-8" else lambda body: orjson.loads(_decoded(body, encoding))
    if form == "xml":
        inside = [_find(path) for path in success.get("inside") or []]
        return lambda body: _open_inside(parse_xml(body, encoding), inside)
    return lambda body: body


def _decoded(body: bytes, encoding: str) -> str:
    """UnicodeDecodeError is a ValueError, so it is an answer that cannot be read."""
    return body.decode(encoding)


def _open_inside(root: ElementTree.Element, inside: list[Get]) -> ElementTree.Element:
    """Put the XML that stands as text (mostly in CDATA) at those places into the tree."""
    for find in inside:
        element = find(root)
        if element is not None and element.text and element.text.strip():
            element.append(parse_xml(element.text.strip()))
    return root


# Paths


def compile_path(path: str, form: str) -> Get:
    """A function from a parsed answer to the value at `path`; raises one of MISSING."""
    return _xml_path(path) if form == "xml" else _json_path(path)


def _json_path(path: str) -> Get:
    parts: list[str] = path.split(".") if path else []
    if any(part.isdigit() for part in parts):
        return lambda answer: _indexed(answer, parts)

    def get(answer: Any) -> Any:
        for key in parts:
            answer = answer[key]
        return answer

    return get


def _indexed(answer: Any, parts: list[str]) -> Any:
    for part in parts:
        answer = answer[int(part)] if isinstance(answer, list) else answer[part]
    return answer


def _find(path: str) -> Get:
    steps = path.lstrip("/") if path.startswith("//") else path
    # /service/head/... begins at the root, which ElementTree's find stands on already
    place = (
        f".//{steps}"
        if path.startswith("//")
        else path.partition("/")[2].partition("/")[2]
        if path[:1] == "/"
        else path
    )
    return (lambda root: root) if place in ("", ".") else (lambda root: root.find(place))


def _xml_path(path: str) -> Get:
    place, _, last = path.rpartition("/")
    attribute = last[1:] if last.startswith("@") else ""
    find = _find((place or ".") if attribute else path)

    def get(root: ElementTree.Element) -> str:
        element = find(root)
        if element is None:
            raise KeyError(path)
        return element.attrib[attribute] if attribute else "".join(element.itertext()).strip()

    return get


def wrong_xpath(path: str) -> str:
    """Why ElementTree cannot follow a path; "" when it can."""
    try:
        _xml_path(path)(ElementTree.Element("x"))
    except KeyError:
        return ""
    except (SyntaxError, TypeError, ValueError, StopIteration) as wrong:  # ElementPath is not strict itself
        return str(wrong) if isinstance(wrong, SyntaxError) else "it is cut short"
    return ""


# What the journeys read


def compile_data(data: Any, form: str) -> Callable[[Any], dict[str, Any]]:
    """`data`: a path to an object, or a mapping of names to paths; see `renhai.binding.model.Success`."""
    if isinstance(data, Mapping):
        items = [(name, _item(item, form)) for name, item in data.items()]
        return lambda answer: {name: read(answer) for name, read in items}
    if form != "json":
        return lambda answer: {}
    get = _json_path(data)

    def read(answer: Any) -> dict[str, Any]:
        try:
            found = get(answer)
        except MISSING:
            return {}
        return found if isinstance(found, dict) else {}

    return read


def _item(item: Any, form: str) -> Get:
    if isinstance(item, str):
        return compile_path(item, form)
    if "each" in item:
        return _rows(item["each"], compile_data(item["fields"], form), form)
    get, convert = compile_path(item["path"], form), CONVERT[item.get("as", "text")]
    if "default" not in item:
        return lambda answer: convert(get(answer))

    def read(answer: Any) -> Any:
        try:
            return convert(get(answer))
        except MISSING:
            return item["default"]

    return read


def _rows(path: str, read: Callable[[Any], dict[str, Any]], form: str) -> Get:
    if form == "xml":
        place = f".//{path.lstrip('/')}" if path.startswith("//") else path
        return lambda root: [read(element) for element in root.findall(place)]
    get = _json_path(path)
    return lambda answer: [read(row) for row in get(answer)]


def _number(value: Any) -> int | float | None:
    if value in ("", None):
        return None
    if isinstance(value, int | float):
        return value
    return int(value) if value.lstrip("-").isdigit() else float(value)


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1", "y", "yes")


CONVERT: dict[str, Get] = {"text": lambda value: value, "number": _number, "bool": _truth}


def _text_of(path: str, form: str) -> Callable[[Any], str]:
    if not path or form == "text":
        return lambda answer: ""
    get = compile_path(path, form)

    def read(answer: Any) -> str:
        try:
            return str(get(answer))
        except MISSING:
            return ""

    return read

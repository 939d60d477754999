"""Paths into an answer and what the journeys read by them.

A path into JSON is `rtn_msg.Code`, `items.0.id` or a JSONPath (`$.items[?@.open].id`); into XML it is an
XPath as ElementTree knows it, such as `head/rtn_code`, `//pzxh` or `row/@id`, with names written without
their namespace.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from renhai.binding.answers import jsonpath
from renhai.binding.answers.jsonpath import Several, is_jsonpath

Get = Callable[[Any], Any]
Element = ElementTree.Element
MISSING = (KeyError, TypeError, IndexError, ValueError, AttributeError)

LONGEST_NUMBER = 1000  # characters of one that is read exactly
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def compile_path(path: str, form: str) -> Get:
    """A function from a parsed answer to the value at `path`; raises one of MISSING."""
    return _xml_path(path) if form == "xml" else _json_path(path)


def _json_path(path: str) -> Get:
    if is_jsonpath(path):
        return jsonpath.one(path)
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


def wrong_path(path: str, form: str) -> str:
    """Why a path cannot be followed in any answer of the format; "" when it can."""
    if form == "xml":
        why = _wrong_xpath(path)
        return f"is not a path into XML: {why}; write head/rtn_code or //pzxh" if why else ""
    if not path:
        return ""  # the whole answer
    if is_jsonpath(path):
        return jsonpath.wrong_jsonpath(path)
    if "/" in path:
        return "a path into JSON is written with dots, as in data.token"
    if re.search(r"[\[\]*]", path) or "" in path.split("."):
        return "is not a path into JSON; write data.items.0.id, or a JSONPath: $.data.items[0].id"
    return ""


def _wrong_xpath(path: str) -> str:
    try:
        _xml_path(path)(ElementTree.Element("x"))
    except KeyError:
        return ""
    except (SyntaxError, TypeError, ValueError, StopIteration) as wrong:  # ElementPath is not strict itself
        return str(wrong) if isinstance(wrong, SyntaxError) else "it is cut short"
    return ""


def place_of(path: str) -> str:
    """As ElementTree's find has it: //x searches, and /service/head begins at the root, where find stands."""
    if path.startswith("//"):
        return f".//{path.lstrip('/')}"
    return path.partition("/")[2].partition("/")[2] if path[:1] == "/" else path


def find_xml(path: str) -> Get:
    """A function from a root to its first element at `path`, None when there is none."""
    place = place_of(path)
    return (lambda root: root) if place in ("", ".") else (lambda root: root.find(place))


def _xml_path(path: str) -> Get:
    place, _, last = path.rpartition("/")
    attribute = last[1:] if last.startswith("@") else ""
    find = find_xml((place or ".") if attribute else path)

    def get(root: Element) -> str:
        element = find(root)
        if element is None:
            raise KeyError(path)
        return element.attrib[attribute] if attribute else text_of(element)

    return get


def text_of(element: Element) -> str:
    """The text of an element and of all inside it."""
    return "".join(element.itertext()).strip()


def rivals(path: str) -> Callable[[Element], bool]:
    """Whether elements, or attributes, at an XML path differ: the answer says two things, and only the first
    was read."""
    before, _, last = path.rpartition("/")
    attribute = last[1:] if last.startswith("@") else ""
    place = place_of(before if attribute else path)
    if place in ("", "."):
        return lambda root: False
    if attribute:
        return lambda root: len({one.get(attribute) for one in root.findall(place)} - {None}) > 1
    return lambda root: len({text_of(element) for element in root.findall(place)}) > 1


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
            found = get(answer)
        except MISSING:
            return item["default"]
        return convert(found)

    return read


def _rows(path: str, read: Callable[[Any], dict[str, Any]], form: str) -> Get:
    if form == "xml":
        place = place_of(path)
        return lambda root: [read(element) for element in root.findall(place)]
    if is_jsonpath(path) and not jsonpath.is_singular(path):
        rows = jsonpath.all_of(path)
        return lambda answer: [read(row) for row in rows(answer)]
    get = _json_path(path)
    return lambda answer: [read(row) for row in _list(path, get(answer))]


def _list(path: str, found: Any) -> Iterator[Any]:
    if not isinstance(found, list):
        raise ValueError(f"{path} is no list")
    return iter(found)


def _number(value: Any) -> int | float | None:
    if value in ("", None):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        raise ValueError(f"{_shown(value)} is no number")
    text = value.strip()
    number = int(text) if text.lstrip("+-").isdigit() and len(text) <= LONGEST_NUMBER else float(text)
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError(f"{_shown(value)} is no number")
    return number


def _truth(value: Any) -> bool:
    if isinstance(value, dict | list):
        raise ValueError(f"{_shown(value)} is neither true nor false")
    return value is True or str(value).lower() in ("true", "1", "y", "yes")


def _shown(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", bool: "true or false"}
    return kinds.get(type(value)) or f"a text of {len(str(value))} characters"


CONVERT: dict[str, Get] = {"text": lambda value: value, "number": _number, "bool": _truth}


def text_reader(path: str, form: str) -> Callable[[Any], str]:
    """A code or a reason: the text at `path`, "" where there is none."""
    if not path or form in ("text", "binary"):
        return lambda answer: ""
    get = compile_path(path, form)

    def read(answer: Any) -> str:
        try:
            found = get(answer)
        except MISSING:
            return ""
        return as_text(found[0] if isinstance(found, Several) else found)

    return read


def as_text(value: Any) -> str:
    """A value of an answer for people: texts and numbers as they are, all else as JSON has it; null is ""."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)

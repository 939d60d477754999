"""What an answer has and nothing of its operation's `success:` reads: no replay holds it against anything.

Of a page or XML these are elements with a value, by id, name, class or tag; of JSON its members. Only a
replay asks for them (`tells_unread`): it costs a walk through each answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from renhai.binding.answers.jsonpath import is_jsonpath
from renhai.binding.answers.paths import find_xml, place_of

UNREAD = "(not read)"
"""Under this name the data of such an answer have the names, in their order."""
WHOLE = "(all)"
MOST = 50  # names that are told of one answer
Element = ElementTree.Element
Path = tuple[str, ...]
_WORD = re.compile(r"[^\W\d][\w-]*")

_NO_VALUES = frozenset({"script", "style", "title", "option", "meta", "link", "button", "head"})
_CAPTIONS = frozenset({"th", "label", "legend", "caption", "a", *(f"h{n}" for n in range(1, 7))})
_CELLS = frozenset({"td", "dd", "li", "span", "p", "output", "font"})
_INPUTS = frozenset({"input", "select", "textarea"})
_PRESSED = frozenset({"submit", "button", "reset", "image"})


def telling(binding: Mapping[str, Any]) -> dict[str, Any]:
    """A normalised binding whose answers tell what is not read of them."""
    operations = {
        name: {**item, "success": {**item["success"], "tells_unread": True}} if item.get("success") else item
        for name, item in binding["operations"].items()
    }
    return {**binding, "success": {**binding["success"], "tells_unread": True}, "operations": operations}


def compile_unread(success: Mapping[str, Any]) -> Callable[[Any], list[str]]:
    """Names of what a parsed answer has and no path of `success` reads, each once."""
    form, data = success.get("format") or "json", success["data"]
    if form in ("text", "binary"):
        return lambda answer: [WHOLE]
    inside = list(success.get("inside") or ())
    paths = [*success["where"], *(success.get("echo") or {}).values(), success["code"], *success["reason"]]
    paths = list(filter(None, paths))

    def unread(answer: Any) -> list[str]:
        found: dict[str, None] = {}
        every = _of_xml(answer, paths, data, inside) if form == "xml" else _of_json(answer, paths, data)
        for name in every:
            found.setdefault(name)
            if len(found) == MOST:
                break
        return list(found)

    return unread


# XML, and pages


def _of_xml(root: Element, paths: Sequence[str], data: Any, inside: Sequence[str]) -> Iterator[str]:
    """inside: where a text is a document of its own, whose elements stand in the tree as well."""
    read: set[tuple[int, str]] = set()  # an element's text under ""
    for path in inside:
        element = find_xml(path)(root)
        if element is not None:
            read.add((id(element), ""))
    for path in paths:
        _mark(root, path, read)
    if isinstance(data, Mapping):
        _mark_fields(root, data, read)
    page = root.tag.lower() == "html"
    yield from _of_page(root, "", read) if page else _of_document(root, read)


def _mark(root: Element, path: str, read: set[tuple[int, str]]) -> None:
    """As a path reads: of several elements the first alone."""
    before, _, last = path.rpartition("/")
    attribute = last[1:] if last.startswith("@") else ""
    place = place_of((before or ".") if attribute else path)
    element = root if place in ("", ".") else root.find(place)
    if element is None:
        return
    if attribute:
        read.add((id(element), attribute))
    else:
        read.update((id(inner), "") for inner in element.iter())


def _mark_fields(root: Element, fields: Mapping[str, Any], read: set[tuple[int, str]]) -> None:
    for item in fields.values():
        if isinstance(item, str):
            _mark(root, item, read)
        elif "each" in item:
            for row in root.findall(place_of(item["each"])):
                _mark_fields(row, item["fields"], read)
        else:
            _mark(root, item["path"], read)


def _of_page(element: Element, inside: str, read: set[tuple[int, str]]) -> Iterator[str]:
    """inside: the name of the cell that the element stands in."""
    tag = element.tag.lower()
    if tag in _NO_VALUES:
        return
    own = element.get("id") or element.get("name") or ""
    if tag in _INPUTS:
        value = element.get("value") or (element.text or "").strip() or (tag == "select" and len(element))
        if value and element.get("type", "").lower() not in _PRESSED and not _is_read(element, read, "value"):
            yield own or tag
        return
    if tag in _CELLS:
        own = own or element.get("class") or inside or ("td" if tag == "td" else "")
        inside = own
    elif not own and tag not in _CAPTIONS:
        own = inside
    if own and (element.text or "").strip() and (id(element), "") not in read:
        yield own
    for inner in element:
        yield from _of_page(inner, inside, read)
        if inside and (inner.tail or "").strip() and (id(element), "") not in read:
            yield inside


def _is_read(element: Element, read: set[tuple[int, str]], attribute: str) -> bool:
    return (id(element), "") in read or (id(element), attribute) in read


def _of_document(root: Element, read: set[tuple[int, str]]) -> Iterator[str]:
    for element in root.iter():
        if (element.text or "").strip() and (id(element), "") not in read:
            yield element.tag
        for name, value in element.attrib.items():
            if value and "}" not in name and (id(element), name) not in read:
                yield f"{element.tag}/@{name}"


# JSON


def _of_json(answer: Any, paths: Sequence[str], data: Any) -> Iterator[str]:
    read: set[Path] = set()
    names: set[str] = set()  # of what a query reads: wherever they stand
    for path in paths:
        _add(path, (), read, names)
    if isinstance(data, Mapping):
        _add_fields(data, (), read, names)
    else:
        _add(data, (), read, names)
    yield from _members(answer, (), "", read, names)


def _add(path: str, before: Path, read: set[Path], names: set[str]) -> None:
    if is_jsonpath(path):
        names.update(_names_in(path))
    else:
        read.add((*before, *(path.split(".") if path else ())))


def _add_fields(fields: Mapping[str, Any], before: Path, read: set[Path], names: set[str]) -> None:
    for item in fields.values():
        if isinstance(item, str):
            _add(item, before, read, names)
        elif "each" not in item:
            _add(item["path"], before, read, names)
        elif is_jsonpath(item["each"]):
            names.update(_names_in(item["each"]))
            rows: set[Path] = set()
            _add_fields(item["fields"], (), rows, names)
            names.update(name for path in rows for name in path)
        else:
            each = (*before, *(item["each"].split(".") if item["each"] else ()), "[]")
            _add_fields(item["fields"], each, read, names)


def _members(value: Any, path: Path, told: str, read: set[Path], names: set[str]) -> Iterator[str]:
    if any(_begins(one, path) for one in read):
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in names or isinstance(inner, Mapping | list):
                yield from _members(inner, (*path, name), f"{told}.{name}" if told else name, read, names)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _members(inner, (*path, f"[]{place}"), f"{told}[]", read, names)
    elif value not in (None, ""):
        yield told or WHOLE


def _begins(read: Path, path: Path) -> bool:
    """Whether a path that is read leads to what stands at `path`, or to what that is a part of."""
    if len(read) > len(path):
        return False
    return all(
        one == other or (other.startswith("[]") and one in ("[]", other[2:]))
        for one, other in zip(read, path, strict=False)
    )


def _names_in(path: str) -> list[str]:
    """Of a JSONPath."""
    return _WORD.findall(path)

"""Objects and lists in a form, as the document's `encoding` says: a[b][c]=1, a=1,2, or its fields alone.

OpenAPI 3.1, "Encoding Object": style and explode mean what they mean in a query. What it leaves open is
marked: an object of which nothing is said, and lists in brackets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from renhai.binding.drafting.notes import Note, note

_SIGNS = {"form": ",", "pipeDelimited": "|", "spaceDelimited": " "}
_COLLECTIONS = {"csv": "form", "ssv": "spaceDelimited", "pipes": "pipeDelimited"}  # Swagger 2

Mark = Callable[[Note], None]


def in_form(tree: Mapping[str, Any], encoding: Any, mark: Mark) -> dict[str, Any]:
    """The fields of a form: every object and list of the tree as its encoding says."""
    said = encoding if isinstance(encoding, Mapping) else {}
    found: dict[str, Any] = {}
    for name, value in tree.items():
        how = said.get(name)
        fields = _fields(str(name), value, how if isinstance(how, Mapping) else {}, mark)
        if (fields.keys() - {name}) & (tree.keys() | found.keys()):
            mark(note("form_object", names=[name]))  # two fields of one name
            fields = {str(name): value}
        found |= fields
    return found


def _fields(name: str, value: Any, how: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    style, explode = how.get("style"), how.get("explode")
    if not isinstance(value, dict | list) or not value:
        if style == "deepObject":  # of any fields, or none that is named
            mark(note("form_object", names=[name]))
        return {name: value}
    if style == "deepObject":
        return in_brackets(name, value, mark)
    if style is None and explode is None and isinstance(value, dict):
        if "json" not in str(how.get("contentType") or ""):
            mark(note("form_object", names=[name]))
        return {name: value}
    apart = explode is not False if style in (None, "form") else explode is True
    if isinstance(value, list):
        return {name: value} if apart else _joined(name, value, str(style or "form"), mark)
    plain = not any(isinstance(inner, dict | list) for inner in value.values())
    if apart and style in (None, "form") and plain:
        return {str(field): inner for field, inner in value.items()}
    sign = _SIGNS.get(str(style or "form"))
    if sign is None or not plain or apart:
        mark(note("form_object", names=[name]))
        return {name: value}
    return {name: sign.join(f"{field}{sign}{inner}" for field, inner in value.items())}


def _joined(name: str, value: list[Any], style: str, mark: Mark) -> dict[str, Any]:
    """Several values as one text."""
    sign = _SIGNS.get(style)
    if sign is None or any(isinstance(item, dict | list) for item in value):
        mark(note("form_object", names=[name]))
        return {name: value}
    mark(note("joined", name=name, sign={" ": "blanks"}.get(sign, sign)))
    return {name: sign.join(map(str, value))}


def in_brackets(name: str, value: Any, mark: Mark) -> dict[str, Any]:
    """name[field][inner]; of a list name[0], as most systems take it, which is marked."""
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        mark(note("indexed", names=[name]))
        inside = list(enumerate(value))
    else:
        return {name: value}
    found: dict[str, Any] = {}
    for key, inner in inside:
        found |= in_brackets(f"{name}[{key}]", inner, mark)
    return found


def collected(fields: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Swagger 2's `collectionFormat` of form fields, as an encoding; csv where a list says nothing."""
    found: dict[str, dict[str, Any]] = {}
    for one in fields:
        if one.get("type") == "array":
            how = str(one.get("collectionFormat") or "csv")
            style = _COLLECTIONS.get(how, "form" if how == "multi" else how)
            found[str(one.get("name"))] = {"style": style, "explode": how == "multi"}
    return found

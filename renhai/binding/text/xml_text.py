"""XML both ways, for bodies and answers: escaping, fields as elements, and reading without surprises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

Element = ElementTree.Element

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_SPECIAL = re.compile("[&<>\"']")
_NIL = ' xsi:nil="true"'


def escape_xml(value: Any) -> str:
    """A value as text between tags or in an attribute. Raises ValueError for what XML cannot carry."""
    text = plain(value)
    if _FORBIDDEN.search(text):
        raise ValueError(f"a field holds a control character that XML cannot carry: {text[:40]!r}")
    return _SPECIAL.sub(lambda match: _ENTITIES[match.group()], text) if _SPECIAL.search(text) else text


def cdata(value: Any) -> str:
    """A value inside a CDATA section; `]]>` is split over two sections."""
    text = plain(value)
    if _FORBIDDEN.search(text):
        raise ValueError(f"a field holds a control character that XML cannot carry: {text[:40]!r}")
    return text.replace("]]>", "]]]]><![CDATA[>")


def plain(value: Any) -> str:
    """true and false in small letters, nothing for None."""
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def elements(value: Any) -> str:
    """Fields as elements, the way the tax bus writes them: a list `zb` is `zbGrid` with `zbGridlb` rows."""
    if not isinstance(value, Mapping):
        return escape_xml(value)
    parts: list[str] = []
    for name, item in value.items():
        if isinstance(item, list | tuple):
            rows = "".join(f"<{name}Gridlb>{elements(row)}</{name}Gridlb>" for row in item)
            parts.append(f"<{name}Grid>{rows}</{name}Grid>")
        else:
            parts.append(f"<{name}{_NIL if item is None else ''}>{elements(item)}</{name}>")
    return "".join(parts)


def parse_xml(data: bytes | str, encoding: str | None = None) -> Element:
    """The root element, names without their namespaces. Raises ValueError.

    A document type is refused: it is how entities are made that grow without bound or read files.
    """
    head = data[:2048]
    if (b"<!DOCTYPE" in head) if isinstance(head, bytes) else ("<!DOCTYPE" in head):
        raise ValueError("the XML has a document type")
    try:
        text = data if isinstance(data, str) else _decode(data, encoding)
        root = ElementTree.fromstring(_DECLARATION.sub("", text, count=1))
    except (ElementTree.ParseError, UnicodeDecodeError, LookupError) as error:
        raise ValueError(f"not XML: {error}") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=[\"']([A-Za-z0-9._-]+)")


def _decode(data: bytes, encoding: str | None) -> str:
    """By what the document itself says, else by `encoding`: expat itself knows neither GBK nor GB18030."""
    said = _ENCODING.match(data)
    return data.decode(said.group(1).decode() if said else encoding or "utf-8")

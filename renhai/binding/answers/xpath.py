"""XPath 1.0 with namespaces into an XML answer, by lxml."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")


def compile_xpath(path: str, namespaces: Mapping[str, str]) -> Callable[[str], list[Any]]:
    """A function from the text of an answer to the texts, or the number or truth, that a path finds.

    It raises ValueError for what is not XML. A document type is refused, as everywhere.
    """
    find = _query(path, tuple(sorted(namespaces.items())))

    def values(text: str) -> list[Any]:
        found = find(_root(text))
        if not isinstance(found, list):
            return [int(found) if isinstance(found, float) and found.is_integer() else found]
        return [_text(item) for item in found]

    return values


def wrong_xpath(path: str, namespaces: Mapping[str, str]) -> str:
    """Why a text is no XPath with these prefixes; "" when it is one."""
    from lxml import etree

    try:
        compile_xpath(path, namespaces)("<x/>")
    except etree.XPathError as error:
        return f"is no XPath with the prefixes {', '.join(namespaces) or 'none'}: {error}"
    return ""


def _root(text: str) -> Any:
    from lxml import etree

    if "<!DOCTYPE" in text[:2048]:
        raise ValueError("the XML has a document type")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(_DECLARATION.sub("", text, count=1).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"the answer is not XML: {error.msg}") from None


@cache
def _query(path: str, namespaces: tuple[tuple[str, str], ...]) -> Any:
    from lxml import etree

    return etree.XPath(path, namespaces=dict(namespaces), regexp=False)


def _text(item: Any) -> str:
    if isinstance(item, str):
        return str(item)
    return "".join(item.itertext()).strip()

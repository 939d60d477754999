"""Documents as the elements of taxML, and back.

A list `items` is written `itemsGrid` with `itemsGridlb` rows, as the grids of the real messages are. XML has
only text, so what is a number is told by the name of the field: `TEXT` lists fields that are text though they
may look like numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from renhai.reference.rules.words import words

Element = ElementTree.Element

TEXT = frozenset(
    words(
        """bsrgddh bsrsfzjhm bsrxm bsryddh bz cwfzrgddh cwfzrsfzjhm cwfzrxm cwfzryddh djrq djxh dw dzdh ewbhxh
        fphm fpqshm fpzzhm ggxh jyfw khyhhh khyhmc kprq kyslrq lrr mc nsrmc nsrsbh pzxh qr rdyxqq rdyxqz sbrq1
        sbsxDm1 scjydlxdh scjydz scjydzxzqhszDm serial sfxyh shxydm sjgsdq skssqq skssqz spbm spmc ssdabh yhzh
        yxbz bgqz bghz bh cshxh hm jkzh jkzhmc sqxh yhhb yzl
        zcdlxdh zcdyzbm zcdz zhmc fddbrgddh fddbrsfzjhm fddbrxm fddbryddh gszch sfzjhm"""
    )
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
DEEPEST = 32


def read_elements(parent: Element, depth: int = 0) -> dict[str, Any]:
    """The document that an element's children are. Raises ValueError when it is nested too deeply."""
    if depth > DEEPEST:
        raise ValueError("the message is nested too deeply")
    document: dict[str, Any] = {}
    for child in parent:
        name = local_name(child)
        if name.endswith("Grid"):
            document[name.removesuffix("Grid")] = [_value(row, "", depth) for row in child]
        else:
            document[name] = _value(child, name, depth)
    return document


def _value(element: Element, name: str, depth: int) -> Any:
    if len(element):
        return read_elements(element, depth + 1)
    text = (element.text or "").strip()
    if element.get(_NIL) == "true":
        return None
    if text in ("true", "false"):
        return text == "true"
    if name in TEXT or name.endswith("Dm") or not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("-").isdigit() else float(text)


def write_elements(document: Mapping[str, Any]) -> str:
    """The elements of a document."""
    parts = []
    for name, value in document.items():
        if isinstance(value, list):
            rows = "".join(f"<{name}Gridlb>{_inside(row)}</{name}Gridlb>" for row in value)
            parts.append(f"<{name}Grid>{rows}</{name}Grid>")
        elif value is None:
            parts.append(f'<{name} xsi:nil="true"/>')
        else:
            parts.append(f"<{name}>{_inside(value)}</{name}>")
    return "".join(parts)


def _inside(value: Any) -> str:
    if isinstance(value, Mapping):
        return write_elements(value)
    return ("true" if value else "false") if isinstance(value, bool) else escape(str(value))


def local_name(element: Element) -> str:
    """A tag without its namespace."""
    return element.tag.rpartition("}")[2]

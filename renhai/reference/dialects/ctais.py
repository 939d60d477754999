"""The old system's pages (CTAIS): POST of a form in GBK, answered by a page in GBK, with codes of its own.

That its taxpayer pages stood under /ctais2/ and that zsxm_dm 01 is VAT is known; the other page names and
codes stand in for what is not public. Ids have 15 digits: what stands before them in the 20 of the new system
is the same for all taxpayers of one province. The form's field `sbb` is the document as JSON, `lsh` is
repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from renhai.reference.rules.codes import Rejection

PREFIX = "/ctais2/"
LOGIN = PREFIX + "login.jsp"
PAGE = b"text/html; charset=GBK"
PROVINCE = "14"
IDS = {"djxh": "101" + PROVINCE, "pzxh": "100" + PROVINCE}
SHORT = 15

KINDS = {
    "10101": "01", "10102": "02", "10103": "03", "10104": "04", "10106": "05", "10109": "10", "10111": "16",
    "30203": "61", "30216": "63", "39999": "99",
}  # fmt: skip
FORMS = {"BDA0610606": "0101", "BDA0610611": "0102"}
OFFICES = {
    "14301020000": "430102", "14301030000": "430103", "14301040000": "430104", "14301050000": "430105",
    "14301110000": "430111", "14301120000": "430122", "14301210000": "430121", "14301240000": "430124",
    "14301810000": "430181", "14301940000": "430194",
}  # fmt: skip
CODES = {"zsxmDm": KINDS, "yzpzzlDm": FORMS, "zgswjDm": OFFICES}


class Refused(Exception):
    """The form cannot be read, or has a code that this system does not know."""


class Asked(NamedTuple):
    """A page's document in the words of the operations; serial: what the answer repeats."""

    document: dict[str, Any]
    serial: str


def read(body: bytes) -> Asked:
    """The document of a form. Raises Refused."""
    try:
        form = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding="gbk", errors="strict"))
        document = orjson.loads(form.get("sbb") or "{}")
    except ValueError:
        raise Refused("表单不是 GBK 编码，或 sbb 不是 JSON") from None
    if type(document) is not dict:
        raise Refused("sbb 不是对象")
    return Asked(_each(document, _inward), form.get("lsh", ""))


def signed_in(body: bytes) -> tuple[bool, str]:
    """Whether a login form has a name and a password, and what the answer repeats."""
    try:
        form = dict(parse_qsl(body.decode("ascii"), encoding="gbk", errors="strict"))
    except ValueError:
        return False, ""
    return bool(form.get("yhm") and form.get("mm")), form.get("lsh", "")


def accepted(data: Mapping[str, Any], serial: str) -> bytes:
    """The page of an answer."""
    return _page("0", "成功", serial, _each(data, _outward))


def rejected(rejection: Rejection, serial: str) -> bytes:
    """The page of a refusal by a business rule."""
    return _page(rejection.code.code, f"{rejection.code.message}: {rejection.reason}", serial, {})


def refused(why: str, serial: str = "") -> bytes:
    """The page for who is not signed in, or whose form cannot be read."""
    return _page("9", why, serial, {})


def _each(value: Any, change: Callable[[str, str], str], name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _each(inner, change, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_each(inner, change, name) for inner in value]
    return change(name, value) if isinstance(value, str) and value else value


def _inward(name: str, value: str) -> str:
    if name in IDS and len(value) == SHORT:
        return IDS[name] + value
    if name in CODES:
        known = _TURNED[name].get(value)
        if known is None:
            raise Refused(f"{name} {value[:40]} 不在代码表中")
        return known
    return value


_TURNED = {name: {theirs: ours for ours, theirs in table.items()} for name, table in CODES.items()}


def _outward(name: str, value: str) -> str:
    if name in IDS:
        return value[-SHORT:]
    return CODES[name].get(value, value) if name in CODES else value


def _page(code: str, message: str, serial: str, data: Mapping[str, Any]) -> bytes:
    rows = [("code", code), ("msg", message), ("lsh", serial)]
    rows += [(name, value) for name, value in data.items() if not isinstance(value, list)]
    told = "".join(f'<tr><th>{name}</th><td id="{name}">{_text(value)}</td></tr>' for name, value in rows)
    lists = "".join(_grid(name, value) for name, value in data.items() if isinstance(value, list))
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=GBK"/>'
        f"<title>CTAIS</title></head><body><table>{told}</table>{lists}</body></html>"
    )
    return page.encode("gb18030")


def _grid(name: str, rows: list[Any]) -> str:
    cells = (
        "".join(f'<td class="{key}">{_text(value)}</td>' for key, value in row.items())
        for row in rows
        if isinstance(row, Mapping)
    )
    return f'<table id="{name}">{"".join(f"<tr>{row}</tr>" for row in cells)}</table>'


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else escape(str(value))

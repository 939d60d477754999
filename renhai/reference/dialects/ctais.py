"""The old system's pages (CTAIS): POST of a form in GBK, answered by a page in GBK, with codes of its own.

That its taxpayer pages stood under /ctais2/ and that zsxm_dm 01 is VAT is known; the other page names and
codes stand in for what is not public. Ids have 15 digits: what stands before them in the 20 of the new system
is the same for all taxpayers of one province; that of a case is year, day, bureau and number. The form's
field `sbb` is the document as JSON, `lsh` is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from html import escape
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from renhai.reference.dialects.ctais_codes import CODES
from renhai.reference.rules.codes import Rejection

PREFIX = "/ctais2/"
LOGIN = PREFIX + "login.jsp"
PAGE = b"text/html; charset=GBK"
PROVINCE = "14"
IDS = {"djxh": "101" + PROVINCE, "pzxh": "100" + PROVINCE}
SHORT, LONG = 15, 20
CASE = "lcslid"
ON_FILE = "dm"
"""What a row on file is of: a voucher's id, among others."""
REGION = "43"
_CASE = re.compile(rf"1{REGION}(\d{{4}})0000(20\d\d)(\d\d)(\d\d)0{{7}}(\d{{6}})")


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
    if name == CASE and len(value) == SHORT:
        return _long_case(value)
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
    if name == CASE:
        return _short_case(value)
    if name == ON_FILE and len(value) == LONG and value.startswith(IDS["pzxh"]):
        return value[-SHORT:]
    return CODES[name].get(value, value) if name in CODES else value


def _short_case(value: str) -> str:
    """A case's id in 15 digits: year (2), day of the year (3), bureau (4), number (6); whole where it is of
    another province or a larger number."""
    found = _CASE.fullmatch(value)
    if found is None:
        return value
    try:
        day = date(*(int(found[n]) for n in (2, 3, 4)))
    except ValueError:
        return value
    return f"{day:%y%j}{found[1]}{found[5]}"


def _long_case(value: str) -> str:
    """Raises Refused."""
    try:
        day = datetime.strptime(value[:5], "%y%j").date()
    except ValueError:
        raise Refused(f"{CASE} {value[:40]} 不是文书号") from None
    return f"1{REGION}{value[5:9]}0000{day:%Y%m%d}{value[9:]:0>13}"


def _page(code: str, message: str, serial: str, data: Mapping[str, Any]) -> bytes:
    rows = [("code", code), ("msg", message), ("lsh", serial)]
    plain = ((name, value) for name, value in data.items() if not isinstance(value, list | Mapping))
    rows += plain
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

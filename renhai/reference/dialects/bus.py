"""The service bus: POST /esb with an envelope; its tran_id names the service, its body is taxML in CDATA.

Answers repeat the head with rtn_code and rtn_msg. rtn_code 0 with Code 000 is success; 1 is a refusal by a
business rule; 9 says that the envelope itself was not accepted, and then the body is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from renhai.reference.dialects.elements import Element, local_name, read_elements, write_elements
from renhai.reference.rules.codes import Rejection

PATH = "/esb"
SPEC = "http://www.chinatax.gov.cn/spec/"
DATA = "http://www.chinatax.gov.cn/dataspec/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

PREFIX = "SWZJ.HXZG."
"""Of every service here; operations name theirs without it."""


class Refused(Exception):
    """The envelope was not accepted; the text says why."""

    def __init__(self, why: str, head: dict[str, str] | None = None) -> None:
        super().__init__(why)
        self.head = head or {}


class Message(NamedTuple):
    """What an envelope carries: the items of its head, the operation, the document of its taxML."""

    head: dict[str, str]
    operation: str
    document: dict[str, Any]


def read(body: bytes, services: Mapping[str, str]) -> Message:
    """Open an envelope; `services` is tran_id -> operation. Raises Refused."""
    service = _parse(body, "the envelope")
    head = {local_name(item): (item.text or "").strip() for item in _child(service, "head")}
    _check_head(head, services)
    tax = _parse((_child(service, "body").text or "").strip().encode(), "the body")
    if local_name(tax) != "taxML":
        raise Refused(f"the body is {local_name(tax)[:40]}, not taxML", head)
    try:
        return Message(head, services[head["tran_id"]], read_elements(tax))
    except ValueError as error:
        raise Refused(str(error), head) from None


def _check_head(head: dict[str, str], services: Mapping[str, str]) -> None:
    if head.get("tran_id") not in services:
        raise Refused(f"tran_id {head.get('tran_id', '')[:60]} is no service", head)
    if len(head.get("tran_seq", "")) != 32:
        raise Refused("tran_seq must have 32 characters", head)
    for name, digits in (("tran_date", 8), ("tran_time", 9)):
        value = head.get(name, "")
        if len(value) != digits or not value.isdigit():
            raise Refused(f"{name} must have {digits} digits", head)


def _parse(data: bytes, what: str) -> Element:
    if b"<!DOCTYPE" in data:
        raise Refused(f"{what} has a document type")
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refused(f"{what} is not XML: {error}") from None


def _child(parent: Element, name: str) -> Element:
    found = next((child for child in parent if local_name(child) == name), None)
    if found is None:
        raise Refused(f"the envelope has no {name}")
    return found


def accepted(message: Message, data: dict[str, Any]) -> bytes:
    """Success with its data."""
    return _envelope(message.head, "0", "000", "成功", "", _tax(write_elements(data)))


def rejected(message: Message, rejection: Rejection) -> bytes:
    """A refusal by a business rule."""
    code = rejection.code
    return _envelope(
        message.head, "1", code.code, code.message, rejection.reason, _tax(write_elements(rejection.data))
    )


def refused(error: Refused) -> bytes:
    """An envelope that was not accepted."""
    return _envelope(error.head, "9", "900", "报文校验不通过", str(error), "")


def _tax(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><taxML xmlns="{DATA}" xmlns:xsi="{XSI}">{inside}</taxML>'


def _envelope(head: dict[str, str], state: str, code: str, message: str, reason: str, tax: str) -> bytes:
    names = ("tran_id", "channel_id", "tran_seq", "tran_date", "tran_time")
    items = "".join(f"<{name}>{escape(head[name])}</{name}>" for name in names if name in head)
    said = f"<Code>{code}</Code><Message>{escape(message)}</Message><Reason>{escape(reason)}</Reason>"
    outcome = f"<rtn_code>{state}</rtn_code><rtn_msg>{said}</rtn_msg>"
    body = f"<![CDATA[{tax}]]>" if tax else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><service xmlns="{SPEC}"><head>{items}{outcome}</head>'
        f"<body>{body}</body></service>"
    ).encode()

"""The web filing pages: POST of a form in GBK to a .do page, answers {code, msg, data} in JSON.

Whoever has not signed in at LOGIN gets code 9 from every page. The form's fields are the document; a field
`sbb` holds it whole as JSON, as sheets do not fit into form fields. Which page stands for which operation is
said beside the operation: getNsrlx, getSbZt, checkSB_SBXX, zfsbb and the two sheets are pages of a real hub;
the others stand in for pages whose names are not public.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from renhai.reference.rules.codes import Rejection

LOGIN = "/server/wssq/ctais2/taxerLoginAction.do"
LOGIN_OPERATION = "session.open"
COOKIE = "JSESSIONID"
MOST_SESSIONS = 100_000


class Refused(Exception):
    """The page cannot be answered: not signed in, or the form is broken."""


class Message(NamedTuple):
    operation: str
    document: dict[str, Any]


class Sessions:
    """Who is signed in; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()

    def open(self, body: bytes) -> tuple[bool, bytes, str]:
        """Whether it was accepted, the answer, and the cookie to set; any name with a password will do."""
        form = dict(_form(body))
        if not form.get("yhm") or not form.get("mm"):
            return False, _answer("1", "用户名或密码错误", None), ""
        return True, _answer("0", "成功", {}), self.begin()

    def begin(self) -> str:
        """The cookie of somebody who may work here from now on."""
        name = os.urandom(16).hex()
        self._known[name] = None
        if len(self._known) > MOST_SESSIONS:
            self._known.popitem(last=False)
        return f"{COOKIE}={name}; Path=/; HttpOnly"

    def has(self, headers: list[tuple[bytes, bytes]]) -> bool:
        cookies = next((value.decode("latin-1") for name, value in headers if name == b"cookie"), "")
        pairs = (part.strip().partition("=") for part in cookies.split(";"))
        return any(name == COOKIE and value in self._known for name, _, value in pairs)


def read(operation: str, body: bytes) -> Message:
    """The document of a page's form, for the operation that the page stands for. Raises Refused."""
    form: dict[str, Any] = dict(_form(body))
    whole = form.pop("sbb", "")
    if whole:
        try:
            document = orjson.loads(whole)
        except orjson.JSONDecodeError as error:
            raise Refused(f"sbb is not JSON: {error}") from None
        if type(document) is not dict:
            raise Refused("sbb is not an object")
        form.update(document)
    return Message(operation, form)


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding="gbk", errors="strict")
    except ValueError:
        raise Refused("the form is not %-encoded GBK") from None


def accepted(data: dict[str, Any]) -> bytes:
    """Success with its data."""
    return _answer("0", "成功", data)


def rejected(rejection: Rejection) -> bytes:
    """A refusal by a business rule."""
    return _answer(
        rejection.code.code, f"{rejection.code.message}: {rejection.reason}", rejection.data or None
    )


def refused(why: str) -> bytes:
    """Not signed in, or a form that cannot be read."""
    return _answer("9", why, None)


def _answer(code: str, message: str, data: object) -> bytes:
    return orjson.dumps({"code": code, "msg": message, "data": data})

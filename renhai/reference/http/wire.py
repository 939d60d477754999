"""Reading requests and writing answers: raw ASGI, since a framework costs more than the work itself here."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

import orjson

from renhai.reference.rules.codes import Rejection

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY = 1024 * 1024
"""Bytes; a declaration has about 6,000."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

_ACCEPTED = '{"rtn_code":"0","rtn_msg":{"Code":"000","Message":"成功","Reason":""},"data":'.encode()


class Answer(NamedTuple):
    """Status, body and media type of a response; `cookie` is set when not empty."""

    status: int
    body: bytes
    kind: bytes = b"application/json; charset=utf-8"
    cookie: str = ""


class Gone(Exception):
    """The client closed the connection before its request was complete."""


class TooLarge(Exception):
    """The body is larger than the target takes."""


def accepted(data: dict[str, Any]) -> Answer:
    """Business success."""
    return Answer(200, _ACCEPTED + orjson.dumps(data) + b"}")


def bearer(scope: Scope) -> str:
    """The token of `Authorization: Bearer`, or an empty text."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return str(value[7:].decode("latin-1")).strip()
    return ""


def rejected(rejection: Rejection, state: str = "1") -> Answer:
    """Business failure: HTTP 200 with the code of the rule; `state` 9 says that access was refused."""
    code = rejection.code
    message = {"Code": code.code, "Message": code.message, "Reason": rejection.reason}
    return Answer(200, orjson.dumps({"rtn_code": state, "rtn_msg": message, "data": rejection.data}))


def problem(status: int, message: str) -> Answer:
    """A failure of the transport or of the target itself."""
    return Answer(status, orjson.dumps({"error": message}))


def plain(data: object) -> Answer:
    """JSON outside the business envelope (administration)."""
    return Answer(200, orjson.dumps(data))


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, or TooLarge (by its header or, when chunked, while reading), or Gone."""
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > LARGEST_BODY:
            raise TooLarge
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return body
    parts = bytearray()
    while message["type"] == "http.request":
        parts += message.get("body", b"")
        if len(parts) > LARGEST_BODY:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(parts)
        message = await receive()
    raise Gone


def request_id(scope: Scope) -> bytes:
    """What a request calls itself in `X-Request-Id`; empty for nothing that could be repeated as it is."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value)
    return b""


def repeating(answer: Answer, name: bytes) -> Answer:
    """The answer with the id of its request, where it has one: whose answer it is can then be seen."""
    if not name or not answer.body.endswith(b"}") or not answer.kind.startswith(b"application/json"):
        return answer
    joint = b"" if answer.body == b"{}" else b","
    return answer._replace(body=b'%b%b"request_id":"%b"}' % (answer.body[:-1], joint, name))


async def send_answer(send: Send, answer: Answer) -> None:
    """Send a complete response."""
    headers = [(b"content-type", answer.kind), (b"content-length", str(len(answer.body)).encode())]
    if answer.cookie:
        headers.append((b"set-cookie", answer.cookie.encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})

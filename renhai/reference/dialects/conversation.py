"""Requests in another dialect than JSON under /api/: read, handed to the operation, answered in kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from renhai.reference.dialects import bus, web
from renhai.reference.http.counts import Count, Counts
from renhai.reference.http.wire import (
    Answer,
    Gone,
    Receive,
    Scope,
    Send,
    TooLarge,
    problem,
    read_body,
    repeating,
    request_id,
    send_answer,
)
from renhai.reference.operations.operation import Operation
from renhai.reference.rules.codes import Rejection

XML = b"text/xml; charset=utf-8"
Outcome = dict[str, Any] | Rejection | Answer


class Office(Protocol):
    """The part of the target that settles an operation."""

    async def settle(self, name: str, document: dict[str, Any]) -> Outcome: ...


class Dialects:
    """The bus at /esb and the web filing pages."""

    def __init__(self, office: Office, counts: Counts, operations: Iterable[Operation]) -> None:
        self._office, self._counts = office, counts
        self._services: dict[str, str] = {}
        self._pages: dict[str, str] = {}
        for operation in operations:
            self._services |= {bus.PREFIX + service: operation.name for service in operation.services}
            self._pages |= dict.fromkeys(operation.pages, operation.name)
        self._sessions = web.Sessions()

    def has(self, scope: Scope) -> bool:
        """Whether a path is spoken to in one of these dialects."""
        path = scope["path"]
        return path == bus.PATH or path == web.LOGIN or path in self._pages

    async def converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST":
            await send_answer(send, problem(405, "operations are POST requests"))
            return
        try:
            body = await read_body(scope, receive)
        except Gone:
            return
        except TooLarge:
            await send_answer(send, problem(413, "the body is larger than 1 MiB"))
            return
        answer = await (self._bus(body) if scope["path"] == bus.PATH else self._web(scope, body))
        await send_answer(send, repeating(answer, request_id(scope)))

    async def _bus(self, body: bytes) -> Answer:
        try:
            message = bus.read(body, self._services)
        except bus.Refused as error:
            return Answer(200, bus.refused(error), XML)
        outcome = await self._office.settle(message.operation, message.document)
        if isinstance(outcome, Answer):
            return outcome
        if isinstance(outcome, Rejection):
            return Answer(200, bus.rejected(message, outcome), XML)
        return Answer(200, bus.accepted(message, outcome), XML)

    async def _web(self, scope: Scope, body: bytes) -> Answer:
        try:
            if scope["path"] == web.LOGIN:
                return self._sign_in(body)
            if not self._sessions.has(scope["headers"]):
                return Answer(200, web.refused("未登录"))
            message = web.read(self._pages[scope["path"]], body)
        except web.Refused as error:
            return Answer(200, web.refused(str(error)))
        outcome = await self._office.settle(message.operation, message.document)
        if isinstance(outcome, Answer):
            return outcome
        return Answer(200, web.rejected(outcome) if isinstance(outcome, Rejection) else web.accepted(outcome))

    def _sign_in(self, body: bytes) -> Answer:
        count = self._counts.by_operation.setdefault(web.LOGIN_OPERATION, Count())
        accepted, answer, cookie = self._sessions.open(body)
        count.received += 1
        if accepted:
            count.ok += 1
        else:
            count.rejected += 1
        return Answer(200, answer, cookie=cookie)

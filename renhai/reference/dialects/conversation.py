"""Requests in another dialect than JSON under /api/: read, handed to the operation, answered in kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from renhai.reference.dialects import bus, ctais, web
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
from renhai.reference.options import SYSTEMS
from renhai.reference.rules.codes import Rejection

XML = b"text/xml; charset=utf-8"
NEW, OLD = SYSTEMS
Outcome = dict[str, Any] | Rejection | Answer


class Office(Protocol):
    """The part of the target that settles an operation."""

    async def settle(self, name: str, document: dict[str, Any]) -> Outcome: ...


class Dialects:
    """The bus at /esb and the web filing pages; of the old system its own pages alone."""

    def __init__(
        self, office: Office, counts: Counts, operations: Iterable[Operation], system: str = NEW
    ) -> None:
        self._office, self._counts = office, counts
        self._old: dict[str, str] = {}
        self._services: dict[str, str] = {}
        self._pages: dict[str, str] = {}
        for operation in operations:
            if system == OLD:
                page = f"{ctais.PREFIX}{operation.name.replace('.', '/')}.jsp"
                self._old[page] = operation.name
                continue
            self._services |= {bus.PREFIX + service: operation.name for service in operation.services}
            self._pages |= dict.fromkeys(operation.pages, operation.name)
        self._sessions = web.Sessions()
        if self._old:
            self._old[ctais.LOGIN] = web.LOGIN_OPERATION

    def has(self, scope: Scope) -> bool:
        """Whether a path is spoken to in one of these dialects."""
        path = scope["path"]
        if self._old:
            return path in self._old
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
        if self._old:
            await send_answer(send, await self._page(scope, body))
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

    async def _page(self, scope: Scope, body: bytes) -> Answer:
        """A page of the old system."""
        operation = self._old[scope["path"]]
        if operation == web.LOGIN_OPERATION:
            known, serial = ctais.signed_in(body)
            cookie = self._counted_sign_in(known)
            page = ctais.accepted({}, serial) if known else ctais.refused("用户名或密码错误", serial)
            return Answer(200, page, ctais.PAGE, cookie)
        if not self._sessions.has(scope["headers"]):
            return Answer(200, ctais.refused("未登录"), ctais.PAGE)
        try:
            asked = ctais.read(body)
        except ctais.Refused as error:
            return Answer(200, ctais.refused(str(error)), ctais.PAGE)
        outcome = await self._office.settle(operation, asked.document)
        if isinstance(outcome, Answer):
            return outcome
        if isinstance(outcome, Rejection):
            return Answer(200, ctais.rejected(outcome, asked.serial), ctais.PAGE)
        return Answer(200, ctais.accepted(outcome, asked.serial), ctais.PAGE)

    def _counted_sign_in(self, known: bool) -> str:
        """The cookie of who signs in at the old system; "" for who may not."""
        count = self._counts.by_operation.setdefault(web.LOGIN_OPERATION, Count())
        count.received += 1
        if not known:
            count.rejected += 1
            return ""
        count.ok += 1
        return self._sessions.begin()

    def _sign_in(self, body: bytes) -> Answer:
        count = self._counts.by_operation.setdefault(web.LOGIN_OPERATION, Count())
        accepted, answer, cookie = self._sessions.open(body)
        count.received += 1
        if accepted:
            count.ok += 1
        else:
            count.rejected += 1
        return Answer(200, answer, cookie=cookie)

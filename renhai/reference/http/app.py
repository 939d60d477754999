"""The ASGI application: every operation by POST under /api/, everything else of the target under /admin/."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import orjson

from renhai.reference.dialects.conversation import NEW, Dialects
from renhai.reference.faults.alarm import Alarm
from renhai.reference.faults.defects import Defects
from renhai.reference.faults.plan import Fate, Faults
from renhai.reference.http.admin import Admin
from renhai.reference.http.counts import Count, Counts
from renhai.reference.http.gate import Gate
from renhai.reference.http.wire import (
    Answer,
    Gone,
    Receive,
    Scope,
    Send,
    TooLarge,
    accepted,
    bearer,
    problem,
    read_body,
    rejected,
    repeating,
    request_id,
    send_answer,
)
from renhai.reference.operations.catalogue import path_of
from renhai.reference.operations.operation import Operation, Printing, Writing
from renhai.reference.operations.printing.pdf import MissingExtra
from renhai.reference.operations.printing.printer import PAPERS, Printer
from renhai.reference.rules.codes import NOT_AN_OBJECT, Rejection
from renhai.reference.rules.sessions import Sessions
from renhai.reference.storage.jobs import Storage, StorageError

logger = logging.getLogger("renhai.reference")

DESK = "/desk/"
"""What stands under /api/ stands here too, for officers who have signed in."""


class Target:
    """The service: routing, counting, faults; the operations and the storage do the rest."""

    def __init__(
        self,
        operations: tuple[Operation, ...],
        storage: Storage,
        faults: Faults,
        alarm: Alarm,
        sessions: Sessions,
        gate: Gate,
        system: str = NEW,
        defects: Defects | None = None,
    ) -> None:
        self._defects = defects or Defects([])
        self._serves_json = system == NEW
        self._storage, self._faults, self._alarm, self._sessions = storage, faults, alarm, sessions
        self._printer = Printer()
        faults.storage = storage
        counts = Counts(operation.name for operation in operations)
        self._routes: dict[str, tuple[Operation, Count]] = {
            path_of(operation): (operation, counts.by_operation[operation.name]) for operation in operations
        }
        self._admin = Admin(storage, counts, faults, gate)
        self._dialects = Dialects(self, counts, operations, system)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path: str = scope["path"]
        desk = path.startswith(DESK)
        own = "/api/" + path[len(DESK) :] if desk else path
        route = self._routes.get(own) if self._serves_json else None
        if desk and route is not None and scope["method"] == "POST":
            await self._at_desk(*route, scope, receive, send)
        elif route is not None and scope["method"] == "POST":
            await self._operate(*route, scope, receive, send)
        elif route is not None:
            await send_answer(send, problem(405, "operations are POST requests"))
        elif self._dialects.has(scope):
            await self._dialects.converse(scope, receive, send)
        elif scope["path"].startswith("/admin/"):
            await send_answer(send, await self._admin.answer(scope, receive))
        else:
            await send_answer(send, problem(404, f"nothing is served at {scope['path'][:100]}"))

    async def _at_desk(
        self, operation: Operation, count: Count, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """An operation for who has signed in; anybody else is refused, and counted so."""
        try:
            self._sessions.check(bearer(scope))
        except Rejection as rejection:
            count.received += 1
            count.rejected += 1
            await send_answer(send, repeating(rejected(rejection, "9"), request_id(scope)))
            return
        await self._operate(operation, count, scope, receive, send)

    async def _operate(
        self, operation: Operation, count: Count, scope: Scope, receive: Receive, send: Send
    ) -> None:
        count.received += 1
        fate = self._faults.meet(operation.name) if self._faults.active else None
        try:
            answer = await self._answer(operation, fate, count, scope, receive)
        except Gone:
            count.error += 1
            return
        if fate is not None:
            await self._alarm.until(fate.answer_at)
        await send_answer(send, repeating(answer, request_id(scope)))

    async def settle(self, name: str, document: dict[str, Any]) -> dict[str, Any] | Rejection | Answer:
        """One operation that came in another dialect, counted as any."""
        operation, count = self._routes[f"/api/{name.replace('.', '/')}"]
        count.received += 1
        fate = self._faults.meet(operation.name) if self._faults.active else None
        try:
            outcome = await self._outcome(operation, fate, count, document)
        except StorageError as error:
            count.error += 1
            outcome = _failure(error)
        if fate is not None:
            await self._alarm.until(fate.answer_at)
        return outcome

    async def _outcome(
        self, operation: Operation, fate: Fate | None, count: Count, document: dict[str, Any]
    ) -> dict[str, Any] | Rejection | Answer:
        if fate is not None and fate.error:
            count.error += 1
            return problem(500, "planted error")
        try:
            data = await self._decide(operation, document, orjson.dumps(document), fate)
        except Rejection as rejection:
            count.rejected += 1
            return rejection
        if isinstance(data, Rejection):
            count.rejected += 1
        else:
            count.ok += 1
        return data

    async def _answer(
        self, operation: Operation, fate: Fate | None, count: Count, scope: Scope, receive: Receive
    ) -> Answer:
        """The answer to one operation, counted by its outcome."""
        try:
            body = await read_body(scope, receive)
            if fate is not None and fate.error:
                count.error += 1
                return problem(500, "planted error")
            outcome = await self._perform(operation, body, fate)
        except Rejection as rejection:
            outcome = rejection
        except (orjson.JSONDecodeError, TooLarge, StorageError) as error:
            count.error += 1
            return _failure(error)
        if isinstance(outcome, Rejection):
            count.rejected += 1
            answer = rejected(outcome)
            return answer._replace(status=422) if isinstance(operation, Printing) else answer
        if isinstance(operation, Printing):
            return await self._printed(operation, outcome, fate, count)
        count.ok += 1
        return accepted(outcome)

    async def _printed(
        self, operation: Printing, values: dict[str, Any], fate: Fate | None, count: Count
    ) -> Answer:
        try:
            if not self._printer.ready:  # its forms are laid out once, beside what else is asked meanwhile
                await asyncio.to_thread(self._printer.lay_out)
            paper = self._printer.paper(operation, values, fate.spoilt if fate is not None else None)
        except MissingExtra as error:
            count.error += 1
            return problem(501, str(error))
        count.ok += 1
        return Answer(200, paper, PAPERS[operation.media])

    async def _perform(
        self, operation: Operation, body: bytes, fate: Fate | None
    ) -> dict[str, Any] | Rejection:
        document = orjson.loads(body)
        if type(document) is not dict:
            raise Rejection(NOT_AN_OBJECT, f"the body is a {type(document).__name__}, not an object")
        return await self._decide(operation, document, body, fate)

    async def _decide(
        self, operation: Operation, document: dict[str, Any], body: bytes, fate: Fate | None
    ) -> dict[str, Any] | Rejection:
        data: dict[str, Any] | Rejection
        if not isinstance(operation, Writing):
            data = await self._storage.read(operation.check(document, body))
        else:
            change = fate.tamper() if fate else None
            data = await self._storage.write(operation.check(document, body), change)
        return self._defects.apply(operation.name, document, data)


def _failure(error: Exception) -> Answer:
    if isinstance(error, TooLarge):
        return problem(413, "the body is larger than 1 MiB")
    if isinstance(error, StorageError):
        logger.error("storage: %s", error)
        return problem(500, f"storage: {error}")
    return problem(400, f"the body is not JSON: {error}")

"""The reference system's operations in this process, on a database in memory: quick, and no socket."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any, cast

import orjson

from renhai.reference.eras.grades import chosen
from renhai.reference.operations.catalogue import operations
from renhai.reference.operations.operation import Setup, Writing
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.sessions import Sessions
from renhai.reference.storage.jobs import Job
from renhai.reference.storage.schema import SQLITE_KINDS, definitions
from renhai.reference.storage.sqlite import SqliteView
from tests.reference.running import Reply


class Office:
    """As running.Client: `ok` and `refused`. rules: as `--rule`; today: as `--date`; domains: as
    `--domains`."""

    def __init__(
        self, *rules: str, today: str | None = None, strict: bool = False, domains: tuple[Path, ...] = ()
    ) -> None:
        fixed = date.fromisoformat(today) if today else None
        setup = Setup(Sessions(), rules=chosen(rules, strict=strict), fixed=fixed, domains=domains)
        self._operations = {operation.name: operation for operation in operations(setup)}
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        for statement in definitions(SQLITE_KINDS):
            self.database.execute(statement)
        self.view = SqliteView(self.database)

    def copied(self, before: sqlite3.Connection) -> Office:
        """This office with all that another database holds."""
        before.backup(self.database)
        return self

    def call(self, name: str, document: dict[str, Any]) -> Reply:
        operation = self._operations[name]
        body = orjson.dumps(document)
        try:
            checked = operation.check(orjson.loads(body), body)
            if not isinstance(operation, Writing):
                data = checked(self.view)
            else:
                job = Job(cast(Any, checked), None, cast("asyncio.Future[Any]", None))
                job.run(self.view)
                if isinstance(job.result, Exception):
                    raise job.result
                data = job.result
        except Rejection as rejection:
            return Reply(200, rejection.code.code, rejection.reason, dict(rejection.data))
        return Reply(200, "000", "", orjson.loads(orjson.dumps(data)))

    def ok(self, name: str, document: dict[str, Any]) -> dict[str, Any]:
        reply = self.call(name, document)
        assert reply.ok, f"{name}: {reply}"
        return reply.data

    def refused(self, name: str, document: dict[str, Any]) -> str:
        reply = self.call(name, document)
        assert not reply.ok, f"{name} was taken: {reply.data}"
        assert reply.reason
        return reply.code

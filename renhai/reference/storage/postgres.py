"""PostgreSQL with group commit: one thread writes what has queued in one transaction, another reads.

Every statement waits for the server, so both run outside the event loop. The writer pipelines: only a SELECT
whose answer is needed waits, what is stored is sent along with it. `synchronous_commit` is on, whatever the
server's default, so an acknowledged write is on the server's disk.
"""

from __future__ import annotations

import asyncio
import threading
import time
from functools import lru_cache
from queue import SimpleQueue
from typing import Any, cast

import psycopg
from psycopg.abc import QueryNoTemplate

from renhai.reference.rules.codes import Rejection
from renhai.reference.storage.jobs import Data, Decide, Job, Query, Row, StorageError, Tamper
from renhai.reference.storage.schema import POSTGRES_KINDS, TABLES, definitions
from renhai.reference.storage.urls import shown

LARGEST_BATCH = 256
LOCK = 0x72656E686169
"""Advisory lock of the one target that may use a database: two would hand out the same numbers."""
LOCK_WAIT_S = 5.0
"""How long the server may take to notice that a killed target is gone."""

Connection = psycopg.Connection[tuple[Any, ...]]
Outcome = Data | Exception


@lru_cache(maxsize=256)
def _statement(text: str) -> QueryNoTemplate:
    return cast(QueryNoTemplate, text.replace("?", "%s").encode())


class PostgresView:
    """Reads and writes on one connection; ids are counted from the largest stored one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last = {table: self._largest(table) for table in TABLES}

    def _largest(self, table: str) -> int:
        row = self.one(f"SELECT coalesce(max(id), 0) FROM {table}")
        return int(row[0]) if row else 0

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._connection.closed or self._connection.broken

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def transact(self, batch: list[Job]) -> None:
        """Run jobs in one transaction; returns once it is durable."""
        try:
            with self._connection.pipeline():
                self._execute("BEGIN", ())
                for job in batch:
                    job.run(self)
                self._execute("COMMIT", ())
        except Exception:
            if not self.closed:
                self._connection.rollback()
            raise

    def _execute(self, statement: str, parameters: Row) -> psycopg.Cursor[Row]:
        return self._connection.execute(_statement(statement), parameters, prepare=True)

    def one(self, statement: str, *parameters: object) -> Row | None:
        return self._execute(statement, parameters).fetchone()

    def all(self, statement: str, *parameters: object) -> list[Row]:
        return self._execute(statement, parameters).fetchall()

    def next_id(self, table: str) -> int:
        self._last[table] += 1
        return self._last[table]

    def store(self, statement: str, parameters: Row) -> None:
        self._execute(statement, parameters)


class PostgresStorage:
    """Storage on a PostgreSQL database; the database belongs to one target at a time."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._url = url
        try:
            self._writer = self._open_writer()
            self._reader = PostgresView(_connect(url))
        except psycopg.Error as error:
            raise StorageError(f"{shown(url)} cannot be opened: {_first_line(error)}") from None
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._queries: SimpleQueue[tuple[Query, asyncio.Future[Data]] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=work, name=work.__name__, daemon=True)
            for work in (self._write_forever, self._read_forever)
        ]
        for thread in self._threads:
            thread.start()

    def _open_writer(self) -> PostgresView:
        connection = _connect(self._url)
        _claim(connection, self._url)
        for statement in definitions(POSTGRES_KINDS):
            connection.execute(_statement(statement))
        return PostgresView(connection)

    def read(self, query: Query) -> asyncio.Future[Data]:
        """Run a query on the committed state, in its thread."""
        future: asyncio.Future[Data] = self._loop.create_future()
        self._queries.put((query, future))
        return future

    def write(self, decide: Decide, tamper: Tamper | None) -> asyncio.Future[Data | Rejection]:
        """Queue a write; the future resolves after its COMMIT."""
        job = Job(decide, tamper, self._loop.create_future())
        self._jobs.put(job)
        return job.outcome

    def _read_forever(self) -> None:
        while (asked := self._queries.get()) is not None:
            query, future = asked
            self._loop.call_soon_threadsafe(_resolve, future, self._query(query))

    def _query(self, query: Query) -> Outcome:
        try:
            if self._reader.closed:
                self._reader = PostgresView(_connect(self._url))
            return query(self._reader)
        except Rejection as rejection:
            return rejection
        except psycopg.Error as error:
            return StorageError(_first_line(error))

    def _write_forever(self) -> None:
        while (job := self._jobs.get()) is not None:
            batch = [job]
            while len(batch) < LARGEST_BATCH and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    self._jobs.put(None)
                    break
                batch.append(following)
            self._store(batch)
            self._loop.call_soon_threadsafe(_settle, batch)

    def _store(self, batch: list[Job]) -> None:
        try:
            if self._writer.closed:
                self._writer = self._open_writer()
            self._writer.transact(batch)
        except Exception as error:
            self._store_singly(batch, error)

    def _store_singly(self, batch: list[Job], error: Exception) -> None:
        """A batch failed as a whole: give each job a transaction of its own. When the connection was lost,
        whether the batch was stored is unknown, and each job says so."""
        for job in batch:
            try:
                if self._writer.closed:
                    raise error
                self._writer.transact([job])
            except Exception as failure:
                job.result = StorageError(_first_line(failure))

    async def close(self) -> None:
        """Finish what is queued and close both connections."""
        self._jobs.put(None)
        self._queries.put(None)
        for thread in self._threads:
            await self._loop.run_in_executor(None, thread.join)
        self._writer.close()
        self._reader.close()


def _resolve(future: asyncio.Future[Data], outcome: Outcome) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _settle(batch: list[Job]) -> None:
    for job in batch:
        job.settle()


def _connect(url: str) -> Connection:
    connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    connection.execute("SET synchronous_commit = on")
    return connection


def _claim(connection: Connection, url: str) -> None:
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        if row and row[0]:
            return
        if time.monotonic() > until:
            raise StorageError(f"{shown(url)} is in use by another target")
        time.sleep(0.1)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__

"""PostgreSQL with group commit: one thread writes what has queued in one transaction, another reads.

Every statement waits for the server, so both run outside the event loop of HTTP, each on a loop of its own.
What is stored waits until an answer is needed or the transaction ends, and neighbours of one statement go
together. `synchronous_commit` is on, whatever the server's default, so an acknowledged write is on the
server's disk.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import count, groupby
from queue import SimpleQueue
from typing import Any, TypeVar

import asyncpg
import uvloop

from renhai.reference.rules.codes import Rejection
from renhai.reference.storage.jobs import Data, Decide, Job, Query, Row, StorageError, Tamper
from renhai.reference.storage.schema import POSTGRES_KINDS, TABLES, definitions
from renhai.reference.storage.urls import shown

LARGEST_BATCH = 256
LOCK = 0x72656E686169
"""Advisory lock of the one target that may use a database: two would hand out the same numbers."""
LOCK_WAIT_S = 5.0
"""How long the server may take to notice that a killed target is gone."""
CONNECT_S = 10.0
FAILED = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)

Outcome = Data | Exception
T = TypeVar("T")


@lru_cache(maxsize=256)
def _statement(text: str) -> str:
    """With the parameters as PostgreSQL numbers them: `a = ? AND b = ?` is `a = $1 AND b = $2`."""
    first, *others = text.split("?")
    return first + "".join(f"${number}{part}" for number, part in zip(count(1), others, strict=False))


class Connection:
    """One connection, and the loop of one thread that it is used from. Raises what stands in FAILED."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        try:
            self._link = self._run(
                asyncpg.connect(
                    url,
                    timeout=CONNECT_S,
                    max_cached_statement_lifetime=0,
                    server_settings={"synchronous_commit": "on"},
                )
            )
        except BaseException:
            self._runner.close()
            raise

    def _run(self, asked: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(asked)

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return bool(self._link.is_closed())

    def execute(self, statement: str) -> None:
        """A statement without parameters."""
        self._run(self._link.execute(statement))

    def fetch(self, statement: str, *parameters: object) -> list[Row]:
        """All rows."""
        return [tuple(row) for row in self._run(self._link.fetch(_statement(statement), *parameters))]

    def many(self, statement: str, rows: list[Row]) -> None:
        """A statement for each row of parameters, sent together."""
        self._run(self._link.executemany(_statement(statement), rows))

    def close(self) -> None:
        """Close the connection and the loop, whatever their state."""
        try:
            self._run(self._link.close(timeout=CONNECT_S))
        except (*FAILED, RuntimeError):  # the loop may be closed already
            pass
        self._runner.close()


class PostgresView:
    """Reads and writes on one connection; ids are counted from the largest stored one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[tuple[str, Row]] = []
        self._last = {table: self._largest(table) for table in TABLES}

    def _largest(self, table: str) -> int:
        row = self.one(f"SELECT coalesce(max(id), 0) FROM {table}")
        return int(row[0]) if row else 0

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._connection.closed

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def transact(self, batch: list[Job]) -> None:
        """Run jobs in one transaction; returns once it is durable."""
        try:
            self._connection.execute("BEGIN")
            for job in batch:
                job.run(self)
            self._send()
            self._connection.execute("COMMIT")
        except Exception:
            self._waiting.clear()
            if not self.closed:
                self._connection.execute("ROLLBACK")
            raise

    def _send(self) -> None:
        """What waits to be stored, in its order."""
        waiting, self._waiting = self._waiting, []
        for statement, group in groupby(waiting, lambda entry: entry[0]):
            self._connection.many(statement, [parameters for _, parameters in group])

    def one(self, statement: str, *parameters: object) -> Row | None:
        return next(iter(self.all(statement, *parameters)), None)

    def all(self, statement: str, *parameters: object) -> list[Row]:
        if self._waiting:
            self._send()
        return self._connection.fetch(statement, *parameters)

    def next_id(self, table: str) -> int:
        self._last[table] += 1
        return self._last[table]

    def store(self, statement: str, parameters: Row) -> None:
        self._waiting.append((statement, parameters))


class PostgresStorage:
    """Storage on a PostgreSQL database; the database belongs to one target at a time."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._url = url
        try:
            self._writer = _apart(self._open_writer)
            self._reader = _apart(self._open_reader)
        except FAILED as error:
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
        connection = Connection(self._url)
        try:
            _claim(connection, self._url)
            for statement in definitions(POSTGRES_KINDS):
                connection.execute(statement)
            return PostgresView(connection)
        except BaseException:
            connection.close()
            raise

    def _open_reader(self) -> PostgresView:
        return PostgresView(Connection(self._url))

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
        self._reader.close()

    def _query(self, query: Query) -> Outcome:
        try:
            if self._reader.closed:
                self._reader.close()
                self._reader = self._open_reader()
            return query(self._reader)
        except Rejection as rejection:
            return rejection
        except FAILED as error:
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
        self._writer.close()

    def _store(self, batch: list[Job]) -> None:
        try:
            if self._writer.closed:
                self._writer.close()
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
        """Finish what is queued; each thread closes its connection at its end."""
        self._jobs.put(None)
        self._queries.put(None)
        for thread in self._threads:
            await self._loop.run_in_executor(None, thread.join)


def _apart(made: Callable[[], T]) -> T:
    """Done in a thread of its own: the loop of this one is running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(made).result()


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


def _claim(connection: Connection, url: str) -> None:
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        ((held,),) = connection.fetch("SELECT pg_try_advisory_lock(?)", LOCK)
        if held:
            return
        if time.monotonic() > until:
            raise StorageError(f"{shown(url)} is in use by another target")
        time.sleep(0.1)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__

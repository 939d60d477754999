"""SQLite with group commit: WAL and synchronous=FULL, one writing connection, one reading connection.

Requests that arrive while a commit waits for the disk are applied together in the next transaction and
acknowledged together after it. The slower the disk, the more go together: a transaction takes in what comes
for as long as the last commit took. Deciding and applying run on the event loop (microseconds each, and no
fight for the interpreter lock), in slices, between which requests are read; only COMMIT, which waits for the
disk with the lock released, runs in a thread.
Queries use the second connection, so they see exactly what is durable: never a write that a crash could
still take back.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sqlite3
import threading
import time
from collections import deque
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from renhai.reference.rules.codes import Rejection
from renhai.reference.storage.jobs import Data, Decide, Job, Query, Row, StorageError, Tamper
from renhai.reference.storage.schema import SQLITE_KINDS, TABLES, definitions

SLICE_S = 0.005
"""Longest time that applying keeps the event loop at a stretch."""
LONGEST_BATCH_S = 0.025


def batch_s(commit_s: float) -> float:
    """Seconds for which a transaction takes in what comes, when the last commit took `commit_s`."""
    return min(max(commit_s, SLICE_S), LONGEST_BATCH_S)


class SqliteView:
    """Reads on one connection; ids are counted from the largest stored one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute = connection.execute
        self._last = {table: self._largest(table) for table in TABLES}

    def _largest(self, table: str) -> int:
        row = self.one(f"SELECT coalesce(max(id), 0) FROM {table}")
        return int(row[0]) if row else 0

    def one(self, statement: str, *parameters: object) -> Row | None:
        row: Row | None = self.execute(statement, parameters).fetchone()
        return row

    def all(self, statement: str, *parameters: object) -> list[Row]:
        return self.execute(statement, parameters).fetchall()

    def next_id(self, table: str) -> int:
        self._last[table] += 1
        return self._last[table]

    def store(self, statement: str, parameters: Row) -> None:
        self.execute(statement, parameters)


class SqliteStorage:
    """Storage on one SQLite file; the file belongs to one process at a time."""

    def __init__(self, path: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = _claim(path)
        try:
            self._writer = _connect(path)
            for statement in definitions(SQLITE_KINDS):
                self._writer.execute(statement)
            self._reader = _connect(path)
            self._view = SqliteView(self._writer)
        except sqlite3.Error as error:
            raise StorageError(f"{path} cannot be opened as a database: {error}") from error
        self._reading = SqliteView(self._reader)
        self.commit_s = 0.0  # how long the last commit took
        self._queue: deque[Job] = deque()
        self._batch: list[Job] = []  # of the open transaction
        self._batch_end = 0.0
        self._wrote = False
        self._busy = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._to_commit: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._commit_forever, name="commit", daemon=True)
        self._thread.start()

    async def read(self, query: Query) -> Data:
        """Run a query on the committed state."""
        return query(self._reading)

    def write(self, decide: Decide, tamper: Tamper | None) -> asyncio.Future[Data | Rejection]:
        """Queue a write; the future resolves after its COMMIT."""
        job = Job(decide, tamper, self._loop.create_future())
        self._queue.append(job)
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._loop.call_soon(self._begin)
        return job.outcome

    def _begin(self) -> None:
        """Open a transaction for what is queued."""
        self._batch, self._wrote = [], False
        self._batch_end = time.monotonic() + batch_s(self.commit_s)
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._replay([self._queue.popleft()], error)
            self._next()
            return
        self._apply()

    def _apply(self) -> None:
        """Apply a slice of what is queued, and hand the transaction to the commit thread when it is full."""
        batch, queue = self._batch, self._queue
        until = min(time.monotonic() + SLICE_S, self._batch_end)
        try:
            while queue:
                batch.append(queue.popleft())
                self._wrote |= batch[-1].run(self._view)
                if time.monotonic() >= until:
                    break
        except Exception as error:
            self._replay(batch, error)
            self._next()
            return
        if queue and until < self._batch_end:
            self._loop.call_soon(self._apply)
        elif self._wrote:
            self._to_commit.put(batch)
        else:
            self._writer.execute("COMMIT")
            self._settle(batch)

    def _commit_forever(self) -> None:
        while (batch := self._to_commit.get()) is not None:
            error: Exception | None = None
            begun = time.monotonic()
            try:
                self._writer.execute("COMMIT")
            except sqlite3.Error as failure:
                error = failure
            took = time.monotonic() - begun
            self._loop.call_soon_threadsafe(self._committed, batch, error, took)

    def _committed(self, batch: list[Job], error: Exception | None, took: float) -> None:
        self.commit_s = took
        if error is None:
            self._settle(batch)
        else:
            self._replay(batch, error)
            self._next()

    def _settle(self, batch: list[Job]) -> None:
        for job in batch:
            job.settle()
        self._next()

    def _next(self) -> None:
        if self._queue:
            self._loop.call_soon(self._begin)
        else:
            self._busy = False
            self._idle.set()

    def _replay(self, batch: list[Job], error: Exception) -> None:
        """A batch failed as a whole: roll it back and give each job a transaction of its own."""
        self._rollback()
        for job in batch:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                job.run(self._view)
                self._writer.execute("COMMIT")
            except Exception as failure:
                job.result = StorageError(f"{type(failure).__name__}: {failure} (batch: {error})")
                self._rollback()
            job.settle()

    def _rollback(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

    async def close(self) -> None:
        """Finish what is queued, fold the log into the database and close it."""
        await self._idle.wait()
        self._to_commit.put(None)
        self._thread.join()
        self._reader.close()
        self._writer.close()
        self._lock.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    connection.execute("PRAGMA page_size = 8192")
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL syncs the log at every commit: an acknowledged write survives a power cut, not only a killed
    # process.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _claim(path: Path) -> IO[bytes]:
    """Lock a file beside the database: two targets on one database would hand out the same numbers.

    Not the database itself: closing a second descriptor of it would drop SQLite's own locks.
    """
    try:
        lock = path.with_name(path.name + "-lock").open("wb")
    except OSError as error:
        raise StorageError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StorageError(f"{path} is in use by another target") from None
    return lock

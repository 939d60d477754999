"""A target that has been in use: a data set (`renhai generate dataset`) in a new SQLite file, in bulk.

Registrations, returns, dues, payments, ranges and verifications; invoices of the last months, which a return
that is still to be filed is compared with. DuckDB reads the files; indexes are made after the rows.
"""

from __future__ import annotations

import gc
import json
import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import Any

from renhai.reference.storage.initial_queries import NEEDED, queries
from renhai.reference.storage.jobs import Row
from renhai.reference.storage.opening import SQLITE, NoDatabase
from renhai.reference.storage.schema import SQLITE_KINDS, definitions, insert

MANIFEST, FORMAT = "manifest.json", 1
BATCH = 20_000
AHEAD = 8  # batches that are read before they are stored


def initialise(url: str, folder: Path) -> dict[str, Any]:
    """Fill a new database with a data set, and return what the manifest says of it: seed, date, taxpayers.

    Raises NoDatabase for a database that is no new SQLite file, and for a folder that is no whole data set.
    """
    if not url.startswith(SQLITE):
        raise NoDatabase(
            "--dataset fills a new SQLite file; load its tables into PostgreSQL yourself, or leave it"
        )
    manifest = _manifest(folder)
    path = Path(url.removeprefix(SQLITE))
    if path.exists() and path.stat().st_size:
        raise NoDatabase(f"--dataset needs a new database, and {path} is there already")
    try:
        with _uncollected():
            _fill(path, Tables(folder, manifest))
    except sqlite3.Error as error:
        raise NoDatabase(f"--dataset {folder}: its rows do not fit together: {error}") from error
    return {name: manifest[name] for name in ("seed", "date", "taxpayers")}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for circles of references: among millions of tuples there are none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _manifest(folder: Path) -> dict[str, Any]:
    """What the folder holds, each file as long as it is said to be."""
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        tables = found["tables"]
        if found["format"] != FORMAT or any(name not in tables for name in (*NEEDED,)):
            raise KeyError("format")
        wrong = [
            said["file"]
            for said in tables.values()
            if not (folder / said["file"]).is_file()
            or (folder / said["file"]).stat().st_size != said["bytes"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise NoDatabase(
            f"--dataset {folder} is no whole data set: no {MANIFEST} of `renhai generate dataset` is there"
        ) from None
    if wrong:
        raise NoDatabase(f"--dataset {folder}: {wrong[0]} is not as {MANIFEST} says; generate it anew")
    return found


class Tables:
    """The tables of a data set as queries of DuckDB; a table that is not there has no rows."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        try:
            import duckdb
        except ModuleNotFoundError:
            raise NoDatabase("--dataset needs duckdb; python -m pip install duckdb") from None
        self.connection, self.said, self.problem = duckdb.connect(), manifest["tables"], duckdb.Error
        self.end = f"{manifest['to']}-01"
        for name, said in self.said.items():
            file = str(folder / said["file"]).replace("'", "''")
            columns = ", ".join(_column(column, kind) for column, kind in said["columns"].items())
            source = f"read_parquet('{file}')"
            if file.endswith(".csv"):
                texts = ", ".join(f"'{column}': 'VARCHAR'" for column in said["columns"])
                form = "header = true, auto_detect = false, delim = ',', quote = '\"'"
                source = f"read_csv('{file}', {form}, columns = {{{texts}}})"
            self.connection.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {source}")

    def rows(self, query: str, *of: str) -> Iterator[list[Row]]:
        """Yield the rows of a query in batches; none when a table `of` which it is, is not there."""
        if any(name not in self.said for name in of):
            return
        try:
            found = self.connection.cursor().execute(query)
            while batch := found.fetchmany(BATCH):
                yield batch
        except self.problem as error:
            raise NoDatabase(f"--dataset: {of[0]} cannot be read: {str(error).splitlines()[0]}") from error


Batch = tuple[str, tuple[str, ...], list[Row]]


def _ahead(tables: Tables) -> Iterator[Batch]:
    """Table, what it was read from, and rows; read by a thread, some batches before they are asked for.

    An empty batch ends a table. What goes wrong in the thread is raised here.
    """
    found: Queue[Batch | Exception | None] = Queue(AHEAD)
    ended = Event()

    def put(one: Batch | Exception | None) -> bool:
        """Whether somebody still takes it."""
        while not ended.is_set():
            with suppress(Full):
                found.put(one, timeout=0.2)
                return True
        return False

    def read() -> None:
        try:
            for table, query, of in queries(tables.said, tables.end, time.time()):
                for batch in tables.rows(query, *of):
                    if not put((table, of, batch)):
                        return
                put((table, of, []))
            put(None)
        except Exception as error:
            put(error)

    reader = Thread(target=read, daemon=True)
    reader.start()
    try:
        while (one := found.get()) is not None:
            if isinstance(one, Exception):
                raise one
            yield one
    finally:
        ended.set()
        reader.join()


def _column(column: str, kind: str) -> str:
    """Amounts in fen, everything else but counts and rates as text."""
    if kind == "money":
        return f"CAST(CAST({column} AS DECIMAL(18, 2)) * 100 AS BIGINT) AS {column}"
    if kind in ("number", "real"):
        return f"CAST({column} AS {'BIGINT' if kind == 'number' else 'DOUBLE'}) AS {column}"
    return f"coalesce(CAST({column} AS VARCHAR), '') AS {column}"


def _fill(path: Path, tables: Tables) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("page_size = 8192", "journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
            connection.execute(f"PRAGMA {pragma}")
        statements = definitions(SQLITE_KINDS)
        for statement in statements:
            if statement.startswith("CREATE TABLE"):
                connection.execute(statement)
        connection.execute("BEGIN")
        written = 0
        for table, of, batch in _ahead(tables):
            if batch:
                rows = map(_packed, batch) if table == "declarations" else batch
                connection.executemany(insert(table), rows)
                written += len(batch)
                continue
            if table == of[0] and table in ("taxpayers", "declarations") and table in tables.said:
                _hold(table, written, int(tables.said[table]["rows"]))
            written = 0
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _hold(table: str, written: int, said: int) -> None:
    if written != said:
        raise NoDatabase(f"--dataset: {table} has {written} rows, and {MANIFEST} says {said}")


def _packed(row: Row) -> Row:
    """A return with the year to date as the declarations' own file packs it: the last values of the row."""
    to_date = row[-2]
    packed = struct.pack(f"<{len(to_date)}q", *to_date) if to_date else b""
    return (*row[:-2], packed, row[-1])

"""A target that has been in use: a data set (`renhai generate dataset`) in a new SQLite file, in bulk.

Registrations, returns, dues, payments, ranges and verifications; invoices of the last months, which a return
that is still to be filed is compared with. DuckDB reads the files; indexes are made after the rows. Where
there are two processors, two processes share the tables of a large set: the second one fills a file of its
own, whose tables and indexes are then copied as they are.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from renhai.reference.storage.initial_queries import NEEDED, insert, queries, recent
from renhai.reference.storage.jobs import Row
from renhai.reference.storage.opening import SQLITE, NoDatabase
from renhai.reference.storage.schema import SQLITE_KINDS, TABLES, definitions

MANIFEST, FORMAT = "manifest.json", 1
BATCH = 20_000
FIRST = ("invoices", "ranges")
SECOND = ("taxpayers", "declarations", "dues", "payments", "verifications")
"""Tables by the process that fills them: about as much work each."""
ALONE_BYTES = 16_000_000
"""Files of fewer bytes in all are loaded by one process: to start a second one takes half a second."""
FAILED = 3  # exit code of the second process for a data set that cannot be taken


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
            _fill(path, folder, manifest)
    except sqlite3.Error as error:
        raise NoDatabase(f"--dataset {folder}: its rows do not fit together: {error}") from error
    return {name: manifest[name] for name in ("seed", "date", "taxpayers")}


@contextlib.contextmanager
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

    def __init__(self, folder: Path, manifest: dict[str, Any], threads: int = 0) -> None:
        """threads: of DuckDB; 0 for as many as it likes."""
        try:
            import duckdb
        except ModuleNotFoundError:
            raise NoDatabase("--dataset needs duckdb; python -m pip install duckdb") from None
        self.connection, self.said, self.problem = duckdb.connect(), manifest["tables"], duckdb.Error
        if threads:
            self.connection.execute(f"SET threads = {threads}")
        self.end = f"{manifest['to']}-01"
        for name, said in self.said.items():
            # To DuckDB the folder `day[1]` would be day1, and `taxpayer=1` a column of its files.
            file = re.sub(r"[\[*?]", r"[\g<0>]", str(folder / said["file"])).replace("'", "''")
            columns = ", ".join(_column(column, kind) for column, kind in said["columns"].items())
            source = f"read_parquet('{file}', hive_partitioning = false)"
            if file.endswith(".csv"):
                texts = ", ".join(f"'{column}': 'VARCHAR'" for column in said["columns"])
                form = (
                    "hive_partitioning = false, header = true, auto_detect = false, delim = ',', quote = '\"'"
                )
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
            raise _unreadable(of[0], error) from error

    def keep(self, statement: str, of: str) -> None:
        """Make a table of what more than one query asks; none when the table `of` which it is, is missing."""
        if of not in self.said:
            return
        try:
            self.connection.execute(statement)
        except self.problem as error:
            raise _unreadable(of, error) from error


def _unreadable(table: str, error: Exception) -> NoDatabase:
    return NoDatabase(f"--dataset: {table} cannot be read: {str(error).splitlines()[0]}")


def _column(column: str, kind: str) -> str:
    """Amounts in fen, everything else but counts and rates as text."""
    if kind == "money":
        return f"CAST(CAST({column} AS DECIMAL(18, 2)) * 100 AS BIGINT) AS {column}"
    if kind in ("number", "real"):
        return f"CAST({column} AS {'BIGINT' if kind == 'number' else 'DOUBLE'}) AS {column}"
    return f"coalesce(CAST({column} AS VARCHAR), '') AS {column}"


def _fill(path: Path, folder: Path, manifest: dict[str, Any]) -> None:
    """All tables, by two processes where that pays and there are two processors."""
    part = path.with_name(f"{path.name}.part")
    size = sum(said["bytes"] for said in manifest["tables"].values())
    second = _second(part, folder) if size >= ALONE_BYTES and (os.cpu_count() or 1) > 1 else None
    try:
        with _opened(path) as connection:
            connection.execute("BEGIN")
            _create(connection, (*FIRST, *SECOND))
            tables = Tables(folder, manifest, threads=1 if second else 0)
            _load(connection, tables, (*FIRST, *SECOND) if second is None else FIRST)
            _index(connection, None)
            connection.execute("COMMIT")
            if second is not None:
                _take_over(connection, second, part)
            connection.execute("PRAGMA journal_mode = WAL")
    finally:
        if second is not None:
            second.kill()
            second.wait()
        part.unlink(missing_ok=True)


def _second(part: Path, folder: Path) -> subprocess.Popen[str]:
    """The process that fills `part` with the tables SECOND."""
    program = "import sys; from renhai.reference.storage.initial import main; sys.exit(main(*sys.argv[1:]))"
    command = [sys.executable, "-c", program, str(part.resolve()), str(folder.resolve())]
    part.unlink(missing_ok=True)
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)


def main(part: str, folder: str) -> int:
    """What the second process does. Says on its error output why a data set cannot be taken."""
    from renhai.reference.operations import catalogue

    catalogue.operations()  # which defines the tables
    try:
        with _uncollected(), _opened(Path(part)) as connection:
            connection.execute("BEGIN")
            _create(connection, SECOND)
            _load(connection, Tables(Path(folder), _manifest(Path(folder)), threads=1), SECOND)
            _index(connection, SECOND)
            connection.execute("COMMIT")
    except NoDatabase as error:
        print(error, file=sys.stderr)
        return FAILED
    except sqlite3.Error as error:
        print(f"--dataset {folder}: its rows do not fit together: {error}", file=sys.stderr)
        return FAILED
    return 0


def _take_over(connection: sqlite3.Connection, second: subprocess.Popen[str], part: Path) -> None:
    """Wait for the second process and copy its tables, which are empty here. Raises NoDatabase."""
    said = second.stderr.read() if second.stderr else ""
    second.wait()
    if second.returncode:
        text = said.strip().splitlines()[-1:] or [f"a process that loads it ended with {second.returncode}"]
        raise NoDatabase(text[0] if second.returncode == FAILED else f"--dataset: {text[0]}")
    connection.execute("ATTACH ? AS part", (str(part),))
    connection.execute("BEGIN")
    for table in SECOND:
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM part.{table}")
    connection.execute("COMMIT")
    connection.execute("DETACH part")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A new file, written without a way back: what fails leaves nothing that anybody uses."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("page_size = 8192", "journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
            connection.execute(f"PRAGMA {pragma}")
        yield connection


def _create(connection: sqlite3.Connection, tables: Iterable[str]) -> None:
    wanted = {f"CREATE TABLE IF NOT EXISTS {table}" for table in tables}
    for statement in definitions(SQLITE_KINDS):
        if statement.partition(" (")[0] in wanted:
            connection.execute(statement)


def _index(connection: sqlite3.Connection, tables: Iterable[str] | None) -> None:
    """Indexes of these tables; None: all that there are, with the tables that are still missing."""
    wanted = None if tables is None else {f" ON {table} (" for table in tables}
    for statement in definitions(SQLITE_KINDS):
        if wanted is None or (
            not statement.startswith("CREATE TABLE") and any(on in statement for on in wanted)
        ):
            connection.execute(statement)


def _load(connection: sqlite3.Connection, tables: Tables, wanted: Iterable[str]) -> None:
    """The rows of these tables. Raises NoDatabase."""
    wanted, now = set(wanted), time.time()
    if "invoices" in wanted:
        tables.keep(recent(tables.end), "invoices")
    for table, query, of in queries(tables.said, tables.end):
        if table not in wanted:
            continue
        written, statement = 0, insert(table, [name for name, _ in TABLES[table].columns], now)
        for batch in tables.rows(query, *of):
            connection.executemany(statement, map(_packed, batch) if table == "declarations" else batch)
            written += len(batch)
        if table == of[0] and table in ("taxpayers", "declarations") and table in tables.said:
            _hold(table, written, int(tables.said[table]["rows"]))


def _hold(table: str, written: int, said: int) -> None:
    if written != said:
        raise NoDatabase(f"--dataset: {table} has {written} rows, and {MANIFEST} says {said}")


def _packed(row: Row) -> Row:
    """A return with the year to date, the last value but one, as the declarations' own file packs it."""
    to_date = row[-2]
    return (*row[:-2], struct.pack(f"<{len(to_date)}q", *to_date) if to_date else b"", row[-1])

"""Reading back from an export: CSV (UTF-8 or GBK), Parquet, or a table of a database by URL."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import csv
import io
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from renhai.checks.audit.columns import QUIET, Columns, Refused
from renhai.checks.audit.columns import records as read_columns
from renhai.checks.audit.rows import many_records, record, zone_by
from renhai.checks.gb18030 import PRIVATE, present
from renhai.checks.spreadsheets import plain, suspicious
from renhai.checks.sql_files import OF_ITSELF, only
from renhai.core.errors import Problem, UsageError
from renhai.core.extras import needed
from renhai.core.private_files import FULL
from renhai.core.process.long_queries import endable, go_on
from results.checks.audit.model import Reading, Record

PIECE = 1 << 20
OVERLAP = 64  # bytes of a piece that are looked at again with the next one
ENCODINGS = ("utf-8-sig", "gb18030")


def read_export(
    source: str, rule: Mapping[str, Any], fresh: bool, wanted: Collection[str] | None = None
) -> Reading:
    """All records of a file, or of `URL#table`. wanted: fields that an audit goes by, None for every column.
    Raises UsageError that names file, line and remedy."""
    columns, already = said_of(rule)
    with many_records():
        return _read(source, rule, columns, already, fresh, wanted)


def _read(
    source: str,
    rule: Mapping[str, Any],
    columns: Mapping[str, str],
    already: frozenset[str],
    fresh: bool,
    wanted: Collection[str] | None,
) -> Reading:
    path = Path(source)
    if wanted is not None and "://" not in source and path.suffix.lower() != ".parquet" and path.is_file():
        found = _by_columns(path, rule, columns, already, wanted)
        if found is not None:
            return Reading(found, fresh=fresh)
    used = {*_used(rule, columns), *(wanted or ()), *(columns.get(name, name) for name in wanted or ())}
    ids = [*(rule.get("by") or ()), *(rule.get("key") or ())]
    known = {*ids, *(columns.get(name, name) for name in ids)}
    rows = _table(source) if "://" in source else _file(path, used, known)
    read = Reading(fresh=fresh)
    for row in rows:
        if not read.records:
            _check_columns(source, row, rule, columns)
        read.records.append(record(row, rule, columns, already))
    return read


def _by_columns(
    path: Path,
    rule: Mapping[str, Any],
    columns: Mapping[str, str],
    already: frozenset[str],
    wanted: Collection[str],
) -> list[Record] | None:
    """A CSV by DuckDB; None where it is left to the reader below, which names what is wrong."""
    with in_utf8(path) as (utf8, names):
        found = columns_of(path, names, rule, columns, already, wanted)
        try:
            return list(read_columns(utf8, names, found)) if found else None
        except Refused:
            return None


def said_of(rule: Mapping[str, Any]) -> tuple[dict[str, str], frozenset[str]]:
    """What an export calls a field, where it is another name, and which amounts are in fen there."""
    said = rule.get("export") or {}
    return {**(rule.get("columns") or {}), **(said.get("columns") or {})}, frozenset(said.get("fen") or ())


def columns_of(
    path: Path,
    names: Sequence[str],
    rule: Mapping[str, Any],
    columns: Mapping[str, str],
    already: frozenset[str],
    wanted: Collection[str],
) -> Columns | None:
    """What DuckDB reads of a CSV with these columns; None where it is left to the reader in Python.

    Raises UsageError.
    """
    if not names or len(set(names)) != len(names) or not all(names):
        return None
    _check_columns(str(path), dict.fromkeys(names), rule, columns)
    known = {name: columns.get(name, name) for name in wanted}
    known = {name: column if column in names else name for name, column in known.items()}
    fields = {name: column for name, column in known.items() if column in names}
    amounts = {*(rule.get("amounts") or ()), *(rule.get("added") or ())} & fields.keys()
    return Columns(fields, amounts, already, rule.get("since"), zone_by(rule))


@contextlib.contextmanager
def in_utf8(path: Path) -> Iterator[tuple[Path, list[str]]]:
    """The file, or a copy of one in GBK, in UTF-8, and its first line; no names where that cannot be read."""
    try:
        names: list[str] | None = _first_names(path)
    except UnicodeDecodeError:
        names = None
    if names is not None:
        yield path, names
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "export.csv"
        try:
            _copy_in_utf8(path, copy)
        except OSError as error:
            if error.errno not in FULL:
                raise
            why = f"cannot be read: there is no room for it in {folder}; free the disk, or set TMPDIR"
            raise UsageError(Problem(str(path), "", why)) from None
        yield copy, _first_names(copy)


def _first_names(path: Path) -> list[str]:
    """None of them where DuckDB would read the file wrongly. Raises UnicodeDecodeError."""
    if _read_otherwise(path):
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return _names(file)


def _read_otherwise(path: Path) -> bool:
    """Whether the first line stands again further down, lines end by a carriage return alone, a value may be
    as spreadsheets write it, or there is a zero byte, which DuckDB takes for a text. Reads to the end. Raises
    UnicodeDecodeError for what is no UTF-8: DuckDB sees that only in columns that it reads."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    with path.open("rb") as file:
        first = file.readline().removeprefix(codecs.BOM_UTF8)
        head, tail = b"\n" + first, b"\n"
        decode(first)
        found = b"\0" in first or b"\r" in first.rstrip(b"\r\n")
        for piece in iter(lambda: file.read(PIECE), b""):
            go_on()
            decode(piece)
            text = tail + piece
            found = found or b"\0" in piece or (head in text and bool(first.strip())) or suspicious(text)
            tail = text[-max(len(head), OVERLAP) :]
        decode(b"", True)
    return found


def _copy_in_utf8(path: Path, copy: Path) -> None:
    """Piece by piece. Raises UsageError where it is no GBK either."""
    with path.open("rb") as file:
        if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
            decoded(path)  # which raises, with its line
    try:
        with (
            path.open(encoding="gb18030", newline="") as file,
            copy.open("wb") as out,
        ):
            for piece in iter(lambda: file.read(PIECE), ""):
                go_on()
                written = piece.encode()
                out.write(present(piece).encode() if PRIVATE in written else written)
    except UnicodeDecodeError:
        decoded(path)
        raise  # which decoded() has told by its line


def _names(lines: Iterable[str]) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader(lines, strict=True), [])]
    except csv.Error:
        return []


def _check_columns(
    source: str, row: Mapping[str, Any], rule: Mapping[str, Any], columns: Mapping[str, str]
) -> None:
    wanted = [*(rule.get("by") or ()), *(rule.get("key") or ()), *(rule.get("compare") or ()),
              *(rule.get("amounts") or ())]  # fmt: skip
    said = (rule.get("export") or {}).get("columns") or {}  # of this very file, so no other column will do
    for name in dict.fromkeys(wanted):
        if columns.get(name, name) not in row and (name in said or name not in row):
            have = ", ".join(map(str, row))
            why = f"has no column {columns.get(name, name)}, only {have}; name it under export.columns"
            raise UsageError(Problem(source, "", why))


def _used(rule: Mapping[str, Any], columns: Mapping[str, str]) -> frozenset[str]:
    """Columns that the rule goes by, under either name."""
    lists = [rule.get(key) or () for key in ("by", "key", "compare", "amounts", "added", "expect")]
    fields = {name for names in lists for name in names}
    fields |= {str(rule[key]) for key in ("tax", "since", "unit") if rule.get(key)}
    return frozenset(fields | {columns.get(name, name) for name in fields})


def _file(path: Path, used: Collection[str], known: Collection[str]) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise UsageError(Problem(str(path), "", "is no file; give the export, or a database as URL#table"))
    if path.suffix.lower() == ".parquet":
        yield from _parquet(path)
    else:
        yield from _csv(path, used, known)


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import duckdb

    with duckdb.connect(config=QUIET) as link, endable(link):
        try:
            result = link.execute(f"SELECT * FROM read_parquet(?, {OF_ITSELF})", [only(path)])
        except duckdb.Error as error:
            go_on()
            raise UsageError(Problem(str(path), "", f"cannot be read as Parquet: {_first(error)}")) from None
        names = [column[0] for column in result.description or ()]
        while rows := result.fetchmany(10_000):
            yield from (_row(names, row) for row in rows)


def _csv(path: Path, used: Collection[str], known: Collection[str]) -> Iterator[dict[str, Any]]:
    """known: columns by which a record is known."""
    reader = csv.reader(io.StringIO(decoded(path), newline=""), strict=True)
    names = [name.strip() for name in next(reader, [])]
    if not names:
        raise UsageError(Problem(str(path), "", "is empty; the first line must name the columns"))
    twice = [name for name, count in Counter(names).items() if count > 1 and name in used]
    if twice:
        raise UsageError(Problem(f"{path}:1", "", f"names the column {twice[0]} twice; rename one of both"))
    places = [(place, name, name in known) for place, name in enumerate(names) if name in used]
    try:
        for row in reader:
            if len(row) != len(names):
                if not row:
                    continue
                why = f"has {len(row)} values, the first line {len(names)} columns; mend that line"
                raise UsageError(Problem(f"{path}:{reader.line_num}", "", why))
            if row == names:
                why = "names the columns again: two exports stand one behind the other; audit them one by one"
                raise UsageError(Problem(f"{path}:{reader.line_num}", "", why))
            where = f"{path}:{reader.line_num}"
            for place, name, known_by in places:
                row[place] = plain(row[place], where, name, known_by)
            yield dict(zip(names, row, strict=True))
    except csv.Error as error:
        raise UsageError(Problem(f"{path}:{reader.line_num}", "", f"is no CSV ({error}); mend it")) from None


def decoded(path: Path) -> str:
    """The text of a file in UTF-8 or GBK (as GB18030). Raises UsageError with line and byte."""
    data, failed = path.read_bytes(), list[int]()
    marked = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    for encoding in ENCODINGS[:1] if marked else ENCODINGS:  # what has the mark is UTF-8 and nothing else
        try:
            text = codecs.decode(data, encoding)
            text = present(text) if encoding == "gb18030" else text
            break
        except UnicodeDecodeError as error:
            failed.append(error.start + marked)
    else:
        at = max(failed)  # a file in the other encoding breaks off soon
        line = data[:at].count(b"\n") + 1
        found = f"byte {at:,} is 0x{data[at]:02x}"
        why = f"is neither UTF-8 nor GBK: {found}; export it again in one of both"
        raise UsageError(Problem(f"{path}:{line}", "", why))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        why = "holds the byte 0x00, which no text has; export it again"
        raise UsageError(Problem(f"{path}:{line}", "", why))
    return text


def _table(source: str) -> Iterator[dict[str, Any]]:
    url, _, table = source.partition("#")
    try:
        kind = urlsplit(url).scheme
    except ValueError as error:
        raise UsageError(Problem("--export", "", f"has no address that can be: {error}")) from None
    if not table:
        why = "names no table; give it behind a #, as in URL#declarations"
        raise UsageError(Problem(shown(source), "", why))
    if kind == "sqlite":
        yield from _sqlite(unquote(urlsplit(url).path), table)
    elif kind in ("postgresql", "postgres"):
        yield from _postgres(url, table)
    else:
        why = "is no database that can be read; sqlite and postgresql can"
        raise UsageError(Problem(shown(source), "", why))


def _sqlite(path: str, table: str) -> Iterator[dict[str, Any]]:
    import sqlite3

    place = Path(path)
    if not place.is_file():
        raise UsageError(Problem(path, "", "is no file; write sqlite:///folder/file.sqlite#table"))
    try:
        link = sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True)
        cursor = link.execute(f"SELECT * FROM {_quoted(table)}")
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield _row(names, row)
        link.close()
    except sqlite3.Error as error:
        raise UsageError(Problem(f"{path}#{table}", "", f"cannot be read: {error}")) from None


def _postgres(url: str, table: str) -> Iterator[dict[str, Any]]:
    asyncpg = needed("asyncpg", "reading a table of PostgreSQL")
    with asyncio.Runner() as runner:
        try:
            link = runner.run(asyncpg.connect(url))
            runner.run(link.execute("BEGIN READ ONLY"))
            statement = runner.run(link.prepare(f"SELECT * FROM {_quoted(table)}"))
            cursor = runner.run(_opened(statement))
            while rows := runner.run(cursor.fetch(10_000)):
                yield from (_row(list(row.keys()), list(row.values())) for row in rows)
            runner.run(link.close())
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            why = f"cannot be read: {_first(error)}"
            raise UsageError(Problem(f"{shown(url)}#{table}", "", why)) from None


def _row(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """Some write texts as bytes, of which their file does not say that they are text."""
    return {name: _text(one) if isinstance(one, bytes) else one for name, one in zip(names, row, strict=True)}


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


async def _opened(statement: Any) -> Any:
    """The cursor of a prepared statement, which is no coroutine itself."""
    return await statement.cursor()


def shown(url: str) -> str:
    """An address without its password."""
    parts = urlsplit(url)
    if parts.password:
        return url.replace(f":{parts.password}@", ":***@", 1)
    return url


def _quoted(table: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]

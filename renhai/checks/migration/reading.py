"""The files of one side of a batch as one relation of DuckDB: every value a text, columns c0, c1, ...."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from renhai.checks.damaged import SIGNS
from renhai.checks.migration.layout import Paired
from renhai.checks.migration.normal import quoted
from renhai.checks.migration.scanning import Scanned
from renhai.checks.sql_files import OF_ITSELF, only
from renhai.core.errors import Problem, UsageError
from renhai.spec.cutover.migration.columns import Side
from renhai.spec.cutover.migration.rules import Files

NO_NULL = "\x1f\x1enone\x1e\x1f"  # DuckDB would take an empty text for NULL
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FILE = re.compile(r"^  file = (.*)$", re.MULTILINE)
_COLUMNS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_ZONED = "TIMESTAMP WITH TIME ZONE"
_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "[")
_TEXTS = ("VARCHAR", "ENUM", "JSON")


def relation(side: Side, files: Files, scanned: Sequence[Scanned], columns: Sequence[Paired]) -> str:
    """SQL of all rows of a side."""
    return " UNION ALL ".join(_of_file(side, files, one, columns) for one in scanned)


def read_parquet(path: Path) -> str:
    """SQL of the rows of a Parquet file."""
    return f"read_parquet({quoted(only(path))}, {OF_ITSELF})"


def _of_file(side: Side, files: Files, one: Scanned, columns: Sequence[Paired]) -> str:
    places = [one.names.index(column.written(side)) for column in columns]
    if one.parquet:
        picked = ", ".join(f"{_as_text(one, place)} AS c{n}" for n, place in enumerate(places))
        return f"SELECT {picked} FROM {read_parquet(one.path)}"
    picked = ", ".join(f"v{place} AS c{n}" for n, place in enumerate(places))
    return f"SELECT {picked} FROM {_csv(files, one)}"


def _csv(files: Files, one: Scanned) -> str:
    types = ", ".join(f"'v{number}': 'VARCHAR'" for number in range(len(one.names)))
    null = quoted(NO_NULL if files.null is None else files.null)
    return (
        f"read_csv({quoted(only(one.path))}, auto_detect=false, header=true, {OF_ITSELF}, "
        f"columns={{{types}}}, delim={quoted(files.delimiter)}, quote='\"', escape='\"', strict_mode=true, "
        f"null_padding=false, ignore_errors=false, nullstr={null})"
    )


def _as_text(one: Scanned, place: int) -> str:
    name = '"' + one.names[place].replace('"', '""') + '"'
    if one.types[place] == _ZONED:
        return f"CAST({name} AT TIME ZONE 'UTC' AS VARCHAR)"
    return f"CAST({name} AS VARCHAR)"


def scan_parquet(link: duckdb.DuckDBPyConnection, path: Path, shown: str) -> Scanned:
    """Names, types and rows of a Parquet file. Raises UsageError where it is none."""
    source = read_parquet(path)
    try:
        described = link.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        counted = link.execute(f"SELECT count(*) FROM {source}").fetchone()
    except duckdb.Error as error:
        raise UsageError(Problem(shown, "", f"cannot be read as Parquet: {first_line(error)}")) from None
    names, types = [row[0] for row in described], [str(row[1]) for row in described]
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    found = Scanned(shown, path, names, counted[0] if counted else 0, path.stat().st_size, digest)
    found.parquet, found.types = True, types
    found.problems += [
        f"column {name} is of type {kind}, which cannot be compared"
        for name, kind in zip(names, types, strict=True)
        if any(part in kind for part in _NESTED)
    ]
    found.fatal = bool(found.problems)
    found.damaged = 0 if found.fatal else _damaged(link, found)
    return found


def _damaged(link: duckdb.DuckDBPyConnection, one: Scanned) -> int:
    """How many signs of loose decoding stand in its texts."""
    texts = [_as_text(one, place) for place, kind in enumerate(one.types) if kind.startswith(_TEXTS)]
    if not texts:
        return 0
    counts = (
        f"coalesce(sum(length({text}) - length(replace({text}, {quoted(sign)}, ''))), 0) // {len(sign)}"
        for text in texts
        for sign in SIGNS
    )
    row = link.execute(f"SELECT {', '.join(counts)} FROM {read_parquet(one.path)}").fetchone()
    return sum(map(int, row or ()))


def unreadable(error: duckdb.Error, scanned: Iterable[Scanned]) -> str:
    """What DuckDB said of a file's line, in our words; scanned: the files that it may be of."""
    text = str(error)
    line, columns = _LINE.search(text), _COLUMNS.search(text)
    where = _shown_in(text, scanned) + (f":{line[1]}:" if line else "")
    if columns:
        return f"{where} has {columns[2]} values, the first line {columns[1]} columns; mend that line"
    if "line size" in text:
        return f"{where} is longer than 2,000,000 bytes; is a quote not closed before it?"
    if "unterminated quote" in text:
        return f"{where} has a quote that is not closed, or stands inside a value; mend that line"
    if "invalid state" in text:
        return f"{where} has lines that end in different ways (LF and CR LF); export it again"
    return f"{where} cannot be read: {first_line(error)}"


def _shown_in(text: str, scanned: Iterable[Scanned]) -> str:
    """The file that DuckDB names, by the name that a person knows: it may have read a decoded copy."""
    named = _FILE.search(text)
    known = {name: one.shown for one in scanned for name in (only(one.path), str(one.path))}
    return known.get(named[1], named[1]) if named else "a file"


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]

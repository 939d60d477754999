"""Records as a Parquet file, written by DuckDB: types come from a first batch; what does not fit is an error.

DuckDB reads the records as lines of JSON and leaves out fields that no column has; here that cannot happen.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from typing import IO, Any

import orjson

from renhai.core.errors import UsageError

FIRST = 5000  # records whose fields make the columns
ROW_GROUP = 4096  # records of a row group; DuckDB has them in multiples of 2048
EXACT = 2**53  # a whole number beyond it is not exact as DOUBLE
INT64 = 2**63

Record = dict[str, Any]
# None while every value was empty; a name of DuckDB; a list of one kind; a structure
Kind = None | str | list["Kind"] | dict[str, "Kind"]


def write_parquet(made: Iterable[Record], stream: IO[bytes]) -> None:
    """Nested as the records are, zstd; the columns are those of the first records, in their order.

    Takes as much room again on the disk of the file while it writes. Equal records make equal bytes. Raises
    UsageError when a record does not fit the columns.
    """
    rest = iter(made)
    first = list(islice(rest, FIRST))
    columns = columns_of(first)
    with tempfile.TemporaryDirectory(dir=_room_beside(stream), prefix=".parquet.") as folder:
        lines, table = Path(folder) / "records.jsonl", Path(folder) / "records.parquet"
        with lines.open("wb") as file:
            for record in chain(first, rest):
                check_fit(record, columns)
                file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        _copy(lines, table, columns)
        with table.open("rb") as done:
            shutil.copyfileobj(done, stream)


def columns_of(batch: Sequence[Record]) -> dict[str, Kind]:
    """The kind of every field of these records. Raises UsageError when two records differ in one."""
    columns: dict[str, Kind] = {}
    for record in batch:
        for name, value in record.items():
            columns[name] = _joined(columns.get(name), _kind_of(value, name), name)
    return columns


def check_fit(record: Record, columns: dict[str, Kind]) -> None:
    """Raise UsageError when the record has a field that no column has, or a value of another kind."""
    for name, value in record.items():
        if name not in columns or not _fits(value, columns[name]):
            raise _misfit(name)


def _kind_of(value: Any, field: str) -> Kind:
    match value:
        case None:
            return None
        case bool():
            return "BOOLEAN"
        case int() if -INT64 <= value < INT64:
            return "BIGINT"
        case float():
            return "DOUBLE"
        case str():
            return "VARCHAR"
        case list():
            items: Kind = None
            for item in value:
                items = _joined(items, _kind_of(item, field), field)
            return [items]
        case dict():
            return {name: _kind_of(item, field) for name, item in value.items()}
    raise _misfit(field)


def _joined(one: Kind, other: Kind, field: str) -> Kind:
    """The kind that holds both."""
    if one is None or other is None or one == other:
        return other if one is None else one
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: _joined(one.get(name), other.get(name), field) for name in [*one, *other]}
    if isinstance(one, list) and isinstance(other, list):
        return [_joined(one[0], other[0], field)]
    if {one, other} == {"BIGINT", "DOUBLE"} if isinstance(one, str) and isinstance(other, str) else False:
        return "DOUBLE"
    raise _misfit(field)


def _fits(value: Any, kind: Kind) -> bool:
    if value is None:
        return True
    if isinstance(kind, dict):
        return isinstance(value, dict) and all(
            name in kind and _fits(item, kind[name]) for name, item in value.items()
        )
    if isinstance(kind, list):
        return isinstance(value, list) and all(_fits(item, kind[0]) for item in value)
    given = type(value)
    if kind == "BIGINT":
        return given is int and -INT64 <= value < INT64
    if kind == "DOUBLE":
        return (given is float and isfinite(value)) or (given is int and abs(value) <= EXACT)
    return given is (bool if kind == "BOOLEAN" else str)


def _misfit(name: str) -> UsageError:
    return UsageError(
        f"generate: the field {name} of a record is not like that of the first records; use jsonl"
    )


def _copy(lines: Path, table: Path, columns: dict[str, Kind]) -> None:
    import duckdb

    # a table has to have a column, that of no records too
    types = {name: _sql_type(kind) for name, kind in columns.items()} or {"record": "VARCHAR"}
    listed = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in types.items())
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(
                f"COPY (SELECT * FROM read_json({_text(str(lines))}, format = 'newline_delimited',"
                f" columns = {{{listed}}})) TO {_text(str(table))}"
                f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
            )
    except duckdb.Error as error:
        raise UsageError(
            f"generate: the Parquet file cannot be written: {str(error).splitlines()[0]}"
        ) from error


def _sql_type(kind: Kind) -> str:
    """DuckDB's name of it; text where every value was empty."""
    if isinstance(kind, list):
        return f"{_sql_type(kind[0])}[]"
    if isinstance(kind, dict):
        return f"STRUCT({', '.join(f'{_name(name)} {_sql_type(item)}' for name, item in kind.items())})"
    return kind or "VARCHAR"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _room_beside(stream: IO[bytes]) -> Path | None:
    """The folder of the file that is written; None (the system's) for a device or a pipe."""
    path = Path(str(getattr(stream, "name", "")))
    return path.parent if path.is_file() else None

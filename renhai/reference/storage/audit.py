"""Audit lists: what the target holds, page by page in the order of storing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from renhai.reference.storage.jobs import Data, Query, View
from renhai.reference.storage.schema import TABLES


def lists() -> dict[str, str]:
    """Name in the address to table."""
    return {table.listed: name for name, table in TABLES.items()}


def page(
    name: str, after: int, limit: int, documents: bool, wanted: Mapping[str, str] | None = None
) -> Query:
    """Rows with an id above `after`, at most `limit`; amounts in yuan; with the stored document on demand.
    wanted: values by column, which must be one of the table's.

    The answer is {"rows": [{"id", "copy", column: value, ...}], "next": id to go on after, or null at the
    end}.
    """
    table = lists()[name]
    columns = [
        (column, kind)
        for column, kind in TABLES[table].columns
        if kind != "packed" and (kind != "bytes" or documents or column == "kinds")
    ]
    names = ", ".join(["id", "copy", *(column for column, _ in columns)])
    alike = "".join(f" AND {column} = ?" for column in wanted or ())
    statement = f"SELECT {names} FROM {table} WHERE id > ?{alike} ORDER BY id LIMIT {limit + 1}"
    values = tuple((wanted or {}).values())

    def answer(view: View) -> Data:
        found = view.all(statement, after, *values)
        rows = [_row(row, columns) for row in found[:limit]]
        more = len(found) > limit and rows
        return {"rows": rows, "next": rows[-1]["id"] if more else None}

    return answer


def _row(row: tuple[Any, ...], columns: list[tuple[str, str]]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": row[0], "copy": row[1]}
    for (column, kind), value in zip(columns, row[2:], strict=True):
        if kind == "bytes":
            shown[column] = orjson.Fragment(bytes(value))
        else:
            shown[column] = value / 100 if kind in ("fen", "amount") else value
    return shown

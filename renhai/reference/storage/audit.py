"""Audit lists: what the target holds, page by page in the order of storing."""

from __future__ import annotations

from typing import Any

import orjson

from renhai.reference.storage.jobs import Data, Query, View
from renhai.reference.storage.schema import TABLES

LISTS = {
    "registrations": "taxpayers",
    "declarations": "declarations",
    "ranges": "ranges",
    "invoices": "invoices",
    "payments": "payments",
    "verifications": "verifications",
    "dues": "dues",
    "certificates": "certificates",
}
"""Name in the address to table."""

_FEN = ("qmldse", "qmwjse", "hjse", "jshj", "se", "ybtse", "outstanding", "kkje", "hjje", "kpje", "je")


def page(name: str, after: int, limit: int, documents: bool) -> Query:
    """Rows with an id above `after`, at most `limit`; amounts in yuan; with the stored document on demand.

    The answer is {"rows": [{"id", "copy", column: value, ...}], "next": id to go on after, or null at the
    end}.
    """
    columns = [
        (column, kind)
        for column, kind in TABLES[LISTS[name]].columns
        if kind != "bytes" or documents or column == "kinds"
    ]
    names = ", ".join(["id", "copy", *(column for column, _ in columns)])
    statement = f"SELECT {names} FROM {LISTS[name]} WHERE id > ? ORDER BY id LIMIT {limit + 1}"

    def answer(view: View) -> Data:
        found = view.all(statement, after)
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
            shown[column] = value / 100 if column in _FEN else value
    return shown

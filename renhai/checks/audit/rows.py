"""Rows of an answer, a file or a table as records of the audit: fields by their names, amounts in fen."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from results.checks.audit.model import Record
from results.checks.values import fen

MOST_SECONDS = 1e11  # a larger number counts milliseconds


def record(
    row: Mapping[str, Any],
    rule: Mapping[str, Any],
    columns: Mapping[str, str],
    fen_already: frozenset[str] = frozenset(),
    seen: int = 0,
) -> Record:
    """rule: of `audit:`, as plain values. columns: what the row calls a field, where it is another name."""
    values = dict(row)
    for name, column in columns.items():
        if column in row:
            values[name] = row[column]
    for name in {*(rule.get("amounts") or ()), *(rule.get("added") or ())}:
        if name in values:
            amount = fen(values[name], name in fen_already)
            values[name] = values[name] if amount is None else amount
    since = rule.get("since")
    return Record(values, seen, stored_at(values.get(since)) if since else None)


def stored_at(value: Any) -> int | None:
    """ms of the Unix epoch of a number of seconds (or ms), a date and time in ISO 8601, or a datetime.

    A time without a zone is taken as the machine's own.
    """
    if value is None or isinstance(value, bool) or value == "":
        return None
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    try:
        number = float(value)
        return round(number if number > MOST_SECONDS else number * 1000)
    except (TypeError, ValueError):
        pass
    try:
        return round(datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        return None


def at(document: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    value = document
    for part in path.split(".") if path else ():
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@contextlib.contextmanager
def many_records() -> Iterator[None]:
    """While millions of records are made, none of which refers to another: to look for circles among them
    again and again takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

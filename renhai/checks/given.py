"""What a person gives `renhai binding check`: fields of operations, and files with rows of operators."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from renhai.binding.text.templates import TOKEN
from renhai.core.errors import Problem, UsageError
from renhai.spec.journeys.written.data import read_table

Rows = dict[str, dict[str, Any]]
_DATA = "DATA:"


def fields_of(text: str) -> dict[str, Any]:
    """The JSON object of --fields. Raises UsageError."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(Problem("--fields", "", f"is not JSON: {error}; as in '{{\"id\": 7}}'")) from None
    if not isinstance(given, dict):
        raise UsageError(Problem("--fields", "", "is not a JSON object, as in '{\"id\": 7}'"))
    return given


def rows_of(listed: Sequence[str], operations: Mapping[str, Any], shown: str) -> Rows:
    """The first row of each file of --data NAME=FILE, which stands for the one operator of the check.

    operations: of the target file `shown`, whose ${DATA:name.column} must all be there. Raises UsageError.
    """
    rows: Rows = {}
    for text in listed:
        name, equals, file = text.partition("=")
        if not equals or not name.isidentifier() or not file:
            raise UsageError(
                Problem("", "--data", f"is {text}; write NAME=FILE, as in accounts=accounts.csv")
            )
        table = read_table(Path(file))
        rows[name] = dict(zip(table.columns, table.rows[0], strict=True))
    for operation, written in operations.items():
        for inner in _data_of(written):
            name, _, column = inner.partition(".")
            where = f"operations.{operation}"
            if name not in rows:
                why = f"holds ${{{_DATA}{inner}}}; give the file of it: --data {name}=FILE"
                raise UsageError(Problem(shown, where, why))
            if column not in rows[name]:
                known = ", ".join(rows[name])
                raise UsageError(
                    Problem(shown, where, f"holds ${{{_DATA}{inner}}}; the file's columns are {known}")
                )
    return rows


def _data_of(node: Any) -> Iterator[str]:
    """`name.column` of each ${DATA:name.column}."""
    if isinstance(node, str):
        yield from (inner[len(_DATA) :] for inner in TOKEN.findall(node) if inner.startswith(_DATA))
    elif isinstance(node, Mapping | list | tuple):
        for item in node.values() if isinstance(node, Mapping) else node:
            yield from _data_of(item)

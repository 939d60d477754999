"""starts.jsonl: every request of a drilled run by its intended start, as the load processes told it.

Lines are JSON arrays: microseconds from the start of the load to the intended start, from there to the end,
how it ended (ok, rejected, error, unfinished: cut at the load's end; dropped: due, and never begun), the
operation (of a dropped arrival its journey), `unit/post` ("" for arrivals).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import orjson

from results.snapshot.segments import lines

NAME = "starts.jsonl"
OUTCOMES = frozenset({"ok", "rejected", "error", "unfinished", "dropped"})


class Start(NamedTuple):
    """One request. Times in microseconds; `lasted` of one that did not end is how long it had waited."""

    at: int
    lasted: int
    outcome: str
    operation: str
    group: str


class StartsDamaged(ValueError):
    """The file is not what the load left; the text says where."""


def read_starts(path: Path) -> list[Start]:
    """In order of their intended starts, of all parts of the file. Raises StartsDamaged."""
    rows: list[Start] = []
    words: dict[str, str] = {}  # an hour has millions of rows, and few names
    try:
        for number, line in enumerate(lines(path), 1):
            at, lasted, *named = _start(line, number)
            rows.append(Start(at, lasted, *(words.setdefault(word, word) for word in named)))
    except OSError as error:
        raise StartsDamaged(f"{NAME} cannot be read: {error.strerror}") from None
    rows.sort(key=lambda row: row.at)
    return rows


def _start(line: bytes, number: int) -> Start:
    try:
        row = Start(*orjson.loads(line))
    except (ValueError, TypeError):
        raise StartsDamaged(f"{NAME}, line {number}, is cut off or no row") from None
    sound = type(row.at) is int and type(row.lasted) is int and row.lasted >= 0 and row.outcome in OUTCOMES
    if not sound or not isinstance(row.operation, str) or not isinstance(row.group, str):
        raise StartsDamaged(f"{NAME}, line {number}, has a value that cannot be")
    return row


def missing(rows: list[Start], operations: Mapping[str, Mapping[str, int]]) -> str:
    """Where the rows are not what was counted beside them, "" where all are there.

    operations: started, errors and so on by name, as measured.json has them.
    """
    begun = Counter(row.operation for row in rows if row.outcome != "dropped")
    failed = Counter(row.operation for row in rows if row.outcome == "error")
    for name, counts in operations.items():
        for what, told in (("started", begun[name]), ("errors", failed[name])):
            if told != counts.get(what, 0):
                return f"{NAME} tells {told} of {name} {what}, of {counts.get(what, 0)}"
    return ""

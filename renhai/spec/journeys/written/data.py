"""Data of a scenario's own: rows of CSV files that journeys and operators are given.

Rows are dealt over all load processes: process w of W takes rows w, w + W, ... of the file (or of a
permutation of it that all draw alike), so that no row is taken twice before the file is at its end. Of rows
that operators keep, each process takes as many as it has operators who are given one (`kept_rows`).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal

from pydantic import Field

from renhai.core.errors import Problem, UsageError
from renhai.core.validation import Strict
from renhai.core.yaml_lines import show_path
from renhai.spec.journeys.cases import Exhausted
from results.verdict.reasons.generator import DataExhausted

LARGEST = 256 * 1024 * 1024  # bytes
Take = Literal["in order", "at random", "unique"]
AtEnd = Literal["again", "stop", "error"]


class DataFile(Strict):
    """A CSV file with a header line, in UTF-8 or GB18030."""

    file: str = Field(examples=["accounts.csv"], description="relative to the scenario")
    take: Take = Field(
        default="in order",
        examples=["unique"],
        description="unique: no two have a row at once; at random: in an order that is drawn",
    )
    each: Literal["journey", "operator"] = Field(
        default="journey",
        examples=["operator"],
        description="who is given a row: each journey anew, or each operator for good",
    )
    at_end: AtEnd | None = Field(
        default=None,
        examples=["again"],
        description="of the file: again from its beginning, stop the load, or error (unique: error)",
    )

    @property
    def end(self) -> AtEnd:
        return self.at_end or ("error" if self.take == "unique" else "again")


@dataclass(frozen=True)
class Table:
    """A file's columns and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sha256: str


class Finished(Exception):
    """A file with `at_end: stop` is at its end: no further journey begins."""


@cache
def read_table(path: Path) -> Table:
    """A file, read and checked. Raises UsageError that names the line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(Problem(show_path(path), "", f"cannot be read: {error.strerror}")) from None
    if len(data) > LARGEST:
        raise UsageError(Problem(show_path(path), "", f"has {len(data):,} bytes; the most is {LARGEST:,}"))
    lines = list(_lines(path, _text(path, data)))
    if not lines:
        raise UsageError(Problem(show_path(path), "", "is empty; its first line names the columns"))
    (_, header), rows = lines[0], lines[1:]
    columns = tuple(name.strip() for name in header)
    for name in columns:
        if not name.isidentifier() or columns.count(name) > 1:
            why = f"has {name!r} among its columns; write each once, in letters, digits and _"
            raise UsageError(Problem(f"{show_path(path)}:1", "", why))
    for number, row in rows:
        if len(row) != len(columns):
            why = f"has {len(row)} values, the header has {len(columns)} columns"
            raise UsageError(Problem(f"{show_path(path)}:{number}", "", why))
        if not any(map(str.strip, row)):
            raise UsageError(Problem(f"{show_path(path)}:{number}", "", "has no value; take the line out"))
    if not rows:
        raise UsageError(Problem(show_path(path), "", "has a header and no row; add rows"))
    return Table(columns, tuple(tuple(row) for _, row in rows), hashlib.sha256(data).hexdigest())


def _text(path: Path, data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(Problem(show_path(path), "", "is neither UTF-8 nor GB18030; save it as UTF-8"))


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise UsageError(
            Problem(f"{show_path(path)}:{reader.line_num}", "", f"is not CSV: {error}")
        ) from None


def kept_rows(
    rows: int, before: int, here: int, readers: int, slot: int, slots: int, again: bool
) -> list[int]:
    """The rows of a process whose operators keep them: of `readers` operators in all, `here` are in it and
    `before` in processes of lower slots; and its share of those that are left over.

    again: where there are fewer rows than operators, some share one.
    """
    own = range(before, before + here)
    mine = [number % rows for number in own] if again else [number for number in own if number < rows]
    return [*mine, *range(readers + slot, rows, slots)]


class Deck:
    """The rows of one file that one load process deals. `slot` of `slots`: its place among them.

    of_operator: an operator keeps his row; else a journey has it, and gives it back. mine: the numbers of
    its rows in their order, where it is not every `slots`-th.
    """

    def __init__(
        self,
        name: str,
        table: Table,
        take: Take,
        at_end: AtEnd,
        slot: int = 0,
        slots: int = 1,
        seed: int = 0,
        of_operator: bool = False,
        mine: Sequence[int] | None = None,
    ) -> None:
        self.of_operator = of_operator
        self.name, self._table, self._at_end, self._unique = name, table, at_end, take == "unique"
        order = list(range(len(table.rows)))
        if take == "at random":
            Random(f"data/{name}/{seed}").shuffle(order)
        self._mine = order[slot::slots] if mine is None else [order[number] for number in mine]
        self._left = deque(self._mine)
        self._dice = Random(f"data/{name}/{seed}/{slot}") if take == "at random" else None

    def draw(self) -> dict[str, Any]:
        """The next row. Raises Exhausted, Finished."""
        if not self._left and not self._unique and self._at_end == "again":
            if self._dice is not None:
                self._dice.shuffle(self._mine)
            self._left.extend(self._mine)
        if not self._left:
            if self._at_end == "stop":
                raise Finished
            raise Exhausted(DataExhausted(name=self.name, rows=len(self._mine)))
        number = self._left.popleft()
        return {**dict(zip(self._table.columns, self._table.rows[number], strict=True)), "": number}

    def give_back(self, row: dict[str, Any]) -> None:
        """A row that nobody holds any more; of a unique file it may be had again, if that is wanted."""
        if self._unique and self._at_end == "again":
            self._left.append(row[""])

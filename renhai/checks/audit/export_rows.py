"""The rows of an export as a table of DuckDB, which keeps their texts, and hashes of those in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from renhai.checks.audit.columns import BATCH, Columns
from renhai.checks.audit.lines import arrays
from renhai.core.process.long_queries import endable
from results.checks.audit.model import Record

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EMPTY = "hash('')"


class ExportRows:
    """count: how many there are. hashes: by name of what a write and its record are held against each other
    by. exact: all amounts among them are whole fen. amounts: the fen of the first of them."""

    def __init__(
        self,
        link: DuckDBPyConnection,
        table: str,
        columns: Columns,
        export: tuple[Path, Sequence[str]],
        names: tuple[Sequence[str], Sequence[str]],
    ) -> None:
        """export: the file in UTF-8, and its columns; names: of what is compared, and of the amounts among
        it. Raises what DuckDB raises."""
        self.columns = columns
        self._link, self._table = link, table
        path, head = export
        link.execute(f"CREATE TABLE {table} AS {columns.query(head)}", [str(path)])
        compared, amounts = names
        known = [name for name in compared if name in columns.fields]
        hashes = [f"hash({_plain(self._field(name))}) AS h{n}" for n, name in enumerate(known)]
        exact = [f"{self._field(name)} IS NOT NULL" for name in known if name in columns.inexact]
        exact = [f"{' AND '.join(['true', *exact])} AS exact"]
        first = f"coalesce({self._field(amounts[0])}, 0) AS amount" if amounts else "0::BIGINT AS amount"
        found = arrays(link, f"SELECT {', '.join(['rowid', *hashes, *exact, first])} FROM {table}")
        self.count = len(found["rowid"])
        self.exact: NDArray[np.bool_] = found["exact"]
        self.amounts: NDArray[np.int64] = found["amount"]
        self.hashes = {name: found[f"h{n}"] for n, name in enumerate(known)}
        lacking = np.zeros(self.count, dtype=np.uint64)
        self.hashes |= {name: lacking for name in compared if name not in columns.fields}
        self.in_order = bool((found["rowid"] == np.arange(self.count)).all())

    def records(self, at: NDArray[np.intp] | None = None) -> Iterator[Record]:
        """Rows in their order; at: their places, None for all."""
        shown = ", ".join(f"f{n}" for n in range(self.columns.count))
        for rows in self._batches(shown, at):
            yield from self.columns.made(rows)

    def texts(self, name: str, at: Sequence[int]) -> list[str]:
        """A field of some rows, without blanks behind it."""
        if name not in self.columns.fields:
            return [""] * len(at)
        rows = self._batches(f"rowid, rtrim({self._field(name)})", np.array(sorted(at)))
        found = {place: text for batch in rows for place, text in batch}
        return [found[place] for place in at]

    def values(self, name: str) -> Iterator[Any]:
        """A field of all rows in their order."""
        for rows in self._batches(self._field(name), None):
            yield from (row[0] for row in rows)

    def _batches(self, shown: str, at: NDArray[np.intp] | None) -> Iterator[list[tuple[Any, ...]]]:
        only = "" if at is None else "WHERE rowid IN (SELECT unnest(?::BIGINT[]))"
        query = f"SELECT {shown} FROM {self._table} {only} ORDER BY rowid"
        with endable(self._link.cursor()) as cursor:
            result = cursor.execute(query, [] if at is None else [at.tolist()])
            while rows := result.fetchmany(BATCH):
                yield rows

    def _field(self, name: str) -> str:
        return f"f{list(self.columns.fields).index(name)}"


def _plain(field: str) -> str:
    """Its text without blanks behind it; to look for one first is faster."""
    text = f"coalesce({field}::VARCHAR, '')"
    return f"CASE WHEN suffix({text}, ' ') THEN rtrim({text}) ELSE {text} END"

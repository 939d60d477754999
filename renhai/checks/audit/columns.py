"""An export's columns by DuckDB: only those that an audit goes by, amounts in fen as they are read.

DuckDB never decodes GBK here (it corrupts characters on a buffer's edge), and loads no extension. What it
refuses is left to the reader in Python (renhai.checks.audit.export), which names the line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renhai.core.process.long_queries import endable, go_on
from results.checks.audit.model import Record
from results.checks.values import fen

QUIET: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 2,
    "memory_limit": "512MB",
    "preserve_insertion_order": True,
}
BATCH = 50_000
# White space but the blank, which Python takes from the end of a text and rtrim() does not.
WHITE = "".join(f"\\x{{{n:x}}}" for n in range(0x3001) if chr(n).isspace() and n != 0x20)
# What becomes fen in SQL is as exact there as in Python; any other text is read by Python.
_YUAN = r"-?[0-9]{1,15}(\.[0-9]{1,2})?"
_FEN = r"-?[0-9]{1,18}"


class Refused(Exception):
    """DuckDB cannot read the file as it is said to be."""


class LeftToPython(Refused):
    """It can, and what stands in it is judged one by one; the reason is for developers."""


@dataclass(frozen=True)
class Columns:
    """Fields of an export by column. amounts: fields in yuan, or in fen where they stand under already, too;
    since: the field that says when a record was stored."""

    fields: Mapping[str, str]
    amounts: Collection[str]
    already: Collection[str]
    since: str | None

    @property
    def parts(self) -> list[str]:
        """What SELECT gives: each field, then the texts of the amounts that SQL does not read exactly."""
        found = [_value(self.fields[f], f in self.amounts, f in self.already) for f in self.fields]
        return found + [_left_over(self.fields[f], f in self.already) for f in self.inexact]

    @property
    def inexact(self) -> list[str]:
        return [field for field in self.fields if field in self.amounts]

    def made(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[Record]:
        """Records of a batch of such rows."""
        from renhai.checks.audit.rows import stored_at

        shown = list(self.fields)
        made = [dict(zip(shown, row, strict=False)) for row in rows]
        for place, field in enumerate(self.inexact, len(shown)):
            _exactly(made, rows, place, field, field in self.already)
        for values in made:
            yield Record(values, 0, stored_at(values.get(self.since)) if self.since else None)


def records(path: Path, names: Sequence[str], columns: Columns) -> Iterator[Record]:
    """Each row of a CSV in UTF-8 as a record. names: its columns in order. Raises Refused."""
    import duckdb

    query = f"SELECT {', '.join(columns.parts)} FROM {source(names)}"
    try:
        with duckdb.connect(config=QUIET) as link, endable(link):
            result = link.execute(query, [str(path)])
            while rows := result.fetchmany(BATCH):
                yield from columns.made(rows)
    except duckdb.Error as error:
        go_on()
        raise Refused(str(error)) from None


def _exactly(
    made: Sequence[dict[str, Any]], rows: Sequence[tuple[Any, ...]], place: int, field: str, already: bool
) -> None:
    """Puts in the amounts of a batch that SQL left as texts."""
    for values, row in zip(made, rows, strict=True):
        if row[place] is not None:
            exact = fen(row[place], already)
            values[field] = row[place] if exact is None else exact


def source(names: Sequence[str]) -> str:
    """Of one layout, nothing guessed: a guess of DuckDB's may differ from file to file."""
    kinds = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv(?, columns = {{{kinds}}}, auto_detect = false, header = true, delim = ',', quote = '\"',"
        " escape = '\"', strict_mode = true, null_padding = false, ignore_errors = false, parallel = true)"
    )


def _value(column: str, amount: bool, already: bool) -> str:
    """A column; of an amount its fen, null where SQL does not read it exactly."""
    name = _name(column)
    if not amount:
        return f"coalesce({name}, '')"
    cast = f"CAST({name} AS BIGINT)" if already else _fen(name)
    return f"CASE WHEN {_fits(column, already)} THEN {cast} END"


def _fen(name: str) -> str:
    """Of a text that _YUAN is like: with two digits behind its point, those without it are its fen."""
    digits = f"CAST(replace({name}, '.', '') AS BIGINT)"
    other = f"CAST(CAST({name} AS DECIMAL(20, 2)) * 100 AS BIGINT)"
    two = f"strlen({name}) > 2 AND strpos({name}, '.') = strlen({name}) - 2"
    return f"CASE WHEN {two} THEN {digits} ELSE {other} END"


def _left_over(column: str, already: bool) -> str:
    """The text of an amount that SQL does not read exactly, else null."""
    return f"CASE WHEN {_fits(column, already)} THEN NULL ELSE coalesce({_name(column)}, '') END"


def _fits(column: str, already: bool) -> str:
    return f"coalesce(regexp_full_match({_name(column)}, '{_FEN if already else _YUAN}'), false)"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"

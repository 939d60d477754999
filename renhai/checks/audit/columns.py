"""An export's columns by DuckDB: only those that an audit goes by, amounts in fen as they are read.

DuckDB never decodes GBK here (it corrupts characters on a buffer's edge), and loads no extension. What it
refuses is left to the reader in Python (renhai.checks.audit.export), which names the line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

from renhai.checks.audit.rows import stored_at
from renhai.checks.sql_files import OF_ITSELF, only
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
    since: the field that says when a record was stored; zone: of such times that say none."""

    fields: Mapping[str, str]
    amounts: Collection[str]
    already: Collection[str]
    since: str | None
    zone: tzinfo

    def query(self, names: Sequence[str]) -> str:
        """SELECT of a CSV with these columns, in their order, whose path is its parameter. f0, ...: each
        field, of an amount its fen, null where SQL does not read it exactly; then the texts of such amounts.
        """
        raw = ", ".join(f"{_name(column)} AS c{n}" for n, column in enumerate(self.fields.values()))
        amounts = [(n, f in self.already) for n, f in enumerate(self.fields) if f in self.amounts]
        digits = "".join(f", {_digits(f'c{n}', already)} AS d{n}" for n, already in amounts)
        numbers = "".join(f", TRY_CAST(d{n} AS BIGINT) AS n{n}" for n, _ in amounts)
        fens = "".join(f", {_fen(n, already)} AS m{n}" for n, already in amounts)
        own = {n for n, _ in amounts}
        shown = [f"m{n}" if n in own else f"coalesce(c{n}, '')" for n in range(len(self.fields))]
        shown += [f"CASE WHEN m{n} IS NULL THEN coalesce(c{n}, '') END" for n, _ in amounts]
        parts = ", ".join(f"{part} AS f{n}" for n, part in enumerate(shown))
        return (
            f"SELECT {parts} FROM (SELECT *{fens} FROM (SELECT *{numbers} FROM"
            f" (SELECT *{digits} FROM (SELECT {raw} FROM {source(names)}))))"
        )

    @property
    def count(self) -> int:
        """How many columns that query has."""
        return len(self.fields) + len(self.inexact)

    @property
    def inexact(self) -> list[str]:
        return [field for field in self.fields if field in self.amounts]

    def made(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[Record]:
        """Records of a batch of such rows."""
        shown = list(self.fields)
        made = [dict(zip(shown, row, strict=False)) for row in rows]
        for place, field in enumerate(self.inexact, len(shown)):
            _exactly(made, rows, place, field, field in self.already)
        for values in made:
            yield Record(values, 0, self.stored_at(values.get(self.since)) if self.since else None)

    def stored_at(self, value: Any) -> int | None:
        """ms of the Unix epoch."""
        return stored_at(value, self.zone)


def records(path: Path, names: Sequence[str], columns: Columns) -> Iterator[Record]:
    """Each row of a CSV in UTF-8 as a record. names: its columns in order. Raises Refused."""
    import duckdb

    try:
        with duckdb.connect(config=QUIET) as link, endable(link):
            result = link.execute(columns.query(names), [only(path)])
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
        f"read_csv(?, {OF_ITSELF}, columns = {{{kinds}}}, auto_detect = false, header = true,"
        " delim = ',', quote = '\"',"
        " escape = '\"', strict_mode = true, null_padding = false, ignore_errors = false, parallel = true)"
    )


def canonical(text: str) -> str:
    """SQL: whether a text is a whole number, of 64 bits, in its shortest way."""
    return f"coalesce(TRY_CAST({text} AS BIGINT)::VARCHAR = {text}, false)"


def _digits(text: str, already: bool) -> str:
    """What an amount's fen are, if it is a whole number in its shortest way: of yuan with two digits behind
    the point, those without it."""
    if already:
        return f"CASE WHEN strlen({text}) <= 18 THEN {text} END"
    two = f"strlen({text}) BETWEEN 3 AND 18 AND strpos({text}, '.') = strlen({text}) - 2"
    return f"CASE WHEN {two} THEN replace({text}, '.', '') END"


def _fen(n: int, already: bool) -> str:
    """Of an amount c, its digits d, and their number n; a pattern takes longer to find, and fits more."""
    fits = f"coalesce(regexp_full_match(c{n}, '{_FEN if already else _YUAN}'), false)"
    other = f"CAST(c{n} AS BIGINT)" if already else f"CAST(CAST(c{n} AS DECIMAL(20, 2)) * 100 AS BIGINT)"
    return f"CASE WHEN n{n}::VARCHAR = d{n} THEN n{n} WHEN {fits} THEN {other} END"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"

"""The files of a data set: a table each, as CSV, Parquet, or CSV with a script for PostgreSQL."""

from __future__ import annotations

import csv
import gc
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from generators.dataset.figures import Figures, figures_of
from generators.dataset.rows import rows_of
from generators.dataset.schema import TABLES, Table
from generators.dataset.span import Circle, Span
from renhai.core.errors import UsageError


class Part(NamedTuple):
    """The rows of some circles. tables: number of rows and CSV without header, by table."""

    tables: dict[str, tuple[int, bytes]]
    figures: Figures


SQL_KINDS = {
    "text": "text",
    "day": "date",
    "month": "text",
    "money": "numeric(18, 2)",
    "number": "bigint",
    "real": "double precision",
}
DUCKDB_KINDS = {
    "text": "VARCHAR",
    "day": "DATE",
    "month": "VARCHAR",
    "money": "DECIMAL(18, 2)",
    "number": "BIGINT",
    "real": "DOUBLE",
}
SCRIPT = "load.sql"


def part_of(span: Span, found: Sequence[Circle]) -> Part:
    """Return the rows of some circles as CSV, and what they come to."""
    texts = {name: io.StringIO(newline="") for name in TABLES}
    writers = {name: csv.writer(text, lineterminator="\n").writerows for name, text in texts.items()}
    counts, figures = dict.fromkeys(TABLES, 0), Figures()
    with _uncollected():
        for circle in found:
            made = rows_of(span, circle)
            for name, rows in made.items():
                writers[name](rows)
                counts[name] += len(rows)
            figures.update(figures_of(made))
    return Part({name: (counts[name], text.getvalue().encode()) for name, text in texts.items()}, figures)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for circles of references: among hundreds of thousands of tuples there are none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class TableFiles:
    """The CSV files of a directory, written part by part; `figures` of all that was added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = dict.fromkeys(TABLES, 0)
        self.figures = Figures()
        self._open: dict[str, IO[bytes]] = {}

    def __enter__(self) -> TableFiles:
        for name, table in TABLES.items():
            self._open[name] = (self.folder / f"{name}.csv").open("wb")
            self._open[name].write(",".join(table.columns).encode() + b"\n")
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._open.values():
            file.close()

    def add(self, part: Part) -> None:
        """Append the rows of a part."""
        for name, (rows, data) in part.tables.items():
            self.rows[name] += rows
            self._open[name].write(data)
        self.figures.update(part.figures)


def finish(files: TableFiles, folder: Path, form: str) -> dict[str, dict[str, Any]]:
    """Bring the files into their form, and return what the manifest says of each table."""
    FORMS[form](folder)
    written = {}
    for name, table in TABLES.items():
        file = folder / f"{name}.{'parquet' if form == 'parquet' else 'csv'}"
        written[name] = {
            "file": file.name,
            "rows": files.rows[name],
            "bytes": file.stat().st_size,
            "sha256": _digest(file),
            "columns": table.columns,
            "key": list(table.key),
            "refers": {column: ".".join(of) for column, of in table.refers.items()},
        }
    return written


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _csv(folder: Path) -> None:
    """The files are CSV already."""


def _parquet(folder: Path) -> None:
    """Each CSV file becomes a Parquet file; an empty cell of another kind than text is null."""
    import duckdb

    try:
        with duckdb.connect() as connection:
            for name, table in TABLES.items():
                file = folder / f"{name}.csv"
                columns = ", ".join(f"'{c}': '{DUCKDB_KINDS[kind]}'" for c, kind in table.columns.items())
                texts = ", ".join(
                    f"'{c}'" for c, kind in table.columns.items() if DUCKDB_KINDS[kind] == "VARCHAR"
                )
                connection.execute(
                    f"COPY (FROM read_csv({_quoted(file)}, header = true, columns = {{{columns}}},"
                    f" force_not_null = [{texts}], quote = '\"', delim = ','))"
                    f" TO {_quoted(file.with_suffix('.parquet'))} (FORMAT parquet, COMPRESSION zstd)"
                )
                file.unlink()
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise UsageError(f"generate dataset: the Parquet files cannot be written: {said}") from error


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _sql(folder: Path) -> None:
    """Beside the CSV files a script: `psql -f load.sql` in the directory makes, fills and ties the tables."""
    lines = ["-- psql -v ON_ERROR_STOP=1 -f load.sql", "BEGIN;"]
    for name, table in TABLES.items():
        columns = ",\n  ".join(f"{column} {SQL_KINDS[kind]}" for column, kind in table.columns.items())
        lines.append(f"CREATE TABLE {name} (\n  {columns}\n);")
        kept = ", ".join(_kept(table))
        options = f"FORMAT csv, HEADER, FORCE_NOT_NULL ({kept})" if kept else "FORMAT csv, HEADER"
        lines.append(f"\\copy {name} FROM '{name}.csv' WITH ({options})")
    for name, table in TABLES.items():
        lines.append(f"ALTER TABLE {name} ADD PRIMARY KEY ({', '.join(table.key)});")
    for name, table in TABLES.items():
        for column, (of, its) in table.refers.items():
            lines.append(f"CREATE INDEX ON {name} ({column});")
            lines.append(f"ALTER TABLE {name} ADD FOREIGN KEY ({column}) REFERENCES {of} ({its});")
    lines += ["COMMIT;", "ANALYZE;"]
    (folder / SCRIPT).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _kept(table: Table) -> list[str]:
    """Columns of text whose empty cells are empty texts: all but those that refer to another table."""
    return [c for c, kind in table.columns.items() if SQL_KINDS[kind] == "text" and c not in table.refers]


FORMS: dict[str, Callable[[Path], None]] = {"csv": _csv, "parquet": _parquet, "sql": _sql}

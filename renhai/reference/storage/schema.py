"""Tables of the target, the same in SQLite and PostgreSQL, and the statements that fill them.

Rows are only ever added, except for a few small facts: what is still due, how many numbers a range still has,
whether a declaration was voided, a taxpayer's state, where a case stands, the end of a validity row. The
received document is kept as it came, in `document`. Amounts are fen. `copy` is 1 on a row stored twice by a
planted fault: it shows in an audit list and nowhere else.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Table(NamedTuple):
    """Columns in order as (name on the wire, kind), and what an audit list of it is called.

    Kinds: text, int, real, bytes; fen: an int, shown in yuan; amount: fen that a planted fault may change;
    packed: bytes that no list shows.
    """

    columns: tuple[tuple[str, str], ...]
    indexes: tuple[str, ...]
    listed: str

    def amounts(self) -> tuple[int, ...]:
        """Positions of the columns that hold amounts."""
        return tuple(i for i, (_, kind) in enumerate(self.columns) if kind == "amount")


TABLES: dict[str, Table] = {}
"""By name. Each domain's file adds its own when it is imported; renhai.reference.operations.catalogue does
that."""


def table(name: str, columns: str, *indexes: str, listed: str = "") -> None:
    """Add a table: columns as `name` (text) or `name:kind`, blanks between. Raises ValueError for a name that
    is taken."""
    if name in TABLES:
        raise ValueError(f"table {name} is defined twice")
    pairs = (word.partition(":") for word in columns.split())
    TABLES[name] = Table(
        tuple((column, kind or "text") for column, _, kind in pairs), indexes, listed or name
    )


SQLITE_KINDS = {
    "text": "TEXT",
    "int": "INTEGER",
    "fen": "INTEGER",
    "amount": "INTEGER",
    "real": "REAL",
    "bytes": "BLOB",
    "packed": "BLOB",
}
POSTGRES_KINDS = {
    "text": 'TEXT COLLATE "C"',
    "int": "BIGINT",
    "fen": "BIGINT",
    "amount": "BIGINT",
    "real": "DOUBLE PRECISION",
    "bytes": "BYTEA",
    "packed": "BYTEA",
}


def definitions(kinds: dict[str, str]) -> list[str]:
    """The statements that create what does not exist yet."""
    statements = []
    for name, table in TABLES.items():
        columns = ", ".join(f"{column} {kinds[kind]} NOT NULL" for column, kind in table.columns)
        identity = f"id {kinds['int']} PRIMARY KEY, copy {kinds['int']} NOT NULL"
        statements.append(f"CREATE TABLE IF NOT EXISTS {name} ({identity}, {columns})")
        for index in table.indexes:
            statements.append("CREATE " + index.replace("INDEX", "INDEX IF NOT EXISTS", 1))
    return statements


@cache
def insert(name: str) -> str:
    """The statement that stores a row. Parameters: id, copy, then the columns in order."""
    columns = [column for column, _ in TABLES[name].columns]
    return f"INSERT INTO {name} (id, copy, {', '.join(columns)}) VALUES (?, ?{', ?' * len(columns)})"

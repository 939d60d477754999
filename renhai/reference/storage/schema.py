"""Tables of the target, the same in SQLite and PostgreSQL, and the statements that fill them.

Rows are only ever added, except for four small facts: what is still due, how many numbers a range still has,
and whether a declaration was voided. The received document is kept as it came, in `document`. Amounts are
fen. `copy` is 1 on a row stored twice by a planted fault: it shows in an audit list and nowhere else.
"""

from __future__ import annotations

from typing import NamedTuple


class Table(NamedTuple):
    """Columns in order as (name on the wire, kind); kinds: text, int, real, bytes; `amount` is an int of
    fen."""

    columns: tuple[tuple[str, str], ...]
    indexes: tuple[str, ...]

    def amounts(self) -> tuple[int, ...]:
        """Positions of the columns that hold amounts."""
        return tuple(i for i, (_, kind) in enumerate(self.columns) if kind == "amount")


def _columns(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (word.split(":") for word in text.split())
    return tuple((pair[0], pair[1] if len(pair) > 1 else "text") for pair in pairs)


TABLES: dict[str, Table] = {
    "taxpayers": Table(
        _columns(
            "djxh nsrsbh shxydm nsrmc djzclxDm zgswjDm received:real kinds:bytes document:bytes",
        ),
        (
            "UNIQUE INDEX taxpayers_djxh ON taxpayers (djxh) WHERE copy = 0",
            "UNIQUE INDEX taxpayers_nsrsbh ON taxpayers (nsrsbh) WHERE copy = 0",
        ),
    ),
    "declarations": Table(
        _columns(
            "djxh pzxh yzpzzlDm skssqq skssqz sbsxDm1 ybtse:amount qmldse:int qmwjse:int voided:int "
            "received:real document:bytes",
        ),
        (
            "UNIQUE INDEX declarations_period ON declarations (djxh, yzpzzlDm, skssqq) "
            "WHERE voided = 0 AND copy = 0",
        ),
    ),
    "dues": Table(
        _columns("djxh pzxh zsxmDm skssqq skssqz ybtse:amount outstanding:amount"),
        (
            "INDEX dues_taxpayer ON dues (djxh) WHERE copy = 0",
            "INDEX dues_arrears ON dues (pzxh) WHERE outstanding > 0 AND copy = 0",
        ),
    ),
    "payments": Table(_columns("djxh serial pzxh kkje:amount sfxyh received:real"), ()),
    "ranges": Table(
        _columns("djxh serial fpzlDm fpDm fpqshm fpzzhm fs:int remaining:int received:real"),
        (
            "UNIQUE INDEX ranges_numbers ON ranges (fpDm, fpqshm) WHERE copy = 0",
            "INDEX ranges_stock ON ranges (djxh) WHERE remaining > 0 AND copy = 0",
        ),
    ),
    "invoices": Table(
        _columns(
            "djxh serial fpzlDm fpDm fphm kprq hjje:amount hjse:int jshj:int received:real document:bytes",
        ),
        ("UNIQUE INDEX invoices_number ON invoices (fpDm, fphm) WHERE copy = 0",),
    ),
    "verifications": Table(
        _columns("djxh serial fpzlDm fpDm fpqshm fpzzhm fs:int kpje:amount se:int received:real"),
        ("UNIQUE INDEX verifications_numbers ON verifications (fpDm, fpqshm) WHERE copy = 0",),
    ),
    "certificates": Table(_columns("djxh serial zmzlDm skssqq skssqz je:amount lrrDm received:real"), ()),
}

SQLITE_KINDS = {"text": "TEXT", "int": "INTEGER", "amount": "INTEGER", "real": "REAL", "bytes": "BLOB"}
POSTGRES_KINDS = {
    "text": 'TEXT COLLATE "C"',
    "int": "BIGINT",
    "amount": "BIGINT",
    "real": "DOUBLE PRECISION",
    "bytes": "BYTEA",
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


def _insert(name: str, table: Table) -> str:
    columns = ", ".join(column for column, _ in table.columns)
    return f"INSERT INTO {name} (id, copy, {columns}) VALUES (?, ?{', ?' * len(table.columns)})"


INSERTS: dict[str, str] = {name: _insert(name, table) for name, table in TABLES.items()}
"""Parameters: id, copy, then the columns in order."""

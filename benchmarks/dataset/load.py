"""Reads the files of a data set into DuckDB: amounts in fen, empty cells of text as empty texts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.dataset.company_views import add_company_views
from benchmarks.dataset.facts import EXEMPT_A_MONTH, LAST_DAYS, ROW_RATES

KINDS = {"day": "DATE", "number": "BIGINT", "real": "DOUBLE", "text": "VARCHAR", "month": "VARCHAR"}
VIEWS = """
CREATE VIEW ret AS SELECT *, yzpzzlDm = 'BDA0610606' AS general,
  12 * year(skssqz) + month(skssqz) - 1 AS m, 12 * year(skssqq) + month(skssqq) - 1 AS m0 FROM declarations
  WHERE yzpzzlDm IN ('BDA0610606', 'BDA0610611');
CREATE VIEW whole AS SELECT ret.* FROM ret, span WHERE m0 >= first_month;
CREATE VIEW ret_months AS SELECT *, unnest(range(m0, m + 1)) AS mm FROM whole;
CREATE VIEW inv AS SELECT *, 12 * year(kprq) + month(kprq) - 1 AS mm,
  fpzlDm IN ('000001100300', '31') AS special
  FROM invoices;
CREATE VIEW inv_rate AS SELECT fpDm, fphm, min(slv) AS slv, max(slv) AS slv2, sum(je) AS je, sum(se) AS se,
  count(*) AS n, max(xh) AS last FROM invoice_lines GROUP BY ALL;
CREATE VIEW col AS SELECT m.*, r.djxh, r.m, r.skssqz, r.m0 FROM vat_main m JOIN ret r USING (pzxh);
CREATE VIEW s2 AS SELECT pzxh, {rows2} FROM vat_sheet2 GROUP BY pzxh;
CREATE VIEW pay AS SELECT *, 12 * year(jkrq) + month(jkrq) - 1 AS paid_in,
  12 * year(skssqz) + month(skssqz) - 1 AS m, coalesce(general, false) AS general
  FROM payments LEFT JOIN (SELECT pzxh, general FROM ret) USING (pzxh) WHERE zsxmDm = '10101';
"""
ROWS2 = ("1", "2", "3", "4", "5", "6", "7", "8", "8a", "8b", "9", "10", "11", "12", "13", "14", "15", "16", 
         "17", "18", "19", "20", "21", "22", "23", "26", "35")  # fmt: skip


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest. Raises ValueError when there is none: then the data set is not whole."""
    file = folder / "manifest.json"
    if not file.is_file():
        raise ValueError(f"{folder} has no manifest.json: it is not a whole data set")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def differing(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Return the files that are not as the manifest says."""
    wrong = []
    for said in manifest["tables"].values():
        file = folder / said["file"]
        if not file.is_file():
            wrong.append(f"{file.name} is missing")
            continue
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if (digest, file.stat().st_size) != (said["sha256"], said["bytes"]):
            wrong.append(f"{file.name} is not as the manifest says")
    return wrong


def loaded(folder: Path, manifest: dict[str, Any], database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """Return a connection with all tables of the data set, and views of them."""
    con = duckdb.connect(database)
    for name, said in manifest["tables"].items():
        file, kinds = str(folder / said["file"]), said["columns"]
        source = (
            f"read_csv('{file}', header = true, all_varchar = true)" if file.endswith("csv") else f"'{file}'"
        )
        columns = ", ".join(_cast(column, kind) for column, kind in kinds.items())
        con.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM {source}")
    con.execute("CREATE TABLE span AS SELECT ?::DATE AS first, last_day(?::DATE) AS last, ?::DATE AS today",
                [f"{manifest['from']}-01", f"{manifest['to']}-01", manifest["date"]])  # fmt: skip
    con.execute(
        "ALTER TABLE span ADD COLUMN first_month BIGINT; ALTER TABLE span ADD COLUMN last_month BIGINT"
    )
    con.execute("UPDATE span SET first_month = 12 * year(first) + month(first) - 1,"
                " last_month = 12 * year(last) + month(last) - 1")  # fmt: skip
    _facts(con)
    rows2 = ", ".join(
        f"coalesce(sum({what}) FILTER (ewbhxh = '{row}'), 0) AS {short}{row}"
        for row in ROWS2
        for short, what in (("n", "fs"), ("a", "je"), ("t", "se"))
    )
    con.execute(VIEWS.format(rows2=rows2))
    add_company_views(con)
    return con


def _cast(column: str, kind: str) -> str:
    if kind == "money":
        return f"CAST(CAST({column} AS DECIMAL(18, 2)) * 100 AS BIGINT) AS {column}"
    if kind in ("text", "month"):
        return f"coalesce({column}, '') AS {column}"
    return f"CAST({column} AS {KINDS[kind]}) AS {column}"


def _facts(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE row_rates (since DATE, until DATE, label VARCHAR, rate BIGINT)")
    con.executemany(
        "INSERT INTO row_rates VALUES (?, ?, ?, ?)",
        [(since, until, label, rate) for since, until, rows in ROW_RATES for label, rate in rows.items()],
    )
    con.execute("CREATE TABLE last_days (last DATE)")
    con.executemany(
        "INSERT INTO last_days VALUES (make_date(?, ?, ?))",
        [(year, month, day) for year, days in LAST_DAYS.items() for month, day in enumerate(days, start=1)],
    )
    con.execute("CREATE TABLE exempt (since DATE, until DATE, fen BIGINT)")
    con.executemany(
        "INSERT INTO exempt VALUES (?, ?, ?)", [(a, b, 100 * yuan) for a, b, yuan in EXEMPT_A_MONTH]
    )

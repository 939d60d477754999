"""How rows of a data set become rows of the target: queries of DuckDB, amounts in fen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NEEDED = ("taxpayers", "tax_kinds")
RECENT_MONTHS = 3  # of invoices: those of a quarter may still be to be declared
ID = "CAST(right({0}, 10) AS BIGINT)"
SAME = {"declarations": {"voided": "0"}}
"""Columns of a table that are the same in every row, as SQL; `copy` and `received` are so in all tables."""


def recent(end: str) -> str:
    """The statement that reads the invoices of the last months, once: theirs is the longest file."""
    first = f"CAST(CAST('{end}' AS DATE) - INTERVAL {RECENT_MONTHS - 1} MONTHS AS VARCHAR)"
    columns = "djxh, fpzlDm, fpDm, fpqshm, fphm, kprq, hjje, hjse, jshj, yfpDm, yfphm"
    return f"CREATE TABLE recent AS SELECT {columns} FROM invoices WHERE kprq >= {first}"


def insert(name: str, columns: Sequence[str], now: float) -> str:
    """The statement that stores a row of a query; parameters: id and the columns that differ, in order."""
    same = {"copy": "0", "received": repr(now), **SAME.get(name, {})}
    values = ", ".join(same.get(column, "?") for column in ("id", "copy", *columns))
    return f"INSERT INTO {name} (id, copy, {', '.join(columns)}) VALUES ({values})"


def queries(said: Mapping[str, Any], end: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Table of the target, the query of its rows (see `insert`), tables that it reads.

    Whoever asks for invoices or ranges has carried out `recent` before.
    """
    yield "taxpayers", _taxpayers(said), NEEDED
    wages = ("wages",) if "wages" in said else ()
    yield "declarations", _declarations(said, end), ("declarations", "vat_main", *wages)
    paid = "SELECT pzxh, sum(greatest(kkje, 0) + dkje) AS paid FROM payments GROUP BY pzxh"
    yield (
        "dues",
        f"SELECT {ID.format('pzxh')}, djxh, pzxh, zsxmDm, skssqq, skssqz, ybtse, "
        f"greatest(ybtse - coalesce(paid, 0), 0) FROM dues LEFT JOIN ({paid}) USING (pzxh)",
        ("dues", "payments"),
    )
    yield (
        "payments",
        f"SELECT {ID.format('serial')}, djxh, serial, pzxh, kkje, znj, jkrq, sfxyh FROM payments "
        "WHERE pzxh <> '' AND kkje > 0",
        ("payments",),
    )
    issued = "SELECT fpDm, fpqshm, count(*) AS issued FROM recent GROUP BY ALL"
    yield (
        "ranges",
        f"SELECT id, r.djxh, serial, r.fpzlDm, r.fpDm, r.fpqshm, r.fpzzhm, r.fs, r.fs - coalesce(v.fs, issued, 0) "
        f"FROM (SELECT *, row_number() OVER () AS id, {_serial('401', 'djxh')} AS serial FROM ranges) r "
        f"LEFT JOIN verifications v USING (fpDm, fpqshm) LEFT JOIN ({issued}) USING (fpDm, fpqshm) ORDER BY id",
        ("ranges", "verifications", "invoices"),
    )
    yield (
        "verifications",
        f"SELECT row_number() OVER () AS id, djxh, {_serial('403', 'djxh')}, fpzlDm, fpDm, fpqshm, fpzzhm, fs, "
        "kpje, se FROM verifications",
        ("verifications",),
    )
    rate = "coalesce(CAST(round(100 * hjse / hjje) / 100 AS VARCHAR), 'null')"  # rates are whole percents
    yield (
        "invoices",
        f"SELECT row_number() OVER () AS id, djxh, {_serial('402', 'djxh')}, fpzlDm, fpDm, fphm, kprq, hjje, hjse, "
        f"jshj, yfpDm, yfphm, encode('{{\"lines\":[{{\"slv\":' || {rate} || '}}]}}') FROM recent",
        ("invoices",),
    )


def _serial(prefix: str, djxh: str) -> str:
    """A serial of the target's own: prefix, authority as in the djxh, the row's number."""
    return f"'{prefix}' || substr({djxh}, 4, 7) || lpad(CAST(row_number() OVER () AS VARCHAR), 10, '0')"


def _taxpayers(said: Mapping[str, Any]) -> str:
    """Registrations with their determinations, as registration.save stores them."""
    small, general = (
        "round(slhdwse * 100, 4) <= 5",
        "CASE nsqxDm WHEN '06' THEN 1 WHEN '08' THEN 3 ELSE 0 END",
    )
    liability = f"CASE WHEN {small} THEN 'small' ELSE 'general' END || '/' || {general} || '/' || rdyxqq || '/' || rdyxqz"
    fields = ", ".join(column for column in said["tax_kinds"]["columns"] if column != "djxh")
    kinds = (
        f"SELECT djxh, coalesce(string_agg({liability}, ';' ORDER BY rdyxqq) FILTER (zsxmDm = '10101'), '') AS nsrlx, "
        f"CAST(to_json(list({{{', '.join(f'{name}: {name}' for name in fields.split(', '))}}})) AS VARCHAR) AS kinds "
        "FROM tax_kinds GROUP BY djxh"
    )
    own = ", ".join(f"{name}: t.{name}" for name in said["taxpayers"]["columns"])
    return (
        "SELECT row_number() OVER () AS id, t.djxh, nsrsbh, shxydm, nsrmc, djzclxDm, zgswjDm, nsrztDm, djrq, sfxyh, "
        f"coalesce(k.nsrlx, ''), encode(coalesce(k.kinds, '[]')), encode(CAST(to_json({{{own}}}) AS VARCHAR)) "
        f"FROM taxpayers t LEFT JOIN ({kinds}) k USING (djxh)"
    )


def _declarations(said: Mapping[str, Any], end: str) -> str:
    """Returns; those of the last months with their year to date, or with the rows of the wages, which the next one
    is held against."""
    if "vat_main" not in said:
        return ""
    fields = [name for name in said["vat_main"]["columns"] if name not in ("pzxh", "ewblxh")]
    listed = f"[{', '.join(fields)}]"
    last = f"skssqz >= CAST(CAST('{end}' AS DATE) - INTERVAL 1 MONTH AS VARCHAR)"
    columns = (
        "SELECT pzxh, max(qmldse) FILTER (ewblxh = '1') AS qmldse, max(qmwjse) FILTER (ewblxh = '1') AS qmwjse, "
        f"list_concat(any_value({listed}) FILTER (ewblxh = '2'), any_value({listed}) FILTER (ewblxh = '4')) AS ljs "
        "FROM vat_main GROUP BY pzxh"
    )
    return (
        f"SELECT {ID.format('pzxh')}, djxh, pzxh, yzpzzlDm, skssqq, skssqz, sbsxDm1, ybtse, coalesce(qmldse, 0), "
        f"coalesce(qmwjse, 0), CASE WHEN {last} THEN ljs END, {_document(said)} "
        f"FROM declarations LEFT JOIN ({columns}) USING (pzxh){_wages(said, last)}"
    )


def _document(said: Mapping[str, Any]) -> str:
    empty = "encode('{}')"
    if "wages" not in said:
        return empty
    fields = ", ".join(f"{name}: {name}" for name in ("skssqq", "skssqz", "kjmx"))
    return f"CASE WHEN kjmx IS NULL THEN {empty} ELSE encode(CAST(to_json({{{fields}}}) AS VARCHAR)) END"


def _wages(said: Mapping[str, Any], last: str) -> str:
    """What each person's sums since January are on the last returns, amounts in yuan."""
    if "wages" not in said:
        return ""
    cells = ", ".join(
        f"{name}: {name}{' / 100' if kind == 'money' else ''}"
        for name, kind in said["wages"]["columns"].items()
        if name != "pzxh"
    )
    return (
        f" LEFT JOIN (SELECT pzxh, list({{{cells}}} ORDER BY xh) AS kjmx FROM wages WHERE ljsr IS NOT NULL "
        f"AND pzxh IN (SELECT pzxh FROM declarations WHERE {last}) GROUP BY pzxh) USING (pzxh)"
    )

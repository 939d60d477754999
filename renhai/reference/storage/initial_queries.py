"""How rows of a data set become rows of the target: queries of DuckDB, amounts in fen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NEEDED = ("taxpayers", "tax_kinds")
RECENT_MONTHS = 3  # of invoices: those of a quarter may still be to be declared
ID = "CAST(right({0}, 10) AS BIGINT)"


def queries(said: Mapping[str, Any], end: str, now: float) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Table of the target, the query of its rows (id, copy, columns in order), tables that it reads."""
    yield "taxpayers", _taxpayers(said, now), NEEDED
    yield "declarations", _declarations(said, end, now), ("declarations", "vat_main")
    paid = "SELECT pzxh, sum(greatest(kkje, 0) + dkje) AS paid FROM payments GROUP BY pzxh"
    yield (
        "dues",
        f"SELECT {ID.format('pzxh')}, 0, djxh, pzxh, zsxmDm, skssqq, skssqz, ybtse, "
        f"greatest(ybtse - coalesce(paid, 0), 0) FROM dues LEFT JOIN ({paid}) USING (pzxh)",
        ("dues", "payments"),
    )
    yield (
        "payments",
        f"SELECT {ID.format('serial')}, 0, djxh, serial, pzxh, kkje, znj, jkrq, sfxyh, CAST({now} AS DOUBLE) FROM payments "
        "WHERE pzxh <> '' AND kkje > 0",
        ("payments",),
    )
    recent = f"kprq >= CAST(CAST('{end}' AS DATE) - INTERVAL {RECENT_MONTHS - 1} MONTHS AS VARCHAR)"
    issued = f"SELECT fpDm, fpqshm, count(*) AS issued FROM invoices WHERE {recent} GROUP BY ALL"
    yield (
        "ranges",
        f"SELECT row_number() OVER () AS id, 0, r.djxh, {_serial('401', 'r.djxh')}, r.fpzlDm, r.fpDm, r.fpqshm, "
        "r.fpzzhm, r.fs, r.fs - coalesce(v.fs, issued, 0), "
        f"CAST({now} AS DOUBLE) FROM ranges r LEFT JOIN verifications v USING (fpDm, fpqshm) "
        f"LEFT JOIN ({issued}) USING (fpDm, fpqshm)",
        ("ranges", "verifications", "invoices"),
    )
    yield (
        "verifications",
        f"SELECT row_number() OVER () AS id, 0, djxh, {_serial('403', 'djxh')}, fpzlDm, fpDm, fpqshm, fpzzhm, fs, "
        f"kpje, se, CAST({now} AS DOUBLE) FROM verifications",
        ("verifications",),
    )
    rate = "round(100 * hjse / hjje) / 100"  # rates are whole percents
    yield (
        "invoices",
        f"SELECT row_number() OVER () AS id, 0, djxh, {_serial('402', 'djxh')}, fpzlDm, fpDm, fphm, kprq, hjje, hjse, "
        f"jshj, yfpDm, yfphm, CAST({now} AS DOUBLE), encode(CAST(to_json({{lines: [{{slv: {rate}}}]}}) AS VARCHAR)) FROM invoices "
        f"WHERE {recent}",
        ("invoices",),
    )


def _serial(prefix: str, djxh: str) -> str:
    """A serial of the target's own: prefix, authority as in the djxh, the row's number."""
    return f"'{prefix}' || substr({djxh}, 4, 7) || lpad(CAST(row_number() OVER () AS VARCHAR), 10, '0')"


def _taxpayers(said: Mapping[str, Any], now: float) -> str:
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
        "SELECT row_number() OVER () AS id, 0, t.djxh, nsrsbh, shxydm, nsrmc, djzclxDm, zgswjDm, nsrztDm, djrq, sfxyh, "
        f"coalesce(k.nsrlx, ''), CAST({now} AS DOUBLE), encode(coalesce(k.kinds, '[]')), encode(CAST(to_json({{{own}}}) AS VARCHAR)) "
        f"FROM taxpayers t LEFT JOIN ({kinds}) k USING (djxh)"
    )


def _declarations(said: Mapping[str, Any], end: str, now: float) -> str:
    """Returns; those of the last months with their year to date, which the next one is held against."""
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
        f"SELECT {ID.format('pzxh')}, 0, djxh, pzxh, yzpzzlDm, skssqq, skssqz, sbsxDm1, ybtse, coalesce(qmldse, 0), "
        f"coalesce(qmwjse, 0), 0, CAST({now} AS DOUBLE), CASE WHEN {last} THEN ljs END, encode('{{}}') "
        f"FROM declarations LEFT JOIN ({columns}) USING (pzxh)"
    )

"""Two sides of a batch held against each other: first a hash of key and of row, then the rows that differ.

The first pass reads every row and keeps 17 bytes of it (64 bits of its key, 64 of its values in normal form,
what is bad); where a column has a rule 64 bits more, of its values as written. Only rows whose hashes are not
one pair of equals are read again, and judged by their real values. A changed row is missed where two hashes
of 64 bits are the same by chance: once in 1.8e19.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from renhai.checks.migration.layout import Layout
from renhai.checks.migration.normal import form, quoted
from renhai.checks.spreadsheets import ROUNDED, sql_as_text
from renhai.spec.cutover.migration.columns import SIDES, Side

HASHES = 1 << 64
PART = 5_000_000  # rows of both sides that are grouped at once; keeps the memory bounded
BREAKDOWN = 200_000  # rows, equal only by a rule, of which it is counted in which columns
NULL_KEY, HEADER, UNREAD, CUT_KEY = 1, 2, 4, 8  # bits of `bad`
NOTHING = r"[\s\x0b\p{Z}\x{200b}\x{2060}\x{feff}]*"  # signs that nobody sees

Relations = dict[Side, str]
Link = duckdb.DuckDBPyConnection


class SideUnreadable(Exception):
    """DuckDB stopped at a line of one side."""

    def __init__(self, side: Side, error: duckdb.Error) -> None:
        super().__init__(str(error))
        self.side, self.error = side, error


@dataclass(frozen=True)
class Hashed:
    """What the tables h_old and h_new of a connection hold: hashes of these columns of these files."""

    layout: Layout
    relations: Relations


def compare(link: Link, layout: Layout, relations: Relations, ahead: Hashed | None = None) -> dict[str, Any]:
    """Counts of rows by class and of values by column; leaves the table `finding` in the connection.

    relations: SQL of each side, columns c0, c1, ... as the layout has them; ahead: what was hashed before, in
    whose place all is hashed here where it was of other columns or files. Raises duckdb.Error, and
    SideUnreadable where a line of a file is no row.
    """
    if ahead != Hashed(layout, relations):
        for side in SIDES:
            try:
                hash_rows(link, layout, side, relations[side])
            except duckdb.InvalidInputException as error:
                raise SideUnreadable(side, error) from None
    rows = {side: _one(link, f"SELECT count(*) FROM h_{side}") for side in SIDES}
    counts = _pair_up(link, sum(rows.values()), _ruled(layout))
    for side in SIDES:
        _second_pass(link, layout, side, relations[side])
    _classify(link, layout)
    counts.update(_row_classes(link, layout, counts))
    return {"rows": rows, "counts": counts, "columns": _column_counts(link, layout, counts)}


def hash_rows(link: Link, layout: Layout, side: Side, relation: str) -> None:
    """The first pass over a side: the table h_SIDE. Raises duckdb.Error."""
    normal, _ = _forms(layout, side)
    key = hashed_key([f"n{k}" for k in layout.keys])
    values = [f"n{i}" for i in range(len(normal))]
    values += [f"CASE WHEN u{i} THEN c{i} END" for i, one in enumerate(layout.columns) if one.ruled]
    written = f"{hashed([f'c{i}' for i in range(len(normal))])} AS wh, " if _ruled(layout) else ""
    link.execute(
        f"CREATE OR REPLACE TEMP TABLE h_{side} AS SELECT "
        f"CASE WHEN bad & {NULL_KEY} = 0 "
        f"THEN {key} END AS kh, {hashed(values)} AS rh, {written}bad "
        f"FROM ({marked(layout, side, relation)})"
    )


def _ruled(layout: Layout) -> bool:
    """Whether rows may be written in two ways and say the same."""
    return any(one.ruled for one in layout.columns)


def hashed(values: Sequence[str]) -> str:
    """SQL of 64 bits of values; NULL and an empty text are two values, and so are a, bc and ab, c."""
    return f"hash({', '.join(values)})"


def hashed_key(values: Sequence[str]) -> str:
    return hashed(values)


def _forms(layout: Layout, side: Side) -> tuple[list[str], list[str]]:
    forms = [form(column, side, f"c{number}") for number, column in enumerate(layout.columns)]
    return [one.normal for one in forms], [one.unread for one in forms]


def marked(layout: Layout, side: Side, relation: str) -> str:
    """Each row: its values as written (c), in normal form (n), unreadable or not (u), and what is bad."""
    normal, unread = _forms(layout, side)
    columns = [f"c{i}, {n} AS n{i}, {u} AS u{i}" for i, (n, u) in enumerate(zip(normal, unread, strict=True))]
    no_key = " OR ".join(_no_key(layout, k, f"n{k}") for k in layout.keys)
    header = " AND ".join(
        f"c{i} IS NOT DISTINCT FROM {quoted(column.written(side))}" for i, column in enumerate(layout.columns)
    )
    any_unread = " OR ".join(f"u{i}" for i, one in enumerate(unread) if one != "false") or "false"
    bad = (
        f"CAST(CASE WHEN {header} THEN {HEADER + NULL_KEY} ELSE "
        f"(CASE WHEN {no_key} THEN {NULL_KEY} ELSE 0 END) + "
        f"(CASE WHEN {any_unread} THEN {UNREAD} ELSE 0 END) + "
        f"(CASE WHEN {_cut_key(layout)} THEN {CUT_KEY} ELSE 0 END) "
        "END AS UTINYINT)"
    )
    return f"SELECT *, {bad} AS bad FROM (SELECT {', '.join(columns)} FROM ({relation}))"


def _pair_up(link: Link, rows: int, ruled: bool) -> dict[str, int]:
    """Rows that are one pair of equals, counted; the hashes of all other keys in `suspect`."""
    parts = rows // PART + 1
    as_written = "bit_xor(wh) = 0" if ruled else "true"
    kept = f"kh, rh, {'wh, ' if ruled else ''}bad"
    link.execute("CREATE OR REPLACE TEMP TABLE suspect (kh UBIGINT, by_rule BOOLEAN)")
    counts = {"identical": 0, "by_rule": 0}
    for part in range(parts):
        first, behind = ((part + n) * HASHES // parts for n in (0, 1))
        mine = f"kh BETWEEN {first}::UBIGINT AND {behind - 1}::UBIGINT"
        link.execute(
            "CREATE OR REPLACE TEMP TABLE grouped AS SELECT kh, count(*) = 2 AND bit_xor(side) = 1 "
            f"AND bit_xor(rh) = 0 AND bit_or(bad) = 0 AS same, {as_written} AS exact FROM ("
            f"SELECT {kept}, 0::UTINYINT AS side FROM h_old WHERE {mine} UNION ALL "
            f"SELECT {kept}, 1::UTINYINT AS side FROM h_new WHERE {mine}) GROUP BY kh"
        )
        for same, exact, number in link.execute(
            "SELECT same, exact, count(*) FROM grouped GROUP BY ALL"
        ).fetchall():
            if same:
                counts["identical" if exact else "by_rule"] += number
        link.execute("INSERT INTO suspect SELECT kh, same FROM grouped WHERE NOT (same AND exact)")
    if counts["by_rule"] > BREAKDOWN:  # enough to say in which columns
        every = counts["by_rule"] // BREAKDOWN + 1
        link.execute(f"DELETE FROM suspect WHERE by_rule AND hash(kh) % {every} <> 0")
    link.execute("DROP TABLE grouped")
    return counts


def _second_pass(link: Link, layout: Layout, side: Side, relation: str) -> None:
    """Rows whose keys are suspect, or that have none: picked by keys alone, then brought into normal form."""
    normal, _ = _forms(layout, side)
    keys = {k: normal[k] for k in layout.keys}
    first = layout.keys[0]
    nameless = " OR ".join(_no_key(layout, k, normal) for k, normal in keys.items())
    header = f"c{first} = {quoted(layout.columns[first].written(side))}"
    wanted = f"{hashed_key(list(keys.values()))} IN (SELECT kh FROM suspect) OR {nameless} OR {header}"
    bad = f"SELECT count(*) FROM h_{side} WHERE bad <> 0"
    if not _one(link, f"SELECT (SELECT count(*) FROM suspect) + ({bad})"):
        wanted = "false"  # no row would be picked
    picked = f"SELECT * FROM ({relation}) WHERE {wanted}"
    key = hashed_key([f"n{k}" for k in layout.keys])
    link.execute(
        f"CREATE OR REPLACE TEMP TABLE s_{side} AS SELECT r.*, coalesce(s.by_rule, false) AS by_rule FROM ("
        f"SELECT *, CASE WHEN bad & {NULL_KEY} = 0 THEN {key} END AS kh "
        f"FROM ({marked(layout, side, picked)})) r LEFT JOIN suspect s ON r.kh = s.kh "
        "WHERE s.kh IS NOT NULL OR r.bad <> 0"
    )


def _no_key(layout: Layout, place: int, normal: str) -> str:
    if layout.columns[place].rule.type != "text":
        return f"{normal} IS NULL"
    # Whose first byte is a letter, digit or sign of ASCII is not empty: the others alone are looked into.
    odd = f"({normal} < '!' OR {normal} >= '\x7f')"
    return f"{normal} IS NULL OR ({odd} AND regexp_full_match({normal}, {quoted(NOTHING)}))"


def _cut_key(layout: Layout) -> str:
    """A key that is a rounded number: what it was of is gone, though both sides may have it."""
    texts = [f"n{k}" for k in layout.keys if layout.columns[k].rule.type == "text"]
    return " OR ".join(
        f"(contains({n}, 'E+') OR contains({n}, 'e+')) AND regexp_full_match({n}, {quoted(ROUNDED)})"
        for n in texts
    ) or "false"  # fmt: skip


def cut_keys(link: Link, layout: Layout) -> list[str]:
    """What is to be said of such keys."""
    found = []
    for side in SIDES:
        row = link.execute(
            f"SELECT count(*), min({key_text(layout)}) FROM s_{side} WHERE bad & {CUT_KEY} <> 0"
        ).fetchone()
        if row and row[0]:
            found.append(
                f"the {side} side has keys that a spreadsheet rounded ({row[0]:,}, such as {row[1]}); "
                "export the column as text"
            )
    return found


def _classify(link: Link, layout: Layout) -> None:
    """By real keys: how often each stands on either side, and the pairs that can be compared."""
    keys = [f"n{k}" for k in layout.keys]
    listed = ", ".join(keys)
    link.execute(
        f"CREATE OR REPLACE TEMP TABLE by_key AS SELECT {listed}, sum(o) AS o, sum(n) AS n FROM ("
        f"SELECT {listed}, 1 AS o, 0 AS n FROM s_old WHERE bad & {NULL_KEY} = 0 AND NOT by_rule UNION ALL "
        f"SELECT {listed}, 0 AS o, 1 AS n FROM s_new WHERE bad & {NULL_KEY} = 0 AND NOT by_rule) GROUP BY ALL"
    )
    same_key = " AND ".join(f"a.{key} = b.{key}" for key in keys)
    single = " AND ".join(f"k.{key} = a.{key}" for key in keys)
    picked = [f"a.n{i} AS n{i}" for i in layout.keys]
    for i, column in enumerate(layout.columns):
        same = f"(a.n{i} IS NOT DISTINCT FROM b.n{i} AND a.u{i} = b.u{i} AND (NOT a.u{i} OR a.c{i} = b.c{i}))"
        near = "false"
        if column.rule.tolerance is not None:
            allowed = column.rule.tolerance * (100 if column.rule.fen else 1)
            near = f"(NOT {same} AND coalesce(abs(a.n{i} - b.n{i}) <= {allowed:f}, false))"
        picked += [f"a.c{i} AS o{i}", f"b.c{i} AS w{i}", f"{near} AS near{i}",
                   f"NOT {same} AND NOT {near} AS diff{i}",
                   f"a.u{i} OR b.u{i} AS unread{i}"]  # fmt: skip
    one_each = f"EXISTS (SELECT 1 FROM by_key k WHERE k.o = 1 AND k.n = 1 AND {single})"
    link.execute(
        f"CREATE OR REPLACE TEMP TABLE paired AS SELECT a.by_rule AS by_rule, {', '.join(picked)} FROM "
        f"(SELECT * FROM s_old a WHERE a.bad & {NULL_KEY} = 0 AND (a.by_rule OR {one_each})) a JOIN s_new b "
        f"ON {same_key} AND a.by_rule = b.by_rule WHERE b.bad & {NULL_KEY} = 0"
    )


def _row_classes(link: Link, layout: Layout, first: dict[str, int]) -> dict[str, int]:
    """Rows by class, out of the rows that were read again."""
    names = [row[0] for row in link.execute("DESCRIBE paired").fetchall()]
    diff, near, unread = (
        " OR ".join(name for name in names if name.startswith(word) and name[len(word) :].isdigit())
        for word in ("diff", "near", "unread")
    )
    raw = " OR ".join(f"o{i} IS DISTINCT FROM w{i}" for i in range(len(layout.columns)))
    kind = (
        f"CASE WHEN {diff} THEN 'changed' WHEN {unread} THEN 'unreadable' "
        f"WHEN {near} THEN 'within_tolerance' "
        f"WHEN {raw} THEN 'by_rule' ELSE 'identical' END"
    )
    pairs = dict(
        link.execute(f"SELECT {kind}, count(*) FROM paired WHERE NOT by_rule GROUP BY ALL").fetchall()
    )
    found = {name: int(pairs.get(name, 0)) for name in ("changed", "unreadable", "within_tolerance")}
    found |= {name: first[name] + int(pairs.get(name, 0)) for name in ("identical", "by_rule")}
    found["missing"] = _one(link, "SELECT count(*) FROM by_key WHERE o = 1 AND n = 0")
    found["extra"] = _one(link, "SELECT count(*) FROM by_key WHERE o = 0 AND n = 1")
    for side, mine, other in (("old", "o", "n"), ("new", "n", "o")):
        rows = f"SELECT coalesce(sum({mine}), 0) FROM by_key WHERE"
        found[f"duplicated_{side}"] = _one(link, f"{rows} {mine} > 1")
        found[f"unpaired_{side}"] = _one(link, f"{rows} {mine} = 1 AND {other} > 1")
        found[f"no_key_{side}"] = _one(link, f"SELECT count(*) FROM s_{side} WHERE bad & 3 = {NULL_KEY}")
        found[f"header_{side}"] = _one(link, f"SELECT count(*) FROM s_{side} WHERE bad & {HEADER} <> 0")
    return found


def _column_counts(link: Link, layout: Layout, counts: dict[str, int]) -> list[dict[str, Any]]:
    sampled = _one(link, "SELECT count(*) FROM paired WHERE by_rule")
    found = []
    for i, column in enumerate(layout.columns):
        row = link.execute(
            f"SELECT count(*) FILTER (diff{i}), count(*) FILTER (near{i}), "
            f"count(*) FILTER (by_rule AND o{i} IS DISTINCT FROM w{i}) FROM paired"
        ).fetchone()
        changed, near, by_rule = row or (0, 0, 0)
        unread = {side: _one(link, f"SELECT count(*) FROM s_{side} WHERE u{i}") for side in SIDES}
        found.append({"name": column.name, "old": column.old, "new": column.new, "key": column.key,
                      "changed": changed, "within_tolerance": near, "by_rule": by_rule,
                      "by_rule_of": sampled if counts["by_rule"] else 0,
                      "unreadable_old": unread["old"], "unreadable_new": unread["new"]})  # fmt: skip
    return found


def key_text(layout: Layout) -> str:
    """SQL of the key as people read it."""
    return "concat_ws(' / ', " + ", ".join(f"coalesce(CAST(n{k} AS VARCHAR), '')" for k in layout.keys) + ")"


def findings(link: Link, layout: Layout, unit: int | None, owner: int | None) -> None:
    """The table `finding`: a row for each row or value that somebody has to look at."""
    key = key_text(layout)
    written = "concat_ws(' / ', " + ", ".join(f"coalesce(c{k}, '')" for k in layout.keys) + ")"
    link.execute(
        "CREATE OR REPLACE TEMP TABLE finding (kind VARCHAR, key VARCHAR, field VARCHAR, old VARCHAR, "
        "new VARCHAR, unit VARCHAR, owner VARCHAR)"
    )
    for i, column in enumerate(layout.columns):
        whose = ", ".join(
            f"coalesce({held_by(layout, 'new', n, 'w')}, {held_by(layout, 'old', n, 'o')})"
            for n in (unit, owner)
        )
        link.execute(
            f"INSERT INTO finding SELECT 'changed', {key}, {quoted(column.name)}, o{i}, w{i}, {whose} "
            f"FROM paired WHERE diff{i} AND NOT by_rule"
        )
    _by_side(link, layout, key, written, unit, owner)


def held_by(layout: Layout, side: Side, place: int | None, written: str = "c") -> str:
    """SQL of a unit or an owner, NULL for none; in normal form, so that one of two codes has one list."""
    if place is None:
        return "NULL"
    column, raw = layout.columns[place], f"{written}{place}"
    found = f"coalesce({form(column, side, raw).normal}, {raw})" if column.rule.type == "text" else raw
    return f"nullif({found}, '')"


def as_text_apart(link: Link) -> Side | None:
    """The side whose rows the other one lacks only as a spreadsheet wrote their keys; None for neither."""
    odd = "kind IN ('missing', 'extra') AND (contains(key, '=\"') OR contains(key, chr(9)))"
    if not _one(link, f"SELECT count(*) FROM (SELECT 1 FROM finding WHERE {odd} LIMIT 1)"):
        return None
    texts = [sql_as_text(f"{side}.key") for side in ("o", "n")]
    rows = link.execute(
        f"SELECT o.key <> {texts[0]} FROM finding o, finding n WHERE o.kind = 'missing' AND n.kind = 'extra' "
        f"AND {texts[0]} = {texts[1]} LIMIT 1"
    ).fetchall()
    return None if not rows else "old" if rows[0][0] else "new"


def _by_side(link: Link, layout: Layout, key: str, written: str, unit: int | None, owner: int | None) -> None:
    on_key = " AND ".join(f"k.n{k} = s.n{k}" for k in layout.keys)
    sides: Sequence[tuple[Side, str, str, str]] = (("old", "missing", "o", "n"), ("new", "extra", "n", "o"))
    for side, alone, mine, other in sides:
        whose = ", ".join(held_by(layout, side, n) for n in (unit, owner))
        for what, which in (
            (alone, f"{mine} = 1 AND {other} = 0"),
            (f"duplicated_{side}", f"{mine} > 1"),
            (f"unpaired_{side}", f"{mine} = 1 AND {other} > 1"),
        ):
            link.execute(
                f"INSERT INTO finding SELECT '{what}', {key}, '', NULL, NULL, {whose} FROM s_{side} s WHERE "
                f"bad & {NULL_KEY} = 0 AND NOT by_rule AND "
                f"EXISTS (SELECT 1 FROM by_key k WHERE {which} AND {on_key})"
            )
        link.execute(
            f"INSERT INTO finding SELECT CASE WHEN bad & {HEADER} <> 0 THEN 'header_{side}' "
            f"ELSE 'no_key_{side}' END, {written}, '', NULL, NULL, {whose} FROM s_{side} "
            f"WHERE bad & {NULL_KEY} <> 0"
        )
        for i, column in enumerate(layout.columns):
            values = f"c{i}, NULL" if side == "old" else f"NULL, c{i}"
            link.execute(
                f"INSERT INTO finding SELECT 'unreadable_{side}', {written}, {quoted(column.name)}, "
                f"{values}, {whose} FROM s_{side} WHERE u{i}"
            )


def _one(link: Link, query: str) -> int:
    row = link.execute(query).fetchone()
    return int(row[0]) if row else 0


def samples(link: Link, most: int) -> list[dict[str, Any]]:
    """The first `most` findings of each kind and column, in the order of their keys."""
    rows = link.execute(
        "SELECT kind, key, field, old, new, unit, owner FROM finding QUALIFY row_number() OVER "
        f"(PARTITION BY kind, field ORDER BY key, old, new) <= {most} ORDER BY kind, field, key, old, new"
    ).fetchall()
    names: Sequence[str] = ("kind", "key", "field", "old", "new", "unit", "owner")
    return [dict(zip(names, row, strict=True)) for row in rows]

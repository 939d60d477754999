"""Sums of both sides by unit or kind, exact; and tolerances that are wider than all that a column holds."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import duckdb

from renhai.checks.migration.layout import Layout
from renhai.checks.migration.normal import form
from renhai.spec.cutover.migration.columns import SIDES, Side
from renhai.spec.cutover.migration.rules import Sums

MOST_GROUPS = 100_000
DIGITS = 60  # of a sum; DuckDB keeps 38, Python's decimals 28 unless they are told
Key = tuple[str, ...]


def sums(
    link: duckdb.DuckDBPyConnection, layout: Layout, relations: dict[Side, str], wanted: Sums
) -> tuple[list[dict[str, Any]], list[str]]:
    """(for each group its rows and sums, in yuan as text, of both sides; what could not be summed)."""
    with localcontext(prec=DIGITS):
        return _sums({side: _of_side(link, layout, side, relations[side], wanted) for side in SIDES}, wanted)


def _sums(
    sides: dict[Side, dict[Key, tuple[Any, ...]]], wanted: Sums
) -> tuple[list[dict[str, Any]], list[str]]:
    groups = sorted(set(sides["old"]) | set(sides["new"]))
    if len(groups) > MOST_GROUPS:
        return [], [f"sums.by makes {len(groups):,} groups; at most {MOST_GROUPS:,} are summed"]
    nothing = (0, *(Decimal(0) for _ in wanted.columns))
    found = []
    for group in groups:
        old, new = (sides[side].get(group, nothing) for side in SIDES)
        amounts = {
            name: {"old": f"{old[n]:f}", "new": f"{new[n]:f}", "difference": f"{new[n] - old[n]:f}"}
            for n, name in enumerate(wanted.columns, start=1)
        }
        by = dict(zip(wanted.by, group, strict=True))
        equal = old[0] == new[0] and all(old[n] == new[n] for n in range(1, len(old)))
        found.append({"by": by, "rows": {"old": old[0], "new": new[0]}, "sums": amounts, "equal": equal})
    return found, []


def _of_side(
    link: duckdb.DuckDBPyConnection, layout: Layout, side: Side, relation: str, wanted: Sums
) -> dict[Key, tuple[Any, ...]]:
    def normal(name: str) -> str:
        place = layout.place(name)
        assert place is not None  # the layout refuses names that are not there
        return form(layout.columns[place], side, f"c{place}").normal

    by = [f"coalesce(CAST({normal(name)} AS VARCHAR), '')" for name in wanted.by]
    added = [f"coalesce(sum({normal(name)}), 0)" for name in wanted.columns]
    picked = ", ".join([*by, "count(*)", *added])
    places = ", ".join(str(number) for number in range(1, len(by) + 1))
    group = f" GROUP BY {places} LIMIT {MOST_GROUPS + 1}" if by else ""
    rows = link.execute(f"SELECT {picked} FROM ({relation}){group}").fetchall()
    in_fen = [bool(layout.columns[layout.place(name) or 0].rule.fen) for name in wanted.columns]
    return {tuple(row[: len(by)]): (row[len(by)], *_yuan(row[len(by) + 1 :], in_fen)) for row in rows}


def _yuan(values: tuple[Any, ...], in_fen: list[bool]) -> list[Decimal]:
    """Without zeros behind, but for the two of an amount."""
    found = []
    for value, fen in zip(values, in_fen, strict=True):
        exact = Decimal(value) / 100 if fen else Decimal(value)
        short = exact.normalize()
        exponent = short.as_tuple().exponent
        found.append(
            short if isinstance(exponent, int) and exponent < -2 else exact.quantize(Decimal("0.01"))
        )
    return found


def too_wide(link: duckdb.DuckDBPyConnection, layout: Layout, relations: dict[Side, str]) -> list[str]:
    """Columns whose tolerance allows every value for every other one: nothing is compared there."""
    found = []
    for place, column in enumerate(layout.columns):
        if column.rule.tolerance is None:
            continue
        ends = " UNION ALL ".join(
            f"SELECT min(v) AS low, max(v) AS high FROM (SELECT "
            f"{form(column, side, f'c{place}').normal} AS v FROM ({relations[side]}))"
            for side in SIDES
        )
        row = link.execute(f"SELECT min(low), max(high) FROM ({ends})").fetchone()
        low, high = row or (None, None)
        allowed = column.rule.tolerance * (100 if column.rule.fen else 1)
        if low is not None and low != high and high - low <= allowed:
            reach = f"{(high - low) / (100 if column.rule.fen else 1):f}".rstrip("0").rstrip(".")
            found.append(f"{column.name}: no two values are further apart than {reach}, and the tolerance is "
                         f"{column.rule.tolerance:f}: nothing can differ; make it smaller")  # fmt: skip
    return found

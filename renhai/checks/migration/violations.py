"""Rules that each side has to keep by itself: identifiers, equations of amounts, references to other batches.

A row that is the same on both sides and wrong on both was carried over well and is wrong all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb

from generators.identifiers import bank, invoice, office, organisation, person
from renhai.checks.migration.comparing import NULL_KEY, held_by, key_text, marked
from renhai.checks.migration.layout import Layout
from renhai.checks.migration.normal import form, quoted
from renhai.core.errors import UsageError
from renhai.core.process.long_queries import endable
from renhai.spec.cutover.migration.columns import SIDES, Side
from renhai.spec.cutover.migration.rules import Batch, terms

PIECE = 50_000
MOST_BAD = 1_000_000  # distinct wrong identifiers of one column; more are no data, but another column
Link = duckdb.DuckDBPyConnection
Values = Callable[[str, Side], str]  # of `batch.column`: SQL of the values that stand there

CHECKS: dict[str, Callable[[str], bool]] = {
    "taxpayer_id": lambda text: organisation.check_old_taxpayer_id(text) or organisation.check_uscc(text),
    "uscc": organisation.check_uscc,
    "organisation_code": organisation.check_organisation_code,
    "resident_id": person.check_resident_id,
    "business_number": organisation.check_business_number,
    "djxh": office.check_djxh,
    "pzxh": office.check_pzxh,
    "authority": office.check_tax_authority,
    "bank_line": bank.check_cnaps,
    "bank_card": bank.check_bank_card,
    "invoice_code": invoice.check_invoice_code,
    "invoice_number": invoice.check_invoice_number,
}


def never_applied(link: Link, batch: Batch, layout: Layout, relations: dict[Side, str]) -> list[str]:
    """Rules about values of a column that is empty in every row of both sides: nothing can break them."""
    rules = [(column.name, f"is {column.rule.is_}") for column in layout.columns if column.rule.is_]
    rules += [(name, f"references {reference}") for name, reference in batch.references.items()]
    rules += [(name, "sums") for name in (batch.sums.columns if batch.sums else ())]
    if not rules or not _any_row(link, dict.fromkeys(SIDES, "true"), relations):
        return []
    return [
        f"{name}: no row of either side has a value, so that its rule ({rule}) was never looked at"
        for name, rule in rules
        if not _any_row(link, _has_value(layout, layout.place(name) or 0), relations)
    ]


def _has_value(layout: Layout, place: int) -> dict[Side, str]:
    """What is true of a row whose value in a column is looked at: in normal form, as blanks may be none."""
    normal = {side: form(layout.columns[place], side, f"c{place}").normal for side in SIDES}
    return {side: f"CAST({normal[side]} AS VARCHAR) <> ''" for side in SIDES}


def _any_row(link: Link, condition: dict[Side, str], relations: dict[Side, str]) -> bool:
    """Whether a row of either side is so; reads no further than the first."""
    queries = (f"SELECT 1 FROM ({relations[side]}) WHERE {condition[side]} LIMIT 1" for side in SIDES)
    return any(link.execute(query).fetchall() for query in queries)


def violations(
    link: Link, batch: Batch, layout: Layout, relations: dict[Side, str], values: Values
) -> list[dict[str, Any]]:
    """A row for each rule, with how many rows of either side break it; they join the table `finding`."""
    found: list[dict[str, Any]] = []
    for kind, field, rule, condition in _rules(link, batch, layout, relations, values):
        one: dict[str, Any] = {"kind": kind, "field": field, "rule": rule}
        for side in SIDES:
            broken = kind, field, condition[side]
            one[side] = _record(link, batch, layout, relations[side], side, broken)
        found.append(one)
    return found


def _rules(
    link: Link, batch: Batch, layout: Layout, relations: dict[Side, str], values: Values
) -> Iterator[tuple[str, str, str, dict[Side, str]]]:
    """(kind, field, rule, for each side the SQL that is true of a row that breaks it)."""
    for place, column in enumerate(layout.columns):
        if column.rule.is_:
            wrong = {side: _wrong(link, layout, relations[side], side, place) for side in SIDES}
            yield "invalid", column.name, f"is {column.rule.is_}", wrong
    for equation in batch.equations:
        holds = _holds(layout, equation)
        yield "unbalanced", equation, equation, dict.fromkeys(SIDES, f"({holds}) IS NOT TRUE")
    for name, reference in batch.references.items():
        place = layout.place(name) or 0
        lone = {side: f"n{place} IS NOT NULL AND CAST(n{place} AS VARCHAR) <> '' AND NOT EXISTS "
                f"(SELECT 1 FROM ({values(reference, side)}) r WHERE r.v = CAST(n{place} AS VARCHAR))"
                for side in SIDES}  # fmt: skip
        yield "dangling", name, reference, lone


def _wrong(link: Link, layout: Layout, relation: str, side: Side, place: int) -> str:
    """Every distinct value is checked once; the wrong ones stand in a table of their own."""
    check = CHECKS[layout.columns[place].rule.is_ or ""]
    table = f"wrong_{side}_{place}"
    link.execute(f"CREATE OR REPLACE TABLE {table} (v VARCHAR)")
    wrong: list[str] = []
    with link.cursor() as reader, endable(reader):
        rows = reader.execute(
            f"SELECT DISTINCT n{place} FROM ({marked(layout, side, relation)}) "
            f"WHERE n{place} IS NOT NULL AND n{place} <> '' AND bad & {NULL_KEY} = 0"
        )
        while some := rows.fetchmany(PIECE):
            wrong += [value for (value,) in some if not check(value)]
            if len(wrong) > MOST_BAD:
                name, rule = layout.columns[place].name, layout.columns[place].rule.is_
                raise UsageError(f"{name}: more than {MOST_BAD:,} different values are no {rule}")
    for start in range(0, len(wrong), PIECE):
        link.execute(f"INSERT INTO {table} SELECT unnest(?)", [wrong[start : start + PIECE]])
    return f"n{place} IN (SELECT v FROM {table})"


def _holds(layout: Layout, equation: str) -> str:
    """All amounts of it in yuan, or all in fen where a column of it is kept so."""
    places = {name: layout.place(name) for _, name in terms(equation)}
    in_fen = any(layout.columns[place].rule.fen for place in places.values() if place is not None)
    parts = []
    for sign, name in terms(equation):
        place = places[name]
        value = f"CAST({name} AS DECIMAL(28, 8))" if place is None else f"n{place}"
        kept = place is not None and layout.columns[place].rule.fen
        scaled = f"{value} * 100::DECIMAL(3, 0)" if in_fen and not kept else f"{value} * 1::DECIMAL(3, 0)"
        parts.append(f"{'-' if sign < 0 else '+'} {scaled}")
    return f"0 {' '.join(parts)} = 0"


def _record(
    link: Link, batch: Batch, layout: Layout, relation: str, side: Side, rule: tuple[str, str, str]
) -> int:
    kind, field, condition = rule
    shown = layout.place(field)
    value = f"c{shown}" if shown is not None else "NULL"
    values = f"{value}, NULL" if side == "old" else f"NULL, {value}"
    unit, owner = (layout.place(name) for name in (batch.unit, batch.owner))
    whose = ", ".join(held_by(layout, side, n) for n in (unit, owner))
    found = link.execute(
        f"INSERT INTO finding SELECT '{kind}_{side}', {key_text(layout)}, {quoted(field)}, {values}, {whose} "
        f"FROM ({marked(layout, side, relation)}) WHERE bad & 2 = 0 AND {condition}"
    ).fetchone()
    return int(found[0]) if found else 0

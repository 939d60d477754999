"""Figures of a data set: how many of what and how much, counted from the rows while they are at hand.

Whoever makes the rows of a circle counts them, and counts are added: whole numbers and whole fen, so that the
sums are exact and the same in any order. A key is (group, one of it, quantity): ("month", "2015-09",
"invoices"). What somebody did counts where he is registered on the day of the data set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from generators.dataset.schema import TABLES

Row = tuple[Any, ...]
Figures = Counter[tuple[str, str, str]]
FEN = 100
PERSON = "djxh"
# Of a taxpayer: group -> column.
WHO = {
    "district": "zgswjDm",
    "scale": "nsrlx",
    "subject": "kzztdjlxDm",
    "type": "djzclxDm",
    "industry": "hyDm",
}
SUMMED_BY = ("district", "scale", "industry")  # groups of taxpayers by which there is what they did, too
GENERAL = "general"


class Counted(NamedTuple):
    """A table whose rows are counted. quantity: of the number of rows; day: the column whose month it is done
    in; groups: group -> column; sums: quantity -> column in yuan; filled: quantity -> column, for the number
    of rows in which it is neither empty nor 0; back: the quantity of what the first sum is below 0, with its
    sign turned, by the value in the last group."""

    table: str
    quantity: str
    day: str
    groups: Mapping[str, str]
    sums: Mapping[str, str]
    filled: Mapping[str, str] = {}
    back: str = ""


COUNTED = (
    Counted(
        "invoices", "invoices", "kprq", {"invoice": "fpzlDm"}, {"amount": "hjje", "tax": "hjse"},
        filled={"red": "yfphm"},
    ),
    Counted("deductions", "deductions", "ssyf", {}, {"deducted": "se"}),
    Counted("declarations", "returns", "sbrq1", {"return": "yzpzzlDm"}, {"declared": "ybtse"}),
    Counted("dues", "dues", "jkqx", {"levy": "zsxmDm"}, {"due": "ybtse"}),
    Counted(
        "payments", "payments", "jkrq", {"levy": "zsxmDm", "payment": "jklx"},
        {"paid": "kkje", "set_off": "dkje", "fees": "znj"}, filled={"late": "znj"}, back="refunded",
    ),
)  # fmt: skip


def figures_of(rows: Mapping[str, Sequence[Row]]) -> Figures:
    """Return the figures of the rows of some circles, all of whose tables are given. Amounts in fen."""
    found: Figures = Counter()
    whose = _taxpayers(rows["taxpayers"], found)
    for one in COUNTED:
        _count(one, rows[one.table], whose, found)
    return found


def _taxpayers(rows: Iterable[Row], found: Figures) -> dict[str, dict[str, str]]:
    """Count who there is; return of each taxpayer the groups by which his deeds are summed."""
    at = _places("taxpayers")
    whose = {}
    for row in rows:
        groups = {group: str(row[at[column]]) for group, column in WHO.items()}
        for group, value in groups.items():
            found[group, value, "taxpayers"] += 1
        if groups["scale"] == GENERAL:
            found["district", groups["district"], GENERAL] += 1
        whose[row[at[PERSON]]] = {group: groups[group] for group in SUMMED_BY}
    return whose


def _count(one: Counted, rows: Iterable[Row], whose: Mapping[str, Mapping[str, str]], found: Figures) -> None:
    for (person, month, *values), counts in _summed(one, rows).items():
        quantities = dict(zip((one.quantity, *one.sums, *one.filled), counts, strict=True))
        first = next(iter(one.sums))
        if one.back and quantities[first] < 0:
            quantities[one.back] = -quantities.pop(first)
        groups = {"month": month, **dict(zip(one.groups, values, strict=True)), **whose[person]}
        for group, value in groups.items():
            for quantity, number in quantities.items():
                found[group, value, quantity] += number


def _summed(one: Counted, rows: Iterable[Row]) -> dict[tuple[str, ...], list[int]]:
    """(taxpayer, month, its groups) -> number of rows, sums in fen, rows in which a column is filled."""
    at = _places(one.table)
    person, day = at[PERSON], at[one.day]
    groups = [at[column] for column in one.groups.values()]
    sums = [(place, at[column]) for place, column in enumerate(one.sums.values(), start=1)]
    filled = [(place, at[column]) for place, column in enumerate(one.filled.values(), start=1 + len(sums))]
    width = 1 + len(sums) + len(filled)
    found: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        key = (row[person], row[day][:7], *[row[column] for column in groups])
        counts = found.get(key)
        if counts is None:
            counts = found[key] = [0] * width
        counts[0] += 1
        for place, column in sums:
            counts[place] += round(FEN * row[column])
        for place, column in filled:
            if row[column]:
                counts[place] += 1
    return found


def _places(table: str) -> dict[str, int]:
    return {column: place for place, column in enumerate(TABLES[table].columns)}

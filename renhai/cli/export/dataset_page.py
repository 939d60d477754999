"""The page of figures of a data set: what was counted, with the names that districts and industries have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from generators.dataset.figures import GENERAL, Figures
from generators.dataset.span import Span
from generators.eras.era import era
from generators.tables import Tables, epoch, load
from results.report.words.dataset import era_name

Rows = list[dict[str, Any]]  # of a group: {"key", "name": in both languages or None, quantity: number}
SAID = ("made_by", "seed", "from", "to", "date", "asked", "taxpayers", "form")  # of the manifest


def page_of(name: str, manifest: Mapping[str, Any], figures: Figures, span: Span) -> dict[str, Any]:
    """What results.report.html.dataset draws. manifest: manifest.json; name: of the directory.

    Every count is a number of rows of its table and every amount a sum of one of its columns, in fen.
    """
    by_group = _by_group(figures)
    tables = load(epoch(str(span.day)))
    named = {
        "district": {row.authority: (row.name, row.name) for row in tables.districts},
        "industry": {row.code: (row.name, row.name) for row in tables.industries},
        "type": {row.code: (row.name, row.name) for row in tables.types},
    }
    order: dict[str, Callable[[dict[str, Any]], Any]] = {"month": lambda row: row["key"], **_orders(tables)}
    groups = {
        group: sorted(
            ({"key": key, "name": named.get(group, {}).get(key), **counts} for key, counts in of.items()),
            key=order.get(group, lambda row: (-max(row.get("taxpayers", 0), 0), row["key"])),
        )
        for group, of in by_group.items()
    }
    return {
        "name": name,
        **{key: manifest[key] for key in SAID},
        "general": by_group.get("scale", {}).get(GENERAL, {}).get("taxpayers", 0),
        "tables": {
            table: {"rows": one["rows"], "bytes": one["bytes"], "file": one["file"]}
            for table, one in manifest["tables"].items()
        },
        "groups": groups | {"era": _eras(groups.get("month", []))},
    }


def _orders(tables: Tables) -> dict[str, Callable[[dict[str, Any]], Any]]:
    """Districts stand as in their table; what has no place there comes last."""
    places = {row.authority: place for place, row in enumerate(tables.districts)}
    return {"district": lambda row: (places.get(row["key"], len(places)), row["key"])}


def _by_group(figures: Figures) -> dict[str, dict[str, dict[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    for (group, key, quantity), number in sorted(figures.items()):
        found.setdefault(group, {}).setdefault(key, {})[quantity] = number
    return found


def _eras(months: Rows) -> Rows:
    """The months in a row whose rates of VAT are the same, as one; key: the first of them, to: the last."""
    found: Rows = []
    for row in months:
        law = _law(row["key"])
        if not found or found[-1]["law"] != law:
            found.append({"key": row["key"], "name": era_name(*law), "law": law, "months": 0})
        one = found[-1]
        one["to"], one["months"] = row["key"], one["months"] + 1
        for quantity, number in row.items():
            if quantity not in ("key", "name"):
                one[quantity] = one.get(quantity, 0) + number
    return [{key: value for key, value in one.items() if key != "law"} for one in found]


def _law(month: str) -> tuple[tuple[int, ...], bool]:
    """The rates of VAT of a month, the highest first, and whether business tax stands beside it."""
    now = era(date.fromisoformat(f"{month}-01"))
    return tuple(sorted(set(now.rates) - {0}, reverse=True)), now.business_tax

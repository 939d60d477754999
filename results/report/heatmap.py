"""The heat map of a run: units down, posts across, and how each unit's post fared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One unit's post. `p95_ms`: of whole transactions, None where none ended.

    heat: 0 to 1, the p95 against the slowest of the map; trouble: some did not sign in, failed, or saw an
    error screen.
    """

    seats: int
    signed_in: int
    attempted: int
    completed: int
    error_screens: int
    p95_ms: float | None
    heat: float

    @property
    def trouble(self) -> bool:
        return self.signed_in < self.seats or self.error_screens > 0


@dataclass(frozen=True)
class HeatMap:
    """`units` and `posts` by key and by the name to show, in the order of the run; `cells` by both keys."""

    units: dict[str, str]
    posts: dict[str, str]
    cells: dict[tuple[str, str], Cell]


def heat_map(groups: Iterable[Row]) -> HeatMap | None:
    """From `groups` of a run; None for a run whose groups have no transaction times (or that has none)."""
    rows = [row for row in groups if "p95_ms" in row]
    if not rows:
        return None
    slowest = max((row["p95_ms"] or 0.0 for row in rows), default=0.0)
    units: dict[str, str] = {}
    posts: dict[str, str] = {}
    cells = {}
    for row in rows:
        unit, post = str(row["unit"]), str(row["post"])
        units[unit] = str(row.get("unit_name") or unit)
        posts[post] = str(row.get("post_name") or post)
        cells[unit, post] = _cell(row, slowest)
    return HeatMap(units, posts, cells)


def _cell(row: Row, slowest: float) -> Cell:
    counts = {name: int(row.get(name) or 0) for name in COUNTS}
    p95 = row["p95_ms"]
    return Cell(**counts, p95_ms=p95, heat=p95 / slowest if p95 and slowest else 0.0)


COUNTS = ("seats", "signed_in", "attempted", "completed", "error_screens")

"""timeline.csv and failures.jsonl: what happened each second, and the first of each kind of failure."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from results.errors import ZEROS, Damage
from results.metrics import COUNTED, RUN

MAX_SECONDS = 10_000_000  # a hundred days: a larger number is damage, and would only fill the memory
MEASURED = ("users", "due", "dropped", "cpu_percent", "loop_lag_ms")


@dataclass
class Series:
    """One operation's columns, indexed by second of the run. Missing cells are 0."""

    columns: dict[str, NDArray[np.float64]]

    def sum(self, column: str) -> int:
        return round(float(self.columns[column].sum()))


@dataclass
class Timeline:
    """timeline.csv: `operations` by name, `run` for the whole. `damage`: where it could not be read."""

    seconds: int = 0
    operations: dict[str, Series] = field(default_factory=dict)
    run: Series | None = None
    damage: Damage | None = None


class _Unsound(ValueError):
    """A line that cannot be read: (line, detail); without a detail it is cut off."""

    def __init__(self, line: int, detail: str = "") -> None:
        super().__init__(detail)
        self.line, self.detail = line, detail


def read_timeline(path: Path) -> Timeline:
    """Reads the file as far as it is sound; never raises for its content."""
    timeline = Timeline()
    rows: dict[str, list[list[float]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            _collect(csv.reader(_sound(file)), rows)
    except FileNotFoundError:
        timeline.damage = Damage(path.name, "missing")
    except _Unsound as error:
        timeline.damage = Damage(
            path.name, "damaged" if error.detail else "cut off", error.line, error.detail
        )
    except (OSError, ValueError, csv.Error) as error:
        timeline.damage = Damage(path.name, "damaged", detail=str(error))
    timeline.seconds = max((int(row[0]) + 1 for found in rows.values() for row in found), default=0)
    for operation, found in rows.items():
        series = _series(found, timeline.seconds)
        if operation == RUN:
            timeline.run = series
        else:
            timeline.operations[operation] = series
    return timeline


def _sound(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a file that was written to its end."""
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise _Unsound(number, ZEROS)
        if not line.endswith("\n"):
            raise _Unsound(number)
        yield line


def _collect(lines: Iterator[list[str]], rows: dict[str, list[list[float]]]) -> None:
    """Fills `rows`: operation -> [second, *COUNTED, *MEASURED] for each of its lines."""
    head = next(lines, [])
    missing = [name for name in ("second", "operation", *COUNTED, *MEASURED) if name not in head]
    if missing:
        raise _Unsound(1, f"has no column {missing[0]!r}")
    operation = head.index("operation")
    places = [head.index(name) for name in ("second", *COUNTED, *MEASURED)]
    for number, line in enumerate(lines, start=2):
        if len(line) != len(head):
            raise _Unsound(number)
        row = [float(line[place] or 0) for place in places]
        if not math.isfinite(sum(row)):
            raise _Unsound(number, "is not all numbers")
        if not 0 <= row[0] < MAX_SECONDS:
            raise _Unsound(number, f"there is no second {line[places[0]]}")
        rows.setdefault(line[operation], []).append(row)


def _series(found: list[list[float]], seconds: int) -> Series:
    """Rows of one second add up for counts; for what is measured the largest is kept."""
    cells = np.array(found, dtype=np.float64)
    index = cells[:, 0].astype(np.intp)
    columns: dict[str, NDArray[np.float64]] = {}
    for place, name in enumerate(COUNTED + MEASURED, start=1):
        column = np.zeros(seconds)
        (np.add if name in COUNTED else np.maximum).at(column, index, cells[:, place])
        columns[name] = column
    return Series(columns)


def read_failures(path: Path) -> Iterator[dict[str, Any]]:
    """The records of failures.jsonl; lines that cannot be read are left out (they decide nothing)."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                yield record

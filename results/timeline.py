"""timeline.csv and failures.jsonl: what happened each second, and the first of each kind of failure."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RUN = "run"
COUNTED = ("started", "ok", "rejected", "errors")
MEASURED = ("users", "due", "dropped", "cpu_percent", "loop_lag_ms")


@dataclass
class Series:
    """One operation's columns, indexed by second of the run. Missing cells are 0."""

    columns: dict[str, NDArray[np.float64]]

    def sum(self, column: str) -> int:
        return round(float(self.columns[column].sum()))


@dataclass
class Timeline:
    """timeline.csv: `operations` by name, `run` for the whole. `damage` is "" or says what is wrong."""

    seconds: int = 0
    operations: dict[str, Series] = field(default_factory=dict)
    run: Series | None = None
    damage: str = ""


def read_timeline(path: Path) -> Timeline:
    """Reads the file as far as it is sound; never raises for its content."""
    timeline = Timeline()
    rows: dict[str, list[tuple[int, list[float]]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            _collect(csv.DictReader(file), rows)
    except FileNotFoundError:
        timeline.damage = f"{path.name} is missing"
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        timeline.damage = f"{path.name}: {type(error).__name__}: {error}"
    timeline.seconds = max((second + 1 for found in rows.values() for second, _ in found), default=0)
    for operation, found in rows.items():
        series = _series(found, timeline.seconds)
        if operation == RUN:
            timeline.run = series
        else:
            timeline.operations[operation] = series
    return timeline


def _collect(reader: csv.DictReader[str], rows: dict[str, list[tuple[int, list[float]]]]) -> None:
    for row in reader:
        cells = [_number(row[name]) for name in COUNTED + MEASURED]
        second = int(row["second"])
        if not 0 <= second < 10_000_000:
            raise ValueError(f"second {second} cannot be")
        rows.setdefault(row["operation"], []).append((second, cells))


def _number(cell: str | None) -> float:
    if cell is None:
        raise ValueError("a row is cut off")
    return float(cell) if cell else 0.0


def _series(found: list[tuple[int, list[float]]], seconds: int) -> Series:
    """Rows of one second add up for counts; for what is measured the largest is kept."""
    index = np.array([second for second, _ in found], dtype=np.intp)
    cells = np.array([values for _, values in found], dtype=np.float64)
    columns: dict[str, NDArray[np.float64]] = {}
    for place, name in enumerate(COUNTED + MEASURED):
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
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record

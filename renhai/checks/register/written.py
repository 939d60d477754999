"""The registrations of a run's taxpayers as a data set of two tables, for a target of the run's own."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from generators.dataset.schema import REGISTRATION, TABLES
from generators.documents.registration import registration, tax_kinds
from generators.taxpayers.population import Population
from renhai.spec.ahead.stored import Wanted

KIND = tuple(name for name in TABLES["tax_kinds"].columns if name != "djxh")


class Known(Wanted, Protocol):
    """Which taxpayers, as on which day, and whether the target knows them (renhai.plan.model.Taxpayers)."""

    @property
    def day(self) -> str: ...
    @property
    def registered(self) -> bool: ...


def register_of(data: Known) -> Callable[[Path], Path] | None:
    """What fills a target with the taxpayers that it is to know; None where it begins empty."""
    return partial(write_register, data) if data.registered else None


def write_register(data: Known, folder: Path) -> Path:
    """Write these taxpayers to a new folder, as `renhai target --dataset` reads it, and return it."""
    folder.mkdir(parents=True)
    take = Population(data.seed, data.profile).counted
    paths = {name: folder / f"{name}.csv" for name in ("taxpayers", "tax_kinds")}
    files = {name: path.open("w", encoding="utf-8", newline="") for name, path in paths.items()}
    counts = dict.fromkeys(files, 0)
    try:
        writers = {name: csv.writer(file, lineterminator="\n") for name, file in files.items()}
        for name, writer in writers.items():
            writer.writerow(TABLES[name].columns)
        for number in range(data.first, data.first + data.taxpayers):
            t = take(number)
            known, kinds = registration(t), tax_kinds(t)
            writers["taxpayers"].writerow(
                (*map(known.__getitem__, REGISTRATION), t.old_id, t.scale, t.general_from)
            )
            writers["tax_kinds"].writerows((t.djxh, *map(kind.__getitem__, KIND)) for kind in kinds)
            counts["taxpayers"] += 1
            counts["tax_kinds"] += len(kinds)
    finally:
        for file in files.values():
            file.close()
    tables = {
        name: {
            "file": f"{name}.csv",
            "rows": counts[name],
            "bytes": paths[name].stat().st_size,
            "columns": TABLES[name].columns,
        }
        for name in files
    }
    manifest = {
        "format": 1,
        "seed": data.seed,
        "date": data.day,
        "to": data.day[:7] or "2015-09",  # of rows that are of months, of which there are none
        "taxpayers": counts["taxpayers"],
        "tables": tables,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder

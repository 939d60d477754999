"""The files of a verification: verify.json and, of each batch, the list of what has to be looked at."""

from __future__ import annotations

import csv
import json
import secrets
from pathlib import Path
from typing import Any

import duckdb

from renhai.checks.migration.whole import Verification
from renhai.core.errors import Problem, UsageError
from renhai.core.private_files import owner_only
from results.report.html.migration import write_verification

HEADS = ("kind", "key", "field", "old", "new", "unit", "owner")


class Output:
    """A folder of its own for one verification; only its owner may read what stands in it."""

    def __init__(self, below: Path, found: Verification) -> None:
        """Raises UsageError where the folder cannot be made."""
        stamp = found.started.strftime("%Y%m%dT%H%M%SZ")
        self.found = found
        self.folder = below / f"{stamp}-{found.rules.name}-{secrets.token_hex(3)}"
        try:
            self.folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise UsageError(
                Problem(str(below), "", f"cannot be made: {error.strerror}; give --out")
            ) from None

    def batch(self, link: duckdb.DuckDBPyConnection, result: dict[str, Any]) -> None:
        """cleaning/BATCH.csv: a line for each finding, by unit and owner; with a mark that Excel reads."""
        if not result["findings"]:
            return
        path = self.folder / "cleaning" / f"{result['name']}.csv"
        path.parent.mkdir(exist_ok=True)
        rows = link.execute(
            f"SELECT {', '.join(HEADS)} FROM finding ORDER BY unit, owner, kind, field, key, old, new"
        )
        with open(path, "w", encoding="utf-8-sig", newline="", opener=owner_only) as sink:
            writer = csv.writer(sink)
            writer.writerow(HEADS)
            while some := rows.fetchmany(10_000):
                writer.writerows(some)
        result["cleaning"] = f"cleaning/{path.name}"

    def write(self) -> dict[str, Any]:
        """verify.json and verify.html, of what was compared up to now."""
        result = self.found.result()
        path = self.folder / "verify.json"
        with open(path, "w", encoding="utf-8", opener=owner_only) as sink:
            json.dump(result, sink, ensure_ascii=False, indent=1, default=str)
            sink.write("\n")
        write_verification(self.folder, result)
        (self.folder / "verify.html").chmod(0o600)
        return result

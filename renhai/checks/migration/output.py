"""The files of a verification: verify.json and, of each batch, the list of what has to be looked at."""

from __future__ import annotations

import contextlib
import csv
import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from renhai.checks.migration.normal import quoted
from renhai.checks.migration.whole import Verification
from renhai.checks.spreadsheets import long_values
from renhai.core.errors import Problem, UsageError
from renhai.core.private_files import owner_only
from results.checks.workbook import workbook
from results.language import language
from results.report.html.checks.migration import write_verification
from results.report.words.migration import CLASSES
from results.snapshot.files import replace_whole, write_whole

MOST_IN_XLSX = 100_000  # rows; longer lists are for programs, and CSV holds them
HEADS = ("kind", "key", "field", "old", "new", "unit", "owner")
HEADS_ZH = ("类别", "主键", "列", "旧", "新", "单位", "责任人")
PLAIN = "'"  # before what is no formula
FORMULA = "^[-=+@＝＋－＠\t\r\n']"
NUMBER = "-?[0-9]+([.][0-9]+)?"


class Output:
    """A folder of its own for one verification; only its owner may read what stands in it."""

    def __init__(self, below: Path, found: Verification) -> None:
        """Raises UsageError where the folder cannot be made, or would lie among the files of a side."""
        for side, root in found.roots.items():
            if root.is_dir() and below.resolve().is_relative_to(root.resolve()):
                why = f"lies within the {side} side, and what is written there would be its data; give --out"
                raise UsageError(Problem(str(below), "", why))
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
        heads, kind = (HEADS_ZH, _kind_in_chinese()) if language() == "zh" else (HEADS, "kind")
        rows = link.execute(
            f"SELECT {kind}, {', '.join(map(_no_formula, HEADS[1:]))} FROM finding "
            "ORDER BY unit, owner, kind, field, key, old, new"
        )
        with (
            whole_or_not(path) as partial,
            open(partial, "w", encoding="utf-8-sig", newline="", opener=owner_only) as sink,
        ):
            writer = csv.writer(sink)
            writer.writerow(heads)
            while some := rows.fetchmany(10_000):
                writer.writerows(some)
        result["cleaning"] = f"cleaning/{path.name}"
        if result["findings"] <= MOST_IN_XLSX:
            _as_xlsx(path)

    def write(self) -> dict[str, Any]:
        """verify.json and verify.html, of what was compared up to now. Raises SnapshotError."""
        result = self.found.result()
        before = self._before()
        for one in result["batches"]:
            if one["counts"] and one["name"] in before:
                one["before"] = before[one["name"]]
        write_whole(
            self.folder / "verify.json", json.dumps(result, ensure_ascii=False, indent=1, default=str)
        )
        write_verification(self.folder, result)
        for name in ("verify.json", "verify.html", "junit.xml"):
            (self.folder / name).chmod(0o600)
        return result

    def _before(self) -> dict[str, dict[str, Any]]:
        """Of the newest earlier verification of this name here: findings of each batch that was compared, and
        whether its rules or its folders were others: fewer may have been found there, or more."""
        name = re.compile(rf"\d{{8}}T\d{{6}}Z-{re.escape(self.found.rules.name)}-[0-9a-f]{{6}}")
        earlier = [
            path
            for path in self.folder.parent.iterdir()
            if name.fullmatch(path.name) and path.name < self.folder.name and path != self.folder
        ]
        for path in sorted(earlier, reverse=True):
            try:
                known = json.loads((path / "verify.json").read_text(encoding="utf-8"))
                other = {} if known["rules"]["sha256"] == self.found.rules_sha256 else {"other_rules": True}
                roots = {side: str(root) for side, root in self.found.roots.items()}
                if any(known[side] != root for side, root in roots.items()):
                    other["other_folders"] = True
                return {
                    one["name"]: {"folder": path.name, "findings": int(one["findings"]), **other}
                    for one in known["batches"]
                    if one["counts"] and not one.get("ended")  # of such a one the findings were not counted
                }
            except (OSError, ValueError, KeyError, TypeError):
                continue  # one that was cut off, or is none of ours
        return {}


def _kind_in_chinese() -> str:
    """SQL of a finding's class as people read it."""
    named = " ".join(f"WHEN {quoted(name)} THEN {quoted(zh)}" for name, (_, zh) in CLASSES.items())
    return f"CASE kind {named} ELSE kind END"


def _no_formula(name: str) -> str:
    """SQL of a value, with a mark before what a spreadsheet would take for a formula, as in ledgers."""
    odd = f"regexp_matches({name}, {quoted(FORMULA)}) AND NOT regexp_full_match({name}, {quoted(NUMBER)})"
    return f"CASE WHEN {odd} THEN {quoted(PLAIN)} || {name} ELSE {name} END"


def _as_xlsx(path: Path) -> None:
    """The list again for Excel, which takes so many characters of a value as it can; its cells need no
    mark."""
    with path.open(encoding="utf-8-sig", newline="") as source, long_values():
        cells = ([cell.removeprefix(PLAIN) for cell in row] for row in csv.reader(source))
        made = workbook(path.stem, cells)
    replace_whole(path.with_suffix(".xlsx"), made, opener=owner_only)


@contextlib.contextmanager
def whole_or_not(path: Path) -> Iterator[Path]:
    """Where a file is to be written, which has its name once it was written whole."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()

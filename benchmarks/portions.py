"""A long benchmark in portions: what came of a row is kept, and the next call goes on with the rows left.

Rows stand in benchmarks/raw/NAME.jsonl, one line a row, each with the commit of the checkout that it was made
at. With --minutes a call goes on where the one before stopped; without it every row is made anew.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.rig import HOME, RAW

UNFINISHED = 3  # exit code: nothing was wrong so far, and rows are left
Record = dict[str, Any]


def add_options(parser: argparse.ArgumentParser) -> None:
    """--minutes, --anew, --match and --draft."""
    parser.add_argument("--minutes", type=float, help="begin no row after so many, and go on next time")
    parser.add_argument("--anew", action="store_true", help="with --minutes: forget earlier rows")
    parser.add_argument("--match", default="", help="only rows whose name holds this; no page")
    parser.add_argument("--draft", action="store_true", help="print, but do not keep the page")


class Portions:
    """The rows of one benchmark, by name. `kept`: what came of those that are done."""

    def __init__(
        self, name: str, rows: Sequence[str], options: argparse.Namespace, part: bool = False
    ) -> None:
        """part: these are not all rows of that name, whatever --match says."""
        self.rows = [row for row in rows if options.match in row]
        self.whole = len(self.rows) == len(rows) and not part
        self._path = RAW / f"{name}.jsonl"
        goes_on = options.minutes is not None and not options.anew and self.whole
        self.kept: dict[str, Record] = self._read() if goes_on else {}
        self._until = time.monotonic() + 60 * options.minutes if options.minutes is not None else None
        self._commit = commit()
        RAW.mkdir(parents=True, exist_ok=True)
        if self.whole and not goes_on:
            self._path.write_text("", encoding="utf-8")

    def _read(self) -> dict[str, Record]:
        if not self._path.exists():
            return {}
        lines = self._path.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        return {record["row"]: record for record in records if record["row"] in self.rows}

    @property
    def left(self) -> list[str]:
        """Rows that are not done, in their order."""
        return [row for row in self.rows if row not in self.kept]

    @property
    def time_is_over(self) -> bool:
        return self._until is not None and time.monotonic() >= self._until

    def keep(self, row: str, record: Mapping[str, Any]) -> None:
        """What came of a row, on the disk at once; of a part of the table (--match) in memory alone."""
        self.kept[row] = {"row": row, "commit": self._commit, **record}
        if self.whole:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self.kept[row], ensure_ascii=False, default=str) + "\n")

    def make(self, one: Callable[[str], Record], shown: Callable[[Record], str], lanes: int = 1) -> None:
        """Make the rows that are left, `lanes` at a time, until the minutes are over; a line for each."""
        total = len(self.rows)

        def go(row: str) -> None:
            if not self.time_is_over:
                self.keep(row, one(row))
                print(f"  {len(self.kept):3} of {total}  {shown(self.kept[row])}", flush=True)

        with ThreadPoolExecutor(lanes) as pool:
            for done in [pool.submit(go, row) for row in self.left]:
                done.result()
        if self.left:
            print(f"  {len(self.left)} rows are left; the same command goes on with them", flush=True)

    def commits(self) -> str:
        """A line for the page: where its rows were made."""
        found = sorted({record["commit"] for record in self.kept.values() if record["commit"]})
        return f"Rows made at commit {', '.join(found)}." if found else ""

    def keeps_page(self, options: argparse.Namespace) -> bool:
        """Whether the page may be written: every row is done, of the whole table."""
        return self.whole and not self.left and not options.draft

    def exit_code(self, right: bool) -> int:
        """1: something was wrong; UNFINISHED: rows are left."""
        return 1 if not right else UNFINISHED if self.left else 0


def commit() -> str:
    """The commit of the checkout, with + where it was changed since; "" where git knows none."""
    try:
        options: dict[str, Any] = {"cwd": HOME, "capture_output": True, "text": True, "check": True}
        found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], **options).stdout.strip()
        state = ["git", "status", "--porcelain", "--untracked-files=no", "--", ":!benchmarks/results"]
        changed = subprocess.run(state, **options).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{found}+" if changed else str(found)

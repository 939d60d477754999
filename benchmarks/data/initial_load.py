"""How long until a target that begins with a data set serves? `python -m benchmarks initial_load`.

100,000 taxpayers with nine months of business, made by `renhai generate dataset` before the clock starts (or
taken from --dataset), are loaded in bulk by the reference target. Prints seconds from its start to its first
word, processor time of its processes, the database's size, and holds rows to the manifest. Goal: 30 s.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks.rig import HOME, PYTHON, environment, running, scratch

GOAL_S, GOAL_TAXPAYERS = 30.0, 100_000
HELD = ("taxpayers", "declarations", "dues", "verifications", "ranges")
"""Tables of the target that have every row of the data set's; of payments and invoices it takes a part."""


class Begun(NamedTuple):
    """seconds: until it served; cpu: of all its processes; rows: of its tables; size: of its database."""

    seconds: float
    cpu: float
    rows: dict[str, int]
    size: int


def made(folder: Path, taxpayers: int) -> dict[str, Any]:
    """The manifest of the data set in `folder`, which is made where it is not there."""
    if not (folder / "manifest.json").is_file():
        argv = [PYTHON, "-m", "renhai", "generate", "dataset", "--taxpayers", str(taxpayers)]
        argv += ["--from", "2015-01", "--to", "2015-09", "--out", str(folder)]
        subprocess.run(argv, check=True, env=environment(), cwd=HOME, stdout=subprocess.DEVNULL)
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def begin(folder: Path, database: Path, date: str) -> Begun:
    """Start a target on the data set and wait for its first word. Raises SystemExit when it says none."""
    argv = [PYTHON, "-m", "renhai.reference", "--port", "0", "--database", f"sqlite:///{database}"]
    argv += ["--dataset", str(folder), "--date", date]
    started = time.perf_counter()
    with running(argv, stdout=subprocess.PIPE, env=environment(), cwd=HOME) as process:
        line = process.stdout.readline() if process.stdout else ""
        seconds = time.perf_counter() - started
        if not line:
            raise SystemExit(f"the target ended with {process.wait()}")
        cpu = sum(psutil.Process(json.loads(line)["pid"]).cpu_times()[:4])
        with _opened(database) as connection:
            rows = {
                table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                for table in HELD
            }
        return Begun(seconds, cpu, rows, database.stat().st_size)


@contextlib.contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield connection


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when rows are missing, or a whole data set took longer than the goal."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks initial_load", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--taxpayers", type=int, default=GOAL_TAXPAYERS)
    parser.add_argument("--dataset", type=Path, help="a folder of a data set; made there where it is missing")
    options = parser.parse_args(arguments)
    with scratch("initial") as place:
        folder = (options.dataset or place / "set").resolve()
        manifest = made(folder, options.taxpayers)
        begun = begin(folder, place / "target.db", manifest["date"])
    said = {table: int(manifest["tables"][table]["rows"]) for table in HELD}
    count, right = int(manifest["taxpayers"]), begun.rows == said
    print(
        f"{count:,} taxpayers, {manifest['from']} to {manifest['to']}: serves after {begun.seconds:.1f} s, "
        f"{begun.cpu:.1f} s of processor time, {begun.size / 2**20:,.0f} MiB; "
        f"{'all rows are there' if right else f'rows {begun.rows}, and the manifest says {said}'}"
    )
    if count >= GOAL_TAXPAYERS:
        print(f"goal: {GOAL_S:.0f} s: {'reached' if begun.seconds <= GOAL_S else 'MISSED'}")
    return int(not right or (count >= GOAL_TAXPAYERS and begun.seconds > GOAL_S))


if __name__ == "__main__":
    sys.exit(main())

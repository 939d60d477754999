"""Two exports held against each other: renhai beside polars and pandas. `python -m benchmarks migration`.

Twelve columns, Chinese names, the new side in another order; one row in 2,000 of each planted fault: changed,
missing, extra, duplicated. Each contestant is a process of its own that must count what was planted; wall
clock and the most memory it held. Goals, for 10 million rows a side on 2 cores: 30 s from UTF-8, 60 s from
GBK, 1.5 GiB. `--peers PYTHON`: an interpreter that has polars and pandas; without it renhai runs alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from benchmarks.rig import PYTHON, environment, report, table

WHOLE = 10_000_000  # rows a side, for which the goals are; fewer try it out, and keep no page
PLANTED = 2000  # one row in so many of each fault
GIB = 1 << 30
GOALS = {"utf-8": 30.0, "gbk": 60.0}  # seconds, of 10 million rows a side
MEMORY = 1.5 * GIB
COLUMNS = """'K' || lpad(i::VARCHAR, 12, '0') AS nsrsbh, '长沙市天心区第' || i || '号贸易有限公司' AS nsrmc,
  (i * 37 % 1000000) / 100.0 AS ybtse, lpad((i % 37)::VARCHAR, 2, '0') AS zt_dm,
  DATE '2014-01-01' + (i % 600)::INTEGER AS djrq, '1430103' || lpad((i % 97)::VARCHAR, 4, '0') AS swjg_dm,
  i * 3 AS xh, i % 13 AS lx, md5(i::VARCHAR) AS uuid, '湖南省长沙市' || (i % 9999) || '号' AS dz,
  CASE WHEN i % 5 = 0 THEN '' ELSE '13' || lpad((i % 999999999)::VARCHAR, 9, '0') END AS dh, i % 2 AS bz"""
RULES = """name: bench
old: {{encoding: {encoding}}}
batches:
  t:
    key: [nsrsbh]
"""
POLARS = """
import json, sys, polars as pl
a, b = (pl.read_csv(f, infer_schema=False, encoding="utf8") for f in sys.argv[1:3])
k, rest = "nsrsbh", [c for c in a.columns if c != "nsrsbh"]
twice = b.filter(pl.col(k).is_duplicated())[k].unique()
a, b = (x.filter(~pl.col(k).is_in(twice.implode())) for x in (a, b))
both = a.join(b, on=k, how="inner", suffix="_b")
changed = both.filter(pl.any_horizontal(pl.col(c).ne_missing(pl.col(c + "_b")) for c in rest)).height
alone = [x.join(y, on=k, how="anti").height for x, y in ((a, b), (b, a))]
print(json.dumps([changed, *alone, len(twice)]))
"""
PANDAS = """
import json, sys, pandas as pd
a, b = (pd.read_csv(f, dtype=str, keep_default_na=False) for f in sys.argv[1:3])
k, rest = "nsrsbh", [c for c in a.columns if c != "nsrsbh"]
twice = b.loc[b[k].duplicated(), k].unique()
a, b = (x[~x[k].isin(twice)] for x in (a, b))
both = a.merge(b, on=k, how="outer", suffixes=("", "_b"), indicator=True)
side = both["_merge"].value_counts()
pair = both[both["_merge"] == "both"]
changed = int(pd.concat([pair[c] != pair[c + "_b"] for c in rest], axis=1).any(axis=1).sum())
print(json.dumps([changed, int(side["left_only"]), int(side["right_only"]), len(twice)]))
"""


class Took(NamedTuple):
    seconds: float
    peak: int  # bytes
    found: list[int]  # changed, missing, extra, duplicated keys


def make(folder: Path, rows: int) -> None:
    """old/t.csv in UTF-8, gbk/t.csv the same in GBK, new/t.csv in another order with the faults."""
    fault = f"(i // {PLANTED})"
    for name in ("old", "gbk", "new"):
        (folder / name).mkdir()
    with duckdb.connect(config={"memory_limit": "8GB", "temp_directory": str(folder)}) as link:
        link.execute("SET enable_progress_bar = false")
        link.execute(f"COPY (SELECT {COLUMNS} FROM range({rows}) r(i)) TO '{folder}/old/t.csv' (HEADER)")
        changed = COLUMNS.replace(
            "i % 13 AS lx", f"CASE WHEN i % {PLANTED} = 1 THEN 99 ELSE i % 13 END AS lx"
        )
        more = f"UNION ALL SELECT i FROM range({rows}) r(i) WHERE i % {PLANTED} = 3"
        added = f"UNION ALL SELECT {rows} + {fault} FROM range({rows}) r(i) WHERE i % {PLANTED} = 4"
        link.execute(
            f"COPY (SELECT {changed} FROM (SELECT i FROM range({rows}) r(i) WHERE i % {PLANTED} <> 2 {more} "
            f"{added}) ORDER BY hash(i)) TO '{folder}/new/t.csv' (HEADER)"
        )
    with (
        (folder / "old/t.csv").open(encoding="utf-8", newline="") as source,
        (folder / "gbk/t.csv").open("w", encoding="gbk", newline="") as sink,
    ):
        while piece := source.read(1 << 22):
            sink.write(piece)
    for encoding in ("utf-8", "gbk"):
        (folder / f"{encoding}.yaml").write_text(RULES.format(encoding=encoding), encoding="utf-8")


def timed(argv: Sequence[str], out: Path) -> tuple[float, int]:
    """Seconds and the most memory of one process, whose output goes to `out`."""
    started = time.perf_counter()
    with out.open("wb") as sink:
        pid = os.posix_spawn(
            argv[0], argv, environment(), file_actions=[(os.POSIX_SPAWN_DUP2, sink.fileno(), 1)]
        )
    _, _, usage = os.wait4(pid, 0)
    return time.perf_counter() - started, usage.ru_maxrss * 1024


def ours(folder: Path, encoding: str) -> Took:
    out = folder / f"out-{encoding}"
    old = folder / ("old" if encoding == "utf-8" else "gbk")
    argv = [PYTHON, "-m", "renhai", "verify", str(old), str(folder / "new"), "--rules",
            str(folder / f"{encoding}.yaml"), "--out", str(out)]  # fmt: skip
    seconds, peak = timed(argv, folder / "said")
    paths = list(out.glob("*/verify.json"))
    if len(paths) != 1:
        raise SystemExit(f"{' '.join(argv)} left no verify.json:\n{(folder / 'said').read_text('utf-8')}")
    (path,) = paths
    counts = json.loads(path.read_text(encoding="utf-8"))["batches"][0]["counts"]
    return Took(seconds, peak, [counts[name] for name in ("changed", "missing", "extra", "unpaired_old")])


def theirs(folder: Path, python: str, script: str) -> Took:
    seconds, peak = timed([python, "-c", script, *(str(folder / side / "t.csv") for side in ("old", "new"))],
                          folder / "said")  # fmt: skip
    return Took(seconds, peak, json.loads((folder / "said").read_text()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when a contestant of ours counted otherwise than planted, or a goal was missed."""
    options = argparse.ArgumentParser(prog="python -m benchmarks migration")
    options.add_argument("--rows", type=int, default=WHOLE)
    options.add_argument("--peers", metavar="PYTHON", default="")
    options.add_argument("--draft", action="store_true", help="print, and leave the page as it is")
    given = options.parse_args(arguments)
    rows = given.rows // PLANTED * PLANTED
    with tempfile.TemporaryDirectory(prefix="bench-migration-") as name:
        folder = Path(name)
        with get_context("spawn").Pool(1) as pool:  # a process inherits what its parent held at most
            pool.apply(make, (folder, rows))
        os.sync()
        took = {f"renhai, {encoding}": ours(folder, encoding) for encoding in GOALS}
        if given.peers:
            took["polars"] = theirs(folder, given.peers, POLARS)
            took["pandas"] = theirs(folder, given.peers, PANDAS)
    return told(rows, took, keep=rows >= WHOLE and not given.draft)


def told(rows: int, took: dict[str, Took], keep: bool) -> int:
    planted, first = [rows // PLANTED] * 4, took["renhai, utf-8"]
    shown = [
        (name, f"{one.seconds:.1f}", f"{one.peak / GIB:.2f}", f"{one.seconds / first.seconds:.2f}",
         f"{one.peak / first.peak:.2f}", "yes" if one.found == planted else f"no: {one.found}")
        for name, one in took.items()
    ]  # fmt: skip
    heads = (
        "contestant",
        "s",
        "GiB",
        "time ÷ renhai",
        "memory ÷ renhai",
        f"each of 4 x {rows // PLANTED:,} found",
    )
    raw: dict[str, Any] = {name: one._asdict() for name, one in took.items()}
    report("migration", f"Migration: {rows:,} rows a side", [table(heads, shown)], raw, keep=keep)
    missed = any(one.found != planted or one.peak > MEMORY for name, one in took.items() if "renhai" in name)
    if rows >= WHOLE:
        missed |= any(took[f"renhai, {encoding}"].seconds > goal for encoding, goal in GOALS.items())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

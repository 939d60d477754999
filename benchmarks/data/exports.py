"""A million writes audited against an export: `python -m benchmarks exports [--count N]`.

A run's file of intents and receipts, and a table of 12 columns with faults, 1 in 1,000 of each kind, that
must be found, and nothing else. `renhai audit` reads and judges both in a process of its own. Prints seconds
and the most memory it held; exits 1 when a class is wrong, or a million writes take more than LIMIT_S or
LIMIT_GIB.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.data.migration import timed
from benchmarks.rig import PYTHON, report, table

LIMIT_S, LIMIT_GIB = 5.0, 1.0
EVERY = 1000
HEAD = "pzxh,djxh,yzpzzlDm,skssqq,skssqz,ybtse,nsrmc,swjgDm,sbrq,czryDm,ztDm,bz"
NAMES = HEAD.split(",")[:6]
RUN = Path(__file__).parents[2] / "docs" / "examples" / "audit" / "run"
TARGET = """name: city
url: http://127.0.0.1:8400
environment: test
audit:
  declaration.submit: {by: pzxh, key: [djxh, yzpzzlDm, skssqq], compare: [djxh, yzpzzlDm, skssqq, skssqz],
                       amounts: ybtse, tax: yzpzzlDm}
operations:
  declaration.submit: {path: /filing/submit, receipt: [pzxh], success: {where: {code: "0"}}}
"""
STARTED_NS, NS_A_MS = 1_441_929_600_000_000_000, 1_000_000
TOGETHER = 16  # rows of a line


def values(n: int) -> list[Any]:
    """A declaration, as NAMES; its amount in fen."""
    return [
        f"100{n:017d}",
        f"10114301810{n:09d}",
        "BDA0610611",
        "2015-08-01",
        "2015-08-31",
        n * 37 % 10_000_000,
    ]


def export(path: Path, count: int) -> dict[str, int]:
    """Writes the table; how many of each fault are in it."""
    planted = {"lost": 0, "altered": 0, "duplicated": 0}
    kinds = dict(zip((17, 317, 617), planted, strict=True))
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD + "\n")
        for n in range(count):
            kind = kinds.get(n % EVERY, "")
            planted[kind] = planted.get(kind, 0) + 1
            row = values(n)
            amount = row[5] + (kind == "altered")
            line = ",".join([*row[:5], f"{amount // 100}.{amount % 100:02d}"])
            line += f",长沙市天心区第{n}号商贸有限公司,14301030000,2015-09-11,243010001,0,\n"
            file.write(line * {"lost": 0, "duplicated": 2}.get(kind, 1))
    planted.pop("", None)
    return planted


def intents(folder: Path, count: int) -> None:
    """A run that wrote them all, as its load process leaves it."""
    (folder / "receipts").mkdir(parents=True)
    shutil.copy(RUN / "load.py", folder)
    names = ["djxh", "yzpzzlDm", "skssqq", "skssqz", "ybtse", "pzxh"]
    head = ["renhai-intents", 2, folder.name, 0, {"declaration.submit": names}, False]
    with (folder / "receipts" / "worker-0.jsonl").open("wb") as file:
        file.write(orjson.dumps(head) + b"\n")
        for first in range(0, count, TOGETHER // 2):
            own = range(first, min(count, first + TOGETHER // 2))
            at = (first + TOGETHER) * NS_A_MS
            rows = [["declaration.submit", *values(n)[1:], None] for n in own]
            told = [[n + 1, at + 20 * NS_A_MS, *[None] * 5, values(n)[0]] for n in own]
            file.write(orjson.dumps([[STARTED_NS, at, first + 1], *rows, *told]) + b"\n")
        file.write(orjson.dumps(["end", count]) + b"\n")


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when every fault is found and nothing else, fast enough and in little memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks exports", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    count = parser.parse_args(arguments).count
    with tempfile.TemporaryDirectory(prefix="bench-exports-") as name:
        run, path, target = Path(name) / "run", Path(name) / "declarations.csv", Path(name) / "city.yaml"
        planted = export(path, count)
        intents(run, count)
        target.write_text(TARGET, encoding="utf-8")
        argv = [PYTHON, "-m", "renhai", "audit", str(run), "--target", str(target),
                "--export", f"declaration.submit={path}"]  # fmt: skip
        seconds, peak = timed(argv, Path(name) / "said")
        (told,) = (run / "audits").glob("*.json")
        document = json.loads(told.read_text(encoding="utf-8"))
    found = {kind: document["counts"][kind] for kind in planted}
    right = found == planted and document["findings"] == sum(planted.values())
    right &= document["counts"]["acknowledged"] == count and document["state"] == "audited"
    rows = [["s", f"{seconds:.2f}", f"{LIMIT_S}"], ["GiB", f"{peak / 2**30:.2f}", f"{LIMIT_GIB}"],
            ["planted and found", "yes" if right else f"no: {found}", f"{planted}"]]  # fmt: skip
    raw = {"seconds": seconds, "peak": peak, "found": found, "count": count}
    report("exports", f"An audit of {count:,} writes", [table(["", "found", "goal"], rows)], raw)
    slow = seconds > LIMIT_S or peak > LIMIT_GIB * 2**30
    return int(not right or (count >= 1_000_000 and slow))

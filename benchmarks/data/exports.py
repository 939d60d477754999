"""A million writes audited against an export: `python -m benchmarks exports [--count N]`.

Faults are planted, 1 in 1,000 of each kind, and must be found, and nothing else. Prints seconds for reading
by DuckDB, for the same row by row in Python, and for judging, and the most memory. Exits 1 when a class is
wrong, or when reading takes more than LIMIT_S for a million rows.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.rig import table
from renhai.checks.audit.export import read_export
from renhai.checks.audit.rows import many_records
from renhai.checks.audit.whole import named_fields
from results.checks.audit import Audit
from results.checks.intents import Write

LIMIT_S = 5.0
EVERY = 1000
RULE: dict[str, Any] = {
    "by": ["pzxh"], "key": ["djxh", "yzpzzlDm", "skssqq"], "amounts": ["ybtse"], "tax": "yzpzzlDm",
    "compare": ["djxh", "yzpzzlDm", "skssqq", "skssqz"],
}  # fmt: skip
HEAD = "pzxh,djxh,yzpzzlDm,skssqq,skssqz,ybtse,nsrmc,swjgDm,sbrq,czryDm,ztDm,bz"


def values(n: int) -> dict[str, Any]:
    """A declaration; amounts in fen."""
    return {"pzxh": f"100{n:017d}", "djxh": f"10114301810{n:09d}", "yzpzzlDm": "BDA0610611",
            "skssqq": "2015-08-01", "skssqz": "2015-08-31", "ybtse": n * 37 % 10_000_000}  # fmt: skip


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
            amount = row["ybtse"] + (kind == "altered")
            line = ",".join([*list(row.values())[:5], f"{amount // 100}.{amount % 100:02d}"])
            line += f",长沙市天心区第{n}号商贸有限公司,14301030000,2015-09-11,243010001,0,\n"
            file.write(line * {"lost": 0, "duplicated": 2}.get(kind, 1))
    planted.pop("", None)
    return planted


def timed(what: Any) -> tuple[float, Any]:
    begun = time.perf_counter()
    found = what()
    return time.perf_counter() - begun, found


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when every fault is found and nothing else, and reading is fast enough."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks exports", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--row-by-row", action="store_true", help="also without DuckDB")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "declarations.csv"
        planted = export(path, asked.count)
        size = path.stat().st_size >> 20
        fields = named_fields({"declaration.submit": RULE}, ())
        read_s, reading = timed(lambda: read_export(str(path), RULE, True, fields))
        rows = [["read by DuckDB", f"{read_s:.2f}"]]
        if asked.row_by_row:
            rows.append(["read row by row", f"{timed(lambda: read_export(str(path), RULE, True))[0]:.2f}"])
    writes = [Write((0, n, 0), "declaration.submit", "ok", n, n, values(n)) for n in range(asked.count)]
    with many_records():
        judge_s, account = timed(lambda: Audit("declaration.submit", RULE).judge(writes, reading))
    rows.append(["judged", f"{judge_s:.2f}"])
    found = {kind: account.counts[kind] for kind in planted}
    print(table(["step", "s"], rows))
    print(f"{asked.count:,} writes, {size} MiB; planted {planted}, found {found}")
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:,} MiB")
    slow = read_s > LIMIT_S * asked.count / 1_000_000
    return int(found != planted or len(account.findings) != sum(planted.values()) or slow)

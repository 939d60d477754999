"""Does anything raise, hang, fill the memory, or count as ok without evidence? `python -m benchmarks fuzz`.

200,000 mutated answers by the load engine's own reader and rules, each ok held against an independent decoder
(benchmarks/fuzz/oracle.py); 5,000 mutated target files, scenarios, bureaux, recordings and OpenAPI documents
by `renhai check` and `renhai binding new`, drafts read again. With --minutes a call goes on where the one
before stopped. What failed is kept, made small, in benchmarks/raw/fuzz.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from base64 import b64decode
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks.fuzz.worker import BOUND_MB
from benchmarks.portions import Portions, Record, add_options
from benchmarks.rig import HOME, PYTHON, RAW, environment, report, table

FAILURES = RAW / "fuzz"
PATIENCE_S = 600.0  # for a share


class Kind(NamedTuple):
    """How many there are, how many a share has, and what bounds one of them."""

    total: int
    share: int
    text: str


KINDS = {
    "answers": Kind(200_000, 10_000, "5 s, ok only with its evidence"),
    "files": Kind(5_000, 250, "10 s, taken or refused with a sentence"),
}


def shares(options: argparse.Namespace) -> dict[str, tuple[str, int, int]]:
    """Row -> (kind, first, last)."""
    rows = {}
    for name, kind in KINDS.items():
        count = getattr(options, name)
        for first in range(0, count, kind.share):
            last = min(first + kind.share, count)
            rows[f"{name} of seed {options.seed}: {first} to {last}"] = name, first, last
    return rows


def made(name: str, seed: int, first: int, last: int) -> Record:
    """A share by its own process; one that dies or hangs is a failure of the number that it was at."""
    argv = [PYTHON, "-m", "benchmarks.fuzz.worker", name, str(seed), str(first), str(last)]
    options: dict[str, Any] = {"cwd": HOME, "env": environment(), "capture_output": True, "text": True}
    try:
        done = subprocess.run(argv, timeout=PATIENCE_S, check=False, **options)
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        code, out, err = -9, "", (late.stderr or b"").decode("utf-8", "replace")
    if code == 0:
        found: Record = json.loads(out.splitlines()[-1])
        return {**found, "kind": name, "count": last - first}
    numbers = [line for line in err.splitlines() if line.isdigit()]
    wrong = f"its process ended with {code}: {(err.strip().splitlines() or [''])[-1]}"[:200]
    failure = {"number": int((numbers or [first])[-1]), "wrong": wrong}
    return {
        "kind": name, "count": last - first, "outcomes": {}, "failures": [failure],
        "slowest_s": 0.0, "slowest": first, "peak_mb": 0.0,
    }  # fmt: skip


def kept(record: Record, seed: int) -> None:
    """Write what failed beside the raw figures."""
    for failure in record["failures"]:
        FAILURES.mkdir(parents=True, exist_ok=True)
        name = f"{record['kind']}-{seed}-{failure['number']}"
        data = b64decode(failure.get("data", ""))
        (FAILURES / name).write_bytes(data)
        (FAILURES / f"{name}.txt").write_text(f"{failure['wrong']}\n{failure.get('of', '')}\n", "utf-8")


def shown(record: Record) -> str:
    """A share in one line, its failures below."""
    lines = [
        f"{record['row']}: {len(record['failures'])} failed, slowest {record['slowest_s']:.2f} s, "
        f"peak {record['peak_mb']:.0f} MB"
    ]
    lines += [f"    {one['number']}: {one['wrong']}" for one in record["failures"]]
    return "\n".join(lines)


def page(records: Sequence[Record], seed: int) -> list[str]:
    """The table, how often each outcome was seen, and the failures."""
    rows, seen = [], list[str]()
    for name, kind in KINDS.items():
        mine = [record for record in records if record["kind"] == name]
        if not mine:
            continue
        slowest, peak = max(one["slowest_s"] for one in mine), max(one["peak_mb"] for one in mine)
        failed = sum(len(one["failures"]) for one in mine)
        count = f"{sum(one['count'] for one in mine):,}"
        rows.append((name, seed, count, failed, f"{slowest:.2f} s", f"{peak:.0f} MB", kind.text))
        outcomes: Counter[str] = Counter()
        for one in mine:
            outcomes.update(one["outcomes"])
        seen.append(f"{name}: " + ", ".join(f"{word} {n:,}" for word, n in outcomes.most_common()))
    head = ("mutated", "seed", "how many", "failed", "slowest", "peak of a process", "each is bounded by")
    failures = [
        f"- {record['kind']} {one['number']}: {one['wrong']}"
        for record in records
        for one in record["failures"]
    ]
    bound = (
        f"Address space of a process: {BOUND_MB} MB at most. Outcomes (of every tenth answer, of all files):"
    )
    return [table(head, rows), "\n".join([bound, *seen]), "\n".join(failures) or "Nothing failed."]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when something failed; 3 when shares are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzz", description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--seed", type=int, default=20150911)
    parser.add_argument("--lanes", type=int, default=2, help="processes side by side (2)")
    for name, kind in KINDS.items():
        parser.add_argument(f"--{name}", type=int, default=kind.total, help=f"how many ({kind.total})")
    options = parser.parse_args(arguments)
    rows = shares(options)
    portions = Portions("fuzz", list(rows), options)

    def one(row: str) -> Record:
        name, first, last = rows[row]
        record = made(name, options.seed, first, last)
        kept(record, options.seed)
        return record

    portions.make(one, shown, options.lanes)
    records = [portions.kept[row] for row in portions.rows if row in portions.kept]
    print(f"seed {options.seed}")
    how = f"`python -m benchmarks fuzz --seed {options.seed}`. {portions.commits()}"
    whole = all(getattr(options, name) >= kind.total for name, kind in KINDS.items())
    keep = portions.keeps_page(options) and whole
    report(
        "fuzz", "Mutated answers and files", [how, *page(records, options.seed)], {"rows": records}, keep=keep
    )
    return portions.exit_code(not any(record["failures"] for record in records))


if __name__ == "__main__":
    sys.exit(main())

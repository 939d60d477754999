"""How long a list of many runs takes: `python -m benchmarks runs_listed [runs]`.

Copies of one sealed snapshot's run.json, each with a start, a build and a seal of its own, in a temporary
directory. `renhai runs` is timed as a whole process, page included: the first time, when every run.json is
read and its seal checked, and again, when the rows that were kept are used. Goal: again in under 2 s for
10,000.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rig import PYTHON, environment, report, scratch, table
from results.report.files.run import finish
from results.snapshot.seal import seal_of
from tests.results.recording import Recording, manifest

GOAL_S = 2.0
SCENARIOS = ("smoke", "declaration_open", "pressure/spike")


def fill(directory: Path, many: int) -> int:
    """`many` runs of three scenarios; the size of one run.json in bytes."""
    recorded = Recording(duration_s=30)
    for name in ("registration.save", "declaration.submit", "invoice.issue", "payment.save"):
        recorded.add(name, range(1000, 60_000, 50))
    finish(recorded.write(directory / "first"), manifest(run_id="first"), pages=False)
    document = json.loads((directory / "first" / "run.json").read_text(encoding="utf-8"))
    text = ""
    for number in range(many - 1):
        one = {**document, "run_id": f"r{number}", "labels": {"build": f"b{number // 5}"}, "evidence": {}}
        one["started"] = (
            f"2015-{1 + number // 900:02}-{1 + number // 30 % 28:02}T08:{number % 60:02}:00+00:00"
        )
        one["scenario"] = {**document["scenario"], "name": SCENARIOS[number % 3]}
        text = json.dumps({**one, "seal": seal_of(one)}, indent=1)
        place = directory / f"r{number}"
        place.mkdir()
        (place / "run.json").write_text(text, encoding="utf-8")
    return len(text)


def timed(directory: Path) -> float:
    """Seconds of one whole `renhai runs`. Raises CalledProcessError when it fails."""
    begun = time.perf_counter()
    argv = [PYTHON, "-m", "renhai", "runs", str(directory)]
    subprocess.run(argv, check=True, capture_output=True, env=environment(), timeout=300)
    return time.perf_counter() - begun


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when the goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks runs_listed", description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=10_000)
    many = parser.parse_args(arguments).runs
    with scratch("listed") as directory:
        size = fill(directory, many)
        first, again = timed(directory), [timed(directory) for _ in range(3)]
        page = (directory / "index.html").stat().st_size
    median = sorted(again)[1]
    rows = [
        ("first, every seal checked", f"{first:.2f}", ""),
        ("again", f"{median:.2f}", "yes" if median < GOAL_S else "NO"),
    ]
    heads = (f"renhai runs, {many:,} runs", "s", f"under {GOAL_S:g} s")
    about = f"A run.json has {size:,} bytes; the page {page / 1e6:.1f} MB."
    raw = {"first": first, "again": again, "runs": many}
    report("runs_listed", "A list of many runs", [table(heads, rows), about], raw)
    return int(median >= GOAL_S)


if __name__ == "__main__":
    sys.exit(main())

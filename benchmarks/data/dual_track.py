"""A day of the four pilots in two systems: 46,008 transactions, 28,935 re-entered, 77 defects found as 77
problems in eleven business domains. `python -m benchmarks dual_track`.

CTAIS is the old system, the reference the new one, with the defects of scenarios/replay/defects.yaml; both by
their own processes, dialects and databases. Then the same without the last defect: 76. People's answers are
imported into the ledger: 38 reported and answered, 20 waiting, 1 solved on site, 18 others. Goals: exactly
these numbers, and the day made, replayed and compared in 10 minutes on 2 cores. `--journal FILE` takes a
journal that was made before.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.rig import PYTHON, environment, report, table

HOME = Path(__file__).parents[2]
RULES, DEFECTS, ANSWERS = (HOME / "scenarios" / "replay" / name for name in
                           ("changsha.yaml", "defects.yaml", "answers.csv"))  # fmt: skip
OCCURRED, REENTERED, PROBLEMS, DOMAINS = 46_008, 28_935, 77, 11
STATES = {"answered": 38, "waiting": 20, "solved": 1, "other": 18}
MINUTES = 10


def renhai(folder: Path, *arguments: str) -> int:
    """The exit code."""
    return subprocess.run(
        [PYTHON, "-m", "renhai", *arguments], cwd=folder, env=environment(), check=False, capture_output=True
    ).returncode


def replayed(folder: Path, journal: Path, defects: Path, out: str, *more: str) -> dict[str, Any]:
    code = renhai(
        folder, "replay", str(journal), *more, "--new", "reference", "--rules", str(RULES),
        "--plant", str(defects), "--out", out,
    )  # fmt: skip
    found: dict[str, Any] = json.loads((folder / out / "replay.json").read_text(encoding="utf-8"))
    return {**found, "code": code}


def without_last(folder: Path) -> Path:
    """The defects but one."""
    lines = DEFECTS.read_text(encoding="utf-8").splitlines()
    path = folder / "fewer.yaml"
    path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    return path


def states(folder: Path) -> dict[str, int]:
    """Of the ledger's problems, after people's answers."""
    renhai(folder, "ledger", "merge", "day")
    renhai(folder, "ledger", "import", str(ANSWERS))
    known = json.loads((folder / "results" / "ledger.json").read_text(encoding="utf-8"))
    return dict(Counter(one["state"] for one in known["problems"]))


def answered_ids() -> set[str]:
    with ANSWERS.open(encoding="utf-8", newline="") as file:
        return {row["id"] for row in csv.DictReader(file)}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks dual_track", description=__doc__)
    parser.add_argument("--journal", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder, begun = Path(name), time.monotonic()
        journal = options.journal.resolve() if options.journal else folder / "day.ndjson"
        if not options.journal:
            count = str(OCCURRED)
            renhai(
                folder,
                "journal",
                "make",
                "changsha/dual_track",
                "--transactions",
                count,
                "--out",
                str(journal),
            )
        made = time.monotonic()
        day = replayed(folder, journal, DEFECTS, "day", "--old", "ctais")
        seconds = time.monotonic() - begun
        counted = states(folder)
        fewer = replayed(folder, journal, without_last(folder), "fewer", "--old", "ctais")
    rows = [
        ("journal made, s", made - begun, ""),
        ("replayed and compared, s", seconds - (made - begun), ""),
        ("occurred", day["occurred"], OCCURRED),
        ("re-entered", day["reentered"], REENTERED),
        ("problems", len(day["faults"]), PROBLEMS),
        ("domains with problems", len({one["domain"] for one in day["faults"]}), DOMAINS),
        ("problems without one defect", len(fewer["faults"]), PROBLEMS - 1),
        *((f"state {state}", counted.get(state, 0), number) for state, number in STATES.items()),
        ("exit code", day["code"], 1),
    ]
    told = [(what, f"{found:,.0f}", f"{goal:,}" if goal != "" else "") for what, found, goal in rows]
    raw = {"day": {name: day[name] for name in ("counts", "rows")}, "seconds": seconds, "states": counted}
    report(
        "dual_track",
        "A day in two systems",
        [table(("", "found", "goal"), told)],
        raw,
        keep=not options.journal,
    )
    unknown = {one["id"] for one in day["faults"]} - answered_ids()
    right = all(goal == "" or round(found) == goal for _, found, goal in rows) and not unknown
    return 0 if right and seconds < MINUTES * 60 else 1

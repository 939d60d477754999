"""A day of the four pilots in two systems: 46,008 transactions, 28,935 re-entered, 77 defects found as 77
problems in eleven business domains. `python -m benchmarks dual_track`.

CTAIS is the old system, the reference the new one, with the defects of scenarios/replay/defects.yaml; both by
their own processes, dialects and databases. Then the same without the last defect: 76. People's answers are
imported into the ledger: 38 reported and answered, 20 waiting, 1 solved on site, 18 others. Goals: exactly
these numbers, and the day made, replayed and compared in 10 minutes on 2 cores. `--journal FILE` takes a
journal that was made before. `--transactions 300` tries it out in two minutes: then only what must hold of
any day is held (all that occurred is accounted for, no problem is none of the 77), and no page is kept.
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
from typing import Any, NamedTuple

from benchmarks.rig import PYTHON, environment, report, table

HOME = Path(__file__).parents[2]
RULES, DEFECTS, ANSWERS = (HOME / "scenarios" / "replay" / name for name in
                           ("changsha.yaml", "defects.yaml", "answers.csv"))  # fmt: skip
OCCURRED, REENTERED, PROBLEMS, DOMAINS = 46_008, 28_935, 77, 11
STATES = {"answered": 38, "waiting": 20, "solved": 1, "other": 18}
MINUTES = 10


def renhai(folder: Path, *arguments: str) -> int:
    """The exit code; what went wrong with the command itself is printed."""
    line = [PYTHON, "-m", "renhai", *arguments]
    done = subprocess.run(line, cwd=folder, env=environment(), check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        print(
            f"renhai {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}",
            flush=True,
        )
    return done.returncode


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


class Day(NamedTuple):
    """What came out. made, compared: seconds; states: of the ledger's problems."""

    made: float
    compared: float
    day: dict[str, Any]
    fewer: dict[str, Any]
    states: dict[str, int]


def through(folder: Path, given: Path | None, transactions: int) -> Day:
    """The journal, both replays and the ledger."""
    begun = time.monotonic()
    journal = given.resolve() if given else folder / "day.ndjson"
    if not given:
        count = ("--transactions", str(transactions))
        renhai(folder, "journal", "make", "changsha/dual_track", *count, "--out", str(journal))
    made = time.monotonic()
    day = replayed(folder, journal, DEFECTS, "day", "--old", "ctais")
    compared = time.monotonic()
    counted = states(folder) if transactions == OCCURRED else {}  # answers are to problems of the whole day
    fewer = replayed(folder, journal, without_last(folder), "fewer", "--old", "ctais")
    return Day(made - begun, compared - made, day, fewer, counted)


def whole_day(found: Day) -> list[tuple[str, float, Any]]:
    """What is, and what must be; "" where nothing must."""
    day, fewer = found.day, found.fewer
    return [
        ("journal made, s", found.made, ""),
        ("replayed and compared, s", found.compared, ""),
        ("occurred", day["occurred"], OCCURRED),
        ("re-entered", day["reentered"], REENTERED),
        ("problems", len(day["faults"]), PROBLEMS),
        ("domains with problems", len({one["domain"] for one in day["faults"]}), DOMAINS),
        ("problems without one defect", len(fewer["faults"]), PROBLEMS - 1),
        *((f"state {state}", found.states.get(state, 0), number) for state, number in STATES.items()),
        ("exit code", day["code"], 1),
    ]


def some_of_it(found: Day, transactions: int) -> list[tuple[str, float, Any]]:
    """The same of fewer transactions, by which some defects are never met."""
    day, fewer = found.day, found.fewer
    known = {one["id"] for one in day["faults"]}
    return [
        ("journal made, s", found.made, ""),
        ("replayed and compared, s", found.compared, ""),
        ("occurred", day["occurred"], transactions),
        ("accounted for", sum(day["counts"].values()), transactions),
        ("problems", len(known), ""),
        ("problems that are none of the 77", len(known - answered_ids()), 0),
        ("problems of the fewer defects alone", len({one["id"] for one in fewer["faults"]} - known), 0),
        ("exit code", day["code"], 1),
    ]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks dual_track", description=__doc__)
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--transactions", type=int, default=OCCURRED, help="fewer of them try it out")
    parser.add_argument("--draft", action="store_true", help="print, and leave the page as it is")
    options = parser.parse_args(arguments)
    all_of_it = options.transactions == OCCURRED
    with tempfile.TemporaryDirectory() as name:
        found = through(Path(name), options.journal, options.transactions)
    rows = whole_day(found) if all_of_it else some_of_it(found, options.transactions)
    told = [(what, f"{number:,.0f}", f"{goal:,}" if goal != "" else "") for what, number, goal in rows]
    day, seconds = found.day, found.made + found.compared
    raw = {
        "day": {name: day[name] for name in ("counts", "rows")},
        "seconds": seconds,
        "states": found.states,
    }
    keep = all_of_it and not options.journal and not options.draft
    report("dual_track", "A day in two systems", [table(("", "found", "goal"), told)], raw, keep=keep)
    unknown = {one["id"] for one in day["faults"]} - answered_ids()
    right = all(goal == "" or round(number) == goal for _, number, goal in rows) and not unknown
    return 0 if right and seconds < MINUTES * 60 else 1

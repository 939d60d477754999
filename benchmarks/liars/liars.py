"""Who fools a run? `python -m benchmarks liars`: lying, broken, half-working ones, and odd but honest ones.

Each row is a run of its own (3 s at 20 journeys/s): none of the liars may pass, all of the honest ones must.
Another table is a module with `cases(...)` beside `answer_cases` here; see benchmarks/liars/case.py.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.liars.case import Attempt, Case
from benchmarks.liars.honest_answers import HONEST
from benchmarks.liars.lying_answers import LYING, Row
from benchmarks.liars.server import serving
from benchmarks.liars.target import scenario_file
from benchmarks.product import Ran, read_run
from benchmarks.rig import HOME, PYTHON, environment, report, scratch, table

PATIENCE_S = 60.0
GOALS = {False: 80, True: 30}  # honest -> rows at least


def answer_cases(ports: dict[str, int]) -> list[Case]:
    """A run against each row of the lying and the honest answers."""
    rows = [(row, False) for row in LYING] + [(row, True) for row in HONEST]
    return [Case(row[0], row[1], honest, _attempt(row, ports[row[0]])) for row, honest in rows]


def _attempt(row: Row, port: int):  # type: ignore[no-untyped-def]
    def attempt(folder: Path) -> Attempt:
        ran = run_once(scenario_file(row, port, folder), folder)
        reasons = ran.run.get("reasons") or ran.output.strip().splitlines()[-1:]
        return Attempt(ran.code == 0, f"{ran.verdict}: {reasons[0]}" if ran.code else ran.verdict)

    return attempt


def run_once(scenario: Path, folder: Path) -> Ran:
    """`renhai run` of a scenario to its end; one that does not end is killed, with code -9."""
    argv = [PYTHON, "-m", "renhai", "run", str(scenario), "--out", str(folder / "out")]
    options = {"cwd": HOME, "env": environment(), "text": True, "capture_output": True}
    try:
        done = subprocess.run(argv, timeout=PATIENCE_S, check=False, **options)  # type: ignore[call-overload]
    except subprocess.TimeoutExpired:
        return read_run(folder / "out", -9, "it did not end")
    return read_run(folder / "out", done.returncode, done.stdout + done.stderr)


def page(tried: Sequence[tuple[Case, Attempt]], honest: bool) -> str:
    """One half of the table."""
    mine = [(case, attempt) for case, attempt in tried if case.honest == honest]
    right = sum(case.is_right(attempt) for case, attempt in mine)
    heading = "Odd, and honest: all must pass" if honest else "Lying, broken, half working: none may pass"
    rows = [
        (case.name, case.kind, "yes" if case.is_right(attempt) else "NO", attempt.verdict[:110])
        for case, attempt in mine
    ]
    return f"## {heading}: {right} of {len(mine)}\n\n" + table(("row", "kind", "as wished", "verdict"), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when a liar passed, an honest one did not, or the table is shorter than its goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks liars", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("lying", "honest"))
    parser.add_argument("--match", default="", help="only rows whose name or kind holds this text")
    parser.add_argument("--draft", action="store_true", help="print, but do not keep the page")
    options = parser.parse_args(arguments)
    tried: list[tuple[Case, Attempt]] = []
    with serving() as ports:
        for case in answer_cases(ports):
            wanted = options.only in (None, "honest" if case.honest else "lying")
            if wanted and options.match in f"{case.name} {case.kind}":
                with scratch("liar") as folder:
                    tried.append((case, case.attempt(folder)))
                print(f"  {'ok   ' if case.is_right(tried[-1][1]) else 'WRONG'} {case.name}", flush=True)
    raw = {"rows": [{"name": case.name, "kind": case.kind, **attempt._asdict()} for case, attempt in tried]}
    pages = [page(tried, honest) for honest in (False, True)]
    report("liars", "Liars are found out, honest targets believed", pages, raw, keep=not options.draft)
    whole = (
        options.match
        or options.only
        or all(sum(case.honest == honest for case, _ in tried) >= goal for honest, goal in GOALS.items())
    )
    return int(not whole or not all(case.is_right(attempt) for case, attempt in tried))


if __name__ == "__main__":
    sys.exit(main())

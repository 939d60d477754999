"""Who fools a run? `python -m benchmarks liars`: lying, broken, half-working ones, and odd but honest ones.

Each row is a run of its own by the real command: answers (3 s at 20 journeys/s against a server that lies),
scenario and target files, users' Locust files, and workers. None of the liars may pass, all of the honest
ones must. With --minutes a call goes on where the one before stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from benchmarks.liars.case import FOUND_OUT, PASS, Case, renhai_run
from benchmarks.liars.honest_answers import HONEST
from benchmarks.liars.lying_answers import LYING, Row
from benchmarks.liars.own_files import file_cases
from benchmarks.liars.peers import peer_cases
from benchmarks.liars.rules import rule_cases
from benchmarks.liars.server import serving
from benchmarks.liars.target import scenario_file
from benchmarks.liars.why import whys
from benchmarks.portions import Portions, Record, add_options
from benchmarks.rig import report, scratch, table

GOALS = {False: 80, True: 30}  # honest -> rows at least
SHOWN = 100  # characters of a reason
LANES = 3


def all_cases(ports: dict[str, int]) -> list[Case]:
    """Every row, with what it must be found out by; a name stands once."""
    cases = [*answer_cases(ports), *rule_cases(ports), *file_cases(), *peer_cases(ports)]
    return [case if case.honest else replace(case, why=whys(case.name, case.kind)) for case in cases]


def answer_cases(ports: dict[str, int]) -> list[Case]:
    """A run against each row of the lying and the honest answers."""
    rows = [(row, FOUND_OUT) for row in LYING] + [(row, PASS) for row in HONEST]
    return [Case(row[0], row[1], _attempt(row, ports[row[0]]), ends) for row, ends in rows]


def _attempt(row: Row, port: int):  # type: ignore[no-untyped-def]
    return lambda folder: renhai_run(scenario_file(row, port, folder), folder)


def tried(case: Case) -> Record:
    """A row's run. One that only a busy machine spoke against is tried a second time."""
    times = 0
    while times < 2:
        times += 1
        with scratch("liar") as folder:
            attempt = case.attempt(folder)
        if case.is_right(attempt) or not attempt.by_the_machine:
            break
    right = case.is_right(attempt)
    told = {"kind": case.kind, "honest": case.honest, "right": right, "times": times, "shown": attempt.shown}
    return {**told, **attempt._asdict(), "reasons": list(attempt.reasons)}


def shown(record: Record) -> str:
    """A row in one line."""
    return f"{'ok   ' if record['right'] else 'WRONG'} {record['row']}: {record['shown'][:SHOWN]}"


def page(records: Iterable[Record], honest: bool) -> str:
    """One half of the table."""
    mine = [record for record in records if record["honest"] == honest]
    right = sum(record["right"] for record in mine)
    heading = "Odd, and honest: all must pass" if honest else "Lying, broken, half working: none may pass"
    rows = [(one["row"], one["kind"], "yes" if one["right"] else "NO", _cell(one["shown"])) for one in mine]
    return f"## {heading}: {right} of {len(mine)}\n\n" + table(("row", "kind", "as wished", "verdict"), rows)


def _cell(text: str) -> str:
    """A verdict on one line of a table: no folder of this machine, no bar."""
    words = (word.rpartition("/")[2] if "renhai-liar-" in word else word for word in text.split())
    return " ".join(words)[:SHOWN].replace("|", "\\|")


def enough(records: Sequence[Record]) -> bool:
    """Whether the table is as long as it must be."""
    return all(sum(one["honest"] == honest for one in records) >= goal for honest, goal in GOALS.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when a liar passed, an honest one did not, or the table is too short; 3 when rows are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks liars", description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--lanes", type=int, default=LANES, help=f"runs side by side ({LANES})")
    options = parser.parse_args(arguments)
    with serving() as ports:
        cases = {case.name: case for case in all_cases(ports)}
        portions = Portions("liars", list(cases), options)
        portions.make(lambda row: tried(cases[row]), shown, options.lanes)
    records = [portions.kept[row] for row in portions.rows if row in portions.kept]
    again = sum(record["times"] > 1 for record in records)
    how = f"`python -m benchmarks liars`. {portions.commits()} Tried twice, the machine being busy: {again}."
    pages = [how, page(records, False), page(records, True)]
    title = "Liars are found out, honest targets believed"
    report("liars", title, pages, {"rows": records}, keep=portions.keeps_page(options))
    right = all(record["right"] for record in records)
    return portions.exit_code(right and (bool(portions.left) or not portions.whole or enough(records)))


if __name__ == "__main__":
    sys.exit(main())

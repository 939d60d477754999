"""Whose report says what the target really did? `python -m benchmarks truth`.

The target answers by a law whose latency distribution is known on paper (laws.py), on a core of
its own. renhai (open model), stock Locust (constant_throughput users, which wait for their answers) and k6
(constant-arrival-rate) load it at the same rate for the same time, one after the other, and their reported
percentiles stand beside the truth. The server's own record of the same run (received to sent) shows that it
kept its word. Goal: every percentile of renhai within 1 % or 2 ms of the truth, nothing dropped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.product import bench_home
from benchmarks.rig import cores, report, scratch, table
from benchmarks.truth.laws import CASES, Case
from benchmarks.truth.truth_tools import QUANTILES, TOOLS, Said, quantiles_of, served, truth_server

TOLERANCE, SLACK_S = 0.01, 0.002


@dataclass
class Row:
    """One tool on one case, beside the server's own record of the same run."""

    tool: str
    said: Said | None
    served: dict[str, float]
    why: str = ""


def close_enough(said: float, truth: float) -> bool:
    return abs(said - truth) <= max(TOLERANCE * truth, SLACK_S)


def truth_of(case: Case) -> dict[str, float]:
    return {name: case.truth(p) for name, p in QUANTILES.items()}


def is_true(row: Row, truth: dict[str, float]) -> bool:
    """Nothing dropped, and every percentile close enough; a tool that said nothing is not."""
    said = row.said
    if said is None or said.dropped:
        return False
    return all(close_enough(said.quantiles[name], value) for name, value in truth.items())


def measure(case: Case, tool: str, home: Path) -> Row:
    """One tool on one case; a tool that cannot run is a row that says why."""
    place = cores()
    with scratch("truth") as folder:
        record = folder / "record.json"
        said, why = None, ""
        with truth_server(case.name, place.target, record) as url:
            try:
                said = TOOLS[tool](case, url, place.generator, folder, home)
            except (RuntimeError, OSError, KeyError, ValueError, IndexError) as error:
                why = str(error).strip()
        return Row(tool, said, quantiles_of(served(record)), why)


def page(case: Case, rows: Sequence[Row]) -> str:
    truth = truth_of(case)
    heading = f"## {case.name}: {case.what}; {case.rate:g}/s for {case.seconds:g} s"
    first = ("truth", *map(_ms, truth.values()), "0", f"{case.rate * case.seconds:,.0f}", "")
    lines = [first, *(line for row in rows for line in _lines(row, truth))]
    header = ("ms", *truth, "dropped", "requests", "within 1 % or 2 ms")
    notes = [f"- {row.tool}: {row.said.note}" for row in rows if row.said and row.said.note]
    return "\n\n".join([heading, table(header, lines), *(["\n".join(notes)] if notes else [])])


def _lines(row: Row, truth: dict[str, float]) -> list[tuple[str, ...]]:
    blank = [""] * len(truth)
    if row.said is None:
        return [(row.tool, *blank, "", "", row.why.splitlines()[0][:60])]
    said = row.said.quantiles
    values = [f"{_ms(said[name])} ({_error(said[name], value)})" for name, value in truth.items()]
    dropped = "-" if row.said.dropped is None else str(row.said.dropped)
    lines: list[tuple[str, ...]] = [
        (row.tool, *values, dropped, f"{row.said.requests:,}", "yes" if is_true(row, truth) else "NO")
    ]
    if row.served:
        lines.append(
            (f"- target's record, {row.tool}", *(_ms(row.served[name]) for name in truth), "", "", "")
        )
    return lines


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f}"


def _error(said: float, truth: float) -> str:
    return f"{(said - truth) / truth:+.1%}"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks truth", description=__doc__.splitlines()[0])
    names = [case.name for case in CASES]
    parser.add_argument("--case", choices=names, action="append", help="all when left out")
    parser.add_argument("--tool", choices=list(TOOLS), action="append", help="all when left out")
    parser.add_argument(
        "--seconds", type=float, help="of each case; stall needs a multiple of 10, drift of 20"
    )
    parser.add_argument(
        "--draft", action="store_true", help="print and keep the raw figures, but not the page"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when renhai missed its goal on a case."""
    options = parse(arguments)
    results: list[tuple[Case, list[Row]]] = []
    with bench_home() as home:
        for case in (case for case in CASES if not options.case or case.name in options.case):
            held = replace(case, seconds=options.seconds or case.seconds)
            rows = []
            for tool in options.tool or TOOLS:
                print(f"truth: {case.name}, {tool}", flush=True)
                rows.append(measure(held, tool, home))
            results.append((held, rows))
    raw: dict[str, Any] = {case.name: [vars(row) for row in rows] for case, rows in results}
    title = "What the tools say of a target whose truth is known"
    report("truth", title, [page(*result) for result in results], raw, keep=not options.draft)
    ours = [is_true(row, truth_of(case)) for case, rows in results for row in rows if row.tool == "renhai"]
    return int(not all(ours))


if __name__ == "__main__":
    sys.exit(main())

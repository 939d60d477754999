"""How many people, each with a connection of his own, fit? `python -m benchmarks operators`.

20,000 operators with 10 s think time on two load processes, before a target of two (a process may have
20,000 descriptors): they sit down and connect at 1,000 a second, and then all of them work on. Then 10,000 on
one process, and as many of Locust's FastHttpUser, who have a connection each, too. The targets answer at once
and write down how long it took: the truth beside the reported percentiles. Memory is what the load processes
hold (RSS) beyond a run with ten operators, a head. `moved`: p99 while the second half sits down, less p99
when all sit. `connections`: how many carried a request, counted by the targets. Goals: 40 KB or less an
operator, p99 within 5 ms of the server's, moved by less than 5 ms, and as many connections as operators.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.engine.memory import Memory
from benchmarks.engine.spoilt import load_processes
from benchmarks.product import bench_home, read_run, run_argv
from benchmarks.rig import HOME, PYTHON, SCRIPTS, cores, environment, pinned, report, running, scratch, table
from benchmarks.truth.truth_tools import (
    QUANTILES,
    Said,
    connections,
    quantiles_of,
    said_by_locust,
    served,
    truth_servers,
)
from results.snapshot.histograms import read_intervals, together

GOAL_KB = 40.0
FEW = 10  # operators of the run that is the zero of memory
NEAR_S = MOVED_S = 0.005
SERVERS = 2
PATIENCE = 120.0

Read = Callable[[Path, int, str], Said]


@dataclass(frozen=True)
class Crowd:
    """One run to make: `users` people arriving at `a_second`, then all of them for `hold` seconds."""

    name: str
    users: int
    a_second: int
    hold: float
    processes: int = 1
    ours: bool = True
    think: float = 10.0

    @property
    def seconds(self) -> float:
        return self.users / self.a_second + self.hold

    def argv(self, url: str, out: Path) -> list[str]:
        if self.ours:
            ramp = f"{max(1, round(self.users / self.a_second))}s"
            hold = f", {{hold: {self.hold:g}s}}" if self.hold else ""
            sets = [f"load.stages=[{{ramp: {ramp}}}{hold}]"]
            sets.append(f"posts.bench.think_time={{fixed: {self.think:g}s}}")
            processes = self.processes if self.processes > 1 else None
            return run_argv("bench/operators", out, url, users=self.users, processes=processes, sets=sets)
        script = [PYTHON, "-m", "locust", "-f", str(SCRIPTS / "locust_operators.py"), "--headless", "-H", url]
        script += ["-u", str(self.users), "-r", str(self.a_second), "-t", f"{self.seconds:.0f}s"]
        return [*script, "--only-summary", "--stop-timeout", "15", "--json-file", str(out / "locust")]

    def moved(self, out: Path) -> float:
        """Seconds: p99 while the second half sits down, less p99 when all sit. 0 where nobody is to come."""
        log = next(out.rglob("latency.hlog"), None)
        if log is None or not self.hold:
            return 0.0
        ramp = self.users / self.a_second
        parts: list[list[Any]] = [[], []]
        for part in read_intervals(log):
            if part.start_s >= ramp / 2:
                parts[part.start_s >= ramp].append(part.histogram)
        coming, sitting = (together(found).milliseconds("p99") / 1000 for found in parts)
        return coming - sitting

    def read(self, out: Path, code: int, output: str) -> Said:
        """RuntimeError with the end of the output when the run left no figures."""
        if not self.ours:
            return said_by_locust(json.loads((out / "locust.json").read_text(encoding="utf-8"))[0])
        ran = read_run(out, code, output)
        latency = ran.operation().get("latency_ms")
        if not latency:
            raise RuntimeError(f"renhai ended with {code}:\n{output[-2000:]}")
        quantiles = {name: latency[name.replace(".", "")] / 1000 for name in QUANTILES}
        made = ran.run["connections"]
        note = f"{made['way']}: {made['opened']:,} opened, {made['most']:,} at once, {made['failed']} failed"
        note = "; ".join([note, ran.verdict, *ran.run.get("reasons", [])])
        return Said(quantiles, ran.operation()["ok"], None, note)


@dataclass
class Sat:
    """What came of a crowd: reported and true seconds by percentile, and bytes at the peak."""

    crowd: Crowd
    said: Said
    truth: dict[str, float]
    peak: int
    moved: float = 0.0
    connections: int = 0
    base: int = 0

    @property
    def kb_each(self) -> float:
        return (self.peak - self.base) / 1024 / max(1, self.crowd.users - FEW)

    @property
    def near(self) -> bool:
        return bool(self.truth) and abs(self.said.quantiles["p99"] - self.truth["p99"]) <= NEAR_S

    @property
    def good(self) -> bool:
        one_each = self.connections == self.crowd.users
        return self.near and self.kb_each <= GOAL_KB and self.moved < MOVED_S and one_each


def seat(crowd: Crowd, home: Path) -> Sat:
    place = cores()
    held = place.generator if crowd.processes == 1 else sorted({place.generator, place.target})
    with scratch("crowd") as folder:
        record, out, log = folder / "record", folder / "out", folder / "output.txt"
        records = [record.with_suffix(f".{number}") for number in range(SERVERS)]
        out.mkdir()
        with truth_servers(place.target, records) as url, log.open("w", encoding="utf-8") as output:
            python_path = str(home if crowd.ours else HOME)
            env = environment(PYTHONPATH=python_path, BENCH_THINK=f"{crowd.think:g}")
            argv = pinned(held, crowd.argv(url, out))
            options: dict[str, Any] = {"stdout": output, "stderr": subprocess.STDOUT, "env": env, "cwd": home}
            with running(argv, **options) as process, Memory(_of(process.pid, crowd)) as memory:
                code = process.wait(crowd.seconds + PATIENCE)
        said = crowd.read(out, code, log.read_text(encoding="utf-8"))
        truth = quantiles_of([seconds for record in records for seconds in served(record)])
        moved = crowd.moved(out) if crowd.ours else 0.0
        return Sat(crowd, said, truth, memory.peak, moved, sum(map(connections, records)))


def _of(pid: int, crowd: Crowd) -> Callable[[], list[psutil.Process]]:
    """renhai's load processes are below `renhai run`; Locust is the process itself.

    Once all are there they are known: to look through all processes of the machine each second would take
    from the cores that are measured.
    """
    all_there = crowd.processes + (crowd.processes > 1)  # and the master
    found: list[psutil.Process] = [] if crowd.ours else [psutil.Process(pid)]

    def look() -> list[psutil.Process]:
        if crowd.ours and len(found) < all_there:
            found[:] = load_processes(pid)
        return found

    return look


def row(sat: Sat) -> tuple[str, ...]:
    crowd, quantiles = sat.crowd, sat.said.quantiles
    said = [f"{quantiles[name] * 1000:,.1f}" for name in ("p50", "p99")]
    true = [f"{sat.truth[name] * 1000:,.1f}" if sat.truth else "?" for name in ("p50", "p99")]
    rate = sat.said.requests / crowd.seconds
    mark = "yes" if sat.good else "NO"
    moved = f"{sat.moved * 1000:+.1f}" if crowd.ours else ""
    rest = (f"{rate:,.0f}", f"{sat.kb_each:,.1f}", *said, *true, moved, mark)
    return (crowd.name, f"{crowd.users:,}", f"{crowd.a_second:,}/s", f"{sat.connections:,}", *rest)


HEADER = (
    "run",
    "operators",
    "ramp",
    "connections",
    "requests /s",
    "KB each",
    "p50 ms",
    "p99 ms",
    "true p50",
    "true p99",
    "moved ms",
    "goal",
)


def crowds(users: int, ramp: int, hold: float) -> list[Crowd]:
    """The runs of the table; a run of each kind with a few operators, the zero of its memory, comes first."""
    return [
        Crowd("renhai, 2 processes", 2 * users, ramp, hold, processes=2),
        Crowd("renhai", users, ramp, hold),
        Crowd("FastHttpUser", users, ramp, hold, ours=False),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when renhai missed a goal."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks operators", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--ramp", type=int, default=1000, help="operators a second")
    parser.add_argument("--hold", type=float, default=30.0, help="seconds at full strength")
    parser.add_argument("--match", default="", help="only the runs whose name holds this text")
    parser.add_argument(
        "--draft", action="store_true", help="print and keep the raw figures, but not the page"
    )
    options = parser.parse_args(arguments)
    done, bases = [], {}
    with bench_home() as home:
        for crowd in (
            c for c in crowds(options.users, options.ramp, options.hold) if options.match in c.name
        ):
            kind = (crowd.ours, crowd.processes)
            if kind not in bases:
                few = Crowd("base", FEW, FEW, 3, crowd.processes, crowd.ours, think=0.5)
                bases[kind] = seat(few, home).peak
            sat = seat(crowd, home)
            sat.base = bases[kind]
            print("  " + " | ".join(row(sat)), flush=True)
            done.append(sat)
    notes = "\n".join(f"- {sat.crowd.name}: {sat.said.note}" for sat in done if sat.said.note)
    raw = {sat.crowd.name: vars(sat) for sat in done}
    report(
        "operators",
        "Operators who think 10 s, each with a connection",
        [table(HEADER, map(row, done)), notes],
        raw,
        keep=not options.draft,
    )
    return int(not all(sat.good for sat in done if sat.crowd.ours))


if __name__ == "__main__":
    sys.exit(main())

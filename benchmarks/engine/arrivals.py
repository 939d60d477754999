"""Do arrivals begin when the schedule says so? `python -m benchmarks arrivals`.

renhai begins arrivals at 5,000 a second from one core. The target, on the other core, writes down when each
request reached it; it knows nothing of the generator's own figures. Evenly spaced arrivals i = 0, 1, ...
were due at zero + i / rate; the least of (arrived - i / rate) stands for zero, so whatever comes later than
its own place on that grid was late. Goal: the rate within 0.1 % of the schedule, start lateness p99 under 1
ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.product import Ran, bench_home, run_renhai
from benchmarks.rig import cores, report, scratch, table
from benchmarks.truth.truth_tools import nearest_rank, truth_server

RATE_TOLERANCE = 0.001
LATE_MS = 1.0


@dataclass
class Measured:
    """One run: what was due, what the generator says, what the target saw (seconds, in order of arrival)."""

    process: str
    rate: float
    seconds: float
    ran: Ran
    received: list[float]

    @property
    def rate_error(self) -> float:
        """Of the arrivals that reached the target, against rate * seconds."""
        return len(self.received) / (self.rate * self.seconds) - 1

    @property
    def late_ms(self) -> float | None:
        """The generator's own 99th percentile of start lateness."""
        value = self.ran.generator.get("start_lateness_ms_p99")
        return None if value is None else float(value)


def grid_lateness(received: Sequence[float], rate: float) -> list[float]:
    """Seconds by which each arrival missed its place on the grid, the earliest one taken as in time."""
    behind = [at - index / rate for index, at in enumerate(sorted(received))]
    zero = min(behind, default=0.0)
    return sorted(at - zero for at in behind)


def variation(received: Sequence[float]) -> float:
    """Standard deviation of the gaps over their mean: 0 for evenly spaced arrivals, 1 for Poisson."""
    gaps = [after - before for before, after in pairwise(sorted(received))]
    return statistics.pstdev(gaps) / statistics.fmean(gaps) if len(gaps) > 1 else 0.0


def measure(process: str, rate: float, seconds: float, home: Path) -> Measured:
    place = cores()
    with scratch("arrivals") as folder:
        record = folder / "record.json"
        with truth_server(None, place.target, record) as url:
            ran = run_renhai(
                *(home, "bench/open", url, place.generator, folder / "renhai"),
                seconds=seconds,
                rate=rate,
                sets=[f"load.arrivals.process={process}"],
            )
        if not ran.run:
            raise RuntimeError(f"renhai ended with {ran.code}:\n{ran.output[-3000:]}")
        received = json.loads(record.read_text(encoding="utf-8"))["received"]
        return Measured(process, rate, seconds, ran, received)


def row(one: Measured) -> tuple[str, ...]:
    load = one.ran.run["load"]
    even = one.process == "constant"
    lateness = grid_lateness(one.received, one.rate) if even else []
    seen = [f"{nearest_rank(lateness, p) * 1000:.2f}" if lateness else "" for p in (0.5, 0.99, 1.0)]
    own = "?" if one.late_ms is None else f"{one.late_ms:.3f}"
    return (
        f"{one.process} {one.rate:,.0f}/s",
        f"{load['arrivals_due']:,}",
        f"{load['arrivals_dropped']}",
        f"{len(one.received):,}",
        f"{one.rate_error:+.3%}",
        own,
        *seen,
        f"{variation(one.received):.2f}",
        one.ran.verdict,
        "yes" if reached(one) else "NO",
    )


def reached(one: Measured) -> bool:
    """Even arrivals: rate and lateness. Poisson: the target saw exactly what was due, for that is random."""
    in_time = one.late_ms is not None and one.late_ms < LATE_MS
    if one.process == "poisson":
        return in_time and len(one.received) == one.ran.run["load"]["arrivals_due"]
    return in_time and abs(one.rate_error) <= RATE_TOLERANCE


HEADER = (
    *(
        "arrivals",
        "due",
        "dropped",
        "at target",
        "rate error",
        "late p99 ms",
        "seen late p50",
        "p99",
        "max ms",
    ),
    *("gap variation", "verdict", "reached"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when the goal was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks arrivals", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rate", type=float, action="append", help="a second; 500 and 5,000 when left out")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run")
    parser.add_argument(
        "--draft", action="store_true", help="print and keep the raw figures, but not the page"
    )
    options = parser.parse_args(arguments)
    rates = options.rate or [500.0, 5000.0]
    with bench_home() as home:
        wanted = [*(("constant", rate) for rate in rates), ("poisson", rates[-1])]
        done = [measure(process, rate, options.seconds, home) for process, rate in wanted]
    raw = {
        f"{one.process} {one.rate:g}": {"load": one.ran.run["load"], "generator": one.ran.generator}
        for one in done
    }
    report(
        "arrivals",
        "Arrival times against the schedule",
        [table(HEADER, map(row, done))],
        raw,
        keep=not options.draft,
    )
    return int(not all(map(reached, done)))


if __name__ == "__main__":
    sys.exit(main())

"""Does a search find the capacity that was planted? `python -m benchmarks capacity`.

The reference target serves a request only when one of c servers is free, and each takes a service time s; so
c/s requests a second of the operations that the fault covers are its capacity on paper. A journey sends each
of them a known number of times. `degrade` takes a share of that capacity away over the first requests or the
first seconds: the truth is what is left, and a search that trusted its early steps would find too much. Each
case is one `renhai run bench/capacity`. Goal: within 5 % of the planted one in 10 of 10 searches,
each under 4 minutes; the page tells the mean error with its sign, as a search may lean one way. With
--minutes a call begins no further case after so many, and the next one goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.portions import Portions, Record, add_options
from benchmarks.product import Ran, bench_home, run_renhai
from benchmarks.rig import PYTHON, cores, environment, pinned, report, running, scratch, table
from results.metrics import rounded_share

TOLERANCE = 0.05
LONGEST_S = 240.0
REGISTER = "registration.register"


@dataclass(frozen=True)
class Case:
    """One planted capacity; `truth` in journeys/s, with its arithmetic in `why`."""

    name: str
    faults: tuple[str, ...]
    truth: float
    why: str
    process: str = "constant"
    journey: str = REGISTER


SAVE = "registration.save"
CASES = (
    Case("few servers", (f"capacity=2x50ms:{SAVE}",), 40.0, "2 / 50 ms"),
    Case("one fast server", (f"capacity=1x10ms:{SAVE}",), 100.0, "1 / 10 ms"),
    Case("many slow servers", (f"capacity=16x200ms:{SAVE}",), 80.0, "16 / 200 ms"),
    Case("shared by all operations", ("capacity=4x20ms",), 200 / 3, "4 / 20 ms / 3 requests"),
    Case("shared, smaller", ("capacity=3x30ms",), 100 / 3, "3 / 30 ms / 3 requests"),
    Case("random service", (f"capacity=4xexponential(40ms):{SAVE}",), 100.0, "4 / 40 ms"),
    Case("random arrivals", (f"capacity=4x40ms:{SAVE}",), 100.0, "4 / 40 ms", process="poisson"),
    Case("filing", ("capacity=2x50ms:declaration.submit",), 40.0, "2 / 50 ms", journey="declaration.file"),
    Case(
        "degrades by requests",
        (f"capacity=4x40ms:{SAVE}", "degrade=30%/6000"),
        70.0,
        "4 / 40 ms less 30 % after 6,000 requests",
    ),
    Case(
        "degrades by time",
        (f"capacity=4x40ms:{SAVE}", "degrade=40%/45s"),
        60.0,
        "4 / 40 ms less 40 % after 45 s",
    ),
)


@dataclass
class Found:
    """One search and its case."""

    case: Case
    ran: Ran
    seconds: float
    capacity: dict[str, Any] = field(default_factory=dict)

    @property
    def error(self) -> float:
        """Relative to the truth; -1 where nothing was found."""
        return float(self.capacity.get("capacity", 0.0)) / self.case.truth - 1

    @property
    def close(self) -> bool:
        return abs(self.error) <= TOLERANCE and self.ran.code == 0

    @property
    def right(self) -> bool:
        return self.close and self.seconds < LONGEST_S


@contextlib.contextmanager
def target(case: Case, core: int, folder: Path) -> Iterator[str]:
    """The reference target with the case's faults, planted now."""
    argv = [PYTHON, "-m", "renhai.reference", "--port", "0", "--keep-alive", "600"]
    argv += ["--database", f"sqlite:///{folder / 'target.db'}"]
    for fault in case.faults:
        argv += ["--fault", fault]
    options = {"env": environment(), "cwd": folder, "stdout": -1}
    with running(pinned(core, argv), **options) as process:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["url"])


def search(case: Case, home: Path) -> Found:
    place = cores()
    sets = [f"load.arrivals.process={case.process}", f"load.arrivals.journeys={{{case.journey}: 1}}"]
    with scratch("capacity") as folder, target(case, place.target, folder) as url:
        begun = time.monotonic()
        out = folder / "out"
        ran = run_renhai(home, "bench/capacity", url, place.generator, out, sets=sets, patience=LONGEST_S)
        seconds = time.monotonic() - begun
        # the steps are runs, too: the search is the one with a `capacity`
        runs = [json.loads(path.read_text(encoding="utf-8")) for path in out.rglob("run.json")]
        found: dict[str, Any] = next((run["capacity"] for run in runs if "capacity" in run), {})
        return Found(case, ran, seconds, found)


def page(found: Sequence[Found]) -> str:
    rows = [_row(one) for one in found]
    close, quick = sum(one.close for one in found), sum(one.seconds < LONGEST_S for one in found)
    header = (
        "planted", "truth", "why", "found", "interval", "error", "within 5 %", "servers", "knee", "steps",
        "s",
    )  # fmt: skip
    title = f"## {close} of {len(found)} within 5 %, {quick} in under {LONGEST_S:.0f} s; journeys a second"
    return f"{title}\n\n{table(header, rows)}\n\n{leaning(found)}\n"


def leaning(found: Sequence[Found]) -> str:
    """The mean error with its sign, and which way most searches were wrong."""
    errors = [one.error for one in found if one.capacity]
    if not errors:
        return "Nothing was found."
    above = sum(error > 0 for error in errors)
    return (
        f"Mean error {statistics.fmean(errors):+.2%} (mean of the absolute ones "
        f"{rounded_share(statistics.fmean(map(abs, errors)), 2)}); "
        f"{above} of {len(errors)} were found too high."
    )


def _row(one: Found) -> tuple[str, ...]:
    case, found = one.case, one.capacity
    faults = " ".join(case.faults) + (f" {case.process}" if case.process != "constant" else "")
    if not found:
        last = (one.ran.output.strip().splitlines() or [""])[-1][:40]
        return (f"{case.name}: {faults}", f"{case.truth:.1f}", case.why, one.ran.verdict, last, *[""] * 6)
    high = f"{found['high']:.1f}" if found["high"] else "?"
    fit = found["queueing"]
    return (
        f"{case.name}: {faults}",
        f"{case.truth:.1f}",
        case.why,
        f"{found['capacity']:.1f}",
        f"{found['low']:.1f} to {high}",
        f"{one.error:+.1%}",
        "yes" if one.close else "NO",
        f"{fit['servers']:.1f}" if fit else "",
        f"{fit['knee']:.1f}" if "knee" in fit else "–",
        str(len(found["steps"])),
        f"{one.seconds:.0f}" + ("" if one.seconds < LONGEST_S else " (NO)"),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when a search was wrong; 3 when cases are left."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks capacity", description=__doc__.splitlines()[0]
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    cases = {case.name: case for case in CASES}
    portions = Portions("capacity", list(cases), options)
    with bench_home() as home:
        portions.make(lambda row: _record(search(cases[row], home)), _shown)
    found = [_found(cases[row], portions.kept[row]) for row in portions.rows if row in portions.kept]
    pages = [f"`python -m benchmarks capacity`. {portions.commits()}", page(found)]
    raw = {"searches": list(portions.kept.values())}
    report("capacity", "Planted capacities, searched", pages, raw, keep=portions.keeps_page(options))
    print(f"  {leaning(found)}")
    return portions.exit_code(all(one.right for one in found))


def _record(one: Found) -> Record:
    ran = one.ran._replace(measured={})._asdict()
    return {"case": vars(one.case), "seconds": one.seconds, "capacity": one.capacity, "ran": ran}


def _found(case: Case, record: Record) -> Found:
    return Found(case, Ran(**record["ran"]), record["seconds"], record["capacity"])


def _shown(record: Record) -> str:
    one = _found(next(case for case in CASES if case.name == record["row"]), record)
    return (
        f"{'ok   ' if one.right else 'WRONG'} {one.case.name}: {one.case.truth:.1f}/s planted, "
        f"{one.capacity.get('capacity', 0.0):.1f}/s found ({one.error:+.1%}) in {one.seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())

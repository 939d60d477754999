"""This renhai beside another checkout, same work, at the same time: `python -m benchmarks builds OTHER`.

Both run at once and share one core, each against an nginx of its own on the other core; each comes from a
copy of its own rooms, under this environment's Python and packages. A figure is what the load process
answered for in a second of its processor time (timeline.csv, without its first two seconds and its last
one), so neither the other build nor whatever else the machine does has a part in it, and what makes the
machine slower makes both slower. Which one starts first alternates. OTHER is a folder, such as
`git worktree add ../before COMMIT` makes.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks.peers.contestants import Job
from benchmarks.peers.nginx import nginx_on
from benchmarks.peers.peers import Standing
from benchmarks.peers.renhai_contestants import Product
from benchmarks.product import bench_home
from benchmarks.rig import HOME, cores, report, scratch, table
from results.metrics import RUN

LEAST = 0.97  # of the median pair: a build beside itself differs by less (see the page)


def contest(scenario: str, homes: dict[str, Path], options: argparse.Namespace) -> dict[str, Standing]:
    """Rounds of both builds at once on one scenario of benchmarks/home."""
    place = cores()
    builds = {name: Product(name, scenario, home, scenario) for name, home in homes.items()}
    standings = {name: Standing(name, scenario) for name in builds}
    users = 1 if options.rate else options.users
    job = Job("", options.seconds, users, place.generator, rate=options.rate)
    for number in range(1, options.rounds + 1):
        order = list(builds.values()) if number % 2 else list(reversed(builds.values()))
        try:
            for name, rate in _round(order, job, place.target).items():
                standings[name].rates.append(rate)
                print(f"  round {number} {name:8}{rate:10,.0f} a second of CPU", flush=True)
        except RuntimeError as broken:
            for standing in standings.values():
                standing.absent = str(broken)
            break
    return standings


def _round(builds: list[Product], job: Job, target_core: int) -> dict[str, float]:
    """Requests that each build ended in a second of its processor time. RuntimeError: one of them broke, or
    counted other answers than its nginx did."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch("builds"))
        servers = [stack.enter_context(nginx_on(target_core)) for _ in builds]
        pool = stack.enter_context(ThreadPoolExecutor(len(builds)))
        begun = [
            pool.submit(build.round, job._replace(url=server.url), folder / build.name)
            for build, server in zip(builds, servers, strict=True)
        ]
        for build, server, own in zip(builds, servers, [future.result() for future in begun], strict=True):
            total = server.count()
            if not 0 <= total - own.accepted - own.refused <= job.users:
                raise RuntimeError(f"{build.name} counted {own.accepted:,}, its nginx {total:,}")
        return {
            build.name: per_cpu_second(next((folder / build.name).rglob("timeline.csv"))) for build in builds
        }


def per_cpu_second(timeline: Path) -> float:
    """Requests ended in a second of the load process's processor time, without its first two seconds and its
    last one. RuntimeError: no second is left."""
    with timeline.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["operation"] == RUN][2:-1]
    ended = sum(int(row[name]) for row in rows for name in ("ok", "rejected", "errors"))
    spent = sum(float(row["cpu_percent"]) for row in rows) / 100
    if not ended or not spent:
        raise RuntimeError(f"{len(rows)} seconds are too few: give more --seconds")
    return ended / spent


def pairs(standings: dict[str, Standing]) -> list[float]:
    """This build's rate over the other's, round by round; [] where one of them broke."""
    here, there = standings["here"], standings["other"]
    if here.absent or there.absent:
        return []
    return [a / b for a, b in zip(here.rates, there.rates, strict=True)]


def row(scenario: str, standings: dict[str, Standing]) -> tuple[str, ...]:
    ratios = pairs(standings)
    if not ratios:
        broken = next(standing for standing in standings.values() if standing.absent)
        return (scenario, *[f"{broken.name} {broken.absent.splitlines()[0][:60]}"], "", "", "", "NO")
    middle = statistics.median(ratios)
    each = " ".join(f"{ratio:.2f}" for ratio in ratios)
    rates = [f"{standings[name].rate:,.0f}" for name in ("here", "other")]
    return (scenario, *rates, each, f"{middle:.3f}", "yes" if middle >= LEAST else "NO")


def contest_parser(name: str, page: str) -> argparse.ArgumentParser:
    """The options of a benchmark NAME of two renhais side by side; page: its module's docstring."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=page.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6, help="of each")
    parser.add_argument("--seconds", type=float, default=8.0, help="of one round")
    parser.add_argument("--users", type=int, default=50, help="requests in flight")
    parser.add_argument("--rate", type=float, help="arrivals a second, for a scenario of the open model")
    parser.add_argument("--draft", action="store_true", help="print, but do not replace the page")
    return parser


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = contest_parser("builds", __doc__)
    parser.add_argument("other", type=Path, help="the folder of another checkout")
    parser.add_argument("--scenario", action="append", help="of benchmarks/home; closed works when left out")
    options = parser.parse_args(arguments)
    if not (options.other / "renhai" / "__init__.py").is_file():
        parser.error(f"{options.other} is no checkout of renhai: it has no renhai/__init__.py")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when this build is slower than the other by more than the rounds differ, or one broke."""
    options = parse(arguments)
    scenarios = options.scenario or ["bench/closed", "bench/closed-declarations", "bench/closed-general"]
    rows, raw, slower = [], {}, False
    with ExitStack() as stack:
        homes = {
            "here": stack.enter_context(bench_home()),
            "other": stack.enter_context(bench_home(options.other.resolve())),
        }
        for scenario in scenarios:
            standings = contest(scenario, homes, options)
            rows.append(row(scenario, standings))
            raw[scenario] = {name: vars(standing) for name, standing in standings.items()}
            slower |= not pairs(standings) or statistics.median(pairs(standings)) < LEAST
    heads = (
        "work",
        "here / CPU s",
        "other / CPU s",
        "here / other, each pair",
        "median",
        f"at least {LEAST}",
    )
    report("builds", f"Two builds: {HOME.name} beside {options.other.name}", [table(heads, rows)], raw,
           keep=not options.draft)  # fmt: skip
    return int(slower)


if __name__ == "__main__":
    sys.exit(main())

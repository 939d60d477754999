"""This renhai beside another checkout of it, same work, one run: `python -m benchmarks builds OTHER`.

Both are contestants as in `python -m benchmarks peers` (a fresh nginx a round, generator and nginx on a core
each, rates by nginx's own count), each from a copy of its own rooms, under this environment's Python and
packages. Rounds alternate, and so does whose turn is first; a round's ratio is this one's rate over the
other's of the same pair. OTHER is a folder, such as `git worktree add ../before COMMIT` makes.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.peers.contestants import Contestant, Job
from benchmarks.peers.peers import Standing, measure
from benchmarks.peers.renhai_contestants import Product
from benchmarks.product import bench_home
from benchmarks.rig import HOME, cores, report, table

LEAST = 0.97  # of the median pair: rounds of one build differ by that much on a quiet machine


def contest(scenario: str, homes: dict[str, Path], options: argparse.Namespace) -> dict[str, Standing]:
    """Rounds of both builds on one scenario of benchmarks/home, alternating."""
    place = cores()
    builds: list[Contestant] = [Product(name, scenario, home, scenario) for name, home in homes.items()]
    standings = {build.name: Standing(build.name, scenario) for build in builds}
    users = 1 if options.rate else options.users
    job = Job("", options.seconds, users, place.generator, rate=options.rate)
    measure(standings, builds, job, options.rounds, place.target)
    return standings


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


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks builds", description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the folder of another checkout")
    parser.add_argument("--rounds", type=int, default=6, help="of each build")
    parser.add_argument("--seconds", type=float, default=8.0, help="of one round")
    parser.add_argument("--users", type=int, default=50, help="requests in flight")
    parser.add_argument("--rate", type=float, help="arrivals a second, for a scenario of the open model")
    parser.add_argument("--scenario", action="append", help="of benchmarks/home; closed works when left out")
    parser.add_argument("--draft", action="store_true", help="print, but do not replace the page")
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
    heads = ("work", "here /s", "other /s", "here / other, each pair", "median", f"at least {LEAST}")
    report("builds", f"Two builds: {HOME.name} beside {options.other.name}", [table(heads, rows)], raw,
           keep=not options.draft)  # fmt: skip
    return int(slower)


if __name__ == "__main__":
    sys.exit(main())

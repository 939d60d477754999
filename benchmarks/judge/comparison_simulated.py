"""How many runs a comparison needs: python -m benchmarks comparison_simulated [comparisons]

Simulated runs of 13 operations and the whole, with a given spread between runs of one build; the percentiles
of an operation share part of it. Prints, for each spread and number of runs a side: how often two equal
builds raise an alarm, how often they pass, how often a build that is 5 % or 10 % slower is found; and in
brackets the same for the naive rule, "the mean p95 of all operations together changed by more than 10 %".
Seeded. It says what spread a machine may have, not what yours has: that is in the intervals of `compare`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

import numpy as np

from results.compare.comparison import Row, Settings
from results.compare.effects import Effect
from results.compare.rule import conclude, decide
from results.metrics import RUN, rounded_share
from results.stats.estimates import between_runs

OPERATIONS = 13
SPREADS = (0.01, 0.02, 0.05, 0.12)
RUNS = (3, 5, 10, 20)
# metric -> its own spread, as a multiple of the build's: throughput hardly varies, a tail varies most
METRICS = {"throughput": 0.1, "p50": 0.5, "p90": 0.8, "p95": 1.0, "p99": 1.6}


def comparison(rng: np.random.Generator, runs: int, spread: float, shift: float) -> tuple[list[Row], float]:
    """(rows, naive ratio of the mean p95) of one simulated comparison."""
    effects, naive = [], 1.0
    for subject in [RUN, *map(str, range(OPERATIONS))]:
        shared = rng.normal(0, spread, (2, runs))
        for metric, size in METRICS.items():
            values = size * (0.7 * shared + 0.7 * rng.normal(0, spread, (2, runs)))
            values[1] += shift if metric != "throughput" else 0.0
            effects.append(Effect(subject, metric, "", 1, 1, between_runs(list(values[0]), list(values[1]))))
            if (subject, metric) == (RUN, "p95"):
                naive = float(np.exp(values[1]).mean() / np.exp(values[0]).mean())
    return decide(effects, Settings()), naive


def shares(runs: int, spread: float, slower: float, count: int) -> tuple[float, float, float]:
    """Shares of `count` comparisons: called worse or better, passed, called changed by the naive rule."""
    rng = np.random.default_rng(round(1000 * spread) + runs)
    called = passed = naive = 0
    for _ in range(count):
        rows, ratio = comparison(rng, runs, spread, math.log1p(slower))
        called += any(row.finding in ("worse", "better") for row in rows)
        passed += conclude(rows)[0] == "pass"
        naive += abs(ratio - 1) > 0.1
    return called / count, passed / count, naive / count


def simulate(count: int) -> None:
    print("| spread of p95 | runs a side | false alarms | equal builds passed | +5 % found | +10 % found |")
    print("|---|---|---|---|---|---|")
    for spread in SPREADS:
        for runs in RUNS:
            equal = shares(runs, spread, 0.0, count)
            five, ten = shares(runs, spread, 0.05, count), shares(runs, spread, 0.10, count)
            cells = [f"{rounded_share(equal[0], 1)} ({rounded_share(equal[2], 1)})", rounded_share(equal[1])]
            cells += [f"{rounded_share(found[0])} ({rounded_share(found[2])})" for found in (five, ten)]
            print(f"| {rounded_share(spread)} | {runs} | " + " | ".join(cells) + " |", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", metavar="comparisons", type=int, nargs="?", default=200, help="default 200")
    simulate(**vars(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""How the rule of `compare` decides, on simulated runs: python -m benchmarks rule_simulated [comparisons]

Runs of two latency rows, p95 with the given spread between runs of one build and p50 with half of it, which
share part of it. Printed beside each other: what the rule did, and what theory says of the p95 row alone
(non-central t: Owen 1965), than which two rows can pass no oftener. Then sides that are unequal, errors by
counts, the looks of `--repeat auto`, "about N runs would tell", drift, and two seeds. Seeded; nothing is
loaded.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from results.compare.effects import Effect
from results.compare.findings import Row
from results.compare.order import Drift, slope
from results.compare.rule import conclude, decide
from results.compare.settings import LOOKS, Settings
from results.metrics import RUN
from results.metrics import rounded_share as pct
from results.stats.estimates import between_runs, in_turns
from results.stats.shares import Counted, share_estimate

Floats = NDArray[np.float64]
SEED = 20150911
METRICS = {"p50": 0.5, "p95": 1.0}  # metric -> its spread, as a multiple of p95's
TEN = math.log1p(0.10)
ONE_LOOK = Settings()
EACH_LOOK = ONE_LOOK.at_each_look()
OPERATIONS = 13  # of a scenario whose every row is compared
ALL = {"p50": 0.5, "p90": 0.8, "p95": 1.0, "p99": 1.6}


class Shape(NamedTuple):
    """Numbers of runs and spreads of p95, baseline first."""

    runs: tuple[int, int]
    spreads: tuple[float, float]


def sides(rng: np.random.Generator, shape: Shape, metrics: dict[str, float]) -> dict[str, list[Floats]]:
    """Log-latencies by metric: a part that all metrics of a run share, and a part of each one's own."""
    shared = [rng.normal(0, spread, n) for n, spread in zip(shape.runs, shape.spreads, strict=True)]
    return {
        metric: [
            size * (part + rng.normal(0, spread, len(part))) / math.sqrt(2)
            for part, spread in zip(shared, shape.spreads, strict=True)
        ]
        for metric, size in metrics.items()
    }


def rows_of(
    values: dict[str, list[Floats]], slower: float, settings: Settings, subject: str = RUN
) -> list[Row]:
    return decide(effects_of(values, slower, subject), settings)


def effects_of(values: dict[str, list[Floats]], slower: float, subject: str) -> list[Effect]:
    return [
        Effect(subject, metric, "ms", 1, 1, between_runs(list(a), list(b + slower)))
        for metric, (a, b) in values.items()
    ]


def share(count: int, one: Callable[[], bool]) -> float:
    return sum(one() for _ in range(count)) / count


def passes(n: int, spread: float, slower: float, level: float = ONE_LOOK.level) -> float:
    """Theory: how often the upper bound of one row lies within the tolerance."""
    t = stats.t.ppf(level, 2 * n - 2)
    return float(stats.nct.sf(t, 2 * n - 2, (TEN - slower) / (spread * math.sqrt(2 / n))))


def one_look(count: int) -> list[list[str]]:
    """Equal numbers and spreads: equal builds passed, a build 10 % slower passed wrongly, and found."""
    made = []
    for spread, n in ((0.02, 3), (0.05, 5), (0.05, 8), (0.05, 12), (0.12, 12)):
        rng = np.random.default_rng([SEED, n, round(1000 * spread)])
        shape = Shape((n, n), (spread, spread))
        equal = ends(rng, count, shape, 0.0)
        slow = ends(rng, count, shape, TEN)
        made.append([
            pct(spread), str(n), pct(equal['pass'], 1), pct(passes(n, spread, 0.0), 1),
            pct(slow['pass'], 2), pct(passes(n, spread, TEN), 1), pct(equal['alarm'], 2),
        pct(slow['fail']), ])  # fmt: skip
    return made


def ends(rng: np.random.Generator, count: int, shape: Shape, slower: float) -> dict[str, float]:
    """Shares of verdicts; alarm: any row called worse or better."""
    found = {"pass": 0, "fail": 0, "inconclusive": 0, "alarm": 0}
    for _ in range(count):
        rows = rows_of(sides(rng, shape, METRICS), slower, ONE_LOOK)
        found[conclude(rows)[0]] += 1
        found["alarm"] += any(row.finding in ("worse", "better") for row in rows)
    return {name: value / count for name, value in found.items()}


UNEQUAL = (
    Shape((10, 5), (0.02, 0.06)), Shape((20, 3), (0.02, 0.06)), Shape((9, 1), (0.02, 0.06)),
    Shape((5, 12), (0.06, 0.02)), Shape((5, 3), (0.02, 0.06)), Shape((3, 3), (0.02, 0.06)),
    Shape((5, 5), (0.02, 0.06)), Shape((5, 5), (0.02, 0.12)), Shape((12, 5), (0.02, 0.12)),
)  # fmt: skip


def unequal(count: int) -> list[list[str]]:
    """False alarms of a whole comparison of 14 subjects with four latencies each, where the sides differ."""
    made = []
    for shape in UNEQUAL:
        rng = np.random.default_rng([SEED, *shape.runs])
        welch = share(count, lambda shape=shape, rng=rng: _alarm(rng, shape))  # type: ignore[misc]
        few = ends(rng, count, shape, TEN)
        made.append([
            f"{shape.runs[0]} against {shape.runs[1]}", f"{pct(shape.spreads[0])} : {pct(shape.spreads[1])}",
            pct(welch, 2), pct(few['pass'], 2), pct(few['fail']),
        ])  # fmt: skip
    return made


def _alarm(rng: np.random.Generator, shape: Shape) -> bool:
    effects = [
        effect
        for subject in [RUN, *map(str, range(OPERATIONS))]
        for effect in effects_of(sides(rng, shape, ALL), 0.0, subject)
    ]
    return any(row.finding in ("worse", "better") for row in decide(effects, ONE_LOOK))


def errors(count: int) -> list[list[str]]:
    """By counts: 699 requests a run; no errors against 0 (false alarms) and 0.5 %, and runs that differ."""
    made = []
    for n in (5, 8, 12):
        rng = np.random.default_rng([SEED, n])

        def called(
            rate: float, clusters: float, n: int = n, rng: np.random.Generator = rng, base: float = 0.0
        ) -> bool:
            counts = [_counts(rng, n, base, clusters), _counts(rng, n, rate, clusters)]
            effects = [
                Effect(RUN, "error_rate", "%", *(100 * sum(c.failed for c in side) for side in counts),
                       share_estimate(counts[0], counts[1])),
                *effects_of(sides(rng, Shape((n, n), (0.02, 0.02)), METRICS), 0.0, RUN),
            ]  # fmt: skip
            return any(
                row.metric == "error_rate" and row.finding == "worse" for row in decide(effects, ONE_LOOK)
            )

        made.append([
            str(n),
            pct(share(count, lambda: called(0.005, 0))),
            pct(share(count, lambda: called(0.005, 0, base=0.005)), 2),
            pct(share(count, lambda: called(0.005, 0.5, base=0.005)), 2),
        ])  # fmt: skip
    return made


def _counts(rng: np.random.Generator, n: int, rate: float, spread: float) -> list[Counted]:
    rates = rate * np.exp(rng.normal(0, spread, n)) if spread else np.full(n, rate)
    return [Counted(int(rng.binomial(699, one)), 699) for one in rates]


def looks(count: int) -> list[list[str]]:
    """`--repeat auto`: after 5, 8 and 12 runs a side, until it is decided."""
    made = []
    for spread in (0.02, 0.05, 0.08, 0.12):
        rng = np.random.default_rng([SEED, round(1000 * spread)])
        for grows in (True, False):
            equal = [_sequence(rng, spread, 0.0, grows) for _ in range(count)]
            slow = [_sequence(rng, spread, TEN, grows) for _ in range(count)]
            one_row = share(
                count, lambda s=spread, g=grows, r=rng: _sequence(r, s, TEN, g, {"p95": 1.0})[0] == "pass"
            )  # type: ignore[misc]
            made.append([
                pct(spread), "both grow" if grows else "12 kept",
                pct(_of(equal, 'pass'), 1), pct(_of(equal, 'fail'), 2), f"{_mean(equal):.1f}",
                pct(_of(slow, 'pass'), 2), pct(one_row, 1), pct(_of(slow, 'fail')),
            ])  # fmt: skip
    return made


def _mean(found: Sequence[tuple[str, int]]) -> float:
    return sum(n for _, n in found) / len(found)


def _of(found: Sequence[tuple[str, int]], verdict: str) -> float:
    return sum(one == verdict for one, _ in found) / len(found)


def _sequence(
    rng: np.random.Generator, spread: float, slower: float, grows: bool, metrics: dict[str, float] = METRICS
) -> tuple[str, int]:
    most = LOOKS[-1]
    whole = sides(rng, Shape((most, most), (spread, spread)), metrics)
    for n in LOOKS:
        seen = {name: [a[: n if grows else most], b[:n]] for name, (a, b) in whole.items()}
        verdict = conclude(rows_of(seen, slower, EACH_LOOK))[0]
        if verdict != "inconclusive":
            return verdict, n
    return "inconclusive", most


def needed(count: int) -> list[list[str]]:
    """ "About N runs would tell": of comparisons that could not decide, how often N new runs a side
    decide."""
    made = []
    for spread, n, slower in (
        (0.05, 5, 0.0),
        (0.12, 5, 0.0),
        (0.12, 12, 0.0),
        (0.05, 5, 0.03),
        (0.12, 5, 0.2),
    ):
        rng = np.random.default_rng([SEED, n, round(1000 * spread), round(1000 * slower)])
        shift, told, decided = math.log1p(slower), [], 0
        for _ in range(20 * count):
            rows = rows_of(sides(rng, Shape((n, n), (spread, spread)), METRICS), shift, ONE_LOOK)
            if conclude(rows)[0] != "inconclusive":
                continue
            runs = max(row.runs_needed for row in rows)
            again = rows_of(sides(rng, Shape((runs, runs), (spread, spread)), METRICS), shift, ONE_LOOK)
            told.append(runs)
            decided += conclude(again)[0] != "inconclusive"
            if len(told) == count:
                break
        made.append([
            pct(spread), str(n), f"{slower:+.0%}", str(len(told)), f"{np.median(told):.0f}",
            pct(decided / max(1, len(told))),
        ])  # fmt: skip
    return made


def drifting(count: int) -> list[list[str]]:
    """Everything becomes 10 % slower over the day: false alarms one side first, with the gate of
    results.compare.order, and in turns; and what the gate costs where nothing drifts."""
    made = []
    for spread in (0.02, 0.03):
        for n in (5, 8, 12):
            rng = np.random.default_rng([SEED, n, 10, round(1000 * spread)])
            seen = [_of_a_day(rng, n, spread, TEN, 0.0) for _ in range(count)]
            slow = [_of_a_day(rng, n, spread, 0.0, TEN) for _ in range(count)]
            turns = share(count, lambda n=n, s=spread, rng=rng: _in_turns(rng, n, s))  # type: ignore[misc]
            made.append([
                pct(spread), str(n), pct(sum(alarm for alarm, _ in seen) / count, 1),
                pct(sum(alarm and not gate for alarm, gate in seen) / count, 1), pct(turns, 1),
                pct(sum(found for found, _ in slow) / count, 1),
                pct(sum(found and not gate for found, gate in slow) / count, 1),
            ])  # fmt: skip
    return made


def _of_a_day(
    rng: np.random.Generator, n: int, spread: float, drift: float, slower: float
) -> tuple[bool, bool]:
    """(a row called worse or better, a drift that shows) of one side first."""
    day = np.linspace(0, drift, 2 * n)
    first, second = day[:n], day[n:]
    moved = {
        name: [a + first, b + second]
        for name, (a, b) in sides(rng, Shape((n, n), (spread, spread)), METRICS).items()
    }
    alarm = any(row.finding in ("worse", "better") for row in rows_of(moved, slower, ONE_LOOK))
    times = [list(range(n)), list(range(n, 2 * n))]
    slopes = [slope(times, [list(a), list(b)], n) for a, b in moved.values()]
    gate = any(Drift(name, one).shows for name, one in zip(moved, slopes, strict=True) if one)
    return alarm, gate


def _in_turns(rng: np.random.Generator, n: int, spread: float) -> bool:
    """The same, old, new, new, old, ..., couple by couple."""
    day = np.linspace(0, TEN, 2 * n)
    old = [2 * k + k % 2 for k in range(n)]
    new = [2 * k + 1 - k % 2 for k in range(n)]
    effects = [
        Effect(RUN, name, "ms", 1, 1, in_turns(list(a + day[old]), list(b + day[new])))
        for name, (a, b) in sides(rng, Shape((n, n), (spread, spread)), METRICS).items()
    ]
    return any(row.finding in ("worse", "better") for row in decide(effects, ONE_LOOK))


def two_seeds(count: int) -> list[list[str]]:
    """Equal builds, each side with one seed that moves its latencies by 3 %; runs differ by 1 % beside
    that."""
    rng = np.random.default_rng([SEED, 2])
    made = []
    for n in (5, 12):
        alarms = [
            share(count, lambda known=known, n=n: _seed_alarm(rng, n, known)) for known in (False, True)
        ]  # type: ignore[misc]
        made.append([str(n), pct(alarms[0]), pct(alarms[1], 2)])
    return made


def _seed_alarm(rng: np.random.Generator, n: int, known: bool) -> bool:
    effects = []
    for metric, (a, b) in sides(rng, Shape((n, n), (0.01, 0.01)), METRICS).items():
        a, b = a + rng.normal(0, 0.03), b + rng.normal(0, 0.03)
        blocks = 0.03 * np.sqrt(rng.chisquare(19, 2) / 19)  # as well as a run knows it
        hidden = (float(blocks[0]), float(blocks[1])) if known else (0.0, 0.0)
        effects.append(Effect(RUN, metric, "ms", 1, 1, between_runs(list(a), list(b), unseen=hidden)))
    return any(row.finding in ("worse", "better") for row in decide(effects, ONE_LOOK))


class Table(NamedTuple):
    title: str
    head: str
    rows: Callable[[int], list[list[str]]]


TABLES = {
    "one": Table(
        "Equal sides, tolerance 10 %, two latency rows (theory: the p95 row alone)",
        "spread of p95 | runs a side | equal passed | theory | +10 % passed | theory | false alarms | "
        "+10 % found",
        one_look,
    ),
    "unequal": Table(
        "Sides that differ: 14 subjects with four latencies for false alarms, two rows for the rest",
        "runs | spreads | false alarms | +10 % passed | +10 % found",
        unequal,
    ),
    "errors": Table(
        "Errors, 699 requests a run",
        "runs a side | 0 against 0.5 %: found | equal 0.5 %: false alarms | the same, runs differ by half",
        errors,
    ),
    "looks": Table(
        f"--repeat auto: {LOOKS} runs a side, baseline growing alike or kept at 12",
        "spread | baseline | equal passed | false alarms | runs made | +10 % passed | one row of +10 % | "
        "+10 % found",
        looks,
    ),
    "needed": Table(
        "About N runs a side would tell",
        "spread | runs at first | planted | undecided | N (median) | decided at N",
        needed,
    ),
    "drift": Table(
        "Everything 10 % slower over the day: false alarms of equal builds; and +10 % found without drift",
        "spread | runs a side | one side first | with the gate | in turns | +10 % found | with the gate",
        drifting,
    ),
    "seeds": Table(
        "Each side with one seed of its own, which moves latencies by 3 %: false alarms",
        "runs a side | if not allowed for | as the rule does",
        two_seeds,
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "count", metavar="comparisons", type=int, nargs="?", default=1000, help="default 1000"
    )
    parser.add_argument("--only", choices=TABLES, action="append", help="this table; repeatable")
    asked = parser.parse_args(arguments)
    for name in asked.only or TABLES:
        table = TABLES[name]
        columns = table.head.count("|") + 1
        print(f"\n{table.title}\n\n| {table.head} |\n|{'---|' * columns}")
        for row in table.rows(asked.count):
            print(f"| {' | '.join(row)} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

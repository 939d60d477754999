"""The harder cases of `python -m benchmarks verdicts`: sides that differ in number or spread, two seeds,
drift, and the runs of `--repeat auto`. Runs and launches are real, from the pools; spreads, drift and the
slower `smoke` are planted by arithmetic. Where a pool has several draws of arrivals and think times, run k of
either side has the same one, as `--repeat` makes them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from results.compare.comparison import compare
from results.compare.effects import draw_of
from results.compare.findings import Comparison
from results.compare.pairs import compare_read
from results.compare.settings import LOOKS, Settings
from results.metrics import rounded_share
from results.snapshot.run import OperationSummary, Run

Held = Mapping[str, Sequence[Any]]
NOON = datetime(2015, 9, 11, 12, tzinfo=UTC)
TEN = math.log1p(0.10)
SMOKE = "smoke-same"


class Cell(NamedTuple):
    """A share of draws and its goal. pools: (pool, the most runs that one draw takes from it).

    happens: whether it did in one draw. most: the goal is an upper limit. None: shown without a goal.
    """

    text: str
    pools: tuple[tuple[str, int], ...]
    happens: Callable[[Held, random.Random], bool]
    goal: float | None
    most: bool = True

    def missing(self, held: Held) -> bool:
        return any(len(held.get(name, ())) < count for name, count in self.pools)

    def met(self, share: float) -> bool:
        return self.goal is None or (share <= self.goal if self.most else share >= self.goal)

    def goal_text(self) -> str:
        return "–" if self.goal is None else f"{'≤' if self.most else '≥'} {rounded_share(self.goal)}"


def scaled(run: Run, factor: float, started: datetime) -> Run:
    """The same run with every latency so many times as long, at another time."""

    def slower(one: OperationSummary | None) -> OperationSummary | None:
        if one is None or one.latency_ms is None:
            return one
        times = {name: value * factor for name, value in one.latency_ms.model_dump().items()}
        return one.model_copy(update={"latency_ms": type(one.latency_ms)(**times)})

    changes = {
        "total": slower(run.total),
        "operations": {name: slower(one) for name, one in run.operations.items()},
        "started": started.isoformat(),
    }
    return run.model_copy(update=changes)


def together(side: Sequence[Run], rng: random.Random | None = None, spread: float = 0.0) -> list[Run]:
    """At one time, as pools are made in an order that is drawn; with further spread between runs."""
    return [scaled(run, math.exp(rng.gauss(0, spread)) if rng else 1.0, NOON) for run in side]


def two_sides(
    held: Held, pools: tuple[str, str], runs: tuple[int, int], rng: random.Random
) -> list[list[Run]]:
    """Drawn without a run on both."""
    grouped = [_by_draw(held[name]) for name in pools]
    fewest = 2 if pools[0] == pools[1] else 1
    common = [draw for draw in grouped[0] if min(len(group.get(draw, ())) for group in grouped) >= fewest]
    if len(common) >= max(runs):
        drawn = rng.sample(common, max(runs))
        if fewest == 2:
            twos = [rng.sample(grouped[0][draw], 2) for draw in drawn]
            return [[two[0] for two in twos[: runs[0]]], [two[1] for two in twos[: runs[1]]]]
        return [
            [rng.choice(group[draw]) for draw in drawn[:n]] for group, n in zip(grouped, runs, strict=True)
        ]
    if fewest == 2:
        both = rng.sample(list(held[pools[0]]), sum(runs))
        return [both[: runs[0]], both[runs[0] :]]
    return [rng.sample(list(held[name]), count) for name, count in zip(pools, runs, strict=True)]


def _by_draw(runs: Sequence[Run]) -> dict[int | None, list[Run]]:
    found: dict[int | None, list[Run]] = {}
    for run in runs:
        found.setdefault(draw_of(run), []).append(run)
    return found


def alarmed(compared: Comparison) -> bool:
    return any(row.finding in ("worse", "better") for row in compared.rows)


def unequal(runs: tuple[int, int], spreads: tuple[float, float], pool: str = "runs-same") -> Cell:
    """False alarms where the sides differ."""

    def happens(held: Held, rng: random.Random) -> bool:
        first, second = two_sides(held, (pool, pool), runs, rng)
        return alarmed(compare(together(first, rng, spreads[0]), together(second, rng, spreads[1])))

    text = f"equal builds, {runs[0]} runs against {runs[1]}"
    if any(spreads):
        text += f", further spread {rounded_share(spreads[0])} : {rounded_share(spreads[1])}"
    return Cell(f"{text}: false alarms", ((pool, sum(runs)),), happens, 0.01)


def seeds(runs: int) -> Cell:
    def happens(held: Held, rng: random.Random) -> bool:
        first, second = two_sides(held, ("runs-seed-1", "runs-seed-2"), (runs, runs), rng)
        return alarmed(compare(together(first), together(second)))

    needed = (("runs-seed-1", runs), ("runs-seed-2", runs))
    return Cell(
        f"equal builds, a seed of its own on each side, {runs} runs: false alarms", needed, happens, 0.01
    )


def drifting(runs: int, turns: bool) -> Cell:
    """Everything becomes 10 % slower over the day; equal builds in turns, or one after the other."""

    def happens(held: Held, rng: random.Random) -> bool:
        both = two_sides(held, ("runs-same", "runs-same"), (runs, runs), rng)
        day = list(range(2 * runs))
        places = (day[::2], day[1::2]) if turns else (day[:runs], day[runs:])
        first, second = (
            [
                scaled(run, math.exp(TEN * place / (2 * runs - 1)), NOON + timedelta(minutes=10 * place))
                for run, place in zip(side, at, strict=True)
            ]
            for side, at in zip(both, places, strict=True)
        )
        return compare(first, second).verdict == "fail"

    how = "in turns" if turns else "one side first (drift is said, and held back where it shows)"
    text = f"equal builds, 10 % drift over the day, {runs} runs, {how}: called worse"
    return Cell(text, (("runs-same", 2 * runs),), happens, 0.01 if turns else None)


def sequence(pools: tuple[str, str], verdict: str, text: str, goal: float, most: bool) -> Cell:
    """`--repeat auto`: both sides grow until it is decided."""
    whole = LOOKS[-1]

    def happens(held: Held, rng: random.Random) -> bool:
        first, second = two_sides(held, pools, (whole, whole), rng)
        return _decided(together(first), together(second)) == verdict

    needed = ((pools[0], 2 * whole),) if pools[0] == pools[1] else tuple((name, whole) for name in pools)
    return Cell(f"5, 8, 12 runs a side: {text}", needed, happens, goal, most)


def _decided(first: Sequence[Run], second: Sequence[Run]) -> str:
    settings = Settings().at_each_look()
    for runs in LOOKS:
        verdict = compare(first[:runs], second[:runs], settings).verdict
        if verdict != "inconclusive":
            return verdict
    return "inconclusive"


def one_look(planted: str, runs: int, verdict: str, text: str, goal: float, most: bool) -> Cell:
    def happens(held: Held, rng: random.Random) -> bool:
        first, second = two_sides(held, ("runs-same", planted), (runs, runs), rng)
        return compare(together(first), together(second)).verdict == verdict

    needed = (("runs-same", runs), (planted, runs))
    return Cell(f"{runs} runs a side: {text}", needed, happens, goal, most)


def at_once(verdict: str, text: str, goal: float | None, most: bool, slower: float = 1.0) -> Cell:
    """`--against` with `--repeat auto` on `smoke`: old and new at the same time, with the same draw."""

    def happens(held: Held, rng: random.Random) -> bool:
        drawn = [rng.sample(both, 2) for both in rng.sample(list(held[SMOKE]), LOOKS[-1])]
        sides = [
            [
                scaled(
                    both[side], slower if side else 1.0, NOON + timedelta(minutes=place, milliseconds=side)
                )
                for place, both in enumerate(drawn)
            ]
            for side in (0, 1)
        ]
        return _decided(*sides) == verdict

    return Cell(f"smoke at once, 5, 8, 12 runs a side: {text}", ((SMOKE, LOOKS[-1]),), happens, goal, most)


def kept(verdict: str, text: str) -> Cell:
    """The same runs as if one side had been kept as a baseline."""

    def happens(held: Held, rng: random.Random) -> bool:
        drawn = rng.sample(list(held[SMOKE]), LOOKS[-1])
        first = [run for run, _ in drawn]
        second = [run for _, run in rng.sample(drawn, len(drawn))]
        return _decided(together(first), together(second)) == verdict

    return Cell(f"smoke, not at once, 5, 8, 12 runs a side: {text}", ((SMOKE, LOOKS[-1]),), happens, None)


def duels(pool: str, verdict: str, text: str, goal: float | None, most: bool) -> Cell:
    """`renhai duel --repeat auto`: launches until it is decided; of equal builds either side may be b."""

    def happens(held: Held, rng: random.Random) -> bool:
        drawn = rng.sample(list(held[pool]), LOOKS[-1])
        read = [rng.choice(both) if pool == EQUAL else both[0] for both in drawn]
        settings = Settings().at_each_look()
        for launches in LOOKS:
            found = compare_read(read[:launches], settings).verdict
            if found != "inconclusive":
                return found == verdict
        return verdict == "inconclusive"

    return Cell(f"duel of 5, 8, 12 launches: {text}", ((pool, LOOKS[-1]),), happens, goal, most)


EQUAL = "duels-same"
DUELS = (
    duels(EQUAL, "pass", "equal builds passed", 0.90, False),
    duels(EQUAL, "fail", "equal builds called worse", 0.01, True),
    duels("duels-latency-10", "fail", "latency +10 % found", 0.95, False),
    duels("duels-latency-10", "pass", "latency +10 % passed wrongly", 0.05, True),
    duels("duels-latency-5", "fail", "latency +5 % found", None, False),
    duels("duels-latency-5", "pass", "latency +5 % passed, within tolerance", None, False),
)
SLOW, ERRORS, SAME = "runs-latency-10", "runs-errors", "runs-same"
CELLS = (
    unequal((10, 5), (0.0, 0.0)),
    unequal((10, 5), (0.02, 0.06)),
    unequal((12, 5), (0.02, 0.06)),
    unequal((20, 3), (0.02, 0.06)),
    unequal((9, 1), (0.02, 0.06)),
    seeds(5),
    seeds(12),
    drifting(5, turns=True),
    drifting(12, turns=True),
    drifting(5, turns=False),
    drifting(12, turns=False),
    sequence((SAME, SAME), "pass", "equal builds passed", 0.90, False),
    sequence((SAME, SAME), "fail", "equal builds called worse", 0.01, True),
    at_once("pass", "equal builds passed", 0.90, False),
    at_once("fail", "equal builds called worse", 0.01, True),
    at_once("fail", "+10 % found", 0.95, False, 1.1),
    at_once("pass", "+10 % passed wrongly", 0.05, True, 1.1),
    kept("pass", "equal builds passed"),
    sequence((SAME, SLOW), "fail", "latency +10 % found", 0.95, False),
    sequence((SAME, SLOW), "pass", "latency +10 % passed wrongly", 0.05, True),
    one_look(SLOW, 5, "pass", "latency +10 % passed wrongly", 0.01, True),
    one_look(SLOW, 12, "pass", "latency +10 % passed wrongly", 0.01, True),
    one_look(ERRORS, 8, "fail", "errors +0.5 % found", 0.90, False),
)


def judged(held: Held, draws: int, seed: int, cells: Sequence[Cell] = CELLS) -> list[list[str]]:
    """Rows of the table: text, runs in the pools, share, goal, whether it was met."""
    rows = []
    for cell in cells:
        there = " + ".join(str(len(held.get(name, ()))) for name, _ in cell.pools)
        if cell.missing(held):
            rows.append([cell.text, there, "–", cell.goal_text(), "–"])
            continue
        rng = random.Random(f"{seed}/{cell.text}")
        share = sum(cell.happens(held, rng) for _ in range(draws)) / draws
        met = "–" if cell.goal is None else "yes" if cell.met(share) else "NO"
        rows.append([cell.text, there, rounded_share(share, 1), cell.goal_text(), met])
    return rows

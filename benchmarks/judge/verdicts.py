"""How often is the judge right? `python -m benchmarks verdicts [--minutes M] [--only runs|duels|tables]`.

Real runs and duels of the reference target with and without planted differences are added to the pools of
verdict_pools.py until they are full or the minutes are over (it takes about 40 in all, of a quiet machine).
Where all are full, sides are drawn from the pools and judged, by `renhai compare`, by `renhai duel`, and by
the naive rule "p95 changed by more than 10 %". Else the same command again adds the next portion;
--only tables judges what there is.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.judge import verdict_cells as cells
from benchmarks.judge import verdict_pools as pools
from benchmarks.judge.verdict_pools import LANES, Build
from benchmarks.rig import RAW, report, table
from results.compare.comparison import compare
from results.compare.findings import Comparison
from results.compare.pair_effects import Pair, read_pair
from results.compare.pairs import compare_read
from results.metrics import rounded_share
from results.snapshot.run import Run, load_run

DRAWS = 200
SEED = 20150911
NAIVE = 0.10
RUNS_A_SIDE, LAUNCHES = (5, 12, 20), (5, 10)


class Claim(NamedTuple):
    """A row of the table. same: the pool that both sides (or the baseline) come from."""

    text: str
    same: str
    planted: str
    goal: float

    @property
    def is_false_alarm(self) -> bool:
        return self.same == self.planted

    def met(self, shares: Sequence[float]) -> bool:
        """shares: by number of runs. What is planted has to be found by the most of them; an alarm that is
        none counts wherever it is raised."""
        return max(shares) <= self.goal if self.is_false_alarm else shares[-1] >= self.goal

    def goal_text(self) -> str:
        return f"{'≤' if self.is_false_alarm else '≥'} {rounded_share(self.goal)}"


RUN_CLAIMS = (
    Claim("equal builds, false alarms", "runs-same", "runs-same", 0.01),
    Claim("equal builds with a queue, false alarms", "runs-queue-same", "runs-queue-same", 0.01),
    Claim("latency +10 %, found", "runs-same", "runs-latency-10", 0.95),
    Claim("latency +5 %, found", "runs-same", "runs-latency-5", 0.80),
    Claim("capacity -10 %, found", "runs-queue-same", "runs-queue-capacity-10", 0.95),
    Claim("errors +0.5 %, found", "runs-same", "runs-errors", 0.95),
)
DUEL_CLAIMS = (
    Claim("equal builds, false alarms", "duels-same", "duels-same", 0.01),
    Claim("latency +10 %, found", "", "duels-latency-10", 0.95),
    Claim("latency +5 %, found", "", "duels-latency-5", 0.80),
    Claim("capacity -10 %, found", "", "duels-capacity-10", 0.95),
    Claim("errors +0.5 %, found", "", "duels-errors", 0.95),
)


class Judged(NamedTuple):
    """One drawn comparison: what was called, by the judge and by the naive rule."""

    worse: bool
    better: bool
    passed: bool
    naive: bool


def drawn_runs(claim: Claim, held: dict[str, list[Run]], n: int, rng: random.Random) -> Judged:
    """n runs a side, no run on both."""
    first, second = cells.two_sides(held, (claim.same, claim.planted), (n, n), rng)
    return judged(compare(first, second), first, second, claim)


def drawn_duel(claim: Claim, held: dict[str, list[tuple[Pair, Pair]]], n: int, rng: random.Random) -> Judged:
    """n launches; of equal builds either side may be called a."""
    launches = rng.sample(held[claim.planted], n)
    read = [rng.choice(both) if claim.is_false_alarm else both[0] for both in launches]
    return judged(compare_read(read), [pair.a.run for pair in read], [pair.b.run for pair in read], claim)


def judged(compared: Comparison, baseline: Sequence[Run], candidate: Sequence[Run], claim: Claim) -> Judged:
    findings = {row.finding for row in compared.rows}
    change = _mean_p95(candidate) / _mean_p95(baseline) - 1
    naive = abs(change) > NAIVE if claim.is_false_alarm else change > NAIVE
    return Judged("worse" in findings, "better" in findings, compared.verdict == "pass", naive)


def _mean_p95(runs: Iterable[Run]) -> float:
    return statistics.mean(run.total.latency_ms.p95 for run in runs if run.total and run.total.latency_ms)


Draw = Callable[[Claim, Any, int, random.Random], Judged]


def proof(
    claims: Sequence[Claim], held: dict[str, Any], sizes: Sequence[int], draw: Draw
) -> tuple[list[list[str]], list[dict[str, Any]]]:
    """(rows of the table, the same as figures)."""
    rows: list[list[str]] = []
    figures: list[dict[str, Any]] = []
    for claim in claims:
        there = [len(held[name]) for name in dict.fromkeys((claim.same, claim.planted)) if name]
        halves = 2 if claim.is_false_alarm and draw is drawn_runs else 1
        found = [shares(claim, held, n, draw) if min(there) >= halves * n else None for n in sizes]
        shown = [_beside_naive(one) if one else "–" for one in found]
        called = [one["called"] for one in found if one]
        met = "–" if found[-1] is None else "yes" if claim.met(called) else "NO"
        rows.append([claim.text, " + ".join(map(str, there)), *shown, claim.goal_text(), met])
        figures += [{"claim": claim.text, "pools": there, **one} for one in found if one]
    return rows, figures


def _beside_naive(one: dict[str, float]) -> str:
    return f"{rounded_share(one['called'], 1)} ({rounded_share(one['naive'], 1)})"


def shares(claim: Claim, held: dict[str, Any], n: int, draw: Draw) -> dict[str, float]:
    """Of DRAWS comparisons of n a side: called, called by the naive rule, passed."""
    rng = random.Random(f"{SEED}/{claim.text}/{n}")
    found = [draw(claim, held, n, rng) for _ in range(DRAWS)]
    called = sum(one.worse or (claim.is_false_alarm and one.better) for one in found)
    naive, passed = sum(one.naive for one in found), sum(one.passed for one in found)
    return {"n": n, "called": called / DRAWS, "naive": naive / DRAWS, "passed": passed / DRAWS}


def read_launches(build: Build) -> list[tuple[Pair, Pair]]:
    """Each launch both ways round."""
    found = []
    for place in pools.launches_of(build):
        pair = read_pair((place.a, place.b), (load_run(place.a), load_run(place.b)))
        found.append((pair, pair.flipped()))
    return found


def fill(builds: Sequence[Build], duels: bool, until: float) -> bool:
    """Add to the pools until they are full or the time is over; prints a line each time. True: full."""
    begun, failures, lanes = time.monotonic(), 0, LANES
    while (left := pools.missing(builds, duels)) and time.monotonic() < until:
        now = left[:1] if duels else pools.of_a_wave(left, lanes)
        if duels:
            pools.one_launch(now[0])
        else:
            pools.wave(now)
        after = len(pools.missing(builds, duels))
        added = len(left) - after
        if 2 * added < len(now):
            lanes = max(1, lanes // 2)  # the machine is not fit for as many at once
        failures = 0 if added else failures + 1
        spent = time.monotonic() - begun
        print(f"{spent:5.0f} s  {after} left  {', '.join(build.name for build in now)}", flush=True)
        if failures >= 20:
            raise SystemExit("twenty times in a row nothing valid could be measured: is the machine busy?")
    return not left


TEXT_RUNS = f"""Run against run. Service times are planted in the reference target: lognormal, 30 ms at the
median and 50 ms at p95 (with a queue: ten servers of 45 ms at the median, nine for -10 % capacity). A run
is {pools.SECONDS:g} s of {pools.RUN_RATE:g} journeys/s (about 150 requests/s) on a target of its own, started
anew with another seed of its service times; {LANES} runs go on at once, since their time is sleep. What an
operation takes beside its planted time is measured first, so that a slower build is slower by the whole of
it. Sides of the given number of runs are drawn from the pools, {DRAWS} times, no run on both sides. The draws
share runs: the independent evidence is the pool, not the number of draws."""
TEXT_DUELS = f"""By duel, on the bare reference target (a millisecond or two). A launch is
{pools.DUEL_SECONDS:g} s of {pools.DUEL_RATE:g} journeys/s at each side, with targets and load process
started anew. For planted latency both sides delay each answer by 0.2 ms, since a delay itself costs time, and
b by 10 % (5 %) of each operation's median more; capacity is a queue of 2 x 3 ms against 2 x 3.33 ms; errors
are 0.5 % of answers. Duels of the given number of launches are drawn, {DRAWS} times; of equal builds either
side may be called b."""
TEXT_CELLS = f"""The same pools, {DRAWS} draws each. Further spread and drift are planted by arithmetic: every
latency of a run is multiplied. Sides count as made in turns, as the pools were, but for drift.
`smoke` is run as it stands, two runs at once. "5, 8, 12" is `--repeat auto` with both sides
growing."""
TEXT = """Shares of all draws: called worse (for equal builds: worse or better, in any row); in brackets the
naive rule "p95 of all requests changed by more than 10 %". Goals are for the largest number of runs, those of
false alarms for every number."""


def tables(keep: bool) -> int:
    """Judge the pools, and write the page if `keep`; 1 when a goal was missed or could not be judged."""
    run_held: dict[str, Any] = {
        build.name: pools.couples_of(build) if build.couples else pools.runs_of(build)
        for build in pools.run_builds({})
    }
    head = ["planted", "runs in the pools", *(f"{n} runs a side" for n in RUNS_A_SIDE), "goal", "met"]
    rows, figures = proof(RUN_CLAIMS, run_held, RUNS_A_SIDE, drawn_runs)
    parts = [TEXT, "## Run against run", TEXT_RUNS, table(head, rows)]
    harder = cells.judged(run_held, DRAWS, SEED)
    head = ["harder cases", "runs in the pools", "share of draws", "goal", "met"]
    parts += ["## Harder cases", TEXT_CELLS, table(head, harder)]
    medians = pools.known_medians()
    duel_rows: list[list[str]] = []
    launched: list[list[str]] = []
    if medians:
        builds = pools.duel_builds(medians)
        duel_held = {build.name: read_launches(build) for build in builds}
        head = ["planted", "launches in the pool", *(f"{n} launches" for n in LAUNCHES), "goal", "met"]
        duel_rows, more = proof(DUEL_CLAIMS, duel_held, LAUNCHES, drawn_duel)
        figures += more
        launched = cells.judged(duel_held, DRAWS, SEED, cells.DUELS)
        parts += ["## By duel", TEXT_DUELS, table(head, duel_rows)]
        parts.append(
            table(["`renhai duel`", "launches in the pool", "share of draws", "goal", "met"], launched)
        )
    refused = {path.parent.name: pools.lines(path) for path in sorted(pools.POOLS.glob("*/invalid.txt"))}
    parts.append(f"Runs and launches that the judge refused as invalid: {refused or 'none'}.")
    raw = {"proof": figures, "harder": harder + launched, "medians_ms": medians}
    report("verdicts", "How often is the judge right?", parts, raw, keep=keep)
    missed = any(row[-1] != "yes" for row in [*rows, *duel_rows])
    return int(missed or any(row[-1] == "NO" or row[2] == "–" for row in [*harder, *launched]) or not medians)


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks verdicts", description=__doc__)
    options.add_argument("--minutes", type=float, default=60.0, help="machine time to spend at most (60)")
    options.add_argument("--only", choices=("runs", "duels", "tables"), help="leave the rest out")
    options.add_argument("--pools", type=Path, default=pools.POOLS, help="others, for a trial; no page")
    asked = options.parse_args(arguments)
    pools.POOLS = asked.pools
    pools.POOLS.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * asked.minutes
    full = True
    if asked.only in (None, "runs"):
        full = fill(pools.run_builds(pools.own_times()), False, until)
    if asked.only in (None, "duels") and full:
        full = time.monotonic() < until and fill(pools.duel_builds(pools.calibrated()), True, until)
    if asked.only in ("runs", "duels") or not full:
        print("the pools are full" if full else "the time is over; the same command again goes on")
        return 0
    if not any(pools.POOLS.iterdir()):
        print(f"there are no pools in {pools.POOLS}: leave out --only, which makes them")
        return 2
    return tables(keep=asked.pools == RAW / "verdicts")

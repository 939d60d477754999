"""What the table of proof counts: draws, the naive rule, goals, pools that are too small."""

from __future__ import annotations

import random
from typing import Any

import pytest

from benchmarks.judge import verdict_cells as cells
from benchmarks.judge import verdict_pools as pools
from benchmarks.judge.verdict_pools import Build
from benchmarks.judge.verdicts import Claim, Judged, proof, shares
from results.snapshot.run import Run

CALLED = Judged(worse=True, better=False, passed=False, naive=False)
QUIET = Judged(worse=False, better=False, passed=True, naive=True)
FOUND = Claim("latency +10 %, found", "same", "slow", 0.95)
ALARMS = Claim("equal builds, false alarms", "same", "same", 0.01)


def test_shares_of_draws() -> None:
    turns = iter([CALLED, QUIET, QUIET, QUIET] * 50)
    found = shares(FOUND, {}, 5, lambda *_: next(turns))
    assert found == {"n": 5, "called": 0.25, "naive": 0.75, "passed": 0.75}


def test_an_alarm_is_a_better_as_well_and_a_find_is_not() -> None:
    better = Judged(worse=False, better=True, passed=False, naive=False)
    assert shares(ALARMS, {}, 5, lambda *_: better)["called"] == 1
    assert shares(FOUND, {}, 5, lambda *_: better)["called"] == 0


def test_rows_say_whether_the_goal_was_met_or_could_not_be_judged() -> None:
    held = {"same": [None] * 10, "slow": [None] * 4}
    rows, figures = proof((FOUND, ALARMS), held, (4, 5), lambda *_: QUIET)
    assert rows[0] == ["latency +10 %, found", "10 + 4", "0.0% (100.0%)", "–", "≥ 95%", "–"]
    assert rows[1] == ["equal builds, false alarms", "10", "0.0% (100.0%)", "0.0% (100.0%)", "≤ 1%", "yes"]
    assert len(figures) == 3


def test_planted_shares_are_of_each_operations_median() -> None:
    slow = next(b for b in pools.duel_builds({"a.query": 2.0, "b.save": 5.0}) if b.name == "duels-latency-10")
    assert slow.faults == ("latency=0.4000ms:a.query", "latency=0.7000ms:b.save")
    assert slow.other == ("latency=0.2000ms:a.query", "latency=0.2000ms:b.save")
    runs = pools.run_builds({"a.query": 2.0, "b.save": 5.0})
    slower = next(build for build in runs if build.name == "runs-latency-10")
    assert slower.faults == (
        "latency=lognormal(33ms,55ms)", "latency=0.2000ms:a.query", "latency=0.5000ms:b.save",
    )  # fmt: skip
    equal = next(build for build in runs if build.name == "runs-same")
    assert equal.faults == ("latency=lognormal(30ms,50ms)",)


def measured(number: int, **changes: Any) -> Run:
    latency = dict.fromkeys(("mean", "p50", "p90", "p95", "p99", "p999", "max"), 20.0 + number % 3 / 10)
    one = {"started": 1500, "ok": 1500, "rejected": 0, "errors": 0, "rate_per_s": 150, "latency_ms": latency}
    document = {
        "schema": 1, "run_id": f"r{number}", "scenario": {"name": "v"}, "target": {"name": "reference"},
        "started": "2015-09-11T08:00:00Z", "duration_s": 10, "seed": 7, "verdict": "fail", "total": one,
        "operations": {"a.query": one}, "load": {"model": "open", "arrivals_due": 200}, "generator": {},
        "journeys": {"a": {"started": 200}},
    }  # fmt: skip
    return Run.model_validate({**document, **changes})


def test_cells_are_judged_where_their_pools_are_full_enough() -> None:
    held = {"runs-same": [measured(n) for n in range(30)]}
    rows = {row[0]: row[1:] for row in cells.judged(held, 3, 1)}
    assert rows["equal builds, 10 runs against 5: false alarms"] == ["30", "0.0%", "≤ 1%", "yes"]
    assert rows["5, 8, 12 runs a side: equal builds passed"] == ["30", "100.0%", "≥ 90%", "yes"]
    assert rows["5, 8, 12 runs a side: latency +10 % found"] == ["30 + 0", "–", "≥ 95%", "–"]
    assert len(rows) == len(cells.CELLS)


def test_run_k_of_either_side_has_the_same_draw() -> None:
    held = {"a": [measured(n, draw=n % 20) for n in range(60)], "b": [measured(99 + n) for n in range(14)]}
    first, second = cells.two_sides(held, ("a", "a"), (20, 3), random.Random(1))
    assert len({run.run_id for run in [*first, *second]}) == 23
    assert {run.draw for run in first} == set(range(20))
    assert [run.draw for run in second] == [run.draw for run in first[:3]]
    single = cells.two_sides(held, ("b", "b"), (7, 7), random.Random(1))  # all of one draw
    assert len({run.run_id for side in single for run in side}) == 14


def test_a_planted_drift_stands_in_latencies_and_times() -> None:
    run = cells.scaled(measured(0), 1.1, cells.NOON)
    assert run.total is not None
    assert run.total.latency_ms is not None
    assert run.total.latency_ms.p95 == pytest.approx(22)
    assert run.started == "2015-09-11T12:00:00+00:00"


def test_a_shipped_scenario_is_run_alone() -> None:
    alone, other = Build("smoke", 1, (), scenario="smoke"), Build("x", 1, ())
    assert pools.of_a_wave([alone, other, other]) == [alone]
    assert pools.of_a_wave([other, alone, *[other] * 5]) == [other] * pools.LANES

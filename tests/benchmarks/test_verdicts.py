"""What the table of proof counts: draws, the naive rule, goals, pools that are too small."""

from __future__ import annotations

from benchmarks.judge import verdict_pools as pools
from benchmarks.judge.verdicts import Claim, Judged, proof, shares

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
    assert pools.slow(1.1) == ("latency=lognormal(33ms,55ms)", "latency=0.1500ms")

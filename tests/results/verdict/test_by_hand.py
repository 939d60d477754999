"""Figures of a judgement that a person can recompute: measures, evidence of a plan, drifts and goals."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from results.snapshot.facts import Facts
from results.snapshot.histograms import Histogram
from results.snapshot.run import Walk
from results.verdict.catch_up import account, clock
from results.verdict.drift import PARTS, Trend, _places, judge, trend
from results.verdict.evaluate import evaluate, judge_rule, measure
from results.verdict.goals import _capacity, _drifts, _late, _not_tried
from results.verdict.rules import parse_gate
from results.verdict.validity.evidence import read_evidence
from results.verdict.validity.planned import (
    Counted,
    Planned,
    PlannedStep,
    _added,
    _count,
    _is_new,
    _tests,
    _unproven,
    prove,
)
from results.verdict.validity.planned import Tested as Count
from tests.results.recording import Recording


def times(*values_us: int) -> Histogram:
    return Histogram(np.bincount(np.array(values_us)))


def facts(**more: Any) -> Facts:
    """Ten requests, of 100 to 1,000 µs: six ok, two rejected, one error, one unfinished."""
    counts = {"started": 10, "ok": 6, "rejected": 2, "errors": 1, "unfinished": 1}
    return Facts(**{**counts, "latency": times(*range(100, 1000, 100)), **more})


# Measures


def test_shares_from_the_best_to_the_worst_that_may_have_been() -> None:
    assert measure("error_rate", facts(), 10) == (10, 20)
    assert measure("rejection_rate", facts(), 10) == (20, 30)
    assert measure("completion", facts(), 10) == (70, 60)
    assert measure("signed_in", Facts(seats=4, signed_in=3), 10) == (75, 75)
    with pytest.raises(ValueError, match="nothing was started"):
        measure("p95", Facts(), 10)


def test_throughput_counts_what_was_answered_in_time() -> None:
    assert measure("throughput", facts(late=2), 2) == (Fraction(5, 2), Fraction(2))
    assert measure("throughput", facts(unfinished=0), 2.0) == (3, 3)


def test_a_mean_is_that_of_all_that_ended_and_without_a_bound_while_one_has_not() -> None:
    """Sum 4,500 µs; errors count as the fastest, so 8 answers of 9 latencies, and one that is missing."""
    assert measure("mean", facts(), 10) == (Fraction(4500, 1000 * 9), math.inf)
    assert measure("mean", facts(unfinished=0), 10) == (Fraction(4500, 8000),) * 2


def test_percentiles_with_one_error_and_one_unfinished() -> None:
    """Nine latencies, 100..900 µs; the error is the fastest. Best: rank 1 + ceil(q 9) - 1, worst 2 +
    ceil(q 8)."""
    assert measure("p50", facts(), 10) == (Fraction(500, 1000), Fraction(600, 1000))
    assert measure("max", facts(), 10) == (Fraction(900, 1000), math.inf)
    assert measure("p50", facts(unfinished=0), 10) == (Fraction(500, 1000),) * 2
    none = Facts(started=2, errors=2, latency=times(100, 200))
    assert measure("p95", none, 10) == (math.inf, math.inf)
    late = Facts(started=3, unfinished=3)
    assert measure("p95", late, 10) == (0, math.inf)


@pytest.mark.parametrize(
    ("rule", "passed", "value"),
    [
        ("error_rate < 25%", True, 20.0),
        ("error_rate < 15%", None, None),
        ("error_rate < 5%", False, 10.0),
        ("completion >= 60%", True, 60.0),
        ("completion >= 65%", None, None),
        ("completion > 70%", False, 70.0),
        ("p50 < 1ms", True, 0.6),
        ("max < 1ms", None, None),
    ],
)
def test_a_rule_is_judged_only_where_best_and_worst_agree(
    rule: str, passed: bool | None, value: float | None
) -> None:
    row = judge_rule(parse_gate(rule), "a", facts(), 10.0)
    assert (row.passed, row.value) == (passed, value)


def test_rows_of_operations_and_of_all_together() -> None:
    used = {"b": facts(unfinished=0), "a": facts(unfinished=0, errors=2), "idle": Facts()}
    found = evaluate({"*": ["error_rate < 15%"], "run": ["error_rate < 15%"], "c*": ["p95 < 1s"]}, used, 10.0)
    assert [(row.subject, row.value, row.passed) for row in found] == [
        ("a", 20.0, False), ("b", 10.0, True), ("run", 15.0, False), ("c*", None, None)
    ]  # fmt: skip


def test_exceptions_of_a_users_file_have_shares_and_no_latency() -> None:
    used = {"GET /a": facts(unfinished=0), "task": Facts(started=2, errors=2, requests=False)}
    rows = evaluate({"*": ["p95 < 1s", "error_rate < 99%"]}, used, 10.0)
    assert [(row.subject, row.metric) for row in rows] == [
        ("GET /a", "p95"), ("GET /a", "error_rate"), ("task", "error_rate")
    ]  # fmt: skip
    named = evaluate({"task": ["p95 < 1s"]}, used, 10.0)
    assert [(row.subject, row.passed) for row in named] == [("task", False)]


# The plan


def test_steps_are_counted_by_what_each_kind_of_taxpayer_needs() -> None:
    """each 1 and once more for new ones: 100 new of which 3 sent it once, 50 back of which 2 sent it
    twice."""
    step = PlannedStep(each=1, new=1)
    kinds = {
        "new": Walk(transactions=100, sent={"a": [3, 97, 0, 0]}),
        "back": Walk(transactions=50, sent={"a": [48, 2, 0, 0]}),
        "again": Walk(transactions=10, sent={"a": [4, 6, 0, 0]}),
    }
    assert _count(step, kinds, "a", False) == Counted(
        held=160, fewer=7, bounded=160, more=2, asked=0, answered=0, least=0.0, again=4, new=False
    )
    assert _count(step, kinds, "a", True)[2:4] == (0, 0)
    assert _count(PlannedStep(each=1, many=True), kinds, "a", False)[2:4] == (0, 0)
    assert _count(PlannedStep(new=1), kinds, "a", False).new
    assert _count(PlannedStep(new=1), kinds, "a", False).held == 110


def test_a_share_counts_those_that_answered_more_often_than_wanted() -> None:
    walks = {"new": Walk(transactions=100, sent={"a": [30, 5, 0, 0]})}
    found = _count(PlannedStep(least=0.2), walks, "a", False)
    assert (found.asked, found.answered, found.least, found.held, found.bounded) == (100, 35, 0.2, 0, 0)
    once = _count(PlannedStep(each=1, least=0.2), walks, "a", False)
    assert (once.held, once.fewer, once.asked, once.answered) == (100, 65, 100, 5)


def test_a_step_of_four_or_more_is_held_from_below_alone() -> None:
    walks = {"new": Walk(transactions=10, sent={"a": [0, 0, 2, 8]})}
    found = _count(PlannedStep(each=4), walks, "a", False)
    assert (found.held, found.fewer, found.bounded) == (10, 2, 0)
    assert _count(PlannedStep(each=5), walks, "a", False).fewer == 2
    assert _count(PlannedStep(each=3), walks, "a", False)[:4] == (10, 0, 10, 8)


def test_parts_are_added_and_the_lowest_share_counts() -> None:
    one = Counted(1, 2, 3, 4, 5, 6, 0.5, 7, False)
    two = Counted(10, 20, 30, 40, 50, 60, 0.2, 70, True)
    unasked = Counted(least=0.0)
    assert _added([one, two, unasked]) == Counted(11, 22, 33, 44, 55, 66, 0.2, 77, True)
    assert _added([unasked]).least == 0.0


def test_an_operation_without_success_is_refused_or_never_ended() -> None:
    operations = {
        "a": Facts(started=9, rejected=2, errors=3),
        "b": Facts(started=10),
        "c": Facts(started=9),
        "d": Facts(started=9, ok=1, errors=8),
    }
    assert list(_unproven(["a", "b", "c", "d", "e"], operations)) == [
        Count("a", "", "refused", 5, 9, 1.0),
        Count("b", "", "unanswered", 10, 10, 1.0),
    ]


def test_the_false_alarm_is_shared_out_among_all_tests() -> None:
    """Three for each step of a journey, two for each operation, two for each journey of a mix."""
    plan = Planned(
        journeys={
            "file": {"a": PlannedStep(each=1), "b": PlannedStep(each=1)},
            "pay": {"b": PlannedStep(each=1)},
        },
        mixes={"": {"file": 1, "pay": 2}, "u/p": {"pay": 1}},
        signs=["login"],
    )
    assert _tests(plan) == 3 * 3 + 2 * 3 + 2 * 3


def test_only_new_taxpayers_need_a_step_that_is_theirs_everywhere() -> None:
    new, each = PlannedStep(new=1), PlannedStep(each=1, new=1)
    assert _is_new(Planned(journeys={"f": {"a": new}}), "a")
    assert not _is_new(Planned(journeys={"f": {"a": new}, "g": {"a": each}}), "a")
    assert not _is_new(Planned(journeys={"f": {"a": new}}), "b")


def mixed(begun: int, file: int) -> list[Count]:
    plan = Planned(
        journeys={"file": {"a": PlannedStep(each=1)}, "pay": {"a": PlannedStep(each=1)}},
        mixes={"": {"file": 1, "pay": 3}},
        optional=["*"],
    )
    journeys = {"file": {"started": file}, "pay": {"started": begun - file}}
    return prove(plan, {}, {}, journeys, {}).broken


def test_a_mix_is_held_to_its_weights() -> None:
    assert mixed(400, 100) == []
    assert [(one.journey, one.what, one.seen, one.of, one.share) for one in mixed(400, 200)] == [
        ("file", "mix", 200, 400, 0.25), ("pay", "mix", 200, 400, 0.75)
    ]  # fmt: skip
    assert [(one.journey, one.seen) for one in mixed(400, 20)] == [("file", 20), ("pay", 380)]
    assert mixed(0, 0) == []


# Drift, catching up, goals


def test_points_grow_from_the_fitted_beginning() -> None:
    at = np.arange(10.0)
    found = trend(at, 5 + 2 * at, relative=False)
    assert found is not None
    assert found[:5] == pytest.approx((5.0, 23.0, 18.0, 18.0, 18.0)) and not found.bent
    falling = trend(at, 20 - at, relative=True)
    assert falling is not None
    assert (falling.first, falling.last, falling.growth) == pytest.approx((20.0, 11.0, -0.45))
    later = trend(at + 100, 5 + 2 * at, relative=False)
    assert later is not None
    assert later[:3] == pytest.approx((5.0, 23.0, 18.0))


def test_too_few_values_or_no_span_have_no_trend() -> None:
    at = np.arange(6.0)
    assert trend(at, at + 1, relative=True) is not None
    assert trend(at[:5], at[:5] + 1, relative=True) is None
    assert trend([3.0] * 6, at, relative=False) is None
    assert trend(at, 0 * at, relative=True) is None
    assert trend(at, -at, relative=True) is None


def test_a_line_that_begins_at_nothing_is_held_against_the_median_of_its_first_parts() -> None:
    found = trend(np.arange(6.0), np.arange(6.0), relative=True)
    assert found is not None and found.bent
    assert found[:5] == pytest.approx((2.5, 5.0, 2.0, 2.0, 2.0))  # 5 more than nothing, of 2.5


def test_a_drift_is_judged_by_its_interval() -> None:
    def judged(low: float, high: float) -> str:
        return judge(Trend(1, 1, 0.2, low, high), 0.2)

    assert [judged(0.21, 0.3), judged(0.2, 0.3), judged(0.1, 0.2), judged(0.1, 0.21)] == [
        "drifts", "cannot tell", "steady", "cannot tell"
    ]  # fmt: skip
    assert judge(None, 0.2) == "cannot tell"


def test_parts_begin_after_a_tenth_of_the_run() -> None:
    assert PARTS == 24
    assert _places(2400.0) == (240.0, 90.0)
    assert _places(0.0) == (0.0, 1e-9)


def test_a_drift_of_a_rate_is_told_in_points() -> None:
    row = {"quantity": "error_rate", "unit": "share", "growth": 0.012, "low": 0.0034, "limit": 0.001}
    told = _drifts(row).en
    assert "+1.200 points" in told
    assert "+0.340 points" in told
    assert "0.100 points" in told
    other = _drifts({**row, "quantity": "p95", "unit": "ms", "growth": 0.5, "low": 0.25, "limit": 0.2}).en
    assert "50" in other
    assert "25" in other
    assert "20" in other


def test_a_day_to_catch_up() -> None:
    """8 h for 8,000; 60 times faster, 60 s are an hour, in which 900 were done: 8,000 take 8 h 53 min
    20 s."""
    wanted = {"volume": 8000.0, "from_s": 9 * 3600.0, "until_s": 17 * 3600.0, "compressed": 60.0}
    assert account(900, 60.0, wanted) == {
        "volume": 8000.0, "completed": 900, "compressed": 60.0, "hours": 1.0, "needed_per_hour": 1000.0,
        "reached_per_hour": 900.0, "from": "09:00", "until": "17:00", "finish": "17:54", "in_time": False,
        "done_by_until": 0.9,
    }  # fmt: skip
    good = account(1000, 60.0, wanted)
    assert (good["finish"], good["in_time"], good["done_by_until"]) == ("17:00", True, 1.0)
    assert account(2000, 60.0, wanted)["done_by_until"] == 1.0
    none = account(0, 60.0, wanted)
    assert (none["finish"], none["in_time"], none["reached_per_hour"]) == ("", False, 0.0)
    assert account(5, 0.0, wanted)["reached_per_hour"] == 0.0


@pytest.mark.parametrize(
    ("second", "text"),
    [(0, "00:00"), (60, "00:01"), (61, "00:02"), (86_340, "23:59"), (86_400, "24:00"), (86_401, "00:01 +1"),
     (172_800, "24:00 +1"), (95_400, "02:30 +1"), (math.inf, "")],
)  # fmt: skip
def test_an_hour_of_the_day(second: float, text: str) -> None:
    assert clock(second) == text


def test_goals_of_a_capacity_at_their_bounds() -> None:
    found = {"ended": "found", "capacity": 40.0, "high": 41.0, "at_least": 40.0, "steps": [{"rate": 39.0}]}
    assert _capacity(found) == []
    assert [one.code for one in _capacity({**found, "at_least": 40.1})] == ["goal.capacity_too_low"]
    assert _capacity({**found, "at_least": 40.1, "ended": "ceiling"}) == []
    assert _capacity({**found, "at_least": 40.1, "ended": "plan"}) == []
    assert _capacity({**found, "at_least": None}) == []
    assert "41" in _capacity({**found, "ended": "none"})[0].en
    assert _not_tried(found) == []
    assert len(_not_tried({**found, "ended": "ceiling"})) == 1
    assert _not_tried({**found, "ended": "ceiling", "at_least": 39.0}) == []
    assert _not_tried({**found, "ended": "ceiling", "at_least": None}) == []


def test_what_comes_too_late_says_when_or_never() -> None:
    late = _late({"volume": 8000, "finish": "17:54", "until": "17:00"})
    assert "17:54" in late.en
    assert "17:00" in late.en
    assert _late({"volume": 8000, "finish": "", "until": "17:00"}).code != late.code


def test_transactions_of_a_post_are_those_that_ended_by_themselves(tmp_path: Path) -> None:
    group = {"unit": "u", "post": "p", "attempted": 9, "completed": 5, "failed": 3, "cut": 1}
    directory = Recording(measured={"groups": [group]}).add("a.query", [1000]).write(tmp_path)
    post = read_evidence(directory).posts()["u/p"]
    assert (post.started, post.ok, post.errors) == (8, 5, 3)

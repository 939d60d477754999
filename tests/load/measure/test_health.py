"""Each bound broken alone, and a healthy run; Little's law on windows worked out by hand."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import pytest

from renhai.load.measure.collector import Second
from renhai.load.measure.health import BOUNDS, Health, Little, Streak
from renhai.load.measure.histogram import pack
from renhai.plan.model import UserStage
from results.verdict.reasons import generator as why
from results.verdict.reasons.generator import TaxpayersBusy

BUSY = TaxpayersBusy(taxpayers=9, times=3)
CLOSED = [UserStage(seconds=5, users_from=0, users_to=40), UserStage(seconds=30, users_from=40, users_to=40)]


def ms(*values: float) -> Any:
    return pack(array("q", [int(value * 1e6) for value in values]))


def report(number: int, **changes: Any) -> dict[str, Any]:
    healthy = {
        "sequence": number,
        "second": number - 1,
        "lag": ms(*[0.2] * 99, 3),
        "lag_ms": 3.0,
        "late": ms(*[0.1] * 100),
        "wall_s": 1.0,
        "cpu_percent": 40.0,
        "steal_percent": 2.0,
        "complaints": [],
        "operations": {"a.b": {"latency": ms(*[12] * 100), "service": ms(*[12] * 100)}},
    }
    return {**healthy, **changes}


def reasons(*changes: dict[str, Any], due: int = 1000, dropped: int = 0, lost: int = 0) -> list[str]:
    health = Health()
    for number, change in enumerate(changes, start=1):
        health.report(0, report(number, **change))
    health.workers_lost = lost
    return [reason.en for reason in health.reasons(due, dropped)]


def test_a_healthy_run_has_no_reasons() -> None:
    assert reasons({}, {}, {}, {}) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([{"lag": ms(*[80] * 100)}] * 3, ["event loop lag p99 80 ms", "above 50 ms", "--processes"]),
        ([{"late": ms(*[70] * 100)}] * 3, ["start lateness p99 70 ms", "above 50 ms"]),
        ([{"lag_ms": 1400.0}, {}, {}], ["stood still for 1.4 s", "bound 500 ms"]),
        ([{"cpu_percent": 97.0}] * 3, ["97 % of its core", "3 s on end", "bound 90 %"]),
        ([{"steal_percent": 71.0}] * 3, ["waited for a CPU 71 %", "bound 50 %"]),
        ([{"cpu_percent": 88.0, "steal_percent": 9.0}] * 3, ["waiting for a CPU 97 %", "bound 95 %"]),
        ([{"complaints": [BUSY.record()]}], ["taxpayers exhausted", "3 times"]),
        ([{"complaints": [{"code": "from.the.future"}]}], ["a worker's reason cannot be read"]),
        ([{"sequence": 1}, {"sequence": 4}], ["2 reports of workers are missing"]),
    ],
)
def test_each_bound_alone(changes: list[dict[str, Any]], words: list[str]) -> None:
    found = reasons(*changes)
    assert len(found) == 1
    assert all(word in found[0] for word in words), found


def test_lag_is_held_against_what_was_measured() -> None:
    # 80 ms of lag would spoil a p99 of 12 ms (bound 50 ms), and cannot harm one of 3 s (bound 300 ms)
    slow = {"latency": ms(*[3000] * 100), "service": ms(*[3000] * 100)}
    slow_target = {"lag": ms(*[80] * 100), "operations": {"a.b": slow}}
    assert reasons(slow_target, slow_target) == []


def test_lag_is_not_excused_by_the_latency_that_it_causes() -> None:
    own_doing = {"latency": ms(*[3000] * 100), "service": ms(*[200] * 100)}
    late = {"late": ms(*[200] * 100), "operations": {"a.b": own_doing}}
    assert "start lateness p99 200 ms is above 50 ms" in reasons(late, late)[0]


def test_a_short_peak_of_cpu_is_no_reason() -> None:
    assert reasons({"cpu_percent": 99.0}, {"cpu_percent": 99.0}, {}, {"cpu_percent": 99.0}) == []


def test_reasons_carry_the_numbers_themselves() -> None:
    """To the last digit: a program reads them from run.json's codes."""
    health = Health()
    starved = {"lag_ms": 1400.0, "cpu_percent": 97.5, "steal_percent": 71.25, "lag": ms(*[80] * 100)}
    for number in range(1, 4):
        health.report(0, report(number, **starved, late=ms(*[70] * 100)))
    health.workers_lost = 2
    assert health.reasons(2000, 50) == [
        why.WorkersLost(workers=2),
        why.Stalled(seconds=1.4, bound_ms=500.0),
        why.CpuStolen(percent=71.25, seconds=3, bound_percent=50.0),
        why.CpuBusy(percent=97.5, seconds=3, bound_percent=90.0),
        why.ArrivalsDropped(dropped=50, due=2000, share=0.025, bound=0.001),
        why.LoopLag(p99_ms=80.063, bound_ms=50.0, service_ms=12.007),
        why.StartLateness(p99_ms=70.015, bound_ms=50.0, service_ms=12.007),
    ]


def test_the_figures_of_the_snapshot() -> None:
    health = Health()
    for number in range(1, 4):
        busy = {"cpu_percent": 40.04 + number, "steal_percent": 2.26, "lag_ms": 3.00049}
        health.report(0, report(number, **busy))
    assert health.figures() == {
        "cpu_percent_max": 43.0,  # 43.04
        "cpu_percent_sustained": 41.0,  # the least of three seconds on end: 41.04
        "steal_percent_sustained": 2.3,
        "demand_percent_sustained": 43.3,  # 41.04 + 2.26
        "loop_lag_ms_p99": 0.2,
        "loop_lag_ms_max": 3.0,
        "start_lateness_ms_p99": 0.1,
        "workers_lost": 0,
        "workers_late": 0,
        "littles_law_error": None,
    }


@pytest.mark.parametrize(("dropped", "refused"), [(0, False), (10, False), (11, True)])
def test_one_arrival_in_a_thousand_may_be_dropped(dropped: int, refused: bool) -> None:
    found = reasons({}, due=10_000, dropped=dropped)
    assert bool(found) is refused
    assert not refused or "11 of 10000 arrivals were dropped (0.11%, bound 0.1%)" in found[0]


def test_a_report_after_a_stall_counts_for_all_its_seconds() -> None:
    starved = {"steal_percent": 80.0, "wall_s": 4.2}
    assert "waited for a CPU 80 % of the time" in reasons({}, starved, {})[0]


def test_a_lost_worker_is_a_reason() -> None:
    assert "1 worker was lost" in reasons({}, lost=1)[0]
    assert "2 workers were lost" in reasons({}, lost=2)[0]


def test_workers_are_judged_each_on_its_own() -> None:
    health = Health()
    for number in range(1, 5):  # 60 % and 60 % are two healthy workers, not one at 120 %
        for slot in (0, 1):
            health.report(slot, report(number, cpu_percent=60.0))
    assert health.reasons(1000, 0) == []
    assert health.figures()["cpu_percent_max"] == 60.0


def test_a_streak_is_the_best_minimum_of_consecutive_seconds() -> None:
    streak = Streak(3)
    for value in (95, 96, 10, 91, 92, 93, 50):
        streak.add(value)
    assert streak.best == 91


def second(number: int, busy_s: float, thinking_s: float) -> Second:
    return Second(number, busy_s=busy_s, thinking_s=thinking_s)


def little(*seconds: tuple[float, float], stages: Sequence[UserStage] = CLOSED) -> Little:
    law = Little(stages, BOUNDS.little_window_s)
    for number, (busy_s, thinking_s) in enumerate(seconds):
        law.add(second(number, busy_s, thinking_s))
    return law


def test_littles_law_holds_when_all_time_is_accounted_for() -> None:
    # the ramp (5 s) does not count; then 40 operators: 10 operator-seconds in requests, 30 thinking
    law = little(*[(0.0, 0.0)] * 5, *[(10.0, 30.0)] * 5)
    assert law.error == 0.0


def test_littles_law_names_what_is_missing() -> None:
    law = little(*[(0.0, 0.0)] * 5, *[(10.0, 30.0)] * 5, *[(10.0, 26.0)] * 5)
    assert law.error == pytest.approx(0.1)  # 36 of 40
    assert law.worst == (40.0, pytest.approx(36.0))
    health = Health(CLOSED)
    health._little = law
    assert "40 operators were planned" in health.reasons(0, 0)[0].en
    assert "accounts for 36.0" in health.reasons(0, 0)[0].en


def test_littles_law_says_nothing_of_less_than_a_window() -> None:
    assert little(*[(0.0, 0.0)] * 5, *[(0.0, 0.0)] * 4).error is None


def test_littles_law_is_not_asked_after_a_fall() -> None:
    # those who leave finish their work: more time is spent than operators are planned
    stages = [
        UserStage(seconds=5, users_from=40, users_to=40),
        UserStage(seconds=10, users_from=10, users_to=10),
    ]
    law = little(*[(20.0, 20.0)] * 5, *[(20.0, 20.0)] * 10, stages=stages)
    assert law.error == 0.0

"""What a search amounts to: ends as they were offered, the curve, what is shown, and a target that slowed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from results.capacity.search import Settings, Step
from results.capacity.summary import _fitted_capacity, curve, slowed, summarise

SETTINGS = Settings(start=10, highest=100, at_least=25.0)


def step(number: int, rate: float, outcome: Any, **more: Any) -> Step:
    said = {"seconds": 8.0, "snapshot": f"step-{number}", "journey_s": 0.1, "completed": rate}
    return Step(number=number, rate=rate, outcome=outcome, **{**said, **more})


def test_both_ends_are_what_was_offered_last_at_their_rate() -> None:
    steps = [
        step(1, 20, "held", offered=19.0, requests_per_journey=3.0),
        step(2, 40, "broke", offered=41.0),
        step(3, 20, "held", offered=20.5, requests_per_journey=4.0),
        step(4, 40, "broke"),
    ]
    found = summarise(steps, SETTINGS, "found")
    assert (found["capacity"], found["low"], found["high"], found["requests_per_s"]) == (
        20.5,
        20.5,
        41.0,
        82.0,
    )
    assert (found["ended"], found["at_least"], found["precision"], found["slowed"]) == (
        "found",
        25.0,
        0.03,
        False,
    )
    assert [one["number"] for one in found["steps"]] == [1, 2, 3, 4]
    assert found["shown_step"] == "step-3"


def test_where_nothing_broke_or_nothing_held() -> None:
    held = summarise([step(1, 20, "held", requests_per_journey=2.0)], SETTINGS, "ceiling")
    assert (held["low"], held["high"], held["requests_per_s"], held["shown_step"]) == (
        20.0,
        None,
        40.0,
        "step-1",
    )
    broke = summarise([step(1, 20, "broke"), step(2, 10, "broke"), step(3, 9, "invalid")], SETTINGS, "none")
    assert (broke["low"], broke["high"], broke["requests_per_s"], broke["shown_step"]) == (
        0.0,
        10.0,
        0.0,
        "step-2",
    )
    refused = summarise([step(1, 20, "invalid"), step(2, 20, "invalid")], SETTINGS, "generator")
    assert (refused["shown_step"], refused["low"]) == ("step-2", 0.0)
    assert summarise([], SETTINGS, "interrupted")["shown_step"] == ""


def test_what_is_shown_held_at_the_capacity_and_not_merely_had_its_rate() -> None:
    """20 broke once by chance and held after: the step that held is shown."""
    steps = [step(1, 20, "held"), step(2, 20, "broke"), step(3, 20, "held"), step(4, 40, "broke")]
    assert summarise(steps, SETTINGS, "found")["shown_step"] == "step-3"
    other = [step(1, 20, "held"), step(2, 20, "invalid"), step(3, 40, "broke")]
    assert summarise(other, SETTINGS, "found")["shown_step"] == "step-1"


def test_the_curve_rises_by_what_was_offered_and_leaves_invalid_steps_out() -> None:
    steps = [
        step(1, 40, "broke", offered=39.0, latency_ms={"p50": 1.0, "p95": 2.0, "p99": 3.0, "max": 4.0}),
        step(2, 20, "held"),
        step(3, 30, "invalid"),
    ]
    assert curve(steps) == [
        {"rate": 20.0, "outcome": "held", "p50": None, "p95": None, "p99": None, "journey_s": 0.1,
         "completed": 20.0},
        {"rate": 39.0, "outcome": "broke", "p50": 1.0, "p95": 2.0, "p99": 3.0, "journey_s": 0.1,
         "completed": 40.0},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "slower"),
    [
        ([(20, "held"), (20, "broke")], False),
        ([(20, "held"), (20, "broke"), (15, "broke")], True),
        ([(20, "held"), (20, "broke"), (18, "held"), (20, "broke")], False),
        ([(20, "held"), (21, "broke"), (22, "broke")], False),
        ([(20, "held"), (10, "held"), (20, "broke"), (20, "broke")], True),
        ([(20, "held"), (20, "broke"), (20, "invalid"), (20, "broke")], True),
        ([(20, "broke"), (10, "broke")], False),
        ([], False),
    ],
)
def test_a_target_slowed_that_broke_twice_where_it_had_held(
    words: list[tuple[float, str]], slower: bool
) -> None:
    assert slowed([step(n, rate, outcome) for n, (rate, outcome) in enumerate(words)]) is slower


def test_the_models_are_fitted_between_both_ends() -> None:
    assert _fitted_capacity(9.0, 16.0) == 12.0
    assert _fitted_capacity(9.0, math.inf) == 9.0
    assert _fitted_capacity(0.0, 16.0) == 0.0


def test_a_word_that_was_overruled_is_not_fitted() -> None:
    """10, 20 and 30 held; then 15 broke, so only 10 still counts: too few for the queue."""
    steps = [step(n, rate, "held") for n, rate in enumerate((10, 20, 30))]
    assert summarise(steps, SETTINGS, "ceiling")["queueing"]["service_s"] == pytest.approx(0.1)
    assert summarise([*steps, step(4, 15, "broke")], SETTINGS, "found")["queueing"] == {}


def test_figures_are_short() -> None:
    steps = [step(n, rate, "held", journey_s=1 / 3) for n, rate in enumerate((10, 20, 30, 40))]
    assert summarise(steps, SETTINGS, "ceiling")["queueing"]["service_s"] == 0.333333

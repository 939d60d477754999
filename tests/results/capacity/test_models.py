"""The knee: both models find the curve that a perfect target draws, and its figures by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from results.capacity.models import queueing, scalability, usl, wait_s
from results.capacity.search import Step


def step(rate: float, journey_s: float, outcome: Any = "held", **more: Any) -> Step:
    told = {"completed": rate, **more}
    return Step(number=1, rate=rate, seconds=10, outcome=outcome, journey_s=journey_s, **told)


def test_the_wait_of_one_server_is_that_of_m_m_1() -> None:
    """c = 1, V = 1: S u / (1 - u); at u = 0.8 and 0.1 s that is 0.4 s."""
    assert wait_s(8.0, 0.1, 1.0, 1.0) == pytest.approx(0.4)
    assert wait_s(5.0, 0.1, 1.0, 1.0) == pytest.approx(0.1)
    assert wait_s(5.0, 0.1, 1.0, 3.0) == pytest.approx(0.3)
    assert wait_s(0.0, 0.1, 1.0, 1.0) == 0.0


def test_the_wait_of_seven_servers_is_sakasegawas() -> None:
    """c = 7: the exponent is sqrt(2 * 8) - 1 = 3; at u = 0.5 S V 0.125 / (7 * 0.5)."""
    assert wait_s(35.0, 0.1, 7.0, 2.0) == pytest.approx(0.1 * 2 * 0.125 / 3.5)


def test_beyond_capacity_the_curve_ends_where_it_is_cut() -> None:
    assert (
        wait_s(10.0, 0.1, 1.0, 1.0) == wait_s(1000.0, 0.1, 1.0, 1.0) == pytest.approx(0.1 * 0.9999 / 0.0001)
    )


def test_of_one_server_the_knee_is_at_half_the_capacity() -> None:
    """M/M/1 at 0.1 s: the time is S / (1 - u), Kleinrock's power u (1 - u) / S² is largest at u = 0.5."""
    rates = (0.001, 2.0, 4.0, 6.0, 8.0)
    steps = [step(rate, 0.1 + float(wait_s(rate, 0.1, 1.0, 1.0))) for rate in rates]
    found = queueing(steps, 10.0)
    assert found["service_s"] == pytest.approx(0.1, rel=1e-3)
    assert found["servers"] == pytest.approx(1.0, rel=1e-3)
    assert found["variability"] == pytest.approx(1.0, rel=1e-2)
    assert found["capacity"] == 10.0
    assert found["knee"] == pytest.approx(5.0, rel=1e-2)
    assert found["knee_s"] == pytest.approx(0.2, rel=1e-2)


def test_what_was_offered_counts_where_it_is_known_and_only_what_held() -> None:
    rates = (0.001, 2.0, 4.0, 6.0)
    held = [step(9.0, 0.1 + float(wait_s(r, 0.1, 1.0, 1.0)), offered=r) for r in rates]
    others = [step(9.0, 50.0, "broke"), step(0.0001, 9.0, "invalid"), step(0.0001, 0.0)]
    assert queueing([*held, *others], 10.0) == queueing(held, 10.0)
    assert queueing(held, 10.0)["variability"] == pytest.approx(1.0, rel=1e-2)


def test_three_steps_that_held_are_the_fewest_for_a_queue() -> None:
    steps = [step(rate, 0.1) for rate in (1.0, 2.0, 3.0)]
    assert queueing(steps, 10.0)["service_s"] == pytest.approx(0.1)
    assert queueing(steps[:2], 10.0) == {}
    assert queueing(steps, 0.0) == {}
    assert queueing(steps, -1.0) == {}
    assert queueing(steps, 0.5) != {}


def test_a_target_that_never_waits_has_no_variability() -> None:
    found = queueing([step(rate, 0.1) for rate in (1.0, 2.0, 3.0)], 10.0)
    assert found["variability"] == 0.0
    assert "knee" not in found


def test_a_knee_is_told_only_where_the_time_of_a_journey_rises() -> None:
    """A journey of 0.1 s has to take 0.125 s at the highest rate that held."""

    def knee(last: float) -> bool:
        times = zip((1.0, 5.0, 9.0), (0.1, 0.1, last), strict=True)
        return "knee" in queueing([step(rate, seconds) for rate, seconds in times], 10.0)

    assert (knee(0.1), knee(0.124), knee(0.126)) == (False, False, True)


def test_the_universal_scalability_law_by_hand() -> None:
    """g = 10, a = 0.1, b = 0.01, N = 5: 50 / (1 + 0.4 + 0.2) = 31.25."""
    assert scalability(np.array([1.0, 5.0]), 10.0, 0.1, 0.01).tolist() == pytest.approx([10.0, 31.25])


def drawn(gain: float, contention: float, coherency: float, at: tuple[float, ...]) -> list[Step]:
    """Steps of a target that follows the law exactly, with so many journeys in it at a time."""
    x = scalability(np.array(at), gain, contention, coherency)
    return [step(float(rate), n / float(rate)) for rate, n in zip(x, at, strict=True)]


def test_a_curve_that_falls_again_is_fitted_with_its_peak() -> None:
    """a = 0.1, b = 0.01: the peak is at N = sqrt(0.9 / 0.01), where X = 10 N / (1 + 0.1 (N-1) + 0.01 N
    (N-1))."""
    found = usl(drawn(10.0, 0.1, 0.01, (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)))
    n = math.sqrt(90)
    assert found["gain"] == pytest.approx(10.0, rel=1e-3)
    assert found["contention"] == pytest.approx(0.1, rel=1e-2)
    assert found["coherency"] == pytest.approx(0.01, rel=1e-2)
    assert found["peak_in_target"] == pytest.approx(n, rel=1e-2)
    assert found["peak"] == pytest.approx(10 * n / (1 + 0.1 * (n - 1) + 0.01 * n * (n - 1)), rel=1e-3)


def test_contention_alone_has_a_ceiling_and_no_fall() -> None:
    found = usl(drawn(10.0, 0.2, 0.0, (1.0, 2.0, 4.0, 8.0, 16.0)))
    assert found["contention"] == pytest.approx(0.2, rel=1e-2)
    assert found["peak"] == pytest.approx(10 / 0.2, rel=1e-2)


def test_without_contention_there_is_no_peak() -> None:
    found = usl(drawn(10.0, 0.0, 0.0, (1.0, 2.0, 4.0, 8.0, 16.0)))
    assert found["gain"] == pytest.approx(10.0, rel=1e-3)
    assert found["contention"] == pytest.approx(0.0, abs=1e-3)


def test_of_a_curve_what_was_not_measured_takes_no_part() -> None:
    steps = drawn(10.0, 0.1, 0.01, (1.0, 2.0, 5.0, 10.0))
    others = [step(5.0, 9.0, "invalid"), step(5.0, 0.0), step(5.0, 9.0, completed=0.0)]
    assert usl([*steps, *others]) == usl(steps)
    broke = [*steps[:3], step(steps[3].rate, steps[3].journey_s, "broke")]
    assert usl(broke) == usl(steps)
    assert usl(steps[:3]) == {}


def test_of_a_target_that_only_falls_the_peak_is_where_it_was_asked_least() -> None:
    """b = 1.5 is more than the law allows. With a = b = 1 it is X = g / N, endless where nothing is asked: at
    N = 1, the lowest, X = g."""
    found = usl(drawn(10.0, 0.1, 1.5, (1.0, 2.0, 3.0, 4.0, 5.0)))
    assert (found["contention"], found["coherency"]) == (pytest.approx(1.0), pytest.approx(1.0))
    assert found["peak_in_target"] == pytest.approx(1.0)
    assert found["peak"] == pytest.approx(found["gain"])

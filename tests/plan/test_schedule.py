"""Arrival times and sittings, with counts that a person can work out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.plan.model import RateStage, UserStage
from renhai.plan.schedule import Rate, arrival_times, choices, sittings, users_at

Stages = list[RateStage]


def rates(*pieces: tuple[float, float, float]) -> Stages:
    return [RateStage(seconds=s, rate_from=a, rate_to=b) for s, a, b in pieces]


def users(*pieces: tuple[float, int, int]) -> list[UserStage]:
    return [UserStage(seconds=s, users_from=a, users_to=b) for s, a, b in pieces]


def times(stages: Stages, process: str = "constant", seed: int = 1) -> list[float]:
    return [float(t) for chunk in arrival_times(stages, process, seed) for t in chunk]


@pytest.mark.parametrize(
    ("stages", "count"),
    [
        (rates((10, 200, 200)), 2000),
        (rates((10, 0, 500)), 2500),  # half of 10 s * 500/s
        (rates((10, 500, 0)), 2500),
        (rates((4, 100, 100), (6, 300, 300)), 400 + 1800),
        (rates((2, 0, 0), (5, 10, 10), (3, 0, 0)), 50),
        (rates((3, 0, 0)), 0),
        (rates((60, 0, 5000), (60, 5000, 5000)), 150_000 + 300_000),
        (rates((1, 0.5, 0.5)), 1),  # the first is due at once
    ],
)
def test_exact_counts(stages: Stages, count: int) -> None:
    assert len(times(stages)) == count


def test_a_constant_rate_is_evenly_spaced() -> None:
    found = times(rates((5, 4, 4)))
    assert found == pytest.approx([n * 0.25 for n in range(20)])


def test_a_ramp_reaches_each_count_when_its_integral_does() -> None:
    # r(t) = 10 t, A(t) = 5 t^2, so arrival n is due at sqrt(n / 5)
    found = times(rates((10, 0, 100)))
    assert found == pytest.approx([math.sqrt(n / 5) for n in range(500)])


def test_a_pause_between_two_stages_is_skipped() -> None:
    found = times(rates((1, 2, 2), (5, 0, 0), (1, 2, 2)))
    assert found == pytest.approx([0.0, 0.5, 6.0, 6.5])


per_second = st.just(0.0) | st.floats(1e-6, 200)  # nobody asks for less than an arrival in eleven days
stage = st.tuples(st.floats(0.1, 30), per_second, per_second)


@settings(max_examples=60, deadline=None)
@given(st.lists(stage, min_size=1, max_size=5))
def test_times_rise_stay_in_the_run_and_their_number_is_the_area(pieces: list[Any]) -> None:
    stages = rates(*pieces)
    found = np.array(times(stages))
    area = sum(s * (a + b) / 2 for s, a, b in pieces)
    assert abs(len(found) - math.ceil(area)) <= 1  # a whole area may fall to either side in floating point
    if len(found):
        assert (np.diff(found) >= 0).all()
        assert found[0] >= 0 and found[-1] <= sum(stage.seconds for stage in stages) + 1e-6


@settings(max_examples=60, deadline=None)
@given(st.lists(stage, min_size=1, max_size=4), st.floats(0, 1))
def test_times_invert_the_integral_of_the_rate(pieces: list[Any], share: float) -> None:
    stages = rates(*pieces)
    rate = Rate(stages)
    wanted = share * rate.total * 0.999
    t = float(rate.times(np.array([wanted]))[0])
    if rate.total < 1e-3:
        return
    area, begin = 0.0, 0.0
    for seconds, low, high in pieces:
        part = min(max(t - begin, 0.0), seconds)
        area += low * part + (high - low) * part**2 / (2 * seconds)
        begin += seconds
    assert area == pytest.approx(wanted, rel=1e-6, abs=1e-6)


def test_poisson_is_seeded_and_has_the_rate_and_spread_of_its_law() -> None:
    stages = rates((100, 50, 50))
    one, again, other = (times(stages, "poisson", seed) for seed in (7, 7, 8))
    assert one == again != other
    gaps = np.diff(one)
    # 5,000 +- 4 sigma; exponential gaps: standard deviation = mean
    assert abs(len(one) - 5000) < 4 * math.sqrt(5000)
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.06)


def test_journeys_are_chosen_by_weight_and_seed() -> None:
    def drawn(seed: int) -> list[str]:
        stream = choices({"a": 3, "b": 1}, seed)
        return next(stream) + next(stream)

    assert drawn(5) == drawn(5) != drawn(6)
    share = drawn(5).count("a") / len(drawn(5))
    assert share == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / len(drawn(5))))


def test_a_ramp_seats_forty_operators_one_by_one() -> None:
    stages = users((5, 0, 40), (10, 40, 40))
    assert sittings(stages, 0) == [(0.0, 15.0)]
    assert sittings(stages, 39) == [(pytest.approx(4.875), 15.0)]
    assert sittings(stages, 40) == []


def test_seats_are_left_and_taken_again() -> None:
    stages = users((2, 4, 4), (2, 4, 0), (2, 0, 0), (2, 4, 4))
    assert sittings(stages, 0) == [(0.0, 4.0), (6.0, 8.0)]
    assert sittings(stages, 3) == [(0.0, 2.5), (6.0, 8.0)]


plan = st.lists(st.tuples(st.floats(0.5, 20), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(plan, st.floats(0.001, 0.999))
def test_at_any_time_as_many_sit_as_planned(pieces: list[Any], share: float) -> None:
    stages = users(*pieces)
    t = share * sum(stage.seconds for stage in stages)
    seated = sum(any(a <= t < b for a, b in sittings(stages, seat)) for seat in range(30))
    assert abs(seated - users_at(stages, t)) <= 1

"""Think times by their laws, seeded dice, journey mixes, and the clock of many at once."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.load.engine.think_time import Mix, SplitMix64, exponential, fixed, lognormal, think_of, uniform
from renhai.load.measure.time_in_state import TimeInState
from renhai.plan.model import Exponential, Fixed, Lognormal, Think, Uniform

N = 20_000


def rolls(seed: int = 1, count: int = N) -> list[float]:
    rng = SplitMix64(seed)
    return [rng.roll() for _ in range(count)]


def test_dice_are_even_and_seeded() -> None:
    found = rolls()
    assert found == rolls() != rolls(2)
    assert all(0 < u < 1 for u in found)
    # mean 1/2, variance 1/12: 4 sigma of the mean of N
    assert statistics.fmean(found) == pytest.approx(0.5, abs=4 * math.sqrt(1 / 12 / N))
    assert statistics.pvariance(found) == pytest.approx(1 / 12, rel=0.03)


def test_think_times_at_their_quantiles() -> None:
    assert fixed(1.5)(0.3) == 1.5
    assert uniform(1, 3)(0.25) == 1.5
    assert exponential(2)(1 - math.exp(-1)) == pytest.approx(2.0)
    assert lognormal(2, 6)(0.5) == pytest.approx(2.0)
    assert lognormal(2, 6)(0.95) == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("planned", "mean"),
    [
        (Fixed(seconds=1.5), 1.5),
        (Uniform(low=1.0, high=3.0), 2.0),
        (Exponential(mean=2.0), 2.0),
        # exp(mu + sigma^2 / 2), mu = ln 2, sigma = ln 3 / 1.6449
        (Lognormal(median=2.0, p95=6.0), 2 * math.exp((math.log(3) / 1.6448536) ** 2 / 2)),
    ],
)
def test_think_times_have_their_mean(planned: Think, mean: float) -> None:
    think = think_of(planned)
    assert planned.mean == pytest.approx(mean)
    assert statistics.fmean(think(u) for u in rolls()) == pytest.approx(mean, rel=0.03)


def test_journeys_are_drawn_by_weight() -> None:
    mix = Mix({"a": 9, "b": 1})
    assert [mix.draw(u) for u in (1e-9, 0.899, 0.901, 1 - 1e-9)] == ["a", "a", "b", "b"]
    drawn = [mix.draw(u) for u in rolls()]
    assert drawn.count("b") / N == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / N))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=20), st.integers(1000, 2000))
def test_clocking_is_the_sum_of_all_stays(stays: list[tuple[int, int]], now: int) -> None:
    clock = TimeInState()
    spent = 0
    for number, (one, two) in enumerate(stays):
        start, end = min(one, two), max(one, two)
        clock.enter(start)
        if number % 2:
            clock.leave(start, end)
            spent += end - start
        else:
            spent += now - start  # still there
    assert clock.total(now) == spent
    assert clock.count == len(stays[::2])

"""A repetition draws anew, and against a target that keeps its data it meets other taxpayers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from renhai.core.errors import UsageError
from renhai.plan.model import (
    Arrivals,
    OpenLoad,
    RateStage,
    ScenarioPlan,
    SearchLoad,
    SearchSettings,
    Taxpayers,
)
from renhai.plan.schedule import arrival_times, choices, drawn_anew
from renhai.plan.search import SPACE, check_space, further, repeated

STAGES = (RateStage(seconds=10.0, rate_from=50.0, rate_to=50.0),)


def times(seed: int) -> list[float]:
    return np.concatenate(list(arrival_times(STAGES, "poisson", seed))).tolist()


def test_the_first_has_the_seed_itself() -> None:
    assert drawn_anew(20150911, 1) == 20150911


def test_every_repetition_has_other_arrivals_in_another_order() -> None:
    seeds = [drawn_anew(20150911, number) for number in range(1, 31)]
    assert len(set(seeds)) == 30 and all(0 <= seed < 2**63 for seed in seeds)
    draws = [times(seed) for seed in seeds]
    orders = [tuple(next(choices({"a": 9, "b": 1}, seed))) for seed in seeds]
    assert all(one != other for one, other in pairwise(draws))
    assert len(set(orders)) == 30


def test_the_same_repetition_is_the_same_draw_everywhere() -> None:
    assert drawn_anew(7, 3) == drawn_anew(7, 3)
    assert times(drawn_anew(7, 3)) == times(drawn_anew(7, 3))


def test_neighbours_among_seeds_share_no_draw() -> None:
    grid = {drawn_anew(seed, number) for seed in range(50) for number in range(1, 51)}
    assert len(grid) == 2500


PEOPLE = Taxpayers(seed=1, profile="gt3_2015", taxpayers=1000)
ARRIVALS = Arrivals(process="constant", journeys={"a.b": 1}, max_in_flight=1000, rate=50)
OPEN = OpenLoad(arrivals=ARRIVALS, stages=STAGES)
SETTINGS = SearchSettings(
    start=1, highest=9, step_s=8, cool_down_s=2, precision=0.03, steps=30, process="constant"
)
SEARCH = SearchLoad(arrivals=ARRIVALS, stages=STAGES, search=SETTINGS)


def scenario(load: OpenLoad | SearchLoad = OPEN) -> ScenarioPlan:
    return ScenarioPlan(name="x", data=PEOPLE, load=load)


def test_ranges_of_taxpayers_follow_one_another() -> None:
    assert [further(PEOPLE, n).first for n in (1, 2, 3)] == [0, 1000, 2000]
    assert further(PEOPLE.model_copy(update={"first": 50}), 2).first == 1050
    assert [repeated(scenario(), n).data.first for n in (1, 2, 3)] == [0, 1000, 2000]


def test_a_search_that_is_repeated_begins_behind_the_steps_of_the_one_before() -> None:
    second = repeated(scenario(SEARCH), 2).data
    assert second.first == 30_000
    assert further(PEOPLE, 30).first + 1000 == second.first


def test_more_repetitions_than_the_population_holds_are_refused() -> None:
    check_space(scenario(), SPACE // 1000, "--repeat")
    with pytest.raises(UsageError, match=r"lower data\.taxpayers"):
        check_space(scenario(), SPACE // 1000 + 1, "--repeat")

"""Users that are missing are noticed; those who are on their way are waited for."""

from __future__ import annotations

import pytest

from renhai.load.measure.collector import Second
from renhai.load.measure.presence import Presence
from results.verdict.reasons.user_file import UsersBeyondPlan, UsersMissing


def presence(asked: list[tuple[float, int]], alive: list[int], duration_s: float | None = None) -> Presence:
    found = Presence()
    for at, users in asked:
        found.ask(at, users, duration_s or len(alive))
    for number, users in enumerate(alive):
        found.second(Second(number, users={0: users}))
    return found


@pytest.mark.parametrize(
    ("asked", "alive", "planned", "missing"),
    [
        ([(0.001, 10)], [10, 10, 10], 30, 0),
        ([(0.001, 10)], [10, 9, 0], 30, 11),
        ([(0.001, 10)], [1, 1, 1], 30, 27),
        ([(0.0, 1), (1.0, 4), (2.0, 7), (3.0, 10)], [1, 4, 7, 10], 1 + 4 + 7 + 10, 0),  # a ramp on time
        ([(0.0, 1), (1.02, 4), (2.03, 7), (3.04, 10)], [1, 1, 4, 7], 1 + 1 + 4 + 7, 0),  # ticks come late
        ([(0.0, 10), (2.0, 2)], [10, 10, 2, 2], 10 + 2 + 2 + 2, 0),  # fewer from 2 s on
        ([], [0, 0], 0, 0),  # no users of a file's own
    ],
)
def test_user_seconds(asked: list[tuple[float, int]], alive: list[int], planned: int, missing: int) -> None:
    found = presence(asked, alive)
    assert (found.planned, found.missing) == (planned, missing)
    assert bool(found.reason) == (missing > 0)


def test_the_bound_is_one_in_a_hundred() -> None:
    assert not presence([(0.0, 100)], [100, 98]).reason  # 2 of 200
    found = presence([(0.0, 100)], [100, 97]).reason
    assert found == UsersMissing(share=0.015, bound=0.01, alive=97, asked=100)
    assert found.en.startswith(
        "users were missing: 1.5% of the users' time (bound 1%), at worst 97 of 100 were alive"
    )


def test_a_second_that_the_load_did_not_fill_is_left_out() -> None:
    assert not presence([(0.0, 4)], [4, 0], duration_s=1.5).missing


@pytest.mark.parametrize(
    ("asked", "alive", "beyond"),
    [
        ([(0.0, 4)], [4, 4, 4], 0),
        ([(0.0, 4)], [4, 13, 13], 18),
        ([(0.0, 10), (2.0, 2)], [10, 10, 10, 2], 0),  # they leave a little later
        ([(0.0, 10), (2.0, 2)], [10, 10, 10, 10], 8),
        ([(0.0, 1), (1.0, 4), (2.0, 7)], [4, 7, 7], 0),  # they come a little early
    ],
)
def test_users_whom_nobody_asked_for(asked: list[tuple[float, int]], alive: list[int], beyond: int) -> None:
    found = presence(asked, alive)
    assert found.beyond == beyond
    assert isinstance(found.reason, UsersBeyondPlan) == (beyond > 0)


def test_who_is_too_many_is_told() -> None:
    found = presence([(0.0, 4)], [4, 13, 13]).reason
    assert found == UsersBeyondPlan(share=1.5, bound=0.05, alive=13, asked=4)

"""The two sides of a duel: who is due when, and who is first of what is due together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from renhai.load.engine.scheduler import Scheduler
from renhai.load.locust.duel import Apart, SideScheduler, coin

GAP, END = 1_000_000, 1_000_000_000
DUE = st.lists(st.integers(0, END - 1), max_size=60).map(sorted)


def side(due: list[int], number: int, seed: int) -> list[tuple[int, str]]:
    mine = iter([(at, f"j{place}") for place, at in enumerate(due)])
    return list(Apart._apart(mine, number, seed, GAP, END))


@given(DUE, st.integers(0, 2**32))
def test_each_arrival_is_later_at_one_side_by_the_gap_and_at_the_other_on_time(
    due: list[int], seed: int
) -> None:
    a, b = side(due, 0, seed), side(due, 1, seed)
    for found in (a, b):
        assert [at for at, _ in found] == sorted(at for at, _ in found)
    when_a, when_b = ({journey: at for at, journey in found} for found in (a, b))
    for place, at in enumerate(due):
        both = sorted([when_a[f"j{place}"], when_b[f"j{place}"]])
        assert both == ([at, at + GAP] if at + GAP < END else [at, at])


def test_the_coin_is_fair_and_follows_the_seed() -> None:
    times = range(0, 10_000_000_000, 1_000_000)
    for seed in (1, 20150911):
        assert 4500 < sum(coin(at, seed) for at in times) < 5500
    assert any(coin(at, 1) != coin(at, 20150911) for at in times)


def test_what_is_due_together_is_done_in_the_drawn_order() -> None:
    scheduler = Scheduler()
    done: list[tuple[int, int]] = []
    sides = [SideScheduler(scheduler, number, 7) for number in (0, 1)]
    for turn in sides:
        turn.t0_ns = 5_000
    for at in range(5_001, 5_101, 2):
        for number in (1, 0) if at % 4 == 1 else (0, 1):  # who enters first must not matter
            sides[number].at(at, lambda n, t: done.append((t, n)), number, at)
    for _due, _order, action, arguments in sorted(scheduler._queue, key=lambda entry: entry[:2]):
        action(*arguments)
    scheduler.close()
    for at in range(5_001, 5_101, 2):
        first = next(number for t, number in done if t == at)
        assert first == coin(at - 5_000, 7)

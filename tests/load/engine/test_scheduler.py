"""Callbacks at their time, in order; the same with the kernel's timer and with the loop's own."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic_ns
from typing import Any

import gevent
import pytest

from renhai.load.engine.scheduler import LoopTimer, Scheduler, TimerFd

MS = 1_000_000


@pytest.fixture(params=[TimerFd, LoopTimer])
def scheduler(request: pytest.FixtureRequest) -> Iterator[Scheduler]:
    made = Scheduler(request.param)
    yield made
    made.close()


def wait_for(found: list[Any], count: int) -> None:
    with gevent.Timeout(5):
        while len(found) < count:
            gevent.sleep(0.001)


def test_in_order_of_time_then_of_entry_and_never_early(scheduler: Scheduler) -> None:
    found: list[tuple[str, int]] = []
    now = monotonic_ns()
    due = {"late": now + 30 * MS, "a": now + 10 * MS, "b": now + 10 * MS, "past": now - 5 * MS}
    for name, when in due.items():
        scheduler.at(when, lambda name: found.append((name, monotonic_ns())), name)
    wait_for(found, 4)
    assert [name for name, _ in found] == ["past", "a", "b", "late"]
    assert all(at >= due[name] for name, at in found)


def test_an_earlier_entry_comes_first_though_a_later_one_was_armed(scheduler: Scheduler) -> None:
    found: list[str] = []
    now = monotonic_ns()
    scheduler.at(now + 40 * MS, found.append, "later")
    scheduler.at(now + 5 * MS, found.append, "sooner")
    wait_for(found, 2)
    assert found == ["sooner", "later"]


def test_actions_may_enter_actions(scheduler: Scheduler) -> None:
    found: list[int] = []

    def again(n: int) -> None:
        found.append(n)
        if n < 5:
            scheduler.at(monotonic_ns() + MS, again, n + 1)

    scheduler.at(monotonic_ns(), again, 0)
    wait_for(found, 6)
    assert found == [0, 1, 2, 3, 4, 5]


def test_one_that_raises_harms_no_other(scheduler: Scheduler, capsys: pytest.CaptureFixture[str]) -> None:
    found: list[str] = []
    now = monotonic_ns()
    scheduler.at(now, lambda: 1 // 0)
    scheduler.at(now, found.append, "next")
    wait_for(found, 1)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_loop_that_runs_behind_still_serves_others(scheduler: Scheduler) -> None:
    # 200 actions of 1 ms, all overdue: between them the loop must come round
    done: list[int] = []
    turns: list[int] = []

    def work(n: int) -> None:
        until = monotonic_ns() + MS
        while monotonic_ns() < until:
            pass
        done.append(n)

    for n in range(200):
        scheduler.at(1, work, n)
    with gevent.Timeout(10):
        while len(done) < 200:
            turns.append(len(done))
            gevent.sleep(0)
    assert done == list(range(200))
    assert len(set(turns)) > 20

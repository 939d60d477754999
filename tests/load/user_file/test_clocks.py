"""A clock that a user's own file replaced is seen, and a time that is shorter than the call took."""

from __future__ import annotations

import math
import time

import pytest

from renhai.load.user_file import clocks
from renhai.load.user_file.clocks import Clocks, Taken
from results.verdict.reasons.user_file import ClockChanged, TimeShortened

MS = 1_000_000
SECOND = 1000 * MS


class Kernel:
    """A clock that goes by hand, in place of the kernel's."""

    def __init__(self) -> None:
        self.now = 5 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel()
    monkeypatch.setattr(clocks, "monotonic_ns", made)
    for name, unit in clocks.CLOCKS.items():
        monkeypatch.setattr(time, name, lambda unit=unit: made.now / unit)
    return made


@pytest.mark.parametrize("name", clocks.CLOCKS)
@pytest.mark.parametrize(
    "another", [lambda at: 0, lambda at: at / 2, lambda at: at * 1.3, lambda at: -at, lambda at: math.nan]
)
def test_a_clock_that_goes_another_way_is_named(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, name: str, another: object
) -> None:
    unit = clocks.CLOCKS[name]
    monkeypatch.setattr(time, name, lambda: another(kernel.now / unit))  # type: ignore[operator]
    looked = Clocks()
    kernel.now += SECOND
    assert looked.look() == ClockChanged(clock=name)


def test_a_clock_that_is_replaced_later_is_seen_too(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Clocks()
    kernel.now += SECOND
    assert looked.look() is None
    real = time.perf_counter
    monkeypatch.setattr(time, "perf_counter", lambda: real() / 3)
    kernel.now += SECOND
    assert looked.look() == ClockChanged(clock="perf_counter")


def test_a_clock_that_raises_is_none(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1 / 0)
    looked = Clocks()
    kernel.now += SECOND
    assert looked.look() == ClockChanged(clock="monotonic")


def test_python_s_own_clocks_are_the_kernel_s() -> None:
    looked = Clocks()
    assert looked.look() is None


def test_the_clock_of_the_day_may_be_set(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Clocks()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    kernel.now += SECOND
    assert looked.look() is None


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([(199, 200)] * 100, False),  # Locust's own work
        ([(1.0, 1.3)] * 100, False),
        ([(300, 200)] * 100, False),  # an answer that streams on after its call
        ([(100, 200)] * 100, True),  # a clock at half its speed
        ([(10, 18)] * 100, True),
        ([(10, 14)] * 100, False),
        ([(2, 40)], False),  # one, beside which the machine stood still
        ([(2, 49)] * 19, False),
        ([(2, 49)] * 20, True),
        ([(200, 200)] * 99 + [(1, 200)], False),  # one, beside which the machine stood still
        ([(200, 200)] * 96 + [(1, 200)] * 4, True),  # the slow ones alone
        ([], False),
    ],
)
def test_a_time_shorter_than_the_call_took_is_told(pairs: list[tuple[float, float]], found: bool) -> None:
    taken = Taken()
    for reported, real in pairs:
        taken.add("GET /ok", int(reported * MS), int(real * MS))
    assert bool(taken.reasons()) is found


def test_it_is_told_with_the_means_of_both() -> None:
    taken = Taken()
    for _ in range(10):
        taken.add("GET /a", 10 * MS, 100 * MS)
        taken.add("GET /b", 10 * MS, 10 * MS)
    assert taken.reasons() == [TimeShortened(operation="run", reported_ms=10.0, real_ms=55.0)]
    for _ in range(10):
        taken.add("GET /a", 10 * MS, 100 * MS)
        taken.add("GET /b", 10 * MS, 10 * MS)
    assert taken.reasons() == [TimeShortened(operation="GET /a", reported_ms=10.0, real_ms=100.0)]

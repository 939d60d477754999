"""What a user's own file does between Locust's lines: nothing of it is lost, and no pause is without end."""

from __future__ import annotations

from collections import deque
from time import monotonic_ns
from types import SimpleNamespace
from typing import Any

import pytest
from gevent import GreenletExit
from locust import User
from locust.exception import InterruptTaskSet, StopUser
from locust.user.task import DefaultTaskSet

from renhai.load.measure.recorder import Recorder
from renhai.load.user_file.requests import LEFT, MARK, Sent, UnderWay, _heeded, _left
from renhai.load.user_file.tasks import Tasks, _counted, _ending, _where


class Odd(BaseException):
    """No Exception: Locust lets it end the user, and tells nobody."""


class Visitor(User):
    abstract = True


def done(error: BaseException | None) -> tuple[Recorder, Tasks]:
    """One task of one user, which raises."""
    tasks, recorder = Tasks(), Recorder()
    tasks.begin(recorder, str)
    user = Visitor.__new__(Visitor)
    holder: Any = DefaultTaskSet.__new__(DefaultTaskSet)
    holder._user, holder._task_queue = user, deque(["pay"])

    def execute(self: Any) -> None:
        if error is not None:
            raise error

    if error is None:
        _counted(execute, tasks)(holder)
    else:
        with pytest.raises(type(error)):
            _counted(execute, tasks)(holder)
    assert user in tasks.began
    assert tasks.ended == {"Visitor.pay"}
    return recorder, tasks


@pytest.mark.parametrize(
    ("error", "journey", "errors"),
    [
        (None, [1, 1, 0, 0], 0),
        (StopUser(), [1, 1, 0, 0], 0),
        (InterruptTaskSet(), [1, 1, 0, 0], 0),
        (ValueError("x"), [1, 0, 1, 0], 0),  # Locust's own event tells of it
        (GreenletExit(), [1, 0, 0, 1], 0),
        (Odd("x"), [1, 0, 1, 0], 1),
        (SystemExit(0), [1, 0, 1, 0], 1),
        (KeyboardInterrupt(), [1, 0, 1, 0], 1),
    ],
)
def test_what_a_task_came_to(error: BaseException | None, journey: list[int], errors: int) -> None:
    recorder, _ = done(error)
    taken = recorder.take()
    assert taken["journeys"] == {"Visitor.pay": journey}
    assert sum(taken["exceptions"].values()) == errors == sum(f["count"] for f in taken["failures"])


def raised(function: Any) -> BaseException:
    with pytest.raises(ValueError) as caught:
        function()
    return caught.value


def test_what_raised_between_two_tasks_is_named() -> None:
    def on_stop() -> None:
        raise ValueError("log-out")

    def wait_time() -> None:
        raise ValueError("no pause")

    def anything() -> None:
        raise ValueError("x")

    assert [_where(raised(one)) for one in (on_stop, wait_time, anything)] == ["on_stop", "wait_time", "run"]


@pytest.mark.parametrize("seconds", [float("inf"), float("-inf"), float("nan")])
def test_a_pause_without_end_is_refused(seconds: float) -> None:
    slept: list[Any] = []
    pause = _ending(lambda _, seconds: slept.append(seconds))
    error = raised(lambda: pause(SimpleNamespace(), seconds))
    assert "wait_time is" in str(error) and _where(error) == "wait_time"
    assert slept == []


@pytest.mark.parametrize("seconds", [0, 0.1, -1, 10**6, "1"])
def test_other_pauses_are_locusts(seconds: Any) -> None:
    slept: list[Any] = []
    _ending(lambda _, seconds: slept.append(seconds))(SimpleNamespace(), seconds)
    assert slept == [seconds]


class Answer:
    """As much of a ResponseContextManager as is asked for."""

    def __exit__(self, *_: object) -> None: ...

    def failure(self, exc: Any) -> None: ...


def test_a_failure_after_the_with_block_is_told_and_one_inside_is_locusts() -> None:
    under_way, told = UnderWay(), []
    under_way.too_late = lambda sent, why: told.append((sent, why))
    leave, fail = _left(Answer.__exit__, under_way), _heeded(Answer.failure, under_way)
    answer, sent = Answer(), Sent("user", "GET", "/ok")
    answer.__dict__[MARK] = sent
    fail(answer, "in time")
    assert told == [] and LEFT not in answer.__dict__
    leave(answer, None, None, None)
    fail(answer, "too late")
    assert told == [(sent, "too late")]


def test_a_task_that_nobody_ended_is_endless_and_one_that_anybody_ended_is_long() -> None:
    tasks, first, second = Tasks(), Visitor.__new__(Visitor), Visitor.__new__(Visitor)
    tasks.running = {first: "Visitor.pay", second: "Visitor.look"}
    tasks.ended = {"Visitor.look"}
    assert tasks.endless(first) == "Visitor.pay"
    assert tasks.endless(second) == ""
    assert tasks.endless(Visitor.__new__(Visitor)) == ""  # between two tasks


def test_when_a_user_last_sent_or_waited() -> None:
    under_way, user, other = UnderWay(), Visitor.__new__(Visitor), Visitor.__new__(Visitor)
    assert under_way.last_ns(user, 7) == 7
    before = monotonic_ns()
    sent = under_way.begin(user, "GET", "/ok")
    under_way.sending()
    at_send = under_way.last_ns(user, 0)
    assert at_send >= before
    assert under_way.last_ns(user, 0) > at_send  # while it waits for the answer
    under_way.returned(sent, None)
    under_way._end(sent)
    assert under_way.last_ns(user, 0) == under_way.last_ns(user, 0) >= at_send
    assert under_way.last_ns(other, 7) == 7

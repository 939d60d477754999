"""The open model: journeys that begin when they are due, whatever the target does.

Worker `slot` of `slots` takes arrivals n with n mod slots = slot from the schedule that all compute alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from time import monotonic_ns
from typing import Any

from gevent import Greenlet
from locust import User

from renhai.binding.state.client_state import StatePool
from renhai.load.engine.journey_run import JourneyEngine, JourneyRun
from renhai.load.engine.workplace import Workplace
from renhai.plan.model import OpenLoad, Plan
from renhai.plan.schedule import CHUNK, arrival_times, choices


class Arrivals:
    """Starts one worker's arrivals; one that meets `max_in_flight` journeys under way is dropped and counted.

    The bound is the plan's, shared evenly among the workers.
    """

    def __init__(self, engine: JourneyEngine, plan: Plan, slot: int, slots: int) -> None:
        load = plan.load
        assert isinstance(load, OpenLoad)
        arrivals = load.arrivals
        self._engine = engine
        self._bound = max(1, -(-arrivals.max_in_flight // slots))
        self._times = arrival_times(load.stages, arrivals.process, plan.seed)
        self._choices = choices(arrivals.journeys, plan.seed)
        self._mine = self._of_slot(slot, slots)
        most = (
            load.iterations.of_slot(slot, slots) if isinstance(load, OpenLoad) and load.iterations else None
        )
        if most is not None:
            self._mine = islice(self._mine, most)
        self._counted = most is not None
        self._t0_ns = 0
        self._next: tuple[int, str] | None = None
        self._states = StatePool(slot, slots) if engine.stateful else None
        self.in_flight = 0
        self.over = False

    def _of_slot(self, slot: int, slots: int) -> Iterator[tuple[int, str]]:
        first = slot
        for times, names in zip(self._times, self._choices, strict=False):
            due_ns = (times[first::slots] * 1e9).astype("int64").tolist()
            yield from zip(due_ns, names[first : len(times) : slots], strict=True)
            first = (first - CHUNK) % slots

    def open(self, t0_ns: int) -> None:
        """Schedule everything from `t0_ns` (CLOCK_MONOTONIC) on."""
        self._t0_ns = t0_ns
        self._next = next(self._mine, None)
        self._enter()

    def _enter(self) -> None:
        if self._next is not None:
            self._engine.scheduler.at(self._t0_ns + self._next[0], self._arrive)

    def _arrive(self) -> None:
        """Begin all that is due, as far as this turn of the scheduler goes."""
        scheduler = self._engine.scheduler
        now = monotonic_ns()
        if self._engine.closing:
            self.over = True
        try:
            while not self.over and self._next is not None:
                due_ns = self._t0_ns + self._next[0]
                if due_ns > now:
                    break
                journey = self._next[1]
                self._next = next(self._mine, None)
                self._begin(due_ns, journey)
                if self._counted and self._next is None:
                    self._engine.closing = True  # the last of its iterations
                now = monotonic_ns()
                if now >= scheduler.turn_end_ns:
                    break
        finally:
            if not self.over:
                self._enter()

    def end(self) -> None:
        """Begin no more; what was due by now and has not begun counts as dropped."""
        if self.over:
            return
        self.over = True
        now_ns = monotonic_ns() - self._t0_ns
        left = 0
        while self._next is not None and self._next[0] <= now_ns:
            left += 1
            self._never_began(self._t0_ns + self._next[0], self._next[1])
            self._next = next(self._mine, None)
        self._engine.recorder.due += left
        self._engine.recorder.dropped += left

    def _begin(self, due_ns: int, journey: str) -> None:
        recorder = self._engine.recorder
        recorder.due += 1
        if self.in_flight >= self._bound:
            recorder.dropped += 1
            self._never_began(due_ns, journey)
            return
        self.in_flight += 1
        self._engine.begin(journey, due_ns, self._ended, self._states.take() if self._states else None)

    def _never_began(self, due_ns: int, journey: str) -> None:
        starts = self._engine.recorder.starts
        if starts is not None:
            starts.note(journey, None, due_ns, due_ns, "dropped")

    def _ended(self, session: JourneyRun, how: str, now_ns: int) -> None:
        self.in_flight -= 1
        if self._states is not None and session.memory is not None:
            self._states.give_back(session.memory)


def arrive(user: Any) -> None:
    """What Locust's page shows as the task of an arrival stream."""
    raise RuntimeError("arrivals are driven by callbacks")


class ArrivalsUser(User):  # type: ignore[misc]
    """Stands for one worker's arrival stream among Locust's users; the load worker runs the stream itself."""

    abstract = True
    tasks = [arrive]  # Locust refuses a user class without tasks
    worker: Workplace

    def start(self, group: Any) -> Greenlet:
        self._group = group
        self._greenlet = Greenlet(_goodbye, self)
        group.add(self._greenlet)
        self.worker = self.environment.renhai_worker
        self.worker.hire(self)
        return self._greenlet

    def stop(self, force: bool = False) -> bool:
        self.worker.dismiss(self)
        if not self._greenlet.started:
            self._greenlet.start()
        return True


def _goodbye(user: ArrivalsUser) -> None:
    user.on_stop()

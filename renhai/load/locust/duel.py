"""Two targets under the same load at the same time, from one load process: `install(PLAN)` of `renhai duel`.
from results.verdict.reasons import Reason

Each side has a load worker, client, recorder and controller of its own, so each leaves a whole snapshot.
What they share is the clock: one start, and one scheduler.

Open model: each arrival begins the same journey at both sides, at one of them half a mean gap later than at
the other, and which one is drawn for each arrival. Begun in the same instant the two would fight for the
machine: then a target that answers a little later is met when the other one is done, and is the faster for
it (seen with a planted delay of 10 %). Closed model: operators who think alike sit down at the same time.
What is due at both at once is done in one turn of the loop, again in an order that is drawn.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from heapq import heappop, heappush
from time import monotonic_ns
from typing import Any

import gevent
import locust.runners
from locust import LoadTestShape, events

from renhai.load.engine import journeys
from renhai.load.engine.arrivals import Arrivals, ArrivalsUser
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.engine.operators import JourneyUser
from renhai.load.engine.scheduler import Action, Scheduler
from renhai.load.locust.entry import on_signals, operator_classes, prepare_process
from renhai.load.locust.plain import prepare_plain
from renhai.load.locust.runner_patch import patch
from renhai.load.measure.status_line import take_word
from renhai.load.worker.build import load_worker_of
from renhai.load.worker.controller import LOCAL_LEAD_NS, LocalPool, RunController, failed
from renhai.load.worker.egress_watch import EgressWatch, bar_to
from renhai.load.worker.worker import LoadWorker, Report
from renhai.plan.model import Plan, read_duel
from renhai.plan.schedule import Opening
from results.verdict.reasons import Reason

logger = logging.getLogger(__name__)

MOST_APART_NS = 100_000_000  # so that the machine's weather stays the same for both

# Knuth's multiplicative hash on 64 bits (the golden ratio): one bit of it is a fair coin for each due time.
_GOLDEN, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


def coin(since_ns: int, seed: int) -> int:
    """0 or 1, the same at both sides for what is due at the same time since the start."""
    return ((since_ns ^ seed) * _GOLDEN & _MASK) >> 63


class Apart(Arrivals):
    """One side's arrivals of the schedule: those that the coin gives to it are due half a mean gap later."""

    def __init__(self, side: int, engine: JourneyEngine, plan: Plan, slot: int, slots: int) -> None:
        super().__init__(engine, plan, slot, slots)
        load = plan.load
        end_ns = int(load.seconds * 1e9)
        gap_ns = min(MOST_APART_NS, int(0.5e9 / max(load.peak_rate, 1e-9)))
        self._mine = self._apart(self._mine, side, plan.seed, gap_ns, end_ns)

    @staticmethod
    def _apart(
        mine: Iterator[tuple[int, str]], side: int, seed: int, gap_ns: int, end_ns: int
    ) -> Iterator[tuple[int, str]]:
        """In order of their new times; what would fall behind the end stays where it is."""
        waiting: list[tuple[int, int, str]] = []
        for number, (due_ns, journey) in enumerate(mine):
            while waiting and waiting[0][0] <= due_ns:
                first = heappop(waiting)
                yield first[0], first[2]
            late_ns = gap_ns * (coin(due_ns, seed) ^ side)
            heappush(waiting, (due_ns + (late_ns if due_ns + gap_ns < end_ns else 0), number, journey))
        while waiting:
            first = heappop(waiting)
            yield first[0], first[2]


class SideScheduler(Scheduler):
    """One side's way into the scheduler of both: a coin decides which side is first of what is due together.

    It falls by the time since the start and the seed alone, so that both sides see the same coin.
    """

    def __init__(self, scheduler: Scheduler, side: int, seed: int) -> None:
        self._both, self._side, self._seed = scheduler, side, seed
        self.t0_ns = 0

    def at(self, due_ns: int, action: Action, *arguments: Any) -> None:
        """As Scheduler.at; the side that loses the toss is entered one nanosecond later."""
        later = coin(due_ns - self.t0_ns, self._seed) ^ self._side
        self._both.at(due_ns + later - 1, action, *arguments)

    @property
    def turn_end_ns(self) -> int:  # type: ignore[override]
        """As Scheduler.turn_end_ns, of the turn that both sides share."""
        return self._both.turn_end_ns

    def close(self) -> None:
        self._both.close()


class SideCrew(LocalPool):
    """One side; `start` gives both the same start. `among`: so many share a target file's ceiling."""

    def __init__(self, worker: LoadWorker[Any], start: Callable[[], int], among: int) -> None:
        super().__init__(worker)
        self._start = start
        self._among = among

    def open(self) -> int:
        t0_ns = self._start()
        self._worker.open(Opening(t0_ns))
        self._worker.share(self._among)
        return t0_ns


class Side:
    """One target's plan with all that follows from it in this process."""

    def __init__(
        self, number: int, plan: Plan, scheduler: Scheduler, ended: Callable[[Side], object]
    ) -> None:
        self.plan = plan
        self.egress_watch = EgressWatch(plan)
        self.controller = RunController(plan, lambda: ended(self))
        self.turn = SideScheduler(scheduler, number, plan.seed)
        self.worker = load_worker_of(plan, self._receive)
        self.worker.engine.scheduler.close()
        self.worker.engine.scheduler = self.turn
        self.worker.arrivals_kind = partial(Apart, number)
        self.worker.permit = self.egress_watch.permit
        self.egress_watch.watch(self.worker.halt)

    def _receive(self, report: Report, pause: Callable[[], object]) -> None:
        self.controller.receive(0, report)


class Staff:
    """Both load workers as the one that Locust's users and its runner ask for (see runner_patch)."""

    def __init__(self, workers: Sequence[LoadWorker[Any]]) -> None:
        self.workers = workers
        self.engine = workers[0].engine

    @property
    def counts(self) -> Counter[str]:
        return sum((worker.counts for worker in self.workers), Counter())

    @property
    def users(self) -> dict[Any, None]:
        return {user: None for worker in self.workers for user in worker.users}

    def hire(self, user: Any) -> None:
        self.workers[0].hire(user)

    def dismiss(self, user: Any) -> None:
        self.workers[0].dismiss(user)


def install(plan_json: str) -> dict[str, Any]:
    """The user classes and the shape for the generated locustfile of a duel, from its plan's JSON.

    A renhai.plan.model.DuelPlan.
    """
    take_word()
    try:
        return _installed(read_duel(plan_json).sides)
    except Exception as error:
        failed(error)
        raise


def _installed(plans: Sequence[Plan]) -> dict[str, Any]:
    for plan in plans:
        prepare_process(plan)
        journeys.register(plan.journeys)
    run = DuelRun(plans)
    events.init.remove_listener(prepare_plain)
    events.init.add_listener(run.on_init)
    return {"PlanShape": _shape(run), **{kind.__name__: kind for kind in _classes(plans)}}


class DuelRun:
    """The process's part in both runs."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = plans
        self._runner: Any = None
        self._t0_ns = 0
        self.sides: list[Side] = []
        self.users = 2 * plans[0].load.seats or 1

    @property
    def over(self) -> bool:
        return bool(self.sides) and all(side.controller.over.is_set() for side in self.sides)

    def on_init(self, environment: Any, runner: Any, **_: Any) -> None:
        self._runner = runner
        environment.process_exit_code = 0  # the runner judges, by the snapshots
        if not isinstance(runner, locust.runners.LocalRunner):
            raise RuntimeError("a duel is one load process")
        scheduler = Scheduler()
        self.sides = [Side(number, plan, scheduler, self._ended) for number, plan in enumerate(self._plans)]
        environment.renhai_worker = Staff([side.worker for side in self.sides])
        among = 2 if self._plans[0].guard == self._plans[1].guard else 1
        for side in self.sides:
            side.controller.worker_pool = SideCrew(side.worker, self._start, among)
        bar_to([address for plan in self._plans for address in plan.addresses], self._complain)
        patch(runner)
        environment.events.spawning_complete.add_listener(self._begin)
        environment.events.test_stopping.add_listener(lambda **_: self._finish())
        on_signals(lambda: self._end("interrupted"))

    def _begin(self, user_count: int, **_: Any) -> None:
        for side in self.sides:
            side.controller.begin()

    def _start(self) -> int:
        """The common start, CLOCK_MONOTONIC in ns: once both sides have done what takes time."""
        if not self._t0_ns:
            for side in self.sides:
                side.worker.prepare()
            self._t0_ns = monotonic_ns() + 2 * LOCAL_LEAD_NS
            for side in self.sides:
                side.turn.t0_ns = self._t0_ns
        return self._t0_ns

    def _complain(self, reason: Reason) -> None:
        for side in self.sides:
            side.worker.engine.complain(reason)

    def _ended(self, ended: Side) -> None:
        """One side ended by itself: the other goes on to its own end, unless somebody stopped the duel."""
        if ended.controller.ending == "interrupted":
            for side in self.sides:
                if not side.controller.ending:
                    gevent.spawn(side.controller.end, "interrupted")
        if self.over:
            gevent.spawn(self._runner.quit)

    def _end(self, how: str) -> None:
        for side in self.sides:
            gevent.spawn(side.controller.end, how)

    def _finish(self) -> None:
        gevent.joinall([gevent.spawn(side.controller.finish, "interrupted") for side in self.sides])


def _classes(plans: Sequence[Plan]) -> list[type[Any]]:
    if plans[0].load.model == "open":
        return [type("Arrivals", (ArrivalsUser,), {"abstract": False})]
    return [kind for number, plan in enumerate(plans) for kind in _of_side(number, plan)]


def _of_side(number: int, plan: Plan) -> Iterator[type[JourneyUser]]:
    """The operators of one side: as in a run of its own, but for the load worker that they work at."""
    for kind in operator_classes(plan):

        def hired(self: Any, environment: Any, kind: type[JourneyUser] = kind) -> None:
            kind.__init__(self, environment)
            self.worker = environment.renhai_worker.workers[number]

        members = {"__init__": hired, "abstract": False, "group_name": kind.group_name}
        yield type(f"{'ab'[number]}_{kind.__name__}", (kind,), members)


def _shape(run: DuelRun) -> type[LoadTestShape]:
    class PlanShape(LoadTestShape):  # type: ignore[misc]
        """All users at once; the conductors open when they are there."""

        def tick(self) -> tuple[int, float] | None:
            return None if run.over else (run.users, float(run.users))

    return PlanShape

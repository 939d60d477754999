"""`python -m renhai.load.trial PLAN`: walk each journey of a plan until each of its steps was sent.

PLAN: a renhai.plan.model.Plan as JSON. A line of JSON for each request that shows something new
({sent: {...}}), then one for each journey ({walked: name, ...}), and at last {end: true}. Everything is sent
and judged by the engine of a load process, with the plan's taxpayers, rows and ways to connect; only the
pauses are left out.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, monotonic_ns
from typing import Any, NamedTuple

import gevent
import locust  # noqa: F401  # makes the standard library cooperative, before anything uses it
from gevent import Timeout
from gevent.event import AsyncResult

from renhai.binding.codec import Reply
from renhai.binding.state.client_state import ClientState
from renhai.load.engine import journeys
from renhai.load.engine.failures import excerpts
from renhai.load.engine.journey_run import COMPLETED, CUT, JourneyEngine, JourneyRun
from renhai.load.engine.journeys import JOURNEYS
from renhai.load.engine.sign_in import SIGN_OUT
from renhai.load.http.client import Result
from renhai.load.trial.steps import place_of, placed, places
from renhai.load.worker.build import load_worker_of
from renhai.load.worker.egress_watch import EgressWatch
from renhai.plan.model import ClosedLoad, Plan, read_plan
from renhai.safety.rate_limit import TokenBucket
from renhai.safety.redaction import guessed

MOST_WALKS = 200  # of one journey: a branch that is drawn once in 40 times is then missed in 1 of 150 checks
MOST_FAILED = 3  # walks of one journey in which an answer was not ok
MOST_SECONDS = 120.0  # of one journey


class Seat(NamedTuple):
    """Where the person sits who walks: of the first group of operators whose post has the journey."""

    unit: str
    post: str
    seat: int


@dataclass
class Walked:
    """What the walks of one journey came to. left: what was not sent, its operation by its place."""

    left: dict[str, str]
    walks: int = 0
    completed: int = 0
    failed: int = 0
    late: bool = False
    complaints: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_unfinished(self) -> bool:
        return bool(self.left) or not self.completed

    def take(self, how: str, troubled: bool, sent: set[str]) -> None:
        """One more walk, how it ended, and all that was sent so far."""
        self.walks += 1
        self.completed += how == COMPLETED and not troubled
        self.failed += how != COMPLETED or troubled
        self.left = {place: name for place, name in self.left.items() if place not in sent}

    def told(self) -> dict[str, Any]:
        """For the line of it."""
        return {**asdict(self), "left": sorted(self.left.items())}


class Tap:
    """Stands where a load process keeps papers and the journal, and so sees every answer as it was judged."""

    def __init__(self, engine: JourneyEngine) -> None:
        self.names = frozenset(engine.binding.operations)
        self.engine, self.result = engine, None
        self._last: Result | None = None
        self._told: set[tuple[str, str, bool]] = set()
        self.sent: set[str] = set()
        self.before: set[str] = set()

    def result_of(self, operation: str, fields: Mapping[str, Any], reply: Reply, result: Result) -> None:
        """Of an answer that came."""
        self._last = result

    def keep(self, run: JourneyRun, operation: str, reply: Reply) -> None:
        """Tell of an answer the first time that this step was sent, and the first time that it failed."""
        last = run.path[-1]
        place = place_of(last)
        self.sent.add(place or operation)
        result, self._last = self._last, None
        key = (place or run.journey, operation, reply.ok)
        if key in self._told:
            return
        self._told.add(key)
        binding, memory = self.engine.binding, run.memory
        asked, came = excerpts(run, result, headers=True) if run.sent is not None else ("", "")
        saved = set(memory.saved) if memory is not None else set()
        tell(
            sent={
                "journey": run.journey, "place": place, "operation": operation, "outcome": reply.outcome,
                "code": binding.redact(reply.code, memory),
                "reason": guessed(binding.redact(reply.reason, memory)),
                "sent": guessed(asked), "came": guessed(came), "status": result.status if result else 0,
                "ms": (result.done_ns - result.sent_ns) / 1e6 if result else 0.0,
                "read": sorted(reply.data) if isinstance(reply.data, dict) else [],
                "kept": sorted(saved - self.before),
            }
        )  # fmt: skip
        self.before |= saved


class Papers:
    """The part of Tap that is asked as a file of papers is."""

    def __init__(self, tap: Tap) -> None:
        self.names, self.keep = tap.names, tap.result_of


def tell(**line: Any) -> None:
    print(json.dumps(line, ensure_ascii=False, default=str), flush=True)


class Trial:
    """All journeys of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.steps = {name: placed(steps, name) for name, steps in plan.journeys.items()}
        journeys.register(self.steps)
        self.engine = load_worker_of(plan, lambda report, pause: None).engine
        if plan.guard.ceiling.rate:
            self.engine.bucket = TokenBucket(plan.guard.ceiling.rate, 1)
        self.tap = Tap(self.engine)
        self.engine.journal, self.engine.papers = self.tap, Papers(self.tap)
        self.rows: dict[str, dict[str, Any]] = {}

    def seat(self, journey: str) -> Seat | None:
        """None for one that arrives."""
        load, number = self.plan.load, 0
        for group in load.groups if isinstance(load, ClosedLoad) else ():
            if journey in self.plan.scenario.posts[group.post].journeys:
                return Seat(group.unit, group.shown_post, number)
            number += group.count
        return None

    def walk_all(self) -> None:
        """Every journey; those that wait for what others leave behind once more after them."""
        done = {name: self.walk(name) for name in self.plan.scenario.journeys}
        again = {name: self.walk(name, one) for name, one in done.items() if one.is_unfinished}
        for name, one in {**done, **again}.items():
            tell(walked=name, **one.told())

    def walk(self, journey: str, before: Walked | None = None) -> Walked:
        """A journey by a person who has asked for nothing yet, until all was sent that it may send.

        before: what earlier walks of it showed.
        """
        seat, engine = self.seat(journey), self.engine
        memory = None
        if engine.stateful:
            memory = ClientState(seat.seat, seat.unit, seat.post) if seat else ClientState()
            memory.rows = self.rows  # the same person, who has signed out
        one = before or Walked(self.wanted(journey))
        failed, until = one.failed, monotonic() + MOST_SECONDS
        self.tap.sent, self.tap.before = set(), set()
        for _ in range(MOST_WALKS):
            how, troubled = self.once(journey, seat, memory, until)
            one.take(how, troubled, self.tap.sent)
            one.late = monotonic() >= until
            if how == CUT or one.late or one.failed - failed >= MOST_FAILED or not one.is_unfinished:
                break
        if engine.binding.signing.logout and memory is not None and memory.signed_in:
            self.once(SIGN_OUT, seat, memory, until)
        one.complaints += [{"en": reason.en, "zh": reason.zh} for reason in engine.complaints]
        engine.complaints.clear()
        engine.closing = False
        return one

    def wanted(self, journey: str) -> dict[str, str]:
        """What a journey may send: its steps by their places, else operations by their names."""
        if journey in self.steps:
            return {one.place: str(one) for one in places(self.steps[journey])}
        return {name: name for name in JOURNEYS[journey].operations}

    def once(
        self, journey: str, seat: Seat | None, memory: ClientState | None, until: float
    ) -> tuple[str, bool]:
        """How one walk ended, and whether an answer was not ok."""
        engine, waiter = self.engine, AsyncResult()
        engine.pool.seat = seat
        run = engine.begin(journey, monotonic_ns(), lambda run, how, now: waiter.set(how), memory)
        try:
            with Timeout(max(0.1, until - monotonic())):
                how = waiter.get()
        except Timeout:
            run.cut()
            how = CUT
        return how, run.troubled


def main() -> int:
    """Walk all journeys of the plan that the command line names."""
    plan = read_plan(Path(sys.argv[1]).read_text(encoding="utf-8"))
    watch = EgressWatch(plan)
    watch.bar()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, sys.exit, 1)
    for file in plan.locustfiles:
        journeys.load_journeys(file)
    trial = Trial(plan)
    trial.walk_all()
    tell(end=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m renhai.load.trial PLAN WANTED`: walk each journey of a plan until each of its steps was sent.

PLAN: a renhai.plan.model.Plan as JSON. WANTED: for each journey what it may send, as JSON: operation, share
of its transactions, whether for new taxpayers alone, in the order of its declaration. A line of JSON for
each request that shows something new ({sent: {...}}), then one for each journey ({walked: name, ...}), and at
last {end: true}. Everything is sent and judged by the engine of a load process, with the plan's taxpayers,
rows and ways to connect; only the pauses are left out, and draws go first to what was not sent yet.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
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
from renhai.load.engine.journey_run import CUT, FAILED, JourneyEngine, JourneyRun
from renhai.load.engine.sign_in import SIGN_OUT
from renhai.load.engine.written import place_of
from renhai.load.http.client import Result
from renhai.load.trial.steps import placed, places, steered
from renhai.load.trial.walked import MOST_OF_RARE, MOST_SECONDS, WORSE, Said, Step, Walked, wanted_of
from renhai.load.worker.build import load_worker_of
from renhai.load.worker.egress_watch import EgressWatch
from renhai.plan.model import ClosedLoad, Plan, read_plan
from renhai.safety.rate_limit import TokenBucket
from renhai.safety.redaction import guessed
from results.verdict.reasons.generator import (
    DataExhausted,
    PeriodsFiled,
    TaxpayersBusy,
    TaxpayersExhausted,
    TaxpayersRegistered,
)

ALONE, AMONG = 20, 5  # walks at a time: of one journey, and while all the others are walked as well
MOST_ROUNDS = 40  # of all the others


class Seat(NamedTuple):
    """Where the person sits who walks."""

    unit: str
    post: str
    seat: int


class Tap:
    """Stands where a load process keeps papers and the journal, and so sees every answer as it was judged."""

    def __init__(self, engine: JourneyEngine) -> None:
        self.names = frozenset(engine.binding.operations)
        self.engine, self.result = engine, None
        self._last: Result | None = None
        self._told: set[tuple[str, str, str]] = set()
        self.sent: set[str] = set()
        self.ok: set[str] = set()  # operations that journeys in Python have sent with success
        self.before: set[str] = set()
        self.answers: dict[Step, Said] = {}  # the worst one of each step of this walk

    def result_of(self, operation: str, fields: Mapping[str, Any], reply: Reply, result: Result) -> None:
        """Of an answer that came."""
        self._last = result

    def keep(self, run: JourneyRun, operation: str, reply: Reply) -> None:
        """Tell of an answer the first time that this step was sent, refused, or answered in a wrong way."""
        last = run.path[-1]
        place = place_of(last)
        self.sent.add(place or operation)
        if reply.ok and not place:
            self.ok.add(operation)
        self._judge((run.journey, place, operation), run, reply)
        result, self._last = self._last, None
        key = (place or run.journey, operation, reply.outcome)
        if key in self._told:
            return
        self._told.add(key)
        memory = run.memory
        asked, came = excerpts(run, result, headers=True) if run.sent is not None else ("", "")
        saved = set(memory.saved) if memory is not None else set()
        tell(
            sent={
                "journey": run.journey, "place": place, "operation": operation,
                **self._said(run, reply)._asdict(),
                "sent": guessed(asked), "came": guessed(came), "status": result.status if result else 0,
                "ms": (result.done_ns - result.sent_ns) / 1e6 if result else 0.0,
                "read": sorted(reply.data) if isinstance(reply.data, dict) else [],
                "kept": sorted(saved - self.before),
            }
        )  # fmt: skip
        self.before |= saved

    def _judge(self, step: Step, run: JourneyRun, reply: Reply) -> None:
        before = self.answers.get(step)
        if before is None or WORSE.index(reply.outcome) > WORSE.index(before.outcome):
            self.answers[step] = Said("ok") if reply.ok else self._said(run, reply)

    def _said(self, run: JourneyRun, reply: Reply) -> Said:
        redact = self.engine.binding.redact
        reason = guessed(redact(reply.reason, run.memory))
        return Said(reply.outcome, redact(reply.code, run.memory), reason)

    @property
    def is_refused(self) -> bool:
        """Whether this walk was refused something, and nothing worse was answered."""
        outcomes = {said.outcome for said in self.answers.values()}
        return "rejected" in outcomes and "error" not in outcomes


class Papers:
    """The part of Tap that is asked as a file of papers is."""

    def __init__(self, tap: Tap) -> None:
        self.names, self.keep = tap.names, tap.result_of


def tell(**line: Any) -> None:
    print(json.dumps(line, ensure_ascii=False, default=str), flush=True)


USED_UP = (DataExhausted, PeriodsFiled, TaxpayersBusy, TaxpayersExhausted, TaxpayersRegistered)


class Trial:
    """All journeys of one plan. wanted: see WANTED above."""

    def __init__(self, plan: Plan, wanted: Mapping[str, list[tuple[str, float, bool]]]) -> None:
        self.plan = plan
        self.steps = {name: placed(steps, name) for name, steps in plan.journeys.items()}
        journeys.register(self.steps)
        self.engine = load_worker_of(plan, lambda report, pause: None).engine
        if plan.guard.ceiling.rate:
            self.engine.bucket = TokenBucket(plan.guard.ceiling.rate, 1)
        self.tap = Tap(self.engine)
        self.engine.journal, self.engine.papers = self.tap, Papers(self.tap)
        self.rows: dict[int, dict[str, dict[str, Any]]] = {}  # of a seat; those who arrive are one person
        self.round = 0
        self.walked = {
            name: Walked(wanted_of(wanted[name], places(self.steps.get(name, ()))))
            for name in plan.scenario.journeys
        }

    def seat(self, journey: str) -> Seat | None:
        """Another one in each round, of each group of operators in turn whose post has the journey; and not
        the one of other journeys, as who approves is not who has applied. None for one that arrives."""
        load, number = self.plan.load, 0
        found = []
        for group in load.groups if isinstance(load, ClosedLoad) else ():
            if journey in self.plan.scenario.posts[group.post].journeys:
                found.append((number, group))
            number += group.count
        if not found:
            return None
        turn, place = divmod(self.round, len(found))
        first, group = found[place]
        return Seat(
            group.unit,
            group.shown_post,
            first + (turn + list(self.walked).index(journey)) % group.count,
        )

    def walk_all(self) -> None:
        """Every journey once, then alone what shows more of itself, then with all the others between, as many
        a step waits for what others leave behind."""
        for name in self.walked:
            self.walk(name, 1)
        for self.round in range(1, MOST_OF_RARE):
            for name in self.open if self.round == 1 or self.round > MOST_ROUNDS else list(self.walked):
                one = self.walked[name]
                if not one.is_given_up:
                    self.walk(name, (ALONE if self.round == 1 else AMONG) if one.is_unfinished else 1)
            if not self.open:
                break
        for name, one in self.walked.items():
            tell(walked=name, **one.told())

    @property
    def open(self) -> list[str]:
        """The journeys of which more may be seen."""
        for one in self.walked.values():
            one.sent((), self.tap.ok)
        return [name for name, one in self.walked.items() if one.is_unfinished and not one.is_given_up]

    def walk(self, journey: str, times: int) -> None:
        """A journey by a person who has asked for nothing yet, up to `times` while something is left."""
        seat, engine, one = self.seat(journey), self.engine, self.walked[journey]
        memory = None
        if engine.stateful:
            memory = ClientState(seat.seat, seat.unit, seat.post) if seat else ClientState()
            memory.rows = self.rows.setdefault(seat.seat if seat else -1, {})  # of the same person
        self.tap.sent, self.tap.before = set(), set()
        for _ in range(times):
            if journey in self.steps:
                journeys.register({journey: steered(self.steps[journey], one.left)})
                engine.pool.looked = one.looked
            began = monotonic()
            how, troubled = self.once(journey, seat, memory, MOST_SECONDS - one.seconds)
            one.seconds += monotonic() - began
            self.take(one, how, troubled)
            if one.is_given_up or not one.is_unfinished:
                break
        if engine.binding.signing.logout and memory is not None and memory.signed_in:
            self.once(SIGN_OUT, seat, memory, MOST_SECONDS)
            self.complained(one)

    def take(self, one: Walked, how: str, troubled: bool) -> None:
        """What a walk came to. That rows or taxpayers are used up is nothing wrong once there were some, nor
        is it that the time was up."""
        engine = self.engine
        used_up = [reason for reason in engine.complaints if one.walks and isinstance(reason, USED_UP)]
        for reason in used_up:
            del engine.complaints[reason]
        one.over = bool(used_up) or engine.closing
        spent = (how == CUT and (engine.closing or one.is_late)) or (how == FAILED and bool(used_up))
        if troubled or engine.complaints or not spent:
            one.take(how, troubled, self.tap.is_refused and not engine.complaints and how != CUT)
        one.answered(self.tap.answers)
        one.sent(self.tap.sent, self.tap.ok)
        self.complained(one)
        engine.closing = False

    def complained(self, one: Walked) -> None:
        """What the engine found wrong with a journey itself."""
        complaints = self.engine.complaints
        one.complaints.update((reason.en, reason.zh) for reason in complaints)
        complaints.clear()

    def once(
        self, journey: str, seat: Seat | None, memory: ClientState | None, seconds: float
    ) -> tuple[str, bool]:
        """How one walk ended, and whether an answer was not ok."""
        engine, waiter = self.engine, AsyncResult()
        engine.pool.seat, self.tap.answers = seat, {}
        run = engine.begin(journey, monotonic_ns(), lambda run, how, now: waiter.set(how), memory)
        try:
            with Timeout(max(0.1, seconds)):
                how = waiter.get()
        except Timeout:
            run.cut()
            how = CUT
        return how, run.troubled


def main() -> int:
    """Walk all journeys of the plan that the command line names."""
    planned, wanted = (Path(path).read_text(encoding="utf-8") for path in sys.argv[1:])
    plan = read_plan(planned)
    watch = EgressWatch(plan)
    watch.bar()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, sys.exit, 1)
    for file in plan.locustfiles:
        journeys.load_journeys(file)
    Trial(plan, json.loads(wanted)).walk_all()
    tell(end=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""One system's track: transaction after transaction by the load engine, each intent before its request."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from time import monotonic_ns
from typing import Any

from renhai.binding.codec import Reply
from renhai.binding.state.client_state import ClientState
from renhai.load.engine.journey_run import JourneyEngine, JourneyRun
from renhai.load.engine.journeys import JOURNEYS, Steps
from renhai.load.engine.sign_in import SIGN_IN
from renhai.load.http.client import ConnectionPool, Result
from renhai.load.replay.order import Job, Order
from renhai.safety.redaction import guessed
from renhai.spec.cutover.journal.entry import bare
from renhai.spec.cutover.journal.track_file import (
    COMPLETE,
    DEADLINE,
    SILENT,
    STOPPED,
    TrackWriter,
    cut_short,
)
from renhai.spec.cutover.journal.translation import Untranslatable, Words
from renhai.spec.journeys.registry import Journey, SentStep

JOURNEY = "replay"
REASON = 200  # characters of a reason that are kept
MOST_TRIES = 30
HELD = "held"  # the state of one that was about to be sent when nothing more was to be
NO_MORE = -1  # tries of one whose second answer is asked for: it is asked for once
PAUSE_NS = 1_000_000_000  # before one that did not reach the system is tried again


@dataclass(frozen=True)
class Pace:
    """speed: times the journal's own pace; None: as fast as the system answers. deadline_ms: of the Unix
    epoch, None for none. together: requests under way at once, at most."""

    speed: float | None = None
    deadline_ms: int | None = None
    together: int = 16


class ReadAgain:
    """Which answers a second one is asked for: the first `times` of each operation of `reads` (globs).

    never: operations that leave a receipt, which are writes whatever the globs say.
    """

    def __init__(self, reads: Sequence[str] = (), times: int = 0) -> None:
        self._reads, self._times = reads, times
        self._asked: Counter[str] = Counter()
        self.never: frozenset[str] = frozenset()

    def asks(self, operation: str) -> bool:
        """Counts, too."""
        if operation in self.never or self._asked[operation] >= self._times:
            return False
        if not any(fnmatchcase(operation, glob) for glob in self._reads):
            return False
        self._asked[operation] += 1
        return True


class Operator:
    """Who enters: with a login and connections of his own, where the target file says so."""

    def __init__(self, memory: ClientState | None, connections: ConnectionPool | None) -> None:
        self.memory, self.connections = memory, connections


class Track:
    """Sends what is left of a journal. `over()` is called once nothing is left or nothing more may be sent.

    ended: why it ended (renhai.spec.cutover.journal.track_file); error: what went wrong here, "" for nothing.
    """

    def __init__(
        self,
        engine: JourneyEngine,
        order: Order,
        words: Words,
        file: TrackWriter,
        pace: Pace,
        over: Callable[[], object],
        again: ReadAgain | None = None,
    ) -> None:
        self._engine, self._order, self._words, self._file = engine, order, words, file
        self._pace, self._over = pace, over
        self._operators: dict[str, Operator] = {}
        self._under_way = 0
        self._of_fields: dict[int, Job] = {}
        self._timer_ns = 0
        self.ended = self.error = ""
        self.sent = 0
        operations = tuple(engine.binding.operations)
        JOURNEYS[JOURNEY] = Journey(JOURNEY, tuple(SentStep(name) for name in operations), walk=_walk)
        self._again = again or ReadAgain()
        self._again.never = frozenset(engine.receipts or ())
        signing = engine.binding.signing
        own = {*signing.logins, signing.renew, signing.logout}
        engine.receipts = {name: [] for name in operations if name not in own}  # every one leaves an intent
        engine.intents = self  # type: ignore[assignment]

    def start(self) -> None:
        """Send the first ones; the rest follows from the loop."""
        if self._pace.speed is not None and self._order.jobs:
            first, begin = self._order.jobs[0].entry.ms, monotonic_ns()
            for job in self._order.jobs:
                job.due_ns = begin + int((job.entry.ms - first) * 1e6 / self._pace.speed)
        self._order.open()
        self._fill()

    def stop(self, why: str = STOPPED) -> None:
        """Nothing more is sent; what is under way comes to its end."""
        self.ended = self.ended or why
        self._later()

    def leave(self) -> None:
        """Write why it ended, unless the file cannot be written: then it is cut short."""
        if not self.error:
            self._write(["end", self.ended])

    @property
    def complaints(self) -> list[str]:
        return [reason.en for reason in self._engine.complaints]

    # The engine's intents

    def begin(self, operation: str, fields: Mapping[str, Any]) -> int:
        """None yet: the journal has its fields."""
        return 0

    def intend(self, runs: Sequence[JourneyRun], now_ns: int) -> None:
        """Called before requests are sent: first each is written. One that cannot be is not sent."""
        for run in runs:
            if run.book is not None and run.book.name in self._engine.receipts:
                if self.ended or self._too_late():  # it waited: for the ceiling, or for its operator's login
                    self._of_fields[id(run.fields)].state = HELD
                    run.cut()
                    continue
                try:
                    run.intent = self._intend(run.fields)
                except OSError as error:
                    self._broken(error)
                    run.broken(error)

    def _too_late(self) -> bool:
        return self._pace.deadline_ms is not None and time.time() * 1000 >= self._pace.deadline_ms

    def _intend(self, fields: Mapping[str, Any]) -> int:
        """The number of its job. Raises OSError."""
        job = self._of_fields[id(fields)]
        if not job.again:
            self._file.intent(job.entry.id)
            self.sent += 1
        job.sent_ns, job.sent_ms = monotonic_ns(), int(time.time() * 1000)
        return job.number

    def answered(self, told: Iterable[tuple[JourneyRun, Result, Reply]]) -> None:
        """Their answers, before the journeys go on."""
        for run, result, reply in told:
            if run.intent:
                number, run.intent = run.intent, 0
                self._answered(number, reply, result.sent_ns or run.hops)

    def _answered(self, number: int, reply: Reply, sent: int) -> None:
        job = self._order.jobs[number - 1]
        if not sent:
            if not job.again:
                self._unsent(job, reply.reason)
            return
        us = (monotonic_ns() - job.sent_ns) // 1000
        reason = guessed(self._engine.binding.redact(f"{reply.reason}"))[:REASON]
        word = "again" if job.again else "answer"
        data = bare(reply.data)
        line = [word, job.entry.id, reply.outcome, reply.code, reason, data, job.sent_ms, us]
        job.state = "answered"
        self._write(line)
        if job.again:
            return
        job.again = reply.outcome == "ok" and self._again.asks(job.entry.operation)
        self._words.learn(job.entry.answer, data)  # as it will be read again

    def cut(self, number: int) -> None:
        """It was sent, and nobody waits for its answer any more."""

    unsent = cut  # it has no number before it is about to be sent, and then it is

    # The loop

    def _later(self) -> None:
        self._engine.client.loop.run_callback(self._fill)

    def _fill(self) -> None:
        """Send as much as may be under way."""
        pace, order = self._pace, self._order
        while not self.ended and self._under_way < pace.together:
            if self._too_late():
                self.ended = DEADLINE if order.left else COMPLETE
                break
            now = monotonic_ns()
            job = order.next(now)
            if job is None:
                self._wake_at(self._next_ns(now))
                break
            self._begin(job, now)
        if not order.left and not self.ended:
            self.ended = COMPLETE
        if self.ended and not self._under_way:
            self._over()

    def _next_ns(self, now_ns: int) -> int:
        """When there is something to do: the next is due, or it is too late for it; 0 where none is ready."""
        due_ns, deadline_ms = self._order.due_ns, self._pace.deadline_ms
        if not due_ns or deadline_ms is None:
            return due_ns
        return min(due_ns, now_ns + int((deadline_ms - time.time() * 1000) * 1e6))

    def _wake_at(self, due_ns: int) -> None:
        if due_ns and due_ns != self._timer_ns:
            self._timer_ns = due_ns
            self._engine.scheduler.at(due_ns, self._fill)

    def _begin(self, job: Job, now_ns: int) -> None:
        entry = job.entry
        self._words.issue(entry.answer)
        if entry.operation not in self._engine.receipts:
            self._leave(job, f"{entry.operation} is no operation of the target file")
            return
        try:
            fields = self._words.outward(entry.fields)
        except Untranslatable as wrong:
            self._leave(job, f"{wrong.name}: {wrong.why}")
            return
        self._under_way += 1
        operator = self._operator(job)
        if self._engine.binding.login and operator.memory and not operator.memory.is_fresh():
            self._sign_in(job, fields, operator)
        else:
            self._send(job, fields, operator)

    def _sign_in(self, job: Job, fields: dict[str, Any], operator: Operator) -> None:
        def ended(run: JourneyRun, how: str, at_ns: int) -> None:
            self._send(job, fields, operator)

        self._engine.begin(SIGN_IN, monotonic_ns(), ended, operator.memory, None, operator.connections)

    def _send(self, job: Job, fields: dict[str, Any], operator: Operator) -> None:
        self._of_fields[id(fields)] = job
        job.state = ""

        def ended(run: JourneyRun, how: str, at_ns: int) -> None:
            del self._of_fields[id(fields)]
            if job.again and job.tries >= 0:
                job.tries = NO_MORE
                self._send(job, dict(fields), operator)
            else:
                self._ended(job)

        pool: Any = self._engine.pool
        pool.step = (job.entry.operation, fields)
        self._engine.begin(JOURNEY, monotonic_ns(), ended, operator.memory, None, operator.connections)

    def _ended(self, job: Job) -> None:
        self._under_way -= 1
        if job.state == "answered" or job.again:
            self._order.done(job)
        elif job.state == "unsent" and job.tries <= MOST_TRIES:
            job.due_ns = monotonic_ns() + PAUSE_NS
            self._order.put(job)
        elif job.state == "unsent":
            self.stop(SILENT)
        elif job.state == HELD:
            self.ended = self.ended or DEADLINE
        elif not self.error:  # signing in failed, or the request could not be written for this target
            self._leave(job, "the operator could not sign in, or the request cannot be written")
        self._later()

    def _leave(self, job: Job, why: str) -> None:
        """It is not sent; those behind it go on."""
        self._write(["unsent", job.entry.id, why[:REASON]])
        self._order.done(job)

    def _unsent(self, job: Job, why: str) -> None:
        """Not a byte of it left: it may be tried again."""
        job.state = "unsent"
        self.sent -= 1
        job.tries += 1
        self._write(["unsent", job.entry.id, why[:REASON]])

    def _write(self, line: list[Any]) -> None:
        try:
            self._file.write(line)
        except OSError as error:
            self._broken(error)

    def _broken(self, error: OSError) -> None:
        self.error = self.error or cut_short(error)
        self.stop()

    def _operator(self, job: Job) -> Operator:
        entry, engine = job.entry, self._engine
        name = f"{entry.unit}/{entry.operator}"
        if name not in self._operators:
            number = len(self._operators)
            post = entry.operator.partition("/")[0]
            memory = ClientState(number, entry.unit, post) if engine.stateful else None
            connections = engine.connecting.operator(number, engine.opened)
            self._operators[name] = Operator(memory, connections)
        return self._operators[name]


class OneStep:
    """In the place of a pool of taxpayers: the step that the next journey takes."""

    step: tuple[str, dict[str, Any]] = ("", {})
    drawn = ""
    holder: Any = None
    decks: Mapping[str, Any] = {}


def _walk(pool: Any) -> Steps:
    step = pool.step
    reply = yield step
    return reply.outcome != "error"

"""One journey under way: takes each step from the generator, sends it, judges the answer, records it.

Runs on callbacks alone, with no greenlet, for operators and for arrivals alike. Intended starts: the first
request's is given (the arrival's scheduled time; the end of an operator's last answer plus think time),
every later one's is the end of the answer before it. Latency counts from there, service time from the send.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic_ns
from typing import Any

from gevent.event import AsyncResult

from renhai.binding.codec import CompiledBinding, HttpRequest, Reply
from renhai.binding.state.client_state import ClientState
from renhai.binding.state.cookies import Site
from renhai.core.stored_document import copied
from renhai.load.engine.answers import judge
from renhai.load.engine.connecting import Connecting
from renhai.load.engine.failures import count_cut, count_unasked, count_unopened, disbelieve
from renhai.load.engine.journeys import JOURNEYS, PAUSED, Steps
from renhai.load.engine.scheduler import LoopTurn, Scheduler
from renhai.load.engine.sign_in import SIGNING, signed_in
from renhai.load.http.client import Client, ConnectionPool, Result
from renhai.load.http.redirects import origin_of
from renhai.load.measure.intents import IntentLog
from renhai.load.measure.recorder import OperationCounts, PostCounts, Recorder
from renhai.load.measure.time_in_state import TimeInState
from renhai.safety.rate_limit import TokenBucket
from renhai.spec.journeys.cases import Exhausted, TaxpayerPool
from renhai.spec.journeys.registry import THINK
from renhai.spec.journeys.written.data import Finished
from results.verdict.reasons import Reason
from results.verdict.reasons.generator import JourneyBroken, JourneyUndeclared

logger = logging.getLogger(__name__)

# How a journey ended, in the order of JourneyCounts's fields.
COMPLETED, FAILED, CUT = "completed", "failed", "cut"
NOTHING: Mapping[str, Any] = {}
Ended = Callable[["JourneyRun", str, int], object]  # session, how, monotonic time in nanoseconds


class JourneyEngine:
    """What all journeys of one process share.

    `stopping`: no further request is started; journeys are cut at the end of the one that is under way.
    `closing`: no further journey is begun; those under way come to their end.
    `complaints`: reasons that make the run unhealthy, found here (a broken journey, no taxpayer left).
    """

    def __init__(
        self,
        binding: CompiledBinding,
        client: Client,
        pool: TaxpayerPool,
        scheduler: Scheduler,
        base_url: str = "",
    ) -> None:
        self.origin = scheme, host, _ = origin_of(base_url)
        if host:
            binding.site = Site(host, scheme == "https")
        self.bucket: TokenBucket | None = None  # set where the target file has a ceiling.rate
        self.receipts = binding.receipts
        self.intents: IntentLog | None = None  # once the run begins, where there is anything to keep
        self.journal: Any = None  # a renhai.load.worker.journal_file.JournalLog, where a journal is written
        self.papers: Any = None  # a renhai.load.worker.paper_file.PaperFile, where papers are kept
        self.binding = binding
        self.client = client
        self.census = client.census
        self.connecting = Connecting(client, binding.way)
        self.pool = pool
        self.scheduler = scheduler
        self.recorder = Recorder()
        self.thinking = TimeInState()  # inside journeys; the load worker has it count with its operators'
        client.unasked = partial(count_unasked, self)
        self.opened = partial(count_unopened, self)  # told of each connection that is opened ahead
        self.turn = LoopTurn(self, judge)
        self.sessions: set[JourneyRun] = set()
        self.stopping = self.closing = False
        self.stateful = binding.stateful  # a load process may need memories for rows of data, too
        self.complaints: dict[Reason, int] = {}
        self.permitted: dict[str, frozenset[str]] = {}  # what `allowed` said of journeys

    def begin(
        self,
        journey: str,
        intended_ns: int,
        ended: Ended,
        memory: ClientState | None = None,
        tally: PostCounts | None = None,
        connections: ConnectionPool | None = None,
    ) -> JourneyRun:
        """Start a journey; `ended` follows, at once if it has no step that can be sent.

        memory: the operator's, where the binding is stateful; who is not signed in is signed in first.
        tally: of the operator's group. connections: his own, where he has them.
        """
        connections = connections or self.connecting.journey()
        session = JourneyRun(self, journey, intended_ns, ended, memory, tally, connections)
        self.sessions.add(session)
        pool = self.pool
        pool.drawn, pool.holder = "", memory
        if memory is not None:
            memory.decks = pool.decks
        session.advance(None)
        session.drawn = pool.drawn
        return session

    def run(self, journey: str) -> bool:
        """Start a journey now and wait for it in the calling greenlet; True when it was completed."""
        waiter = AsyncResult()
        self.begin(journey, monotonic_ns(), lambda session, how, now: waiter.set(how))
        return bool(waiter.get() == COMPLETED)

    def allowed(self, journey: str) -> frozenset[str]:
        """What a journey may send: what it declares, and what the binding needs to sign in and out."""
        known = self.permitted.get(journey)
        if known is None:
            signing = self.binding.signing
            own = JOURNEYS[journey].operations if journey in JOURNEYS else ()
            known = frozenset((*own, *signing.logins, signing.renew, signing.logout))
            self.permitted[journey] = known
        return known

    def complain(self, reason: Reason) -> None:
        """Note a reason; its first occurrence is logged."""
        if reason not in self.complaints:
            logger.error("%s", reason.en)
        self.complaints[reason] = self.complaints.get(reason, 0) + 1

    @property
    def busy(self) -> bool:
        """Whether requests are under way, or about to be sent."""
        return self.recorder.waiting > 0 or len(self.turn) > 0

    def cut_unsent(self) -> None:
        """Give up what is about to be sent."""
        for session in self.turn.unsent():
            session.cut()

    def cut_all(self) -> int:
        """Give up every journey that is under way; returns how many. Their requests stay unfinished."""
        left = list(self.sessions)
        for session in left:
            session.cut()
        return len(left)


class JourneyRun:
    """One journey of one taxpayer.

    book: the operation of the last request, None until one was sent. over: `ended` was called.
    troubled: an answer was not ok, which is why the journey may fail.
    hops, first_sent_ns: of the request under way, where it was redirected.
    journeys: the count of all journeys of this name; tally: of the operator's group. path: the operations
    sent so far; drawn: how its taxpayer was found (see TaxpayerPool). told: the journal's, once it has one.
    """

    __slots__ = (
        "allowed",
        "book",
        "connections",
        "drawn",
        "ended",
        "engine",
        "exchange",
        "fields",
        "first_sent_ns",
        "hops",
        "intended_ns",
        "intent",
        "journey",
        "journeys",
        "memory",
        "over",
        "path",
        "paused_ns",
        "row",
        "sent",
        "steps",
        "tally",
        "told",
        "troubled",
    )

    def __init__(
        self,
        engine: JourneyEngine,
        journey: str,
        intended_ns: int,
        ended: Ended,
        memory: ClientState | None,
        tally: PostCounts | None = None,
        connections: ConnectionPool | None = None,
    ) -> None:
        self.engine, self.connections = engine, connections
        self.tally, self.memory = tally, memory
        self.journey, self.ended = journey, ended
        self.intended_ns = intended_ns
        self.allowed = engine.permitted.get(journey) or engine.allowed(journey)
        self.steps = JOURNEYS[journey].walk(engine.pool) if memory is None else self._steps(memory)
        self.book: OperationCounts | None = None
        self.exchange: Any = None
        self.fields: Mapping[str, Any] = NOTHING
        self.hops = self.first_sent_ns = self.intent = self.row = 0
        self.sent: HttpRequest | None = None
        self.over = self.troubled = False
        self.paused_ns = 0  # since when it thinks, 0 when it does not
        self.path: list[str] = []
        self.drawn = ""
        self.journeys = journeys = engine.recorder.journey(journey)
        journeys.started += 1

    def _steps(self, memory: ClientState) -> Steps:
        engine = self.engine
        if self.journey in SIGNING:
            return SIGNING[self.journey](engine.binding, memory)
        steps = JOURNEYS[self.journey].walk(engine.pool)
        return signed_in(engine.binding, memory, steps) if engine.binding.login else steps

    def advance(self, reply: Reply | None, result: Result | None = None) -> None:
        """Take the next step with the reply to the last one and its result (None at the beginning)."""
        engine = self.engine
        try:
            operation, fields = self.steps.send(reply)  # type: ignore[arg-type]
            if operation not in self.allowed:
                if operation == THINK:
                    self._pause(fields["seconds"])
                else:
                    self._undeclared(operation)
                return
            self.fields = fields
            request = engine.binding.request(operation, fields, self.memory)
            self._take(operation, fields)
            if engine.bucket is not None and (hold_ns := engine.bucket.wait_ns(monotonic_ns())):
                engine.scheduler.at(monotonic_ns() + hold_ns, self._start_late, operation, request)
            else:
                self._start(operation, request)
        except StopIteration as stop:
            failed = stop.value is False
            if failed and result is not None and not self.troubled:
                disbelieve(self, result)
            self._end(FAILED if failed else COMPLETED)
        except Finished:
            engine.closing = True
            self._end(CUT)
        except Exhausted as error:
            engine.complain(error.reason)
            self._end(FAILED)
        except Exception as error:
            self.broken(error)

    def _take(self, operation: str, fields: Mapping[str, Any]) -> None:
        """What is told of a request is what it was made of, though others have and change the same fields
        before it is sent, or before its answer comes."""
        engine = self.engine
        if engine.intents is not None:
            self.intent = engine.intents.begin(operation, fields)
        if engine.journal is not None or engine.papers is not None:
            self.fields = copied(fields)

    def broken(self, error: Exception) -> None:
        """The journey, the client or the file of intents raised this: it cannot go on."""
        logger.debug("journey %s", self.journey, exc_info=error)
        told = f"{type(error).__name__}: {error}"
        self.engine.complain(JourneyBroken(journey=self.journey, error=told))
        self._end(FAILED)

    def _pause(self, seconds: float) -> None:
        """Think inside the journey, from the end of the answer before; the next request is due after it."""
        self.paused_ns, due_ns = self.intended_ns, self.intended_ns + int(seconds * 1e9)
        self.engine.thinking.enter(self.paused_ns)
        self.engine.scheduler.at(due_ns, self._wake, due_ns)

    def _wake(self, due_ns: int) -> None:
        if self.over:
            return
        self.engine.thinking.leave(self.paused_ns, due_ns)
        self.paused_ns, self.intended_ns = 0, due_ns
        if self.engine.stopping:
            self.cut()
        else:
            self.advance(PAUSED)

    def _undeclared(self, operation: str) -> None:
        """Nothing is sent that a journey does not declare: plan and evidence know nothing of it."""
        self.engine.complain(JourneyUndeclared(journey=self.journey, operation=operation))
        self.steps.close()
        self._end(FAILED)

    def _start_late(self, operation: str, request: HttpRequest) -> None:
        """Send what the ceiling held back, unless the load has ended meanwhile."""
        if self.over:
            return
        if self.engine.stopping:
            self.cut()
        else:
            self._start(operation, request)

    def _start(self, operation: str, request: HttpRequest) -> None:
        engine = self.engine
        recorder = engine.recorder
        self.book = recorder.books.get(operation) or recorder.book(operation)
        self.sent = request
        self.path.append(operation)
        if self.hops:
            self.hops = self.first_sent_ns = 0
        engine.turn.ask(self)

    def send(self) -> None:
        """Hand the request to the client."""
        engine, book, request, intended_ns = self.engine, self.book, self.sent, self.intended_ns
        assert book is not None
        assert request is not None
        method, path, headers, body, _ = request
        try:
            exchange = engine.client.start(method, path, headers, body, self.done, self.connections)
        except Exception as error:
            self.broken(error)
            return
        self.exchange = exchange
        book.started += 1
        recorder = engine.recorder
        recorder.late.append(exchange.started_ns - intended_ns)
        recorder.waiting += 1
        recorder.waiting_since += intended_ns

    def done(self, result: Result) -> None:
        """An answer, or the error instead of one."""
        self.engine.turn.answered(self, result)

    def go_on(self, reply: Reply, result: Result) -> None:
        """Take the next step, once the answer is judged."""
        if self.engine.stopping:
            self.steps.close()
            self._end(CUT)
        else:
            self.advance(reply, result)

    def cut(self) -> None:
        """Give up now: a request that is under way counts as unfinished."""
        if self.exchange is not None:
            count_cut(self)
        elif self.intent and not self.hops and self.engine.intents is not None:
            self.engine.intents.unsent(self.intent)
        if self.paused_ns:
            self.engine.thinking.leave(self.paused_ns, max(self.paused_ns, monotonic_ns()))
            self.paused_ns = 0
        self.steps.close()
        self._end(CUT)

    def _end(self, how: str) -> None:
        engine = self.engine
        engine.sessions.discard(self)
        if engine.connecting.of_journeys:
            engine.connecting.over(self.connections)
        self.over = True
        if how == COMPLETED:
            self.journeys.completed += 1
            engine.recorder.walked(self.journey, self.drawn, self.path)
        elif how == FAILED:
            self.journeys.failed += 1
        else:
            self.journeys.cut += 1
        self.ended(self, how, self.intended_ns)

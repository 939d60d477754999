"""One load process at work: who is hired, when they sit, what is reported each second, how it ends.

Life: hire (Locust makes its users, which costs time and sends nothing) → open (the clock starts: operators
sit down and arrivals begin by the plan) → a report at each full second → close (nothing new is started,
requests under way are waited for) → the last report. Under plain Locust operators sit once they are hired.
"""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from time import monotonic_ns
from typing import Any, Generic

import gevent
from gevent.queue import JoinableQueue

from renhai.binding.state.client_state import ClientState
from renhai.load.engine.arrivals import Arrivals
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.engine.journeys import rehearse
from renhai.load.engine.operators import JourneyUser
from renhai.load.engine.scheduler import Scheduler
from renhai.load.engine.think_time import SplitMix64
from renhai.load.measure.intents import IntentLog
from renhai.load.measure.process_probe import Probe
from renhai.load.measure.recorder import Starts, packed
from renhai.load.measure.time_in_state import TimeInState
from renhai.load.worker.intent_file import keep_intents, own_directory
from renhai.load.worker.journal_file import keep_journal
from renhai.load.worker.load_engine import EngineT, taken_ahead
from renhai.load.worker.paper_file import keep_papers
from renhai.plan.model import ClosedLoad, Plan
from renhai.plan.schedule import Opening, shifts, sittings
from renhai.safety.permit import Permit
from renhai.safety.rate_limit import TokenBucket
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from results.verdict.reasons import Reason
from results.verdict.reasons import generator as why

logger = logging.getLogger(__name__)

SECOND = 1_000_000_000
BRIEF_NS = 250_000_000  # requests that end so soon after a full second are still counted to it, at the end
LAST_REPORTS_S = 10.0  # as long waits who asks for all reports at once
NEWCOMERS = 250  # connections that are newly open before the garbage collector is told of it
Report = dict[str, Any]
Pause = Callable[[], object]


class LoadWorker(Generic[EngineT]):
    """`send(report, pause)` is called after each full second; it may call `pause` between pieces of work.

    plan: None under plain Locust, where the clock starts at once. pool: makes the taxpayers of this process's
    share of the taxpayers, once that is known.
    """

    def __init__(
        self,
        engine: EngineT,
        plan: Plan | None,
        send: Callable[[Report, Pause], object],
        pool: Callable[[Partition], TaxpayerPool] | None = None,
    ) -> None:
        self.engine = engine
        self.plan = plan
        self._pool = pool
        self.seated = TimeInState()
        self.thinking = engine.thinking
        self.opening: Opening | None = None
        self.closed = False
        self.arrivals: Arrivals | None = None
        self.arrivals_kind: Callable[..., Arrivals] = Arrivals  # a duel has its own
        self.users: dict[Any, None] = {}
        self.counts: Counter[str] = Counter()
        self.halted = False
        self.permit: Permit | None = None
        self._send = send
        # Reports must not queue up behind arrivals that a slow process is late with.
        self._clock = Scheduler()
        self._probe = Probe(self._clock)
        self._second = 0
        self._clocked = (0, 0, 0)
        self._sequence = 0
        self._told: dict[Reason, int] = {}
        self._spared = 0  # connections that were open when the garbage collector last passed over all
        self._reports: Any = JoinableQueue()
        self._writer = gevent.spawn(self._clerk)
        if plan is None:
            self.open(Opening(monotonic_ns()))

    # Who works here

    def hire(self, user: Any) -> None:
        """Take a user on; whoever comes after the opening sits down at once."""
        self.users[user] = None
        self.counts[type(user).__name__] += 1
        if isinstance(user, JourneyUser):
            user.employed = True
            user.rng = SplitMix64(self._seed(len(self.users)))
            user.seat = len(self.users) - 1
            if self.engine.stateful:
                user.memory = ClientState(len(self.users) - 1, user.unit, user.post)
            if self.opening is not None:
                user.on_start()
                user.sit(monotonic_ns())

    def dismiss(self, user: Any) -> None:
        if user in self.users:
            del self.users[user]
            self.counts[type(user).__name__] -= 1
            user.employed = False

    def _seed(self, number: int) -> int:
        seed = self.plan.seed if self.plan else 0
        return hash((seed, number))

    # The run

    def prepare(self) -> None:
        """Do what takes time before the clock starts, once everybody is hired.

        Each journey is rehearsed on made-up answers, so that no table is first read under load. Then the
        garbage is collected for good: a full collection would later stop the loop for longer the more
        operators there are, and they stay to the end.
        """
        if self.plan is not None and self._pool is not None and isinstance(self.engine, JourneyEngine):
            pool = self._pool(Partition(self.plan.scenario.data.taxpayers))
            for name in self.plan.scenario.journeys:
                rehearse(self.engine, name, pool)
        gc.collect()
        gc.freeze()

    def open(self, opening: Opening) -> None:
        """Start the clock."""
        self.opening = opening
        if self.plan is not None:
            self._follow(self.plan, opening)
        gc.freeze()
        self._second = max(0, (monotonic_ns() - opening.t0_ns) // SECOND)
        self._clock.at(opening.t0_ns + (self._second + 1) * SECOND, self._report_second)

    def _follow(self, plan: Plan, opening: Opening) -> None:
        load, engine = plan.load, self.engine
        self.share(opening.slots + opening.late)
        if isinstance(engine, JourneyEngine):
            keep_intents(engine, plan, opening.slot)
            if engine.intents is not None:
                self._probe.beside = engine.intents.flush
            keep_papers(engine, plan, opening.slot, opening.slots)
            if plan.scenario.journal:
                keep_journal(engine, own_directory(plan), plan.run_id, opening)
            if plan.scenario.goals.drill is not None:
                engine.recorder.starts = Starts(opening.t0_ns)
            engine.connecting.divide(opening.slot, opening.slots)
            if self._pool is not None:
                taxpayers = plan.scenario.data.taxpayers
                places = opening.slot, opening.slots, opening.late, opening.before, opening.here
                engine.pool = self._pool(Partition(taxpayers, *places))
                engine.pool.looked = engine.recorder.looked
        if isinstance(load, ClosedLoad):
            self._seat(opening, load)
        elif not opening.late:
            self.arrivals = self.arrivals_kind(self.engine, plan, opening.slot, opening.slots)
            self.arrivals.open(opening.t0_ns)
        self._clock.at(opening.t0_ns, self._probe.take)  # what was before does not count
        self._clock.at(opening.t0_ns + int(load.seconds * SECOND), self.stop)

    def _seat(self, opening: Opening, load: ClosedLoad) -> None:
        """Give every operator a seat number, all groups in proportion, and enter when it is taken."""
        seconds, now_ns = load.seconds, monotonic_ns()
        users = _in_proportion([u for u in self.users if isinstance(u, JourneyUser)])
        for place, (share, user) in enumerate(users):
            seat = user.seat = place * opening.slots + opening.slot
            if load.iterations is not None:
                user.left = load.iterations.of_seat(seat, load.seats)
            if not user.hours:
                seat = min(seat, load.peak_users - 1)
            user.rng = SplitMix64(self._seed(seat))
            if user.memory is not None:
                user.memory.number = seat
            user.on_start()
            for start, end in shifts(user.hours, share) if user.hours else sittings(load.stages, seat):
                start_ns = opening.t0_ns + int(start * SECOND)
                end_ns = opening.t0_ns + int(end * SECOND)
                if start_ns < now_ns < end_ns and opening.late:
                    start_ns = now_ns  # a worker that joins late did not wait for the target until now
                self.engine.scheduler.at(start_ns, user.sit, start_ns)
                if end < seconds:
                    self.engine.scheduler.at(end_ns, user.stand, end_ns)

    def stop(self) -> None:
        """Start nothing new; arrivals that were due a moment ago still begin."""
        self.engine.stopping = True
        if self.arrivals is not None:
            self._clock.at(monotonic_ns() + BRIEF_NS // 2, self.arrivals.end)

    def close(self, patience_s: float) -> None:
        """Stop, wait for the requests under way, and send the last report; blocks the calling greenlet.

        What has not ended after `patience_s` seconds is cut and stays unfinished.
        """
        if self.closed:
            return
        self.closed = True
        self.stop()
        begun = monotonic_ns()
        self._wait(begun + min(BRIEF_NS, int(patience_s * SECOND)))
        if self._is_busy() and self.opening is not None:
            self._report_in_time((begun - BRIEF_NS - self.opening.t0_ns) // SECOND)
        self._wait(begun + int(patience_s * SECOND))
        unfinished = self.engine.recorder.waiting
        if self.arrivals is not None:
            self.arrivals.end()
        self.engine.cut_all()
        if self.intents is not None:
            self.intents.close()
        if (papers := getattr(self.engine, "papers", None)) is not None:
            papers.close()
        if (journal := getattr(self.engine, "journal", None)) is not None:
            journal.close()
        self._probe.stop()
        if self.opening is not None:
            since_ns = monotonic_ns() - self.opening.t0_ns - BRIEF_NS
            self._second = max(self._second - 1, since_ns // SECOND)
        self._reports.put(None)
        self._writer.join()
        report = packed(self._take(), _no_pause)
        last = {**report, "last": True, "partial": True, "unfinished": unfinished}
        self._send(last, _no_pause)
        gc.unfreeze()

    def _report_in_time(self, second: int) -> None:
        """What ended until now belongs to the load; what ends later came too late for its throughput."""
        report = {**self._take(), "second": second, "partial": True}
        if self._second > second:  # people's time up to the end of the load was told on time
            report |= {"seated_ns": 0, "busy_ns": 0, "thinking_ns": 0}
        self._second = max(self._second, second + 1)
        self._reports.put(report)

    @property
    def intents(self) -> IntentLog | None:
        """The file of writes; a user's own Locust file has none."""
        return self.engine.intents

    def _wait(self, until_ns: int) -> None:
        while self._is_busy() and monotonic_ns() < until_ns:
            gevent.sleep(0.01)

    def _is_busy(self) -> bool:
        return self.engine.busy or (self.arrivals is not None and not self.arrivals.over)

    # What the guard asks for

    def has_room(self) -> bool:
        """Whether one more operator may sit down under the target file's ceiling."""
        most = self.permit.ceiling.operators if self.permit else None
        if most is None or self.seated.count < most:
            return True
        self.engine.complain(why.OperatorsKeptOut(ceiling=most))
        return False

    def share(self, among: int) -> None:
        """So many load processes share the target file's ceiling.rate from now on."""
        rate = self.permit.ceiling.rate if self.permit else None
        if rate is not None and self.engine.bucket is None:
            self.engine.bucket = TokenBucket(rate, among)
        elif self.engine.bucket is not None:
            self.engine.bucket.share(among)

    def halt(self, reason: Reason) -> None:
        """Send nothing more, at once, and tell the master why with the next report."""
        if not self.halted:
            self.halted = True
            self.engine.complain(reason)
            self.engine.stopping = True
            self.engine.cut_unsent()
            if self.arrivals is not None:
                self.arrivals.end()

    # Reports

    def tell(self) -> None:
        """Report now, and return when all reports are sent: one may still be in packing."""
        self._reports.put(self._take())
        self._reports.join(LAST_REPORTS_S)

    def _clerk(self) -> None:
        """Packs and sends the reports in a greenlet, in pieces, so that the load is not held up by them."""
        for report in iter(self._reports.get, None):
            try:
                self._send(packed(report, breathe), breathe)
            except Exception as error:
                logger.exception("a report failed")
                self.engine.complain(why.ReportFailed(error=f"{type(error).__name__}: {error}"))
            finally:
                self._reports.task_done()

    def _report_second(self) -> None:
        if self.closed or self.opening is None:
            return
        self._reports.put(self._take())
        self._spare_newcomers()
        # After a stall the seconds that nobody saw are not made up: the next report covers them all.
        t0 = self.opening.t0_ns
        self._second = max(self._second + 1, (monotonic_ns() - t0) // SECOND)
        self._clock.at(t0 + (self._second + 1) * SECOND, self._report_second)

    def _spare_newcomers(self) -> None:
        """Connections that were opened meanwhile stay: a full collection that went through them again and
        again, while more are opened, would stop the loop for tens of milliseconds."""
        opened = self.engine.census.open if self.engine.census else 0
        if opened >= self._spared + NEWCOMERS:
            self._spared = opened
            gc.freeze()

    def _take(self) -> Report:
        now = monotonic_ns()
        report = self.engine.recorder.take()
        clocked = self.seated.total(now), self.thinking.total(now), self.engine.recorder.busy_ns(now)
        before, self._clocked = self._clocked, clocked
        if self.engine.bucket is not None and self.engine.bucket.distorts:
            self.engine.complaints[why.CeilingHeldBack(rate=self.engine.bucket.ceiling)] = 1
        self._sequence += 1
        return {
            **report,
            **self._probe.take(),
            "receipts": self.intents.take() if self.intents is not None else b"",
            "sequence": self._sequence,
            "second": self._second,
            "users": self.seated.count if self.arrivals is None else self.arrivals.in_flight,
            "seated_ns": clocked[0] - before[0],
            "thinking_ns": clocked[1] - before[1],
            "busy_ns": clocked[2] - before[2],
            "connections": asdict(self.engine.census) if self.engine.census else None,
            **taken_ahead(self.engine),
            "complaints": self._new_complaints(),
            **self._for_home(),
            **({"halt": True} if self.halted else {}),
            **({"done": True} if self._is_done() else {}),
        }

    def _for_home(self) -> Report:
        """Of papers and journal of a process on another machine than the run's."""
        kept = {name: getattr(self.engine, name, None) for name in ("papers", "journal")}
        taken = {name: file.take() for name, file in kept.items() if file is not None}
        return {name: one for name, one in taken.items() if one}

    def _is_done(self) -> bool:
        """Whether nothing more will be begun by itself, and nothing is under way."""
        if self.engine.sessions or self.engine.recorder.waiting or self.opening is None:
            return False
        counted = getattr(self.plan.load, "iterations", None) if self.plan else None
        if not counted and not self.engine.closing:
            return False  # without a look at each of ten thousand, every second
        operators = [user for user in self.users if isinstance(user, JourneyUser)]
        through = bool(counted and operators) and not any(user.left or user.seated for user in operators)
        return through or (self.engine.closing and not any(user.seated for user in operators))

    def _new_complaints(self) -> list[dict[str, Any]]:
        """Records of what was complained of since the last report."""
        news = [
            reason.often(count - self._told.get(reason, 0)).record()
            for reason, count in self.engine.complaints.items()
            if count != self._told.get(reason, 0)
        ]
        self._told = dict(self.engine.complaints)
        return news


def breathe() -> None:
    """Let the loop serve its sockets."""
    gevent.sleep(0.001)


def _no_pause() -> None:
    pass


def _in_proportion(users: list[JourneyUser]) -> list[tuple[float, JourneyUser]]:
    """Users of all classes interleaved, so that any beginning of the list holds each in its proportion.

    With each, the share of its own class that comes before it and half of itself: 0 to 1.
    """
    totals = Counter(type(user) for user in users)
    seen: Counter[type[JourneyUser]] = Counter()
    ranks: list[tuple[float, int, JourneyUser]] = []
    for order, user in enumerate(users):
        kind = type(user)
        ranks.append(((seen[kind] + 0.5) / totals[kind], order, user))
        seen[kind] += 1
    return [(share, user) for share, _, user in sorted(ranks, key=lambda rank: rank[:2])]


__all__ = ["Report", "LoadWorker"]

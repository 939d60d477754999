"""Leads one run from the master (or only) process: opens it, watches it, ends it, writes what was found."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Protocol

import gevent
from gevent.event import Event
from gevent.lock import Semaphore

from renhai.binding.schema.connections import read_way
from renhai.load.measure.collector import Collector, Report, Second
from renhai.load.measure.health import Health
from renhai.load.measure.post_stats import PostTotals
from renhai.load.measure.snapshot_files import Files
from renhai.load.measure.status_line import StatusLine, say
from renhai.load.measure.stop_rules import LOST_AFTER_S, Contact, Watch
from renhai.plan.model import ClosedLoad, Plan
from renhai.plan.schedule import Opening
from renhai.safety.allowance import Refused
from results.snapshot.names import Names
from results.snapshot.seal import digests
from results.verdict.reasons import Reason, in_english, records
from results.verdict.reasons import generator as why

if TYPE_CHECKING:
    from renhai.load.worker.worker import LoadWorker

logger = logging.getLogger(__name__)

LOCAL_LEAD_NS = 300_000_000  # to seat 10,000 operators takes a third of it
MAX_DRAIN_S = 30.0
SHORT_DRAIN_S = 3.0  # when the run is broken off, requests are not worth a long wait
STATE_S = 0.1


def breathe() -> None:
    """Let the loop serve its sockets between two pieces of work that are not the load's."""
    gevent.sleep(0.001)


class WorkerPool(Protocol):
    """The load processes of a run, as the controller sees them."""

    def open(self) -> int:
        """Start all clocks; returns the common start on this process's CLOCK_MONOTONIC in ns, 0 where the
        load cannot begin, which it has said then. May block."""

    def close(self, patience_s: float) -> None:
        """Stop all, and wait until each has sent its last report. Blocks."""

    def reporting(self) -> set[int]:
        """Slots whose reports are to be waited for."""

    @property
    def size(self) -> int:
        """How many processes there were at the opening."""

    @property
    def lost(self) -> int:
        """How many were lost; final after `close`."""

    @property
    def late(self) -> int:
        """How many joined after the opening."""

    @property
    def unheard(self) -> int:
        """How many have not reported yet."""

    @property
    def lost_unheard(self) -> int:
        """How many were lost before they reported."""


class LocalPool:
    """The one process that both leads and works."""

    size = 1
    lost = 0
    late = 0
    unheard = 0
    lost_unheard = 0

    def __init__(self, worker: LoadWorker[Any]) -> None:
        self._worker = worker

    def open(self) -> int:
        self._worker.prepare()
        t0_ns = monotonic_ns() + LOCAL_LEAD_NS
        self._worker.open(Opening(t0_ns))
        return t0_ns

    def close(self, patience_s: float) -> None:
        self._worker.close(patience_s)

    def reporting(self) -> set[int]:
        return {0}


class RunController:
    """`finished()` is called when the run has ended by itself or by `end`, once all files are written."""

    def __init__(self, plan: Plan, finished: Callable[[], object]) -> None:
        load = plan.load
        self.plan = plan
        self.worker_pool: WorkerPool | None = None
        # Who has a number of journeys to do, or rows, goes when they are done: no law holds for the seats.
        free = isinstance(load, ClosedLoad) and not load.iterations and not _may_run_out(plan)
        self.health = Health(load.stages if isinstance(load, ClosedLoad) and free else ())
        self.collector = Collector(
            plan.interval_s, self._on_second, PostTotals(load.groups), Names(plan.scenario.thresholds)
        )
        self.duration = load.seconds
        self.over = Event()
        self.listeners: list[Callable[[Second], object]] = []
        self._detail = StatusLine()
        self._finished = finished
        self._abort = Watch(plan.scenario.abort)
        self._contact = Contact(LOST_AFTER_S if plan.target_lost_s is None else plan.target_lost_s)
        self._files: Files | None = None
        self._t0_ns = 0
        self._epoch = 0.0
        self._ending = ""
        self._begun = False
        self._writing = Semaphore()
        self._users_max = 0
        self._done: set[int] = set()

    def begin(self) -> None:
        """Open the run and lead it in a greenlet of its own; later calls do nothing."""
        if self._begun or self._ending:
            return
        self._begun = True
        assert self.worker_pool is not None
        t0_ns = self.worker_pool.open()
        if self._ending or not t0_ns:
            return
        self._t0_ns = t0_ns
        self._epoch = time.time() + (self._t0_ns - monotonic_ns()) / 1e9
        self._files = Files(Path(self.plan.out), self._epoch, self.complain)
        self._write_measured("running", 0.0)
        gevent.spawn(self._lead)

    def receive(self, slot: int, report: Report) -> None:
        """Take one worker's report."""
        self.health.report(slot, report)
        self.collector.merge(slot, report)
        if self._files is not None:
            self._files.receipts(slot, report["receipts"])
            self._files.starts(report.get("starts", b""))
            self._files.papers(slot, report.get("papers"))
            self._files.journal(slot, report.get("journal", b""))
        if report.get("done"):
            self._done.add(slot)
        if report.get("halt") and not self._ending:
            gevent.spawn(self.end, "interrupted")

    def refuse(self, reason: Reason) -> None:
        """A worker's own guard does not allow the load: no reason to end a run that goes on without it."""
        if self._t0_ns:
            logger.error("%s", reason.en)
        else:
            self.halt(reason)

    def distrust(self, reason: Reason) -> None:
        """A worker's part is over: the run is invalid, and goes on with the others where it has begun."""
        if self._t0_ns:
            self.complain(reason)
        else:
            self.halt(reason)

    def child_ended(self) -> None:
        """A load process of ours has ended: when it has never reported, nothing of its part is known."""
        if not self._t0_ns or (self.worker_pool is not None and self.worker_pool.unheard):
            self.halt(why.UnheardProcess())

    def halt(self, reason: Reason) -> None:
        """End the run for a reason that makes it invalid, before it began or while it runs."""
        self.complain(reason)
        gevent.spawn(self.end, "interrupted")

    def finish(self, ended: str) -> None:
        """End the run, if it has not ended: wait for work under way, write everything. Blocks."""
        if self._ending:
            self.over.wait()
            return
        self._ending = ended
        self._say({"closing": ended})
        try:
            if self._files is not None:
                with self._writing:  # the last interval may be half written
                    self._close(ended, self._files)
            else:
                self._leave_unopened(ended)
        finally:
            self.over.set()

    def end(self, ended: str) -> None:
        """`finish`, and let Locust go."""
        self.finish(ended)
        self._finished()

    def _leave_unopened(self, ended: str) -> None:
        """What is left of a run whose load never began: files that say so."""
        self._epoch = time.time()
        self._files = Files(Path(self.plan.out), self._epoch, self.complain)
        self._write_measured(ended, 0.0)
        self._files.close()

    def _close(self, ended: str, files: Files) -> None:
        assert self.worker_pool is not None
        elapsed = min((monotonic_ns() - self._t0_ns) / 1e9, self.duration)
        total = self.plan.patience_s
        patience = min(total, MAX_DRAIN_S) if ended == "completed" else min(total, SHORT_DRAIN_S)
        self.worker_pool.close(patience)
        self._count_workers(self.worker_pool)
        self.collector.finish()
        self.collector.write_rest(files)
        files.failures(self.collector.failures.values())
        for name, times in self.collector.post_totals.times():
            files.interval("transactions", name, 0.0, max(elapsed, 0.001), times.counts)
        files.close()
        document = self._write_measured(ended, max(elapsed, 0.0))
        brief = {key: document[key] for key in ("ended", "answered", "unhealthy")}
        if self.plan.locustfile is not None:  # whose listeners are yet to be called
            brief["evidence"] = digests(Path(self.plan.out))
        self._say({"second": self.collector.next_second, **brief})

    # While it runs

    def _lead(self) -> None:
        """Greenlet: watch the run until it ends. A fault of our own ends it too, rather than never."""
        try:
            ended = self._watch()
        except Exception as error:
            logger.exception("the controller failed")
            self.complain(why.LoadProcessFailed(error=f"{type(error).__name__}: {error}"))
            ended = "aborted"
        if ended:
            self.end(ended)

    def _watch(self) -> str:
        """How the run is to end; "" when somebody else ended it."""
        while not self._ending:
            now = (monotonic_ns() - self._t0_ns) / 1e9
            assert self.worker_pool is not None
            self._count_workers(self.worker_pool)
            if self.worker_pool.lost_unheard:
                self.complain(why.WorkersUnheard(workers=self.worker_pool.lost_unheard))
                return "interrupted"
            if now >= self.duration or (self._done and self._done >= self.worker_pool.reporting()):
                return "completed"
            self.collector.advance(int(now), self.worker_pool.reporting())
            with self._writing:
                self._write_interval()
            if self._abort.ended or self._contact.ended:
                return self._abort.ended or self._contact.ended
            gevent.sleep(min(STATE_S, max(self.duration - now, 0.001)))
        return ""

    def _count_workers(self, worker_pool: WorkerPool) -> None:
        self.health.workers_lost, self.health.workers_late = worker_pool.lost, worker_pool.late

    def _write_interval(self) -> None:
        assert self._files is not None
        if self.collector.interval_is_full and not self._ending:
            while self.collector.interval_is_full:
                self.collector.write_interval(self._files, breathe)
            self._files.failures(self.collector.failures.values())
            self._write_measured("running", float(self.collector.next_second))

    def _on_second(self, second: Second) -> None:
        self.health.second(second)
        self._users_max = max(self._users_max, sum(second.users.values()))
        if not self._ending:
            self._check_operators(sum(second.users.values()))
            self._abort.look(second)
            self._contact.look(second)
        for listener in self.listeners:
            listener(second)
        self._say({**second.live(), **self._detail.of(second)})

    def _check_operators(self, seated: int) -> None:
        ceiling = self.plan.guard.ceiling.operators
        if ceiling is not None and self.plan.load.model == "closed" and seated > ceiling:
            self.halt(why.OperatorsAboveCeiling(seated=seated, ceiling=ceiling))

    def _say(self, document: Mapping[str, Any]) -> None:
        say({**document, "side": self.plan.side} if self.plan.side else document)

    def complain(self, reason: Reason) -> None:
        """What makes the run invalid; it goes on."""
        logger.error("%s", reason.en)
        self.health.complaints[reason] += 1

    # What it leaves

    def _write_measured(self, ended: str, elapsed: float) -> dict[str, Any]:
        document = self.document(ended, elapsed)
        assert self._files is not None
        self._files.measured(document)
        return document

    def document(self, ended: str, elapsed: float) -> dict[str, Any]:
        """measured.json."""
        collector, health = self.collector, self.health
        unhealthy = health.reasons(collector.due, collector.dropped)
        return {
            "run_id": self.plan.run_id,
            "started": datetime.fromtimestamp(self._epoch, UTC).isoformat(timespec="milliseconds"),
            "epoch": self._epoch,
            "t0_ns": self._t0_ns,
            "duration_s": round(elapsed, 3),
            "ended": ended,
            "load": {
                "model": self.plan.load.model,
                "users": self._users(),
                "arrivals_due": collector.due,
                "arrivals_dropped": collector.dropped,
                "redirects": collector.redirects,
                "redirects_of": dict(collector.redirects_of),
            },
            "connections": {**self._way(), **collector.connections(self.plan.addresses)},
            "exceptions": dict(collector.exceptions),
            "ahead": {"made": self.plan.ahead.made, **collector.ahead} if self.plan.ahead else {},
            "operations": collector.operations(),
            "journeys": {name: dict(counts) for name, counts in sorted(collector.journeys.items())},
            "walks": collector.walks,
            "conditions": collector.compared(),
            "groups": collector.post_totals.rows(),
            "generator": {"processes": self.worker_pool.size if self.worker_pool else 0, **health.figures()},
            "unhealthy": in_english(unhealthy),
            "unhealthy_codes": records(unhealthy),
            "answered": collector.answered,
        }

    def _way(self) -> dict[str, str]:
        """How connections were made; a user's own Locust file makes them itself."""
        way = self.plan.binding.get("connections")
        return {"way": read_way(way).words} if way and self.plan.locustfile is None else {}

    @property
    def ending(self) -> str:
        """How the run ends or ended; "" while it goes on."""
        return self._ending

    def _users(self) -> int:
        """Operators of the plan (closed), or the most journeys in flight (open)."""
        return self.plan.load.seats or self._users_max

    @property
    def t0_ns(self) -> int:
        """When the load began, CLOCK_MONOTONIC in ns; 0 before."""
        return self._t0_ns


def _may_run_out(plan: Plan) -> bool:
    return any(table.at_end == "stop" for table in plan.tables.values())


def failed(error: Exception) -> None:
    """Tell the runner that this process cannot do its part, and why."""
    if isinstance(error, Failure):
        reason = error.reason
    elif isinstance(error, Refused):
        reason = why.PlanRefused(problem=str(error))
    else:
        reason = why.LoadProcessFailed(error=f"{type(error).__name__}: {error}")
    say({"failed": reason.record()})


class Failure(Exception):
    """What a load process cannot begin with; the runner is told its reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.en)

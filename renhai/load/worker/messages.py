"""Master and workers of one run, over Locust's own messages.

worker → master  renhai_hello {ns, renhai}       asks for the master's clock, the quickest of several;
                                                 says its version, as its question for the plan does
master → worker  renhai_clock {ns, master_ns, boot}
worker → master  renhai_ready {offset_ns}        the worker can be opened
master → worker  renhai_open  {t0_ns, slot, slots, late,    t0 on the master's clock
                                before, here}    operators by class, there and in lower slots
worker → master  renhai_report {...}             each second; the one with `last` is the worker's end
master → worker  renhai_share {among}            so many share the target's ceiling, after a late worker
worker → master  renhai_refused {reason}         the worker's own guard does not allow the load
master → worker  renhai_close {patience_s}
master → worker  renhai_taken {}                 the last report has arrived; the worker may quit

Locust's master waits half a second for its workers when it quits, whatever they still have to say; so the
controller closes the run before it lets Locust quit, and a worker that quits by itself waits for `taken`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns, time_ns
from typing import Any

import gevent
from gevent.event import Event
from locust.runners import STATE_MISSING

from renhai import __version__
from renhai.load.measure.collector import Report
from renhai.load.worker.intent_file import forget
from renhai.load.worker.message_schema import PEERS, UNSAID
from renhai.load.worker.worker import LoadWorker
from renhai.plan.schedule import Opening
from results.verdict.reasons import Reason, peers
from results.verdict.reasons import generator as why

logger = logging.getLogger(__name__)

LEAD_NS = 500_000_000  # from the decision to open until t0: the message must have reached every worker
READY_WAIT_S = 10.0
LAST_REPORT_WAIT_S = 5.0  # beyond the patience that the workers were given
TAKEN_WAIT_S = 2.0
AHEAD_S = 2.0  # that the clocks of two machines may differ
HELLOS = 9
SUSPECT_NS = 50_000_000


def boot_id() -> str:
    """The same in all processes of one running kernel, which share CLOCK_MONOTONIC; "" where unknown."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


class RemotePool:
    """The master's side."""

    def __init__(
        self,
        runner: Any,
        receive: Callable[[int, Report], object],
        refuse: Callable[[Reason], object] = lambda reason: None,
        distrust: Callable[[Reason], object] = lambda reason: None,
    ) -> None:
        self._runner = runner
        self._receive = receive
        self._refuse = refuse
        self._distrust = distrust
        self._heard: dict[str, int] = {}
        self._ready: dict[str, None] = {}
        self._slots: dict[str, int] = {}
        self._done: set[str] = set()
        self._t0_ns = self._epoch_ns = 0
        self._closing = False
        self.size = 0
        self.late = 0
        for name, listener in (
            ("renhai_hello", self._on_hello),
            ("renhai_ready", self._on_ready),
            ("renhai_report", self._on_report),
            ("renhai_refused", self._on_refused),
        ):
            runner.register_message(name, listener)
        PEERS.listen(self._on_banned)

    def open(self) -> int:
        expected = self._expected()
        self._await(lambda: set(self._present()) <= set(self._ready), READY_WAIT_S)
        worker_pool = [client for client in self._present() if client in self._ready]
        self.size = len(worker_pool)
        if self.size < expected:
            self._distrust(why.WorkersMissing(missing=expected - self.size, expected=expected))
            return 0
        self._t0_ns = monotonic_ns() + LEAD_NS
        self._epoch_ns = time_ns() + LEAD_NS
        for slot, client in enumerate(worker_pool):
            self._slots[client] = slot
            self._send_opening(client, slot, 0)
        return self._t0_ns

    def close(self, patience_s: float) -> None:
        self._closing = True
        for client in self._slots:
            self._runner.send_message("renhai_close", {"patience_s": patience_s}, client)
        self._await(lambda: self._waited_for() <= self._done, patience_s + LAST_REPORT_WAIT_S)

    def reporting(self) -> set[int]:
        return {self._slots[client] for client in self._waited_for() - self._done}

    @property
    def lost(self) -> int:
        """Once closing, every worker whose last report has not come."""
        return len((set(self._slots) if self._closing else self._gone()) - self._done)

    @property
    def unheard(self) -> int:
        return len(set(self._slots) - set(self._heard))

    @property
    def lost_unheard(self) -> int:
        return len(self._gone() - set(self._heard))

    def _expected(self) -> int:
        options = self._runner.environment.parsed_options
        return max(1, options.expect_workers if options is not None else 1)

    def _gone(self) -> set[str]:
        clients = self._runner.clients
        gone = {c for c in self._slots if c not in clients or clients[c].state == STATE_MISSING}
        return gone | (set(self._slots) & set(PEERS.banned))

    def _waited_for(self) -> set[str]:
        return set(self._slots) - self._gone()

    def _present(self) -> list[str]:
        known = self._runner.clients.values()
        return [c.id for c in known if c.state != STATE_MISSING and c.id not in PEERS.banned]

    def _await(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline = monotonic_ns() + int(seconds * 1e9)
        while not condition() and monotonic_ns() < deadline:
            gevent.sleep(0.01)

    def _on_hello(self, environment: Any, msg: Any) -> None:
        answer = {"ns": msg.data["ns"], "master_ns": monotonic_ns(), "boot": boot_id()}
        self._runner.send_message("renhai_clock", answer, msg.node_id)

    def _on_ready(self, environment: Any, msg: Any) -> None:
        client = msg.node_id
        self._ready[client] = None
        if self._t0_ns and not self._closing and client not in self._slots:
            self.late += 1
            slot = self.size + self.late - 1
            self._slots[client] = slot
            logger.info("worker %s joined late, as number %d", client, slot)
            self._send_opening(client, slot, self.late)
            for other in self._slots:
                self._runner.send_message("renhai_share", {"among": self.size + self.late}, other)

    def _on_banned(self, peer: str, error: str) -> None:
        theirs = PEERS.versions.get(peer)
        if theirs is None:
            self._distrust(peers.WorkerBanned(worker=peer, error=error))
        else:
            machine = peer.partition("_download_locustfile_")[
                0
            ]  # who asks for the plan has no other name yet
            self._distrust(
                peers.WorkerOtherVersion(worker=machine, theirs=theirs or UNSAID, ours=__version__)
            )

    def _on_refused(self, environment: Any, msg: Any) -> None:
        self._refuse(peers.WorkerRefused(worker=msg.node_id, why=why.heard(msg.data["reason"])))

    def _send_opening(self, client: str, slot: int, late: int) -> None:
        when = {"t0_ns": self._t0_ns, "epoch_ns": self._epoch_ns}
        data = {**when, "slot": slot, "slots": self.size, "late": late, **self._operators(client, slot)}
        self._runner.send_message("renhai_open", data, client)

    def _operators(self, client: str, slot: int) -> dict[str, dict[str, int]]:
        """How many of each class Locust has put into workers of lower slots, and into this one."""
        placed = getattr(getattr(self._runner, "_users_dispatcher", None), "_users_on_workers", None) or {}
        before = Counter[str]()
        for other, place in self._slots.items():
            if place < slot:
                before.update(placed.get(other, {}))
        return {"before": dict(before), "here": dict(placed.get(client, {}))}

    def _on_report(self, environment: Any, msg: Any) -> None:
        client = msg.node_id
        if client not in self._slots or client in self._done:
            return
        wrong = self._out_of_order(client, msg.data)
        if not wrong:
            try:
                self._receive(self._slots[client], msg.data)
            except Exception as error:  # whatever the schema let through must not end the reading of others
                logger.exception("a report could not be taken")
                wrong = f"{type(error).__name__}: {error}"
        if wrong:
            PEERS.ban(client, f"renhai_report: {wrong}")
            return
        if msg.data.get("last"):
            self._done.add(client)
            self._runner.send_message("renhai_taken", {}, client)

    def _out_of_order(self, client: str, report: Report) -> str:
        """Why a report cannot be the next one of this worker, "" if it can."""
        since_s = (monotonic_ns() - self._t0_ns) / 1e9
        if report["second"] > since_s + AHEAD_S:
            return f"second {report['second']} has not come: the run began {since_s:.0f} s ago"
        if report["sequence"] <= self._heard.get(client, 0):
            return f"report {report['sequence']} comes after {self._heard[client]}"
        self._heard[client] = report["sequence"]
        return ""


class WorkerLink:
    """A worker's side. `join` is to be called once the runner exists."""

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._worker: LoadWorker[Any] | None = None
        self._best: tuple[int, int] | None = None  # round trip, offset
        self._answered = Event()
        self._taken = Event()
        for name, listener in (
            ("renhai_clock", self._on_clock),
            ("renhai_open", self._on_open),
            ("renhai_taken", self._on_taken),
            ("renhai_share", self._on_share),
        ):
            runner.register_message(name, listener)
        runner.register_message("renhai_close", self._on_close, concurrent=True)

    def join(self, worker: LoadWorker[Any]) -> None:
        """Compare clocks with the master and report for duty."""
        self._worker = worker
        worker.prepare()
        for _ in range(HELLOS):
            self._answered.clear()
            self._runner.send_message("renhai_hello", {"ns": monotonic_ns()})
            while not self._answered.wait(timeout=1.0):
                self._runner.send_message("renhai_hello", {"ns": monotonic_ns()})
        self._runner.send_message("renhai_ready", {"offset_ns": self.offset_ns})

    def refuse(self, reason: Reason) -> None:
        """Tell the master that this machine's guard does not allow the load."""
        self._runner.send_message("renhai_refused", {"reason": reason.record()})

    def send(self, report: Report) -> None:
        self._runner.send_message("renhai_report", dict(report))

    def wait_taken(self, seconds: float) -> bool:
        """Whether the master had our last report within that time."""
        return bool(self._taken.wait(timeout=seconds))

    def leave(self, patience_s: float) -> None:
        """Close, send the last report and wait until it was taken, as long as the master may be there."""
        if self._worker is None or self._worker.opening is None:
            return
        if not self._worker.closed:
            self._worker.close(patience_s)
        self._taken.wait(timeout=TAKEN_WAIT_S)

    @property
    def offset_ns(self) -> int:
        """The master's clock minus ours."""
        return self._best[1] if self._best else 0

    def _on_clock(self, environment: Any, msg: Any) -> None:
        now = monotonic_ns()
        trip = now - msg.data["ns"]
        offset = msg.data["master_ns"] + trip // 2 - now
        if msg.data["boot"] and msg.data["boot"] == boot_id() and abs(offset) < SUSPECT_NS + trip:
            offset = 0  # one kernel, one clock; a time namespace of its own would show as a large offset
        if self._best is None or trip < self._best[0]:
            self._best = trip, offset
        self._answered.set()

    def _on_open(self, environment: Any, msg: Any) -> None:
        assert self._worker is not None
        known = {**msg.data, "t0_ns": msg.data["t0_ns"] - self.offset_ns}
        self._worker.open(Opening(**known))

    def _on_share(self, environment: Any, msg: Any) -> None:
        assert self._worker is not None
        self._worker.share(msg.data["among"])

    def _on_close(self, environment: Any, msg: Any) -> None:
        self.leave(msg.data["patience_s"])

    def _on_taken(self, environment: Any, msg: Any) -> None:
        self._taken.set()
        if self._worker is not None:
            forget(self._worker.intents)
            if (papers := getattr(self._worker.engine, "papers", None)) is not None:
                papers.forget()

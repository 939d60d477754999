"""The faults planted in a running target, and what they do to each request."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from random import Random
from typing import Any

from renhai.reference.faults.spec import FaultError, Spec, parse
from renhai.reference.faults.tamper import TAMPERS, delay
from renhai.reference.faults.timing import Capacity, Degrade, Latency, Stall
from renhai.reference.storage.jobs import Decision, Storage, Tamper, View

Timing = Stall | Capacity | Latency
MOST_SPOILT = 10_000  # papers that a fault tells of
_TIMING_ORDER = ("stall", "capacity", "latency")
"""A request first waits out a stall, then joins the queue, then is slowed."""


class Fate:
    """What the faults decided for one request: when to answer, whether with an error, what to store instead,
    and which fault spoils the paper."""

    __slots__ = ("answer_at", "error", "spoilt", "tampers")

    def __init__(self, arrival: float) -> None:
        self.answer_at = arrival
        self.error = False
        self.spoilt: Fault | None = None
        self.tampers: list[Tamper] = []

    def tamper(self) -> Tamper | None:
        """The changes to make to a write, one after another."""
        if not self.tampers:
            return None
        if len(self.tampers) == 1:
            return self.tampers[0]

        def each(decision: Decision, view: View) -> Decision:
            for tamper in self.tampers:
                decision = tamper(decision, view)
            return decision

        return each


class Fault:
    """One planted fault with its own randomness, so that removing another does not change its draws."""

    def __init__(self, number: int, spec: Spec, seed: int, first_stall: float | None) -> None:
        self.number, self.spec, self.hits = number, spec, 0
        self.spoilt: list[list[str]] = []
        self.epoch, self.monotonic = time.time(), time.monotonic()
        self.random = Random(f"{seed}/{number}/{spec.text}")
        self.timing: Timing | None = None
        self.degrade: Degrade | None = None
        if spec.kind == "latency":
            self.timing = Latency(spec, self.random)
        elif spec.kind == "capacity":
            self.timing = Capacity(spec, self.random, self.monotonic)
        elif spec.kind == "stall":
            default = self.monotonic + spec.period_s - spec.seconds
            self.timing = Stall(spec, default if first_stall is None else first_stall)
        elif spec.kind == "degrade":
            self.degrade = Degrade(spec, self.monotonic)

    def strikes(self) -> bool:
        """Whether a share falls on this request."""
        hit = self.random.random() < self.spec.share
        self.hits += hit
        return hit

    def spoils(self, operation: str, djxh: str, serial: str) -> None:
        """Note a paper that was spoilt: only then did the fault strike."""
        self.hits += 1
        if len(self.spoilt) < MOST_SPOILT:
            self.spoilt.append([operation, djxh, serial])

    def report(self, slowness: float) -> dict[str, Any]:
        """The fault as GET /admin/faults shows it."""
        now = time.monotonic()
        part = self.timing or self.degrade
        return {
            "id": self.number,
            "spec": self.spec.text,
            "kind": self.spec.kind,
            "operations": self.spec.glob,
            "planted": self.epoch,
            "planted_monotonic": self.monotonic,
            "hits": self.hits,
            **({"papers": self.spoilt} if self.spec.of_papers else {}),
            **(part.report(now, slowness) if part else {}),
        }


class Faults:
    """All planted faults. `active` is False while there are none, and requests then pay nothing for them."""

    def __init__(self, seed: int, operations: tuple[str, ...]) -> None:
        self.seed, self._operations = seed, operations
        self._faults: list[Fault] = []
        self._next_number = 1
        self._leaked: list[bytes] = []
        self._crash: asyncio.TimerHandle | None = None
        self._late: set[asyncio.Future[Any]] = set()
        self.storage: Storage | None = None  # for what is stored later
        self.active = False

    def plant(self, specs: list[str], first_stall_epoch: float | None = None) -> None:
        """Add faults; all of them, or none and FaultError."""
        self._add([parse(spec, self._operations) for spec in specs], first_stall_epoch)

    def replace(self, specs: list[str], first_stall_epoch: float | None = None) -> None:
        """Put faults in the place of all others, or change nothing and FaultError."""
        parsed = [parse(spec, self._operations) for spec in specs]
        self.clear()
        self._add(parsed, first_stall_epoch)

    def _add(self, parsed: list[Spec], first_stall_epoch: float | None) -> None:
        first = None if first_stall_epoch is None else time.monotonic() + first_stall_epoch - time.time()
        for spec in parsed:
            fault = Fault(self._next_number, spec, self.seed, first)
            self._next_number += 1
            self._faults.append(fault)
            if spec.kind == "crash" and not spec.number:
                # A moment's grace, so that the answer to the request that plants it leaves.
                self._crash = asyncio.get_running_loop().call_later(spec.seconds or 0.05, die)
        self._order()

    def clear(self, number: int | None = None) -> None:
        """Remove one fault, or all; what it delayed already stays delayed."""
        if number is not None and all(fault.number != number for fault in self._faults):
            raise FaultError(f"no fault has the id {number}")
        kept = [fault for fault in self._faults if number is not None and fault.number != number]
        self._faults = kept
        if self._crash and not any(fault.spec.kind == "crash" for fault in kept):
            self._crash.cancel()
        if not any(fault.spec.kind == "leak" for fault in kept):
            self._leaked.clear()
        self._order()

    def _order(self) -> None:
        self.active = bool(self._faults)
        self._timing = [f for kind in _TIMING_ORDER for f in self._faults if f.spec.kind == kind]
        self._degrading = [f.degrade for f in self._faults if f.degrade]
        self._others = [f for f in self._faults if f.timing is None and f.degrade is None]

    def slowness(self, at: float) -> float:
        """By how much service takes longer now than planted."""
        product = 1.0
        for degrade in self._degrading:
            product *= degrade.slowness(at)
        return product

    def meet(self, operation: str) -> Fate:
        """Decide the fate of a request of an operation that arrives now; in order of arrival, hence
        repeatable."""
        fate = Fate(time.monotonic())
        for fault in self._others:
            if fault.spec.covers(operation):
                self._strike(fault, fate)
        for degrade in self._degrading:
            degrade.count()
        slowness = self.slowness(fate.answer_at) if self._degrading else 1.0
        for fault in self._timing:
            if fault.timing is not None and fault.spec.covers(operation):
                later = fault.timing.answer_at(fate.answer_at, slowness)
                fault.hits += later > fate.answer_at
                fate.answer_at = later
        return fate

    def _strike(self, fault: Fault, fate: Fate) -> None:
        kind = fault.spec.kind
        if kind == "errors":
            fate.error |= fault.strikes()
        elif kind == "leak":
            fault.hits += 1
            self._leaked.append(bytes(os.urandom(1) * fault.spec.number))
        elif kind == "crash":
            fault.hits += 1
            if fault.spec.number and fault.hits > fault.spec.number:
                die()
        elif fault.spec.of_papers:
            if fate.spoilt is None and fault.random.random() < fault.spec.share:
                fate.spoilt = fault
        elif fault.strikes():
            fate.tampers.append(self._delay(fault) if kind == "late-write" else TAMPERS[kind])

    def _delay(self, fault: Fault) -> Tamper:
        loop = asyncio.get_running_loop()

        def store(decision: Decision) -> None:
            loop.call_soon_threadsafe(loop.call_later, fault.spec.seconds, self._store, decision)

        return delay(store)

    def _store(self, decision: Decision) -> None:
        """Write what was acknowledged a while ago."""
        if self.storage is not None:
            task = asyncio.ensure_future(self.storage.write(lambda view: decision, None))
            self._late.add(task)
            task.add_done_callback(self._late.discard)

    def report(self) -> dict[str, Any]:
        """What GET /admin/faults shows."""
        now = time.monotonic()
        slowness = self.slowness(now)
        found = [fault.report(slowness) for fault in self._faults]
        return {"seed": self.seed, "now": time.time(), "now_monotonic": now, "faults": found}


def die() -> None:
    """End as a power cut would: no handler, no flush, nothing closed."""
    os.kill(os.getpid(), signal.SIGKILL)

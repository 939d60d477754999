"""How the load process itself is doing: loop lag, CPU, and time spent waiting for a CPU."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns, process_time_ns
from typing import Any, Protocol

from renhai.load.measure.histogram import pack

PERIOD_NS = 10_000_000
_SCHEDSTAT = Path("/proc/self/schedstat")


class Clock(Protocol):
    """Whoever calls back at a time; see renhai.load.engine.scheduler."""

    def at(self, due_ns: int, action: Callable[..., object], *arguments: Any) -> None: ...


class Probe:
    """Asks to be called every 10 ms and notes how late that was: any socket waited about as long.

    A stall that swallows several periods is noted once for each, as the calls in between would have seen it
    (the correction of HdrHistogram's recordValueWithExpectedInterval); otherwise the longest stalls would
    weigh least.

    beside: what else is to be done as often.
    """

    def __init__(self, scheduler: Clock) -> None:
        self._scheduler = scheduler
        self.beside: Callable[[], object] | None = None
        self._lags = array("q")
        self._worst = 0
        self._cpu_ns = process_time_ns()
        self._waited_ns = _run_queue_ns()
        self._taken_ns = self._due = monotonic_ns()
        self._running = True
        self._next()

    def stop(self) -> None:
        self._running = False

    def _next(self) -> None:
        self._due += PERIOD_NS
        self._scheduler.at(self._due, self._look)

    def _look(self) -> None:
        lag = monotonic_ns() - self._due
        if lag > self._worst:
            self._worst = lag
        while lag >= PERIOD_NS:
            self._lags.append(lag)
            lag -= PERIOD_NS
            self._due += PERIOD_NS
        self._lags.append(lag)
        if self.beside is not None:
            self.beside()
        if self._running:
            self._next()

    def take(self) -> dict[str, Any]:
        """Since the last call, wall_s seconds ago: lag as a packed histogram and its maximum in ms,
        cpu_percent of one core, steal_percent: the share of wall time that the process was ready to run but
        not let (None where the kernel does not say)."""
        now, cpu, waited = monotonic_ns(), process_time_ns(), _run_queue_ns()
        wall = max(now - self._taken_ns, 1)
        entry = {
            "lag": pack(self._lags),
            "lag_ms": self._worst / 1e6,
            "wall_s": wall / 1e9,
            "cpu_percent": 100 * (cpu - self._cpu_ns) / wall,
            "steal_percent": None if waited is None else 100 * (waited - (self._waited_ns or 0)) / wall,
        }
        self._taken_ns, self._cpu_ns, self._waited_ns = now, cpu, waited
        self._lags, self._worst = array("q"), 0
        return entry


def _run_queue_ns() -> int | None:
    """Time on a run queue in ns (second number of schedstat; Linux Documentation/scheduler/sched-stats)."""
    try:
        return int(_SCHEDSTAT.read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None

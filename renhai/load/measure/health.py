"""Is the generator itself honest? One table of bounds, and a reason for each that was broken.

A run is refused when what it measured may be the generator's own doing. Where damage can hide in the figures
the bound is relative to them: a loop that lags 80 ms spoils a p99 of 100 ms and not one of 3 s.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from renhai.load.measure.collector import Second
from renhai.load.measure.histogram import HistogramSum
from renhai.load.measure.presence import Presence
from renhai.plan.model import UserStage
from results.verdict.reasons import Reason
from results.verdict.reasons import generator as why


@dataclass(frozen=True)
class Bounds:
    """Why each is what it is.

    delay_ms, delay_share: p99 of loop lag and of start lateness may reach 50 ms or a tenth of the run's p99
    service time, whichever is more. Schedulers of a busy 2-core CI machine make 5..20 ms; a loop that lags
    more than 50 ms in one of a hundred looks is short of CPU. The service time is the measure because
    latency holds the generator's own delays: they would excuse themselves.
    stall_ms: one standstill of half a second (a stopped process, a swapped page, a suspended laptop) leaves
    a hole in the arrivals that no percentile of a short run survives.
    cpu_percent, cpu_seconds: of one core, for 3 seconds on end. Python runs on one core; above 90 % queues
    form inside the generator. Shorter peaks (ramp-up, a collection) show in lag if they harm.
    steal_percent: of wall time spent ready to run but not let, for 3 seconds on end. One busy process on the
    generator's core was seen to cost 60 % at 2,000 requests a second; a whole test suite beside it on two
    cores 32 %, with a loop lag p99 of 10 ms.
    demand_percent: of wall time spent running or ready to run, for 3 seconds on end: a process that is never
    idle has a queue inside, whoever takes the rest of its core (the runner beside it, on a core they share).
    dropped_share: arrivals not started because too many were in flight.
    little_error: users = throughput * (latency + think time), over windows of at least 5 s at a steady number
    of operators. Think time is drawn and latency is measured, so nothing but lost work can be missing.
    """

    delay_ms: float = 50.0
    delay_share: float = 0.10
    stall_ms: float = 500.0
    cpu_percent: float = 90.0
    cpu_seconds: int = 3
    steal_percent: float = 50.0
    steal_seconds: int = 3
    demand_percent: float = 95.0
    demand_seconds: int = 3
    dropped_share: float = 0.001
    little_error: float = 0.05
    little_window_s: int = 5


BOUNDS = Bounds()


@dataclass
class Streak:
    """The best minimum over `length` consecutive seconds: what was sustained."""

    length: int
    best: float = 0.0
    _recent: deque[float] = field(default_factory=deque)

    def add(self, value: float) -> None:
        self._recent.append(value)
        if len(self._recent) > self.length:
            self._recent.popleft()
        if len(self._recent) == self.length:
            self.best = max(self.best, min(self._recent))


class Health:
    """Gathers what the reports say about the generator. stages: of operators; empty in the open model."""

    def __init__(self, stages: Sequence[UserStage] = (), bounds: Bounds = BOUNDS) -> None:
        self.bounds = bounds
        self.lag = HistogramSum()
        self.late = HistogramSum()
        self.service = HistogramSum()
        self.complaints: Counter[Reason] = Counter()
        self.cpu_percent_max = 0.0
        self.lag_ms_max = 0.0
        self.unfinished = 0
        self.workers_lost = 0
        self.workers_late = 0
        self.lost_reports = 0
        self._cpu: dict[int, Streak] = defaultdict(lambda: Streak(bounds.cpu_seconds))
        self._steal: dict[int, Streak] = defaultdict(lambda: Streak(bounds.steal_seconds))
        self._demand: dict[int, Streak] = defaultdict(lambda: Streak(bounds.demand_seconds))
        self._sequence: dict[int, int] = {}
        self.presence = Presence()
        self._little = Little(stages, bounds.little_window_s)

    def report(self, slot: int, report: Mapping[str, Any]) -> None:
        """Take one worker's report."""
        self.lag.add(report["lag"])
        self.late.add(report["late"])
        self.lag_ms_max = max(self.lag_ms_max, report["lag_ms"])
        self._hear(report["complaints"])
        self.lost_reports += report["sequence"] - self._sequence.get(slot, 0) - 1
        self._sequence[slot] = report["sequence"]
        self.unfinished += report.get("unfinished", 0)
        for entry in report["operations"].values():
            self.service.add(entry["service"])
        if not report.get("partial"):  # the last reports cover less than a second
            self.cpu_percent_max = max(self.cpu_percent_max, report["cpu_percent"])
            cpu, steal = report["cpu_percent"], report["steal_percent"] or 0.0
            for _ in range(max(1, round(report["wall_s"]))):  # after a stall one report covers many seconds
                self._cpu[slot].add(cpu)
                self._steal[slot].add(steal)
                self._demand[slot].add(cpu + steal)

    def second(self, second: Second) -> None:
        """Take one complete second."""
        self._little.add(second)
        self.presence.second(second)

    @property
    def littles_law_error(self) -> float | None:
        return self._little.error

    def figures(self) -> dict[str, Any]:
        """The `generator` part of measured.json, but for `processes`."""
        error = self.littles_law_error
        return {
            "cpu_percent_max": round(self.cpu_percent_max, 1),
            "cpu_percent_sustained": round(self._sustained(self._cpu), 1),
            "steal_percent_sustained": round(self._sustained(self._steal), 1),
            "demand_percent_sustained": round(self._sustained(self._demand), 1),
            "loop_lag_ms_p99": self.lag.milliseconds("p99"),
            "loop_lag_ms_max": round(self.lag_ms_max, 3),
            "start_lateness_ms_p99": self.late.milliseconds("p99"),
            "workers_lost": self.workers_lost,
            "workers_late": self.workers_late,
            "littles_law_error": None if error is None else round(error, 4),
        }

    @staticmethod
    def _sustained(streaks: Mapping[int, Streak]) -> float:
        return max((streak.best for streak in streaks.values()), default=0.0)

    def _hear(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Count a worker's complaints, records of results.verdict.reasons."""
        for record in records:
            reason = why.heard(record)
            self.complaints[reason.often(1)] += reason.times

    def reasons(self, due: int, dropped: int) -> list[Reason]:
        """One for each bound that was broken, with its numbers and what to do; causes come first."""
        found = [
            self._lost(),
            self._stall(),
            self._stolen(),
            self._busy(),
            self._dropped(due, dropped),
            self._delay(why.LoopLag, self.lag),
            self._delay(why.StartLateness, self.late),
            self._littles_law(),
            self.presence.reason,
            self._missing(),
        ]
        return [one for one in found if one] + [one.often(count) for one, count in self.complaints.items()]

    def _delay(
        self, kind: type[why.LoopLag] | type[why.StartLateness], delays: HistogramSum
    ) -> Reason | None:
        p99 = delays.milliseconds("p99")
        measured = self.service.milliseconds("p99")
        bound = max(self.bounds.delay_ms, self.bounds.delay_share * measured)
        return kind(p99_ms=p99, bound_ms=bound, service_ms=measured) if p99 > bound else None

    def _stall(self) -> Reason | None:
        if self.lag_ms_max <= self.bounds.stall_ms:
            return None
        return why.Stalled(seconds=self.lag_ms_max / 1000, bound_ms=self.bounds.stall_ms)

    def _busy(self) -> Reason | None:
        best, bounds = self._sustained(self._cpu), self.bounds
        if best > bounds.cpu_percent:
            return why.CpuBusy(percent=best, seconds=bounds.cpu_seconds, bound_percent=bounds.cpu_percent)
        demand = self._sustained(self._demand)
        if demand <= bounds.demand_percent or self._stolen():
            return None
        return why.CpuDemand(
            percent=demand, seconds=bounds.demand_seconds, bound_percent=bounds.demand_percent
        )

    def _stolen(self) -> Reason | None:
        best, bounds = self._sustained(self._steal), self.bounds
        if best <= bounds.steal_percent:
            return None
        return why.CpuStolen(percent=best, seconds=bounds.steal_seconds, bound_percent=bounds.steal_percent)

    def _dropped(self, due: int, dropped: int) -> Reason | None:
        if not due or dropped / due <= self.bounds.dropped_share:
            return None
        return why.ArrivalsDropped(
            dropped=dropped, due=due, share=dropped / due, bound=self.bounds.dropped_share
        )

    def _littles_law(self) -> Reason | None:
        error = self.littles_law_error
        if error is None or error <= self.bounds.little_error:
            return None
        planned, found = self._little.worst
        return why.LittlesLaw(planned=planned, found=found, error=error, bound=self.bounds.little_error)

    def _lost(self) -> Reason | None:
        return why.WorkersLost(workers=self.workers_lost) if self.workers_lost else None

    def _missing(self) -> Reason | None:
        return why.ReportsMissing(reports=self.lost_reports) if self.lost_reports > 0 else None


class Little:
    """Little's law (Little 1961) over windows: operators * seconds = sum of latency + sum of think time.

    Only seconds at a steady planned number of operators count, after the ramp that led there, and not after a
    ramp down, when those who leave still finish their work.
    """

    def __init__(self, stages: Sequence[UserStage], window_s: int) -> None:
        self._window_s = window_s
        self._steady = _steady_parts(stages)
        self._planned = 0.0
        self._found = 0.0
        self._seconds = 0
        self._part: tuple[float, float, float] | None = None
        self.error: float | None = None
        self.worst = (0.0, 0.0)

    def add(self, second: Second) -> None:
        number = second.number
        part = next((p for p in self._steady if p[0] <= number and number + 1 <= p[1]), None)
        if part is None or part != self._part:
            self._restart(part)
        if part is None:
            return
        self._planned += part[2]
        self._found += second.busy_s + second.thinking_s
        self._seconds += 1
        if self._seconds >= self._window_s:
            self._judge()
            self._restart(part)

    def _restart(self, part: tuple[float, float, float] | None) -> None:
        self._part, self._planned, self._found, self._seconds = part, 0.0, 0.0, 0

    def _judge(self) -> None:
        error = abs(self._found / self._planned - 1)
        if self.error is None or error > self.error:
            self.error = error
            self.worst = self._planned / self._seconds, self._found / self._seconds


def _steady_parts(stages: Sequence[UserStage]) -> list[tuple[float, float, float]]:
    """(start, end, operators) of the holds, but for those after a fall."""
    parts: list[tuple[float, float, float]] = []
    begin, before = 0.0, 0.0
    for stage in stages:
        end = begin + stage.seconds
        level = stage.users_from
        if level == stage.users_to and level >= before and level > 0:
            parts.append((begin, end, float(level)))
        begin, before = end, max(stage.users_from, stage.users_to)
    return parts


__all__ = ["BOUNDS", "Bounds", "Health", "Little", "Streak"]

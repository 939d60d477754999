"""Targets whose latency distribution is known on paper: each law fixes the moment of every answer.

Time is in seconds from the first request. `due(now)` is the moment at which the answer to a request
received at `now` must leave; `truth(p)` is the latency that a share p of evenly spaced arrivals (lambda a
second, for T seconds) does not exceed. The derivations stand at each law; tests check them against a
simulation of the same arrivals.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Stall:
    """A freeze: no answer leaves during the middle `stall` seconds of every `period`; else after `base`.

    An answer would leave `base` after its request; one that falls into the freeze leaves at its end.
    Arrivals of a share stall/period therefore wait for the end, and evenly spaced arrivals make that wait
    uniform: latency = base for p <= q = 1 - stall/period, and base + stall * (p - q) / (1 - q) above. T: a
    multiple of period.
    """

    base: float = 0.005
    stall: float = 2.0
    period: float = 10.0

    def due(self, now: float) -> float:
        leaves = now + self.base
        start = (leaves // self.period) * self.period + (self.period - self.stall) / 2
        return start + self.stall if start <= leaves < start + self.stall else leaves

    def truth(self, p: float, rate: float, seconds: float) -> float:
        calm = 1 - self.stall / self.period
        return self.base if p <= calm else self.base + self.stall * (p - calm) / (1 - calm)


@dataclass
class Bimodal:
    """Every request takes `fast`, but `slow_of[0]` of every `slow_of[1]` take `slow`, evenly mixed.

    latency = fast for p <= 1 - slow share, slow above: exact for every count that is a multiple of
    slow_of[1].
    """

    fast: float = 0.005
    slow: float = 0.100
    slow_of: tuple[int, int] = (2, 25)
    seen: int = 0

    def due(self, now: float) -> float:
        some, all_ = self.slow_of
        before, after = self.seen * some // all_, (self.seen + 1) * some // all_
        self.seen += 1
        return now + (self.slow if after > before else self.fast)

    def truth(self, p: float, rate: float, seconds: float) -> float:
        some, all_ = self.slow_of
        return self.fast if p <= 1 - some / all_ else self.slow


@dataclass
class Drift:
    """The answer takes `low` at first and `high` after `seconds`, in a straight line, then starts again.

    Evenly spaced arrivals over `seconds` see a uniform latency: low + (high - low) * p.
    """

    low: float = 0.005
    high: float = 0.050
    seconds: float = 20.0

    def due(self, now: float) -> float:
        return now + self.low + (self.high - self.low) * (now % self.seconds) / self.seconds

    def truth(self, p: float, rate: float, seconds: float) -> float:
        return self.low + (self.high - self.low) * p


@dataclass
class Servers:
    """`count` servers, `service` seconds a request; one queue, first come first served (D/D/c).

    Load r = lambda * service / count. For r <= 1 a server is free whenever a request comes: latency =
    service. For r > 1 all servers stay busy from the start and request n leaves at n_mod_c/lambda + (n div
    c + 1) * service, so it waits (n div c) * (service - c/lambda). With n = p * lambda * T that is p * T *
    (r - 1): latency = service + p*T*(r - 1), the queue grows by (lambda - c/service) a second.
    """

    count: int = 4
    service: float = 0.020
    free: list[float] = field(default_factory=list)

    def due(self, now: float) -> float:
        if not self.free:
            self.free = [0.0] * self.count
        leaves = max(now, self.free[0]) + self.service
        heapq.heapreplace(self.free, leaves)
        return leaves

    def truth(self, p: float, rate: float, seconds: float) -> float:
        load = rate * self.service / self.count
        return self.service + p * seconds * max(0.0, load - 1)


Law = Stall | Bimodal | Drift | Servers


@dataclass(frozen=True)
class Case:
    """One truth to measure: a law under evenly spaced arrivals, `rate` a second for `seconds`."""

    name: str
    what: str
    make: Callable[[], Law]
    rate: float
    seconds: float

    def truth(self, p: float) -> float:
        return self.make().truth(p, self.rate, self.seconds)


CASES = (
    Case("stall", "a 2 s stall in every 10 s, else 5 ms", Stall, 500, 20),
    Case("bimodal", "92 % at 5 ms, 8 % at 100 ms", Bimodal, 500, 10),
    Case("drift", "5 ms growing to 50 ms in a straight line", Drift, 500, 20),
    Case("below", "4 servers x 20 ms at 80 % of their capacity", Servers, 160, 10),
    Case("above", "4 servers x 20 ms at 110 % of their capacity", Servers, 220, 10),
)

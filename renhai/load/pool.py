"""Kept connections, and the wheel that ends exchanges whose time is up."""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from renhai.load.connection import Connection
    from renhai.load.exchange import Exchange

MIN_TICK_S = 0.002
MAX_TICK_S = 0.05


class Lane:
    """A set of kept connections, used last in, first out. A dict because an idle connection may vanish anywhere."""

    __slots__ = ("idle", "max_idle")

    def __init__(self, max_idle: int) -> None:
        self.idle: dict[Connection, None] = {}
        self.max_idle = max_idle

    def close(self) -> None:
        for connection in list(self.idle):
            connection.close()


class DeadlineWheel:
    """Calls `check(exchange, now)` when an exchange may be overdue; it answers with ns left, or <= 0 when ended.

    One timer for all: an exchange joins the bucket of the tick at which its shortest timeout could first expire.
    When the tick comes, most have left; the rest say how long they still have and move to a later bucket.
    An overdue exchange is therefore met at most one tick late (1/20 of the shortest timeout, 50 ms at most).
    """

    def __init__(self, loop: Any, shortest_s: float, check: Callable[[Exchange, int], int]) -> None:
        tick_s = min(max(shortest_s / 20, MIN_TICK_S), MAX_TICK_S)
        self._tick_ns = int(tick_s * 1e9)
        self._span = int(shortest_s * 1e9) // self._tick_ns + 1
        self._check = check
        self._timer = loop.timer(tick_s, tick_s)
        self._buckets: dict[int, set[Exchange]] = {}
        self.entry: set[Exchange] | None = None
        self.on_tick: Callable[[int], bool] = lambda now: False

    def wake(self) -> set[Exchange]:
        """Start ticking if need be; returns the bucket for exchanges that start now."""
        if self.entry is None:
            self._timer.start(self._tick)
            self.entry = self._bucket(monotonic_ns() // self._tick_ns + self._span)
        return self.entry

    def exchanges(self) -> list[Exchange]:
        return [exchange for bucket in self._buckets.values() for exchange in bucket]

    def __len__(self) -> int:
        return sum(map(len, self._buckets.values()))

    def close(self) -> None:
        self._timer.stop()
        self._timer.close()
        self.entry = None

    def _bucket(self, tick: int) -> set[Exchange]:
        bucket = self._buckets.get(tick)
        if bucket is None:
            bucket = self._buckets[tick] = set()
        return bucket

    def _tick(self) -> None:
        now = monotonic_ns()
        tick = now // self._tick_ns
        self.entry = self._bucket(tick + self._span)
        for due in sorted(key for key in self._buckets if key <= tick):
            for exchange in list(self._buckets.pop(due)):
                if exchange.done is not None:
                    self._again(exchange, self._check(exchange, now), now)
        busy = any(self._buckets.values())
        self._timer.ref = busy
        if not self.on_tick(now) and not busy:
            self._timer.stop()
            self._buckets.clear()
            self.entry = None

    def _again(self, exchange: Exchange, left_ns: int, now: int) -> None:
        if left_ns > 0 and exchange.done is not None:
            exchange.bucket = self._bucket(
                min((now + left_ns) // self._tick_ns + 1, now // self._tick_ns + self._span)
            )
            exchange.bucket.add(exchange)

"""Kept connections, and the wheel that meets exchanges whose time is up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic_ns
from typing import Any

from renhai.load.http.types import Carrier, Census, Exchange

MIN_TICK_S = 0.002
MAX_TICK_S = 0.05


class ConnectionPool:
    """Connections of one owner: an operator, a journey, or all of a process.

    places: numbers of the connections that there may be at once; each says which address and source its
    connection takes, whenever it is opened. When none is free, and none may be opened, exchanges wait.
    None: as many as are needed. in_turn: the one that has been idle longest is used first; else the last
    used one, so that what is not needed goes. keep_ns: how long an idle one may be used again.
    sessions: of TLS, by address, to resume: another owner is another client, who has none yet.
    Idle ones are in a dict, because one may vanish from anywhere in it.
    """

    __slots__ = (
        "_in_turn",
        "_serve",
        "census",
        "closed",
        "idle",
        "keep_ns",
        "max_idle",
        "sessions",
        "vacant",
        "waiting",
    )

    def __init__(
        self,
        census: Census,
        keep_ns: int,
        max_idle: int,
        places: Sequence[int] | None = None,
        serve: Callable[[ConnectionPool], object] | None = None,
        in_turn: bool = False,
    ) -> None:
        self.census = census
        self.keep_ns = keep_ns
        self.max_idle = max_idle
        self.idle: dict[Carrier, None] = {}
        self.vacant = None if places is None else list(reversed(places))
        self.waiting: deque[Exchange] | None = None
        self.sessions: dict[Any, Any] | None = None
        self.closed = False
        self._serve = serve
        self._in_turn = in_turn

    def take(self) -> Carrier | None:
        """An idle connection, out of the pool; None where there is none."""
        idle = self.idle
        if not idle:
            return None
        if not self._in_turn:
            return idle.popitem()[0]
        oldest = next(iter(idle))
        del idle[oldest]
        return oldest

    @property
    def full(self) -> bool:
        """Whether no further connection may be opened."""
        return self.vacant is not None and not self.vacant

    def place(self) -> int:
        """The number of the connection that is opened now."""
        return self.census.opened if self.vacant is None else self.vacant.pop()

    def wait(self, exchange: Exchange) -> None:
        """Until a connection is free, or one may be opened."""
        if self.waiting is None:
            self.waiting = deque()
        self.census.waited += 1
        self.waiting.append(exchange)

    def vacate(self, place: int) -> None:
        """A connection was closed, or could not be opened."""
        if self.vacant is not None:
            self.vacant.append(place)
            if self.waiting and self._serve is not None:
                self._serve(self)

    def rest(self, connection: Carrier) -> bool:
        """Keep a connection for the next exchange; False when it is to be closed."""
        if self.closed or len(self.idle) >= self.max_idle:
            return False
        self.idle[connection] = None
        if self.waiting and self._serve is not None:
            self._serve(self)
        return True

    def drop_stale(self, now_ns: int) -> bool:
        """Close connections that have been idle for too long; True while others are left."""
        idle = self.idle
        while idle:
            oldest = next(iter(idle))
            if oldest.since_ns >= now_ns - oldest.keep_ns:
                return True
            oldest.close()
        return False

    def close(self) -> None:
        """Close what is idle now, and what is under way once it has ended."""
        self.closed = True
        for connection in list(self.idle):
            connection.close()


class DeadlineWheel:
    """Calls `check(exchange, now)` when an exchange may be overdue; it answers the ns left, <= 0 when ended.

    One timer for all. An exchange joins the bucket of the tick at which the shortest timeout could first
    expire; by then most have left, and the rest move on to the tick at which their time would be up. So an
    overdue exchange is met at most two ticks late (a tick is 1/20 of the shortest timeout, 2 to 50 ms).
    The timer runs while there are exchanges, or while `tend(now)` wants to be called again.
    """

    def __init__(
        self,
        loop: Any,
        shortest_s: float,
        check: Callable[[Exchange, int], int],
        tend: Callable[[int], bool],
    ) -> None:
        tick_s = min(max(shortest_s / 20, MIN_TICK_S), MAX_TICK_S)
        self._tick_ns = int(tick_s * 1e9)
        self._span = int(shortest_s * 1e9) // self._tick_ns
        self._check = check
        self._tend = tend
        self._timer = loop.timer(tick_s, tick_s)
        self._buckets: dict[int, set[Exchange]] = {}
        self.entry: set[Exchange] | None = None  # the bucket for exchanges that start now; None: not running

    def wake(self) -> set[Exchange]:
        """Start the timer; returns the bucket for exchanges that start now."""
        self._timer.start(self._turn)
        self.entry = self._bucket(monotonic_ns() // self._tick_ns + self._span)
        return self.entry

    def exchanges(self) -> list[Exchange]:
        """Those under way."""
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

    def _turn(self) -> None:
        now = monotonic_ns()
        tick = now // self._tick_ns
        self.entry = self._bucket(tick + self._span)
        for due in sorted(key for key in self._buckets if key <= tick):
            for exchange in list(self._buckets.pop(due)):
                self._meet(exchange, now)
        wanted = self._tend(now)
        if not wanted and not any(self._buckets.values()) and self.entry is not None:
            self._timer.stop()
            self._buckets.clear()
            self.entry = None

    def _meet(self, exchange: Exchange, now: int) -> None:
        if exchange.done is None:
            return
        left_ns = self._check(exchange, now)
        if left_ns > 0 and exchange.done is not None:
            tick = now // self._tick_ns
            later = (now + left_ns) // self._tick_ns + 1
            exchange.bucket = self._bucket(max(tick + 1, min(later, tick + self._span)))
            exchange.bucket.add(exchange)

"""Whose a connection is: an operator's, a journey's, or everybody's (renhai.binding.schema.connections)."""

from __future__ import annotations

from renhai.binding.schema.connections import OF_JOURNEY, OF_OPERATOR, SHARED, Way
from renhai.load.http.client import Client, ConnectionPool
from renhai.load.http.types import Done


class Connecting:
    """The pools of one load process.

    Every connection has a number of its own among all load processes, by which the client chooses address and
    source: an operator's is his seat, a journey's how many began before it. Shared ones have a pool for each
    address, and journeys take those in turn. So each address has its share, and the same in every run.
    way: None: one pool without bounds.
    """

    def __init__(self, client: Client, way: Way | None) -> None:
        self._client = client
        self.way = way
        self._journeys = 0
        self._slot, self._slots = 0, 1
        self._shared: list[ConnectionPool] = []
        self.of_operators = way is not None and way.kind == OF_OPERATOR
        self.of_journeys = way is not None and way.kind == OF_JOURNEY
        self.divide(0, 1)

    def divide(self, slot: int, slots: int) -> None:
        """This process is number `slot` of `slots`, from now on; before anything is sent."""
        self._slot, self._slots = slot, slots
        if self.way is None or self.way.kind != SHARED:
            return
        for pool in self._shared:
            self._client.forget(pool)
        mine = list(range(slot, self.way.count, slots)) or [slot % self.way.count]
        addresses = len(self._client.census.by_address)
        parted = [[place for place in mine if place % addresses == turn] for turn in range(addresses)]
        self._shared = [
            self._client.pool(places, self.way.idle_s, tended=True) for places in parted if places
        ]

    def operator(self, seat: int, done: Done) -> ConnectionPool | None:
        """Of an operator who sits down: opened now; `done` is told of each. None: he has none of his own."""
        if not self.of_operators or self.way is None:
            return None
        pool = self._client.pool([seat] * self.way.count, self.way.idle_s, in_turn=True)
        self._client.open(pool, done)
        return pool

    def journey(self) -> ConnectionPool | None:
        """Of a journey that begins, and has no operator with connections of his own."""
        number = self._journeys
        self._journeys += 1
        if self._shared:
            return self._shared[number % len(self._shared)]
        if not self.of_journeys or self.way is None:
            return None
        return self._client.pool((number * self._slots + self._slot,), self.way.idle_s)

    def over(self, pool: ConnectionPool | None) -> None:
        """A journey has ended that was given `pool`; where they are `of_journeys`."""
        if pool is not None:
            pool.close()

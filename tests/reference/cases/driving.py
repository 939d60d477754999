"""Journeys of cases driven through the reference system in this process: no socket, no clock, no Locust."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from generators.taxpayers.population import Population
from renhai.binding.codec import Reply
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from renhai.spec.journeys.registry import THINK, Journey
from tests.reference.office import Office

UNIT = "14301030000"


@dataclass
class Person:
    """An operator, as TaxpayerPool.seat has it."""

    seat: int
    unit: str = UNIT
    post: str = ""


SEED = 85  # five of whose first six taxpayers have VAT to pay in most months


@dataclass
class Hall:
    """A bureau: its people by journey, and what they sent. sent: operations by name; refused: what was."""

    office: Office
    journeys: dict[str, Journey]
    taxpayers: int = 6
    sent: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pool = TaxpayerPool(Population(SEED, "gt3_2015"), Partition(self.taxpayers))
        self._seats: dict[str, int] = {}

    def do(self, journey: str, person: int | None = None) -> bool:
        """One journey, by the person of that journey (or a given one); whether it was completed."""
        own = self._seats.setdefault(journey, 100 + len(self._seats))
        self.pool.seat = Person(own if person is None else person)
        steps, reply = self.journeys[journey].walk(self.pool), None
        allowed = set(self.journeys[journey].operations)
        while True:
            try:
                operation, fields = steps.send(reply)  # type: ignore[arg-type]
            except StopIteration as stop:
                return stop.value is not False
            if operation == THINK:
                reply = Reply("ok", {}, "", "")
                continue
            assert operation in allowed, f"{journey} sends {operation}, which it does not declare"
            reply = self._ask(operation, fields)

    def _ask(self, operation: str, fields: dict[str, Any]) -> Reply:
        self.sent[operation] += 1
        answer = self.office.call(operation, fields)
        if not answer.ok:
            self.refused.append((operation, answer.code, answer.reason))
        return Reply("ok" if answer.ok else "rejected", answer.data, answer.code, answer.reason)

    def work_off(self, rounds: int = 60) -> None:
        """Everybody works until all lists are empty."""
        for _ in range(rounds):
            before = self.sent["case.take"]
            for name in self.posts():
                self.do(name)
            if self.sent["case.take"] == before:
                return

    def posts(self) -> Iterator[str]:
        """The journeys that work through a list."""
        return (name for name in self.journeys if name.startswith("work."))

"""What the people at a desk do: journeys, the cases that they work on, and the registry of both.

A journey is a generator function. It yields `(operation, fields)`, receives the judged Reply, and returns
False when the transaction could not be completed (anything else means that it was). It neither knows the
load model nor touches a socket, so operators and arrivals drive the very same code:

    @journey("declaration.file", sends=("declaration.status",))
    def file(pool: TaxpayerPool) -> Steps:
        with pool.case() as case:
            reply = yield "declaration.status", {"djxh": case.taxpayer.djxh, ...}
            return reply.ok
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from renhai.binding.codec import Reply
from renhai.load.engine.cases import TaxpayerPool

__all__ = ["JOURNEYS", "Journey", "Reply", "Steps", "journey"]

Steps = Generator[tuple[str, dict[str, Any]], Reply, bool | None]
Journey = Callable[["TaxpayerPool"], Steps]

JOURNEYS: dict[str, Journey] = {}


def journey(name: str, sends: Sequence[str] = ()) -> Callable[[Journey], Journey]:
    """Register a journey under `name`; two different functions of one name are a ValueError.

    sends: the operations that it sends, which a run is held to; literal texts, because the command line reads
    them without importing the file. How to write them: renhai.spec.steps.
    """

    def register(function: Journey) -> Journey:
        known = JOURNEYS.get(name)
        if known is not None and _source(known) != _source(function):
            raise ValueError(f"journey {name} is defined twice: in {_source(known)} and {_source(function)}")
        JOURNEYS[name] = function
        return function

    return register


def _source(function: Journey) -> tuple[str, str]:
    # Locust imports a locustfile under its bare name, a neighbour imports it as locustfiles.NAME: one source.
    return function.__code__.co_filename, function.__qualname__

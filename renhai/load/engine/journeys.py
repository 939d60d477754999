"""Journeys in a load process: those that locustfiles register, and those that stand in the scenario.

What a journey is and declares: renhai.spec.journeys.registry.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from renhai.binding.codec import Reply
from renhai.load.engine.written import walk_of
from renhai.plan.parts.written import AnyWritten, operations
from renhai.spec.journeys.cases import Exhausted, TaxpayerPool
from renhai.spec.journeys.registry import JOURNEYS, THINK, Journey, SentStep, Steps, journey
from renhai.spec.journeys.written.data import Finished
from results.verdict.reasons.generator import JourneyUndeclared

__all__ = ["JOURNEYS", "Reply", "Steps", "journey", "register"]
PAUSED = Reply("ok", {}, "", "")  # what a journey receives after a pause


def register(journeys: Mapping[str, Sequence[AnyWritten]]) -> None:
    """Add the plan's written journeys to JOURNEYS."""
    for name, steps in journeys.items():
        sends = tuple(SentStep(operation) for operation in operations(steps))
        JOURNEYS[name] = Journey(name, sends, walk=walk_of(steps, name))


def load_journeys(path: str) -> None:
    """Import a locustfile given by its path relative to home, for the journeys that it registers."""
    parts = Path(path).with_suffix("").parts
    importlib.import_module(".".join(parts))


def rehearse(engine: Any, name: str, pool: TaxpayerPool, steps: int = 20) -> None:
    """Go through a journey of a JourneyEngine on empty answers, sending nothing, as far as it will go."""
    walk, allowed = JOURNEYS[name].walk(pool), engine.allowed(name)
    reply = None
    try:
        for _ in range(steps):
            operation, fields = walk.send(reply)  # type: ignore[arg-type]
            if operation == THINK:
                reply = PAUSED
                continue
            if operation not in allowed:
                engine.complain(JourneyUndeclared(journey=name, operation=operation))
                break
            engine.binding.request(operation, fields)
            reply = Reply("ok", {}, "", "")
    except (StopIteration, Exhausted, Finished, LookupError, TypeError, ValueError):
        pass  # it needed a real answer, or was through
    walk.close()

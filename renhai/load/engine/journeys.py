"""Journeys in a load process: those that locustfiles register, and those that stand in the scenario.

What a journey is and declares: renhai.spec.journeys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from renhai.binding.codec import Reply
from renhai.load.engine.written import walk_of
from renhai.plan.parts.written import AnyWritten, operations
from renhai.spec.journeys import JOURNEYS, Journey, SentStep, Steps, journey

__all__ = ["JOURNEYS", "Reply", "Steps", "journey", "register"]


def register(journeys: Mapping[str, Sequence[AnyWritten]]) -> None:
    """Add the plan's written journeys to JOURNEYS."""
    for name, steps in journeys.items():
        sends = tuple(SentStep(operation) for operation in operations(steps))
        JOURNEYS[name] = Journey(name, sends, walk=walk_of(steps))

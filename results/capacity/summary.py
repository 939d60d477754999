"""What a whole search amounts to: the `capacity` of run.json."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from results.capacity.models import queueing, usl
from results.capacity.search import Settings, Step, bounds, first_broken


def summarise(steps: Sequence[Step], settings: Settings, ended: str) -> dict[str, Any]:
    """The `capacity` of run.json: JSON-ready, rates in journeys/s.

    capacity = low: the highest rate that held, high: the lowest that broke (None where none did), both as
    they were really offered. slowed: the
    target broke at a rate at which it had held before. first_broken, queueing, usl: {} where unknown. curve:
    a point a step that said something, by rate. shown_step: the folder whose files stand for the run.
    """
    held, broke = bounds(steps)
    lowest, highest = max(held, default=0.0), min(broke, default=math.inf)
    low, high = _offered(steps, lowest, "held"), _offered(steps, highest, "broke")
    at_low = [step for step in steps if step.rate == lowest and step.outcome == "held"]
    per_journey = at_low[-1].requests_per_journey if at_low else 0.0
    return {
        "ended": ended,
        "capacity": low,
        "low": low,
        "high": None if math.isinf(high) else high,
        "requests_per_s": low * per_journey,
        "at_least": settings.at_least,
        "precision": settings.precision,
        "slowed": slowed(steps),
        "first_broken": first_broken(steps),
        "queueing": _short(queueing(_current(steps), _fitted_capacity(low, high))),
        "usl": _short(usl(steps)),
        "curve": curve(steps),
        "steps": [step.model_dump() for step in steps],
        "shown_step": _shown(steps, lowest, highest),
    }


def _offered(steps: Sequence[Step], rate: float, outcome: str) -> float:
    """What really arrived in the last step at the rate with the outcome; the rate itself where none says."""
    found = [step.offered for step in steps if step.rate == rate and step.outcome == outcome and step.offered]
    return found[-1] if found else rate


def curve(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """[{rate, outcome, p50, p95, p99, journey_s, completed}] ascending by rate; latencies in ms."""
    points = [
        {
            "rate": step.offered or step.rate,
            "outcome": step.outcome,
            **{name: step.latency_ms.get(name) for name in ("p50", "p95", "p99")},
            "journey_s": step.journey_s,
            "completed": step.completed,
        }
        for step in steps
        if step.outcome != "invalid"
    ]
    return sorted(points, key=lambda point: point["rate"])


def slowed(steps: Sequence[Step]) -> bool:
    """Whether a rate broke twice, at or below one that had held before: chance alone breaks it once."""
    highest, broken = 0.0, 0
    for step in steps:
        if step.outcome == "held":
            highest, broken = max(highest, step.rate), 0
        elif step.outcome == "broke" and step.rate <= highest:
            broken += 1
            if broken > 1:
                return True
    return False


def _current(steps: Sequence[Step]) -> list[Step]:
    """Steps whose word still counts."""
    held, broke = bounds(steps)
    return [step for step in steps if step.rate in (held if step.outcome == "held" else broke)]


def _fitted_capacity(low: float, high: float) -> float:
    return low if math.isinf(high) or not low else math.sqrt(low * high)


def _shown(steps: Sequence[Step], low: float, high: float) -> str:
    """The last step that held at the capacity; without one, the last at the lowest rate that broke."""
    for rate, outcome in ((low, "held"), (high, "broke")):
        found = [step for step in steps if step.rate == rate and step.outcome == outcome]
        if found:
            return found[-1].snapshot
    return steps[-1].snapshot if steps else ""


def _short(numbers: dict[str, float]) -> dict[str, float]:
    return {key: float(f"{value:.6g}") for key, value in numbers.items() if math.isfinite(value)}

"""Where a target breaks: which arrival rate to try next, and what the steps that were tried amount to.

Every step is a run of its own at one rate. It *held* when each threshold held and the time of a journey did
not keep growing (see step.py). The search doubles the rate until a step breaks, then narrows the gap
between the highest rate that held and the lowest that broke, at first guided by what the target still
completed under overload (the throughput of a saturated server is its capacity), else by halving the gap.

The newest word counts: a rate that holds overrules older failures at or below it, and one that breaks
overrules older successes at or above it. So a target that slows down during the search is found at its later
capacity. The search is through when both ends have been seen twice and lie within the wanted precision.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Outcome = Literal["held", "broke", "invalid"]
Ended = Literal["found", "ceiling", "none", "generator", "unsettled", "interrupted", "plan"]

FACTOR = 2.0  # from one bracketing step to the next
FALL = 4.0  # and downwards, when the first rate breaks
LOWEST_SHARE = 1 / 256  # of the first rate: below it the search gives up
SEEN = 2  # how often each end of the interval is tried
REFUSALS = 3  # so often is one rate refused before the generator counts as the limit
AGAIN_S = 5.0  # a machine that was busy with something else is given this time
NEAR = 1.3  # rates within this factor are noisy alike
SHORTEST_S = 8.0  # one second to warm up, and two in each third to tell growth from noise
LONGEST = 4  # a step lasts at most so many times what the scenario asks for
JOURNEYS_LONG = 20  # and at least as long as so many journeys of an idle target take, one after another
ARRIVALS = {"constant": 100, "poisson": 1200}  # how many a step has at least: Poisson's noise is their root


class Settings(BaseModel):
    """Rates in journeys/s, times in s, precision a share. `highest`: no step goes beyond."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start: float = Field(gt=0)
    highest: float = Field(gt=0)
    step_s: float = Field(default=5.0, gt=0)
    cool_down_s: float = Field(default=1.0, ge=0)
    precision: float = Field(default=0.03, gt=0, lt=1)
    steps: int = Field(default=30, ge=1)
    at_least: float | None = None
    process: str = "constant"


class Step(BaseModel):
    """One step. Rates in journeys/s unless said otherwise, `latency_ms` of all requests together.

    offered: arrivals/s that really came; random ones differ from `rate` by chance, in each step anew.
    journey_s: mean time that a journey spent in the target. growth: by how much that grew each second (s/s).
    noise: standard deviation of that growth from second to second.
    completed, bottleneck: journeys/s that the target still did in the second half, by all requests and by the
    operation that lagged most behind its usual share. left_plan: what was sent is not what was planned.
    each: requests of an operation a journey. early: stopped as clearly failing. backlog_s: how long the
    target still works on what was cut off.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    number: int
    rate: float
    seconds: float
    outcome: Outcome
    why: str = ""
    why_zh: str = ""
    why_code: dict[str, Any] | None = None
    verdict: str = ""
    left_plan: bool = False
    early: bool = False
    offered: float = 0.0
    started: int = 0
    completed: float = 0.0
    bottleneck: float = 0.0
    each: dict[str, float] = {}
    requests_per_s: float = 0.0
    requests_per_journey: float = 0.0
    latency_ms: dict[str, float] = {}
    journey_s: float = 0.0
    growth: float = 0.0
    noise: float = 0.0
    backlog_s: float = 0.0
    thresholds: list[dict[str, Any]] = []
    snapshot: str = ""


class Probe(BaseModel):
    """What to try next."""

    model_config = ConfigDict(frozen=True)

    rate: float
    seconds: float
    purpose: Literal["bracket", "refine", "confirm", "again"]


class Stop(BaseModel):
    """Nothing is left to try."""

    model_config = ConfigDict(frozen=True)

    ended: Ended


def bounds(steps: Sequence[Step]) -> tuple[dict[float, int], dict[float, int]]:
    """(rate -> how often it held, rate -> how often it broke), after the newest word was heard."""
    held: dict[float, int] = {}
    broke: dict[float, int] = {}
    for step in steps:
        if step.outcome == "held":
            broke = {rate: count for rate, count in broke.items() if rate > step.rate}
            held[step.rate] = held.get(step.rate, 0) + 1
        elif step.outcome == "broke":
            held = {rate: count for rate, count in held.items() if rate < step.rate}
            broke[step.rate] = broke.get(step.rate, 0) + 1
    return held, broke


def interval(steps: Sequence[Step]) -> tuple[float, float]:
    """(highest rate that held or 0, lowest that broke or infinity)."""
    held, broke = bounds(steps)
    return max(held, default=0.0), min(broke, default=math.inf)


def next_probe(steps: Sequence[Step], settings: Settings) -> Probe | Stop:
    """The next step, or why the search is over."""
    if not steps:
        return _probe(settings.start, "bracket", steps, settings)
    if steps[-1].left_plan:
        return Stop(ended="plan")
    refused = _refused(steps)
    if refused >= REFUSALS:
        return Stop(ended="generator")
    if len(steps) >= settings.steps:
        return Stop(ended="unsettled" if interval(steps)[0] else "none")
    if refused:
        return _probe(steps[-1].rate, "again", steps, settings)
    held, broke = bounds(steps)
    if not broke:
        return _upwards(held, steps, settings)
    if not held:
        return _downwards(min(broke), steps, settings)
    low, high = max(held), min(broke)
    if high / low > 1 + settings.precision * 1.001:
        return _probe(_between(low, high, steps, settings), "refine", steps, settings)
    for rate, count in ((low, held[low]), (high, broke[high])):
        if count < SEEN:
            return _probe(rate, "confirm", steps, settings)
    return Stop(ended="found")


def _upwards(held: dict[float, int], steps: Sequence[Step], settings: Settings) -> Probe | Stop:
    low = max(held)
    if low < settings.highest:
        return _probe(min(low * FACTOR, settings.highest), "bracket", steps, settings)
    if held[low] < SEEN:
        return _probe(low, "confirm", steps, settings)
    return Stop(ended="ceiling")


def _downwards(high: float, steps: Sequence[Step], settings: Settings) -> Probe | Stop:
    rate = _hints(steps)[0] * (1 - settings.precision / 2)
    if not high / FALL <= rate < high:
        rate = high / FALL
    if rate < settings.start * LOWEST_SHARE:
        return Stop(ended="none")
    return _probe(rate, "bracket", steps, settings)


def _between(low: float, high: float, steps: Sequence[Step], settings: Settings) -> float:
    """Just below what an overloaded target completed, then just above; without such a hint, the middle.

    One operation that is the bottleneck shows in its own throughput; operations that share one queue show in
    all requests together. Both are tried, the lower one first.
    """
    p = settings.precision
    hints = _hints(steps)
    for rate in (hint * (1 + side * p / 2) for side in (-1, 1) for hint in hints):
        if low * (1 + p / 4) < rate < high / (1 + p / 4):
            return rate
    gallop = low * (1 + 2 * p)
    if low >= hints[0] > 0 and gallop * (1 + p) < high:
        return gallop
    return math.sqrt(low * high)


def _hints(steps: Sequence[Step]) -> tuple[float, float]:
    """What the target did under the overload seen last, by its bottleneck and by all requests; or 0."""
    step = next((step for step in reversed(steps) if step.outcome == "broke"), None)
    return (step.bottleneck, step.completed) if step else (0.0, 0.0)


def _refused(steps: Sequence[Step]) -> int:
    count = 0
    for step in reversed(steps):
        if step.outcome != "invalid" or step.rate != steps[-1].rate:
            break
        count += 1
    return count


def _probe(rate: float, purpose: Any, steps: Sequence[Step], settings: Settings) -> Probe:
    return Probe(rate=rate, seconds=step_seconds(rate, steps, settings), purpose=purpose)


def step_seconds(rate: float, steps: Sequence[Step], settings: Settings) -> float:
    """How long a step must last to be stable: the scenario's `step` (SHORTEST_S at least), long enough for
    enough arrivals, for many journeys one after another, and for what varies by chance at this rate; at most
    LONGEST times as long."""
    step_s = max(settings.step_s, SHORTEST_S)
    needed = max(
        step_s,
        ARRIVALS.get(settings.process, 0) / rate,
        JOURNEYS_LONG * idle_journey_s(steps),
        (_noise(rate, steps) / settings.precision) ** 2,
    )
    return float(math.ceil(min(needed, LONGEST * step_s)))


def _noise(rate: float, steps: Sequence[Step]) -> float:
    """How much the growth of a journey's time varies from second to second near this rate; 0 if unknown.

    The mean of n seconds varies by its n-th root: (noise / precision)^2 seconds tell growth of `precision`.
    """
    near = [
        step.noise
        for step in steps
        if step.outcome != "invalid" and rate / NEAR <= step.rate <= rate * NEAR and step.noise > 0
    ]
    return statistics.median(near[-3:]) if near else 0.0


def idle_journey_s(steps: Sequence[Step]) -> float:
    """The time of a journey at the lowest rate that held; 0 while none did."""
    idle = _idle(steps)
    return idle.journey_s if idle else 0.0


def usual_requests(steps: Sequence[Step]) -> dict[str, float]:
    """Requests of each operation a journey at the lowest rate that held; {} while none did."""
    idle = _idle(steps)
    return idle.each if idle else {}


def _idle(steps: Sequence[Step]) -> Step | None:
    return min((step for step in steps if step.outcome == "held"), key=lambda step: step.rate, default=None)


def cool_down(step: Step, settings: Settings) -> float:
    """Seconds to leave the target alone after a step: what is set, and what its queue needs to empty."""
    calm = AGAIN_S if step.outcome == "invalid" else 0.0
    return max(settings.cool_down_s, calm) + min(step.backlog_s, 60.0)


def first_broken(steps: Sequence[Step]) -> dict[str, Any]:
    """The rule that breaks first as the rate rises: {subject, rule, value, unit, rate, note} or {}.

    Of the rules that broke in the lowest step that broke, the one whose value meets its limit at the lowest
    rate, on the straight line from the highest step that held. A step that broke by growth alone has none:
    the rule is then the latency that growth would reach first.
    """
    low, high = interval(steps)
    broke = [step for step in steps if step.rate == high and step.outcome == "broke"]
    below = [step for step in steps if step.rate == low and step.outcome == "held"]
    if not broke:
        return {}
    before = {(row["subject"], row["rule"]): row for row in (below[-1].thresholds if below else [])}
    crossings = [
        (_crossing(row, before.get((row["subject"], row["rule"])), low, high), row)
        for step in broke
        for row in step.thresholds
        if row["passed"] is False
    ]
    if crossings:
        rate, row = min(crossings, key=lambda found: found[0])
        return {**_row(row), "rate": rate, "note": ""}
    return _by_growth(broke[-1])


def _crossing(row: dict[str, Any], before: dict[str, Any] | None, low: float, high: float) -> float:
    """Where the value crosses its limit between the rates."""
    if before is None or before["value"] is None or row["value"] is None or row["value"] == before["value"]:
        return high
    share = float((row["limit"] - before["value"]) / (row["value"] - before["value"]))
    return low + (high - low) * min(1.0, max(0.0, share))


def _by_growth(step: Step) -> dict[str, Any]:
    rows = [row for row in step.thresholds if row["unit"] == "ms" and row["value"] is not None]
    if not rows or step.growth <= 0:
        return {}
    nearest = min(rows, key=lambda row: row["limit"] - row["value"])
    seconds = (nearest["limit"] - nearest["value"]) / 1000 / step.growth
    return {**_row(nearest), "rate": step.rate, "note": f"after {seconds:.0f} s more at this rate"}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("subject", "rule", "value", "unit")}

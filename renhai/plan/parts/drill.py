"""A drill as the plan and run.json carry it: seconds, shares, bytes a second; rules as their parts."""

from __future__ import annotations

from renhai.plan.parts.frozen import Frozen
from renhai.spec.drill import model as spec
from results.verdict.rules import parse_rule


class Limit(Frozen):
    """A rule on a bucket: value in ms, % or a number, by its metric."""

    metric: str
    op: str
    value: float
    text: str


class DrillAction(Frozen):
    """See renhai.spec.drill.model.Action."""

    do: str
    at_s: float
    for_s: float | None = None
    service: str | None = None
    share: float = 1.0
    delay_s: float | None = None
    speed: float | None = None
    size: int | None = None


class DrillStep(Frozen):
    do: str
    service: str


class Bound(Frozen):
    """What the drill is held to: rto and rpo in s, lost and lost_after as numbers."""

    name: str
    op: str
    value: float
    text: str


class DrillLevel(Frozen):
    level: int
    rto_s: float | None = None
    rpo_s: float | None = None


class DrillGoal(Frozen):
    """bucket_s: of the steady state; in_a_row: good buckets that make a recovery."""

    good: tuple[Limit, ...]
    bucket_s: float
    at_least: int
    in_a_row: int
    method: tuple[DrillAction, ...]
    rollback: tuple[DrillStep, ...] = ()
    bounds: tuple[Bound, ...]
    unnoticed_is_fine: bool = False
    levels: tuple[DrillLevel, ...] = ()


def drill_goal(drill: spec.Drill | None) -> DrillGoal | None:
    """The drill of a scenario, for its plan."""
    if drill is None:
        return None
    steady = drill.steady
    rules = [parse_rule(text) for text in steady.good]
    held = [(text, *spec.held(text)) for text in drill.thresholds]
    return DrillGoal(
        good=tuple(Limit(metric=r.metric, op=r.op, value=r.value, text=r.text) for r in rules),
        bucket_s=steady.bucket,
        at_least=steady.at_least,
        in_a_row=steady.in_a_row,
        method=tuple(_action(one) for one in drill.method),
        rollback=tuple(DrillStep(do=one.do, service=one.service) for one in drill.rollback),
        bounds=tuple(Bound(name=name, op=op, value=value, text=text) for text, name, op, value in held),
        unnoticed_is_fine=drill.unnoticed == "fine",
        levels=tuple(DrillLevel(level=one.level, rto_s=one.rto, rpo_s=one.rpo) for one in drill.levels),
    )


def _action(one: spec.Action) -> DrillAction:
    return DrillAction(
        do=one.do,
        at_s=one.at,
        for_s=one.for_,
        service=one.service,
        share=1.0 if one.share is None else one.share,
        delay_s=one.delay,
        speed=one.speed,
        size=one.size,
    )

"""Stages of a load, laid out in time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from renhai.plan.model import RateStage, UserStage
from renhai.spec.workload.load import Level, Stage
from renhai.spec.workload.rate_curve import Point

S = TypeVar("S", UserStage, RateStage)


def user_stages(stages: Sequence[Stage], full: float, scale: float) -> tuple[UserStage, ...]:
    """Stages of operators: `full` is their number, `scale` what a number in the scenario is multiplied by."""
    return tuple(
        UserStage(seconds=seconds, users_from=round(start), users_to=round(end))
        for seconds, start, end in levels(stages, full, scale)
    )


def rate_stages(stages: Sequence[Stage], full: float, scale: float) -> tuple[RateStage, ...]:
    """Stages of arrivals: as `user_stages`, in journeys/s."""
    return tuple(
        RateStage(seconds=seconds, rate_from=float(start), rate_to=float(end))
        for seconds, start, end in levels(stages, full, scale)
    )


def levels(stages: Sequence[Stage], full: float, scale: float) -> Iterator[tuple[float, float, float]]:
    """(seconds, level at the start, at the end). A first hold is at the full level; a plain ramp leads
    there."""
    level: float | None = None
    for stage in stages:
        start = (level or 0) if stage.ramp else full if level is None else level
        end = start if stage.hold else at_level(stage.to, full, scale)
        if stage.step:
            start = end
        yield stage.seconds, start, end
        level = end


def at_level(to: Level | None, full: float, scale: float) -> float:
    if to is None:
        return full
    return full * to.value if to.kind == "share" else to.value * scale


def pieces(points: Sequence[Point]) -> tuple[RateStage, ...]:
    """A curve as straight pieces."""
    return tuple(
        RateStage(seconds=after[0] - before[0], rate_from=before[1], rate_to=after[1])
        for before, after in pairwise(points)
    )


def scaled(stages: Sequence[S], duration: float | None) -> tuple[S, ...]:
    """The same stages, stretched to another length in all."""
    if duration is None:
        return tuple(stages)
    factor = duration / sum(stage.seconds for stage in stages)
    return tuple(stage.model_copy(update={"seconds": stage.seconds * factor}) for stage in stages)


def shared_out(counts: Sequence[int], total: int | None) -> list[int]:
    """`total` in the proportion of `counts`, by largest remainder."""
    if total is None:
        return list(counts)
    exact = [count * total / sum(counts) for count in counts]
    shares = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(counts)), key=lambda i: exact[i] - shares[i], reverse=True)
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares

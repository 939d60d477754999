"""Stages of a load, laid out in time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from renhai.spec.load import Level, Stage
from renhai.spec.rate_curve import Point

Plan = dict[str, Any]


def stages_of(
    stages: Sequence[Stage], full: float, scale: float, names: tuple[str, str], kind: type[float] | Any
) -> list[Plan]:
    """Stages with their level at both ends. A first hold is at the full level; a plain ramp leads there."""
    level: float | None = None
    result = []
    for stage in stages:
        start = (level or 0) if stage.ramp else full if level is None else level
        end = start if stage.hold else at_level(stage.to, full, scale)
        if stage.step:
            start = end
        result.append({"seconds": stage.seconds, names[0]: kind(start), names[1]: kind(end)})
        level = end
    return result


def at_level(to: Level | None, full: float, scale: float) -> float:
    if to is None:
        return full
    return full * to.value if to.kind == "share" else to.value * scale


def pieces(points: Sequence[Point]) -> list[Plan]:
    return [
        {"seconds": after[0] - before[0], "rate_from": before[1], "rate_to": after[1]}
        for before, after in pairwise(points)
    ]


def scaled(stages: list[Plan], duration: float | None) -> list[Plan]:
    if duration is None:
        return stages
    factor = duration / sum(stage["seconds"] for stage in stages)
    return [{**stage, "seconds": stage["seconds"] * factor} for stage in stages]


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

"""Think times of a plan, in seconds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from renhai.plan.parts.frozen import Frozen
from renhai.spec.workload import lognormal
from renhai.spec.workload.common import ThinkTime


class Fixed(Frozen):
    """Always the same pause."""

    kind: Literal["fixed"] = "fixed"
    seconds: float

    @property
    def mean(self) -> float:
        return self.seconds


class Uniform(Frozen):
    """Evenly between two pauses."""

    kind: Literal["uniform"] = "uniform"
    low: float
    high: float

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2


class Lognormal(Frozen):
    """A long tail, by its median and 95th percentile."""

    kind: Literal["lognormal"] = "lognormal"
    median: float
    p95: float

    @property
    def mean(self) -> float:
        return lognormal.mean(self.median, self.p95)


class Exponential(Frozen):
    """No memory."""

    kind: Literal["exponential"] = "exponential"
    mean: float


Think = Annotated[Fixed | Uniform | Lognormal | Exponential, Field(discriminator="kind")]


def plan_think(think: ThinkTime) -> Think:
    """As a scenario says it."""
    if think.uniform is not None:
        return Uniform(low=think.uniform[0], high=think.uniform[1])
    if think.lognormal is not None:
        return Lognormal(median=think.lognormal.median, p95=think.lognormal.p95)
    if think.exponential is not None:
        return Exponential(mean=think.exponential)
    return Fixed(seconds=think.fixed or 0.0)

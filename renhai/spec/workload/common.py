"""Parts that scenarios and bureaux have in common: counts, mixes of journeys, units, think times."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.units import Duration, Wait, spell_seconds
from renhai.core.validation import Strict, refuse
from renhai.spec.workload import lognormal

Count = Annotated[int, Field(strict=True, ge=1, le=10**9)]
Weight = Annotated[float, Field(strict=True, gt=0, le=1e9)]
Mix = Annotated[dict[str, Weight], Field(min_length=1)]


def _unit(value: Any) -> Any:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str) and not re.fullmatch(r"[0-9]{11}", text):
        raise refuse("must be the 11 digits of a tax authority, such as 14301030000")
    return text


Authority = Annotated[str, BeforeValidator(_unit), WithJsonSchema({"type": ["integer", "string"]})]


def _fixed(values: list[float]) -> list[float]:
    if len(values) != 2 or values[0] > values[1]:
        raise refuse("must be [shortest, longest], as in [10s, 30s]")
    return values


class Lognormal(Strict):
    """Think time with a long tail, said by its median and its 95th percentile."""

    median: Duration = Field(examples=["2s"], description="half of the pauses are shorter")
    p95: Duration = Field(examples=["6s"], description="19 of 20 are shorter; above the median")

    @model_validator(mode="after")
    def _ordered(self) -> Lognormal:
        if self.p95 <= self.median:
            low, high = spell_seconds(self.median), spell_seconds(self.p95)
            raise refuse(f"has a p95 of {high} that is not above its median of {low}; raise p95")
        return self


class ThinkTime(Strict):
    """The pause between two transactions of one operator: exactly one of the four kinds."""

    fixed: Wait | None = Field(default=None, description="always the same")
    uniform: Annotated[list[Wait], AfterValidator(_fixed)] | None = Field(
        default=None, examples=["[10s, 30s]"], description="the shortest and the longest"
    )
    lognormal: Lognormal | None = Field(
        default=None, examples=["{median: 2s, p95: 6s}"], description="as people have it: a long tail"
    )
    exponential: Duration | None = Field(default=None, description="the mean")

    @model_validator(mode="after")
    def _one_kind(self) -> ThinkTime:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise refuse(
                "must be exactly one of fixed, uniform, lognormal and exponential, as in {fixed: 2s}"
            )
        return self

    @property
    def mean(self) -> float:
        """In seconds."""
        if self.uniform is not None:
            return sum(self.uniform) / 2
        if self.lognormal is not None:
            return lognormal.mean(self.lognormal.median, self.lognormal.p95)
        return self.exponential or self.fixed or 0.0

"""What a scenario may say about pressure: a search for capacity, drift, a day to catch up, a filing
day; and about what must be found when it is read back."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.units import Duration, Rate, Share, Wait
from renhai.core.validation import Strict, refuse

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


def _clock(value: Any) -> Any:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None or (match[1] == "24" and match[2] != "00"):
        raise refuse('must be a time of day from "00:00" to "24:00", in quotes')
    return int(match[1]) * 3600.0 + int(match[2]) * 60


def _day(value: Any) -> Any:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if type(day) is not date:
        raise refuse("must be a day, such as 2015-10-26")
    return day


def _points(value: float) -> float:
    if value >= 1:
        raise refuse("must be below 100%: a share grows by no more")
    return value


def _precise(value: float) -> float:
    if not 0.005 <= value <= 0.5:
        raise refuse("must be from 0.5% to 50%")
    return value


Clock = Annotated[
    float,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK.pattern}$", "examples": ["17:30"]}),
]
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]


class Search(Strict):
    """The highest arrival rate that meets the thresholds: steps at one rate each, bracketed, then refined."""

    from_: Rate = Field(alias="from", examples=["20/s"], description="the first rate; it doubles from there")
    to: Rate | None = Field(default=None, description="no step goes beyond; else 1000 times the first rate")
    step: Duration = Field(default=8.0, description="how long a step lasts at least, never below 8s")
    cool_down: Wait = Field(default=2.0, description="between steps, beside what a queue needs to empty")
    precision: Annotated[Share, AfterValidator(_precise)] = Field(
        default=0.03, description="how near the ends of the interval must come"
    )
    steps: Annotated[int, Field(strict=True, ge=3, le=200)] = Field(default=30, description="at most so many")
    at_least: Rate | None = Field(default=None, description="the run fails when the capacity is below")

    @model_validator(mode="after")
    def _sound(self) -> Search:
        if self.to is not None and self.to < self.from_:
            raise refuse(f"has to {self.to:g}/s below from {self.from_:g}/s; steps go upwards: raise `to`")
        if self.to is not None and self.at_least is not None and self.at_least > self.to:
            least, most = f"{self.at_least:g}/s", f"{self.to:g}/s"
            raise refuse(f"has at_least {least} above to {most}: no step goes there; raise `to`")
        return self


class FilingDay(Strict):
    """The day that is played: on the last day for filing, by the calendar, rates are `times` as high."""

    date: Day = Field(examples=["2015-10-22"], description="the day that is played")
    times: Annotated[float, Field(strict=True, ge=1, le=100)] = Field(
        default=4.0, description="how much busier the last day for filing is than another one"
    )
    calendar: str | None = Field(
        default=None,
        examples=["filing_days.yaml"],
        description="a file of deadlines, holidays and workdays of your own, which come first",
    )
    region: str | None = Field(
        default=None, examples=["local_tax_2015"], description="whose own deadlines come before the nation's"
    )

    @model_validator(mode="after")
    def _a_known_month(self) -> FilingDay:
        from generators.deadlines.deadline import NoPlan, due_date, regions

        if self.region is not None and self.region not in regions():
            raise refuse(f"has region {self.region}; known: {', '.join(regions())}")
        if self.calendar is None:  # what a file says is known once it is read, when the load is planned
            try:
                due_date(self.date.year, self.date.month)
            except NoPlan as error:
                raise refuse(f"has date {self.date}: {error}") from None
        return self


class Drift(Strict):
    """How much may change from the beginning to the end of a long run."""

    latency: Share | None = Field(default=None, description="growth of the median and p95, such as 20%")
    error_rate: Annotated[Share, AfterValidator(_points)] | None = Field(
        default=None, description="growth in points, such as 0.1%"
    )
    memory: Share | None = Field(
        default=None, description="growth of the target's memory; GET /admin/health must tell rss_mb"
    )

    @model_validator(mode="after")
    def _something(self) -> Drift:
        if self.latency is None and self.error_rate is None and self.memory is None:
            raise refuse("limits nothing; give latency, error_rate or memory, as in {latency: 20%}")
        return self


class CatchUp(Strict):
    """A day's business that is entered anew on the same day: will it be done in time?"""

    volume: Annotated[int, Field(strict=True, ge=1, le=10**9)] = Field(
        examples=["2200"], description="how many transactions are to be entered"
    )
    from_: Clock = Field(alias="from", examples=['"17:30"'], description="when the work begins")
    until: Clock = Field(
        default=86400.0, examples=['"24:00"'], description="when it must be done; midnight when left out"
    )
    compressed: Annotated[float, Field(strict=True, ge=1, le=10_000)] = Field(
        default=1.0, description="how many times faster than life: think times are divided by it"
    )

    @model_validator(mode="after")
    def _ordered(self) -> CatchUp:
        if self.until <= self.from_:
            raise refuse('has an `until` that is not after its `from`, as in from: "17:30", until: "24:00"')
        return self


def _some(share: float) -> float:
    if not 0 < share <= 1:
        raise refuse("must be above 0% and at most 100%; or write all")
    return share


def _keep(value: Any) -> Any:
    """`keep: all` is short for `keep: 100%`."""
    return "100%" if value == "all" else value


KEEP = {"type": "string", "pattern": r"^(?:all|[0-9]+(?:\.[0-9]+)?\s*%)$"}
Most = Annotated[int, Field(strict=True, ge=0)]


class Auditing(Strict):
    """How many of each class an audit may count; a class that is null is told and bounds nothing."""

    lost: Most | None = Field(default=0, description="acknowledged and gone")
    duplicated: Most | None = Field(default=0, description="there more than once")
    altered: Most | None = Field(default=0, description="there with another value")
    unexpected: Most | None = Field(default=0, description="there, and refused or never asked for")
    balance: Most | None = Field(default=0, description="equations of the target file that do not hold")
    stale: Most | None = Field(default=None, examples=["0"], description="there, but seen late")
    absent: Most | None = Field(default=None, examples=["0"], description="of unknown fate, and not there")

    @property
    def most(self) -> dict[str, int]:
        return self.model_dump(exclude_none=True)


class Papers(Strict):
    """How many printed papers of each class a run may have; a class that is null bounds nothing."""

    keep: Annotated[Share, BeforeValidator(_keep), AfterValidator(_some), WithJsonSchema(KEEP)] = Field(
        default=1.0,
        examples=["10%"],
        description="all, or the share of the papers that is kept and looked at after the run",
    )
    most_mb: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = Field(
        default=500, description="MB that the kept papers of a run may take; what has no room is not proven"
    )
    empty: Most | None = Field(default=0, description="no bytes, or no word on it")
    cut_off: Most | None = Field(default=0, description="the end of the file is missing")
    unreadable: Most | None = Field(default=0, description="does not open")
    swapped: Most | None = Field(default=0, description="another taxpayer's")
    wrong: Most | None = Field(default=0, description="says something else than it must")
    moved: Most | None = Field(default=0, description="a field stands beside its place")

    @property
    def most(self) -> dict[str, int]:
        return self.model_dump(exclude={"keep", "most_mb"}, exclude_none=True)

    @model_validator(mode="after")
    def _something(self) -> Papers:
        if not self.most:
            raise refuse("bounds nothing: every class is null; give one, as in {swapped: 0}")
        return self

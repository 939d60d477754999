"""The load of a scenario: operators or arrivals, stages, levels."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.units import Duration, Rate, per_second, share
from renhai.core.validation import Strict, refuse
from renhai.spec.goals import FilingDay, Search
from renhai.spec.workload.bureau import Roster
from renhai.spec.workload.common import Authority, Count, Mix


class Level(NamedTuple):
    """Where a stage leads: a number of operators, a share of them, or a rate per second."""

    kind: Literal["users", "share", "rate"]
    value: float


def _level(value: Any) -> Level:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Level("users", value)
    for kind, read in (("rate", per_second), ("share", share)):
        try:
            return Level(kind, read(value))  # type: ignore[arg-type]
        except ValueError:
            continue
    raise refuse(
        "must be a number of operators such as 20, a share of them such as 50%, or a rate such as 500/s"
    )


_LEVEL_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*(%|/\s*[smhd])$"},
        ],
        "description": "operators (20), a share of them (50%), or a rate (500/s)",
    }
)


class Group(Strict):
    """Operators of one unit who sit at the same post."""

    unit: Authority = Field(examples=["14301030000"], description="the tax authority's 11 digits")
    post: str = Field(examples=["declaration-desk"], description="one of posts")
    count: Count = Field(examples=["40"], description="how many operators sit there")


class Stage(Strict):
    """One piece of time: `ramp` goes evenly to a level, `hold` stays, `step` jumps to a level and stays."""

    ramp: Duration | None = Field(default=None, description="go evenly to `to` (else to the whole load)")
    hold: Duration | None = Field(default=None, description="stay where the stage before led")
    step: Duration | None = Field(default=None, description="jump to `to` at once, and stay")
    to: Annotated[Level, BeforeValidator(_level), _LEVEL_SCHEMA] | None = Field(
        default=None,
        examples=["50%"],
        description="where it leads: operators (20), a share of them (50%), or a rate (500/s)",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Stage:
        kinds = [name for name in ("ramp", "hold", "step") if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise refuse("must have exactly one of ramp, hold and step, as in {ramp: 60s}")
        if kinds == ["hold"] and self.to is not None:
            raise refuse("has `to`, but a hold stays where it is; write {step: 30s, to: ...}")
        if kinds == ["step"] and self.to is None:
            raise refuse("is a step without `to`; say where it leads, as in {step: 30s, to: 500/s}")
        return self

    @property
    def seconds(self) -> float:
        return self.ramp or self.hold or self.step or 0.0


class Arrivals(Strict):
    """The open model: transactions begin at a rate, whatever the target does."""

    rate: Rate | None = Field(default=None, description="journeys begun per second; with a curve: its peak")
    process: Literal["constant", "poisson"] = Field(
        default="constant", description="even distances, or as independent people come"
    )
    journeys: Mix = Field(
        examples=["{declaration.file: 3, invoice.cycle: 1}"],
        description="journeys by name, each with its weight",
    )
    max_in_flight: Count | None = Field(
        default=None, examples=["5000"], description="more than this at once are dropped, and counted"
    )
    curve: str | None = Field(
        default=None,
        examples=["curves/opening_day.csv"],
        description="a CSV of time (seconds or hh:mm) and rate per second",
    )
    filing_day: FilingDay | None = Field(
        default=None, description="the day that is played; its rates follow the filing calendar"
    )


class Iterations(Strict):
    """How many journeys are begun at most: by each operator, or in the whole run."""

    operator: Count | None = Field(default=None, description="by each operator", examples=["100"])
    run: Count | None = Field(
        default=None, examples=["1000"], description="in the run, shared evenly among the operators"
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Iterations:
        if (self.operator is None) == (self.run is None):
            raise refuse("must be exactly one of operator and run, as in {run: 100}")
        return self


class Load(Strict):
    """`operators` or a `bureau`: the closed model; `arrivals`: the open one; `users`: of a `locustfile`."""

    operators: list[Group] | None = Field(
        default=None, min_length=1, description="people at posts, who wait for their answers (closed model)"
    )
    bureau: Roster | None = Field(default=None, description="operators by the data of a bureau")
    arrivals: Arrivals | None = Field(
        default=None, description="transactions that begin at a rate, answered or not (open model)"
    )
    users: Count | None = Field(
        default=None, examples=["50"], description="users of the scenario's own locustfile"
    )
    search: Search | None = Field(default=None, description="find the highest rate of the arrivals instead")
    iterations: Iterations | None = Field(
        default=None,
        examples=["{operator: 100}", "{run: 1000}"],
        description="the load ends when so many journeys came to their end, or with the stages",
    )
    stages: list[Stage] = Field(
        default=[], examples=["[{ramp: 60s}, {hold: 10m}]"], description="the course of the load over time"
    )

    @model_validator(mode="after")
    def _one_model(self) -> Load:
        if self.bureau is not None:
            return self._staffed()
        if self.users is not None and (self.operators is not None or self.arrivals is not None):
            raise refuse("has users beside operators or arrivals; users are those of a locustfile: give one")
        if self.users is None and (self.operators is None) == (self.arrivals is None):
            have = "both" if self.operators else "neither"
            raise refuse(
                f"has {have} of operators (closed model) and arrivals (open model); give exactly one"
            )
        if self.iterations is not None:
            self._counted(self.iterations)
        if self.search is not None:
            return self._searched(self.arrivals)
        if self.arrivals is not None and self.arrivals.curve is not None:
            if self.stages:
                raise refuse("has stages beside arrivals.curve; the curve says it all: remove the stages")
            return self
        if not self.stages:
            raise refuse("has no stages; add them, as in stages: [{ramp: 60s}, {hold: 10m}]")
        if self.arrivals is not None and self.arrivals.rate is None:
            raise refuse("has arrivals without a rate; add one, as in rate: 200/s")
        wrong = ("users", "share") if self.arrivals else ("rate",)
        for number, stage in enumerate(self.stages):
            if stage.to is not None and stage.to.kind in wrong:
                wanted = "a rate such as 500/s" if self.arrivals else "a number or share of operators"
                raise refuse(f"has stages[{number}].to of the other load model; here it must be {wanted}")
        return self

    def _counted(self, iterations: Iterations) -> None:
        for said in ("users", "search"):
            if getattr(self, said) is not None:
                raise refuse(f"has iterations beside {said}; they are of operators and arrivals: remove one")
        if iterations.operator is not None and self.operators is None:
            raise refuse("has iterations of an operator without operators; write iterations: {run: ...}")

    def _staffed(self) -> Load:
        for said in ("operators", "arrivals", "users", "search", "stages", "iterations"):
            if getattr(self, said):
                raise refuse(f"has {said} beside a bureau, whose hours and seats say it all; remove {said}")
        return self

    def _searched(self, arrivals: Arrivals | None) -> Load:
        if arrivals is None:
            raise refuse("has a search without arrivals; say what arrives: arrivals: {journeys: ...}")
        for said in ("rate", "curve", "filing_day"):
            if getattr(arrivals, said) is not None:
                raise refuse(f"has arrivals.{said} beside a search, which finds the rate; remove it")
        if self.stages:
            raise refuse("has stages beside a search, which makes its own steps; remove the stages")
        return self

"""A scenario: which load, on what data, for how long, held to which thresholds."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.units import Duration, Rate, per_second, share
from renhai.core.validation import Strict, refuse
from renhai.spec.bureau import Roster
from renhai.spec.common import Authority, Count, Mix, ThinkTime
from renhai.spec.goals import CatchUp, Drift, FilingDay, Search
from renhai.spec.steps import WrittenJourney

PROFILES = ("gt3_2015", "current")


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
    post: str = Field(examples=["declaration-desk"])
    count: Count = Field(examples=["40"], description="how many operators sit there")


class Stage(Strict):
    """One piece of time: `ramp` goes evenly to a level, `hold` stays, `step` jumps to a level and stays."""

    ramp: Duration | None = None
    hold: Duration | None = None
    step: Duration | None = None
    to: Annotated[Level, BeforeValidator(_level), _LEVEL_SCHEMA] | None = None

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
    process: Literal["constant", "poisson"] = "constant"
    journeys: Mix = Field(examples=["{declaration.file: 3, invoice.cycle: 1}"])
    max_in_flight: Count | None = Field(
        default=None, description="more than this at once are dropped, and counted"
    )
    curve: str | None = Field(
        default=None, description="a CSV of time (seconds or hh:mm) and rate per second"
    )
    filing_day: FilingDay | None = Field(
        default=None, description="the day that is played; its rates follow the filing calendar"
    )


class Load(Strict):
    """`operators` or a `bureau`: the closed model; `arrivals`: the open one; `users`: of a `locustfile`."""

    operators: list[Group] | None = Field(default=None, min_length=1)
    bureau: Roster | None = Field(default=None, description="operators by the data of a bureau")
    arrivals: Arrivals | None = None
    users: Count | None = Field(default=None, description="users of the scenario's own locustfile")
    search: Search | None = Field(default=None, description="find the highest rate of the arrivals instead")
    stages: list[Stage] = Field(default=[], examples=["[{ramp: 60s}, {hold: 10m}]"])

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

    def _staffed(self) -> Load:
        for said in ("operators", "arrivals", "users", "search", "stages"):
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


class Post(Strict):
    """A post: which journeys are worked there, in which proportion, with what pause between."""

    journeys: Mix = Field(examples=["{declaration.file: 9, declaration.correct: 1}"])
    think_time: ThinkTime = Field(examples=["{lognormal: {median: 2s, p95: 6s}}"])


class Data(Strict):
    """Which taxpayers: the same seed and profile make the same taxpayers anywhere."""

    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = Field(examples=["20150911"])
    profile: Literal["gt3_2015", "current"] = "gt3_2015"
    taxpayers: Count = Field(examples=["70000"], description="how many there are to draw from")


def _gate(text: str) -> str:
    from results.verdict.rules import RuleError, parse_gate

    try:
        return parse_gate(text).text
    except RuleError as error:
        raise refuse(f"{error.why}; {error.remedy}") from None


def _condition(text: str) -> str:
    from results.verdict.rules import RuleError, parse_rule

    try:
        return parse_rule(text).text
    except RuleError as error:
        raise refuse(f"{error.why}; {error.remedy}") from None


Gate = Annotated[str, AfterValidator(_gate)]


class Abort(Strict):
    """Stop early: when the condition has held for that long."""

    when: Annotated[str, AfterValidator(_condition)] = Field(examples=["error_rate > 20%"])
    for_: Duration = Field(alias="for", examples=["30s"])


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", text):
        raise refuse("must be small letters, digits, - and _, at most 64: it names the folder of a run")
    return text


def _journey(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*", text):
        raise refuse("must be small letters, digits, _ and dots, as in shop.buy")
    return text


class Scenario(Strict):
    """One file of `scenarios/`."""

    name: Annotated[str, AfterValidator(_name)] = Field(examples=["human-sea"])
    question: str | None = Field(
        default=None, description="what the run answers; the file's first comment says it too"
    )
    target: str = Field(
        default="reference", description="a name in scenarios/targets/, or the path of a target file"
    )
    data: Data = Field(examples=["{seed: 20150911, profile: gt3_2015, taxpayers: 70000}"])
    load: Load = Field(examples=["{operators: [...], stages: [{ramp: 60s}, {hold: 10m}]}"])
    posts: dict[str, Post] = {}
    journeys: dict[Annotated[str, AfterValidator(_journey)], WrittenJourney] = Field(
        default={}, description="operations in a row", examples=["{shop.buy: [item.add]}"]
    )
    locustfile: str | None = Field(
        default=None, description="the user's own Locust file, relative to the scenario; with load.users"
    )
    thresholds: dict[str, Annotated[list[Gate], Field(min_length=1)]] = Field(
        min_length=1, examples=['{"*": [error_rate < 0.1%]}'], description="without one, nothing could fail"
    )
    abort: Abort | None = None
    drift: Drift | None = Field(default=None, description="what may change over a long run, and by how much")
    catch_up: CatchUp | None = Field(default=None, description="a volume that must be entered by an hour")

    @model_validator(mode="before")
    @classmethod
    def _no_taxpayers(cls, given: Any) -> Any:
        """A user's own Locust file brings its own data."""
        if isinstance(given, dict) and "locustfile" in given and "data" not in given:
            return {**given, "data": {"seed": 0, "taxpayers": 1}}
        return given

    @model_validator(mode="after")
    def _fits(self) -> Scenario:
        if self.catch_up is not None and self.load.operators is None:
            raise refuse("has catch_up without load.operators; people at desks enter it anew")
        if self.drift is not None and self.load.search is not None:
            raise refuse("has drift beside load.search; look for drift in a run of its own")
        return self

    @model_validator(mode="after")
    def _users_of_a_file(self) -> Scenario:
        if (self.locustfile is None) != (self.load.users is None):
            missing = "load.users" if self.load.users is None else "locustfile"
            raise refuse(f"has only one of locustfile and load.users; add {missing}")
        for said in ("journeys", "posts"):
            if self.locustfile is not None and getattr(self, said):
                raise refuse(f"has {said} beside a locustfile, whose users say what they do; remove {said}")
        return self

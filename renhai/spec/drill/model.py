"""`drill:` of a scenario: what is watched, done, undone and held to while people work."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.units import Duration, Share, Wait, seconds
from renhai.core.validation import Strict, refuse

TcpFault = Literal["latency", "bandwidth", "reset", "half_closed", "cut", "sliced"]
ServiceAction = Literal["freeze", "kill", "restart", "fill"]
TCP: tuple[str, ...] = get_args(TcpFault)
_HELD = re.compile(r"(rto|rpo|lost|lost_after)\s*(<=|<|=)\s*(\S+)")
_SPEED = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(B|KB|MB)/s")
_SIZES = {"B": 1, "KB": 1000, "MB": 1_000_000}


def _condition(text: str) -> str:
    from results.verdict.rules import RuleError, parse_condition

    try:
        return parse_condition(text).text
    except RuleError as error:
        raise refuse(f"{error.why}; {error.remedy}") from None


def _good(text: str) -> str:
    from results.checks.drill.buckets import JUDGED
    from results.verdict.rules import RuleError, parse_threshold

    try:
        rule = parse_threshold(text)
    except RuleError as error:
        raise refuse(f"{error.why}; {error.remedy}") from None
    if rule.metric not in JUDGED:
        raise refuse(f"is no rule for a bucket; give one of {', '.join(JUDGED)}")
    return rule.text


def held(text: str) -> tuple[str, str, float]:
    """`rto < 5m` to ("rto", "<", 300.0); of a count its number. Raises what a validator raises."""
    match = _HELD.fullmatch(text.strip())
    if not match:
        raise refuse(
            "must be rto, rpo, lost or lost_after with a limit, such as rto < 5m, rpo = 0, lost <= 3"
        )
    name, op, limit = match.groups()
    try:
        value = _limit(name, limit)
    except ValueError:
        how = "a whole number" if name.startswith("lost") else "a time, such as 5m or 300ms"
        raise refuse(f"has the limit {limit}; give {how}") from None
    if name == "rto" and value == 0:
        raise refuse("cannot hold for what anybody notices; give a time")
    if op == "<" and value == 0:
        raise refuse(f"cannot hold: nothing is below zero; write {name} = 0")
    if op == "=" and value != 0:
        raise refuse(f"would fail for being better; write {name} <= {limit}")
    return name, op, value


def _limit(name: str, text: str) -> float:
    if name.startswith("lost"):
        return float(int(text))
    return 0.0 if text == "0" else seconds(text)


def _held(text: str) -> str:
    held(text)
    return " ".join(text.split())


def _speed(value: Any) -> Any:
    match = _SPEED.fullmatch(value) if isinstance(value, str) else None
    if match is None or not float(match[1]):
        raise refuse("must be bytes a second, such as 20KB/s")
    return float(match[1]) * _SIZES[match[2]]


def _some(value: float) -> float:
    if value > 1:
        raise refuse("must be at most 100%")
    return value


Good = Annotated[str, AfterValidator(_good)]
Held = Annotated[str, AfterValidator(_held)]
Speed = Annotated[
    float,
    BeforeValidator(_speed),
    WithJsonSchema({"type": "string", "pattern": f"^{_SPEED.pattern}$", "examples": ["20KB/s"]}),
]


class SteadyState(Strict):
    """When work goes well: rules on buckets of the requests whose intended start lies in them."""

    good: list[Good] = Field(
        min_length=1,
        examples=["[p95 < 1s, error_rate < 1%]"],
        description="all must hold in a bucket; a request that failed counts as endlessly late",
    )
    bucket: Duration = Field(default=1.0, examples=["100ms"], description="how long a bucket is")
    at_least: Annotated[int, Field(strict=True, ge=1, le=10**6)] = Field(
        default=20, description="requests that a bucket needs to be judged; of fewer nothing is known"
    )
    in_a_row: Annotated[int, Field(strict=True, ge=1, le=10_000)] = Field(
        default=5,
        description="so many good buckets in a row are a recovery; before the drill they must be, too",
    )


class Action(Strict):
    """One thing that is done to the target, at a second of the load."""

    at: Wait = Field(examples=["3s"], description="from the start of the load")
    do: ServiceAction | TcpFault = Field(
        examples=["freeze"],
        description="freeze, kill or restart a service, fill its disk; or what happens on the way",
    )
    for_: Duration | None = Field(
        default=None,
        alias="for",
        examples=["5s"],
        description="then it is taken back; else at the load's end",
    )
    service: str | None = Field(
        default=None, examples=["target"], description="of the target file; target: the embedded one itself"
    )
    share: Annotated[Share, AfterValidator(_some)] | None = Field(
        default=None, examples=["30%"], description="of the connections, for what happens on the way"
    )
    delay: Duration | None = Field(
        default=None, examples=["200ms"], description="latency: of each answer; sliced: between two pieces"
    )
    speed: Speed | None = Field(default=None, description="bandwidth: of a connection, each way")
    size: Annotated[int, Field(strict=True, ge=1, le=65536)] | None = Field(
        default=None, examples=["7"], description="sliced: bytes of a piece"
    )

    @property
    def is_tcp(self) -> bool:
        return self.do in TCP

    @model_validator(mode="after")
    def _fits(self) -> Action:
        if not self.is_tcp:
            self._of_a_service()
            return self
        if self.service is not None:
            raise refuse(
                f"has service beside {self.do}, which happens on the way to all of it; remove service"
            )
        wanted = {"latency": {"delay"}, "bandwidth": {"speed"}, "sliced": {"delay", "size"}}.get(
            self.do, set()
        )
        for name in ("delay", "speed", "size"):
            given = getattr(self, name) is not None
            if given and name not in wanted:
                raise refuse(f"has {name}, which is not of {self.do}; remove it")
            if name in wanted and not given:
                raise refuse(f"has no {name}, which {self.do} needs; add it")
        return self

    def _of_a_service(self) -> None:
        for name in ("share", "delay", "speed", "size"):
            if getattr(self, name) is not None:
                raise refuse(f"has {name}, which is of what happens on the way; remove it")
        if self.service is None:
            raise refuse(f"has no service, which {self.do} is done to; add it")
        if self.do == "restart" and self.for_ is not None:
            raise refuse("has for, and a restart takes as long as it takes; remove it")


class RollbackStep(Strict):
    """What is done when the drill is over, whatever happened."""

    do: Literal["start", "restart", "thaw"] = Field(
        examples=["restart"], description="a command of the service, or for thaw SIGCONT"
    )
    service: str = Field(examples=["app"], description="of the target file")


class Stop(Strict):
    """When the drill is broken off: everything is taken back, and the load ends."""

    when: Annotated[str, AfterValidator(_condition)] = Field(
        examples=["error_rate > 90%"], description="a metric of the whole run, a comparison, a limit"
    )
    for_: Duration = Field(alias="for", examples=["30s"], description="how long it must have held")


class RecoveryLevel(Strict):
    """A level of GB/T 20988 as this house reads it: what recovery must be within it."""

    level: Annotated[int, Field(strict=True, ge=1, le=6)] = Field(
        examples=["5"], description="of 1 to 6, where 6 asks for most"
    )
    rto: Wait | None = Field(default=None, description="at most; left out: no bound", examples=["12h"])
    rpo: Wait | None = Field(default=None, description="at most; left out: no bound", examples=["30m"])

    @model_validator(mode="after")
    def _bounded(self) -> RecoveryLevel:
        if self.rto is None and self.rpo is None:
            raise refuse(
                f"has no bound for level {self.level}, which any recovery would reach; add rto or rpo"
            )
        return self

    def is_laxer(self, than: RecoveryLevel) -> bool:
        """Whether a recovery may miss `than` and reach this one."""
        pairs = ((self.rto, than.rto), (self.rpo, than.rpo))
        return any(theirs is not None and (ours is None or ours > theirs) for ours, theirs in pairs)


def _levels() -> list[RecoveryLevel]:
    """RecoveryLevel 1 by the standard (RPO 1 to 7 days); those above by a reading that is not confirmed."""
    days = 86400.0
    rows = [(1, None, 7 * days), (2, 2 * days, 7 * days), (3, days, days), (4, days / 2, days)]
    rows += [(5, days / 12, 1800.0), (6, 900.0, 0.0)]
    return [RecoveryLevel.model_construct(level=one, rto=rto, rpo=rpo) for one, rto, rpo in rows]


class Drill(Strict):
    """A drill: what is watched, what is done, what is undone, and what must come of it."""

    steady: SteadyState = Field(
        examples=["{good: [p95 < 1s, error_rate < 1%]}"],
        description="when work goes well: before, and again after",
    )
    method: list[Action] = Field(
        min_length=1,
        examples=["[{at: 10s, do: freeze, service: target, for: 5s}]"],
        description="what is done, in the order of its times",
    )
    rollback: list[RollbackStep] = Field(
        default=[], description="done at the end whatever happened, after all else was taken back"
    )
    stop: Stop | None = Field(default=None, description="when it is broken off")
    thresholds: list[Held] = Field(
        min_length=1,
        examples=["[rto < 5m, rpo = 0]"],
        description="rto: until people could work again; rpo, lost, lost_after: by the audit",
    )
    unnoticed: Literal["fine"] | None = Field(
        default=None,
        examples=["fine"],
        description="fine: nobody need notice it; else such a drill has proven nothing",
    )
    levels: list[RecoveryLevel] = Field(
        default_factory=_levels,
        description="of GB/T 20988, to be named where figures reach them; not confirmed",
    )

    @model_validator(mode="after")
    def _once_each(self) -> Drill:
        names = [held(text)[0] for text in self.thresholds]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise refuse(f"has two thresholds for {twice}; keep one")
        return self

    @model_validator(mode="after")
    def _stricter_and_stricter(self) -> Drill:
        known = sorted(self.levels, key=lambda one: one.level)
        for lower, higher in pairwise(known):
            if lower.level == higher.level:
                raise refuse(f"has two levels {lower.level}; keep one")
            if higher.is_laxer(lower):
                high, low = higher.level, lower.level
                raise refuse(
                    f"has a level {high} that asks for less than its level {low}; correct one of both"
                )
        return self

    @property
    def asks_the_audit(self) -> bool:
        """Whether a threshold needs what an audit finds."""
        return any(held(text)[0] != "rto" for text in self.thresholds)

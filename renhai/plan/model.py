"""What one run will do, typed: the plan that the runner makes and that travels as JSON to every load process.

Times are seconds, rates journeys per second. Models are frozen and know no other keys than these, so a plan
that another version of renhai wrote is refused when it is read (`read_plan`), not half understood.

The four kinds of load are a union: operators (`ClosedLoad`), arrivals (`OpenLoad`), a search for the highest
rate (`SearchLoad`) and the users of a Locust file of the user's own (`UserFileLoad`).
"""

from __future__ import annotations

import contextlib
import json
from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from renhai import __version__
from renhai.core.errors import UsageError
from renhai.plan.parts.frozen import Frozen
from renhai.plan.parts.think import Exponential, Fixed, Lognormal, Think, Uniform
from renhai.plan.parts.written import AnyWritten, WrittenStep
from renhai.safety.permit import Permit

__all__ = ["Exponential", "Fixed", "Frozen", "Lognormal", "Think", "Uniform", "WrittenStep"]

Model = Literal["closed", "open"]
MEASURED_BY_US, LOCUST_EVENT = "renhai", "locust-event"  # how requests are measured: by us, by Locust's event


# Posts and who works at them


class Post(Frozen):
    """What is worked at a post: journeys by weight, with a think time between two of them."""

    journeys: dict[str, float]
    think: Think

    def faster(self, factor: float) -> Post:
        """The same post with people who think `factor` times as fast."""
        times = self.think.model_dump(exclude={"kind"})
        think = self.think.model_copy(update={name: value / factor for name, value in times.items()})
        return self.model_copy(update={"think": think})


class OperatorGroup(Frozen):
    """Operators of one unit at one post.

    post: a key of `ScenarioPlan.posts`. By a bureau's data it holds the proficiency too, and `reported_as` is
    the post alone; unit_name, post_name: how both are called there. hours: when all of them sit, as (start,
    end, within) in seconds of the run: all have sat down `within` that time; empty: by the stages.
    """

    unit: str
    post: str
    count: int
    reported_as: str = ""
    unit_name: str = ""
    post_name: str = ""
    hours: tuple[tuple[float, float, float], ...] = ()

    @property
    def shown_post(self) -> str:
        """The post in reports and thresholds, whatever the proficiency."""
        return self.reported_as or self.post

    @property
    def shown_name(self) -> str:
        """`unit/post`: how a unit's post is called in counts, thresholds and transactions.hlog."""
        return f"{self.unit}/{self.shown_post}"


# Loads


class UserStage(Frozen):
    """A piece of time in which the number of operators, or of a user's own users, goes evenly from-to."""

    seconds: float
    users_from: int
    users_to: int


class RateStage(Frozen):
    """A piece of time in which the arrival rate goes evenly from-to."""

    seconds: float
    rate_from: float
    rate_to: float


class Arrivals(Frozen):
    """rate: the full rate, as the stages take it. max_in_flight: what comes beyond is dropped and counted."""

    process: Literal["constant", "poisson"]
    journeys: dict[str, float]
    max_in_flight: int
    rate: float


class SearchSettings(Frozen):
    """A search for the highest rate: `start` is the first, none goes beyond `highest`."""

    start: float
    highest: float
    step_s: float
    cool_down_s: float
    precision: float
    steps: int
    at_least: float | None = None
    process: Literal["constant", "poisson"]


class _Load(Frozen, ABC):
    """What every kind of load can be asked."""

    @property
    @abstractmethod
    def model(self) -> Model:
        """closed (so many users, who wait for answers) or open (arrivals at a rate)."""

    @property
    @abstractmethod
    def seconds(self) -> float:
        """How long the load lasts; of a search, its first step."""

    @property
    def groups(self) -> tuple[OperatorGroup, ...]:
        """The operators of the plan; empty in all but the closed model of ours."""
        return ()

    @property
    def seats(self) -> int:
        """How many operators there are in all."""
        return sum(group.count for group in self.groups)

    @property
    def peak_users(self) -> int:
        """The most operators or users at once; 0 in the open model."""
        return 0

    @property
    def peak_rate(self) -> float:
        """The highest arrival rate; 0 in the closed model."""
        return 0.0


class _OfUsers(_Load):
    stages: tuple[UserStage, ...]

    @property
    def model(self) -> Model:
        return "closed"

    @property
    def seconds(self) -> float:
        return float(sum(stage.seconds for stage in self.stages))

    @property
    def peak_users(self) -> int:
        return max((max(stage.users_from, stage.users_to) for stage in self.stages), default=0)


class _OfArrivals(_Load):
    arrivals: Arrivals
    stages: tuple[RateStage, ...]

    @property
    def model(self) -> Model:
        return "open"

    @property
    def seconds(self) -> float:
        return float(sum(stage.seconds for stage in self.stages))

    @property
    def peak_rate(self) -> float:
        return max((max(stage.rate_from, stage.rate_to) for stage in self.stages), default=0.0)


class Iterations(Frozen):
    """At most so many journeys: of each operator, or of the run, which operators share evenly."""

    operator: int | None = None
    run: int | None = None

    def of_seat(self, seat: int, seats: int) -> int:
        """Those of one operator of so many."""
        if self.operator is not None:
            return self.operator
        whole = self.run or 0
        return whole // seats + (seat < whole % seats)

    def of_slot(self, slot: int, slots: int) -> int | None:
        """Arrivals of one of so many load processes, which take turns; None: no bound."""
        return None if self.run is None else len(range(slot, self.run, slots))


class ClosedLoad(_OfUsers):
    """Operators with think time: the closed model."""

    kind: Literal["closed"] = "closed"
    iterations: Iterations | None = None
    operators: tuple[OperatorGroup, ...]

    @property
    def groups(self) -> tuple[OperatorGroup, ...]:
        return self.operators


class OpenLoad(_OfArrivals):
    """Arrivals at a rate: the open model. curve: (second, rate) points that the stages were cut from."""

    kind: Literal["open"] = "open"
    iterations: Iterations | None = None
    curve: tuple[tuple[float, float], ...] | None = None


class SearchLoad(_OfArrivals):
    """A search: arrivals and stages are those of its first step. max_in_flight: as the scenario has it."""

    kind: Literal["search"] = "search"
    search: SearchSettings
    max_in_flight: int | None = None


class UserFileLoad(_OfUsers):
    """The users of the user's own Locust file; what they do is written there, and may depend on arguments."""

    kind: Literal["user-file"] = "user-file"
    arguments: tuple[str, ...] = ()


Load = Annotated[ClosedLoad | OpenLoad | SearchLoad | UserFileLoad, Field(discriminator="kind")]


# The whole


class Taxpayers(Frozen):
    """Which taxpayers: `taxpayers` of them, from number `first` on, of the population of seed and profile."""

    seed: int
    profile: str  # a name, or a day: 2015-10-22
    taxpayers: int
    first: int = 0

    @property
    def day(self) -> str:
        """The day of the data, "" for a named profile."""
        return self.profile if self.profile[:1].isdigit() else ""


class DataTable(Frozen):
    """A file of rows: where it stands, and its digest, so that every load process has the same one."""

    file: str
    sha256: str
    take: Literal["in order", "at random", "unique"]
    each: Literal["journey", "operator"]
    at_end: Literal["again", "stop", "error"]


class AbortRule(Frozen):
    """Stop once `metric op value` held for `for_s` seconds; value in `unit`: ms, % or /s."""

    when: str
    metric: str
    op: str
    value: float
    unit: str
    for_s: float


class DriftGoal(Frozen):
    """How much may change over a long run, as shares; None: as much as it likes."""

    latency: float | None = None
    error_rate: float | None = None
    memory: float | None = None


class CatchUpGoal(Frozen):
    """`volume` transactions between two times of the day (seconds), played `compressed` times as fast."""

    volume: int
    from_s: float
    until_s: float
    compressed: float


class AuditGoal(Frozen):
    """What may be found when what was written is read back: `most` of each class. required: an audit that
    cannot be made leaves the verdict undecided."""

    required: bool
    most: dict[str, int]


class Goals(Frozen):
    """What the run is held to beside its thresholds."""

    drift: DriftGoal | None = None
    catch_up: CatchUpGoal | None = None
    audit: AuditGoal | None = None

    def document(self) -> dict[str, Any] | None:
        """As run.json and results.verdict.goals have it; None where there are none."""
        goals = {"drift": self.drift, "catch_up": self.catch_up, "audit": self.audit}
        return {name: goal.model_dump() for name, goal in goals.items() if goal is not None} or None


class ScenarioPlan(Frozen):
    """A scenario with the options of the command line applied."""

    name: str
    data: Taxpayers
    load: Load
    posts: dict[str, Post] = {}
    abort: AbortRule | None = None
    thresholds: dict[str, tuple[str, ...]] = {}
    goals: Goals = Goals()

    @property
    def measured(self) -> str:
        """How requests are measured: by us, or by the event of Locust (a user's own file)."""
        return LOCUST_EVENT if isinstance(self.load, UserFileLoad) else MEASURED_BY_US

    @property
    def journeys(self) -> list[str]:
        """The journeys that the load may begin, each once."""
        mixes = [self.load.arrivals.journeys] if isinstance(self.load, _OfArrivals) else []
        mixes += [self.posts[group.post].journeys for group in self.load.groups]
        return list(dict.fromkeys(name for mix in mixes for name in mix))


class UserFile(Frozen):
    """The user's own Locust file, whole, so that workers on other machines have it too.

    allow: kinds of renhai.safety.escapes that the scenario allows it.
    """

    name: str
    source: str
    arguments: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


class Plan(Frozen):
    """Everything that a load process needs to know.

    out: the run's directory. binding: renhai.binding.loader.normalise. guard: what the target file allows.
    locustfiles: those of the journeys, relative to home; journeys: those that stand in the scenario;
    tables: their rows.
    side: "a" or "b" of a duel. target_lost_s: after so long without any answer the target is gone.
    """

    renhai: str = __version__  # by which it was made
    run_id: str
    out: str
    scenario: ScenarioPlan
    binding: dict[str, Any]
    guard: Permit
    target_file: str = ""
    base_url: str
    addresses: tuple[str, ...]
    seed: int
    processes: int = 1
    interval_s: int
    locustfiles: tuple[str, ...] = ()
    journeys: dict[str, tuple[AnyWritten, ...]] = {}
    tables: dict[str, DataTable] = {}
    locustfile: UserFile | None = None
    side: str = ""
    target_lost_s: float | None = None

    @property
    def load(self) -> Load:
        return self.scenario.load

    @property
    def patience_s(self) -> float:
        """How long one request may take at most."""
        return float(self.binding["timeouts"]["total"])


class DuelPlan(Frozen):
    """Two plans of the same scenario, one for each target."""

    sides: tuple[Plan, Plan]


def read_plan(text: str) -> Plan:
    """A plan from its JSON. Raises UsageError that names what does not fit, another version first."""
    _refuse_other_version(text)
    try:
        return Plan.model_validate_json(text)
    except ValidationError as error:
        raise _unfit(error) from None


def read_duel(text: str) -> DuelPlan:
    """As `read_plan`, of a duel."""
    _refuse_other_version(text)
    try:
        return DuelPlan.model_validate_json(text)
    except ValidationError as error:
        raise _unfit(error) from None


def _refuse_other_version(text: str) -> None:
    """What else does not fit would only follow from it. Text that is no plan is left to the model."""
    with contextlib.suppress(ValueError, AttributeError):
        document = json.loads(text)
        for plan in document.get("sides") or [document]:
            theirs = plan.get("renhai", "an older version")
            if theirs != __version__ and "run_id" in plan:
                raise UsageError(
                    f"the plan in load.py was made by renhai {theirs!s:.100}, and this is {__version__}; "
                    "use one version of renhai on all machines, or run the scenario anew"
                )


def _unfit(error: ValidationError) -> UsageError:
    first, more = error.errors(include_url=False)[0], error.error_count() - 1
    place = ".".join(str(part) for part in first["loc"]) or "the whole"
    rest = f" (and {more} more)" if more else ""
    return UsageError(
        f"the plan in load.py cannot be used: {place}: {first['msg']}{rest}; "
        "it was written by another version of renhai, or changed by hand: run the scenario anew"
    )

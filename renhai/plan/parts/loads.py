"""Posts and the four kinds of load of a plan: operators, arrivals, a search, a user's own Locust file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Literal

from pydantic import Field

from renhai.plan.parts.frozen import Frozen
from renhai.plan.parts.think import Think

Model = Literal["closed", "open"]


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


class OfUsers(_Load):
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


class OfArrivals(_Load):
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


class ClosedLoad(OfUsers):
    """Operators with think time: the closed model."""

    kind: Literal["closed"] = "closed"
    iterations: Iterations | None = None
    operators: tuple[OperatorGroup, ...]

    @property
    def groups(self) -> tuple[OperatorGroup, ...]:
        return self.operators


class OpenLoad(OfArrivals):
    """Arrivals at a rate: the open model. curve: (second, rate) points that the stages were cut from."""

    kind: Literal["open"] = "open"
    iterations: Iterations | None = None
    curve: tuple[tuple[float, float], ...] | None = None


class SearchLoad(OfArrivals):
    """A search: arrivals and stages are those of its first step. max_in_flight: as the scenario has it."""

    kind: Literal["search"] = "search"
    search: SearchSettings
    max_in_flight: int | None = None


class UserFileLoad(OfUsers):
    """The users of the user's own Locust file; what they do is written there, and may depend on arguments."""

    kind: Literal["user-file"] = "user-file"
    arguments: tuple[str, ...] = ()


Load = Annotated[ClosedLoad | OpenLoad | SearchLoad | UserFileLoad, Field(discriminator="kind")]

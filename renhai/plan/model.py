"""What one run will do, typed: the plan that the runner makes and that travels as JSON to every load process.

Times are seconds, rates journeys per second. Models are frozen and know no other keys than these, so a plan
that another version of renhai wrote is refused when it is read (`read_plan`), not half understood.

The four kinds of load are a union: operators (`ClosedLoad`), arrivals (`OpenLoad`), a search for the highest
rate (`SearchLoad`) and the users of a Locust file of the user's own (`UserFileLoad`).
"""

from __future__ import annotations

import contextlib
import json
from typing import Any, Literal

from pydantic import ValidationError

from renhai import __version__
from renhai.core.errors import UsageError
from renhai.plan.parts.drill import DrillGoal
from renhai.plan.parts.frozen import Frozen
from renhai.plan.parts.loads import (
    Arrivals,
    ClosedLoad,
    Iterations,
    Load,
    Model,
    OfArrivals,
    OpenLoad,
    OperatorGroup,
    Post,
    RateStage,
    SearchLoad,
    SearchSettings,
    UserFileLoad,
    UserStage,
)  # fmt: skip
from renhai.plan.parts.think import Exponential, Fixed, Lognormal, Think, Uniform
from renhai.plan.parts.written import AnyWritten, WrittenStep
from renhai.safety.permit import Permit

__all__ = [
    "Arrivals", "ClosedLoad", "Exponential", "Fixed", "Frozen", "Iterations", "Load", "Lognormal", "Model",
    "OpenLoad", "OperatorGroup", "Post", "RateStage", "SearchLoad", "SearchSettings", "Think", "Uniform",
    "UserFileLoad", "UserStage", "WrittenStep",
]  # fmt: skip

MEASURED_BY_US, LOCUST_EVENT = "renhai", "locust-event"  # how requests are measured: by us, by Locust's event


# The whole


class Ahead(Frozen):
    """What is made before the load: the first `periods` declarations, of taxpayers of `scale` alone."""

    periods: int
    scale: Literal["general", "small"] | None = None


class AheadFile(Frozen):
    """Where the declarations stand that were made ahead, how many, and the mark that is the run's own.

    required: the load processes are on this machine, and have the file.
    """

    file: str
    mark: str
    made: int
    required: bool


class Taxpayers(Frozen):
    """Which taxpayers: `taxpayers` of them, from number `first` on, of the population of seed and profile."""

    seed: int
    profile: str  # a name, or a day: 2015-10-22
    taxpayers: int
    first: int = 0
    registered: bool = False  # the target knows them
    first_newcomer: int = 0  # of those whom it does not know then
    ahead: Ahead | None = None  # what of theirs is made before the load

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
    journeys: tuple[str, ...] = ()  # whose operators are given a row to keep


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


class PapersGoal(Frozen):
    """What may be found on printed papers: `most` of each class. keep: the share of them that is kept to be
    looked at; most_bytes: of all that is kept. required: see AuditGoal."""

    required: bool
    most: dict[str, int]
    keep: float = 1.0
    most_bytes: int


class Goals(Frozen):
    """What the run is held to beside its thresholds."""

    drift: DriftGoal | None = None
    catch_up: CatchUpGoal | None = None
    audit: AuditGoal | None = None
    papers: PapersGoal | None = None
    drill: DrillGoal | None = None

    def document(self) -> dict[str, Any] | None:
        """As run.json and results.verdict.goals have it; None where there are none."""
        goals: dict[str, Frozen | None] = {"drift": self.drift, "catch_up": self.catch_up}
        goals |= {"audit": self.audit, "papers": self.papers, "drill": self.drill}
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
    journal: bool = False

    @property
    def measured(self) -> str:
        """How requests are measured: by us, or by the event of Locust (a user's own file)."""
        return LOCUST_EVENT if isinstance(self.load, UserFileLoad) else MEASURED_BY_US

    @property
    def journeys(self) -> list[str]:
        """The journeys that the load may begin, each once."""
        mixes = [self.load.arrivals.journeys] if isinstance(self.load, OfArrivals) else []
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
    tables: their rows. ahead: declarations that were made before.
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
    ahead: AheadFile | None = None
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

"""What the plan holds of pressure: a search, a filing day, drift and a day to catch up."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import YamlFile
from renhai.plan.model import (
    Arrivals,
    AuditGoal,
    CatchUpGoal,
    DriftGoal,
    Goals,
    PapersGoal,
    RateStage,
    ScenarioPlan,
    SearchLoad,
    SearchSettings,
    Taxpayers,
)
from renhai.plan.parts.drill import drill_goal
from renhai.safety.rate_limit import DEEP_S, HELD_SHARE
from renhai.spec.goals import Auditing, FilingDay, Papers
from renhai.spec.scenario import Scenario

SPACE = 10**8  # taxpayers of a population: each step of a search takes others
TIMES_FIRST = 1000  # without `to`, a search ends at so many times its first rate
BELOW = 0.99  # of the target file's ceiling: the mix of journeys varies a little from step to step
MIN_IN_FLIGHT = 1000
IN_FLIGHT_SECONDS = 30  # by default the bound is what arrives in this time: a stall of 30 s drops nothing


class StepLoad(NamedTuple):
    """What one step of a search asks for."""

    arrivals: Arrivals
    stages: tuple[RateStage, ...]


def searched(scenario: Scenario, file: YamlFile, rate: float | None, duration: float | None) -> SearchLoad:
    """The load of a plan with a search: one step at the first rate, and the settings of the search.

    `rate` is that of --rate, `duration` that of --duration, which a search has no use for (UsageError).
    """
    arrivals, search = scenario.load.arrivals, scenario.load.search
    assert arrivals is not None and search is not None
    if duration is not None:
        why = f"{scenario.name} searches in steps; use --set load.search.step={duration:g}s"
        raise UsageError(Problem("--duration", "", why))
    if scenario.data.taxpayers * (search.steps + 1) > SPACE:
        why = f"needs {scenario.data.taxpayers:,} taxpayers a step; lower data.taxpayers"
        raise UsageError(Problem(file.where(("data", "taxpayers")), "load.search", why))
    if rate is not None and search.to is not None and rate > search.to:
        why = f"{rate:g}/s is above load.search.to, {search.to:g}/s; no step goes beyond it"
        raise UsageError(Problem("--rate", "", why))
    start = rate or search.from_
    settings = SearchSettings(
        start=start,
        highest=search.to or start * TIMES_FIRST,
        step_s=search.step,
        cool_down_s=search.cool_down,
        precision=search.precision,
        steps=search.steps,
        at_least=search.at_least,
        process=arrivals.process,
    )
    given = arrivals.max_in_flight
    first = at_rate(arrivals.process, dict(arrivals.journeys), start, search.step, given)
    return SearchLoad(arrivals=first.arrivals, stages=first.stages, search=settings, max_in_flight=given)


def further(data: Taxpayers, number: int) -> Taxpayers:
    """`data` of repetition `number` (1, 2, ...) against a target that keeps its data: others.

    Each has a range of `taxpayers` of its own in the population of the seed, and so of a day's newcomers.
    """
    more = data.taxpayers * (number - 1)
    came = more if data.registered and data.day else 0
    return data.model_copy(update={"first": data.first + more, "first_newcomer": data.first_newcomer + came})


def repeated(scenario: ScenarioPlan, number: int) -> ScenarioPlan:
    """A scenario's repetition `number`, with other taxpayers; a search has as many as its steps need."""
    steps = scenario.load.search.steps if isinstance(scenario.load, SearchLoad) else 1
    data = further(scenario.data, 1 + steps * (number - 1))
    return scenario.model_copy(update={"data": data})


class MayServe(NamedTuple):
    """Whom a run may serve, as its manifest keeps it for later runs at its target.

    first, end: the numbers of the population of `profile` from first to end - 1, newcomers among them;
    newcomers: so many of those who register on the day of the data.
    """

    first: int
    end: int
    newcomers: int
    profile: str


def may_serve(scenario: ScenarioPlan) -> MayServe:
    """Of a whole run, all steps of a search included."""
    data, newcomers = scenario.data, 0
    end = repeated(scenario, 2).data.first
    if data.registered and data.day:
        newcomers = data.first_newcomer + data.taxpayers
    elif data.registered:
        end += data.first_newcomer + data.taxpayers
    return MayServe(data.first, end, newcomers, data.profile)


def number_after(end: int, data: Taxpayers, profiles: Collection[str]) -> int:
    """The first number of `data` that is free where those below `end`, of these profiles, are taken.

    Numbers of a day stand for others than those of a profile's name (generators.taxpayers.register): it is
    one whose index is not below `end`.
    """
    if not data.day or {*profiles} <= {data.profile}:
        return end
    from generators.taxpayers.register import OF, Register

    standing = Register(date.fromisoformat(data.day)).shares[0]
    return -(-end // standing) * OF


def check_space(scenario: ScenarioPlan, times: int, option: str) -> None:
    """Whether so many repetitions have taxpayers of their own. Raises UsageError."""
    last = repeated(scenario, times + 1).data.first
    if last > SPACE:
        why = f"{times} runs need {last:,} taxpayers, but there are {SPACE:,}; lower data.taxpayers"
        raise UsageError(Problem(option, "", why))


def capped(scenario: ScenarioPlan, ceiling: float | None, requests_per_journey: float) -> ScenarioPlan:
    """The same, but no step of a search sends more requests a second than the target file allows."""
    load = scenario.load
    if not isinstance(load, SearchLoad) or ceiling is None or requests_per_journey <= 0:
        return scenario
    highest = highest_below(load.search, ceiling, requests_per_journey)
    search = load.search.model_copy(update={"highest": highest})
    return scenario.model_copy(update={"load": load.model_copy(update={"search": search})})


def highest_below(search: SearchSettings, ceiling: float, requests_per_journey: float) -> float:
    """The highest rate of a search, journeys/s, at which the ceiling (requests/s) holds nothing back.

    The guard's bucket of DEEP_S seconds runs empty by chance when arrivals are random. Near saturation the
    depth that a queue with Poisson arrivals reaches is exponential with the mean 1 / (2 (1 - rho)) journeys,
    so it exceeds DEEP_S x rate with a probability below HELD_SHARE when
    rate = full - ln(1 / HELD_SHARE) / (2 DEEP_S). The first rate is kept, because it was allowed on paper.
    """
    full = ceiling / requests_per_journey * BELOW
    by_chance = math.log(1 / HELD_SHARE) / (2 * DEEP_S) if search.process == "poisson" else 0.0
    return max(search.start, min(search.highest, full - by_chance))


def at_rate(
    process: Literal["constant", "poisson"],
    journeys: dict[str, float],
    rate: float,
    seconds: float,
    max_in_flight: int | None,
) -> StepLoad:
    """Arrivals and stages of one step; the bound is `max_in_flight`, or what the rate calls for."""
    bound = max_in_flight or in_flight_bound(rate)
    arrivals = Arrivals(process=process, journeys=journeys, max_in_flight=bound, rate=rate)
    return StepLoad(arrivals, (RateStage(seconds=seconds, rate_from=rate, rate_to=rate),))


def in_flight_bound(rate: float) -> int:
    """How many journeys may be under way at once at a rate, unless the scenario says."""
    return max(MIN_IN_FLIGHT, math.ceil(rate * IN_FLIGHT_SECONDS))


def last_filing_day(day: FilingDay, folder: Path) -> date:
    """The last day for filing of the month of the day that is played; folder: of the scenario, which a
    calendar of one's own is relative to. Raises CalendarError, or NoPlan for a year that no file tells
    about."""
    from generators.deadlines.deadline import FilingCalendar, read_calendar
    from generators.deadlines.holidays import PUBLISHED

    region = day.region or ""
    calendar = FilingCalendar({}, PUBLISHED, region)
    if day.calendar is not None:
        calendar = read_calendar(folder / day.calendar, region)
    return calendar.deadline(day.date.year, day.date.month).day


def filing_factor(day: FilingDay | None, folder: Path) -> float:
    """How much busier the day is than an ordinary one: `times` on the last day for filing of its month."""
    if day is None:
        return 1.0
    return day.times if last_filing_day(day, folder) == day.date else 1.0


def filing_words(day: FilingDay, folder: Path) -> str:
    """`2015-10-22 is the last day for filing: rates x 4`, or that it is an ordinary one."""
    last = last_filing_day(day, folder)
    if last == day.date:
        return f"{day.date} is the last day for filing of its month: rates x {day.times:g}"
    return f"{day.date} is not the last day for filing (that is {last}): rates as written"


def goals(scenario: Scenario) -> Goals:
    """What results.verdict.goals judges beyond thresholds."""
    drift, wanted = scenario.drift, scenario.catch_up
    return Goals(
        drift=DriftGoal(**drift.model_dump()) if drift is not None else None,
        catch_up=CatchUpGoal(
            volume=wanted.volume, from_s=wanted.from_, until_s=wanted.until, compressed=wanted.compressed
        )
        if wanted is not None
        else None,
        audit=_audit(scenario),
        papers=_papers(scenario),
        drill=drill_goal(scenario.drill),
    )


def _audit(scenario: Scenario) -> AuditGoal | None:
    """None for the steps of a search, and for a user's own Locust file, whose writes nobody knows."""
    said = scenario.audit
    if said is None or scenario.load.search is not None or scenario.locustfile is not None:
        return None
    most = (Auditing() if isinstance(said, str) else said).model_dump(exclude_none=True)
    return AuditGoal(required=not isinstance(said, str), most=most)


def _papers(scenario: Scenario) -> PapersGoal | None:
    """None where it is for an audit."""
    said = scenario.papers
    if said is None or scenario.load.search is not None or scenario.locustfile is not None:
        return None
    asked = Papers() if isinstance(said, str) else said
    return PapersGoal(
        required=not isinstance(said, str), most=asked.most, keep=asked.keep, most_bytes=asked.most_mb * 10**6
    )

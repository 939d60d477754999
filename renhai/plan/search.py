"""Pressure as plain data: what the plan holds of a search, a filing day, drift and a day to catch up."""

from __future__ import annotations

import math
from typing import Any

from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import YamlFile
from renhai.spec.goals import FilingDay
from renhai.spec.scenario import Scenario

SPACE = 10**8  # taxpayers of a population: each step of a search takes others
TIMES_FIRST = 1000  # without `to`, a search ends at so many times its first rate
BELOW = 0.99  # of the target file's ceiling: the mix of journeys varies a little from step to step
DEEP_S, HELD = (
    2.0,
    0.001,
)  # of the guard's bucket (renhai/load/worker/egress_watch.py): its depth, what it may hold back
MIN_IN_FLIGHT, IN_FLIGHT_SECONDS = 1000, 30

Plain = dict[str, Any]


def searched(scenario: Scenario, file: YamlFile, rate: float | None, duration: float | None) -> Plain:
    """`load` of a plan with a search: one step at the first rate, and the settings of the search.

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
    settings = {
        "start": start,
        "highest": search.to or start * TIMES_FIRST,
        "step_s": search.step,
        "cool_down_s": search.cool_down,
        "precision": search.precision,
        "steps": search.steps,
        "at_least": search.at_least,
        "process": arrivals.process,
    }
    mix = {"process": arrivals.process, "journeys": dict(arrivals.journeys)}
    given = arrivals.max_in_flight
    return {
        "model": "open",
        "groups": [],
        **at_rate(mix, start, search.step, given),
        "curve": None,
        "search": settings,
        "max_in_flight": given,
    }


def further(data: Plain, number: int) -> Plain:
    """`data` of repetition `number` (1, 2, ...) against a target that keeps its data: others.

    Each has a range of `taxpayers` of its own in the population of the seed.
    """
    return {**data, "first": data.get("first", 0) + data["taxpayers"] * (number - 1)}


def repeated(scenario: Plain, number: int) -> Plain:
    """A scenario's repetition `number`, with other taxpayers; a search has as many as its steps need."""
    steps = scenario["load"].get("search", {}).get("steps", 1)
    return {**scenario, "data": further(scenario["data"], 1 + steps * (number - 1))}


def check_space(scenario: Plain, times: int, option: str) -> None:
    """Whether so many repetitions have taxpayers of their own. Raises UsageError."""
    last = repeated(scenario, times + 1)["data"]["first"]
    if last > SPACE:
        why = f"{times} runs need {last:,} taxpayers, but there are {SPACE:,}; lower data.taxpayers"
        raise UsageError(Problem(option, "", why))


def capped(load: Plain, ceiling: float | None, requests_per_journey: float) -> None:
    """Let no step of a search send more requests a second than the target file allows."""
    if "search" in load and ceiling is not None and requests_per_journey > 0:
        search = load["search"]
        search["highest"] = highest_below(search, ceiling, requests_per_journey)


def highest_below(search: Plain, ceiling: float, requests_per_journey: float) -> float:
    """The highest rate of a search, journeys/s, at which the ceiling (requests/s) holds nothing back.

    The guard's bucket of DEEP_S seconds runs empty by chance when arrivals are random. Near saturation the
    depth that a queue with Poisson arrivals reaches is exponential with the mean 1 / (2 (1 - rho)) journeys,
    so it exceeds DEEP_S x rate with a probability below HELD when rate = full - ln(1 / HELD) / (2 DEEP_S).
    The first rate is kept, because it was allowed on paper.
    """
    full = ceiling / requests_per_journey * BELOW
    by_chance = math.log(1 / HELD) / (2 * DEEP_S) if search["process"] == "poisson" else 0.0
    return max(float(search["start"]), min(float(search["highest"]), full - by_chance))


def at_rate(mix: Plain, rate: float, seconds: float, max_in_flight: int | None) -> Plain:
    """`arrivals` and `stages` of one step."""
    bound = max_in_flight or max(MIN_IN_FLIGHT, round(rate * IN_FLIGHT_SECONDS))
    return {
        "arrivals": {**mix, "max_in_flight": bound, "rate": rate},
        "stages": [{"seconds": seconds, "rate_from": rate, "rate_to": rate}],
    }


def filing_factor(day: FilingDay | None) -> float:
    """How much busier the day is than an ordinary one: `times` on the last day for filing of its month."""
    if day is None:
        return 1.0
    from generators.calendar import due_date

    return day.times if due_date(day.date.year, day.date.month) == day.date else 1.0


def filing_words(day: FilingDay) -> str:
    """`2015-10-26 is the last day for filing: rates x 4`, or that it is an ordinary one."""
    from generators.calendar import due_date

    last = due_date(day.date.year, day.date.month)
    if last == day.date:
        return f"{day.date} is the last day for filing of its month: rates x {day.times:g}"
    return f"{day.date} is not the last day for filing (that is {last}): rates as written"


def goals(scenario: Scenario) -> Plain:
    """What results.verdict.goals judges beyond thresholds; {} for most scenarios."""
    found: Plain = {}
    if scenario.drift is not None:
        found["drift"] = scenario.drift.model_dump()
    if scenario.catch_up is not None:
        wanted = scenario.catch_up
        found["catch_up"] = {
            "volume": wanted.volume,
            "from_s": wanted.from_,
            "until_s": wanted.until,
            "compressed": wanted.compressed,
        }
    return found


def compressed(post: Plain, factor: float) -> Plain:
    """A post whose people think `factor` times as fast."""
    think = post["think"]
    return {
        **post,
        "think": {**think, "params": {name: value / factor for name, value in think["params"].items()}},
    }

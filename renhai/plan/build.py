"""The plan that the runner hands to the Locust process: scenario and binding as plain data.

`normalise` applies the options of the command line; `build_plan` adds what one run needs; `locustfile` is the
small generated file that carries it. Everything in a plan is JSON, in seconds and rates per second.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renhai.binding import loader as bindings
from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import show_path
from renhai.plan import search as pressure
from renhai.plan.schedule import drawn_anew
from renhai.plan.stages import pieces, scaled, shared_out, stages_of
from renhai.safety import permit
from renhai.spec import staffing as bureau
from renhai.spec.common import ThinkTime
from renhai.spec.load import Group
from renhai.spec.loader import LoadedScenario
from renhai.spec.rate_curve import Point, read_curve
from renhai.spec.scenario import Post
from renhai.spec.staffing import Staffing

INTERVALS = 120  # how many histogram intervals a run is cut into, at most one a second
MIN_IN_FLIGHT = 1000
UNLIKE = ("seed", "first")  # of data: which taxpayers; that they are others makes no other load
LOCUST_EVENT = "locust-event"  # how requests are measured that a user's own Locust file sends
IN_FLIGHT_SECONDS = 30  # by default the bound is what arrives in this time: a stall of 30 s drops nothing


@dataclass(frozen=True)
class Options:
    """What the command line may change of a scenario; None leaves it as written."""

    users: int | None = None
    rate: float | None = None
    duration: float | None = None
    seed: int | None = None
    processes: int = 1


Plan = dict[str, Any]


def normalise(loaded: LoadedScenario, options: Options | None = None) -> Plan:
    """The scenario as plain data. Raises UsageError when an option does not fit the load model."""
    options = options or Options()
    scenario = loaded.scenario
    data = {key: value for key, value in scenario.data.model_dump().items() if key != "first" or value}
    if options.seed is not None:
        data["seed"] = options.seed
    if loaded.scenario.locustfile:
        load = _users(loaded, options)
    else:
        load = _closed(loaded, options) if loaded.closed else _open(loaded, options)
    load["stages"] = scaled(load["stages"], options.duration)
    faster = scenario.catch_up.compressed if scenario.catch_up else 1.0
    faster = loaded.staffing.pace if loaded.staffing else faster
    goals = pressure.goals(scenario)
    return {
        "name": scenario.name,
        "data": data,
        "load": load,
        "posts": {name: pressure.compressed(_post(post), faster) for name, post in loaded.posts.items()},
        "abort": _abort(loaded),
        "thresholds": {glob: list(rules) for glob, rules in scenario.thresholds.items()},
        **({"measured": LOCUST_EVENT} if scenario.locustfile else {}),
        **({"goals": goals} if goals else {}),
    }


def duration_of(plan_scenario: Plan) -> float:
    """How long the load lasts, in seconds."""
    return float(sum(stage["seconds"] for stage in plan_scenario["load"]["stages"]))


def digest_of(plan_scenario: Plan) -> str:
    """Equal for runs of one load on one kind of data, whatever taxpayers and limits: 16 digits."""
    held_to = ("thresholds", "abort", "goals")
    parts = {key: value for key, value in plan_scenario.items() if key not in held_to}
    parts["data"] = {key: value for key, value in plan_scenario["data"].items() if key not in UNLIKE}
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def build_plan(
    loaded: LoadedScenario,
    plan_scenario: Plan,
    *,
    run_id: str,
    out: Path,
    base_url: str,
    addresses: Sequence[str],
    processes: int,
    number: int = 1,
) -> Plan:
    """Everything a load process needs to know. `number`: of the repetition, whose chance is drawn anew."""
    files = dict.fromkeys(journey.file for journey in loaded.journeys.values() if journey.file)
    written = {n: loaded.scenario.journeys[n] for n, item in loaded.journeys.items() if not item.file}
    return {
        "run_id": run_id,
        "out": str(out),
        "scenario": plan_scenario,
        "binding": bindings.normalise(loaded.binding, loaded.binding_path),
        "guard": permit.permit(loaded.binding, show_path(loaded.binding_path)),
        "target_file": str(loaded.binding_path.resolve()),
        "base_url": base_url,
        "addresses": list(addresses),
        "seed": drawn_anew(plan_scenario["data"]["seed"], number),
        "processes": processes,
        "interval_s": max(1, math.ceil(duration_of(plan_scenario) / INTERVALS)),
        "locustfiles": list(files),
        "journeys": {name: [step.model_dump() for step in steps] for name, steps in written.items()},
        "locustfile": _locustfile(loaded),
    }


def locustfile(plan: Plan) -> str:
    """The source of load.py. The plan stands in it as one literal, so that Locust can send it to workers."""
    return (
        "# Made by renhai for one run; Locust sends it to the workers.\n"
        f"PLAN = {json.dumps(plan)!r}\n"
        "from renhai.load.locust.entry import install\n"
        "globals().update(install(PLAN))\n"
    )


def _closed(loaded: LoadedScenario, options: Options) -> Plan:
    if options.rate is not None:
        raise UsageError(
            Problem("--rate", "", f"{loaded.scenario.name} has operators (closed model); use --users")
        )
    if loaded.staffing:
        return _staffed(loaded.staffing, options)
    groups = loaded.scenario.load.operators or []
    counts = shared_out([group.count for group in groups], options.users)
    before, total = sum(group.count for group in groups), sum(counts)
    stages = stages_of(loaded.scenario.load.stages, total, total / before, ("users_from", "users_to"), round)
    return {
        "model": "closed",
        "groups": [_group(group, count) for group, count in zip(groups, counts, strict=True) if count],
        "arrivals": None,
        "stages": stages,
        "curve": None,
    }


def _staffed(staffing: Staffing, options: Options) -> Plan:
    counts = shared_out([group.count for group in staffing.groups], options.users)
    sized = staffing.resized(counts, options.duration)
    return {
        "model": "closed",
        "groups": [group.plan() for group in sized.groups],
        "arrivals": None,
        "stages": bureau.stages(sized.groups, sized.seconds),
        "curve": None,
    }


def _users(loaded: LoadedScenario, options: Options) -> Plan:
    """The load of a user's own Locust file: so many users, and no seats or journeys of ours."""
    if options.rate is not None:
        why = f"{loaded.scenario.name} has users (closed model); use --users"
        raise UsageError(Problem("--rate", "", why))
    written = loaded.scenario.load.users or 1
    total = options.users or written
    stages = stages_of(loaded.scenario.load.stages, total, total / written, ("users_from", "users_to"), round)
    return {"model": "closed", "groups": [], "arrivals": None, "stages": stages, "curve": None}


def _locustfile(loaded: LoadedScenario) -> Plan | None:
    """The user's own file, whole, so that workers on other machines have it too."""
    if loaded.scenario.locustfile is None:
        return None
    place = loaded.path.resolve().parent / loaded.scenario.locustfile
    return {"name": str(place), "source": place.read_text(encoding="utf-8")}


def _open(loaded: LoadedScenario, options: Options) -> Plan:
    arrivals = loaded.scenario.load.arrivals
    assert arrivals is not None
    if options.users is not None:
        raise UsageError(
            Problem("--users", "", f"{loaded.scenario.name} has arrivals (open model); use --rate")
        )
    if loaded.scenario.load.search is not None:
        return pressure.searched(loaded.scenario, loaded.file, options.rate, options.duration)
    points = _curve(loaded, arrivals.curve) if arrivals.curve else None
    written = arrivals.rate or max(rate for _, rate in points or [])
    rate = options.rate or written * pressure.filing_factor(arrivals.filing_day)
    if points is not None:
        peak = max(value for _, value in points)
        points = [(second, value * rate / peak) for second, value in points]
        stages = pieces(points)
    else:
        names = ("rate_from", "rate_to")
        stages = stages_of(loaded.scenario.load.stages, rate, rate / written, names, float)
    highest = max(max(stage["rate_from"], stage["rate_to"]) for stage in stages)
    bound = arrivals.max_in_flight or max(MIN_IN_FLIGHT, math.ceil(highest * IN_FLIGHT_SECONDS))
    return {
        "model": "open",
        "groups": [],
        "arrivals": {
            "process": arrivals.process,
            "journeys": dict(arrivals.journeys),
            "max_in_flight": bound,
            "rate": rate,
        },
        "stages": stages,
        "curve": points,
    }


def _curve(loaded: LoadedScenario, name: str) -> list[Point]:
    path = loaded.path.resolve().parent / name
    if not path.is_file():
        why = f"is {name}; there is no such file; the path is relative to the scenario"
        raise UsageError(
            Problem(loaded.file.where(("load", "arrivals", "curve")), "load.arrivals.curve", why)
        )
    return read_curve(path)


def _group(group: Group, count: int) -> Plan:
    return {"unit": group.unit, "post": group.post, "count": count}


def _post(post: Post) -> Plan:
    return {"journeys": dict(post.journeys), "think": _think(post.think_time)}


def _think(think: ThinkTime) -> Plan:
    if think.uniform is not None:
        return {"kind": "uniform", "params": {"low": think.uniform[0], "high": think.uniform[1]}}
    if think.lognormal is not None:
        return {"kind": "lognormal", "params": think.lognormal.model_dump()}
    if think.exponential is not None:
        return {"kind": "exponential", "params": {"mean": think.exponential}}
    return {"kind": "fixed", "params": {"seconds": think.fixed or 0.0}}


def _abort(loaded: LoadedScenario) -> Plan | None:
    """`value` in the unit of results.verdict.rules: ms, % or /s."""
    abort = loaded.scenario.abort
    if abort is None:
        return None
    from results.verdict.rules import parse_rule

    rule = parse_rule(abort.when)
    return {
        "when": rule.text,
        "metric": rule.metric,
        "op": rule.op,
        "value": rule.value,
        "unit": rule.unit,
        "for_s": abort.for_,
    }

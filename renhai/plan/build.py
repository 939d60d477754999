"""From a scenario and the options of the command line to the plan of one run (renhai.plan.model).

`normalise` applies the options; `build_plan` adds what one run needs; `locustfile` is the small generated
file that carries the plan to the load processes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from renhai.binding import loader as bindings
from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import show_path
from renhai.plan import search as pressure
from renhai.plan.model import (
    AbortRule,
    Ahead,
    AheadFile,
    Arrivals,
    ClosedLoad,
    DataTable,
    Iterations,
    Load,
    OpenLoad,
    OperatorGroup,
    Plan,
    Post,
    ScenarioPlan,
    SearchLoad,
    Taxpayers,
    UserFile,
    UserFileLoad,
    UserStage,
)
from renhai.plan.parts.think import plan_think
from renhai.plan.parts.written import written as as_planned
from renhai.plan.rows import check_rows, journeys_with
from renhai.plan.schedule import drawn_anew
from renhai.plan.stages import pieces, rate_stages, scaled, shared_out, user_stages
from renhai.safety import permit
from renhai.spec import scenario as spec
from renhai.spec import staffing as bureau
from renhai.spec.goals import FilingDay
from renhai.spec.journeys.written.data import read_table
from renhai.spec.loader import LoadedScenario
from renhai.spec.staffing import Staffing
from renhai.spec.workload.rate_curve import Point, read_curve

INTERVALS = 120  # how many histogram intervals a run is cut into, at most one a second


@dataclass(frozen=True)
class Options:
    """What the command line may change of a scenario; None leaves it as written."""

    users: int | None = None
    rate: float | None = None
    duration: float | None = None
    seed: int | None = None
    processes: int = 1
    locust_args: tuple[str, ...] = ()  # of a user's own Locust file, after those in the scenario


def normalise(loaded: LoadedScenario, options: Options | None = None) -> ScenarioPlan:
    """The scenario as it will be run. Raises UsageError when an option does not fit the load model."""
    options = options or Options()
    scenario = loaded.scenario
    given = scenario.data.model_dump(exclude={"files", "date", "ahead"})
    ahead = scenario.data.made_ahead
    wanted = Ahead(periods=ahead.periods, scale=ahead.scale) if ahead is not None else None
    data = Taxpayers(**{**given, "profile": scenario.data.of, "ahead": wanted})
    if options.seed is not None:
        data = data.model_copy(update={"seed": options.seed})
    faster = scenario.catch_up.compressed if scenario.catch_up else 1.0
    faster = loaded.staffing.pace if loaded.staffing else faster
    return ScenarioPlan(
        name=scenario.name,
        data=data,
        load=_load(loaded, options),
        posts={name: _post(post).faster(faster) for name, post in loaded.posts.items()},
        abort=_abort(loaded),
        thresholds={glob: tuple(rules) for glob, rules in scenario.requests_held_to.items()},
        goals=pressure.goals(scenario),
        journal=scenario.journal,
    )


def build_plan(
    loaded: LoadedScenario,
    scenario: ScenarioPlan,
    *,
    run_id: str,
    out: Path,
    base_url: str,
    addresses: Sequence[str],
    processes: int,
    side: str = "",
    number: int = 1,
    ahead: AheadFile | None = None,
) -> Plan:
    """Everything a load process needs to know. `number`: of the repetition, whose chance is drawn anew;
    ahead: the declarations that were made."""
    files = dict.fromkeys(journey.file for journey in loaded.journeys.values() if journey.file)
    written = {n: loaded.scenario.journeys[n] for n, item in loaded.journeys.items() if not item.file}
    return Plan(
        run_id=run_id,
        out=str(out),
        scenario=scenario,
        binding=bindings.normalise(loaded.binding, loaded.binding_path, scenario.load.model),
        guard=permit.permit(loaded.binding, show_path(loaded.binding_path)),
        target_file=str(loaded.binding_path.resolve()),
        base_url=base_url,
        addresses=tuple(addresses),
        seed=drawn_anew(scenario.data.seed, number),
        processes=processes,
        interval_s=max(1, math.ceil(scenario.load.seconds / INTERVALS)),
        locustfiles=tuple(files),
        journeys={name: as_planned(steps) for name, steps in written.items()},
        tables=_tables(loaded, scenario.load),
        locustfile=_locustfile(loaded, scenario.load),
        ahead=ahead,
        side=side,
        target_lost_s=scenario.load.seconds + 1 if scenario.goals.drill is not None else None,
    )


def _tables(loaded: LoadedScenario, load: Load) -> dict[str, DataTable]:
    """Where each operator keeps a row of his own, one more reader than were counted (`check_rows`) is an
    error: he would share one."""
    folder = loaded.path.resolve().parent
    found = {}
    for name, said in loaded.scenario.data.files.items():
        place = folder / said.file
        digest = read_table(place).sha256
        kept = said.each == "operator" and isinstance(load, ClosedLoad)
        found[name] = DataTable(
            file=str(place),
            sha256=digest,
            take=said.take,
            each=said.each,
            at_end="error" if kept and said.at_end is None else said.end,
            journeys=tuple(sorted(journeys_with(loaded, name))) if kept else (),
        )
    return found


def locustfile(plan: Plan) -> str:
    """The source of load.py. The plan stands in it as one literal, so that Locust can send it to workers."""
    return (
        "# Made by renhai for one run; Locust sends it to the workers.\n"
        f"PLAN = {json.dumps(plan.model_dump(mode='json'))!r}\n"
        "from renhai.load.locust.entry import install\n"
        "globals().update(install(PLAN))\n"
    )


def _load(loaded: LoadedScenario, options: Options) -> Load:
    if loaded.scenario.locustfile:
        return _users(loaded, options)
    if not loaded.closed:
        return _open(loaded, options)
    load = _closed(loaded, options)
    check_rows(loaded, load)
    return load


def _closed(loaded: LoadedScenario, options: Options) -> ClosedLoad:
    if options.rate is not None:
        raise UsageError(
            Problem("--rate", "", f"{loaded.scenario.name} has operators (closed model); use --users")
        )
    if loaded.staffing:
        return _staffed(loaded.staffing, options)
    groups = loaded.scenario.load.operators or []
    counts = shared_out([group.count for group in groups], options.users)
    before, total = sum(group.count for group in groups), sum(counts)
    stages = user_stages(loaded.scenario.load.stages, total, total / before)
    return ClosedLoad(
        operators=tuple(
            OperatorGroup(unit=group.unit, post=group.post, count=count)
            for group, count in zip(groups, counts, strict=True)
            if count
        ),
        stages=scaled(stages, options.duration),
        iterations=_iterations(loaded),
    )


def _iterations(loaded: LoadedScenario) -> Iterations | None:
    said = loaded.scenario.load.iterations
    return Iterations(**said.model_dump()) if said is not None else None


def _staffed(staffing: Staffing, options: Options) -> ClosedLoad:
    counts = shared_out([group.count for group in staffing.groups], options.users)
    sized = staffing.resized(counts, options.duration)
    stages = [
        UserStage(seconds=seconds, users_from=start, users_to=end)
        for seconds, start, end in bureau.at_work(sized.groups, sized.seconds)
    ]
    groups = tuple(
        OperatorGroup(
            unit=group.unit,
            post=group.plan_post,
            count=group.count,
            reported_as=group.post,
            unit_name=group.unit_name,
            post_name=group.post_name,
            hours=tuple(group.hours),
        )
        for group in sized.groups
    )
    return ClosedLoad(operators=groups, stages=scaled(stages, options.duration))


def _users(loaded: LoadedScenario, options: Options) -> UserFileLoad:
    """The load of a user's own Locust file: so many users, and no seats or journeys of ours."""
    if options.rate is not None:
        why = f"{loaded.scenario.name} has users (closed model); use --users"
        raise UsageError(Problem("--rate", "", why))
    written = loaded.scenario.load.users or 1
    total = options.users or written
    stages = user_stages(loaded.scenario.load.stages, total, total / written)
    arguments = (*loaded.scenario.locust_args, *options.locust_args)
    return UserFileLoad(stages=scaled(stages, options.duration), arguments=arguments)


def _locustfile(loaded: LoadedScenario, load: Load) -> UserFile | None:
    if loaded.scenario.locustfile is None or not isinstance(load, UserFileLoad):
        return None
    place = loaded.path.resolve().parent / loaded.scenario.locustfile
    source, allow = place.read_text(encoding="utf-8"), tuple(loaded.scenario.allow)
    return UserFile(name=str(place), source=source, arguments=load.arguments, allow=allow)


def _open(loaded: LoadedScenario, options: Options) -> OpenLoad | SearchLoad:
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
    rate = options.rate or written * _filing_factor(loaded, arrivals.filing_day)
    if points is not None:
        peak = max(value for _, value in points)
        points = [(second, value * rate / peak) for second, value in points]
        stages = pieces(points)
    else:
        stages = rate_stages(loaded.scenario.load.stages, rate, rate / written)
    highest = max(max(stage.rate_from, stage.rate_to) for stage in stages)
    return OpenLoad(
        arrivals=Arrivals(
            process=arrivals.process,
            journeys=dict(arrivals.journeys),
            max_in_flight=arrivals.max_in_flight or pressure.in_flight_bound(highest),
            rate=rate,
        ),
        stages=scaled(stages, options.duration),
        curve=tuple(points) if points is not None else None,
        iterations=_iterations(loaded),
    )


def _filing_factor(loaded: LoadedScenario, day: FilingDay | None) -> float:
    try:
        return pressure.filing_factor(day, loaded.path.resolve().parent)
    except ValueError as error:  # CalendarError, NoPlan
        where, name = ("load", "arrivals", "filing_day", "calendar"), day.calendar if day else ""
        raise UsageError(Problem(loaded.file.where(where), ".".join(where), f"is {name}: {error}")) from None


def _curve(loaded: LoadedScenario, name: str) -> list[Point]:
    path = loaded.path.resolve().parent / name
    if not path.is_file():
        why = f"is {name}; there is no such file; the path is relative to the scenario"
        raise UsageError(
            Problem(loaded.file.where(("load", "arrivals", "curve")), "load.arrivals.curve", why)
        )
    return read_curve(path)


def _post(post: spec.Post) -> Post:
    return Post(journeys=dict(post.journeys), think=plan_think(post.think_time))


def _abort(loaded: LoadedScenario) -> AbortRule | None:
    drill = loaded.scenario.drill
    abort = loaded.scenario.abort or (drill.stop if drill else None)
    if abort is None:
        return None
    from results.verdict.rules import parse_rule

    rule = parse_rule(abort.when)
    return AbortRule(
        when=rule.text, metric=rule.metric, op=rule.op, value=rule.value, unit=rule.unit, for_s=abort.for_
    )

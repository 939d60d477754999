"""Tables for a terminal: a scenario's size and a machine's fitness. They read in order without colour too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from renhai.core.language import say
from renhai.core.machine.environment import cores
from renhai.core.units import spell_seconds
from renhai.core.yaml_lines import show_path
from renhai.plan import reference_volumes
from renhai.plan.model import Arrivals, OpenLoad, RateStage, SearchLoad
from renhai.plan.reference_volumes import Speed
from renhai.plan.search import filing_words
from renhai.plan.sizing import Size
from renhai.run.process.machine_check import Finding
from renhai.run.process.sockets import words
from renhai.run.single import PreparedRun
from results.report.terminal.table import ByWidth, SpokenTable, titled

WIDE = 86  # columns: where all volumes stand in one table without a number that is broken
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def render_check(prepared: PreparedRun, size: Size, speed: Speed, warnings: Sequence[str]) -> RenderableType:
    """The plan of a run, sized, with what to think about before it starts."""
    loaded = prepared.loaded
    parts: list[RenderableType] = [Text(f"{prepared.scenario.name}: {say(loaded.question)}", style="bold")]
    parts += [_facts(prepared, size, speed), _stages(prepared)]
    if size.posts:
        parts.append(_posts(size))
    known = [_volumes(size, speed)] if size.taxpayers_needed or not size.journeys else []
    parts += [_journeys(prepared, size), *known, _thresholds(prepared)]
    parts += [Text("\n" + say(f"{show_path(loaded.path)} is valid; no load was sent"), style="green")]
    parts += [Text(f"{say('but')}{say(': ')}{say(warning)}", style="yellow") for warning in warnings]
    return Group(*parts)


def render_findings(findings: Iterable[Finding]) -> RenderableType:
    """What the doctor found."""
    table = _table("", ["", "check", "found", "remedy"])
    for finding in findings:
        state = Text(finding.state, style=_COLOURS[finding.state])
        table.add_row(state, Text(finding.name), escape(finding.found), escape(finding.remedy))
    return table


def _facts(prepared: PreparedRun, size: Size, speed: Speed) -> Table:
    loaded, load = prepared.loaded, prepared.scenario.load
    ceiling = loaded.binding.ceiling
    limits = [f"{ceiling.operators} operators"] if ceiling.operators else []
    limits += [f"{ceiling.rate:g} requests/s"] if ceiling.rate else []
    table = SpokenTable.grid(padding=(0, 2))
    who = (
        _arrivals(load.arrivals)
        if isinstance(load, OpenLoad | SearchLoad)
        else f"{size.users} operators at once"
    )
    about = "at most " if load.model == "closed" else "about "
    for name, value in (
        (
            "target",
            f"{loaded.binding.name} ({loaded.binding.environment}), {prepared.url or 'started by the run'}",
        ),
        ("ceiling", ", ".join(limits) or "none stated by the target file"),
        ("load", f"{load.model} model: {who}"),
        ("duration", _duration(size)),
        *_pace(prepared),
        (
            "transactions",
            f"{about}{_number(size.peak_rate)}/s at the peak, {_number(size.transactions)} in all",
        ),
        (
            "requests",
            f"about {_number(size.peak_requests_rate)}/s at the peak, {_number(size.requests)} in all",
        ),
        ("connections", words(prepared)),
        ("taxpayers", _people(size)),
        ("load machines", _machines(size, speed)),
        *_pressure(prepared, size, speed),
    ):
        table.add_row(Text(name, style="dim"), escape(value))
    return table


def _duration(size: Size) -> str:
    if size.ends_s is None:
        return spell_seconds(size.duration_s)
    done = f"{size.ends_s:.2g} s" if size.ends_s < 100 else spell_seconds(round(size.ends_s))
    most = spell_seconds(size.duration_s)
    return f"{most} at most; the iterations are done after about {done}, of a target that answers at once"


def _pace(prepared: PreparedRun) -> list[tuple[str, str]]:
    staffing = prepared.loaded.staffing
    pace = staffing.pace if staffing else 1.0
    return [("pace", f"{pace:g} times as fast as in the bureau")] if pace != 1.0 else []


def _people(size: Size) -> str:
    if not size.taxpayers_needed and size.journeys:
        return "none: its journeys have nothing to do with any"
    return f"{size.taxpayers_needed:,} needed of {size.taxpayers:,}"


def _arrivals(arrivals: Arrivals) -> str:
    return f"{arrivals.process} arrivals, at most {arrivals.max_in_flight} in flight"


def _stages(prepared: PreparedRun) -> Table:
    table = _table("Stages", ["for", "from", "to"])
    for stage in prepared.scenario.load.stages:
        if isinstance(stage, RateStage):
            low, high = f"{stage.rate_from:g}/s", f"{stage.rate_to:g}/s"
        else:
            low, high = f"{stage.users_from}", f"{stage.users_to}"
        table.add_row(spell_seconds(stage.seconds), low, high)
    return table


def _posts(size: Size) -> Table:
    table = _table(
        "Posts (rates with a target that answers at once)",
        ["post", "operators", "think", "transactions", "requests"],
    )
    for post in size.posts:
        table.add_row(
            post.post,
            f"{post.operators}",
            f"{post.think_s:.3g} s",
            f"{_number(post.rate)}/s",
            f"{_number(post.requests_rate)}/s",
        )
    return table


def _journeys(prepared: PreparedRun, size: Size) -> Table:
    table = _table("Journeys", ["journey", "transactions", "operations"])
    for name, count in size.journeys.items():
        steps = prepared.loaded.journeys[name].operations
        table.add_row(name, _number(count), " ".join(steps))
    return table


def _machines(size: Size, speed: Speed) -> str:
    """`1 core(s), 1 machine(s) of 4 cores`, and by which speed."""
    needed = reference_volumes.machines(size.peak_requests_rate, cores(), speed)
    if needed is None:
        return "unknown: the rate is unknown"
    return (
        f"{needed.cores} core(s), {needed.machines} machine(s) of {needed.cores_each} cores "
        f"({speed.requests:,.0f} requests/s a core, {reference_volumes.HEADROOM:.0%} of it used: {speed.of}; "
        f"measure yours by {reference_volumes.BENCHMARK}, then --core-rate)"
    )


def _pressure(prepared: PreparedRun, size: Size, speed: Speed) -> list[tuple[str, str]]:
    """What is special: a search, a filing day, a day to catch up."""
    rows = []
    scenario = prepared.loaded.scenario
    load = prepared.scenario.load
    if isinstance(load, SearchLoad):
        search = load.search
        most = size.peak_requests_rate / size.peak_rate * search.highest
        needed = reference_volumes.machines(most, cores(), speed)
        rows.append(
            (
                "search",
                f"from {search.start:g}/s to at most {search.highest:g}/s, steps of "
                f"{spell_seconds(search.step_s)} or more, at most {search.steps}; "
                "the figures here are of the first step; the highest would take about "
                f"{_number(most)} requests/s of {needed.cores if needed else '?'} core(s)",
            )
        )
    arrivals = scenario.load.arrivals
    if arrivals is not None and arrivals.filing_day is not None:
        rows.append(("filing day", filing_words(arrivals.filing_day, prepared.loaded.path.resolve().parent)))
    wanted = prepared.scenario.goals.catch_up
    if wanted is not None:
        rate = wanted.volume / (wanted.until_s - wanted.from_s) * 3600
        reached = size.peak_rate * 3600 / wanted.compressed
        rows.append(("catching up", f"{rate:.4g}/h needed, at most {_number(reached)}/h with these desks"))
    return rows


def _volumes(size: Size, speed: Speed) -> ByWidth:
    """What places have in their peak hours, and how many of them this load is."""
    title = (
        "Beside known volumes (transactions and service calls in the peak hour; this load in deadline days)"
    )
    wide = _table(
        title, ["place", "a day", "usual", "calls", "deadline\nday", "calls", "load\ncores", "this\nload"]
    )
    narrow = _table(title, ["place", "volumes"])
    for volume in reference_volumes.VOLUMES:
        peaks = volume.peak, volume.deadline_peak
        rates = [_number(rate * factor) for rate in peaks for factor in (1, reference_volumes.CALLS)]
        usual, usual_calls, deadline, deadline_calls = rates
        needed = reference_volumes.machines(volume.deadline_peak * reference_volumes.CALLS, cores(), speed)
        of_load = f"{needed.cores if needed else '?'}"
        times = size.peak_rate / volume.deadline_peak
        load = "–" if math.isinf(times) else f"{times:.2g} x"
        daily = f"{volume.daily:,.0f}"
        wide.add_row(volume.place, daily, *(f"{rate}/s" for rate in rates), of_load, load)
        told = [
            say(f"{daily} a day"),
            say(f"usual {usual}/s, calls {usual_calls}/s"),
            say(f"deadline day {deadline}/s, calls {deadline_calls}/s"),
            say(f"load cores {of_load}, this load {load}"),
        ]
        narrow.add_row(volume.place, Text("\n".join(told)))
    return ByWidth(wide, narrow, WIDE)


def _thresholds(prepared: PreparedRun) -> Table:
    table = _table("Thresholds", ["subject", "rules"])
    cases = prepared.loaded.scenario.cases_held_to
    for subject, rules in [*prepared.scenario.thresholds.items(), *cases.items()]:
        table.add_row(escape(subject), escape(", ".join(rules)))
    return table


def _table(title: str, columns: list[str]) -> Table:
    table = SpokenTable(
        title=titled(title) or None, title_justify="left", title_style="bold", box=None, pad_edge=False
    )
    for column in columns:
        table.add_column(column, header_style="dim", overflow="fold")
    return table


def _number(value: float) -> str:
    if math.isinf(value):
        return "as many as it answers"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

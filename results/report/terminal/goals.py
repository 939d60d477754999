"""Capacity, drift and a day to catch up, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from results.language.catalogue import say
from results.metrics import milliseconds, rounded_share, show
from results.report.reasons import language
from results.report.terminal.cases import render_cases
from results.report.terminal.drill import render_drill
from results.report.terminal.table import SpokenTable, titled
from results.report.wording import SEARCH_ENDS, amount, growth, shape_of_capacity
from results.snapshot.run import Run

_OUTCOMES = {"held": "green", "broke": "red", "invalid": "yellow"}
_STATES = {"steady": "green", "drifts": "red", "cannot tell": "yellow"}


def render_goals(run: Run) -> list[RenderableType]:
    """What a run says beyond its thresholds; nothing for most runs."""
    extra = run.model_extra or {}
    parts: list[RenderableType] = []
    if extra.get("capacity"):
        parts += _capacity(extra["capacity"])
    if extra.get("drift"):
        parts.append(_drift(extra["drift"]))
    if extra.get("catch_up"):
        parts.append(_catch_up(extra["catch_up"]))
    if extra.get("cases"):
        parts += render_cases(extra["cases"])
    if extra.get("drill"):
        parts += render_drill(extra["drill"])
    return parts


def _capacity(found: Mapping[str, Any]) -> list[RenderableType]:
    lines = [f"\n{say('Capacity 容量')}{say(': ')}" + capacity_line(found)]
    first = found["first_broken"]
    if first:
        value = show(first["value"], first["unit"])
        note = first["note"] or f"at about {first['rate']:.4g}/s"
        lines.append(say(f"first to break: {first['subject']}: {first['rule']} ({value}, {note})"))
    fit, shape = found["queueing"], shape_of_capacity(found)
    if shape == "knee":
        takes, each = (milliseconds(fit[name] * 1000) for name in ("knee_s", "service_s"))
        said = [say(f"knee at {fit['knee']:.4g}/s, where a journey takes {takes}")]
        lines.append(say("; ").join([*said, say(f"as if {fit['servers']:.1f} servers of {each}")]))
    elif shape == "flat":
        lines.append(say("a journey takes hardly longer up to the highest rate that held: no knee"))
    elif shape == "unbroken":
        lines.append(say(f"nothing broke up to {found['low']:.4g}/s: what lies beyond was not measured"))
    if found["slowed"]:
        lines.append(say("the target slowed down during the search: rates that held before broke later"))
    if found["ended"] in SEARCH_ENDS:
        lines.append(SEARCH_ENDS[found["ended"]][language()])
    return [Text(lines[0], style="bold"), *(Text("  " + line) for line in lines[1:]), _steps(found["steps"])]


def capacity_line(found: Mapping[str, Any]) -> str:
    """`40.2 journeys/s (40.2 held, 40.9 broke), about 121 requests/s`."""
    if not found["low"]:
        return say("none found")
    high = f"{found['high']:.4g} broke" if found["high"] else "none broke"
    held = f"{found['low']:.4g}"
    return say(f"{held} journeys/s ({held} held, {high}), about {found['requests_per_s']:.4g} requests/s")


def _steps(steps: list[dict[str, Any]]) -> Table:
    made = SpokenTable(title=titled("Steps 阶梯"), title_justify="left", title_style="bold", box=None)
    for name in ("step", "rate", "for", "p50", "p95", "p99", "journey"):
        made.add_column(name, justify="right")
    made.add_column("")
    made.add_column("why", overflow="fold")
    for step in steps:
        latency = step["latency_ms"]
        times = [milliseconds(latency[name]) if name in latency else "–" for name in ("p50", "p95", "p99")]
        made.add_row(
            str(step["number"]),
            f"{step['rate']:.4g}/s",
            f"{step['seconds']:.0f} s",
            *times,
            milliseconds(step["journey_s"] * 1000),
            Text(step["outcome"], style=_OUTCOMES[step["outcome"]]),
            escape((step["why"], step.get("why_zh") or step["why"])[language()]),
        )
    return made


def _drift(rows: list[dict[str, Any]]) -> Table:
    made = SpokenTable(
        title=titled("Drift 漂移 (99% interval)"), title_justify="left", title_style="bold", box=None
    )
    for name in ("", "quantity", "first", "last", "growth", "limit"):
        made.add_column(name)
    for row in rows:
        known = "growth" in row
        ends = [amount(row[name], row["unit"]) if known else "–" for name in ("first", "last")]
        grown = "–"
        if known:
            told = (growth(row[name], row["unit"]) for name in ("growth", "low", "high"))
            grown = "{} ({} … {})".format(*told)
        state = Text(row["state"], style=_STATES[row["state"]])
        made.add_row(state, Text(row["quantity"]), *ends, grown, rounded_share(row["limit"], 3))
    return made


def _catch_up(found: Mapping[str, Any]) -> Text:
    style = "green" if found["in_time"] else "bold red"
    finish = found["finish"] or "never"
    head = say(
        f"Catching up 补录: {found['volume']:g} transactions from {found['from']}, "
        f"done at {finish} (must be by {found['until']})"
    )
    rates = say(
        f"needed {found['needed_per_hour']:.4g}/h, reached {found['reached_per_hour']:.4g}/h "
        f"over {found['hours']:.3g} h ({found['completed']} completed, {found['compressed']:g} times faster "
        f"than life); {rounded_share(found['done_by_until'])} by {found['until']}"
    )
    return Text.assemble((f"\n{head}\n", style), f"  {rates}")

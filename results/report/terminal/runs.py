"""The runs of a directory for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text

from results.language.catalogue import say
from results.metrics import show
from results.report.html.runs import courses
from results.report.terminal.comparison import sparkline
from results.report.terminal.run import COLOURS
from results.report.terminal.table import table
from results.report.wording import local_time, words_of
from results.snapshot.listing import Listed


def render_runs(rows: Sequence[Listed], newest: int) -> RenderableType:
    """Each scenario with its p95 over the runs, then the `newest` runs, and how many more there are."""
    parts: list[RenderableType] = [_scenarios(rows), _runs(rows[:newest])]
    if len(rows) > newest:
        parts.append(Text("  " + say(f"{len(rows) - newest} older runs: --newest {len(rows)} shows all")))
    return Group(*parts)


def _scenarios(rows: Sequence[Listed]) -> RenderableType:
    columns = [
        ("scenario", "l"),
        ("runs", "r"),
        ("passed", "r"),
        ("p95 now", "r"),
        ("p95, oldest to newest", "l"),
    ]
    made = table("\nScenarios 场景", columns)
    for one in courses(rows):
        made.add_row(
            escape(one.name), str(one.runs), str(one.passed), show(one.p95[-1], "ms"), sparkline(one.p95)
        )
    return made


def _runs(rows: Sequence[Listed]) -> RenderableType:
    heads = (("started", "l"), ("scenario", "l"), ("build", "l"), ("verdict", "l"))
    columns = [*heads, ("p95", "r"), ("errors", "r"), ("throughput", "r"), ("directory", "l")]
    made = table("\nRuns 运行", columns)
    for row in rows:
        made.add_row(
            local_time(row.started) if row.started else "–",
            escape(row.scenario),
            escape(row.build),
            Text(" ".join(words_of(row.verdict)), style=COLOURS.get(row.verdict, "yellow")),
            show(row.p95_ms, "ms"),
            show(row.error_rate, "%"),
            show(row.throughput, "/s"),
            escape(row.directory),
        )
    return made

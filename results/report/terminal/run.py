"""The summary of a run for a terminal: verdict first, then why, then the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from results.language.catalogue import say, say_sentence
from results.metrics import (
    FEW,
    FEW_SAID,
    bare_milliseconds,
    count,
    milliseconds,
    rounded_share,
    seconds,
    too_few,
)
from results.report.heatmap import Cell, HeatMap, heat_map
from results.report.reasons import language, notes, sentences
from results.report.terminal.goals import render_goals
from results.report.terminal.table import ByWidth, table
from results.report.wording import (
    LOCUST_EVENT,
    MEANINGS,
    VERDICTS,
    begins,
    has_few,
    local_time,
    most_asked,
    nearest_of_each_rule,
    show_margin,
    show_margin_zh,
    show_measured,
    visible,
    worst_of_each_rule,
)
from results.snapshot.run import OperationSummary, Run, ThresholdRow

COLOURS = {"pass": "green", "fail": "red", "invalid": "yellow", "inconclusive": "yellow"}
_MARKS = {True: ("ok", "green"), False: ("FAIL", "red"), None: ("?", "yellow")}


FIRST_FAILURES = 5  # kinds of failure that the summary of a run begins with
TRACEBACK = "Traceback (most recent call last)"
MOST_BROKEN = 10  # subjects of a rule that did not hold
MOST_OPERATIONS = 60  # rows; those with errors and the most asked come first
ROOM_FOR_ALL = 80  # columns of a screen from which on a row of an operation has all its figures
EXCERPT = 160  # characters of the answer to the most frequent one


def render_summary(
    run: Run, failed: Sequence[Mapping[str, Any]] = (), spoken: int | None = None
) -> RenderableType:
    """What `console.print` takes. Without colour or box drawing it still reads in order.

    failed: kinds of failure as results.report.failures gives them; told first where the run did not pass.
    spoken: EN or ZH, for the sentences; the reader's own unless given.
    """
    place = language() if spoken is None else spoken
    parts: list[RenderableType] = [_headline(run, place)]
    if run.verdict != "pass":
        parts += _failures(failed)
    why = sentences(run, place)
    parts += [Text(f"  - {visible(reason)}", style=COLOURS[run.verdict]) for reason in why]
    word = ("note: ", "注：")[place]
    parts += [Text(f"  {word}{visible(note)}", style="yellow") for note in notes(run, place)]
    parts += render_goals(run)
    if run.thresholds:
        parts.append(_thresholds(run.thresholds, place))
    if run.operations:
        parts.append(_operations(run.operations, begins(run)))
    heat = heat_map(run.groups)
    if heat is not None:
        parts.append(_heat(heat))
    parts.append(_generator(run))
    return Group(*parts)


def _failures(failed: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    """`24 × declaration.submit: HTTP 500` for the most frequent kinds, and what the first answered."""
    for number, kind in enumerate(failed[:FIRST_FAILURES]):
        reason = str(kind["reason"])
        if kind.get("outcome") == "error":
            reason = say_sentence(reason)
        yield Text(visible(f"  {count(kind['count'])} × {kind['operation']}: {reason}"), style="red")
        answer = " ".join(str(kind.get("response") or "").split())
        if answer and not number and TRACEBACK not in answer:  # whose last line the reason is
            cut = "…" if len(answer) > EXCERPT else ""
            yield Text(visible(f"      {answer[:EXCERPT]}{cut}"), style="dim")
    if len(failed) > FIRST_FAILURES:
        yield Text("  " + say(f"and {len(failed) - FIRST_FAILURES} more kinds of failure"), style="red")


def plain_summary(run: Run, width: int = 110) -> str:
    """The same as text, for logs and pipes."""
    console = Console(width=width, no_color=True, force_terminal=False, legacy_windows=False)
    with console.capture() as captured:
        console.print(render_summary(run))
    return captured.get()


def _headline(run: Run, place: int) -> Panel:
    word, word_zh = VERDICTS[run.verdict]
    meaning = MEANINGS[run.verdict][place]
    requests = sum(summary.started for summary in run.operations.values())
    line = Text.assemble(
        (f"{word} {word_zh}", f"bold {COLOURS[run.verdict]}"),
        f"  {meaning}\n{visible(run.scenario.name)} {say('on')} {visible(run.target.name)}: ",
        say(f"{count(requests)} requests") + say(", ") + say(f"{run.load.users} users") + say(", "),
        say(f"{seconds(run.duration_s)} from {local_time(run.started)}"),
    )
    if begins(run) == "send":
        line.append(f"\n{LOCUST_EVENT[place]}")
    return Panel(line, border_style=COLOURS[run.verdict], expand=False)


def _thresholds(rows: list[ThresholdRow], place: int) -> Table:
    """Every rule that did not hold, with the worst subjects; those that held, a line a rule with the subject
    that came nearest."""
    far = (show_margin, show_margin_zh)
    columns = [("", "l"), ("subject", "l"), ("rule", "l"), ("measured", "r"), ("distance", "l")]
    made = table("\nThresholds 阈值", columns)
    for passed in (False, None):
        broken = [row for row in rows if row.passed is passed]
        for row, more in worst_of_each_rule(broken, MOST_BROKEN):
            distance = ", ".join(filter(None, (far[place](row), (row.note, row.note_zh or row.note)[place])))
            _threshold(made, row, escape(visible(row.subject)) + _and(more), distance)
    for nearest, further in nearest_of_each_rule(row for row in rows if row.passed):
        _threshold(made, nearest, escape(visible(nearest.subject)) + _and(further), far[place](nearest))
    return made


def _and(more: int) -> str:
    return " " + say(f"and {more:,} more") if more else ""


def _threshold(made: Table, row: ThresholdRow, subject: str, distance: str) -> None:
    mark, colour = _MARKS[row.passed]
    made.add_row(Text(mark, style=colour), subject, escape(row.rule), show_measured(row), escape(distance))


def _operations(operations: dict[str, OperationSummary], begin: str) -> RenderableType:
    wide, narrow = (_operations_of(operations, begin, few) for few in (False, True))
    return ByWidth(wide, narrow, ROOM_FOR_ALL)


def _operations_of(operations: dict[str, OperationSummary], begin: str, few: bool) -> Table:
    """few: without the columns that a narrow screen can do without, lest names are broken into pieces."""
    rate = [] if few else ["ok/s"]
    quantiles = ("p95", "p99") if few else ("p50", "p95", "p99", "max")
    names = ("requests", "rejected", "errors", *rate, *(f"{name} ms" for name in quantiles))
    columns = [("operation", "l"), *((name, "r") for name in names)]
    made = table(f"\nOperations 业务操作 (latency from the {begin})", columns)
    for name, summary in most_asked(operations, MOST_OPERATIONS).items():
        latency = summary.latency_ms
        made.add_row(
            escape(visible(name)),
            count(summary.started),
            _loud(summary.rejected, "yellow"),
            _loud(summary.errors, "red"),
            *(f"{summary.rate_per_s:.4g}" for _ in rate),
            *(_latency(summary, name) if latency else "–" for name in quantiles),
        )
    left_out = len(operations) - MOST_OPERATIONS
    said = [say(f"and {left_out:,} more, in report.html")] if left_out > 0 else []
    if any(has_few(summary) for summary in operations.values()):
        said.append(FEW_SAID[language()])
    if said:
        made.caption, made.caption_justify = "; ".join(said), "left"
    return made


def _latency(summary: OperationSummary, quantile: str) -> str:
    value = bare_milliseconds(getattr(summary.latency_ms, quantile))
    return value + (FEW if too_few(quantile, summary.finished) else "")


def _heat(heat: HeatMap) -> Table:
    """Transactions completed of those attempted, and their p95, unit by post; trouble in red."""
    # A name is broken where a person would break it, so that six posts stand beside each other in 80 columns.
    columns = [("unit", "l"), *((name.replace("-", "-\n"), "r") for name in heat.posts.values())]
    made = table("\nUnits and posts 单位与岗位 (transactions completed/attempted, p95)", columns)
    between = ", " if len(heat.posts) <= 3 else ",\n"
    for unit, name in heat.units.items():
        made.add_row(escape(name), *(_desk(heat.cells.get((unit, post)), between) for post in heat.posts))
    return made


def _desk(cell: Cell | None, between: str) -> Text:
    if cell is None:
        return Text("")
    lines = [f"{count(cell.completed)}/{count(cell.attempted)}"]
    lines.append("–" if cell.p95_ms is None else milliseconds(cell.p95_ms))
    if cell.signed_in < cell.seats:
        lines.append(say(f"{cell.signed_in} of {cell.seats} in"))
    if cell.error_screens:
        lines.append(say(f"{count(cell.error_screens)} error screens"))
    return Text(between.join(lines), style="red" if cell.trouble else "")


def _loud(number: int, colour: str) -> Text:
    return Text(count(number), style=colour if number else "")


def _generator(run: Run) -> Text:
    health, load = run.generator, run.load
    facts = [f"{health.processes} process(es)", f"{health.workers_lost} lost"]
    if load.arrivals_due:
        facts.append(f"arrivals dropped {count(load.arrivals_dropped)} of {count(load.arrivals_due)}")
    facts += run.connections.facts
    if run.connections.lost_reused:
        facts.append(f"{count(run.connections.lost_reused)} lost on reused connections")
    if health.cpu_percent_max is not None:
        facts.append(f"CPU max {rounded_share(health.cpu_percent_max / 100)}")
    if health.loop_lag_ms_p99 is not None:
        facts.append(f"loop lag p99 {milliseconds(health.loop_lag_ms_p99)}")
    if health.littles_law_error is not None:
        facts.append(f"Little's law off by {rounded_share(health.littles_law_error, 1)}")
    return Text(f"\n{say('Load generator 负载机')}{say(': ')}" + say(", ").join(map(say, facts)))

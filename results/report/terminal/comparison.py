"""Comparisons and trends for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from results.compare.findings import (
    FINDINGS_ZH,
    ORDER,
    Comparison,
    Row,
    brief,
    conclusion,
    interval,
    promises,
    sides,
    spread_of,
)
from results.language.catalogue import say
from results.metrics import show
from results.report.reasons import language
from results.report.terminal.run import COLOURS
from results.report.terminal.table import table
from results.report.wording import VERDICTS
from results.verdict.reasons.reason import ZH

if TYPE_CHECKING:
    from results.compare.trend import Trend
    from results.compare.trend_steps import Step

_COLOUR = {
    "worse": "red",
    "within tolerance": "yellow",
    "better": "green",
    "not worse": "",
    "cannot decide": "yellow",
}
CHANGED = ("worse", "better", "within tolerance")
_BARS = "▁▂▃▄▅▆▇█"


def render_comparison(comparison: Comparison) -> RenderableType:
    """Verdict, reasons, then every row that changed or decides; the rest is counted."""
    word, word_zh = VERDICTS[comparison.verdict]
    colour = COLOURS[comparison.verdict]
    line = Text.assemble(
        (f"{word} {word_zh}", f"bold {colour}"),
        f"  {conclusion(comparison)[language()]}\n",
        f"{comparison.scenario} {say('on')} {comparison.target}: ",
        sides(comparison)[language()],
    )
    parts: list[RenderableType] = [Panel(line, border_style=colour, expand=False)]
    why = (comparison.reasons, comparison.reasons_zh)[language()]
    parts += [Text(f"  - {reason}", style=colour) for reason in why]
    if comparison.paired:
        parts.append(
            Text(
                "  "
                + say("both sides of a launch share one draw of arrivals and order; each launch has its own")
            )
        )
    told = [
        (f"compared anyway: {en}", f"强制比较：{zh}")
        for en, zh in zip(comparison.differences, comparison.differences_zh, strict=True)
    ]
    told += zip(comparison.caveats, comparison.caveats_zh, strict=True)
    parts += [Text(f"  ! {pair[language()]}", style="yellow") for pair in told]
    shown = [row for row in comparison.rows if row.decisive or row.finding in CHANGED]
    rest = [row for row in comparison.rows if row not in shown]
    if shown:
        parts.append(_rows(shown))
        parts += [Text(f"  {note[language()]}") for note in promises(comparison.settings, comparison.paired)]
    if rest:
        counted = Counter(row.finding for row in rest)
        told_rows = ", ".join(f"{n} {say(finding)}" for finding, n in counted.items())
        parts.append(Text(f"  {say('further rows')}{say(': ')}{told_rows}"))
    return Group(*parts)


def _rows(rows: Sequence[Row]) -> RenderableType:
    columns = [
        ("subject", "l"),
        ("metric", "l"),
        ("baseline", "r"),
        ("candidate", "r"),
        ("change", "r"),
        ("spread", "r"),
        ("", "l"),
    ]
    made = table("\nEffects 变化", columns)
    for row in sorted(rows, key=lambda row: ORDER.index(row.finding)):
        made.add_row(
            escape(row.subject),
            row.metric,
            show(row.baseline, row.unit),
            show(row.candidate, row.unit),
            interval(row),
            spread_of(row),
            Text(_finding(row), style=_COLOUR[row.finding]),
        )
    return made


def _finding(row: Row) -> str:
    return brief(row).zh if language() == ZH else f"{brief(row).en} {FINDINGS_ZH[row.finding]}"


def render_trend(trend: Trend) -> RenderableType:
    """Change points, newest last, each with a drawing of its series."""
    standing = trend.regressions
    colour = "red" if standing else "green"
    what = standing_words(trend)
    if trend.exit_code == 4:
        colour = "yellow"
    line = Text.assemble(
        (say(what), f"bold {colour}"),
        f"\n{trend.scenario} {say('on')} {trend.target}: {say(f'{len(trend.runs)} runs')}",
    )
    parts: list[RenderableType] = [Panel(line, border_style=colour, expand=False)]
    if trend.steps:
        heads = (("since", "l"), ("", "l"), ("most", "l"), ("from", "r"), ("to", "r"), ("rows", "r"))
        columns = [*heads, ("", "l")]
        made = table("\nSteps 变化点", columns)
        for step in trend.steps:
            made.add_row(*_step(trend, step))
        parts.append(made)
        accepted = [step for step in trend.steps if step.accepted]
        parts += [
            Text(f"  {step.since} {say('accepted 已接受')}{say(': ')}{step.accepted}") for step in accepted
        ]
    if trend.left_out:
        parts.append(
            Text("  " + say(f"left out: {len(trend.left_out)} run(s), the last: {trend.left_out[-1]}"))
        )
    return Group(*parts)


def standing_words(trend: Trend) -> str:
    """`1 regression stands, since build c010`."""
    if trend.exit_code == 4:
        return "too few runs to see a change"
    standing = trend.regressions
    if not standing:
        return "no regression stands"
    many = f"{len(standing)} regressions stand" if len(standing) > 1 else "1 regression stands"
    return f"{many}, since {', '.join(step.since for step in standing)}"


def _step(trend: Trend, step: Step) -> list[RenderableType]:
    worst = step.worst
    return [
        escape(step.since),
        Text(*finding_of(step)),
        escape(worst.row),
        show(worst.mean_before, worst.unit),
        show(worst.mean_since, worst.unit),
        str(len(step.changes)),
        sparkline(trend.series[worst.subject][worst.metric]),
    ]


def finding_of(step: Step) -> tuple[str, str]:
    """(what a step is called, its colour)."""
    if step.worse:
        return f"worse {FINDINGS_ZH['worse']}", _COLOUR["worse"]
    if step.accepted:
        return "accepted 已接受", ""
    if any(change.worse for change in step.changes):
        return "changed since 其后又变", ""
    return f"better {FINDINGS_ZH['better']}", _COLOUR["better"]


def sparkline(values: Sequence[float | None], width: int = 40) -> str:
    """The last `width` values as bars of eight heights; a gap where there is none."""
    drawn = values[-width:]
    known = [value for value in drawn if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    step = (high - low) / (len(_BARS) - 1) or 1.0
    return "".join(" " if value is None else _BARS[round((value - low) / step)] for value in drawn)


def plain(renderable: RenderableType, width: int = 130) -> str:
    """As text without colour, for logs and pipes."""
    console = Console(width=width, no_color=True, force_terminal=False, legacy_windows=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()

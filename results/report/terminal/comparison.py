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
from results.metrics import show
from results.report.terminal.run import COLOURS, table
from results.report.wording import VERDICTS

if TYPE_CHECKING:
    from results.compare.trend import Change, Trend

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
        f"  {conclusion(comparison).en}\n",
        f"{comparison.scenario} on {comparison.target}: ",
        sides(comparison),
    )
    parts: list[RenderableType] = [Panel(line, border_style=colour, expand=False)]
    parts += [Text(f"  - {reason}", style=colour) for reason in comparison.reasons]
    if comparison.paired:
        parts.append(
            Text("  both sides of a launch share one draw of arrivals and order; each launch has its own")
        )
    told = [
        (f"compared anyway: {en}", f"强制比较：{zh}")
        for en, zh in zip(comparison.differences, comparison.differences_zh, strict=True)
    ]
    told += zip(comparison.caveats, comparison.caveats_zh, strict=True)
    parts += [Text(f"  ! {en}\n    {zh}", style="yellow") for en, zh in told]
    shown = [row for row in comparison.rows if row.decisive or row.finding in CHANGED]
    rest = [row for row in comparison.rows if row not in shown]
    if shown:
        parts.append(_rows(shown))
        parts += [Text(f"  {note.en}") for note in promises(comparison.settings, comparison.paired)]
    if rest:
        counted = Counter(row.finding for row in rest)
        parts.append(Text("  further rows: " + ", ".join(f"{n} {finding}" for finding, n in counted.items())))
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
            Text(f"{brief(row).en} {FINDINGS_ZH[row.finding]}", style=_COLOUR[row.finding]),
        )
    return made


def render_trend(trend: Trend) -> RenderableType:
    """Change points, newest last, each with a drawing of its series."""
    standing = trend.regressions
    colour = "red" if standing else "green"
    what = f"{len(standing)} regression(s) stand" if standing else "no regression stands"
    if trend.exit_code == 4:
        colour, what = "yellow", "too few runs to see a change"
    line = Text.assemble(
        (what, f"bold {colour}"), f"\n{trend.scenario} on {trend.target}: {len(trend.runs)} runs"
    )
    parts: list[RenderableType] = [Panel(line, border_style=colour, expand=False)]
    if trend.changes:
        columns = [
            ("subject", "l"),
            ("metric", "l"),
            ("since", "l"),
            ("from", "r"),
            ("to", "r"),
            ("", "l"),
            ("", "l"),
        ]
        made = table("\nChanges 变化点", columns)
        for change in trend.changes:
            made.add_row(*_change(trend, change))
        parts.append(made)
    if trend.left_out:
        parts.append(Text(f"  left out: {len(trend.left_out)} run(s), the last: {trend.left_out[-1]}"))
    return Group(*parts)


def _change(trend: Trend, change: Change) -> list[RenderableType]:
    finding = "worse" if change.worse else "better"
    return [
        escape(change.subject),
        change.metric,
        escape(change.since),
        show(change.mean_before, change.unit),
        show(change.mean_since, change.unit),
        Text(f"{finding} {FINDINGS_ZH[finding]}", style=_COLOUR[finding]),
        sparkline(trend.series[change.subject][change.metric]),
    ]


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

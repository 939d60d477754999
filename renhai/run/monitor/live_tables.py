"""What the live view shows below its numbers: operations, the last failure, units that lag."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from renhai.core.language import say, say_sentence
from renhai.run.monitor.live_thresholds import WINDOW_S, LiveCounts, LiveThresholds
from results.metrics import NEEDED, QUANTILES, count, milliseconds
from results.report.wording import visible

BEHIND = 1.5  # times the median p95 of all posts, from which on a unit lags
FEWEST = 5  # transactions of a post from which on its p95 is compared


class Recent(NamedTuple):
    """One operation, or one post, over the last WINDOW_S seconds; p95_ms is None for nothing."""

    name: str
    rate: float
    p95_ms: float | None
    ended: int
    whole: LiveCounts


def recent(counts: Mapping[str, LiveCounts], seconds: int) -> list[Recent]:
    """Those with errors first, then the slowest."""
    window = max(1, min(WINDOW_S, seconds))
    rows = []
    for name, known in counts.items():
        latency = known.lately(seconds - 1)
        p95 = latency.quantile(QUANTILES["p95"]) / 1000 if latency.total else None
        rows.append(Recent(name, latency.total / window, p95, latency.total, known))
    return sorted(rows, key=lambda row: (-row.whole.errors, -(row.p95_ms or 0.0), row.name))


def operations_table(standing: LiveThresholds, rows: int) -> Table | None:
    """At most so many lines, of which the last counts the rest; None while there is nothing, or no room."""
    known = recent(standing.operations, standing.seconds)
    if not known or rows < 2:
        return None
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(say("operation"), header_style="dim", overflow="ellipsis", no_wrap=True)
    for name in ("rate", "p95", "rejected", "errors"):
        table.add_column(say(name), header_style="dim", justify="right", no_wrap=True)
    shown = known if len(known) <= rows else known[: rows - 1]
    for row in shown:
        table.add_row(
            escape(visible(row.name)),
            f"{row.rate:.1f}/s",
            Text("–" if row.p95_ms is None else milliseconds(row.p95_ms), style=_late(row)),
            Text(count(row.whole.rejected), style="yellow" if row.whole.rejected else ""),
            Text(count(row.whole.errors), style="bold red" if row.whole.errors else ""),
        )
    if len(shown) < len(known):
        table.add_row(Text(say(f"and {len(known) - len(shown)} more"), style="dim"))
    return table


def _late(row: Recent) -> str:
    return "dim" if row.ended < NEEDED["p95"] else ""  # it is but the highest of few


def last_failure(status: Mapping[str, Any]) -> Text | None:
    """`last failure: declaration.submit: HTTP 500`."""
    failure = status.get("failure")
    if not failure:
        return None
    operation, reason = failure
    line = Text(f"{say('last failure')}{say(': ')}", style="dim", no_wrap=True, overflow="ellipsis")
    return line.append(visible(f"{operation}: {say_sentence(reason)}"), style="red")


def lagging(standing: LiveThresholds, most: int = 3) -> list[Text]:
    """Posts of units where operators are missing, or whose transactions take much longer than elsewhere."""
    rows = recent(standing.posts, standing.seconds)
    times = [row.p95_ms for row in rows if row.p95_ms is not None and row.ended >= FEWEST]
    usual = statistics.median(times) if len(times) > 2 else None
    found = []
    for row in rows:
        slow = usual is not None and row.ended >= FEWEST and (row.p95_ms or 0.0) > BEHIND * usual
        facts = (
            [say(f"p95 {milliseconds(row.p95_ms)}, usual {milliseconds(usual)}")]
            if slow and usual and row.p95_ms
            else []
        )
        if row.whole.errors:
            facts.append(say(f"{count(row.whole.errors)} transactions failed"))
        if facts:
            found.append((row.p95_ms or 0.0, f"{visible(row.name)}: {', '.join(facts)}"))
    found.sort(key=lambda pair: -pair[0])
    lines = [
        Text(f"{say('lags')}{say(': ')}{text}", style="yellow", no_wrap=True, overflow="ellipsis")
        for _, text in found[:most]
    ]
    if len(found) > most:
        lines.append(Text(say(f"and {len(found) - most} more units lag"), style="yellow"))
    return lines

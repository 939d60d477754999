"""Cases that travelled between people, for a terminal: from acceptance to close by item, waiting by post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.markup import escape

from results.language.catalogue import say
from results.metrics import count, seconds
from results.report.terminal.table import table


def render_cases(found: Mapping[str, Any]) -> list[RenderableType]:
    """Two tables; the times are the bureau's, which goes `pace` times as slow as the run."""
    pace = float(found["pace"])
    return [_items(found["items"], pace), _lists(found["lists"], pace)]


def _items(items: Mapping[str, Any], pace: float) -> RenderableType:
    names = ("accepted", "closed in the run", "still open", "others", "close p50", "close p95", "longest")
    columns = [("business item", "l"), *((name, "r") for name in names)]
    made = table("\nCases 文书 (from acceptance to close)", columns)
    for item, row in items.items():
        other = row["refused"] + row["withdrawn"] + row["returned"] + row["unknown"]
        times = (spoken(row["close_s"], name, pace) for name in ("p50", "p95", "max"))
        made.add_row(
            escape(item), *(count(row[name]) for name in ("accepted", "closed", "open")), count(other), *times
        )
    made.caption, made.caption_justify = say("others: refused, withdrawn, returned, of unknown fate"), "left"
    return made


def _lists(lists: Mapping[str, Any], pace: float) -> RenderableType:
    names = ("entered", "never taken", "wait p50", "wait p95", "mean length", "longest list", "Little off by")
    made = table(
        "\nTo-do lists 待办 (waiting until somebody took it)",
        [("post", "l"), *((name, "r") for name in names)],
    )
    for post, row in lists.items():
        little, length = row["little"], row["length"]
        off = f"{little['error']:.0%}" if little else "–"
        times = (spoken(row["wait_s"], name, pace) for name in ("p50", "p95"))
        lengths = f"{length['mean']:.1f}", count(length["max"])
        made.add_row(escape(post), count(row["entered"]), count(row["never_taken"]), *times, *lengths, off)
    return made


def spoken(times: Mapping[str, float] | None, name: str, pace: float) -> str:
    """A time of the run in that of the bureau; a dash where nothing has one."""
    return seconds(times[name] * pace) if times else "–"

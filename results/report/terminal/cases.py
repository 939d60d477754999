"""Cases that travelled between people, for a terminal: from acceptance to close by item, waiting by post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.markup import escape

from results.language.catalogue import say
from results.metrics import count, rounded_share, seconds
from results.report.terminal.table import table

MOST_PAIRS = 20
"""Of who waited for whom; all are in run.json."""


def render_cases(found: Mapping[str, Any]) -> list[RenderableType]:
    """Items, lists, and who waited for whom; the times are the bureau's, slower by `pace`."""
    pace = float(found["pace"])
    parts = [_items(found["items"], pace), _lists(found["lists"], pace)]
    if found.get("between"):
        parts.append(_between(found["between"], pace))
    return parts


def _items(items: Mapping[str, Any], pace: float) -> RenderableType:
    answers = any(row.get("answer_s") for row in items.values())
    names = ["accepted", "closed in the run", "still open", "others", "close p50", "close p95", "longest"]
    names += ["answer p95"] * answers
    columns = [("business item", "l"), *((name, "r") for name in names)]
    made = table("\nCases 文书 (from acceptance to close)", columns)
    for item, row in items.items():
        other = row["refused"] + row["withdrawn"] + row["returned"] + row["unknown"]
        times = (spoken(row["close_s"], name, pace) for name in ("p50", "p95", "max"))
        counts = (count(row[name]) for name in ("accepted", "closed", "open"))
        answer = [spoken(row.get("answer_s"), "p95", pace)] * answers
        made.add_row(escape(item), *counts, count(other), *times, *answer)
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
        off = rounded_share(little["error"]) if little else "–"
        times = (spoken(row["wait_s"], name, pace) for name in ("p50", "p95"))
        lengths = f"{length['mean']:.1f}", count(length["max"])
        made.add_row(escape(post), count(row["entered"]), count(row["never_taken"]), *times, *lengths, off)
    return made


def _between(pairs: Sequence[Mapping[str, Any]], pace: float) -> RenderableType:
    """The pairs of posts that waited longest in all."""
    names = ("sent", "never taken", "wait p50", "wait p95", "longest", "waited in all")
    columns = [("sent by", "l"), ("waited for", "l"), *((name, "r") for name in names)]
    made = table("\nWho waited for whom 等待关系", columns)
    for row in pairs[:MOST_PAIRS]:
        times = (spoken(row["wait_s"], name, pace) for name in ("p50", "p95", "max"))
        counts = count(row["sent"]), count(row["never_taken"])
        sender = escape(row["from"]) or say("the applicant")
        made.add_row(sender, escape(row["to"]), *counts, *times, seconds(row["waited_s"] * pace))
    return made


def spoken(times: Mapping[str, float] | None, name: str, pace: float) -> str:
    """A time of the run in that of the bureau; a dash where nothing has one."""
    return seconds(times[name] * pace) if times else "–"

"""A drill for a terminal: what was done, how long nobody could work, what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from results.language.catalogue import say
from results.metrics import count
from results.report.reasons import language
from results.report.wording import visible
from results.report.words.drill import CAME, action, facts, level, losses, work

MOST = 10  # posts or operations


def render_drill(found: Mapping[str, Any]) -> list[RenderableType]:
    """Lines, each of which reads by itself."""
    place = language()
    colon = say(": ")
    lines = [Text(f"\n{('Drill', '演练')[place]}", style="bold")]
    for one in found["actions"]:
        back = "–" if one["back_s"] is None else f"{one['back_s']:.2f} s"
        lines.append(Text(f"  {action(one)[place]} {one['at_s']:.2f} s → {back}"))
    for one in found["episodes"]:
        style = {"recovered": "green", "not_recovered": "red"}.get(one["state"], "yellow")
        lines.append(Text(f"  {CAME[one['state']][place]}", style=style))
        lines += [Text(f"    {fact[place]}{colon}{fact.value}") for fact in facts(one)]
        rows = work(one)
        lines += [
            Text(f"    {visible(name)}{colon}{count(served)}/{count(came)} {('served', '办成')[place]}")
            for name, served, came in rows[:MOST]
        ]
    lines += [Text(f"    {fact[place]}{colon}{fact.value}") for fact in losses(found["losses"])]
    told = level(found)
    lines += [Text(f"    {told[place]}")] if told else []
    return list(lines)

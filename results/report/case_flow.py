"""The flow of cases on the page of a run: items, lists, and the course of each list as a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.metrics import seconds

WIDTH, HEIGHT = 240, 32


def cases_part(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the template shows; None where the run had no cases. Times are the bureau's, as text."""
    if not found or not (found["items"] or found["lists"]):
        return None
    pace = float(found["pace"])
    items = [
        {
            "item": item,
            **row,
            "times": _times(row["close_s"], pace),
            "answer": _times(row.get("answer_s"), pace),
        }
        for item, row in found["items"].items()
    ]
    lists = [
        {"post": post, **row, "times": _times(row["wait_s"], pace), "line": course_line(row["course"])}
        for post, row in found["lists"].items()
    ]
    between = [{**row, "times": _times(row["wait_s"], pace)} for row in found.get("between", ())]
    answers = any(row.get("answer_s") for row in items)
    shown = {"items": items, "lists": lists, "between": between, "answers": answers}
    return {**shown, "open": found["open"], "open_in_all": found["open_in_all"]}


def _times(times: Mapping[str, float] | None, pace: float) -> dict[str, str]:
    names = ("p50", "p95", "max")
    return {name: seconds(times[name] * pace) if times else "–" for name in names}


def course_line(course: list[int]) -> str:
    """Points of an SVG polyline, WIDTH by HEIGHT, the highest length at the top."""
    top, last = max(max(course, default=0), 1), max(len(course) - 1, 1)
    return " ".join(
        f"{WIDTH * place / last:.1f},{HEIGHT * (1 - length / top):.1f}" for place, length in enumerate(course)
    )

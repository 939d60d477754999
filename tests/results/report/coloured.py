"""What a text shows in a colour, and the parts of comparisons, trends and runs that tests show."""

from __future__ import annotations

from typing import Any

from rich.console import Console, RenderableType

from results.compare.findings import Comparison, Row
from results.compare.settings import Settings
from results.compare.trend import Trend
from results.compare.trend_steps import Change
from results.snapshot.run import Run

RED, GREEN, YELLOW, NONE = "31", "32", "33", ""


def colours(shown: RenderableType, word: str) -> set[str]:
    """The foreground colours in which a word is written, anywhere."""
    console = Console(width=200, force_terminal=True, color_system="standard", legacy_windows=False)
    found = set()
    for segment in console.render(shown):
        if word in segment.text:
            codes = segment.style.color.number if segment.style and segment.style.color else None
            found.add(NONE if codes is None else str(30 + codes))
    return found


def row(subject: str, finding: str, **changes: Any) -> Row:
    said = {
        "subject": subject, "metric": "p95", "unit": "ms", "baseline": 40.0, "candidate": 42.0,
        "effect": 0.05,
        "low": 0.01, "high": 0.09, "p": 0.2, "finding": finding, "decisive": subject == "run", "bound": 0.09,
        "limit": 0.10, "spread": 0.024,
    }  # fmt: skip
    return Row.model_validate({**said, **changes})


def comparison(*rows: Row, **changes: Any) -> Comparison:
    said = {
        "scenario": "smoke", "target": "reference", "baseline": ["a"], "candidate": ["b"], "verdict": "fail",
        "reasons": ["it is worse"], "reasons_zh": ["变差"], "differences": ["another seed"],
        "differences_zh": ["种子不同"], "caveats": ["one run"], "caveats_zh": ["仅一次"], "rows": list(rows),
        "settings": Settings(),
    }  # fmt: skip
    return Comparison.model_validate({**said, **changes})


EVERY = [
    row("a.same", "not worse"),
    row("b.open", "cannot decide"),
    row("c.better", "better"),
    row("d.slack", "within tolerance"),
    row("e.worse", "worse"),
    row("run", "not worse"),
]


# Trends


def change(index: int, since: float = 50.0, **more: Any) -> Change:
    said = {
        "subject": "run", "metric": "p95", "unit": "ms", "index": index, "before": f"c{index - 1}",
        "since": f"c{index}", "mean_before": 40.0, "mean_since": since, "worse": since > 40, "latest": True,
        "stands": since > 40,
    }  # fmt: skip
    return Change.model_validate({**said, **more})


def trend(*changes: Change, runs: int = 20, **more: Any) -> Trend:
    names = [f"c{number}" for number in range(runs)]
    series = {"run": {"p95": [40.0] * (runs // 2) + [50.0] * (runs - runs // 2)}}
    told = {"scenario": "smoke", "target": "reference", "series": series, "runs": names, "labels": names}
    return Trend(changes=list(changes), **{**told, **more})


# A run


def summary(**changes: Any) -> dict[str, Any]:
    times = {"mean": 24, "p50": 20, "p90": 35, "p95": 42, "p99": 60, "p999": 90, "max": 1100}
    said = {"started": 5000, "ok": 4990, "rejected": 3, "errors": 7, "rate_per_s": 499, "latency_ms": times}
    return {**said, **changes}


def run(**changes: Any) -> Run:
    document = {
        "schema": 2, "run_id": "r1", "scenario": {"name": "smoke"}, "target": {"name": "reference"},
        "started": "2015-09-11T08:00:00+00:00", "duration_s": 10, "verdict": "fail", "reasons": ["because"],
        "operations": {"declaration.submit": summary()}, "load": {"model": "open", "users": 12},
        "generator": {},
    }  # fmt: skip
    return Run.model_validate({**document, **changes})


def threshold(passed: bool | None, value: float | None, subject: str = "run", **more: Any) -> dict[str, Any]:
    said = {"subject": subject, "rule": "p95 < 100ms", "metric": "p95", "unit": "ms", "limit": 100.0}
    return {**said, "passed": passed, "value": value, **more}

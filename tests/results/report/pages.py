"""A small run, a hostile one, comparisons and trends, of which tests make pages."""

from __future__ import annotations

import json
from pathlib import Path

from results.compare.comparison import compare
from results.compare.trend import TrendSettings, trend_of
from results.report.files.run import finish
from results.report.html.comparison import write_comparison
from results.report.html.trend import write_trend
from tests.results.recording import Recording, manifest


def small(directory: Path) -> Path:
    recording = Recording(duration_s=4).add("a.query", [1000] * 40).add("b.save", range(1000, 81_000, 1000))
    return recording.add("b.save", [500] * 4, "error").write(directory)


def hostile(directory: Path) -> Path:
    """A snapshot whose every text tries to leave its place."""
    evil = "</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    small(directory)
    record = {
        "operation": evil,
        "outcome": "error",
        "reason": evil,
        "count": 1,
        "request": evil,
        "response": evil,
    }
    (directory / "failures.jsonl").write_text(json.dumps(record))
    finish(directory, manifest(scenario={"name": evil}, labels={evil: evil}))
    return directory / "report.html"


def compared(directory: Path) -> Path:
    """A comparison of hostile runs, as a page."""
    sides = []
    for number, name in enumerate(("first", "second", "third", "fourth")):
        recording = Recording(duration_s=4).add("a<b>.query", range(1000 + number, 3000))
        about = manifest(run_id=f"{name}</script>", scenario={"name": "<i>smoke"})
        finish(recording.write(directory / name), about)
        sides.append(directory / name)
    comparison = compare(sides[:2], sides[2:])
    return write_comparison(directory, comparison, sides[:2], sides[2:])


def trended(directory: Path) -> Path:
    """The trend of a series of runs that got slower, as a page."""
    runs = []
    for number in range(12):
        values = range(1000 + number, 3000) if number < 6 else range(2000 + number, 6000)
        recording = Recording(duration_s=4).add("a<b>.query", values)
        recording.measured = {"started": f"2015-09-{number + 1:02}T08:00:00Z"}
        about = manifest(
            run_id=f"n{number}", labels={"build": f"</script>{number}"}, target={"name": "<i>reference"}
        )
        runs.append(finish(recording.write(directory / str(number)), about))
    return write_trend(directory / "trend.html", trend_of(runs, TrendSettings()))


GOALS = {
    "capacity": {
        "shown_step": "01",
        "ended": "unsettled", "capacity": 25.0, "low": 25.0, "high": 33.5, "requests_per_s": 190.2,
        "at_least": 30.0,
        "slowed": False, "queueing": {"knee": 24.0, "knee_s": 0.09, "servers": 4.0, "service_s": 0.02},
        "first_broken": {"subject": "run", "rule": "p99 < 350ms", "value": 429.8, "unit": "ms", "rate": 31.6,
                         "note": ""},
        "curve": [
            {"rate": 25.0, "outcome": "held", "p50": 2.9, "p95": 53.0, "p99": 65.0},
            {"rate": 33.5, "outcome": "broke", "p50": 37.0, "p95": 326.0, "p99": 429.8},
        ],
        "steps": [
            {"number": 1, "snapshot": "01",
             "rate": 25.0, "seconds": 8.0, "outcome": "held", "why": "", "why_zh": "",
             "latency_ms": {"p50": 2.9, "p95": 53.0, "p99": 65.0}, "journey_s": 0.08},
            {"number": 2, "rate": 33.5, "seconds": 8.0, "outcome": "broke", "latency_ms": {},
             "journey_s": 0.65, "why": "run: p99 is 429.8 ms, must be < 350ms",
             "why_zh": "run：p99 为 429.8 ms，应 < 350ms"},
        ],
    },
    "drift": [
        {"quantity": "p50", "unit": "ms", "limit": 0.2, "state": "drifts", "first": 8.8, "last": 31.0,
         "growth": 2.5, "low": 2.0, "high": 3.0, "series": [[1.0, 8.0], [2.0, 20.0], [3.0, 31.0]]},
        {"quantity": "error_rate", "unit": "share", "limit": 0.001, "state": "cannot tell",
         "series": [[1.0, 0.0]]},
    ],
    "catch_up": {
        "volume": 500, "completed": 269, "compressed": 1200.0, "hours": 1.0, "needed_per_hour": 76.9,
        "reached_per_hour": 269.0, "from": "17:30", "until": "24:00", "finish": "19:22", "in_time": True,
        "done_by_until": 1.0,
    },
}  # fmt: skip

"""What goals add to a judgement: a volume not done in time, drift, a capacity too low, a spent generator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from results.snapshot.run import Measured
from results.snapshot.timeline import Timeline
from results.verdict.goals import applied, assess
from results.verdict.run_summary import Judgement
from results.verdict.validity.evidence import Evidence

PASS = Judgement("pass")


def evidence(completed: int) -> Evidence:
    """A run of 60 s that completed so many filings."""
    journeys = {"declaration.file": {"started": completed, "completed": completed, "failed": 0}}
    measured = Measured(duration_s=60, ended="completed", answered=True, journeys=journeys)
    return Evidence(measured, {}, {}, Timeline(), [], {})


def found(**more: Any) -> dict[str, Any]:
    return {
        "ended": "found",
        "capacity": 40.0,
        "low": 40.0,
        "high": 41.0,
        "at_least": None,
        "steps": [],
        **more,
    }


WANTED = {"volume": 2200, "from_s": 17.5 * 3600, "until_s": 86400.0, "compressed": 60}


def test_a_volume_that_is_not_done_in_time_fails_the_run(tmp_path: Path) -> None:
    late = applied(PASS, assess(tmp_path, evidence(55), {"goals": {"catch_up": WANTED}}))
    assert late.verdict == "fail"
    assert late.reasons == ["2200 transactions would be done at 09:30 +2, must be by 24:00"]
    assert len(late.reasons_zh) == 1
    in_time = assess(tmp_path, evidence(550), {"goals": {"catch_up": WANTED}})
    assert applied(PASS, in_time) is PASS
    assert in_time.values["catch_up"]["finish"] == "21:30"


def looked(looked: int, there: int) -> dict[str, Any]:
    return {"place": "a.b[1]", "condition": 'reply.statee != "open"', "path": "reply.statee",
            "looked": looked, "there": there}  # fmt: skip


@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [([], "pass"), ([looked(0, 0)], "pass"), ([looked(9, 1)], "pass"), ([looked(9, 9)], "pass"),
     ([looked(9, 9), looked(1, 0)], "inconclusive")],
)  # fmt: skip
def test_a_comparison_of_what_was_never_there_leaves_a_pass_undecided(
    tmp_path: Path, conditions: list[dict[str, Any]], verdict: str
) -> None:
    seen = replace(evidence(1), measured=Measured.model_validate({"conditions": conditions}))
    judged = applied(PASS, assess(tmp_path, seen, {}))
    assert judged.verdict == verdict
    assert applied(Judgement("fail"), assess(tmp_path, seen, {})).verdict == "fail"
    assert judged.reasons == (
        []
        if verdict == "pass"
        else [
            'reply.statee != "open" (a.b[1]): reply.statee was never there, looked at 1 time, so the '
            "comparison proves nothing; is the name right? where it may be missing, ask reply.statee alone"
        ]
    )


def test_a_memory_that_grows_fails_the_run_and_one_that_is_not_told_proves_nothing(tmp_path: Path) -> None:
    extra = {"goals": {"drift": {"latency": None, "error_rate": None, "memory": 0.2}}}
    untold = applied(PASS, assess(tmp_path, evidence(1), extra))
    assert (untold.verdict, len(untold.reasons)) == ("inconclusive", 1)
    assert untold.reasons[0].startswith(
        "whether memory drifts cannot be told: there are too few values of it"
    )
    assert applied(Judgement("fail"), assess(tmp_path, evidence(1), extra)).verdict == "fail"
    lines = [f"{second},{100 + second}" for second in range(60)]
    (tmp_path / "target.csv").write_text("second,rss_mb\n" + "\n".join(lines))
    judged = applied(PASS, assess(tmp_path, evidence(1), extra))
    assert judged.verdict == "fail"
    assert judged.reasons[0].startswith("memory drifts: +")


def test_a_drift_of_which_the_interval_is_too_wide_leaves_a_pass_undecided(tmp_path: Path) -> None:
    """100 MB and 130 MB in turns: the slope is about 0, and may be a third of it either way."""
    extra = {"goals": {"drift": {"latency": None, "error_rate": None, "memory": 0.1}}}
    lines = [f"{second},{100 + 30 * (second // 2 % 2)}" for second in range(60)]
    (tmp_path / "target.csv").write_text("second,rss_mb\n" + "\n".join(lines))
    judged = applied(PASS, assess(tmp_path, evidence(1), extra))
    assert judged.verdict == "inconclusive"
    assert judged.reasons[0].startswith("whether memory drifts cannot be told: ")
    assert judged.reasons[0].split("must be <= ")[1].startswith("10.0%")


@pytest.mark.parametrize(
    ("capacity", "verdict", "reason"),
    [
        (found(), "pass", ""),
        (found(at_least=40.0), "pass", ""),
        (found(at_least=50.0), "fail", "the capacity is 40/s, must be >= 50/s"),
        # the ceiling of the target file, not the target, kept the search from trying 50 a second
        (
            found(ended="ceiling", at_least=50.0, steps=[{"rate": 41.0}]),
            "invalid",
            "no step went beyond 41/s, the ceiling: whether 50/s is held is not known",
        ),
        (found(ended="ceiling", at_least=41.0, steps=[{"rate": 41.0}]), "pass", ""),
        (found(ended="none", low=0.0, capacity=0.0, high=5.0), "fail", "not even 5/s was held"),
        (found(ended="interrupted"), "invalid", "the search was interrupted"),
        (
            found(ended="generator", steps=[{"rate": 80.0, "why": "event loop lag"}]),
            "invalid",
            "the load generator gave out at 80/s, before the target: event loop lag",
        ),
    ],
)
def test_what_a_search_found_decides(
    capacity: dict[str, Any], verdict: str, reason: str, tmp_path: Path
) -> None:
    judged = applied(PASS, assess(tmp_path, evidence(1), {"capacity": capacity}))
    assert judged.verdict == verdict
    assert [text.partition(";")[0] for text in judged.reasons] == ([reason] if reason else [])

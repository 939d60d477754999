"""The head of a report, each sentence and number by hand."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from results.report.files.run import finish
from results.report.html.chart_data import limits
from results.report.html.head import Head, head_of
from results.report.html.moments import clock_of, span_of, worst_moment
from results.report.html.page import sound_intervals
from results.snapshot.run import ThresholdRow
from results.verdict.validity.evidence import read_evidence
from tests.results.recording import Recording, Request, manifest
from tests.results.report.test_drill_words import drill


@pytest.fixture(autouse=True)
def _beijing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CST-8")
        time.tzset()
        yield
    time.tzset()


def head(directory: Path, recording: Recording, **known: Any) -> Head:
    run = finish(recording.write(directory), manifest(**known), pages=False)
    return head_of(run, sound_intervals(directory), read_evidence(directory).timeline)


def quick() -> Recording:
    """200 requests of 1 ms in 10 s, and 20 of 2 ms in second 7."""
    recording = Recording().add("a.query", [1000] * 200)
    recording.requests += [Request("b.save", 7, 2000)] * 20
    return recording


def test_a_day_that_was_compressed_says_so(tmp_path: Path) -> None:
    found = head(tmp_path, quick(), pace=6.0)
    assert ("6 times as fast as in the bureau", "比税务局实际快 6 倍") in [
        (fact.en, fact.zh) for fact in found.facts
    ]


def test_a_pass_says_what_was_asked_and_which_threshold_came_nearest(tmp_path: Path) -> None:
    question = {"question": "Does it hold?", "question_zh": "撑得住吗？"}
    found = head(
        tmp_path, quick(), scenario={"name": "smoke", **question}, labels={"build": "3.2"},
        thresholds={"*": ["p95 < 4ms"]}, planned_requests_per_s=25.0,
    )  # fmt: skip
    assert found.question == ("Does it hold?", "撑得住吗？")
    assert found.answer.en == (
        "All 2 thresholds held; the nearest to its limit: b.save p95 < 4ms, measured 2 ms (50% to spare)."
    )
    assert found.answer.zh == "全部 2 项阈值均满足；最接近限值的是 b.save p95 < 4ms，实测 2 ms（余量 50%）。"
    assert [fact.en for fact in found.facts] == [
        "2015-09-11 16:00:00 CST", "build 3.2", "reference http://127.0.0.1:8400", "4 operators", "10.0 s",
    ]  # fmt: skip
    shown = {one.name.en: (one.value, one.note.en, one.tone) for one in found.figures}
    assert shown == {
        "p95": ("2 ms", "all operations", ""),
        "p99": ("2 ms", "all operations", ""),
        "errors": ("0%", "0 of 220", ""),
        "rejected": ("0%", "0 of 220", ""),
        "throughput": ("22/s", "88% of 25/s planned", ""),
    }


def test_what_was_slowest_and_when(tmp_path: Path) -> None:
    """In second 7 there are 20 of 1 ms and 20 of 2 ms; b.save starts at 16:00:00 and 7 s."""
    found = head(tmp_path, quick())
    assert [look.en for look in found.looks] == [
        "Slowest operation: b.save, p95 2 ms.",
        "Slowest moment: second 7 (16:00:07), p95 of all requests 2 ms; most: b.save 2 ms.",
    ]


def test_a_moment_of_few_requests_is_not_the_slowest(tmp_path: Path) -> None:
    recording = Recording(duration_s=2).add("a.query", [1000] * 40)
    recording.requests += [Request("a.query", 3, 900_000)] * 19
    recording.write(tmp_path)
    found = worst_moment(sound_intervals(tmp_path))
    assert found is not None
    assert (found.start_s, found.operation, found.p95_ms) == (0.0, "a.query", 1.0)
    assert worst_moment([]) is None


def test_a_failure_says_how_many_thresholds_broke_and_when_the_errors_came(tmp_path: Path) -> None:
    recording = quick()
    recording.requests += [Request("a.query", 3, 500, "error")] * 2 + [Request("a.query", 5, 500, "error")]
    found = head(tmp_path, recording, thresholds={"*": ["error_rate < 1%", "p95 < 3s"]})
    assert found.answer.en == (
        "1 of 4 thresholds did not hold; the furthest beyond: a.query error_rate < 1%, "
        "measured 1.478% (48% beyond)."
    )
    assert found.answer.zh == (
        "4 项阈值中有 1 项未满足；超出最多的是 a.query error_rate < 1%，实测 1.478%（超限 48%）。"
    )
    assert found.looks[-1].en == "Errors: 3, from second 3 to 5; the most, 2, in second 3 (16:00:03)."
    assert next(one.tone for one in found.figures if one.name.en == "errors") == "bad"


def test_an_invalid_run_gives_no_answer_about_the_target(tmp_path: Path) -> None:
    recording = quick()
    recording.measured = {"ended": "interrupted"}
    found = head(tmp_path, recording)
    assert found.answer.en.startswith("The measurement cannot be trusted: interrupted after 10 s")
    assert found.answer.zh.startswith("测量结果不可信：运行 10 秒后被人为中断")


def test_a_run_without_build_question_or_answers_has_a_head(tmp_path: Path) -> None:
    found = head(tmp_path, Recording(measured={"answered": False}))
    assert found.question == ("", "")
    assert "no build named" in [fact.en for fact in found.facts]
    assert [(one.name.en, one.value) for one in found.figures][:3] == [
        ("p95", "–"),
        ("p99", "–"),
        ("errors", "–"),
    ]
    assert found.looks == []


SEARCH = {
    "ended": "found", "low": 25.0, "high": 33.5, "at_least": None, "requests_per_s": 190.2,
    "first_broken": None,
    "steps": [
        {"rate": 25.0, "outcome": "held"},
        {"rate": 50.0, "outcome": "broke"},
        {"rate": 33.0, "outcome": "invalid"},
    ],
}  # fmt: skip


def test_a_search_tells_of_the_search_alone(tmp_path: Path) -> None:
    found = head(tmp_path, quick(), capacity=SEARCH)
    assert found.answer == ("25 journeys a second held; 33.5 broke.", "每秒 25 笔业务可承受；33.5 笔超限。")
    assert [(one.name.en, one.value) for one in found.figures] == [
        ("held", "25/s"), ("broke", "33.5/s"), ("requests at the capacity", "190.2/s"), ("rates tried", "3"),
    ]  # fmt: skip
    assert [look.en for look in found.looks] == ["Tried: 25/s held, 50/s broke, 33/s invalid."]
    none = head(tmp_path / "none", quick(), capacity={**SEARCH, "ended": "none", "low": 0.0, "high": 12.5})
    assert none.answer.en == "No rate that was tried held."
    assert [one.value for one in none.figures][:3] == ["–", "12.5/s", "–"]


def test_limits_are_drawn_by_their_operation_and_those_of_the_run_for_all() -> None:
    def row(subject: str, metric: str, unit: str, limit: float | None) -> ThresholdRow:
        return ThresholdRow(
            subject=subject, rule=f"{metric} < x", value=1, unit=unit, passed=True, metric=metric, limit=limit
        )

    rows = [
        row("a", "p95", "ms", 3000.0), row("run", "throughput", "/s", 20.0), row("a", "error_rate", "%", 1.0),
        row("a", "p99", "ms", None), row("a", "mean", "ms", 5.0),
    ]  # fmt: skip
    assert limits(rows) == {
        "a": [
            {"metric": "p95", "rule": "p95 < x", "limit": 3000.0, "q": 0.95},
            {"metric": "mean", "rule": "mean < x", "limit": 5.0, "q": None},
        ],
        "*": [{"metric": "throughput", "rule": "throughput < x", "limit": 20.0, "q": None}],
    }


def test_seconds_are_named_as_people_count_them() -> None:
    assert span_of(7.0, 8.0) == ("second 7", "第 7 秒")
    assert span_of(120.0, 180.0).en == "seconds 120 to 179"
    assert clock_of("2015-09-11T08:00:59.600+00:00", 1) == "16:01:00"
    assert clock_of("yesterday", 1) == ""


def test_failures_stand_before_everything_where_the_run_failed(tmp_path: Path) -> None:
    recording = quick().add("a.query", [500] * 4, "error").write(tmp_path)
    (tmp_path / "failures.jsonl").write_text(
        '{"operation": "a.query", "outcome": "error", "reason": "HTTP 503"}'
    )
    finish(recording, manifest())
    page = (tmp_path / "report.html").read_text("utf-8")
    places = [found.start() for found in re.finditer("HTTP 503", page)]
    assert places[0] < page.index("</header>") < places[1] < page.index(">Thresholds<")


def test_the_head_of_a_drill_begins_with_what_a_drill_is_about(tmp_path: Path) -> None:
    run = finish(quick().write(tmp_path), manifest(), pages=False).model_copy(update={"drill": drill()})
    figures = head_of(run, [], read_evidence(tmp_path).timeline).figures
    assert [(one.name.en, one.value, one.tone) for one in figures[:3]] == [
        ("RTO, as people see it", "2.00 s", ""),
        ("RPO, by the audit", "1.50 s", ""),
        ("lost writes", "2", "bad"),
    ]
    assert figures[3].name.en == "p95"

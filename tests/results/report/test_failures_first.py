"""What a run that did not pass shows first: what failed, how often, and what was answered."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from rich.console import Console

from results.report.failures import failures, reason_in_chinese
from results.report.terminal.run import EXCERPT, render_summary
from results.report.wording import local_time
from results.snapshot.run import Run, load_run

DATA = Path(__file__).parents[1] / "data"


def lines(run: Run, failed: list[dict[str, object]]) -> list[str]:
    console = Console(width=200, no_color=True, force_terminal=False)
    with console.capture() as captured:
        console.print(render_summary(run, failed))
    return captured.get().splitlines()


def kind(count: int, operation: str, answer: str = "") -> dict[str, object]:
    return {
        "count": count,
        "operation": operation,
        "reason": "HTTP 500",
        "outcome": "error",
        "response": answer,
    }


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        ("error", "closed before answer", "应答前连接被关闭"),
        ("error", "200 the answer is empty", "200 应答为空"),
        ("rejected", "0 the answer has a text of `absent`", "0 应答含有 `absent` 的文字"),
        ("rejected", "ZS006 is not on file", "ZS006 is not on file"),
        ("rejected", "GY001", "GY001"),
    ],
)
def test_words_of_a_target_that_rejects_stay_and_ours_are_chinese(
    outcome: str, reason: str, said: str
) -> None:
    assert reason_in_chinese({"outcome": outcome, "reason": reason}) == said


def failed_run() -> Run:
    return load_run(DATA / "run-v1.json").model_copy(update={"verdict": "fail", "reasons": ["because"]})


def test_what_failed_comes_before_the_reasons() -> None:
    shown = lines(failed_run(), [kind(24, "declaration.submit", "HTTP/1.1 500\n\noh  no")])
    place = shown.index("  24 × declaration.submit: HTTP 500")
    assert shown[place + 1] == "      HTTP/1.1 500 oh no"
    assert place < shown.index("  - because")


def test_a_few_kinds_and_the_number_of_the_others() -> None:
    shown = lines(failed_run(), [kind(9 - n, f"a.{n}", "x" * 999) for n in range(8)])
    assert [line for line in shown if "×" in line] == [f"  {9 - n} × a.{n}: HTTP 500" for n in range(5)]
    assert "  and 3 more kinds of failure" in shown
    assert f"      {'x' * EXCERPT}…" in shown


def test_a_traceback_is_for_the_report() -> None:
    shown = lines(failed_run(), [kind(2, "U.t", "x\nTraceback (most recent call last):\n  File")])
    assert "  2 × U.t: HTTP 500" in shown
    assert not any("Traceback" in line for line in shown)


def test_a_run_that_passed_shows_none() -> None:
    passed = failed_run().model_copy(update={"verdict": "pass"})
    assert not any("×" in line for line in lines(passed, [kind(1, "a.b")]))


def test_records_of_one_kind_are_added_up(tmp_path: Path) -> None:
    rows = [kind(2, "a.b"), kind(5, "c.d", "first"), kind(7, "a.b", "answer")]
    (tmp_path / "failures.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [(one["count"], one["operation"], one["response"]) for one in failures(tmp_path)] == [
        (9, "a.b", "answer"),
        (5, "c.d", "first"),
    ]


def test_times_are_local_with_their_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CST-8")
    time.tzset()
    try:
        assert local_time("2015-09-11T08:00:05.123+00:00") == "2015-09-11 16:00:05 CST"
        assert local_time("2015-09-11T08:00:05Z") == "2015-09-11 16:00:05 CST"
        assert local_time("some day") == "some day"
    finally:
        monkeypatch.undo()
        time.tzset()

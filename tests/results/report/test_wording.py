"""Numbers as people read them: margins, drifts, and which row of each rule is told."""

from __future__ import annotations

from typing import Any

import pytest

from results.report.wording import (
    amount,
    begins,
    growth,
    has_few,
    local_time,
    nearest_of_each_rule,
    show_margin,
    show_margin_zh,
    show_measured,
    visible,
)
from results.snapshot.run import OperationSummary, Run, ThresholdRow


def row(value: float | None, limit: float | None = 100.0, subject: str = "run", **more: Any) -> ThresholdRow:
    said = {"rule": "p95 < 100ms", "unit": "ms", "passed": True, "metric": "p95", "subject": subject}
    return ThresholdRow.model_validate({**said, "value": value, "limit": limit, **more})


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (75.0, "25% to spare", "余量 25%"),
        (100.0, "0% to spare", "余量 0%"),
        (174.0, "74% beyond", "超限 74%"),
        (1000.0, "900% beyond", "超限 900%"),
        (1001.0, "10x the limit", "为限值的 10 倍"),
        (1260.0, "13x the limit", "为限值的 13 倍"),
        (None, "", ""),
    ],
)
def test_how_far_from_the_limit(value: float | None, en: str, zh: str) -> None:
    assert (show_margin(row(value)), show_margin_zh(row(value))) == (en, zh)


def test_an_older_row_without_its_metric_is_known_by_its_unit() -> None:
    assert show_margin(row(14.0, 7.0, metric="", unit="/s")) == "100% to spare"
    assert show_margin(row(50.0, 100.0, metric="")) == "50% to spare"
    assert show_margin(row(50.0, 100.0, metric="completion", unit="%")) == "50% beyond"


def test_of_each_rule_the_nearest_and_the_number_of_the_others() -> None:
    rows = [
        row(60, subject="a"), row(90, subject="b"), row(None, subject="c"),
        row(1, subject="d", rule="p50 < 100ms"), row(None, subject="e", rule="max < 100ms"),
    ]  # fmt: skip
    found = [(one.subject, more) for one, more in nearest_of_each_rule(rows)]
    assert found == [("b", 2), ("d", 0), ("e", 0)]


def test_a_percentile_of_few_is_marked() -> None:
    few = {"code": "note.few_samples", "params": {}}
    assert show_measured(row(42.0, note_code=few)) == "42 ms*"
    assert show_measured(row(42.0, note_code={"code": "note.not_answered", "params": {}})) == "42 ms"
    assert show_measured(row(None)) == "–"


@pytest.mark.parametrize(("finished", "few"), [(0, False), (1, True), (19, True), (99, True), (100, False)])
def test_who_has_too_few(finished: int, few: bool) -> None:
    one = OperationSummary(started=finished, ok=finished, rejected=0, errors=0, rate_per_s=1)
    assert has_few(one) is few


def test_quantities_that_drift() -> None:
    assert [amount(1500.0, "ms"), amount(-1.0, "ms"), amount(0.00123, "share"), amount(512.345, "MB")] == [
        "1.5 s", "0 ms", "0.123%", "512.3 MB"
    ]  # fmt: skip
    assert [growth(0.032, "ms"), growth(0.00012, "share"), growth(-0.5, "MB")] == [
        "+3.2%", "+0.012 pp", "-50.0%"
    ]  # fmt: skip


def test_where_latencies_begin() -> None:
    document = {
        "schema": 2, "run_id": "r", "scenario": {"name": "s"}, "target": {"name": "t"}, "started": "",
        "duration_s": 1, "verdict": "fail", "load": {"model": "open"}, "generator": {},
    }  # fmt: skip
    assert begins(Run.model_validate(document)) == "intended start"
    assert begins(Run.model_validate({**document, "measured": "locust-event"})) == "send"
    assert begins(Run.model_validate({**document, "measured": "other"})) == "intended start"


def test_foreign_texts_stay_on_their_line_and_times_that_are_none_stay() -> None:
    assert visible("a\x1b[31m\nb\u202e税") == "a\\x1b[31m\\nb\\u202e税"
    assert local_time("at noon") == "at noon"

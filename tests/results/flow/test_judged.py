"""Rules on cases decide the verdict of a whole run as thresholds do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from results.snapshot.run import Run
from results.verdict.judged import judge_run
from tests.results.recording import Recording, manifest

NAMES = {
    "case.accept": ["lcslid", "item", "gwDm", "held"],
    "case.take": ["lcslid", "gwDm", "found", "length"],
    "case.close": ["lcslid", "blzt", "gwDm", "held"],
}


def run_of(folder: Path, closed_at: float | None, rules: dict[str, list[str]], **known: Any) -> Run:
    """A run of 10 s that began at second 1000, its case accepted at 1 s, taken at 2 s, closed or not."""
    Recording().add("case.accept", [1000] * 20).write(folder)
    (folder / "receipts").mkdir()
    lines: list[list[Any]] = [["renhai-intents", 2, "r", 0, NAMES, False]]

    def wrote(number: int, operation: str, at: float, values: list[Any]) -> None:
        ns = int((1000 + at) * 1_000_000_000)
        lines.append([[0, ns, number], [operation, *values], [number, ns, *values]])

    wrote(1, "case.accept", 1, ["a", "move", "head", False])
    wrote(2, "case.take", 2, ["a", "head", True, 1])
    if closed_at is not None:
        wrote(3, "case.close", closed_at, ["a", "closed", "", False])
    lines.append(["end", 3 if closed_at is not None else 2])
    (folder / "receipts" / "worker-0.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return judge_run(folder, {**manifest(), "case_rules": rules, **known})[0]


def test_a_run_whose_cases_close_in_time_passes_and_has_their_flow(tmp_path: Path) -> None:
    run = run_of(tmp_path, 4.0, {"case.move": ["close p95 < 5s"], "list.head": ["wait max <= 1s"]})
    assert run.verdict == "pass", run.reasons
    assert (run.model_extra or {})["cases"]["items"]["move"]["close_s"]["max"] == 3.0
    assert [(row.subject, row.rule, row.passed) for row in run.thresholds[-2:]] == [
        ("case.move", "close p95 < 5s", True), ("list.head", "wait max <= 1s", True),
    ]  # fmt: skip


def test_a_case_that_is_too_slow_or_never_closed_fails_the_run(tmp_path: Path) -> None:
    late = run_of(tmp_path / "late", 9.0, {"case.move": ["close p95 < 5s"]})
    assert (late.verdict, [one.code for one in late.reason_codes]) == ("fail", ["case.too_slow"])
    never = run_of(tmp_path / "never", None, {"case.move": ["close p95 < 5s"]})
    assert (never.verdict, [one.code for one in never.reason_codes]) == ("fail", ["case.never_closed"])
    assert len(never.notes) == 1  # that it is open, by its id
    assert never.notes[0].startswith("1 of 1 case was not closed")


def test_a_task_that_two_people_have_fails_the_run(tmp_path: Path) -> None:
    run_of(tmp_path, 4.0, {})
    file = tmp_path / "receipts" / "worker-0.jsonl"
    row = ["a", "head", True, 1]
    again = [[0, 1003 * 10**9, 4], ["case.take", *row], [4, 1003 * 10**9, *row]]
    lines = [json.dumps(line) + "\n" for line in (again, ["end", 4])]
    file.write_text(file.read_text().replace('["end", 3]\n', "".join(lines)))
    run = judge_run(tmp_path, {**manifest(), "case_rules": {}})[0]
    assert (run.verdict, [one.code for one in run.reason_codes]) == ("fail", ["case.done_twice"])


def test_what_cannot_be_judged_is_invalid_and_never_a_pass(tmp_path: Path) -> None:
    young = run_of(tmp_path / "young", 4.0, {"case.move": ["close p95 < 30m"]})
    assert (young.verdict, [one.code for one in young.reason_codes]) == ("invalid", ["case.too_young"])
    other = run_of(tmp_path / "other", 4.0, {"case.stay": ["close p95 < 5s"]})
    assert (other.verdict, [one.code for one in other.reason_codes]) == ("invalid", ["case.none"])
    fast = run_of(tmp_path / "fast", 4.0, {"case.move": ["close p95 < 30m"]}, pace=600.0)
    assert fast.verdict == "fail"  # three seconds are thirty minutes then, which is not less than thirty


def test_receipts_that_are_missing_make_rules_on_cases_undecidable(tmp_path: Path) -> None:
    run = run_of(tmp_path, 4.0, {"case.move": ["close p95 < 5s"]})
    file = tmp_path / "receipts" / "worker-0.jsonl"
    file.write_text(file.read_text().replace('["end", 3]', '["end", 9]'))
    again = judge_run(tmp_path, {**manifest(), "case_rules": {"case.move": ["close p95 < 5s"]}})[0]
    assert (run.verdict, again.verdict) == ("pass", "invalid")
    assert [one.code for one in again.reason_codes] == ["case.receipts_missing"]


def test_a_rule_on_cases_is_shown_with_its_value_and_limit_in_milliseconds(tmp_path: Path) -> None:
    run = run_of(tmp_path / "closed", 4.0, {"case.move": ["close p95 < 5s"], "list.head": ["wait max <= 1s"]})
    assert [(row.value, row.limit, row.unit) for row in run.thresholds[-2:]] == [
        (3000.0, 5000.0, "ms"), (1000.0, 1000.0, "ms"),
    ]  # fmt: skip
    never = run_of(tmp_path / "never", None, {"case.move": ["close p95 < 5s"]})
    assert [(row.value, row.limit, row.passed) for row in never.thresholds[-1:]] == [(None, 5000.0, False)]
    young = run_of(tmp_path / "young", 4.0, {"case.move": ["close max < 30m"]})
    assert [(row.value, row.limit, row.passed) for row in young.thresholds[-1:]] == [
        (None, 1_800_000.0, None)
    ]

"""Verdicts: what passes, what fails, and everything that makes a measurement untrustworthy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from results.errors import SnapshotError
from results.report.files.run import finish
from results.snapshot.run import load_run, read_measured
from results.verdict.judge import Judgement, judge, judge_evidence
from results.verdict.reasons.thresholds import ErrorsByNoRule, RejectionsByNoRule
from results.verdict.rules import RuleError
from results.verdict.validity.evidence import read_evidence
from tests.results.recording import Recording, Request, manifest

GATES = {"*": ["error_rate < 1%", "p95 < 3s"], "run": ["throughput >= 7/s"]}


def healthy() -> Recording:
    recording = Recording(duration_s=10).add("declaration.submit", range(1000, 201_000, 1000))
    return recording.add("declaration.status", range(500, 100_500, 500))


def judged(directory: Path, **measured: Any) -> Judgement:
    recording = healthy()
    recording.measured = measured
    return judge(recording.write(directory), GATES)


def test_a_run_that_held_passes_without_reasons(tmp_path: Path) -> None:
    judgement = judge(healthy().write(tmp_path), GATES)
    assert (judgement.verdict, judgement.reasons) == ("pass", [])
    assert [(row.subject, row.rule, row.value, row.unit, row.passed) for row in judgement.thresholds] == [
        ("declaration.status", "error_rate < 1%", 0, "%", True),
        ("declaration.submit", "error_rate < 1%", 0, "%", True),
        ("declaration.status", "p95 < 3s", 95.039, "ms", True),
        ("declaration.submit", "p95 < 3s", 190.079, "ms", True),
        ("run", "throughput >= 7/s", 40, "/s", True),
    ]


def test_two_percent_errors_fail_and_the_threshold_is_named(tmp_path: Path) -> None:
    recording = healthy().add("declaration.submit", [700] * 4, "error")
    judgement = judge(recording.write(tmp_path), GATES)
    assert judgement.verdict == "fail"
    assert judgement.reasons == ["declaration.submit: error_rate is 1.961%, must be < 1%"]
    assert judgement.reasons_zh == ["declaration.submit：error_rate 为 1.961%，应为 < 1%"]


@pytest.mark.parametrize(
    ("thresholds", "optional", "found"),
    [
        ({"*": ["p95 < 3s"]}, [], ["declaration.status", "declaration.submit"]),
        ({"run": ["throughput >= 7/s"]}, [], ["declaration.status", "declaration.submit"]),
        ({"*": ["p95 < 3s", "rejection_rate < 1%"]}, [], ["declaration.status", "declaration.submit"]),
        ({"*.submit": ["error_rate < 5%"]}, [], ["declaration.status"]),
        ({"*.submit": ["errors <= 1"]}, [], ["declaration.status"]),
        ({"*": ["errors <= 1"]}, [], []),
        ({"run": ["error_rate < 5%"]}, [], []),
        ({"*": ["p95 < 3s"]}, ["*.status"], ["declaration.submit"]),
        ({"*": ["p95 < 3s"]}, ["declaration.*"], []),
    ],
)
def test_an_error_that_no_threshold_looks_at_fails_the_run(
    tmp_path: Path, thresholds: dict[str, list[str]], optional: list[str], found: list[str]
) -> None:
    recording = healthy().add("declaration.submit", [700], "error").add("declaration.status", [700], "error")
    judgement = judge_evidence(read_evidence(recording.write(tmp_path)), thresholds, optional)
    assert [one.operation for one in judgement.why if isinstance(one, ErrorsByNoRule)] == found
    assert len(judgement.why) == len(found)
    assert judgement.verdict == ("fail" if found else "pass")


@pytest.mark.parametrize(
    ("thresholds", "rejected", "found"),
    [
        ({"*": ["error_rate < 1%"]}, 3, ["declaration.submit"]),
        ({"*": ["error_rate < 1%"]}, 2, []),  # of 202: few enough to be business
        ({"*": ["rejection_rate < 5%"]}, 3, []),
        ({"*.submit": ["rejections <= 5"]}, 3, []),
        ({"*.status": ["rejection_rate < 5%"]}, 3, ["declaration.submit"]),
        ({"run": ["rejection_rate < 5%"]}, 3, []),
    ],
)
def test_refusals_that_no_threshold_looks_at_fail_the_run(
    tmp_path: Path, thresholds: dict[str, list[str]], rejected: int, found: list[str]
) -> None:
    """A target that says `busy` in answers of status 200 makes refusals and no errors."""
    recording = healthy().add("declaration.submit", [700] * rejected, "rejected")
    judgement = judge_evidence(read_evidence(recording.write(tmp_path)), {**thresholds, "run": [
        "p95 < 3s", *thresholds.get("run", [])]})  # fmt: skip
    assert [one.operation for one in judgement.why if isinstance(one, RejectionsByNoRule)] == found


@pytest.mark.parametrize(
    ("failed", "held"), [((3, 0), True), ((3, 1), False), ((0, 3), False), ((0, 0), True)]
)
def test_a_rule_on_one_post_does_not_hold_what_went_wrong_at_another(
    tmp_path: Path, failed: tuple[int, int], held: bool
) -> None:
    groups = [
        {"unit": "1", "post": post, "seats": 1, "attempted": 100, "completed": 100 - n, "failed": n}
        for post, n in zip(("desk", "hall"), failed, strict=True)
    ]
    recording = healthy().add("declaration.submit", [700], "error")
    recording.measured = {**recording.measured, "groups": groups}
    judgement = judge(recording.write(tmp_path), {"1/desk": ["completion > 50%"]})
    assert any(isinstance(one, ErrorsByNoRule) for one in judgement.why) is not held


def test_an_error_by_no_rule_says_how_many_and_what_to_do(tmp_path: Path) -> None:
    recording = healthy().add("declaration.submit", [700], "error")
    (said,) = judge(recording.write(tmp_path), {"*": ["p95 < 3s"]}).reasons
    assert said == (
        "declaration.submit: 1 error in 201 requests, and no threshold is on error_rate or errors; "
        "see the failures, or allow a share of them by a threshold"
    )


@pytest.mark.parametrize(
    ("measured", "verdict", "reason"),
    [
        ({"answered": False}, "invalid", "the target never answered"),
        ({"ended": "target_lost"}, "fail", "the target stopped answering during the run"),
        ({"ended": "target_lost", "answered": False}, "invalid", "the target never answered"),
        (
            {"connections": {"unasked": 2}},
            "fail",
            "bytes that nobody asked for came 2 times, on a kept connection or after an answer",
        ),
        ({"ended": "aborted"}, "fail", "the abort rule stopped the run after 10 s"),
        ({"ended": "interrupted"}, "invalid", "interrupted after 10 s"),
        ({"ended": "running"}, "invalid", "the load process died after 10 s"),
        ({"unhealthy": ["loop lag p99 was 80 ms"]}, "invalid", "loop lag p99 was 80 ms"),
        ({"generator": {"processes": 2, "workers_lost": 1}}, "invalid", "1 worker was lost"),
        (
            {"load": {"model": "open", "users": 0, "arrivals_due": 500, "arrivals_dropped": 100}},
            "invalid",
            "100 of 500 arrivals were dropped",
        ),
        (
            {"load": {"model": "open", "users": 0, "arrivals_due": 0, "arrivals_dropped": 5}},
            "invalid",
            "5 of 0 arrivals were dropped (100.00%, bound 0.1%)",
        ),
        (
            {"load": {"model": "open", "users": 0, "arrivals_due": 1000, "arrivals_dropped": 2}},
            "invalid",
            "2 of 1000 arrivals were dropped (0.20%, bound 0.1%)",
        ),
        ({"duration_s": 0.0}, "invalid", "the run has no duration"),
    ],
)
def test_how_a_run_ended_decides(tmp_path: Path, measured: dict[str, Any], verdict: str, reason: str) -> None:
    judgement = judged(tmp_path, **measured)
    assert judgement.verdict == verdict
    assert judgement.reasons[0].partition(";")[0].startswith(reason)


def test_invalid_outranks_fail_but_tells_both(tmp_path: Path) -> None:
    recording = healthy().add("declaration.submit", [700] * 40, "error")
    recording.measured = {"unhealthy": ["CPU 99%"]}
    judgement = judge(recording.write(tmp_path), GATES)
    assert judgement.verdict == "invalid"
    assert judgement.reasons[0] == "CPU 99%"
    assert "error_rate is 16.67%" in judgement.reasons[1]


def test_a_target_that_went_away_fails_whatever_the_generator_felt(tmp_path: Path) -> None:
    judgement = judged(tmp_path, ended="target_lost", unhealthy=["CPU 99%"])
    assert judgement.verdict == "fail"
    assert judgement.reasons == ["the target stopped answering during the run", "CPU 99%"]


def test_an_abort_before_the_last_operation_began_is_a_fail(tmp_path: Path) -> None:
    recording = healthy()
    recording.measured = {"ended": "aborted"}
    assert judge(recording.write(tmp_path), {**GATES, "collection.*": ["p95 < 1s"]}).verdict == "fail"


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({}, "the scenario states no threshold"),
        ({"collection.*": ["p95 < 1s"]}, "collection.*: p95 < 1s: no request of this kind was made"),
        ({"*": ["p95 < 3s"], "invoice.*": ["p95 < 1s"]}, "invoice.*: p95 < 1s: no request of this kind"),
    ],
)
def test_nothing_to_judge_is_never_a_pass(tmp_path: Path, rules: dict[str, list[str]], reason: str) -> None:
    judgement = judge(healthy().write(tmp_path), rules)
    assert judgement.verdict == "invalid"
    assert judgement.reasons[0].startswith(reason)


def test_unfinished_requests_that_could_decide_make_it_invalid(tmp_path: Path) -> None:
    recording = healthy()
    recording.unfinished = {"declaration.submit": 11}
    judgement = judge(recording.write(tmp_path), GATES)
    assert judgement.verdict == "invalid"
    assert "11 of 211 requests were unfinished" in judgement.reasons[0]


def test_answers_after_the_load_had_ended_are_no_throughput(tmp_path: Path) -> None:
    """A target that answers 20/s at 60/s: 120 in the 6 s of the load, 240 while they are waited for."""
    recording = Recording(duration_s=6)
    recording.requests = [Request("a.b", n // 20, 1000 * (n + 1)) for n in range(360)]
    left = recording.write(tmp_path)
    judgement = judge(left, {"run": ["throughput >= 50/s"], "a.b": ["throughput >= 20/s"]})
    assert [(row.subject, row.value, row.passed) for row in judgement.thresholds] == [
        ("run", 20, False),
        ("a.b", 20, True),
    ]
    run = finish(left, manifest(thresholds={"run": ["throughput >= 50/s"]}), pages=False)
    assert (run.verdict, run.operations["a.b"].ok, run.operations["a.b"].rate_per_s) == ("fail", 360, 20)


def test_a_target_that_refuses_everything_quickly_does_not_hold(tmp_path: Path) -> None:
    recording = Recording(measured={"answered": True}).add("a.b", [1000] * 90, "rejected")
    judgement = judge(recording.write(tmp_path), {"*": ["p95 < 3s"]})
    assert (judgement.verdict, judgement.reasons) == ("fail", ["no request succeeded"])
    assert judgement.reasons_zh == ["没有任何请求成功"]


def test_no_request_at_all_is_invalid(tmp_path: Path) -> None:
    judgement = judge(Recording().write(tmp_path), GATES)
    assert judgement.verdict == "invalid"
    assert judgement.reasons[0].startswith("no request was sent")


def alter(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def apply(directory: Path) -> None:
        path = directory / name
        path.write_text(change(path.read_text()))

    return apply


def measured_submit(**counts: int) -> Callable[[Path], None]:
    def change(text: str) -> str:
        document = json.loads(text)
        document["operations"]["declaration.submit"] |= counts
        return json.dumps(document)

    return alter("measured.json", change)


def without_lines(word: str) -> Callable[[str], str]:
    return lambda text: "".join(line for line in text.splitlines(True) if word not in line)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (measured_submit(ok=199), "declaration.submit: started is 200, but outcomes says 199"),
        (measured_submit(started=201, ok=201), "finished is 201, but latency.hlog says 200"),
        (measured_submit(ok=199, rejected=1), "ok is 199, but timeline.csv says 200"),
        (alter("latency.hlog", without_lines("Tag=declaration.submit,3")), "but latency.hlog says 180"),
        (alter("latency.hlog", lambda text: text[:-30]), "cannot be read: latency.hlog: line"),
        (alter("timeline.csv", without_lines("declaration.submit")), "but timeline.csv says 0"),
        (alter("timeline.csv", lambda text: text[:-9]), "cannot be read: timeline.csv"),
        (
            alter("timeline.csv", lambda text: text.replace("declaration.sub", "declaration.b")),
            "timeline.csv knows",
        ),
        (
            alter("timeline.csv", lambda text: text.replace(",20,20,0,", ",20,nan,0,", 1)),
            "is not all numbers",
        ),
        (alter("timeline.csv", lambda text: text.replace("started", "begun")), "has no column 'started'"),
        (
            alter("timeline.csv", lambda text: text + "99999999,run,0,0,0,0,,,,,\n"),
            "there is no second 99999999",
        ),
        (lambda directory: (directory / "service.hlog").unlink(), "service.hlog is missing"),
        (lambda directory: (directory / "timeline.csv").unlink(), "timeline.csv is missing"),
        (lambda directory: (directory / "measured.json").unlink(), "there is no such file"),
        (alter("measured.json", lambda text: text[:100]), "is not JSON"),
        (
            alter("measured.json", lambda text: text.replace('"duration_s": 10', '"duration_s": -1')),
            "duration_s is -1",
        ),
        (alter("service.hlog", lambda text: text + text.splitlines(True)[-1]), "but service.hlog says 220"),
    ],
)
def test_what_does_not_agree_is_invalid(tmp_path: Path, damage: Callable[[Path], None], reason: str) -> None:
    damage(healthy().write(tmp_path))
    judgement = judge(tmp_path, GATES)
    assert judgement.verdict == "invalid"
    assert any(reason in said for said in judgement.reasons), judgement.reasons
    assert len(judgement.reasons) == len(judgement.reasons_zh)


def test_finish_writes_what_it_says(tmp_path: Path) -> None:
    run = finish(healthy().write(tmp_path), manifest(thresholds=GATES, labels={"commit": "1a2b3c"}, ticket=7))
    assert {path.name for path in tmp_path.iterdir()} >= {"run.json", "summary.md", "junit.xml"}
    assert not list(tmp_path.glob(".*"))
    assert load_run(tmp_path) == run == load_run(tmp_path / "run.json")
    assert (run.verdict, run.exit_code, run.rules) == ("pass", 0, GATES)
    submit = run.operations["declaration.submit"]
    assert (submit.started, submit.ok, submit.rate_per_s) == (200, 200, 20)
    assert submit.latency_ms is not None
    assert (submit.latency_ms.p50, submit.latency_ms.max) == (100.031, 200.063)
    assert run.labels == {"commit": "1a2b3c"}
    assert run.model_extra == {"ticket": 7}


def test_a_run_that_left_nothing_is_written_too(tmp_path: Path) -> None:
    run = finish(tmp_path, manifest(started="2015-09-11T08:00:00Z"))
    assert (run.verdict, run.exit_code, run.operations) == ("invalid", 3, {})
    assert load_run(tmp_path).reasons == run.reasons


def test_a_snapshot_is_written_once(tmp_path: Path) -> None:
    finish(healthy().write(tmp_path), manifest())
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(SnapshotError, match="a snapshot is written once"):
        finish(tmp_path, manifest())
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_manifest_or_rule_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    healthy().write(tmp_path)
    with pytest.raises(SnapshotError, match=r"manifest: target"):
        finish(tmp_path, {key: value for key, value in manifest().items() if key != "target"})
    with pytest.raises(RuleError, match="p96 < 3s"):
        finish(tmp_path, manifest(thresholds={"*": ["p96 < 3s"]}))
    assert not (tmp_path / "run.json").exists()


def test_the_builder_is_read_back(tmp_path: Path) -> None:
    measured = read_measured(healthy().write(tmp_path))
    assert measured.operations["declaration.status"]["ok"] == 200


@pytest.mark.parametrize("count", ["started", "ok", "rejected", "errors", "unfinished"])
@pytest.mark.parametrize("value", [-1, 99])
def test_counts_that_no_run_can_have_are_named(tmp_path: Path, count: str, value: int) -> None:
    directory = healthy().write(tmp_path / "run")
    measured = json.loads((directory / "measured.json").read_text())
    measured["operations"]["declaration.submit"][count] = value
    (directory / "measured.json").write_text(json.dumps(measured))
    run = finish(directory, manifest(thresholds=GATES), pages=False)
    assert run.verdict == "invalid"
    assert {record.code for record in run.reason_codes} & {"evidence.contradiction", "evidence.file_damaged"}

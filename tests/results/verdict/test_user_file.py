"""Exceptions of a user's own Locust file, its exit code, and its names: what the verdict makes of them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from renhai.run.monitor.live_thresholds import LiveThresholds
from renhai.run.monitor.prometheus import Exporter
from renhai.run.monitor.views import standing_of
from results.report.files.run import finish
from results.report.terminal.run import plain_summary
from results.report.wording import visible
from results.snapshot.facts import Facts
from results.snapshot.names import COMMENT, FOLDED, clean, to_tag
from results.verdict.evaluate import evaluate
from results.verdict.judge import judge
from tests.results.recording import Recording, manifest
from tests.run.test_monitor import PLAN

ERRORS = {"*": ["error_rate < 1%", "p95 < 3s"]}
NONE_ON_ERRORS = {"run": ["p95 < 3s"]}
OF_THE_RUN = {"run": ["error_rate < 50%"], "GET *": ["p95 < 3s"]}


def recording(completed: int, failed: int, **measured: Any) -> Recording:
    """A task that did so many requests well, and raised so often."""
    made = Recording().add("GET /ok", [1000] * (completed + failed))
    if failed:
        made.add("U.t", [1] * failed, "error")
        measured["exceptions"] = {"U.t": failed}
    tasks = {"U.t": {"started": completed + failed, "completed": completed, "failed": failed, "cut": 0}}
    made.measured = {"journeys": tasks, **measured}
    return made


@pytest.mark.parametrize(
    ("completed", "failed", "thresholds", "verdict", "said"),
    [
        (100, 0, ERRORS, "pass", ""),
        (99, 1, ERRORS, "fail", "U.t: error_rate is 100%, must be < 1%"),
        (99, 1, NONE_ON_ERRORS, "fail", "U.t raised 1 exception that nobody caught, and no threshold is on"),
        (99, 1, OF_THE_RUN, "pass", ""),
        (99, 1, {"run": ["errors <= 1"]}, "pass", ""),
        (99, 2, {"run": ["errors <= 1"]}, "fail", "run: errors is 2, must be <= 1"),
        (0, 100, OF_THE_RUN, "fail", "U.t raised an exception each time it ran (100 times)"),
        (0, 1, {"run": ["error_rate <= 50%"]}, "fail", "U.t raised an exception each time it ran (1 time)"),
    ],
)
def test_exceptions(
    tmp_path: Path, completed: int, failed: int, thresholds: dict[str, list[str]], verdict: str, said: str
) -> None:
    judged = judge(recording(completed, failed).write(tmp_path / "run"), thresholds)
    assert judged.verdict == verdict, judged.reasons
    assert said in "\n".join(judged.reasons)
    assert len(judged.reasons) == len(judged.reasons_zh)


def test_an_exception_has_no_latency_to_be_judged_by(tmp_path: Path) -> None:
    judged = judge(recording(99, 1).write(tmp_path / "run"), {"*": ["p95 < 3s"], "run": ["error_rate < 5%"]})
    assert [(row.subject, row.rule) for row in judged.thresholds] == [
        ("GET /ok", "p95 < 3s"),
        ("run", "error_rate < 5%"),
    ]
    assert judged.verdict == "pass"


@pytest.mark.parametrize(
    ("code", "verdict", "said"),
    [
        (0, "pass", ""),
        (3, "fail", "exit code 3"),
        (2, "fail", "exit code 2"),
        (-9, "fail", "killed by signal 9"),
    ],
)
def test_the_exit_code(tmp_path: Path, code: int, verdict: str, said: str) -> None:
    judged = judge(recording(100, 0, exit_code=code).write(tmp_path / "run"), ERRORS)
    assert judged.verdict == verdict
    assert said in "\n".join(judged.reasons)


def facts(*latencies: int) -> Facts:
    made = Recording().add("x", latencies)
    return Facts(started=len(made.requests), ok=len(made.requests))


@pytest.mark.parametrize(
    ("subject", "judged"),
    [
        ("GET /br[1]", ["GET /br[1]"]),
        ("GET /br[12]", ["GET /br1"]),
        ("GET /a?b", ["GET /a?b"]),
        ("GET /a*", ["GET /a?b", "GET /axb"]),
        ("*", ["*", "GET /a?b", "GET /axb", "GET /br1", "GET /br[1]"]),
        ("run", ["run"]),
    ],
)
def test_an_exact_name_is_a_name_before_it_is_a_pattern(subject: str, judged: list[str]) -> None:
    names = ("GET /br[1]", "GET /br1", "GET /a?b", "GET /axb", "*")
    rows = evaluate({subject: ["error_rate < 1%"]}, {name: facts(1000) for name in names}, 10)
    assert [row.subject for row in rows] == judged


EVIL = '`GET /a,b\n"c"\t\x00\x1b[2J|<script>alert(1)</script>\u202e🧾'


def _rename(folder: Path, old: str, new: str) -> None:
    """Another name of an operation in every file of a recording, as each format quotes it."""
    quoted = '"' + new.replace('"', '""') + '"'
    for name, then in (("measured.json", json.dumps(new)[1:-1]), ("timeline.csv", quoted)):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(old, then), encoding="utf-8", newline="")
    for name in ("latency.hlog", "service.hlog"):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(f"#{COMMENT}\n{text.replace(f'Tag={old}', f'Tag={to_tag(new)}')}")


def test_pages_bear_any_name(tmp_path: Path) -> None:
    folder = Recording().add("plain", [1000] * 10).write(tmp_path / "run")
    name = clean("", EVIL)
    _rename(folder, "plain", name)
    run = finish(folder, manifest())
    assert run.verdict == "pass", run.reasons
    assert list(run.operations) == [name] == [EVIL.replace("\0", "␀")]
    assert "<script>alert" not in (folder / "report.html").read_text(encoding="utf-8")
    cases = list(ET.parse(folder / "junit.xml").getroot().iter("testcase"))
    assert len(cases) >= 2
    table = [
        line
        for line in (folder / "summary.md").read_text(encoding="utf-8").splitlines()
        if "GET /a,b" in line
    ]
    assert table and all("\x1b" not in line and "<script" not in line for line in table)
    shown = plain_summary(run)
    assert "\x1b" not in shown and "\x00" not in shown and "\u202e" not in shown


def test_what_is_not_seen_is_spelled() -> None:
    assert visible("a\nb\x1b[2J\u202e申报🧾") == r"a\nb\x1b[2J\u202e申报🧾"


def test_prometheus_and_the_live_line_bear_any_name() -> None:
    status = {"second": 0, "users": 1, "ok": 1, "operations": {EVIL: [1, 1, 0, 0, "", ""]}, "posts": {}}
    rules = {glob: tuple(texts) for glob, texts in ERRORS.items()}
    plan = PLAN.model_copy(update={"scenario": PLAN.scenario.model_copy(update={"thresholds": rules})})
    live = LiveThresholds(plan)
    live.take(status)
    nearest = live.nearest()
    assert nearest is not None
    assert "\n" not in standing_of(nearest) and "\x1b" not in standing_of(nearest)
    exporter = Exporter()
    exporter.begin(10.0, plan)
    exporter.status(status)
    registry = CollectorRegistry()
    registry.register(exporter)
    found = text_string_to_metric_families(generate_latest(registry).decode())
    labels = {sample.labels.get("operation") for family in found for sample in family.samples}
    assert EVIL in labels


def test_names_that_were_folded_are_told(tmp_path: Path) -> None:
    folder = Recording().add("GET /ok", [1000] * 10).add(FOLDED, [1000] * 70).write(tmp_path / "run")
    run = finish(folder, manifest())
    (note,) = run.notes
    assert note.startswith("70 requests are in one row, (more names): the locustfile gives more than 1000")
    assert 'name="/filing/[number]")' in note
    for text in (
        plain_summary(run, width=400),
        (folder / "summary.md").read_text(encoding="utf-8"),
        (folder / "report.html").read_text(encoding="utf-8"),
    ):
        assert "70 requests are in one row, (more names)" in text
    assert (run.verdict, len(run.notes_zh)) == ("pass", 1)

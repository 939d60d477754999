"""`drill:` of a scenario: what cannot be, is not allowed or could show nothing is refused by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.run.multiple import duel
from renhai.run.single import RunRequest, prepare

SCENARIO = """\
name: freeze
target: TARGET
data: {seed: 7, taxpayers: 5000}
load:
  arrivals: {rate: 100/s, journeys: {query.only: 1}}
  stages: [{hold: 20s}]
journeys:
  query.only: [{send: registration.query, fields: {nsrsbh: "1"}}]
thresholds: {"*": [error_rate < 50%]}
drill:
  steady: {good: [p95 < 1s], bucket: 500ms, at_least: 20, in_a_row: 4}
  method:
    - {at: 5s, do: freeze, service: target, for: 5s}
    - {at: 12s, do: latency, delay: 2s, for: 1s}
  thresholds: [rto < 9s]
"""
TARGET = """\
name: lab
environment: test
url: http://127.0.0.1:9
success: {status: [200], format: json, where: {rtn_code: "0"}}
drills: [freeze]
services:
  app: {pid_file: app.pid}
operations:
  registration.query: {path: /q}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(*changes: tuple[str, str], target: str = "reference") -> str:
    text = SCENARIO.replace("TARGET", target)
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    Path("drill.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        prepare(RunRequest("drill.yaml"))
    return str(caught.value)


def test_a_sound_one_is_planned_as_it_is_written() -> None:
    Path("drill.yaml").write_text(SCENARIO.replace("TARGET", "reference"), encoding="utf-8")
    goal = prepare(RunRequest("drill.yaml")).scenario.goals.drill
    assert goal is not None
    assert [(one.do, one.at_s, one.for_s, one.service) for one in goal.method] == [
        ("freeze", 5.0, 5.0, "target"),
        ("latency", 12.0, 1.0, None),
    ]
    assert [(one.name, one.op, one.value) for one in goal.bounds] == [("rto", "<", 9.0)]
    assert [one.level for one in goal.levels] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("at: 12s", "at: 4s", "drill.yaml:14: drill.method[1].at is 4s, before 5s above it"),
        (
            "at: 12s",
            "at: 19500ms",
            "drill.yaml:14: drill.method[1].at is 19.5s and lasts 1s; the load ends at 20s",
        ),
        ("at: 12s", "at: 18s", "drill.yaml:13: drill.method leaves 1s after it; a recovery takes 2s"),
        (
            "at: 5s",
            "at: 1s",
            "drill.yaml:13: drill.method[0].at is 1s; 4 buckets of 500ms must be good before",
        ),
        (
            "in_a_row: 4",
            "in_a_row: 100",
            "drill.yaml:13: drill.method[0].at is 5s; 100 buckets of 500ms must be good before",
        ),
        ("bucket: 500ms", "bucket: 1h", "drill.yaml:13: drill.method[0].at is 5s; 4 buckets of 1h must be"),
        ("do: freeze", "do: melt", "drill.yaml:13: drill.method[0].do is melt; must be one of freeze"),
        (
            "bucket: 500ms",
            "bucket: 100ms",
            "drill.yaml:11: drill.steady.bucket is 100ms, in which about 10 requests",
        ),
        (
            "service: target, for",
            "for",
            "drill.yaml:13: drill.method[0] has no service, which freeze is done to",
        ),
        (
            "service: target",
            "service: app",
            "drill.yaml:13: drill.method[0].service is app, which is no service of",
        ),
        ("delay: 2s, ", "", "drill.yaml:14: drill.method[1] has no delay, which latency needs"),
        ("rto < 9s", "rto > 9s", "drill.yaml:15: drill.thresholds[0] is rto > 9s; must be rto, rpo"),
        ("rto < 9s", "rpo < 0", "drill.yaml:15: drill.thresholds[0] is rpo < 0; cannot hold"),
        (
            "rto < 9s",
            "rto < 0",
            "drill.yaml:15: drill.thresholds[0] is rto < 0; cannot hold for what",
        ),
        ("rto < 9s", "rto < -1s", "drill.yaml:15: drill.thresholds[0] is rto < -1s; has the limit -1s"),
        (
            "at: 12s, do: latency, delay: 2s, for: 1s",
            "at: 9s, do: freeze, service: target, for: 1s",
            "drill.yaml:14: drill.method[1].at is 9s; freeze of target is on until 10s: begin it later",
        ),
        ("rto < 9s", "rpo = 0", "has drill.thresholds that an audit measures; add audit"),
        (
            "p95 < 1s",
            "error_rate < 99%",
            "good[0] is error_rate < 99%, which cannot fail: it holds where all",
        ),
        ("p95 < 1s", "p95 < 59m", "drill.yaml:11: drill.steady.good[0] is p95 < 59m, which cannot fail: by"),
        (
            "rto < 9s]",
            "rto < 9s]\n  levels: [{level: 2, rto: 1h}, {level: 2, rto: 2h}]",
            "drill.yaml:11: drill has two levels 2; keep one",
        ),
        (
            "rto < 9s]",
            "rto < 9s]\n  levels: [{level: 5, rto: 2h, rpo: 30m}, {level: 6, rto: 1h}]",
            "drill.yaml:11: drill has a level 6 that asks for less than its level 5",
        ),
        (
            "rto < 9s]",
            "rto < 9s]\n  levels: [{level: 6}]",
            "drill.yaml:16: drill.levels[0] has no bound for level 6, which any recovery would reach; add",
        ),
        ("rto < 9s", "rto < 9s, rto < 8s", "drill.yaml:11: drill has two thresholds for rto"),
        (
            "p95 < 1s",
            "throughput >= 1/s",
            "drill.yaml:11: drill.steady.good[0] is throughput >= 1/s; is no rule",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_line(before: str, after: str, told: str) -> None:
    assert told in refused((before, after))


@pytest.mark.parametrize("rule", ["rpo < 13s", "rpo <= 12s"])
def test_nothing_older_than_the_load_can_be_lost(rule: str) -> None:
    """The last action comes at 12 s."""
    audit = ("data: {seed", "audit: {lost: null}\ndata: {seed")
    told = refused(("rto < 9s", rule), audit)
    assert (
        f"drill.yaml:16: drill.thresholds[0] is {rule}, which cannot fail: the last action comes 12s" in told
    )


def test_a_shorter_load_is_held_against_the_times_too() -> None:
    Path("drill.yaml").write_text(SCENARIO.replace("TARGET", "reference"), encoding="utf-8")
    from renhai.plan.build import Options

    with pytest.raises(
        UsageError, match=r"drill.yaml:14: drill.method\[1\].at is 12s and lasts 1s; the load ends"
    ):
        prepare(RunRequest("drill.yaml", options=Options(duration=12.0)))


def test_nothing_is_done_that_the_target_file_does_not_allow() -> None:
    Path("lab.yaml").write_text(TARGET, encoding="utf-8")
    told = refused(("service: target", "service: app"), target="./lab.yaml")
    assert told == (
        "lab.yaml:5: drills does not allow tcp, which drill.yaml:14 asks for; "
        "if the target's owner allows it, add it: drills: [tcp]"
    )


def test_what_a_service_lacks_is_told_at_its_line() -> None:
    text = TARGET.replace("drills: [freeze]", "drills: [kill, tcp]")
    Path("lab.yaml").write_text(text, encoding="utf-8")
    told = refused(("do: freeze, service: target", "do: kill, service: app"), target="./lab.yaml")
    assert told.startswith("lab.yaml:7: services.app has no start, which takes the kill back; drill.yaml:13")


def test_another_target_is_not_the_embedded_one() -> None:
    text = SCENARIO.replace("TARGET", "reference")
    Path("drill.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is target, which is no service of"):
        prepare(RunRequest("drill.yaml", target="http://127.0.0.1:9"))


def test_two_systems_are_not_drilled_against_each_other() -> None:
    Path("drill.yaml").write_text(SCENARIO.replace("TARGET", "reference"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"drill.yaml:11: drill would drill two systems at once"):
        duel.prepare(duel.DuelRequest("drill.yaml", "reference", "reference"))

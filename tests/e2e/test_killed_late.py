"""kill -9 after the load: while the audit reads back, and while a drill takes back what it did."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import psutil

from renhai.checks.drill import journal
from results.snapshot.run import load_run
from results.verdict.judged import load_judged
from tests.e2e.test_any_end import alive
from tests.e2e.test_drill import KILL
from tests.e2e.test_run import begin, last_directory, only_busy, renhai, target_process, wait_for

PATIENCE_S = 120
LAB = """name: lab
environment: test
url: URL
success: {status: [200], format: json, where: {rtn_code: "0"}}
drills: [freeze]
services:
  app: {freeze: ["true"], thaw: [SLOW]}
operations:
  registration.query: {path: /api/registration/query}
"""
FREEZE = """name: slow_thaw
target: ./lab.yaml
data: {seed: 7, taxpayers: 5000}
load:
  arrivals: {rate: 20/s, journeys: {query.only: 1}}
  stages: [{hold: 6s}]
journeys:
  query.only: [{send: registration.query, fields: {nsrsbh: "1"}}]
thresholds: {"*": [error_rate < 99%]}
drill:
  steady: {good: [p95 < 1s], bucket: 500ms, at_least: 5, in_a_row: 2}
  method: [{at: 1s, do: freeze, service: app, for: 1s}]
  thresholds: [rto < 30s]
  unnoticed: fine
"""


def whole(runner: int) -> list[psutil.Process]:
    one = psutil.Process(runner)
    return [one, *one.children(recursive=True)]


def test_a_runner_killed_in_its_audit_leaves_a_run_that_is_invalid_and_can_be_audited(tmp_path: Path) -> None:
    scenario = KILL.partition("drill:\n")[0].replace("hold: 7s", "hold: 3s").replace("99%", "50%")
    (tmp_path / "kill.yaml").write_text(scenario, encoding="utf-8")
    with target_process() as (url, _):
        runner = begin(tmp_path, "run", "kill.yaml", "--target", url, anew=True)
        try:
            wait_for(lambda: list((tmp_path / "results").glob("runs/*/journal.ndjson")), PATIENCE_S)
            everybody = whole(runner.pid)  # the journal is joined just before the audit
            runner.kill()
        finally:
            runner.kill()
            runner.communicate()
        directory = last_directory(tmp_path)
        wait_for(lambda: not any(map(alive, everybody)), PATIENCE_S)
        if (directory / "run.json").exists():
            assert load_judged(directory).verdict in ("pass", "fail", "invalid")
            return
        told = renhai(tmp_path, "report", str(directory))
        assert "the runner ended before it had judged the run" in told.stdout
        assert load_run(directory).verdict == "invalid"
        audit = renhai(tmp_path, "audit", str(directory))
        assert audit.returncode in (0, 4) and "Traceback" not in audit.stdout + audit.stderr, audit.stderr


def test_a_drill_killed_while_it_takes_back_is_taken_back_and_proves_nothing(tmp_path: Path) -> None:
    slow = tmp_path / "slow.sh"
    slow.write_text("#!/bin/sh\ntouch begun\nsleep 3\ntouch thawed\n", encoding="utf-8")
    slow.chmod(0o755)
    with target_process() as (url, _):
        (tmp_path / "lab.yaml").write_text(LAB.replace("URL", url).replace("SLOW", "./slow.sh"), "utf-8")
        (tmp_path / "freeze.yaml").write_text(FREEZE, encoding="utf-8")
        runner = begin(tmp_path, "run", "freeze.yaml", anew=True)
        try:
            wait_for(lambda: list((tmp_path / "results").glob("runs/*/begun")), PATIENCE_S)
            children = psutil.Process(runner.pid).children()
            (driver,) = [one for one in children if "renhai.checks.drill.driver" in one.cmdline()]
            os.kill(driver.pid, signal.SIGKILL)
            stdout, stderr = runner.communicate(timeout=PATIENCE_S)
        finally:
            runner.kill()
    directory = last_directory(tmp_path)
    run = load_judged(directory)
    assert (runner.returncode == 4 and run.verdict == "inconclusive") or only_busy(run), stdout + stderr
    problems = json.loads((directory / "run.json").read_text(encoding="utf-8"))["drill"]["problems"]
    assert "the drill's process did not come to its end" in problems
    assert journal.open_entries(directory) == [] and list(tmp_path.rglob("thawed"))


def test_pages_and_run_json_are_each_whole_or_not_there(tmp_path: Path) -> None:
    """`report` killed at moments of its work: what is there can be read, and the verdict is the same."""
    scenario = KILL.partition("audit:")[0].replace("hold: 7s", "hold: 2s").replace("99%", "50%")
    (tmp_path / "kill.yaml").write_text(scenario, encoding="utf-8")
    with target_process() as (url, _):
        renhai(tmp_path, "run", "kill.yaml", "--target", url)
    directory = last_directory(tmp_path)
    verdict = load_judged(directory).verdict
    pages = ("report.html", "summary.md", "junit.xml")
    for tenth in range(1, 7):
        with begin(tmp_path, "report", str(directory)) as one:
            time.sleep(tenth / 10)
            one.kill()
        assert load_judged(directory).verdict == verdict
        for name in pages:
            if (directory / name).exists():
                assert (
                    (directory / name)
                    .read_text(encoding="utf-8")
                    .rstrip()
                    .endswith((">", "|", ".", "`", ")"))
                )

"""A drill end to end: the target is killed under load and comes back; and a drill that is itself killed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from renhai.checks.drill import filling, journal
from renhai.cli.app import run_cli
from renhai.core.machine.ports import free_port
from tests import forked
from tests.e2e.namespaces import UNSHARE, require_mounts
from tests.e2e.test_run import (
    ROOT,
    begin,
    environ,
    last_directory,
    last_run,
    only_busy,
    quiet_run,
    renhai,
    target_process,
    wait_for,
)

KILL = """# How long can nobody file when the system is killed, and is anything lost?
name: kill
target: reference
data: {seed: 7, profile: gt3_2015, taxpayers: 50000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {file.only: 1}}
  stages: [{hold: 7s}]
journeys:
  file.only:
    - {send: registration.save, document: registration}
    - {send: declaration.submit, document: declaration}
thresholds: {"*": [error_rate < 99%]}
audit: {lost: null}
journal: true
drill:
  steady: {good: [p95 < 5s, error_rate < 1%], bucket: 400ms, at_least: 5, in_a_row: 2}
  method: [{at: 1500ms, do: kill, service: target, for: 200ms}]
  thresholds: [rto < 5s, rpo = 0, lost = 0, lost_after = 0]
"""
FREEZE = """name: freeze
target: ./lab.yaml
data: {seed: 7, taxpayers: 5000}
load:
  arrivals: {rate: 20/s, journeys: {query.only: 1}}
  stages: [{hold: 60s}]
journeys:
  query.only: [{send: registration.query, fields: {nsrsbh: "1"}}]
thresholds: {"*": [error_rate < 99%]}
drill:
  steady: {good: [p95 < 1s], bucket: 500ms, at_least: 5, in_a_row: 2}
  method: [{at: 1s, do: freeze, service: app}]
  thresholds: [rto < 30s]
"""
FILL = (
    KILL.replace("name: kill", "name: fill")
    .replace("target: reference", "target: ./lab.yaml")
    .replace("do: kill, service: target, for: 200ms", "do: fill, service: disk, for: 1s")
)
SMALL = """mount -t tmpfs -o size=48m tmpfs small || exit 99
PYTHON -m renhai.reference --port PORT --keep-alive 60 --database sqlite:///$PWD/small/target.db >ready &
until grep -q url ready; do kill -0 $! || exit 98; sleep 0.1; done
./renhai run fill.yaml; code=$?
ls -A small >left; kill $!; exit $code
"""
LAB = """name: lab
environment: test
url: URL
success: {status: [200], format: json, where: {rtn_code: "0"}}
drills: [freeze]
services:
  app: {pid_file: app.pid}
operations:
  registration.query: {path: /api/registration/query}
"""


def test_a_system_that_is_killed_comes_back_and_has_lost_nothing(tmp_path: Path) -> None:
    (tmp_path / "kill.yaml").write_text(KILL, encoding="utf-8")
    done = quiet_run(tmp_path, "run", "kill.yaml")
    run, directory = last_run(tmp_path), last_directory(tmp_path)
    drill = (run.model_extra or {})["drill"]
    assert (done.returncode, run.verdict) == (0, "pass"), done.stdout
    (episode,) = drill["episodes"]
    (action,) = drill["actions"]
    assert (episode["state"], drill["problems"]) == ("recovered", [])
    assert action["back_s"] >= action["at_s"] + 0.2
    assert 0.2 <= drill["rto_s"] == episode["rto_s"] < 5
    out = episode["out_s"] + episode["degraded_s"] + episode["few_s"]
    assert round(out, 6) == round(drill["rto_s"], 6)
    assert drill["losses"]["state"] == "known"
    assert [row.rule for row in run.thresholds if row.subject == "drill" and row.passed] == [
        "rto < 5s",
        "rpo = 0",
        "lost = 0",
        "lost_after = 0",
    ]
    assert {"starts.jsonl", "drill.jsonl"} <= set(run.evidence)
    assert journal.open_entries(directory) == []
    again = renhai(tmp_path, "report", str(directory))
    assert again.returncode == 0, again.stdout
    went_to_paper(directory, tmp_path / "paper.csv", episode)


def went_to_paper(directory: Path, out: Path, episode: dict[str, Any]) -> None:
    """A row for each journey that was not served between injection and recovery, by its taxpayer."""
    asked = ["--day", "2015-10-22", "--last-day", "2015-10-22", "--out", str(out)]
    assert run_cli(["drill", "papers", str(directory), *asked]) == 0
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    served, came = (sum(pair[place] for pair in episode["work"].values()) for place in (0, 1))
    assert 1 <= len(rows) <= came - served
    assert len({row["case"] for row in rows}) == len(rows)
    assert {(row["journey"], row["due"]) for row in rows} == {("file.only", "2015-10-23")}
    assert all(len(row["taxpayer"]) == 20 and row["time"].endswith("+08:00") for row in rows)


def test_what_stands_still_when_all_is_killed_goes_on_after_undo(tmp_path: Path) -> None:
    with target_process() as (url, pid):
        server = psutil.Process(pid)
        (tmp_path / "app.pid").write_text(str(server.pid))
        (tmp_path / "lab.yaml").write_text(LAB.replace("URL", url), encoding="utf-8")
        (tmp_path / "freeze.yaml").write_text(FREEZE, encoding="utf-8")
        runner = begin(tmp_path, "run", "freeze.yaml", anew=True)
        try:
            wait_for(lambda: server.status() == psutil.STATUS_STOPPED)
            driver = next(
                one
                for one in psutil.Process(runner.pid).children()
                if "renhai.checks.drill.driver" in one.cmdline()
            )
            refused = renhai(tmp_path, "drill", "undo", str(last_directory(tmp_path)))
            assert (refused.returncode, "under way" in refused.stderr) == (2, True)
            os.kill(driver.pid, signal.SIGKILL)
            runner.kill()
        finally:
            runner.kill()
            runner.communicate()
            assert server.status() == psutil.STATUS_STOPPED or not server.send_signal(signal.SIGCONT)
        done = renhai(tmp_path, "drill", "undo")
        assert (done.returncode, f"process {server.pid} goes on" in done.stdout) == (0, True)
        wait_for(lambda: server.status() != psutil.STATUS_STOPPED)
        assert "nothing to take back" in renhai(tmp_path, "drill", "undo").stdout
    left = json.loads((last_directory(tmp_path) / "drill-undo.jsonl").read_text().splitlines()[-1])
    assert left == {"id": 1, "undone": True}


def test_a_disk_that_is_full_for_a_second_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    require_mounts()
    port = str(free_port())
    reference = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
    lab = reference.replace("url: embedded", f"url: http://127.0.0.1:{port}")
    lab = lab.replace("drills: [", "services: {disk: {folder: small}}\ndrills: [fill, ")
    (tmp_path / "lab.yaml").write_text(lab, encoding="utf-8")
    (tmp_path / "fill.yaml").write_text(FILL, encoding="utf-8")
    (tmp_path / "small").mkdir()
    forked.write_program(tmp_path / "renhai")
    script = SMALL.replace("PYTHON", sys.executable).replace("PORT", port)
    line = [*UNSHARE, script]
    done = subprocess.run(line, cwd=tmp_path, env=environ(), capture_output=True, text=True, timeout=150)
    run, told = last_run(tmp_path), done.stdout + done.stderr
    assert (done.returncode == 0 or only_busy(run)) and "Traceback" not in told, told
    drill = (run.model_extra or {})["drill"]
    (episode,), (action,) = drill["episodes"], drill["actions"]
    assert action["back_s"] - action["at_s"] >= 1 and 1 <= episode["rto_s"] < 5
    assert episode["out_s"] + episode["degraded_s"] > 0
    assert sum(one.errors + one.rejected for one in run.operations.values()) > 5
    assert drill["losses"]["state"] == "known" and drill["losses"]["during"]["count"] == 0
    assert filling.NAME not in (tmp_path / "left").read_text()
    assert journal.open_entries(last_directory(tmp_path)) == []

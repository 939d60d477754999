"""The clock of the day jumps by an hour before, in or at the end of a run: measures go by one that only runs.

Every process of the run sees the jump, as sitecustomize.py of the test moves time.time and time.time_ns once
a moment of CLOCK_MONOTONIC is past.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from results.snapshot.run import load_run
from tests.e2e.test_run import MACHINE, environ, last_directory
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 2  # of its rows run in `make test`, all with --all

JUMPS_S = (3600, -3600)
MOMENTS = {
    "starting": "*",
    "loading": "*/measured.json",
    "ending": "*/measured.json",
}  # and what is there then
ROWS = [(by_s, moment) for moment in MOMENTS for by_s in JUMPS_S]
WAITS_S = {"starting": 0.0, "loading": 2.0, "ending": 5.9}
PATIENCE_S = 150
SLOW_MS = 300
LASTS_S = 6
JUMPED = """import os, time
place, by = os.environ["JUMP_AT_FILE"], int(os.environ["JUMP_S"]) * 1_000_000_000
real, real_ns = time.time, time.time_ns
def moved():
    try:
        return by if os.stat(place) else 0
    except OSError:
        return 0
time.time = lambda: real() + moved() / 1e9
time.time_ns = lambda: real_ns() + moved()
"""
SCENARIO = """# Does it measure by the clock of the day?
name: jump
target: reference
data: {seed: SEED, profile: gt3_2015, taxpayers: 50000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {registration.register: 1}}
  stages: [{hold: 6s}]
thresholds: {"*": [error_rate < 1%, p50 < 100ms]}
"""


def jumped(folder: Path, by_s: int, moment: str, url: str) -> tuple[int, str]:
    (folder / "fake").mkdir()
    (folder / "fake" / "sitecustomize.py").write_text(JUMPED, encoding="utf-8")
    (folder / "jump.yaml").write_text(
        SCENARIO.replace("SEED", str(5000 + by_s + 10 * len(moment))), encoding="utf-8"
    )
    at = folder / "jumped"
    known = environ()
    env = {**known, "JUMP_AT_FILE": str(at), "JUMP_S": str(by_s)}
    env["PYTHONPATH"] = f"{folder / 'fake'}:{known['PYTHONPATH']}"
    line = [sys.executable, "-m", "renhai", "run", "jump.yaml", "--target", url, "--processes", "2"]
    with subprocess.Popen(
        line, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        try:
            until = time.monotonic() + PATIENCE_S
            while time.monotonic() < until and not list(folder.glob(f"results/runs/{MOMENTS[moment]}")):
                time.sleep(0.05)
            time.sleep(WAITS_S[moment])
            at.touch()
            out, _ = run.communicate(timeout=PATIENCE_S)
        finally:
            run.kill()
    return run.returncode, out


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[tuple[int, str, Path]]]:
    here = wanted(request, "row")
    line = [sys.executable, "-m", "renhai.reference", "--port", "0", "--keep-alive", "60"]
    line += ["--fault", f"latency={SLOW_MS}ms"]
    with subprocess.Popen(line, env=environ(), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]

        def go(by_s: int, moment: str) -> tuple[int, str, Path]:
            folder = tmp_path_factory.mktemp("jump")
            return (*jumped(folder, by_s, moment, url), folder)

        try:
            acts = {str(row): partial(go, *row) for row in ROWS if row in here}
            with side_by_side(acts, 2) as runs:
                yield runs
        finally:
            server.kill()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1]} {row[0]:+d} s")
def test_a_clock_that_jumps_changes_no_measure(
    row: tuple[int, str], under_way: Runs[tuple[int, str, Path]]
) -> None:
    code, out, folder = under_way.result(str(row))
    run = load_run(last_directory(folder))
    codes = {record.code for record in run.reason_codes} - {"threshold.broken"}
    assert code in (1, 3) and (code == 1 or codes <= MACHINE), out  # slow is slow; no worker is lost by it
    assert abs(run.duration_s - LASTS_S) < 1 and run.generator.workers_lost == 0
    assert not any(row.passed for row in run.thresholds if row.value is not None and "p50" in row.rule)
    found = [one.latency_ms for one in run.operations.values() if one.latency_ms is not None]
    assert found and all(one.p50 >= SLOW_MS for one in found)
    assert all(one.max < 3_000_000 for one in found)

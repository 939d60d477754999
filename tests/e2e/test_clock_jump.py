"""The clock of the day jumps by an hour before, in or at the end of a run: measures go by one that only runs.

Every process of the run sees the jump, as sitecustomize.py of the test moves time.time and time.time_ns once
a file is there. The forks run it before all else; what they start with a new interpreter reads it by itself.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from results.snapshot.run import load_run
from tests import forked
from tests.e2e.test_run import MACHINE, environ, last_directory, target
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
JUMPED = """import os, sys, time
place, by = os.environ["JUMP_AT_FILE"], int(os.environ["JUMP_S"]) * 1_000_000_000
real = {"time": time.time, "time_ns": time.time_ns}
def moved():
    try:
        return by if os.stat(place) else 0
    except OSError:
        return 0
jumped = {"time": lambda: real["time"]() + moved() / 1e9, "time_ns": lambda: real["time_ns"]() + moved()}
for module in list(sys.modules.values()):  # time itself, and whoever took one of them by its name before
    for name, there in list(getattr(module, "__dict__", {}).items()):
        for clock, known in real.items():
            if there is known:
                setattr(module, name, jumped[clock])
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


def begun(folder: Path, by_s: int, *arguments: str) -> forked.Forked:
    """`renhai ARGUMENT ...` in a folder, whose clock will jump once its file `jumped` is there."""
    fake = folder / "fake" / "sitecustomize.py"
    fake.parent.mkdir()
    fake.write_text(JUMPED, encoding="utf-8")
    known = environ()
    seen = {"JUMP_AT_FILE": str(folder / "jumped"), "JUMP_S": str(by_s)}
    seen["PYTHONPATH"] = f"{known['PYTHONPATH']}:{fake.parent}"
    return forked.started(
        "renhai", *arguments, folder=folder, environment={**known, **seen}, output=subprocess.PIPE,
        errors=subprocess.STDOUT, starts=forked.starts(arguments), before=str(fake), throughout=True,
    )  # fmt: skip


def jumped(folder: Path, by_s: int, moment: str, url: str) -> tuple[int, str]:
    (folder / "jump.yaml").write_text(
        SCENARIO.replace("SEED", str(5000 + by_s + 10 * len(moment))), encoding="utf-8"
    )
    with begun(folder, by_s, "run", "jump.yaml", "--target", url, "--processes", "2") as run:
        try:
            until = time.monotonic() + PATIENCE_S
            while time.monotonic() < until and not list(folder.glob(f"results/runs/{MOMENTS[moment]}")):
                time.sleep(0.05)
            time.sleep(WAITS_S[moment])
            (folder / "jumped").touch()
            out, _ = run.communicate(timeout=PATIENCE_S)
        finally:
            run.kill()
    return run.wait(), out


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[tuple[int, str, Path]]]:
    here = wanted(request, "row")
    with target("--fault", f"latency={SLOW_MS}ms") as url:

        def go(by_s: int, moment: str) -> tuple[int, str, Path]:
            folder = tmp_path_factory.mktemp("jump")
            return (*jumped(folder, by_s, moment, url), folder)

        with side_by_side({str(row): partial(go, *row) for row in ROWS if row in here}, 2) as runs:
            yield runs


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

"""Whatever ends which process at whatever moment: the run can be judged, and it is never a pass.

The rows of the table are processes, moments and signals; each is a run of its own, with two load processes.
"""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from results.snapshot.run import load_run
from results.verdict.judged import load_judged
from tests.e2e.test_run import begin, renhai, wait_for
from tests.load.locust.locust_run import Target, target
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 5  # of its rows run in `make test`, all with --all

PATIENCE_S = 60
SCENARIO = """# Does the run leave what can be judged?
name: ends
target: reference
data: {seed: 7, profile: gt3_2015, taxpayers: 50000}
load:
  operators: [{unit: 14301030000, post: desk, count: 4}]
  stages: [STAGES]
posts:
  desk: {journeys: {registration.register: 1}, think_time: {fixed: 200ms}}
thresholds: {"*": [error_rate < 1%]}
"""
RUNNER, LOAD, WORKER, ALONE = "runner", "master", "worker", "load process without workers"
STARTING, RAMPING, LOADING = "starting", "ramping", "loading"
ENDING, PAGES = "ending", "writing pages"
STAGES = {RAMPING: "{ramp: 20s}", ENDING: "{hold: 3s}", PAGES: "{hold: 3s}"}
SLOW_S = 4  # answers of the target take as long where the load's end is to last
TABLE = [
    *((RUNNER, LOADING, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL")),
    *((RUNNER, STARTING, name) for name in ("SIGINT", "SIGKILL")),
    *((LOAD, LOADING, name) for name in ("SIGTERM", "SIGHUP", "SIGKILL")),
    *((LOAD, STARTING, name) for name in ("SIGTERM", "SIGQUIT", "SIGKILL")),
    *((WORKER, LOADING, name) for name in ("SIGTERM", "SIGKILL")),
    *((WORKER, STARTING, name) for name in ("SIGTERM", "SIGKILL")),
    *((who, moment, "SIGKILL") for who in (RUNNER, LOAD, WORKER) for moment in (RAMPING, ENDING)),
    *((ALONE, moment, "SIGKILL") for moment in (STARTING, RAMPING, LOADING, ENDING)),
    (RUNNER, PAGES, "SIGKILL"),
]


def load_process(runner: psutil.Process) -> psutil.Process | None:
    for child in runner.children():
        with contextlib.suppress(psutil.Error):
            if "renhai.load.locust" in child.cmdline():
                return child
    return None


def found(who: str, runner: psutil.Process) -> psutil.Process | None:
    """The process to be ended, once it is there."""
    with contextlib.suppress(psutil.Error):
        load = load_process(runner)
        if who == RUNNER or load is None:
            return runner if load is not None else None
        workers = load.children()
        return load if who in (LOAD, ALONE) else workers[1] if len(workers) == 2 else None
    return None


def directory_of(folder: Path) -> Path:
    (only,) = (folder / "results" / "runs").iterdir()
    return only


def measured(folder: Path) -> dict[str, Any]:
    """measured.json as it stands now; {} where there is none."""
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((directory_of(folder) / "measured.json").read_text(encoding="utf-8")))
    return {}


def wait_until(moment: str, who: str, runner: psutil.Process, folder: Path) -> None:
    wait_for(lambda: found(who, runner) is not None, PATIENCE_S)
    if moment == PAGES:
        deadline = time.monotonic() + PATIENCE_S
        while not any((directory_of(folder) / name).exists() for name in ("run.json", "summary.md")):
            assert time.monotonic() < deadline
    elif moment == ENDING:  # nothing more is begun, and what is under way has no answer yet
        wait_for(lambda: measured(folder).get("t0_ns"), PATIENCE_S)
        over_ns = measured(folder)["t0_ns"] + 3_500_000_000
        time.sleep(max(0.0, (over_ns - time.monotonic_ns()) / 1e9))
    elif moment != STARTING:
        wait_for(lambda: measured(folder).get("ended") == "running", PATIENCE_S)
        time.sleep(2.5)  # every worker has reported


def alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def end(url: str, folder: Path, who: str, moment: str, name: str) -> None:
    scenario = SCENARIO.replace("STAGES", STAGES.get(moment, "{hold: 20s}"))
    (folder / "ends.yaml").write_text(scenario, encoding="utf-8")
    two = [] if who == ALONE else ["--processes", "2"]
    process = begin(folder, "run", "./ends.yaml", "--target", url, *two, anew=True)
    runner = psutil.Process(process.pid)
    try:
        wait_until(moment, who, runner, folder)
        victim, all_of_them = found(who, runner) or runner, [runner, *runner.children(recursive=True)]
        victim.send_signal(getattr(signal, name))
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
        wait_for(lambda: not any(map(alive, all_of_them)), PATIENCE_S)  # no orphan
    finally:
        process.kill()
    directory = directory_of(folder)
    if not (directory / "run.json").exists():
        assert (who, name) == (RUNNER, "SIGKILL")
        late = renhai(folder, "report", str(directory))
        assert "the runner ended before it had judged the run" in late.stdout
        assert late.returncode == 0
    elif moment == PAGES:  # all was measured and judged before; the pages can be made again
        assert load_judged(directory).verdict == load_run(directory).verdict
        assert renhai(folder, "report", str(directory)).returncode == 0
        assert all((directory / page).stat().st_size > 0 for page in ("report.html", "summary.md"))
        return
    else:
        assert process.returncode == 3, stdout + stderr
        assert "INVALID" in stdout
    run = load_run(directory)
    assert run.verdict == "invalid" and run.reasons
    log = (directory / "locust.log").read_text(encoding="utf-8")
    assert "Traceback" not in stdout + stderr + log, stdout + stderr + log
    assert not list(directory.glob("*.key"))
    if moment == LOADING and who != RUNNER:
        assert sum(operation.ok for operation in run.operations.values()) > 0
    assert json.loads((directory / "run.json").read_text(encoding="utf-8"))["verdict"] == "invalid"
    assert renhai(folder, "report", str(directory)).returncode == 0


def label(row: tuple[str, str, str]) -> str:
    return " ".join(row)


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[None]]:
    here = wanted(request, "row")

    def go(tax: Target, row: tuple[str, str, str]) -> None:
        end(tax.url, tmp_path_factory.mktemp("end"), *row)

    with (
        target(tmp_path_factory.mktemp("target")) as tax,
        target(tmp_path_factory.mktemp("slow"), f"latency={SLOW_S}s") as slow,
    ):
        acts = {
            label(row): partial(go, slow if row[1] == ENDING else tax, row)
            for row in TABLE
            if label(row) in here
        }
        with side_by_side(acts, 3) as runs:
            yield runs


@pytest.mark.parametrize("row", [label(row) for row in TABLE])
def test_any_end_leaves_what_can_be_judged(row: str, under_way: Runs[None]) -> None:
    under_way.result(row)

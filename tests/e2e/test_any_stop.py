"""Processes that stand still, a target that falls, two that fall at once: no wrong pass, and no orphan.

The rows of the table are processes, moments and signals, as in test_any_end.py; a process that is stopped
goes on after STOPPED_S. Each row has a target of its own.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from results.snapshot.run import EXIT_CODES, load_run
from results.verdict.judged import load_judged
from tests.e2e import test_any_end as any_end
from tests.e2e.test_any_end import ALONE, ENDING, LOAD, LOADING, PAGES, RAMPING, RUNNER, STARTING, WORKER
from tests.e2e.test_run import begin, renhai
from tests.load.locust.locust_run import Target, target
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 11  # of its rows run in `make test`, all with --all

STOPPED_S = 8.0
PATIENCE_S = 240  # a runner gives its load process the load, the longest request and 90 s
TARGET, STOP, KILL = "target", "SIGSTOP", "SIGKILL"
MOMENTS = (STARTING, RAMPING, LOADING, ENDING)
TABLE = [
    *((who, moment, STOP) for who in (RUNNER, LOAD, WORKER, ALONE, TARGET) for moment in MOMENTS),
    *((TARGET, moment, name) for name in (KILL, "SIGTERM") for moment in MOMENTS),
    *((who, PAGES, STOP) for who in (RUNNER, TARGET)),
    (TARGET, PAGES, KILL),
    *((f"{one}+{other}", LOADING, KILL) for one, other in ((RUNNER, LOAD), (RUNNER, WORKER), (LOAD, WORKER))),
    (f"{WORKER}+other {WORKER}", LOADING, KILL),
    (f"{TARGET}+{WORKER}", LOADING, KILL),
    (f"{RUNNER}+{TARGET}", LOADING, KILL),
]


def victims(who: str, runner: psutil.Process, tax: Target) -> list[int]:
    """Process numbers of each part of a name."""
    found = []
    for one in who.split("+"):
        if one == TARGET:
            found.append(tax.process.pid)
        elif one.startswith("other "):
            load = any_end.load_process(runner)
            found.append(load.children()[0].pid if load is not None else runner.pid)
        else:
            found.append((any_end.found(one, runner) or runner).pid)
    return found


def send(numbers: list[int], name: str) -> None:
    for one in numbers:
        os.kill(one, getattr(signal, name))


def may_pass(who: str, moment: str) -> bool:
    """Where the process had nothing to do then, or measures what it waited for."""
    return who == RUNNER or moment in (STARTING, PAGES) or (moment == ENDING and who != WORKER)


def go(tax: Target, folder: Path, who: str, moment: str, name: str) -> None:
    scenario = any_end.SCENARIO.replace("STAGES", any_end.STAGES.get(moment, "{hold: 20s}"))
    (folder / "ends.yaml").write_text(scenario, encoding="utf-8")
    two = [] if who in (ALONE, TARGET) else ["--processes", "2"]
    process = begin(folder, "run", "./ends.yaml", "--target", tax.url, *two, anew=True)
    runner = psutil.Process(process.pid)
    first = ALONE if who == TARGET else next(one for one in who.split("+") if one != TARGET)
    try:
        any_end.wait_until(moment, first, runner, folder)
        ends, all_of_them = victims(who, runner, tax), [runner, *runner.children(recursive=True)]
        send(ends, name)
        if name == STOP:
            time.sleep(STOPPED_S)
            send([one for one in ends if psutil.pid_exists(one)], "SIGCONT")
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
        until = time.monotonic() + PATIENCE_S
        while any(map(any_end.alive, all_of_them)):
            assert time.monotonic() < until, [one for one in all_of_them if any_end.alive(one)]
            time.sleep(0.1)
    finally:
        process.kill()
    judged(folder, who, moment, name, process.returncode, stdout + stderr)


def judged(folder: Path, who: str, moment: str, name: str, code: int, told: str) -> None:
    directory = any_end.directory_of(folder)
    if not (directory / "run.json").exists():
        assert RUNNER in who and name == KILL, told
        assert "INVALID" in renhai(folder, "report", str(directory)).stdout
        assert load_run(directory).verdict == "invalid"
        return
    run = load_judged(directory)
    assert EXIT_CODES[run.verdict] == code, told
    log = (directory / "locust.log").read_text(encoding="utf-8")
    assert "Traceback" not in told + log, told + log
    assert not list(directory.glob("*.key"))
    assert renhai(folder, "report", str(directory)).returncode == 0
    if run.verdict == "pass":
        found = list(run.operations.values())
        if (who, name) == (TARGET, STOP) and moment in (RAMPING, LOADING):  # no rule asks for latency
            assert max(one.latency_ms.max for one in found if one.latency_ms) > 1000 * (STOPPED_S - 1)
        else:
            assert may_pass(who, moment), told
            assert sum(one.ok for one in found) == sum(one.started for one in found) > 0
    else:
        assert run.verdict in ("fail", "invalid") and run.reasons, told
        assert json.loads((directory / "run.json").read_text(encoding="utf-8"))["verdict"] == run.verdict


def label(row: tuple[str, str, str]) -> str:
    return " ".join(row)


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[None]]:
    here = wanted(request, "row")

    def act(row: tuple[str, str, str]) -> None:
        faults = (f"latency={any_end.SLOW_S}s",) if row[1] == ENDING else ()
        with target(tmp_path_factory.mktemp("target"), *faults) as tax:
            go(tax, tmp_path_factory.mktemp("stop"), *row)

    acts: dict[str, Callable[[], None]] = {
        label(row): partial(act, row) for row in TABLE if label(row) in here
    }
    with side_by_side(acts, 3) as runs:
        yield runs


@pytest.mark.parametrize("row", [label(row) for row in TABLE])
def test_nothing_that_stands_still_or_falls_makes_a_wrong_pass(row: str, under_way: Runs[None]) -> None:
    under_way.result(row)

"""The real command against the real target, short: verdicts, exit codes, counts, interruptions, the wheel."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from renhai.run.process.target_counts import counts
from results.snapshot.run import Run, load_run
from tests import forked

ROOT = Path(__file__).resolve().parents[2]
FEW = ("--set", "data.taxpayers=2000")  # a target of the run's own is told of all before it begins
SHORT = ("--duration", "4s", *FEW)


def environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "160"}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "renhai", *arguments],
        cwd=folder,
        env=environ(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def begin(folder: Path, *arguments: str, anew: bool = False, **how: Any) -> forked.Process:
    """The same by a fork. anew: what it starts are new interpreters, its children, as a user's are."""
    pipes = {"output": subprocess.PIPE, "errors": subprocess.PIPE}
    starts = {} if anew else forked.starts(arguments)
    return forked.started(
        "renhai", *arguments, folder=folder, environment=environ(), starts=starts, **pipes, **how
    )


def renhai(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = forked.run([*arguments], folder, environ(), timeout=120)
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done


@contextmanager
def target_process(*options: str) -> Iterator[tuple[str, int]]:
    """A reference target of the test's own: its URL and its process."""
    line = ["--port", "0", "--keep-alive", "60", *options]
    how = {"folder": ROOT, "environment": os.environ, "output": subprocess.PIPE, "errors": 2}
    with forked.started(forked.TARGET, *line, **how) as process:
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["url"]), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)


@contextmanager
def target(*options: str) -> Iterator[str]:
    """Its URL."""
    with target_process(*options) as (url, _):
        yield url


# What a busy machine does to the load process: it makes any run invalid, and says nothing of the target.
MACHINE = frozenset(
    f"generator.{name}"
    for name in (
        "cpu_busy",
        "cpu_demand",
        "cpu_stolen",
        "littles_law",
        "loop_lag",
        "stalled",
        "start_lateness",
    )
)


def only_busy(run: Run) -> bool:
    """Whether a run was refused, and for nothing but this machine, which had something else to do."""
    return run.verdict == "invalid" and {record.code for record in run.reason_codes} <= MACHINE


def spoiled(run: Run) -> bool:
    """Whether this machine stood still so long, too, that there is nothing to judge of something."""
    codes = {record.code for record in run.reason_codes}
    return run.verdict == "invalid" and bool(codes & MACHINE) and codes <= {*MACHINE, "threshold.not_judged"}


def quiet_run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A run that is made anew when it was refused because this machine was busy with something else."""
    for _ in range(3):
        done = renhai(folder, *arguments)
        if done.returncode != 3 or not spoiled(last_run(folder)):
            break
    return done


def held(done: subprocess.CompletedProcess[str], run: Run) -> bool:
    """Whether every threshold held, in a run that passed or was refused for this busy machine alone."""
    return all(row.passed for row in run.thresholds) and (done.returncode == 0 or only_busy(run))


def last_directory(folder: Path) -> Path:
    return max((folder / "results" / "runs").iterdir())


def last_run(folder: Path) -> Run:
    return load_run(last_directory(folder))


def measured(run: Run) -> dict[str, tuple[int, ...]]:
    return {name: (o.started, o.ok, o.rejected, o.errors) for name, o in run.operations.items()}


def counted(operations: dict[str, dict[str, int]] | None) -> dict[str, tuple[int, ...]]:
    """What the target counted, of the operations that it received at all."""
    return {name: tuple(row.values()) for name, row in (operations or {}).items() if row["received"]}


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert what()


def test_smoke_passes_and_leaves_a_whole_snapshot(tmp_path: Path) -> None:
    done = quiet_run(tmp_path, "run", "smoke", *SHORT)
    assert done.returncode == 0, done.stdout + done.stderr
    directory, run = last_directory(tmp_path), last_run(tmp_path)
    assert re.fullmatch(r"\d{8}T\d{6}Z-smoke-[0-9a-f]{6}", directory.name)
    assert "PASS" in done.stdout
    assert f"snapshot: {directory}" in done.stdout
    assert (run.verdict, run.scenario.name, run.target.name, run.seed) == (
        "pass",
        "smoke",
        "reference",
        20150911,
    )
    assert {name.partition(".")[0] for name in run.operations} == {
        "registration", "invoice", "declaration", "collection",
    }  # fmt: skip
    for name in ("summary.md", "junit.xml", "latency.hlog", "service.hlog", "locust.log", "load.py"):
        assert (directory / name).stat().st_size > 0, name
    assert run.environment["cores"] >= 1
    assert {"renhai", "locust", "gevent", "python"} <= set(run.versions)
    assert counted((run.model_extra or {})["target_counts"]) == measured(run)
    with (directory / "timeline.csv").open() as file:
        started = [int(row["started"]) for row in csv.DictReader(file) if row["operation"] != "run"]
    assert sum(started) == sum(counts[0] for counts in measured(run).values())


def test_planted_errors_fail_name_the_threshold_and_are_counted_alike(tmp_path: Path) -> None:
    with target("--fault", "errors=2%") as url:
        before: dict[str, tuple[int, ...]] = {}
        for number in range(3):
            others = ("--set", f"data.first={20_000 * number}")
            short = ("--duration", "5s", "--processes", "2")
            done = renhai(tmp_path, "run", "smoke", *short, *others, "--target", url)
            run = last_run(tmp_path)
            now = {name: row for name, row in counted(counts(url)).items() if name in run.operations}
            share = {
                n: tuple(a - b for a, b in zip(row, before.get(n, (0,) * 4), strict=True))
                for n, row in now.items()
            }
            assert share == measured(run)
            before = now
            if done.returncode != 3:
                break
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"error_rate is \d.*%, must be < 0\.1%", done.stdout)
    assert run.verdict == "fail"
    assert run.generator.processes == 2
    assert any(not row.passed and row.metric == "error_rate" for row in run.thresholds)


def test_an_absent_target_is_invalid(tmp_path: Path) -> None:
    done = renhai(tmp_path, "run", "smoke", "--target", "http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (3, "")
    assert "the target does not answer at http://127.0.0.1:9: Connection refused" in done.stderr
    assert list((tmp_path / "results" / "runs").iterdir()) == []


@pytest.mark.parametrize(
    ("scenario", "presses"), [("smoke", 1), ("declaration_open", 2)], ids=["closed-asked", "open-killed"]
)
def test_ctrl_c_leaves_a_readable_snapshot_and_ends_a_series(
    tmp_path: Path, scenario: str, presses: int
) -> None:
    as_asked = {1: begin, 2: start}[presses]  # one of them by a new interpreter, as a user's is
    process = as_asked(tmp_path, "run", scenario, "--duration", "60s", "--repeat", "2", *FEW)
    timeline = "results/runs/*/timeline.csv"
    wait_for(lambda: any(len(path.read_text().splitlines()) > 10 for path in tmp_path.glob(timeline)))
    for _ in range(presses):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, out + err
    assert "Traceback" not in out + err
    assert len(list((tmp_path / "results" / "runs").iterdir())) == 1
    run = last_run(tmp_path)
    assert (run.verdict, run.ended) == ("invalid", "interrupted")
    assert any("interrupted after" in reason for reason in run.reasons)
    assert sum(operation.ok for operation in run.operations.values()) > 0

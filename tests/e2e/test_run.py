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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from renhai.embedded import counts
from results.snapshot import load_run

ROOT = Path(__file__).resolve().parents[2]
SHORT = ("--duration", "4s")


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


def renhai(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(folder, *arguments)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in out + err, out + err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@contextmanager
def target(*options: str) -> Iterator[str]:
    """A reference target of the test's own."""
    line = [sys.executable, "-m", "renhai.target", "--port", "0", "--keep-alive", "60", *options]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["url"])
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)


def only_run(folder: Path) -> Path:
    (found,) = (folder / "results" / "runs").iterdir()
    return found


def wait_for(what: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert what()


def test_smoke_passes_and_leaves_a_whole_snapshot(tmp_path: Path) -> None:
    done = renhai(tmp_path, "run", "smoke", *SHORT)
    assert done.returncode == 0, done.stdout + done.stderr
    directory = only_run(tmp_path)
    assert re.fullmatch(r"\d{8}T\d{6}Z-smoke-[0-9a-f]{6}", directory.name)
    assert f"snapshot: {directory}" in done.stdout
    assert "PASS" in done.stdout
    run = load_run(directory)
    assert (run.verdict, run.scenario.name, run.target.name) == ("pass", "smoke", "reference")
    assert {name.partition(".")[0] for name in run.operations} == {
        "registration",
        "invoice",
        "declaration",
        "collection",
    }
    for name in (
        "summary.md",
        "junit.xml",
        "latency.hlog",
        "service.hlog",
        "timeline.csv",
        "locust.log",
        "load.py",
    ):
        assert (directory / name).stat().st_size > 0, name
    assert run.environment["cores"] >= 1
    assert {"renhai", "locust", "gevent", "python"} <= set(run.versions)
    assert run.seed == 20150911
    counted = run.model_extra and run.model_extra["target_counts"]
    measured = {name: (o.started, o.ok, o.rejected, o.errors) for name, o in run.operations.items()}
    assert {name: tuple(row.values()) for name, row in counted.items() if row["received"]} == measured
    with (directory / "timeline.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["started"]) for row in rows if row["operation"] != "run") == sum(
        m[0] for m in measured.values()
    )


def test_planted_errors_fail_and_name_the_threshold(tmp_path: Path) -> None:
    with target("--fault", "errors=2%") as url:
        done = renhai(tmp_path, "run", "smoke", "--duration", "5s", "--target", url)
        theirs = counts(url)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"error_rate is \d.*%, must be < 0\.1%", done.stdout)
    run = load_run(only_run(tmp_path))
    assert run.verdict == "fail"
    assert any(not row.passed and row.metric == "error_rate" for row in run.thresholds)
    assert theirs is not None
    ours = {name: (o.started, o.ok, o.rejected, o.errors) for name, o in run.operations.items()}
    assert {name: tuple(row.values()) for name, row in theirs.items() if row["received"]} == ours


def test_an_absent_target_is_invalid(tmp_path: Path) -> None:
    done = renhai(tmp_path, "run", "smoke", "--target", "http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (3, "")
    assert "the target does not answer at http://127.0.0.1:9: Connection refused" in done.stderr
    assert list((tmp_path / "results" / "runs").iterdir()) == []


def test_arrivals_on_two_processes_are_counted_by_the_target_too(tmp_path: Path) -> None:
    done = renhai(
        tmp_path, "run", "declaration_open", *SHORT, "--processes", "2", "--out", "deep/er", "--set",
        "thresholds.run=[throughput >= 1/s]",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (directory,) = (tmp_path / "deep" / "er").iterdir()
    run = load_run(directory)
    assert run.generator.processes == 2
    assert run.load.model == "open"
    assert run.load.arrivals_dropped == 0
    assert run.load.arrivals_due > 0
    counted = run.model_extra and run.model_extra["target_counts"]
    assert {n: row["received"] for n, row in counted.items() if row["received"]} == {
        name: operation.started for name, operation in run.operations.items()
    }


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_leaves_a_readable_snapshot(tmp_path: Path, presses: int) -> None:
    process = start(tmp_path, "run", "smoke", "--duration", "60s", "--set", "data.taxpayers=60000")
    runs = tmp_path / "results" / "runs"
    wait_for(lambda: list(runs.glob("*/timeline.csv")))
    wait_for(lambda: len(next(runs.glob("*/timeline.csv")).read_text().splitlines()) > 10)
    for _ in range(presses):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, out + err
    assert "Traceback" not in out + err
    run = load_run(only_run(tmp_path))
    assert run.verdict == "invalid"
    assert run.operations
    if presses == 1:
        assert run.ended == "interrupted"
        assert any("interrupted after" in reason for reason in run.reasons)


def test_repeated_runs_exit_with_the_worst(tmp_path: Path) -> None:
    done = renhai(
        tmp_path,
        "run",
        "smoke",
        "--duration",
        "2s",
        "--repeat",
        "2",
        "--set",
        "thresholds.run=[p95 <= 0.001ms]",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(list((tmp_path / "results" / "runs").iterdir())) == 2


def test_the_wheel_runs_from_a_foreign_directory(tmp_path: Path) -> None:
    """Its own generators/, results/ and scenarios/ must not shadow ours, and nothing is written into home."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(tmp_path / "dist"),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = (tmp_path / "dist").glob("renhai-*.whl")
    python = fresh_venv(tmp_path / "venv", wheel)
    folder = foreign_directory(tmp_path / "work")
    line = [str(python.with_name("renhai")), "run", "smoke", *SHORT]
    clean = {name: value for name, value in environ().items() if name != "PYTHONPATH"}
    done = subprocess.run(
        line, cwd=folder, env=clean, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = load_run(only_run(folder))
    assert run.verdict == "pass"
    home = next((tmp_path / "venv").glob("lib/*/site-packages/renhai/_home"))
    assert not (home / "results" / "runs").exists()
    assert not list(home.rglob("*.hlog"))
    top = {path.name for path in home.parents[1].iterdir()}
    assert not top & {"generators", "results", "scenarios", "locustfiles"}


def fresh_venv(folder: Path, wheel: Path) -> Path:
    """A venv that holds the wheel itself; its dependencies come from the venv of these tests by a .pth."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/*/site-packages")
    ours = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    # only its folder, not its own .pth files: one of them would make the checkout importable
    (site / "dependencies.pth").write_text(f"{ours}\n")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--no-deps",
            "--no-index",
            "-q",
            str(wheel),
        ],
        check=True,
        timeout=120,
    )
    return python


def foreign_directory(folder: Path) -> Path:
    for name in ("generators", "locustfiles", "renhai"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise ImportError('a stranger')\n")
    (folder / "results").mkdir()
    (folder / "results" / "__init__.py").write_text("raise ImportError('a stranger')\n")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "smoke.yaml").write_text("name: a stranger\n")
    return folder

"""The shipped scenarios of pressure, shortened, against the real target; a search that meets its limit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_run import last_directory, last_run, quiet_run, target

from renhai.cli import run_cli
from results.snapshot import load_run

FAST = ("--set", "catch_up.compressed=1200")
SHIPPED = {
    "opening_day": ("--duration", "3s"),
    "deadline_day": ("--duration", "3s", "--rate", "60/s"),
    "soak": ("--duration", "3s"),
    "catch_up": ("--duration", "3s", *FAST, "--set", "catch_up.volume=500"),
}


def extra(folder: Path) -> dict[str, Any]:
    return last_run(folder).model_extra or {}


@pytest.mark.parametrize("name", [*SHIPPED, "capacity"])
def test_a_shipped_scenario_passes_the_check(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["check", name]) == 0
    out = capsys.readouterr().out
    assert "is valid; no load was sent" in out
    assert "but:" not in out
    assert "a city of nine districts" in out


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_runs_shortened(name: str, tmp_path: Path) -> None:
    done = quiet_run(tmp_path, "run", name, *SHIPPED[name])
    assert done.returncode == 0, done.stdout + done.stderr
    run, found = last_run(tmp_path), extra(tmp_path)
    assert run.scenario.name == name
    assert sum(one.ok for one in run.operations.values()) > 0
    if name == "soak":
        assert {row["quantity"] for row in found["drift"]} == {"p50", "p95", "error_rate", "memory"}
        assert "Drift" in done.stdout
        assert len((last_directory(tmp_path) / "target.csv").read_text().splitlines()) > 3
    if name == "catch_up":
        account = found["catch_up"]
        assert account["completed"] == sum(one["completed"] for one in run.journeys.values()) > 0
        assert account["needed_per_hour"] == pytest.approx(500 / 6.5)
        assert account["finish"] in done.stdout


def test_a_search_brackets_a_planted_capacity_and_leaves_every_step(tmp_path: Path) -> None:
    short = ("--set", "load.search.step=8s", "--set", "load.search.steps=3", "--rate", "25/s")
    wide = ("--set", "load.search.cool_down=0s", "--set", "thresholds.run=[p99 < 350ms]")
    with target("--fault", "capacity=2x50ms:declaration.submit") as url:  # 40 a second
        for _ in range(3):
            done = quiet_run(tmp_path, "run", "capacity", "--target", url, *short, *wide)
            outcomes = {round(step["rate"]): step["outcome"] for step in extra(tmp_path)["capacity"]["steps"]}
            if outcomes.get(50, "invalid") != "invalid":  # it is when this machine was busy
                break
    assert done.returncode == 0, done.stdout + done.stderr
    directory, found = last_directory(tmp_path), extra(tmp_path)["capacity"]
    assert outcomes[25] == "held"
    assert outcomes[50] == "broke"
    assert 25 <= found["low"] < found["high"]
    assert found["high"] == pytest.approx(50, rel=0.2)  # as really offered until the step was stopped
    due = [load_run(step).load.arrivals_due for step in sorted((directory / "steps").iterdir())]
    assert due[0] == 200  # 25 a second for 8 s
    assert 25.0 in {point["rate"] for point in found["curve"]}
    assert len(found["steps"]) == 3
    assert found["first_broken"]
    assert "Capacity" in done.stdout
    page = (directory / "report.html").read_text(encoding="utf-8")
    assert json.dumps(found["ended"]) in page and '"curve"' in page

"""kill -9 of a search for capacity or of a duel in its midst: nobody is left, and `report` says invalid."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil
import pytest

from results.snapshot.run import load_run
from tests.e2e.test_run import FEW, begin, last_directory, renhai, wait_for

PATIENCE_S = 90
SEARCH = ("run", "capacity", "--set", "load.search.step=3s", "--set", "load.search.to=40/s")
DUEL = (
    "duel",
    "declaration_open",
    "--a",
    "reference",
    "--b",
    "reference",
    "--rate",
    "12/s",
    "--duration",
    "20s",
    *FEW,
)
ROWS = {  # the command, and the parts of its directory that are under way or judged when it is killed
    "search": (SEARCH, "steps/01", "steps/*"),
    "duel": ((*DUEL, "--set", "load.stages=[{hold: 20s}]", "--repeat", "1"), "a", "[ab]"),
}


def everybody(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def is_gone(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


@pytest.mark.parametrize("name", ROWS)
def test_what_was_killed_in_its_midst_is_reported_as_invalid(name: str, tmp_path: Path) -> None:
    line, first, parts = ROWS[name]
    process = begin(tmp_path, *line, anew=True)
    try:
        runs = tmp_path / "results" / "runs"
        wait_for(lambda: list(runs.glob(f"*/{first}/measured.json")), PATIENCE_S)
        children = everybody(psutil.Process(process.pid))
        assert any("renhai.load.locust" in child.cmdline() for child in children if not is_gone(child))
    finally:
        process.kill()
        process.communicate()
    wait_for(lambda: all(map(is_gone, children)), PATIENCE_S)
    directory = last_directory(tmp_path)
    late = renhai(tmp_path, "report", str(directory))
    assert "the runner ended before it had judged the run" in late.stdout, late.stdout + late.stderr
    assert "INVALID" in late.stdout
    left = sorted(directory.glob(parts)) or [directory]
    verdicts = {path.name: load_run(path).verdict for path in left if path.is_dir()}
    assert set(verdicts.values()) <= {"invalid", "pass", "fail"}
    assert "invalid" in verdicts.values()
    assert not list(directory.rglob("*.key"))

"""The process of a drill by itself: it acts at its times, and takes back at a signal or its parent's end."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from renhai.checks.drill import driver as drive
from renhai.checks.drill import journal
from results.checks.drill.document import read_log

NO_COMMANDS: dict[str, Any] = dict.fromkeys(("freeze", "thaw", "kill", "start", "restart"))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "app.pid").write_text(str(process.pid))
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def plan(folder: Path, *method: dict[str, Any], **services: Any) -> Path:
    app = {**NO_COMMANDS, "pid_file": str(folder / "app.pid"), **services}
    empty = {"for_s": None, "share": 1.0, "delay_s": None, "speed": None, "size": None}
    document = {"method": [{**empty, **one} for one in method], "rollback": [], "services": {"app": app}}
    path = folder / "drill-plan.json"
    path.write_text(json.dumps(document))
    (folder / "measured.json").write_text(json.dumps({"t0_ns": time.monotonic_ns()}))
    return path


def driver(path: Path) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "renhai.checks.drill.driver", str(path)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)


def wait_for(folder: Path, event: str) -> dict[str, Any]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for row in read_log(folder):
            if row["event"] == event:
                return row
        time.sleep(0.02)
    raise AssertionError(f"no {event}: {read_log(folder)}")


def stands(app: psutil.Process, wanted: bool = True) -> bool:
    """Whether it comes to be stopped, or not, in the time that a busy machine takes."""
    until = time.monotonic() + 60
    while (app.status() == psutil.STATUS_STOPPED) is not wanted and time.monotonic() < until:
        time.sleep(0.01)
    return (app.status() == psutil.STATUS_STOPPED) is wanted


def test_it_freezes_for_as_long_as_it_was_told(tmp_path: Path, app: psutil.Process) -> None:
    with driver(plan(tmp_path, {"do": "freeze", "at_s": 0.1, "for_s": 0.5, "service": "app"})) as process:
        done, undone = wait_for(tmp_path, "done"), wait_for(tmp_path, "undone")
        assert undone["began_ns"] - done["began_ns"] >= 500_000_000
        assert stands(app, False)
        process.terminate()
        assert process.stdout is not None
        assert process.stdout.readline().startswith('{"address"')
        assert json.loads(process.stdout.readline()) == {"over": True}
        process.kill()
    assert [row["event"] for row in read_log(tmp_path)] == ["ready", "done", "undone", "over"]


def test_a_signal_takes_back_at_once_and_nothing_more_is_done(tmp_path: Path, app: psutil.Process) -> None:
    later = {"do": "kill", "at_s": 600.0, "service": "app"}
    with driver(plan(tmp_path, {"do": "freeze", "at_s": 0.0, "service": "app"}, later)) as process:
        wait_for(tmp_path, "done")
        assert stands(app)
        process.terminate()
        wait_for(tmp_path, "over")
        process.kill()
    assert stands(app, False)
    assert journal.open_entries(tmp_path) == []
    assert [row["number"] for row in read_log(tmp_path) if row["event"] == "done"] == [0]


def test_it_takes_back_when_its_parent_is_gone(tmp_path: Path, app: psutil.Process) -> None:
    path = plan(tmp_path, {"do": "freeze", "at_s": 0.0, "service": "app"})
    line = [sys.executable, "-m", "renhai.checks.drill.driver", str(path)]
    code = f"import subprocess, time; subprocess.Popen({line!r}); time.sleep(600)"
    parent = subprocess.Popen([sys.executable, "-c", code])
    wait_for(tmp_path, "done")
    parent.kill()
    parent.wait()
    wait_for(tmp_path, "over")
    assert stands(app, False)


def test_an_action_that_cannot_be_done_is_told_and_ends_the_drill(tmp_path: Path) -> None:
    (tmp_path / "app.pid").write_text("999999999")
    with driver(plan(tmp_path, {"do": "freeze", "at_s": 0.0, "service": "app"})) as process:
        failed = wait_for(tmp_path, "failed")
        wait_for(tmp_path, "over")
        process.kill()
    assert failed["why"].startswith("method[0] (freeze): ")
    assert failed["why"].endswith("names process 999999999, which does not run")


def test_a_kill_is_taken_back_by_the_command_that_starts(tmp_path: Path, app: psutil.Process) -> None:
    command = ["touch", str(tmp_path / "started")]
    method = {"do": "kill", "at_s": 0.0, "for_s": 0.1, "service": "app"}
    with driver(plan(tmp_path, method, start=command)) as process:
        wait_for(tmp_path, "undone")
        process.kill()
    assert app.status() == psutil.STATUS_ZOMBIE
    assert (tmp_path / "started").exists()


def test_a_log_that_has_no_room_loses_no_line_that_comes_before_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk nothing is said; once there is room all of it is, in its order, or "over" is missing."""
    driving = drive.Driver({}, tmp_path, 1)

    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    driving._log("ready")
    with monkeypatch.context() as patched:
        patched.setattr(drive, "append_whole", full)
        driving._log("done", number=0)
        driving._log("failed", number=0, why="somebody else ended it")
        assert [row["event"] for row in read_log(tmp_path)] == ["ready"]
    driving._log("over")
    assert [row["event"] for row in read_log(tmp_path)] == ["ready", "done", "failed", "over"]


def test_what_is_undone_on_a_full_disk_is_undone_and_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = journal.Journal(tmp_path)
    known.intend("run", command=["touch", str(tmp_path / "undone")])

    def full(path: Path, data: bytes, durable: bool) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal, "append_whole", full)
    with pytest.raises(OSError, match="No space"):
        known.intend("run", command=["true"])  # nothing is done whose undoing cannot be noted
    assert journal.undo_all(tmp_path) == (["touch was run"], [])
    assert (tmp_path / "undone").exists() and len(journal.open_entries(tmp_path)) == 1

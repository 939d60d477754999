"""What a drill has done is undone: twice changes nothing, and another process of that number is let be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from renhai.checks.drill import filling, journal
from renhai.checks.drill.journal import Journal, open_entries, undo_all
from renhai.checks.drill.processes import CannotAct, Known, boot_id, is_same, send, started, tree
from renhai.core.errors import UsageError
from renhai.run.drill.undoing import undo_drills


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "app.pid").write_text(f"{process.pid}\n")
    yield process
    process.kill()
    process.wait()


def stands(process: subprocess.Popen[bytes], wanted: bool = True) -> bool:
    """Whether it comes to be stopped, or not, in the time that a busy machine takes."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if (psutil.Process(process.pid).status() == psutil.STATUS_STOPPED) is wanted:
            return True
        time.sleep(0.01)
    return False


def test_a_frozen_process_goes_on_after_its_freezer_was_killed(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    known = tree(str(tmp_path / "app.pid"))
    Journal(tmp_path).intend("thaw", processes=known)
    send(known, signal.SIGSTOP)
    assert stands(sleeper)
    assert undo_all(tmp_path) == ([f"process {sleeper.pid} goes on"], [])
    assert stands(sleeper, False)
    assert undo_all(tmp_path) == ([], [])


def test_a_number_that_another_process_has_now_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    os.kill(sleeper.pid, signal.SIGSTOP)
    assert stands(sleeper)
    begun = started(sleeper.pid)
    for other in (Known(sleeper.pid, begun - 1, boot_id()), Known(sleeper.pid, begun, "another boot")):
        assert not is_same(other)
        Journal(tmp_path).intend("thaw", processes=[other])
    done, failed = undo_all(tmp_path)
    assert (len(done), failed) == (2, [])
    assert psutil.Process(sleeper.pid).status() == psutil.STATUS_STOPPED


def test_what_was_not_written_whole_was_never_done(tmp_path: Path) -> None:
    Journal(tmp_path).intend("run", command=["touch", str(tmp_path / "a")], unless=None)
    with (tmp_path / journal.NAME).open("a") as file:
        file.write('{"id": 2, "undo": "run", "comm')
    assert [one["id"] for one in open_entries(tmp_path)] == [1]
    assert undo_all(tmp_path) == (["touch was run"], [])
    assert (tmp_path / "a").exists()


def test_a_service_that_runs_again_is_not_started_twice(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    command = ["touch", str(tmp_path / "started")]
    Journal(tmp_path).intend("run", command=command, unless=str(tmp_path / "app.pid"))
    undo_all(tmp_path)
    assert not (tmp_path / "started").exists()
    sleeper.kill()
    sleeper.wait()
    Journal(tmp_path).intend("run", command=command, unless=str(tmp_path / "app.pid"))
    undo_all(tmp_path)
    assert (tmp_path / "started").exists()


def test_what_cannot_be_undone_stays_open_and_is_told(tmp_path: Path) -> None:
    Journal(tmp_path).intend("run", command=["sh", "-c", "echo no such unit; exit 5"], unless=None)
    assert undo_all(tmp_path) == ([], ["sh ended with 5: no such unit"])
    assert len(open_entries(tmp_path)) == 1


@pytest.mark.parametrize("text", ["", "app", "1", "999999999"])
def test_a_pid_file_that_names_no_process_to_stop_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "app.pid").write_text(text)
    with pytest.raises(CannotAct):
        tree(str(tmp_path / "app.pid"))


@pytest.mark.parametrize("own", [os.getpid, os.getppid])
def test_renhai_does_not_stop_itself(tmp_path: Path, own: Callable[[], int]) -> None:
    (tmp_path / "app.pid").write_text(str(own()))
    with pytest.raises(CannotAct):
        tree(str(tmp_path / "app.pid"))


def test_undo_finds_the_runs_that_left_something(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Journal(tmp_path / name).intend("run", command=["touch", str(tmp_path / f"{name}.done")], unless=None)
    assert [one.directory.name for one in undo_drills(None, tmp_path)] == ["one", "two"]
    assert undo_drills(None, tmp_path) == []
    assert undo_drills(tmp_path / "one", None)[0].done == []
    with pytest.raises(UsageError, match="give the directory of a run that was drilled"):
        undo_drills(tmp_path, None)


def test_what_fills_a_disk_is_removed_twice_as_well_as_once_and_nothing_else_is(tmp_path: Path) -> None:
    full = tmp_path / filling.NAME
    full.write_bytes(b"0" * 1000)
    Journal(tmp_path).intend("remove", path=str(full))
    Journal(tmp_path).intend("remove", path=str(tmp_path / "books.db"))
    (tmp_path / "books.db").write_text("theirs")
    done, failed = undo_all(tmp_path)
    assert (done, len(failed)) == ([f"{full} is removed"], 1)
    assert not full.exists() and (tmp_path / "books.db").read_text() == "theirs"
    assert len(undo_all(tmp_path)[1]) == 1


def test_neither_the_disk_of_the_machine_nor_that_of_the_run_is_filled(tmp_path: Path) -> None:
    for folder in ("/", str(tmp_path), str(tmp_path / "none")):
        with pytest.raises(CannotAct):
            filling.place(folder, tmp_path)


@pytest.mark.parametrize(
    "damaged",
    [
        {"undo": "run", "command": []},
        {"undo": "run", "command": None},
        {"undo": "run"},
        {"undo": "thaw", "processes": [[1]]},
        {"undo": "thaw", "processes": 7},
        {"undo": "remove", "path": "/etc/hosts"},
        {"undo": "remove", "path": None},
        {"undo": "mend"},
    ],
)
def test_an_entry_that_is_damaged_keeps_back_no_other(tmp_path: Path, damaged: dict[str, object]) -> None:
    Journal(tmp_path).intend("run", command=["touch", str(tmp_path / "a")])
    Journal(tmp_path).intend(**damaged)  # type: ignore[arg-type]
    done, failed = undo_all(tmp_path)
    assert (done, len(failed), bool(failed[0])) == (["touch was run"], 1, True)
    assert (tmp_path / "a").exists()


def test_what_is_undone_behind_half_a_line_is_not_undone_twice(tmp_path: Path) -> None:
    Journal(tmp_path).intend("run", command=["touch", str(tmp_path / "a")])
    with (tmp_path / journal.NAME).open("a") as file:
        file.write('{"id": 2, "undo": "run", "comm')
    assert undo_all(tmp_path) == (["touch was run"], [])
    (tmp_path / "a").unlink()
    assert undo_all(tmp_path) == ([], [])
    assert not (tmp_path / "a").exists()

"""Actions that end well and did nothing, or not for as long as they were to: each is told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from renhai.checks.drill import acting
from renhai.checks.drill.acting import Acting
from renhai.checks.drill.driver import Driver
from renhai.checks.drill.faults import Connection
from renhai.checks.drill.filling import NAME
from renhai.checks.drill.journal import Journal, open_entries
from renhai.checks.drill.processes import CannotAct, Disturbed
from renhai.checks.drill.proxy import Proxy
from results.checks.drill.document import JUMP_MS, _clock_doubt, read_log

NOTHING = {"freeze": None, "thaw": None, "kill": None, "start": ["true"], "restart": ["true"], "folder": None}
TRUE = ["true"]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "GONE_S", 0.3)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "app.pid").write_text(str(process.pid))
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def act(
    here: Path, do: str, meanwhile: Callable[[], object] = bool, proxy: Proxy | None = None, **service: Any
) -> bool:
    """Do it, something meanwhile, and take it back; whether it is shown. Raises CannotAct, Disturbed."""
    services = {"app": {**NOTHING, "pid_file": str(here / "app.pid"), **service}}
    action = {"do": do, "service": "app", "share": 0.3, "delay_s": 1.0, "speed": None, "size": None}
    action["service"] = None if proxy else "app"

    async def go() -> bool:
        done = await Acting(Journal(here), services, proxy, here).do(action, lambda: None)
        meanwhile()
        await done.back()
        return done.shown

    return asyncio.run(go())


@pytest.mark.usefixtures("app")
def test_a_kill_that_ends_well_and_kills_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotAct, match="was killed, and still runs"):
        act(tmp_path, "kill", kill=TRUE)


def test_a_kill_that_kills_the_process_of_its_file(tmp_path: Path, app: psutil.Process) -> None:
    assert act(tmp_path, "kill", kill=["kill", "-9", str(app.pid)])
    assert app.status() == psutil.STATUS_ZOMBIE


@pytest.mark.usefixtures("app")
def test_a_restart_that_ends_well_and_restarts_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotAct, match=r"true ended well, and process \d+ is the one of before"):
        act(tmp_path, "restart")


def test_a_restart_that_restarts(tmp_path: Path, app: psutil.Process) -> None:
    assert act(tmp_path, "restart", restart=["kill", "-9", str(app.pid)])
    (tmp_path / "app.pid").unlink()
    assert not act(tmp_path, "restart")  # it did not run before: nothing can be said of it


@pytest.mark.parametrize("do", ["freeze", "kill", "restart"])
def test_a_command_without_a_process_of_its_file_shows_nothing(do: str, tmp_path: Path) -> None:
    commands = {"freeze": TRUE, "thaw": TRUE, "kill": TRUE}
    assert act(tmp_path, do, pid_file=None, **commands) is False


@pytest.mark.parametrize("do", ["freeze", "kill", "restart"])
def test_a_state_that_does_not_change_is_told(do: str, tmp_path: Path) -> None:
    commands = {"freeze": TRUE, "thaw": TRUE, "kill": TRUE, "state": ["echo", "4711"]}
    with pytest.raises(CannotAct, match="its command ended well, and echo says the same as before"):
        act(tmp_path, do, pid_file=None, **commands)


@pytest.mark.parametrize("do", ["freeze", "kill", "restart"])
def test_a_state_that_changes_by_the_command_shows_it(do: str, tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text("4711\n")
    change = ["sh", "-c", f"echo {do} > {file}"]
    commands = {"freeze": TRUE, "thaw": TRUE, "kill": TRUE, do: change, "state": ["cat", str(file)]}
    assert act(tmp_path, do, pid_file=None, **commands) is True


def test_a_state_that_cannot_be_told_is_no_proof(tmp_path: Path) -> None:
    with pytest.raises(CannotAct, match="false ended with 1"):
        act(tmp_path, "restart", pid_file=None, state=["false"])
    with pytest.raises(CannotAct, match="cannot be run"):
        act(tmp_path, "restart", pid_file=None, state=["./nothing-here"])


def test_a_state_that_changes_by_itself_ends_the_drill_before_it_begins(tmp_path: Path) -> None:
    method = [{"service": "app"}, {"service": None}]

    def prepare(*command: str) -> None:
        acting_ = Acting(Journal(tmp_path), {"app": {**NOTHING, "state": command or None}}, None, tmp_path)
        asyncio.run(acting_.prepare(method))

    prepare()
    prepare("echo", "4711")
    with pytest.raises(CannotAct, match="the state of app says something else each time"):
        prepare("date", "+%s")


def test_a_freeze_by_command_is_shown_by_a_process_that_stands(tmp_path: Path, app: psutil.Process) -> None:
    by_command = {"freeze": ["kill", "-STOP", str(app.pid)], "thaw": ["kill", "-CONT", str(app.pid)]}
    assert act(tmp_path, "freeze", **by_command) is True
    assert act(tmp_path, "freeze", freeze=TRUE, thaw=TRUE) is False  # it goes on

    def let_go() -> None:
        os.kill(app.pid, signal.SIGCONT)
        until = time.monotonic() + 20
        while app.status() == psutil.STATUS_STOPPED and time.monotonic() < until:
            time.sleep(0.01)

    with pytest.raises(Disturbed, match="was let go on by somebody else"):
        act(tmp_path, "freeze", let_go, **by_command)


def test_a_freeze_that_somebody_else_ended_is_told_and_taken_back(
    tmp_path: Path, app: psutil.Process
) -> None:
    def let_go() -> None:
        os.kill(app.pid, signal.SIGCONT)
        until = time.monotonic() + 20
        while app.status() == psutil.STATUS_STOPPED and time.monotonic() < until:
            time.sleep(0.01)

    with pytest.raises(Disturbed, match="was let go on by somebody else"):
        act(tmp_path, "freeze", let_go)
    assert open_entries(tmp_path) == []
    act(tmp_path, "freeze")
    act(tmp_path, "freeze", lambda: (app.kill(), time.sleep(0.2)))  # who kills it ends no freeze


def test_a_fault_that_no_connection_had(tmp_path: Path) -> None:
    proxy = Proxy(["127.0.0.1"], 9)
    for kind in ("latency", "reset", "cut"):
        with pytest.raises(Disturbed, match="no connection had it"):
            act(tmp_path, kind, proxy=proxy)
        lucky: Any = Connection(0.9, client=None)  # type: ignore[arg-type]
        with pytest.raises(Disturbed):
            act(tmp_path, kind, lambda: lucky.hit(proxy.faults), proxy)  # noqa: B023
        hit: Any = Connection(0.2, client=None)  # type: ignore[arg-type]
        act(tmp_path, kind, lambda: hit.hit(proxy.faults), proxy)  # noqa: B023


def test_a_disk_that_somebody_emptied_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting.filling, "place", lambda folder, run: tmp_path / NAME)
    monkeypatch.setattr(acting.filling, "fill", lambda path: path.write_bytes(b"full"))
    act(tmp_path, "fill", folder=str(tmp_path))
    with pytest.raises(Disturbed, match="was removed by somebody else before"):
        act(tmp_path, "fill", lambda: (tmp_path / NAME).unlink(), folder=str(tmp_path))


def test_a_clock_that_was_set_and_set_back_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + moved[0])

    async def go() -> None:
        driver = Driver({}, tmp_path, os.getppid())
        driver._log("ready")
        watch = asyncio.create_task(driver._watch_parent())
        await asyncio.sleep(0.3)
        for by_s in (3600.0, 0.0):
            moved[0] = by_s
            await asyncio.sleep(0.5)
        driver._log("over")
        watch.cancel()

    asyncio.run(go())
    log = read_log(tmp_path)
    assert [row["event"] for row in log] == ["ready", "clock", "clock", "over"]
    assert (
        abs(log[0]["wall_ms"] - log[0]["mono_ns"] / 1e6 - log[3]["wall_ms"] + log[3]["mono_ns"] / 1e6)
        < JUMP_MS
    )
    assert _clock_doubt(log) == "the clock was set by 3600.0 s meanwhile"

"""The parts of a run that need no load: directories, child processes, counts of both sides, the live view."""

from __future__ import annotations

import io
import json
import math
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from renhai.core import home
from renhai.core.errors import InvalidRun, UsageError
from renhai.core.machine.environment import environment, git_state, versions
from renhai.core.process.child_process import Child, child_environment, last_words
from renhai.core.process.interrupts import Interrupts
from renhai.run.monitor.terminal import TerminalView, chart
from renhai.run.monitor.views import PlainView, Quiet, added, plain_line
from renhai.run.process import directory as rundir
from renhai.run.process import locust_process
from renhai.run.process.locust_process import Cluster, LoadFailed, LocustProcess
from renhai.run.process.manifest import amend
from renhai.run.process.target_counts import counts, disagreements
from renhai.run.single import finish
from results.verdict.judged import load_judged
from results.verdict.reasons.generator import WrongLocustfile
from results.verdict.reasons.reason import EN
from results.verdict.reasons.runner import Uncounted
from results.verdict.reasons.user_file import NotHeardOut
from tests.results.recording import Recording, manifest

STATUS = {
    "second": 4,
    "users": 12,
    "rate": 50,
    "p95_ms": 3.25,
    "ok": 48,
    "rejected": 1,
    "errors": 1,
    "cpu": 6.4,
}


def row(**counts: int) -> dict[str, int]:
    return {"started": 0, "ok": 0, "rejected": 0, "errors": 0, "unfinished": 0, **counts}


def seen(received: int, ok: int, rejected: int, error: int = 0) -> dict[str, int]:
    return {"received": received, "ok": ok, "rejected": rejected, "error": error}


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (row(started=5, ok=4, rejected=1), seen(5, 4, 1), []),
        (row(started=5, ok=5), seen(6, 6, 0), ["5 requests, 6", "5 ok, 6"]),
        (row(started=5, ok=5), seen(5, 4, 1), ["5 ok, 4", "0 rejected, 1"]),
        # two requests without an answer may have arrived or not, and may have succeeded there
        (row(started=7, ok=5, errors=1, unfinished=1), seen(5, 5, 0), []),
        (row(started=7, ok=5, errors=1, unfinished=1), seen(7, 7, 0), []),
        (row(started=7, ok=5, errors=1, unfinished=1), seen(7, 5, 0, 2), []),
        (row(started=7, ok=5, errors=1, unfinished=1), seen(4, 4, 0), ["5 to 7 requests, 4", "5 to 7 ok, 4"]),
    ],
)
def test_counts_of_both_sides(ours: dict[str, int], theirs: dict[str, int], said: list[str]) -> None:
    expected = [f"a.b: we counted {text.replace(', ', ', the target counted ')}" for text in said]
    found = disagreements({"a.b": ours}, {"a.b": theirs})
    assert [reason.matter(EN) for reason in found] == expected


def test_an_operation_that_only_one_side_knows_is_a_disagreement() -> None:
    theirs, ours = disagreements({}, {"a.b": seen(1, 1, 0)}), disagreements({"a.b": row(started=1, ok=1)}, {})
    assert theirs[0].matter(EN) == "a.b: we counted 0 requests, the target counted 1"
    assert ours[0].matter(EN) == "a.b: we counted 1 request, the target counted 0"
    assert disagreements({}, {"a.b": seen(0, 0, 0)}) == []


@pytest.mark.parametrize(
    ("ended", "interrupted", "expected_end", "reasons"),
    [
        ("completed", False, "completed", 2),
        ("interrupted", True, "interrupted", 2),
        ("running", True, "interrupted", 0),
        ("running", False, "running", 0),
    ],
)
def test_what_only_the_runner_saw_is_added(
    tmp_path: Path, ended: str, interrupted: bool, expected_end: str, reasons: int
) -> None:
    path = tmp_path / "measured.json"
    path.write_text(
        json.dumps({"ended": ended, "unhealthy": ["x"], "operations": {"a.b": row(started=1, ok=1)}})
    )
    amend(tmp_path, {"a.b": seen(2, 2, 0)}, interrupted=interrupted)
    found = json.loads(path.read_text())
    assert found["ended"] == expected_end
    assert len(found["unhealthy"]) == len(found["unhealthy_codes"]) == 1 + reasons


def test_a_damaged_measurement_is_left_to_the_analyzer(tmp_path: Path) -> None:
    amend(tmp_path, None, interrupted=True)
    (tmp_path / "measured.json").write_text("{half")
    amend(tmp_path, {}, interrupted=True)
    assert (tmp_path / "measured.json").read_text() == "{half"


def test_a_run_json_of_somebody_else_is_put_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user's own Locust file works in the directory of its run, and may write what looks like a pass."""
    Recording().add("a.b", [5_000_000] * 200).write(tmp_path)
    (tmp_path / "run.json").write_text('{"verdict": "pass"}', encoding="utf-8")
    found = finish(tmp_path, manifest(thresholds={"*": ["p95 < 1s"]}))
    assert found.verdict == "fail" == load_judged(tmp_path).verdict
    assert (tmp_path / "run.json.other").read_text(encoding="utf-8") == '{"verdict": "pass"}'
    assert "run.json was written by somebody else during the run" in capsys.readouterr().err


def test_run_directories_sort_by_time_and_vanish_when_left_empty(tmp_path: Path) -> None:
    first = rundir.new_run_id("smoke")
    assert re.fullmatch(r"\d{8}T\d{6}Z-smoke-[0-9a-f]{6}", first)
    assert first != rundir.new_run_id("smoke")
    with rundir.created(first, tmp_path / "out") as directory:
        assert directory == tmp_path / "out" / first
    assert not directory.exists()
    with rundir.created(first, tmp_path / "out") as directory:
        rundir.write(directory / "load.py", "x")
    assert directory.exists()
    with (
        pytest.raises(UsageError, match="cannot be created: File exists"),
        rundir.created(first, tmp_path / "out"),
    ):
        pass


def test_an_installed_home_is_never_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = tmp_path / "site-packages" / "renhai" / "_home"
    packaged.mkdir(parents=True)
    monkeypatch.setattr(home, "PACKAGE", packaged.parent)
    assert home.find_home() == packaged
    monkeypatch.chdir(packaged)
    with pytest.raises(UsageError, match="never written to; choose --out DIR"), rundir.created("r", None):
        pass


class Watcher(Quiet):
    """A view that hands each status to a function."""

    def __init__(self, seen: Callable[[dict[str, Any]], None]) -> None:
        self.seen = seen

    def status(self, status: dict[str, Any]) -> None:
        self.seen(status)


def child(folder: Path, code: str) -> Child:
    return Child(["-c", code], cwd=folder, log=folder / "log")


def test_a_childs_lines_are_read_and_its_complaints_logged(tmp_path: Path) -> None:
    process = child(tmp_path, "import sys; print('one'); print('two'); sys.stderr.write('oh no\\n')")
    assert process.line(10) == "one"
    assert process.wait(10)
    assert list(process.rest()) == ["two"]
    assert process.code == 0
    assert last_words(process.log) == "oh no"


def test_a_child_does_not_feel_our_ctrl_c_and_can_be_stopped(tmp_path: Path) -> None:
    process = child(tmp_path, "import time; print('up', flush=True); time.sleep(60)")
    assert process.line(10) == "up"
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
    process.stop(timeout=5)
    assert process.code == -signal.SIGTERM


def test_a_child_goes_with_its_parent(tmp_path: Path) -> None:
    grandchild = tmp_path / "pid"
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from renhai.core.process.child_process import Child\n"
        f"here = Path('{tmp_path}')\n"
        "c = Child(['-c', 'import time; time.sleep(60)'], cwd=here, log=here / 'l')\n"
        f"Path('{grandchild}').write_text(str(c.pid)); time.sleep(0.5); os.kill(os.getpid(), 9)"
    )
    parent = child(tmp_path, code)
    assert parent.wait(20)
    pid = int(grandchild.read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_last_words_prefer_an_error(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("start\nImportError: no x\n  \nbye\n")
    assert last_words(log) == "ImportError: no x"
    assert last_words(tmp_path / "none") == ""


def test_children_find_home_and_no_setting_steers_locust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCUST_USERS", "5")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    found = child_environment()
    assert "LOCUST_USERS" not in found
    assert found["PYTHONPATH"].split(os.pathsep) == [str(home.find_home()), "/elsewhere"]


def test_locusts_command_line() -> None:
    alone = " ".join(locust_process.arguments("http://h:1", Cluster()))
    assert alone.startswith("-P -m renhai.load.locust -f load.py --host http://h:1 --only-summary")
    assert "--headless" in alone
    assert "--master" not in alone
    local = locust_process.arguments("http://h:1", Cluster(processes=3))
    assert local[local.index("--processes") + 1] == "3"
    assert local[local.index("--master-bind-host") + 1] == "127.0.0.1"
    assert local[local.index("--master-bind-port") + 1] == local[local.index("--master-port") + 1]
    joined = locust_process.arguments("http://h:1", Cluster(join=2))
    assert joined[joined.index("--expect-workers") + 1] == "2"
    assert locust_process.worker_arguments("h", 5557)[:4] == ["-m", "renhai.load.locust", "--worker", "-f"]
    assert locust_process.parse_address("[::1]:5557") == ("::1", 5557)


def test_an_engine_that_dies_before_it_measures_is_reported_with_its_last_words(tmp_path: Path) -> None:
    lines = 'print(\'RENHAI {"users": 3}\'); print("RENHAI rubbish"); raise ValueError("broken plan")'
    process, statuses = LocustProcess(tmp_path, ["-c", lines]), []
    process.watch(30, 30, Watcher(statuses.append), Interrupts())
    assert statuses == [{"users": 3}]
    assert "RENHAI rubbish" in (tmp_path / "locust.log").read_text()
    with pytest.raises(InvalidRun, match=r"code 1 before it measured anything; .* ValueError: broken plan"):
        process.require_measurement()


@pytest.mark.parametrize(
    ("lines", "code", "heard_out"),
    [
        ("print('RENHAI {\"left\": 0}')", 0, True),
        ("print('RENHAI {\"left\": 3}'); import os; sys.stdout.flush(); os._exit(0)", 3, True),
        ("print('RENHAI {\"left\": 0}'); exit(5)", 5, True),
        ("print('...', end=''); print('RENHAI {\"left\": 4}')", 4, True),  # no end of line before it
        ("print('RENHAI {\"users\": 3}', flush=True); import os; os._exit(0)", 0, False),
        ("exit(1)", 1, False),
        ("import os; os.kill(os.getpid(), 9)", -9, True),  # which is a word of its own
    ],
)
def test_a_process_that_ends_before_its_last_word_is_not_heard_out(
    tmp_path: Path, lines: str, code: int, heard_out: bool
) -> None:
    process = LocustProcess(tmp_path, ["-c", f"import sys; {lines}"])
    process.watch(30, 30, Quiet(), Interrupts())
    assert process.word() == (code, [] if heard_out else [NotHeardOut(exit_code=code)])


def test_why_a_load_process_cannot_begin_comes_as_a_record(tmp_path: Path) -> None:
    """Whatever stands in its log: a decision is made on the code alone."""
    told = WrongLocustfile(line=3, error="NameError: name 'x' is not defined")
    line = "RENHAI " + json.dumps({"failed": told.record()})
    process = LocustProcess(tmp_path, ["-c", f"print({line!r}); print('ERROR last words'); exit(1)"])
    process.watch(30, 30, Watcher([].append), Interrupts())
    with pytest.raises(
        LoadFailed, match=r"line 3: NameError: name 'x' is not defined: the locustfile"
    ) as failed:
        process.require_measurement()
    assert failed.value.reason == told


def test_workers_may_take_their_time_to_join_and_the_load_may_not(tmp_path: Path) -> None:
    """The limit of a run that waits for workers begins with its first status, and then it holds."""
    lines = "import time; time.sleep(1.2); print('RENHAI {\"users\": 3}', flush=True); time.sleep(600)"
    process, statuses = LocustProcess(tmp_path, ["-c", lines]), []
    process.watch(1.0, math.inf, Watcher(statuses.append), Interrupts())
    assert (statuses, process.code) == ([{"users": 3}], -9)


@pytest.mark.parametrize(("limit", "first"), [(0.5, 60.0), (60.0, 0.5)])
def test_an_engine_that_overstays_or_never_speaks_is_ended(
    tmp_path: Path, limit: float, first: float
) -> None:
    process = LocustProcess(tmp_path, ["-c", "import time; time.sleep(60)"])
    process.watch(limit, first, Quiet(), Interrupts())
    assert process.code == -signal.SIGKILL


def test_the_first_ctrl_c_asks_and_the_second_kills(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time\n"
        "signal.signal(2, lambda *_: print('RENHAI {\"users\": 1}', flush=True))\n"
        "signal.pthread_sigmask(signal.SIG_UNBLOCK, [2])\n"
        "print('RENHAI {\"users\": 0}', flush=True)\n"
        "for _ in range(600): time.sleep(0.1)"
    )
    with Interrupts() as interrupts:
        process, users = LocustProcess(tmp_path, ["-c", stubborn]), []

        def press(status: dict[str, Any]) -> None:
            users.append(status["users"])
            os.kill(os.getpid(), signal.SIGINT)

        process.watch(60, 60, Watcher(press), interrupts)
    assert users == [0, 1]
    assert process.code == -signal.SIGKILL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_environment_says_what_runs_are_compared_by(tmp_path: Path) -> None:
    found = environment()
    assert set(found) == {"cpu_model", "cores", "memory_gb", "kernel", "platform", "python", "git"}
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert versions()["pydantic"]
    assert git_state(tmp_path) is None


def test_plain_lines_add_up_and_do_not_flood() -> None:
    assert plain_line(added({}, STATUS), 30) == (
        "   5 s of 30s, 25s left: users 12, rate 50.0/s, p95 3.25 ms, ok 48, rejected 1, errors 1, cpu 6%"
    )
    assert added(added({}, STATUS), {**STATUS, "second": 5})["ok"] == 96
    output = io.StringIO()
    view = PlainView(Console(file=output, width=200))
    view.begin("smoke on x", 600)
    for second in range(600):
        view.status({**STATUS, "second": second, "due": 7, "dropped": 0})
    lines = output.getvalue().splitlines()
    assert lines[0] == "smoke on x"
    assert 15 <= len(lines) <= 25
    assert "due 7, dropped 0" in lines[1]


def test_the_panel_of_a_terminal() -> None:
    output = io.StringIO()
    view = TerminalView(Console(file=output, width=120, force_terminal=True, color_system=None))
    view.note("before")
    view.begin("smoke on x", 30)
    view.status(STATUS)
    view.note("stopping")
    view.end()
    text = output.getvalue()
    for words in ("before", "smoke on x", "5 s of 30s, 25s left", "3.25 ms", "50.0/s", "stopping"):
        assert words in text


def test_the_small_chart_is_in_proportion() -> None:
    from collections import deque

    assert chart(deque([0.0, 50.0, 100.0])) == "▁▅█"
    assert chart(deque()) == ""


class Counts(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"operations": {"a.b": {"received": 3, "ok": 3}}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_the_targets_own_count_is_not_asked_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # nobody listens there
    with HTTPServer(("127.0.0.1", 0), Counts) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert counts(f"http://127.0.0.1:{server.server_port}") == {"a.b": {"received": 3, "ok": 3}}


def test_an_embedded_target_that_died_before_it_was_asked_is_told(tmp_path: Path) -> None:
    (tmp_path / "measured.json").write_text('{"ended": "completed", "operations": {}}')
    amend(tmp_path, counts("http://127.0.0.1:1"), interrupted=False, reasons=[Uncounted()])
    assert json.loads((tmp_path / "measured.json").read_text())["unhealthy"] == [Uncounted().en]

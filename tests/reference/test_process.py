"""The target as a process: its one line, its exit codes, its end, its connections."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from renhai.reference.http.server import main
from renhai.reference.storage.urls import shown
from tests.reference.running import Target, command, target


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--port", "70000"], "'70000' is not a port"),
        (["--port", "x"], "'x' is not a port"),
        (["--tax-tolerance", "-1"], "is not an amount"),
        (["--keep-alive", "x"], "--keep-alive"),
        (["--colour"], "--colour"),
    ],
)
def test_a_wrong_option_is_exit_code_2(options, says, capsys):
    with pytest.raises(SystemExit) as ended:
        main(options)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_wrong_fault_is_one_line_and_exit_code_2(capsys):
    assert main(["--fault", "latency=20"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert "latency=20ms" in printed.err


def test_a_port_in_use_is_one_line_and_exit_code_3(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 3
    error = capsys.readouterr().err
    reason = f"cannot listen on 127.0.0.1:{port}: Address already in use"
    assert error == f"renhai target: {reason}; choose another --port\n"


@pytest.mark.parametrize("url", ["mysql://tax:secret@x/y", "sqlite:///"])
def test_a_url_of_no_database_is_a_wrong_option(url, capsys):
    assert main(["--port", "0", "--database", url]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert "write sqlite:///FILE or postgresql://" in printed.err and "secret" not in printed.err


@pytest.mark.parametrize(
    ("url", "is_shown"),
    [
        ("sqlite:////tmp/a:b@c.db", "sqlite:////tmp/a:b@c.db"),
        ("postgresql://tax@db/tax", "postgresql://tax@db/tax"),
        ("postgresql://tax:s@c:r/t@db:5432/tax", "postgresql://tax:***@db:5432/tax"),
        ("postgresql://db/tax?user=tax&password=secret&connect_timeout=3",
         "postgresql://db/tax?user=tax&password=***&connect_timeout=3"),
    ],
)  # fmt: skip
def test_a_password_is_never_shown(url, is_shown):
    """The line that says where the target answers stands in logs."""
    assert shown(url) == is_shown


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/x.db", "postgresql://127.0.0.1:1/x"])
def test_a_database_that_cannot_be_opened_is_one_line_and_exit_code_3(url, capsys):
    assert main(["--port", "0", "--database", url]) == 3
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1


def test_a_file_that_is_no_database(tmp_path: Path, capsys):
    path = tmp_path / "x.db"
    path.write_text("this is a letter, not a database" * 100)
    assert main(["--port", "0", "--database", f"sqlite:///{path}"]) == 3
    assert "cannot be opened as a database" in capsys.readouterr().err


def test_sigint_ends_it_and_removes_the_temporary_database():
    with target("--keep-alive", "1") as running:
        database = Path(running.database.removeprefix("sqlite:///"))
        assert database.exists()
        client = running.client()
        assert client.get("health")["pid"] == running.pid == running.process.pid
        with socket.create_connection(("127.0.0.1", running.port), timeout=20) as idle:
            idle.sendall(b"GET /admin/health HTTP/1.1\r\nhost: t\r\n\r\n")
            while idle.recv(65_536):
                pass  # an answer, and the end when the connection has been idle for a second
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(10) == 0
        assert running.process.communicate() == ("", "")
        assert not database.parent.exists()


def test_ending_does_not_wait_for_answers_held_back_by_a_fault():
    with target("--fault", "latency=1h") as running:
        client = running.client()
        with socket.create_connection(("127.0.0.1", running.port), timeout=20) as held:
            held.sendall(b"POST /api/registration/query HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\n\r\n{}")
            while client.counts("registration.query")["received"] == 0:
                pass
            client.close()
            assert running.stop() == 0
            assert b'"Code":"GY002"' in held.recv(65_536)


def test_it_ends_with_the_process_that_started_it():
    """A shell starts the target and is killed: the target notices and goes."""
    script = f"import subprocess, sys; subprocess.Popen({command('--exit-with-parent')!r}); sys.stdin.read()"
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    ready = json.loads(parent.stdout.readline())
    parent.kill()
    parent.wait(10)
    try:
        assert parent.stdout.read() == ""  # ends only when the target, too, has closed it
    finally:
        parent.communicate()
        if (
            Path(f"/proc/{ready['pid']}/cmdline").exists()
            and b"renhai" in Path(f"/proc/{ready['pid']}/cmdline").read_bytes()
        ):
            os.kill(ready["pid"], signal.SIGKILL)


def test_many_connections_at_once(own: Target):
    """More than the usual soft limit of 1,024 open files."""
    connections = [socket.create_connection(("127.0.0.1", own.port), timeout=20) for _ in range(1_100)]
    for connection in connections:
        connection.sendall(b"GET /admin/health HTTP/1.1\r\nhost: t\r\n\r\n")
    assert all(connection.recv(100).startswith(b"HTTP/1.1 200") for connection in connections)
    for connection in connections:
        connection.close()

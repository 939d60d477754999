"""`renhai` in processes that need not read all its modules again: each is a fork of one that has read them.

A command costs a second of processor to be read. What it does is the thing that most end-to-end tests look
at, not that Python can read it, so one process (`python -m tests.forked SOCKET`) reads it once and forks for
each command that it is asked for: a process of its own, with its own directory, environment, output, signals
and exit code, which begins at `renhai.__main__.main`. It has no thread and runs nothing itself.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parent.parent
READ = (
    "renhai.cli.app",
    "renhai.cli.watching",
    "renhai.cli.check_view",
    "renhai.run.single",
    "renhai.run.repeat",
)
READ += ("results.report.run_files", "results.report.terminal.run", "generators.kinds")
LARGEST = 1 << 20
LOCK = Lock()


@cache
def _server() -> str:
    """The address of this process's server, which ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="renhai-fork-")
    address = f"{folder.name}/socket"
    line = [sys.executable, "-m", "tests.forked", address]
    server = subprocess.Popen(
        line, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdin is not None and server.stdout is not None

    def end() -> None:
        server.kill()
        server.communicate()
        folder.cleanup()

    atexit.register(end)
    assert server.stdout.readline() == "listening\n"
    return address


def run(
    arguments: list[str],
    folder: Path,
    environment: Mapping[str, str],
    timeout: float,
    output: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """`renhai ARGUMENT ...` in a folder. Raises subprocess.TimeoutExpired, after the process was killed.

    output: a file for its standard output, which is then not told.
    """
    with LOCK:
        address = _server()
    sys.audit("subprocess.Popen", sys.executable, arguments, str(folder), environment)  # see tests/retries.py
    asked = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
    with (
        tempfile.TemporaryFile() if output is None else output.open("wb") as out,
        tempfile.TemporaryFile() as err,
        socket.socket(socket.AF_UNIX) as link,
    ):
        link.settimeout(timeout)
        link.connect(address)
        socket.send_fds(link, [json.dumps(asked).encode()], [out.fileno(), err.fileno()])
        pid = int(link.recv(100))
        try:
            code = int(link.recv(100))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(arguments, timeout) from None
        said = []
        for file in (out, err):
            if file is out and output is not None:
                said.append("")
                continue
            file.seek(0)
            said.append(file.read().decode("utf-8", "replace"))
    return subprocess.CompletedProcess(arguments, code, *said)


def serve(address: str) -> list[str] | None:
    """Fork for each command that is asked for. Returns in the forks alone, with their arguments."""
    under_way: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        listener.settimeout(0.05)
        print("listening", flush=True)
        parent = os.getppid()
        while os.getppid() == parent:
            try:
                link, _ = listener.accept()
            except TimeoutError:
                _tell_ended(under_way)
                continue
            link.settimeout(None)
            data, files, _, _ = socket.recv_fds(link, LARGEST, 2)
            asked = json.loads(data)
            pid = os.fork()
            if not pid:
                for other in under_way.values():
                    other.close()
                link.close()
                return _become(asked, files)
            for file in files:
                os.close(file)
            link.sendall(str(pid).encode())
            under_way[pid] = link
    return None


def _tell_ended(under_way: dict[int, socket.socket]) -> None:
    """Hand the exit codes of the forks that have ended to who asked for them."""
    for pid in list(under_way):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with under_way.pop(pid) as link:
                try:
                    link.sendall(str(os.waitstatus_to_exitcode(status)).encode())
                except OSError:
                    pass  # he has given up waiting


def _become(asked: dict[str, object], files: list[int]) -> list[str]:
    """What a new process would have: its place, surroundings and output."""
    for number, file in enumerate(files, 1):
        os.dup2(file, number)
        os.close(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(str(asked["folder"]))
    os.environ.clear()
    os.environ.update(asked["environment"])  # type: ignore[call-overload]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return list(asked["arguments"])  # type: ignore[call-overload]


if __name__ == "__main__":
    from importlib import import_module

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: it ends with its parent
    from renhai.core.home import open_home

    open_home()
    for module in READ:
        import_module(module)
    import_module("renhai.spec.journey_catalog").catalog()  # of the locustfiles, as each command reads them
    gc.freeze()
    given = serve(sys.argv[1])
    if given is not None:
        from renhai.__main__ import main

        sys.argv = ["renhai", *given]
        main()

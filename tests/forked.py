"""Processes that need not read their modules again: each is a fork of one that has read them.

A command costs a second of processor to be read, the load process that it starts two, the target one. What
they do is what most end-to-end tests look at, not that Python can read them: tests/zygote.py reads a program
once for all tests of a process. What is started with a new interpreter is looked at where a test says so
(`start` of tests/e2e/test_run.py, tests/install, `anew` in tests/e2e).
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from threading import Lock, Thread
from types import SimpleNamespace
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
TARGET, LOAD = "renhai.reference", "renhai.load.locust"
# Programs that read what another one reads, and begin elsewhere.
BESIDE = {
    "renhai.load.trial": (LOAD, "renhai.load.trial.__main__:main"),
    "renhai.checks.drill.driver": ("renhai", "renhai.checks.drill.driver:main"),
}
BEGIN_LOAD = ("run", "duel", "binding", "worker", "rehearse", "replay", "journal")  # what others start is new
ALL = ("renhai", TARGET, LOAD)
LOCK = Lock()


@cache
def _begun(program: str) -> tuple[subprocess.Popen[str], Path]:
    """A server for a program, which ends with this process, and the folder of its address."""
    folder, owner = Path(tempfile.mkdtemp(prefix="renhai-fork-")), os.getpid()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.zygote", program, str(folder / "socket")],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip  # a pipe both, as Python writes otherwise to what it can seek in

    def end() -> None:
        if os.getpid() == owner:  # and no fork of it
            process.terminate()
            process.communicate()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return process, folder


@cache
def _server(program: str) -> str:
    """The address of this process's server for a program."""
    process, folder = _begun(program)
    assert process.stdout is not None
    said = ""
    while not said.endswith("listening\n"):
        line = process.stdout.readline()
        assert line, said
        said += line
    return str(folder / "socket")


def server(program: str) -> str:
    """The same, from whichever thread."""
    with LOCK:
        return _server(program)


def begin_servers() -> None:
    """Let all of them read their programs, which takes seconds; nobody waits for it."""
    for program in ALL:
        _begun(program)


def await_servers() -> None:
    """All of them are there, for this process and for those that it forks."""
    for program in ALL:
        server(program)


class Forked:
    """A fork that runs a program, used as subprocess.Popen is. Its standard input is empty.

    output, errors: a descriptor, or subprocess.PIPE; errors may be subprocess.STDOUT. session: in a session
    of its own. orphaned: the signal that it gets when this process ends before it; 0 for none. within: the
    process whose network and mounts it shares; 0 for ours. main, before, throughout: as of tests/zygote.py.
    """

    def __init__(
        self, address: str, arguments: Sequence[str], *, folder: Path | str, environment: Mapping[str, str],
        output: int | IO[Any], errors: int | IO[Any], text: bool = True, session: bool = False,
        orphaned: int = signal.SIGTERM, starts: Mapping[str, str] | None = None, within: int = 0,
        main: str = "", before: str = "", throughout: bool = False,
    ) -> None:  # fmt: skip
        self.args = list(arguments)
        self._lock = Lock()
        asked = {
            "arguments": self.args, "folder": str(folder), "environment": dict(environment),
            "session": session, "orphaned": int(orphaned), "starts": dict(starts or {}), "within": within,
            "main": main, "before": before, "throughout": throughout,
        }  # fmt: skip
        self.stdin = None
        self.stdout, out = _end_of(output, text)
        self.stderr, err = (None, out) if errors == subprocess.STDOUT else _end_of(errors, text)
        self._link = socket.socket(socket.AF_UNIX)
        try:
            self._link.connect(address)
            socket.send_fds(self._link, [json.dumps(asked).encode()], [out, err])
            self._said = self._link.makefile("r")
            self.pid = int(self._said.readline())
        finally:
            for descriptor, given in ((out, output), (err, errors)):
                if given == subprocess.PIPE:
                    os.close(descriptor)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        with self._lock:
            if self.returncode is None and select.select([self._link], [], [], 0)[0]:
                self._take()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        if self.returncode is None and not select.select([self._link], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        with self._lock:
            if self.returncode is None:
                self._take()
        assert self.returncode is not None
        return self.returncode

    def _take(self) -> None:
        line = self._said.readline()
        self.returncode = int(line) if line else -signal.SIGKILL  # its server is gone
        self._said.close()
        self._link.close()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[Any, Any]:
        """What it wrote where it was given a pipe, and its end. Raises subprocess.TimeoutExpired."""
        read: dict[str, Any] = {}
        pipes = {
            name: pipe for name, pipe in (("out", self.stdout), ("err", self.stderr)) if pipe is not None
        }

        def take(name: str, pipe: IO[Any]) -> None:
            read[name] = "" if pipe.closed else pipe.read()

        threads = [Thread(target=take, args=each, daemon=True) for each in pipes.items()]
        for thread in threads:
            thread.start()
        self.wait(timeout)
        for thread in threads:
            thread.join()
        for pipe in pipes.values():
            pipe.close()
        return read.get("out"), read.get("err")

    def __enter__(self) -> Forked:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self.stdout, self.stderr):
            if pipe is not None:
                pipe.close()
        self.wait()


Process = subprocess.Popen[str] | Forked


def _end_of(given: int | IO[Any], text: bool) -> tuple[IO[Any] | None, int]:
    """The end of a pipe that is read here, where one is asked for, and what the process writes into."""
    if given != subprocess.PIPE:
        return None, given if isinstance(given, int) else given.fileno()
    reading, writing = os.pipe()
    stream = os.fdopen(reading, "rb")
    return (TextIOWrapper(stream, encoding="utf-8") if text else stream), writing


def started(program: str, *arguments: str, **how: Any) -> Forked:
    """A program in a fork: `python -m PROGRAM ARGUMENT ...`."""
    address = server(program)
    sys.audit("subprocess.Popen", sys.executable, arguments, str(how["folder"]), how["environment"])
    return Forked(address, arguments, **how)


def starts(arguments: Sequence[str]) -> dict[str, str]:
    """The servers of what a command of renhai begins."""
    return {name: server(name) for name in ALL} if arguments[:1] and arguments[0] in BEGIN_LOAD else {}


@contextmanager
def children() -> Iterator[None]:
    """Within, what a command that runs in this process begins is a fork as well."""
    from renhai.core.process import child_process

    sys.audit("subprocess.Popen", sys.executable, [], "", os.environ)
    before = child_process.become, child_process.subprocess
    start_from({name: server(name) for name in ALL})
    try:
        yield
    finally:
        child_process.become, child_process.subprocess = before  # type: ignore[assignment]


def run(
    arguments: list[str], folder: Path, environment: Mapping[str, str], timeout: float,
    output: Path | None = None, within: int = 0, before: str = "",
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """`renhai ARGUMENT ...` in a folder. Raises subprocess.TimeoutExpired, after the process was killed.

    output: a file for its standard output, which is then not told. within, before: as of Forked.
    """
    with (
        tempfile.TemporaryFile() if output is None else output.open("wb") as out,
        tempfile.TemporaryFile() as err,
    ):
        process = started(
            "renhai", *arguments, folder=folder, environment=environment, output=out, errors=err,
            starts=starts(arguments), orphaned=0, within=within, before=before,
        )  # fmt: skip
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        said = []
        for file in (out, err):
            if file is out and output is not None:
                said.append("")
                continue
            file.seek(0)
            said.append(file.read().decode("utf-8", "replace"))
    return subprocess.CompletedProcess(arguments, code, *said)


def run_pytest(arguments: list[str], folder: Path, timeout: float) -> tuple[int, str]:
    """`pytest ARGUMENT ...` in a folder, with the settings of ours: the exit code, and all that it said.

    Raises subprocess.TimeoutExpired, after the process was killed.
    """
    line = ["-q", "-p", "no:cacheprovider", "-p", "pytest_timeout", "-p", "pytest_rerunfailures"]
    line += ["-c", str(ROOT / "pyproject.toml"), *arguments]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # plugins of ours alone
    with started(
        "pytest", *line, folder=folder, environment=environment, output=subprocess.PIPE,
        errors=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode or 0, said


def write_program(path: Path, before: str = "") -> None:
    """A program for a shell that does what `renhai` does, in a fork; as long as this process lives.

    It sees what the shell sees, where that has mounts of its own. before: as of Forked.
    """
    known = {"before": before, "mounts": _mounts(), "starts": {name: server(name) for name in ALL}}
    line = f"exec {sys.executable} -c 'from tests.forked import as_program as a; a()' '{json.dumps(known)}'"
    path.write_text(f'#!/bin/sh\n{line} "$@"\n', encoding="utf-8")
    path.chmod(0o755)


def as_program() -> None:
    """What such a program does."""
    known, *arguments = json.loads(sys.argv[1]), *sys.argv[2:]
    within = 0 if known["mounts"] == _mounts() else os.getpid()
    how = {"folder": Path.cwd(), "environment": os.environ, "output": 1, "errors": 2, "within": within}
    starts = known["starts"]
    sys.exit(Forked(starts["renhai"], arguments, starts=starts, before=known["before"], **how).wait())


def _mounts() -> str:
    return str(Path("/proc/self/ns/mnt").readlink())


# In a fork of `renhai`


def start_from(addresses: Mapping[str, str], within: int = 0, before: str = "") -> None:
    """From here on the children of renhai are forks as well, where they are one of these programs.

    What it would become is a child of it, for which it waits. before: a file that all of them run first.
    """
    from renhai.core.process import child_process

    first: dict[str, Any] = {"before": before, "throughout": bool(before)}

    def popen(line: list[str], **how: Any) -> Any:
        orphaned, arguments = int(line[4]), [part for part in line[6:] if part != "-P"]
        asked = arguments[1] if arguments[0] == "-m" else ""
        program, main = BESIDE.get(asked, (asked, ""))
        environment = how["env"]
        if program not in addresses or not _usual(environment):
            return subprocess.Popen(line, **how)
        return Forked(
            addresses[program], arguments[2:], folder=how["cwd"], environment=environment,
            output=how["stdout"], errors=how["stderr"], text=False, session=how["start_new_session"],
            orphaned=orphaned, within=within, main=main,
            starts=addresses if asked == "renhai" else None, **first,
        )  # fmt: skip

    def become(arguments: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        sys.stdout.flush()
        environment = {**child_process.child_environment(), **(variables or {})}
        child = Forked(
            addresses[arguments[1]], arguments[2:], folder=Path.cwd(), environment=environment,
            output=1, errors=2, orphaned=signal.SIGKILL, within=within, **first,
        )  # fmt: skip
        sys.exit(child.wait())

    names = {name: getattr(subprocess, name) for name in ("DEVNULL", "PIPE", "TimeoutExpired")}
    child_process.become = become  # type: ignore[assignment]
    child_process.subprocess = SimpleNamespace(Popen=popen, **names)  # type: ignore[attr-defined]


def _usual(environment: Mapping[str, str]) -> bool:
    """Whether a new interpreter in this environment would read the same modules, from this checkout."""
    steering = {name for name in environment if name.startswith(("PYTHON", "GEVENT"))}
    steering -= {"PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    return not steering and environment.get("PYTHONPATH", "").split(os.pathsep)[0] == str(ROOT)

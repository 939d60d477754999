"""A child process that cannot outlive us, whose output is read, and that can be asked and made to stop."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn

from renhai.core import home, join_key
from renhai.core.private_files import owner_only

# Linux tells the child when its parent dies; the wish is made in the child itself, just before it becomes the
# real program, because code between fork and exec is not safe in a process with threads.
_TETHER = (
    "import ctypes, os, sys\n"
    "ctypes.CDLL(None).prctl(1, int(sys.argv[1])) if sys.platform == 'linux' else None\n"
    "os.getppid() == int(sys.argv[2]) or sys.exit(1)\n"
    "os.execv(sys.executable, [sys.executable, *sys.argv[3:]])\n"
)
PIPE_BYTES = 1 << 20  # what a child may say before we read it; the least that Linux lets everybody ask for


@contextlib.contextmanager
def _blocked(signals: Sequence[signal.Signals]) -> Iterator[None]:
    """A child inherits what its parent's thread has blocked."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Child:
    """`python ARGUMENTS...` in its own process group, so that a Ctrl-C of the terminal reaches only us.

    Lines on its standard output are queued; standard error goes to `log`. `variables` are added to its
    environment. held: signals that wait until it lets them come (signal.pthread_sigmask), because they would
    find no handler while it starts. Raises OSError if it cannot start.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        log: Path,
        on_death: int = signal.SIGINT,
        variables: Mapping[str, str] | None = None,
        held: Sequence[signal.Signals] = (),
    ) -> None:
        raise_file_limit()
        self.log = log
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        tether = [sys.executable, "-IS", "-c", _TETHER, str(int(on_death)), str(os.getpid())]
        with open(log, "ab", opener=owner_only) as stderr, _blocked(held):
            self._process = subprocess.Popen(
                [*tether, *arguments],
                cwd=cwd,
                env={**child_environment(), **(variables or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # a child must not wait for us in the middle of its load
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def line(self, timeout: float) -> str | None:
        """The next line of its output, or None when none came in time."""
        try:
            return self._lines.get(timeout=timeout)
        except queue.Empty:
            return None

    def rest(self) -> Iterator[str]:
        """The lines not yet taken, once it has ended."""
        self._reader.join(timeout=5)
        while not self._lines.empty():
            line = self._lines.get()
            if line is not None:
                yield line

    def ask(self, number: int = signal.SIGINT) -> None:
        """Send a signal to the process itself; it may have ended already."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it and everything it started, at once."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self._process.wait()

    def wait(self, timeout: float) -> bool:
        """Whether it has ended within `timeout` seconds."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, timeout: float) -> None:
        """Ask it to end, and end it by force when it has not after `timeout` seconds."""
        self.ask(signal.SIGTERM)
        self.wait(timeout)
        self.kill()

    def _read(self, stream: IO[bytes]) -> None:
        for raw in stream:
            self._lines.put(raw.decode("utf-8", "replace").rstrip("\n"))
        stream.close()


def raise_file_limit() -> None:
    """Let this process and its children open as many files as the system allows: a connection an operator."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(
            OSError, ValueError
        ):  # a hard limit without end may be more than the kernel has
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def child_environment() -> dict[str, str]:
    """Our environment, with renhai importable, without the key of a run, which not every child is to know,
    and without settings that steer Locust behind our back."""
    left_out = ("LOCUST_", join_key.VARIABLE)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    before = [part for part in kept.get("PYTHONPATH", "").split(os.pathsep) if part]
    kept["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(home.find_home()), *before]))
    kept["PYTHONUNBUFFERED"] = "1"
    return kept


def become(arguments: Sequence[str], variables: Mapping[str, str] | None = None) -> NoReturn:
    """Replace this process by `python ARGUMENTS...`, which imports nothing from the current directory.

    `variables` are added to its environment.
    """
    raise_file_limit()
    sys.stdout.flush()
    environment = {**child_environment(), **(variables or {})}
    os.execve(sys.executable, [sys.executable, "-P", *arguments], environment)


def last_words(path: Path) -> str:
    """The last line of a log that speaks of an error, else its last line; empty when it cannot be read."""
    try:
        text = path.read_bytes()[-8192:].decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"ERROR|Error\b|Exception\b", line)]
    return (errors or lines or [""])[-1]

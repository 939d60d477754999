"""The Locust process of one run: its command line, its status lines, and how it is brought to an end."""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from renhai.core import join_key
from renhai.core.errors import InvalidRun, UsageError
from renhai.core.machine.environment import DEBUG, PAGE_TOKEN
from renhai.core.machine.ports import free_port, why_taken
from renhai.core.process.child_process import Child, last_words
from renhai.core.process.interrupts import Interrupts
from renhai.run.monitor.views import View
from renhai.run.process.compressing import Compressing
from results.snapshot.seal import digests
from results.verdict.reasons import Reason
from results.verdict.reasons.generator import heard
from results.verdict.reasons.user_file import EndedTooSoon, EvidenceChanged, NotHeardOut

PREFIX = "RENHAI "
LOAD = "renhai.load.locust"  # the module that is run, and says the word
FIRST_STATUS_S = 60.0  # importing Locust and connecting the workers takes 1 to 5 s, on a busy machine 20 s
OVERTIME_S = 90.0  # beyond the load and the longest request: flushing, merging workers
POLL_S = 0.2
SLACK_S = 1.0  # a clock that is set slowly runs 0.05 % faster than another at most
FULL_DISK_BYTES = 1 << 16


@dataclass(frozen=True)
class Cluster:
    """Which load processes: local ones by `processes`; `join` > 0 waits for that many from other machines."""

    processes: int = 1
    join: int = 0
    bind: str = "127.0.0.1"
    port: int = 5557


def arguments(base_url: str, cluster: Cluster, web_port: int | None = None) -> list[str]:
    """What follows `python` to start Locust in the run's directory."""
    line = [
        "-P",
        "-m",
        LOAD,
        "-f",
        "load.py",
        "--host",
        base_url,
        "--only-summary",
        "--exit-code-on-error",
        "0",
    ]
    if os.environ.get(DEBUG):
        line += ["--loglevel", "DEBUG"]
    if web_port is None:
        line += ["--headless"]
    else:
        line += ["--autostart", "--autoquit", "0", "--web-host", "127.0.0.1", "--web-port", str(web_port)]
    if cluster.join:
        line += ["--master", "--expect-workers", str(cluster.join)]
        line += ["--master-bind-host", cluster.bind, "--master-bind-port", str(cluster.port)]
    elif cluster.processes > 1:
        port = str(free_port())
        line += ["--processes", str(cluster.processes)]
        line += ["--master-bind-host", "127.0.0.1", "--master-bind-port", port]
        line += ["--master-host", "127.0.0.1", "--master-port", port]
    return line


def worker_arguments(host: str, port: int, processes: int = 1) -> list[str]:
    """What follows `python` for a worker that fetches the run from its master."""
    line = [
        "-m",
        "renhai.load.locust",
        "--worker",
        "-f",
        "-",
        "--master-host",
        host,
        "--master-port",
        str(port),
    ]
    return [*line, "--processes", str(processes)] if processes > 1 else line


def parse_address(text: str) -> tuple[str, int]:
    """`10.0.0.5:5557` or `[::1]:5557`. Raises UsageError."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"--join {text} is not HOST:PORT, as in 10.0.0.5:5557")
    return host.strip("[]"), int(port)


def require_port(host: str, port: int, option: str) -> None:
    """Raises UsageError when somebody else listens there already."""
    why = why_taken(host, port)
    if why:
        raise UsageError(f"{option}: port {port} cannot be used: {why}; free it")


class LoadFailed(InvalidRun):
    """The load process could not begin, and said why."""

    def __init__(self, reason: Reason, log: Path) -> None:
        self.reason = reason
        super().__init__(f"nothing was measured: {reason.en} (log: {log})")


class LocustProcess:
    """One Locust process in the directory of its run, and those it starts.

    key: by which they know each other; a new one by itself. page_token: what `--web` lets in. Raises
    InvalidRun when it cannot even start. Its status lines begin with a word of their own where its command
    is Locust's, so that nothing else that is printed there is taken for one.
    """

    def __init__(self, directory: Path, line: list[str], key: str = "", page_token: str = "") -> None:
        word = secrets.token_hex(8) if LOAD in line else ""
        variables = {join_key.VARIABLE: key or join_key.new_key(), PAGE_TOKEN: page_token}
        variables[join_key.WORD] = word
        self._prefix = PREFIX + word
        self._begun = self._ended = time.monotonic()
        self.log = directory / "locust.log"
        self.directory = directory
        self.closing: Callable[[], object] = lambda: None  # called when the load begins to end
        self.failed: Reason | None = None  # why it could not do its part, in its own words
        self._evidence: dict[str, object] = {}  # digests of what it wrote, by file
        self._left: int | None = None  # its exit code as it said itself, after all else
        self._told_to_end = False
        try:
            self._child = Child(line, cwd=directory, log=self.log, variables=variables, held=[signal.SIGINT])
        except OSError as error:
            raise InvalidRun(f"{sys.executable} cannot be started: {error.strerror}") from None
        self._compressing = Compressing(directory)

    def watch(self, limit_s: float, first_s: float, view: View, interrupts: Interrupts) -> None:
        """Show each status until the process ends; end it when told to, or when it overstays.

        limit_s: for all of it; from the first status, where workers may take any time to join (first_s: inf).
        """
        begun, seen, asked = time.monotonic(), False, False
        while self._child.code is None:
            line = self._child.line(POLL_S)
            if line is not None and self._take(line, view) and not seen:
                seen, begun = True, time.monotonic() if first_s == math.inf else begun
            waited = time.monotonic() - begun
            self._told_to_end |= bool(interrupts.count)
            unheard_s = math.inf if first_s == math.inf else min(first_s, limit_s)
            if interrupts.count > 1 or waited > (limit_s if seen else unheard_s):
                self._child.kill()
            elif interrupts.count and not asked:
                self._child.ask(signal.SIGINT)
                view.note("stopping: waiting for what is under way; Ctrl-C again ends it at once")
                asked = True
        self._ended = time.monotonic()
        for line in self._child.rest():
            self._take(line, view)
        self.close()

    def close(self) -> None:
        """End whatever it left in its process group."""
        self._child.kill()
        self._compressing.end()

    @property
    def code(self) -> int | None:
        return self._child.code

    def word(self) -> tuple[int, list[Reason]]:
        """What a user's own Locust file says of the run: (exit code, that it was not heard out).

        The process says its exit code itself when it has called every listener; whoever ends it in between
        (os._exit in a listener) may hide what another one was to say.
        """
        code = self.code or 0
        now = digests(self.directory)
        changed: list[Reason] = [
            EvidenceChanged(file=name) for name, was in self._evidence.items() if now.get(name) != was
        ]
        if self._left is not None:
            return self._left or code, [*changed, *self._too_soon()]
        unheard = code >= 0 and not self._told_to_end
        return code, [*changed, NotHeardOut(exit_code=code)] if unheard else changed

    def _too_soon(self) -> list[Reason]:
        """That it says to have measured for longer than it lived, by the clock of this process."""
        lived_s = self._ended - self._begun
        try:
            told_s = float(json.loads((self.directory / "measured.json").read_bytes())["duration_s"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []  # the verdict names what is wrong with it
        return [EndedTooSoon(told_s=told_s, lived_s=lived_s)] if told_s > lived_s + SLACK_S else []

    def _take(self, line: str, view: View) -> bool:
        """Whether the line was a status; any other goes to the log.

        A user's own file may have printed something without an end of line before it.
        """
        before, found, said = line.partition(self._prefix + "{")
        try:
            status = json.loads("{" + said) if found else None
        except (ValueError, RecursionError):
            status = None
        if status is None:
            self._note(line)
            return False
        if before:
            self._note(before)
        if "evidence" in status:
            self._evidence = status["evidence"]
        if "left" in status:
            self._left = int(status["left"])
        if "closing" in status:
            self.closing()
        if "failed" in status:
            self.failed = self.failed or heard(status["failed"])
        if "users" in status:  # the last line says how it ended, which measured.json says too
            view.status(status)
        return True

    def _note(self, line: str) -> None:
        try:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(line + "\n")
        except OSError:
            pass  # a full disk is reported by what follows; a lost log line is no reason to stop

    def require_measurement(self) -> None:
        """Raises InvalidRun when the process ended before it measured anything, LoadFailed if it said why."""
        if (self.directory / "measured.json").exists():
            return
        if shutil.disk_usage(self.directory).free < FULL_DISK_BYTES:
            raise InvalidRun(
                f"nothing could be measured: the disk of {self.directory} is full; choose --out DIR"
            )
        if self.failed is not None:
            raise LoadFailed(self.failed, self.log)
        last = last_words(self.log)
        why = f"its last words: {last}" if last else "it said nothing"
        raise InvalidRun(
            f"the load process ended with code {self.code} before it measured anything; {why}; see {self.log}"
        )

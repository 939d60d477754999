"""Runs with a user's own Locust file against a server that counts what reaches it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from results.snapshot.run import Run, load_run
from tests import forked
from tests.e2e.test_run import MACHINE

HEAD = """\
import time
import gevent
from locust import (
    FastHttpUser, HttpUser, LoadTestShape, SequentialTaskSet, TaskSet, User, constant, events, tag, task,
)
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser
"""
STAGES = [{"hold": "2s"}]
THRESHOLDS = {"*": ["error_rate < 1%", "p95 < 2s"], "run": ["throughput >= 1/s"]}


class Server(ThreadingHTTPServer):
    """Counts by `METHOD path`. /slow?ms=N waits, /hang does not answer, /again leads to /there, /no fails."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.counts: Counter[str] = Counter()
        self.last = 0.0
        self.lock = threading.Lock()

    def handle_error(self, *_: Any) -> None:
        """A client that is cut resets its connection: no news."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def received(self) -> int:
        return sum(self.counts.values())


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.counts[f"{self.command} {parts.path}"] += 1
            self.server.last = time.monotonic()
        if parts.path == "/slow":
            time.sleep(float(parse_qs(parts.query)["ms"][0]) / 1000)
        if parts.path == "/hang":
            time.sleep(100)
        body = b'{"code": 0}'
        self.send_response({"/again": 302, "/no": 500}.get(parts.path, 200))
        if parts.path == "/again":
            self.send_header("Location", "/there")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None: ...


@contextlib.contextmanager
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()


@dataclass(frozen=True)
class Case:
    """A user's own file and how it is run; `said`: what the reasons of the run hold, together."""

    file: str
    code: int
    said: tuple[str, ...] = ()
    users: int = 4
    stages: Any = field(default_factory=lambda: STAGES)
    thresholds: Any = field(default_factory=lambda: THRESHOLDS)
    options: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    total_s: float = 5.0
    counted: bool = True  # whether the snapshot has every request that the server had


@dataclass
class Done:
    """What a run came to. `out`: the folder with its runs; `received`: what the server had counted."""

    code: int
    stdout: str
    stderr: str
    folder: Path
    received: Counter[str]
    late_s: float  # from the last request at the server to the end of the process

    @property
    def directory(self) -> Path:
        (found,) = (self.folder / "runs").iterdir()
        return found

    @property
    def run(self) -> Run:
        return load_run(self.directory)

    @property
    def told(self) -> str:
        return f"exit {self.code}\n{self.stdout}\n{self.stderr}"


def run_case(case: Case, folder: Path) -> Done:
    """The whole run of a case by `renhai run`, on a server of its own."""
    with server() as target:
        (folder / "own.py").write_text(HEAD + case.file, encoding="utf-8")
        about = {"name": "counting", "environment": "test", "url": target.url}
        about["timeouts"] = {"total": f"{case.total_s}s"}
        operations = {"a.b": {"path": "/ok", "method": "GET", "body": None}}
        (folder / "target.yaml").write_text(yaml.safe_dump({**about, "operations": operations}))
        scenario = {
            "name": "own",
            "target": "target.yaml",
            "locustfile": "own.py",
            "load": {"users": case.users, "stages": case.stages},
            "thresholds": case.thresholds,
            **case.more,
        }
        (folder / "own.yaml").write_text(yaml.safe_dump(scenario, allow_unicode=True), encoding="utf-8")
        split = case.options.index("--") if "--" in case.options else len(case.options)
        ours, theirs = case.options[:split], case.options[split:]
        line = ["run", "own.yaml", "--out", "runs", *ours, *theirs]
        done = renhai(folder, *line)
        ended = time.monotonic()
        time.sleep(0.3)
        late = ended - target.last
        return Done(done.returncode, done.stdout, done.stderr, folder, Counter(target.counts), late)


def renhai(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command, from `folder`."""
    return forked.run([*arguments], folder, {**os.environ, "COLUMNS": "200"}, timeout=150)


def sent(run: Run) -> int:
    """Requests by the snapshot's counts, what followed a redirect included, without exceptions."""
    exceptions = sum(run.exceptions.values())
    return run.load.redirects + sum(one.started for one in run.operations.values()) - exceptions


def check_verdict(done: Done, code: int) -> None:
    """The exit code is this one; where the machine disturbed the run, what else was found leads to it."""
    codes = {record.code for record in done.run.reason_codes}
    if not codes & MACHINE:
        assert done.code == code, done.told
        assert done.run.verdict == {0: "pass", 1: "fail", 3: "invalid"}[code]
        return
    assert done.code == 3, done.told
    assert bool(codes - MACHINE) == (code > 0), done.told

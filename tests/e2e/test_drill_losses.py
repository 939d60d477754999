"""What a failover or a backup loses is counted to the write, beside both databases, asked by themselves.

The standby is behind, as its replication was paused; the backup is as old as the moment at which it was made.
What the old database has and the new one has not, of the writes that renhai had an answer to, is the truth.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from renhai.core.machine.ports import free_port
from renhai.core.process import spawn
from results.checks.audit.intents import events
from tests.e2e.test_run import ROOT, environ, last_directory, last_run, quiet_run
from tests.reference import private_postgres

TABLE = "taxpayers"
DRILL = """# What is lost when the database is lost?
name: lost
target: ./lab.yaml
data: {seed: 7, profile: gt3_2015, taxpayers: 50000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {register.only: 1}}
  stages: [{hold: 9s}]
journeys:
  register.only: [{send: registration.save, document: registration}]
thresholds: {"*": [error_rate < 99%]}
audit: {lost: null}
drill:
  steady: {good: [p95 < 5s, error_rate < 1%], bucket: 400ms, at_least: 5, in_a_row: 2}
  method:
    - {at: 1s, do: freeze, service: copy}
    - {at: 3s, do: kill, service: system, for: 200ms}
  unnoticed: fine
  thresholds: [rto < 60s, rpo < 3s, lost_after = 0]
"""


def lab(folder: Path, port: int, services: str) -> None:
    """A target file that allows the drill, and the scenario."""
    text = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("drills:")]
    file = "\n".join(kept).replace("url: embedded", f"url: http://127.0.0.1:{port}")
    (folder / "lab.yaml").write_text(
        f"{file}\ndrills: [freeze, kill]\nservices:\n{services}", encoding="utf-8"
    )
    (folder / "lost.yaml").write_text(DRILL, encoding="utf-8")


def acknowledged(directory: Path) -> set[str]:
    """Numbers of the registrations that renhai had an answer to, from its receipts."""
    files = (directory / "receipts").glob("*.jsonl")
    told = (event for path in files for _, event in events(path))
    return {str(event[3][0]) for event in told if event[0] == "ok"}


def drilled(folder: Path) -> tuple[dict[str, Any], set[str]]:
    done = quiet_run(folder, "run", "lost.yaml")
    run = last_run(folder)
    assert run.verdict == "pass", done.stdout + done.stderr
    return (run.model_extra or {})["drill"], acknowledged(last_directory(folder))


def judged(drill: dict[str, Any], kept: set[str], old: set[str], new: set[str]) -> None:
    lost = drill["losses"]
    assert len(kept & (old - new)) > 5  # a second and more of writes
    assert lost["state"] == "known"
    assert lost["before"]["count"] + lost["during"]["count"] == len(kept - new) == len(kept & (old - new))
    assert lost["after"]["count"] == 0
    paused, killed = (one["at_s"] for one in drill["actions"])
    assert 0 < lost["rpo_s"] <= killed - paused + 0.5


def line(*words: str) -> str:
    return json.dumps(list(words))


class Cluster:
    """A PostgreSQL primary and its streaming standby, each on a Unix socket."""

    def __init__(self, folder: Path) -> None:
        tools, account = private_postgres.binaries(), private_postgres._account()
        assert tools is not None and account is not None
        self.tools, self.folder = tools, folder
        self.as_account = ["runuser", "-u", account, "--"] if os.geteuid() == 0 else []
        if self.as_account:
            shutil.chown(folder, account)

    def do(self, *command: str) -> str:
        done = subprocess.run(
            self.command(*command), check=True, capture_output=True, text=True, cwd=self.folder, timeout=120
        )
        return done.stdout

    def command(self, tool: str, *words: str) -> list[str]:
        return [*self.as_account, str(self.tools / tool), *words]

    def start(self, name: str) -> None:
        place = self.folder / name
        options = f"-c listen_addresses='' -c shared_buffers=16MB -c wal_level=replica -k {self.folder}"
        options += f" -c port={self.port(name)}"
        self.do("pg_ctl", "-D", str(place), "-l", f"{place}.log", "-w", "-o", options, "start")

    def port(self, name: str) -> int:
        return 5432 + (name == "standby")

    def ask(self, name: str, statement: str) -> list[str]:
        way = ["-h", str(self.folder), "-p", str(self.port(name)), "-U", "renhai", "-d", "postgres"]
        return self.do("psql", *way, "-Atc", statement).split()

    def __enter__(self) -> Cluster:
        primary, standby = str(self.folder / "primary"), str(self.folder / "standby")
        self.do("initdb", "-D", primary, "-A", "trust", "-U", "renhai", "--no-sync", "-E", "UTF8")
        self.start("primary")
        way = ["-h", str(self.folder), "-p", "5432", "-U", "renhai"]
        self.do("pg_basebackup", *way, "-D", standby, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        self.start("standby")
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("primary", "standby"):
            with contextlib.suppress(subprocess.SubprocessError):
                self.do("pg_ctl", "-D", str(self.folder / name), "-m", "immediate", "-w", "stop")

    @property
    def url(self) -> str:
        hosts = ",".join([str(self.folder)] * 2)
        return f"postgresql://renhai@/postgres?host={hosts}&port=5432,5433&target_session_attrs=primary"

    def services(self) -> str:
        way = f"-h {self.folder} -p 5433 -U renhai -d postgres"
        psql = shlex.join(self.command("psql"))
        pause = f"{psql} {way} -c \"ALTER SYSTEM SET primary_conninfo = ''\" -c 'SELECT pg_reload_conf()'"
        state = f"{psql} {way} -Atc 'SHOW primary_conninfo'"
        place = {name: str(self.folder / name) for name in ("primary", "standby")}
        kill = self.command("pg_ctl", "-D", place["primary"], "-m", "immediate", "-w", "stop")
        promote = self.command("pg_ctl", "-D", place["standby"], "-w", "promote")
        return (
            f"  copy: {{freeze: {line('sh', '-c', pause)}, thaw: ['true'],"
            f" state: {line('sh', '-c', state)}}}\n"
            f"  system: {{pid_file: {place['primary']}/postmaster.pid, kill: {line(*kill)},"
            f" start: {line(*promote)}}}\n"
        )


@contextlib.contextmanager
def served(folder: Path, port: int, database: str) -> Iterator[None]:
    server = [sys.executable, "-m", "renhai.reference", "--port", str(port), "--keep-alive", "60"]
    pid, log = folder / "app.pid", folder / "app.log"
    begin = [sys.executable, "-m", "renhai.core.process.spawn", str(pid), str(log)]
    subprocess.run([*begin, *server, "--database", database], check=True, cwd=folder, env=environ())
    try:
        yield
    finally:
        spawn.end(pid)


@pytest.mark.skipif(bool(private_postgres.why_not()), reason=private_postgres.why_not())
def test_a_standby_that_was_behind_loses_what_it_had_not(tmp_path: Path) -> None:
    place = Path(tempfile.mkdtemp(prefix="renhai-pair-"))
    port = free_port()
    try:
        with Cluster(place) as pair, served(tmp_path, port, pair.url):
            lab(tmp_path, port, pair.services())
            drill, kept = drilled(tmp_path)
            asked = f"SELECT djxh FROM {TABLE}"
            new = set(pair.ask("standby", asked))
            pair.start("primary")
            old = set(pair.ask("primary", asked))
        judged(drill, kept, old, new)
    finally:
        shutil.rmtree(place, ignore_errors=True)


BACK_UP = "import sqlite3, sys; a, b = map(sqlite3.connect, sys.argv[1:]); a.backup(b); b.close()"


def rows(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return {str(row[0]) for row in database.execute(f"SELECT djxh FROM {TABLE}")}


def test_a_backup_that_is_restored_loses_what_came_after_it(tmp_path: Path) -> None:
    port = free_port()
    old, backup, new = (tmp_path / f"{name}.db" for name in ("old", "backup", "restored"))
    begin = [sys.executable, "-m", "renhai.core.process.spawn", str(tmp_path / "app.pid")]
    server = [sys.executable, "-m", "renhai.reference", "--port", str(port), "--keep-alive", "60"]
    start = [*begin, str(tmp_path / "new.log"), *server, "--database", f"sqlite:///{new}"]
    restore = f"cp {backup} {new} && cd {ROOT} && {shlex.join(start)}"
    lab(
        tmp_path,
        port,
        f"  copy: {{freeze: {line(sys.executable, '-c', BACK_UP, str(old), str(backup))}, thaw: ['true'],"
        f" state: {line('sh', '-c', f'ls {backup} 2>&1 || true')}}}\n"
        f"  system: {{pid_file: app.pid, start: {line('sh', '-c', restore)}}}\n",
    )
    with served(tmp_path, port, f"sqlite:///{old}"):
        drill, kept = drilled(tmp_path)
        time.sleep(0.1)
        judged(drill, kept, rows(old), rows(new))

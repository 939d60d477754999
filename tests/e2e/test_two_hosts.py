"""One run over two machines, which are two network namespaces with a wire between them.

On the first stand the target and the master, on the second the worker. Each check has a target and a master
of its own, and they go side by side.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from renhai.core.join_key import VARIABLE, new_key
from results.snapshot.run import Run, load_run
from tests import forked
from tests.e2e.namespaces import PATIENCE_S, Host, two_hosts
from tests.e2e.test_run import ROOT, counted, environ, measured, wait_for
from tests.forked import Process
from tests.side_by_side import Runs, each_in_its_lab

SCENARIO = """# Do two machines load one target together?
name: two-hosts
target: ./lab.yaml
data: {seed: 7, profile: gt3_2015, taxpayers: 50000}
load:
  operators: [{unit: 14301030000, post: desk, count: 20}]
  stages: [{hold: 4s}]
posts:
  desk: {journeys: {registration.register: 1}, think_time: {fixed: 200ms}}
thresholds: {"*": [error_rate < 1%]}
"""


class Lab:
    """A target and the place for one run, on the first host."""

    def __init__(self, one: Host, two: Host, folder: Path, number: int) -> None:
        self.one, self.two, self.folder = one, two, folder
        self.url = f"http://{one.address}:{8400 + number}"
        self.port = 5600 + 2 * number
        reference = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
        lab = reference.replace("url: embedded", f"url: {self.url}")
        (folder / "lab.yaml").write_text(lab.replace("hosts: [localhost]", f"hosts: [{one.address}]"))
        (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
        self.key = new_key()
        self._started: list[Process] = []
        self.anew = False  # by new interpreters, as a user's are; else by forks
        line = ["--host", one.address, "--port", str(8400 + number), "--keep-alive", "60"]
        target = self.start(one, *line, "--database", f"sqlite:///{folder}/target.db", program=forked.TARGET)
        assert target.stdout is not None
        assert json.loads(target.stdout.readline())["url"] == self.url

    def start(self, host: Host, *arguments: str, program: str = "renhai") -> Process:
        environment = {**environ(), VARIABLE: self.key}
        started: Process
        if self.anew:
            line = [*host.inside(self.folder), sys.executable, "-m", program, *arguments]
            started = subprocess.Popen(
                line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        else:
            started = forked.started(
                program, *arguments, folder=self.folder, environment=environment, output=subprocess.PIPE,
                errors=subprocess.STDOUT, within=host.pid, starts=forked.starts(arguments),
            )  # fmt: skip
        self._started.append(started)
        return started

    def run(self, expect: int, *options: str) -> Process:
        """The run itself, with the master, on the first host."""
        line = ["run", "scenario.yaml", "--expect", str(expect), *options]
        return self.start(self.one, *line, "--bind", self.one.address, "--port", str(self.port))

    def worker(self, host: Host) -> Process:
        return self.start(host, "worker", "--join", f"{self.one.address}:{self.port}")

    def counts(self) -> dict[str, tuple[int, ...]]:
        return counted(json.loads(self.one.fetch(f"{self.url}/admin/counts"))["operations"])

    def received(self) -> int:
        return sum(row[0] for row in self.counts().values())

    @property
    def directory(self) -> Path:
        return next((self.folder / "results" / "runs").iterdir())

    def snapshot(self) -> Run:
        return load_run(self.directory)

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()


def ended(process: Process) -> tuple[int, str]:
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in out, out
    return process.returncode, out


def workers_on_both_hosts_and_the_targets_own_count(lab: Lab) -> None:
    run = lab.run(2)
    workers = [lab.worker(lab.one), lab.worker(lab.two)]
    ended(run)
    assert [ended(worker)[0] for worker in workers] == [0, 0]
    found = lab.snapshot()
    assert (found.ended, found.generator.processes, found.generator.workers_lost) == ("completed", 2, 0)
    assert measured(found) == lab.counts()
    assert measured(found)["registration.query"][1] > 100


def a_worker_killed_in_the_middle(lab: Lab) -> None:
    run = lab.run(2)
    doomed, other = lab.worker(lab.two), lab.worker(lab.one)
    wait_for(lambda: lab.received() > 100, PATIENCE_S)
    time.sleep(1.2)  # a report has gone out
    doomed.send_signal(signal.SIGKILL)
    code, out = ended(run)
    assert (code, ended(other)[0]) == (3, 0), out
    found = lab.snapshot()
    assert (found.verdict, found.ended, found.generator.workers_lost) == ("invalid", "completed", 1)
    assert any("1 worker was lost" in reason for reason in found.reasons)
    kept = sum(row[0] for row in measured(found).values())
    assert 100 < kept <= lab.received()


def a_worker_that_joins_late(lab: Lab) -> None:
    run = lab.run(1, "--duration", "5m")
    first = lab.worker(lab.one)
    wait_for(lambda: lab.received() > 20, PATIENCE_S)
    before = time.monotonic()
    late = lab.worker(lab.two)
    wait_for(lambda: '"workers_late": 1' in (lab.directory / "measured.json").read_text(), PATIENCE_S)
    away_ms = 1000 * (time.monotonic() - before)
    wait_for(lambda before=lab.received(): lab.received() > before + 100, PATIENCE_S)
    stopped = lab.start(lab.one, "stop")
    assert ended(stopped) == (0, f"stopped: {lab.directory}\n")
    assert (ended(run)[0], ended(first)[0], ended(late)[0]) == (3, 0, 0)
    found = lab.snapshot()
    assert (found.ended, found.generator.workers_lost) == ("interrupted", 0)
    latency = found.operations["registration.query"].latency_ms
    assert latency is not None
    assert latency.max < away_ms / 2  # the time before it joined is nobody's latency
    assert any("stopped by `renhai stop`" in reason for reason in found.reasons)
    assert measured(found) == lab.counts()


def a_master_that_dies(lab: Lab) -> None:
    lab.anew = True
    run = lab.run(1, "--duration", "5m")
    worker = lab.worker(lab.two)
    wait_for(lambda: lab.received() > 20, PATIENCE_S)
    (master,) = psutil.Process(run.pid).children()
    master.kill()
    assert run.wait(timeout=PATIENCE_S) == 3
    deadline, before = time.monotonic() + 20, -1
    while before != (before := lab.received()):
        assert time.monotonic() < deadline, "the worker went on sending"
        time.sleep(1)
    assert worker.wait(timeout=PATIENCE_S) is not None
    assert lab.received() == before


CHECKS: tuple[Callable[[Lab], None], ...] = (
    workers_on_both_hosts_and_the_targets_own_count,
    a_worker_killed_in_the_middle,
    a_worker_that_joins_late,
    a_master_that_dies,
)


@pytest.fixture(scope="module")
def under_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs[None]]:
    with two_hosts(tmp_path_factory.mktemp("hosts")) as (one, two):

        def lab(number: int, name: str) -> Lab:
            return Lab(one, two, tmp_path_factory.mktemp(name), number)

        with each_in_its_lab(CHECKS, lab, 4) as begun:
            yield begun


@pytest.mark.parametrize("check", [check.__name__ for check in CHECKS])
def test_two_hosts(check: str, under_way: Runs[None]) -> None:
    under_way.result(check)

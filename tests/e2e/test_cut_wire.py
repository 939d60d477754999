"""The wire between master and worker is cut for 3, 10 and 60 s: what is told is what happened.

Two hosts as in test_two_hosts.py, with a wire of its own for the messages of master and worker, so that the
target can be reached all the time. A run may pass only with every request that the target received in it.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.namespaces import PATIENCE_S, Host, two_hosts
from tests.e2e.test_run import measured, wait_for
from tests.e2e.test_two_hosts import Lab, ended
from tests.forked import Process
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 3  # of its rows run in `make test`, all with --all
CUTS_S = (3, 10, 60)


class Apart(Lab):
    """Master and worker speak over a wire that the target does not stand at."""

    def run(self, expect: int, *options: str) -> Process:
        line = ["run", "scenario.yaml", "--expect", str(expect), *options]
        line += ["--bind", f"10.{78 + self.number}.0.1", "--port", str(self.port)]
        return self.start(self.one, *line)

    def worker(self, host: Host) -> Process:
        return self.start(host, "worker", "--join", f"10.{78 + self.number}.0.1:{self.port}")

    def wire(self, two: Host, number: int) -> None:
        """Lay it."""
        self.number, self.name = number, f"talk{number}"
        with contextlib.suppress(subprocess.CalledProcessError):  # of a try before, on the same hosts
            self.one.do("ip", "link", "delete", self.name)
        ends = ["ip", "link", "add", self.name, "type", "veth", "peer", "name", self.name]
        self.one.do(*ends, "netns", str(two.pid))
        for end, host in enumerate((self.one, two), start=1):
            host.do("ip", "address", "add", f"10.{78 + number}.0.{end}/24", "dev", self.name)
            host.do("ip", "link", "set", self.name, "up")

    def cut(self, seconds: float) -> None:
        self.one.do("ip", "link", "set", self.name, "down")
        time.sleep(seconds)
        self.one.do("ip", "link", "set", self.name, "up")


def gone(processes: Iterable[Process]) -> list[Process]:
    return [process for process in processes if process.poll() is not None]


def cut(hosts: tuple[Host, Host], folder: Path, seconds: int) -> None:
    one, two = hosts
    lab = Apart(one, two, folder, number := CUTS_S.index(seconds))
    try:
        lab.wire(two, number)
        run = lab.run(2, "--duration", "12s" if seconds == 3 else "20s")
        here, far = lab.worker(one), lab.worker(two)
        all_three = (run, here, far)
        wait_for(lambda: lab.received() > 50 or gone(all_three), PATIENCE_S)
        assert not gone(all_three), [ended(process) for process in gone(all_three)]
        time.sleep(1.2)  # a report has gone out
        lab.cut(seconds)
        code, out = ended(run)
        assert code in (0, 3), out
        found = lab.snapshot()
        told, received = measured(found), lab.counts()
        if code == 0:  # every report came home when the wire was there again
            assert (found.generator.workers_lost, told) == (0, received)
        else:
            assert found.verdict == "invalid" and found.reasons, out
            assert all(told[name][0] <= row[0] for name, row in received.items() if name in told)
        assert code == 3 or seconds == 3, out
        for worker in (here, far):
            ended(worker)  # nobody stays behind
        before = lab.received()
        time.sleep(1.0)
        assert lab.received() == before
    finally:
        lab.close()


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[None]]:
    here = wanted(request, "seconds")
    with two_hosts(tmp_path_factory.mktemp("hosts")) as hosts:
        acts: dict[str, Callable[[], None]] = {
            str(seconds): partial(cut, hosts, tmp_path_factory.mktemp("cut"), seconds)
            for seconds in CUTS_S
            if seconds in here
        }
        with side_by_side(acts, 2) as runs:
            yield runs


@pytest.mark.parametrize("seconds", CUTS_S)
def test_a_wire_that_is_cut_makes_no_wrong_pass(seconds: int, under_way: Runs[None]) -> None:
    under_way.result(str(seconds))

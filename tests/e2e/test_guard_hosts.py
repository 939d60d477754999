"""The guard on the wire: two network namespaces of the test's own, and nothing may reach the second one.

Each check has a name and a port of its own, and they go side by side.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from renhai.core.join_key import VARIABLE, new_key
from results.snapshot.run import Run, load_run
from tests import forked
from tests.e2e.namespaces import PATIENCE_S, Host, two_hosts
from tests.e2e.test_run import ROOT, environ, wait_for
from tests.forked import Process
from tests.side_by_side import Runs, each_in_its_lab

SCENARIO = """# Does the load stay where it is allowed?
name: guarded
target: ./lab.yaml
data: {seed: 7, profile: gt3_2015, taxpayers: 50000}
load:
  arrivals: {rate: 30/s, process: constant, journeys: {registration.register: 1}}
  stages: [{hold: 2s}]
thresholds: {"*": [error_rate < 1%]}
"""

OWN_FILE = """# Does a stock Locust file stay where it is allowed?
name: own-file
target: ./lab.yaml
locustfile: theirs.py
load: {users: 2, stages: [{hold: 2s}]}
thresholds: {"*": [error_rate < 1%]}
"""

# It asks another host while it is imported and when the test starts, in the leading process too.
THEIRS = """import urllib.request
from locust import HttpUser, constant, events, task

def ask(**_):
    try:
        urllib.request.urlopen("ELSEWHERE", timeout=3)
    except OSError:
        pass

ask()
events.test_start.add_listener(ask)

class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def visit(self):
        self.client.get("/visit")
"""

# A web server that counts what it is asked; with an address, it sends everybody there.
SERVER = """
import http.server, sys
count = 0
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        global count
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        if self.path == "/count":
            body = str(count).encode()
        else:
            count += 1
        self.send_response(302 if len(sys.argv) > 3 and not body else 200)
        if len(sys.argv) > 3:
            self.send_header("Location", sys.argv[3] + self.path)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler)
print("up", flush=True)
server.serve_forever()
"""


KEY = new_key()  # of the run that a worker joins


class Lab:
    """Two hosts, on each a server that counts at one port; a name for the first; the place for one run."""

    def __init__(self, one: Host, two: Host, folder: Path, number: int) -> None:
        self.one, self.two, self.folder, self.port = one, two, folder, 8500 + 10 * number
        self.host = f"tax{number}.test"
        for host in (one, two):
            host.name(self.host, one.address)
        (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
        self._started: list[Process] = [self.serve(host, self.port) for host in (one, two)]

    def serve(self, host: Host, port: int, *to: str) -> subprocess.Popen[str]:
        line = [*host.inside(), sys.executable, "-c", SERVER, host.address, str(port), *to]
        server = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        assert server.stdout.readline() == "up\n"
        return server

    def redirect(self) -> int:
        """The port of a server on the first host that sends everybody to the second one."""
        self._started.append(self.serve(self.one, self.port + 1, f"http://{self.two.address}:{self.port}"))
        return self.port + 1

    def count(self, host: Host, port: int = 0) -> int:
        return int(host.fetch(f"http://{host.address}:{port or self.port}/count"))

    def target(self, url: str, *hosts: str) -> None:
        """lab.yaml: the reference binding, but any answer with status 200 is ok."""
        text = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
        text = text.replace("url: embedded", f"url: {url}")
        text = text.replace("hosts: [localhost]", f"hosts: [{', '.join(hosts)}]")
        text, replaced = re.subn(r"success:.*?\ndefaults:", "success: any\ndefaults:", text, flags=re.DOTALL)
        assert replaced == 1
        (self.folder / "lab.yaml").write_text(text, encoding="utf-8")

    def start(self, host: Host, *arguments: str, anew: bool = False) -> Process:
        """`renhai ARGUMENT ...` on a host, by a fork or by a new interpreter."""
        environment = {**environ(), VARIABLE: KEY}
        started: Process
        if anew:
            line = [*host.inside(self.folder), sys.executable, "-m", "renhai", *arguments]
            started = subprocess.Popen(
                line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        else:
            started = forked.started(
                "renhai", *arguments, folder=self.folder, environment=environment, output=subprocess.PIPE,
                errors=subprocess.STDOUT, within=host.pid, starts=forked.starts(arguments),
            )  # fmt: skip
        self._started.append(started)
        return started

    def snapshot(self) -> tuple[Path, Run]:
        directory = next((self.folder / "results" / "runs").iterdir())
        return directory, load_run(directory)

    def close(self) -> None:
        for server in self._started:
            server.kill()
            server.communicate()


def ran(process: Process) -> tuple[int, str]:
    out, _ = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out


def an_address_that_the_file_does_not_list_is_refused(lab: Lab) -> None:
    lab.target(f"http://{lab.two.address}:{lab.port}", lab.one.address)
    code, out = ran(lab.start(lab.one, "run", "scenario.yaml"))
    assert (code, lab.count(lab.two)) == (2, 0)
    assert f"lab.yaml:5: hosts does not list {lab.two.address}" in out


def a_redirect_to_another_host_is_an_error_and_not_followed(lab: Lab) -> None:
    lab.target(f"http://{lab.one.address}:{lab.redirect()}", lab.one.address)
    code, out = ran(lab.start(lab.one, "run", "scenario.yaml"))
    directory, run = lab.snapshot()
    assert code in (1, 3), out
    assert run.operations["registration.query"].errors == run.operations["registration.query"].started > 0
    reasons = [json.loads(line)["reason"] for line in (directory / "failures.jsonl").open()]
    where = f"http://{lab.two.address}:{lab.port}/api/registration/query"
    assert f"HTTP 302 leads to another host, {where}: not followed" in reasons
    assert lab.count(lab.two) == 0


def a_locust_file_that_follows_redirects_is_barred(lab: Lab) -> None:
    (lab.folder / "own.yaml").write_text(OWN_FILE, encoding="utf-8")
    (lab.folder / "theirs.py").write_text(
        THEIRS.replace("ELSEWHERE", f"http://{lab.two.address}:{lab.port}/"), encoding="utf-8"
    )
    port = lab.redirect()
    lab.target(f"http://{lab.one.address}:{port}", lab.one.address)
    code, out = ran(lab.start(lab.one, "run", "own.yaml", "--processes", "2", anew=True))
    assert code == 3, out
    assert lab.count(lab.one, port) > 0
    refused = f"the guard refused a connection to {lab.two.address}, which is not the target"
    assert any(refused in reason for reason in lab.snapshot()[1].reasons)
    assert lab.count(lab.two) == 0


def a_change_of_dns_stops_the_run(lab: Lab) -> None:
    lab.target(f"http://{lab.host}:{lab.port}", lab.host)
    process = lab.start(lab.one, "run", "scenario.yaml", "--duration", "5m")
    wait_for(lambda: lab.count(lab.one) > 20, PATIENCE_S)
    lab.one.name(lab.host, lab.two.address)
    code, out = ran(process)
    _, run = lab.snapshot()
    assert (code, run.verdict, run.ended) == (3, "invalid", "interrupted"), out
    assert run.duration_s < 200
    moved = f"stopped by the guard: {lab.host} now leads to {lab.two.address}"
    assert any(reason.startswith(moved) for reason in run.reasons), run.reasons
    assert lab.count(lab.two) == 0


def a_worker_checks_the_name_from_where_it_stands(lab: Lab) -> None:
    lab.target(f"http://{lab.host}:{lab.port}", lab.host)
    lab.two.name(lab.host, lab.two.address)
    run = lab.start(
        lab.one, "run", "scenario.yaml", "--expect", "1", "--bind", lab.one.address, "--port", "5590"
    )
    worker = lab.start(lab.two, "worker", "--join", f"{lab.one.address}:5590")
    said = ran(worker)[1]
    code, out = ran(run)
    assert code == 3, out
    assert f"stopped by the guard: {lab.host} now leads to {lab.two.address}" in said
    assert f"stopped by the guard: {lab.host} now leads to {lab.two.address}" in out
    assert (lab.count(lab.one), lab.count(lab.two)) == (0, 0)


CHECKS: tuple[Callable[[Lab], None], ...] = (
    a_change_of_dns_stops_the_run,
    a_worker_checks_the_name_from_where_it_stands,
    a_redirect_to_another_host_is_an_error_and_not_followed,
    a_locust_file_that_follows_redirects_is_barred,
    an_address_that_the_file_does_not_list_is_refused,
)


@pytest.fixture(scope="module")
def under_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs[None]]:
    with two_hosts(tmp_path_factory.mktemp("pair")) as (one, two):

        def lab(number: int, name: str) -> Lab:
            return Lab(one, two, tmp_path_factory.mktemp(name), number)

        with each_in_its_lab(CHECKS, lab, 3) as begun:
            yield begun


@pytest.mark.parametrize("check", [check.__name__ for check in CHECKS])
def test_the_guard(check: str, under_way: Runs[None]) -> None:
    under_way.result(check)

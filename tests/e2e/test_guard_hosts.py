"""The guard on the wire: two network namespaces of the test's own, and nothing may reach the second one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from namespaces import PATIENCE_S, Host, two_hosts
from test_run import ROOT, environ, wait_for

from results.snapshot import Run, load_run

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

THEIRS = """from locust import HttpUser, constant, task

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


class Pair:
    """Two hosts; on each, a server at port 80 that counts."""

    def __init__(self, one: Host, two: Host, folder: Path) -> None:
        self.one, self.two, self.folder = one, two, folder
        self.servers = [self.serve(host, 80) for host in (one, two)]

    def serve(self, host: Host, port: int, *to: str) -> subprocess.Popen[str]:
        line = [*host.inside(), sys.executable, "-c", SERVER, host.address, str(port), *to]
        server = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        assert server.stdout.readline() == "up\n"
        return server

    def count(self, host: Host, port: int = 80) -> int:
        return int(host.fetch(f"http://{host.address}:{port}/count"))

    def target(self, folder: Path, url: str, *hosts: str) -> None:
        """lab.yaml: the reference binding, but any answer with status 200 is ok."""
        text = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
        text = text.replace("url: embedded", f"url: {url}")
        text = text.replace("hosts: [localhost]", f"hosts: [{', '.join(hosts)}]")
        text = text.replace('  where: {rtn_code: "0", rtn_msg.Code: "000"}\n', "  format: text\n")
        for line in (
            "  code: rtn_msg.Code\n",
            "  reason: [rtn_msg.Reason, rtn_msg.Message]\n",
            "  data: data\n",
        ):
            text = text.replace(line, "")
        (folder / "lab.yaml").write_text(text, encoding="utf-8")

    def start(self, host: Host, folder: Path, *arguments: str) -> subprocess.Popen[str]:
        line = [*host.inside(folder), sys.executable, "-m", "renhai", *arguments]
        started = subprocess.Popen(
            line, env=environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.servers.append(started)
        return started

    def close(self) -> None:
        for server in self.servers:
            server.kill()
            server.communicate()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    with two_hosts(folder) as (one, two):
        made = Pair(one, two, folder)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def place(pair: Pair, tmp_path: Path) -> Path:
    (tmp_path / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    for host in (pair.one, pair.two):
        host.name("tax.test", pair.one.address)
    return tmp_path


def ran(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, _ = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out


def snapshot(folder: Path) -> tuple[Path, Run]:
    directory = next((folder / "results" / "runs").iterdir())
    return directory, load_run(directory)


def test_an_address_that_the_file_does_not_list_is_refused(pair: Pair, place: Path) -> None:
    pair.target(place, f"http://{pair.two.address}", pair.one.address)
    code, out = ran(pair.start(pair.one, place, "run", "scenario.yaml"))
    assert (code, pair.count(pair.two)) == (2, 0)
    assert f"hosts does not list {pair.two.address}" in out


def test_a_redirect_to_another_host_is_an_error_and_not_followed(pair: Pair, place: Path) -> None:
    redirecting = pair.serve(pair.one, 81, f"http://{pair.two.address}")
    try:
        pair.target(place, f"http://{pair.one.address}:81", pair.one.address)
        code, out = ran(pair.start(pair.one, place, "run", "scenario.yaml"))
    finally:
        redirecting.kill()
        redirecting.communicate()
    directory, run = snapshot(place)
    assert code in (1, 3), out
    assert run.operations["registration.query"].errors == run.operations["registration.query"].started > 0
    reasons = [json.loads(line)["reason"] for line in (directory / "failures.jsonl").open()]
    where = f"http://{pair.two.address}/api/registration/query"
    assert f"HTTP 302 leads to another host, {where}: not followed" in reasons
    assert pair.count(pair.two) == 0


def test_a_locust_file_that_follows_redirects_is_barred(pair: Pair, place: Path) -> None:
    (place / "own.yaml").write_text(OWN_FILE, encoding="utf-8")
    (place / "theirs.py").write_text(THEIRS, encoding="utf-8")
    redirecting = pair.serve(pair.one, 82, f"http://{pair.two.address}")
    try:
        pair.target(place, f"http://{pair.one.address}:82", pair.one.address)
        code, out = ran(pair.start(pair.one, place, "run", "own.yaml"))
        asked = pair.count(pair.one, 82)
    finally:
        redirecting.kill()
        redirecting.communicate()
    _, run = snapshot(place)
    assert code == 3, out
    assert asked > 0
    refused = f"the guard refused a connection to {pair.two.address}, which is not the target"
    assert any(refused in reason for reason in run.reasons)
    assert pair.count(pair.two) == 0


def test_a_change_of_dns_stops_the_run(pair: Pair, place: Path) -> None:
    pair.target(place, "http://tax.test", "tax.test")
    before = pair.count(pair.one)
    process = pair.start(pair.one, place, "run", "scenario.yaml", "--duration", "5m")
    wait_for(lambda: pair.count(pair.one) > before + 20, PATIENCE_S)
    pair.one.name("tax.test", pair.two.address)
    code, out = ran(process)
    _, run = snapshot(place)
    assert (code, run.verdict, run.ended) == (3, "invalid", "interrupted"), out
    assert run.duration_s < 200
    moved = f"stopped by the guard: tax.test now leads to {pair.two.address}"
    assert any(reason.startswith(moved) for reason in run.reasons), run.reasons
    assert pair.count(pair.two) == 0


def test_a_worker_checks_the_name_from_where_it_stands(pair: Pair, place: Path) -> None:
    pair.target(place, "http://tax.test", "tax.test")
    pair.two.name("tax.test", pair.two.address)
    before = pair.count(pair.one)
    run = pair.start(pair.one, place, "run", "scenario.yaml", "--expect", "1", "--port", "5590")
    worker = pair.start(pair.two, place, "worker", "--join", f"{pair.one.address}:5590")
    said = ran(worker)[1]
    code, out = ran(run)
    assert code == 3, out
    assert f"stopped by the guard: tax.test now leads to {pair.two.address}" in said
    assert f"stopped by the guard: tax.test now leads to {pair.two.address}" in out
    assert (pair.count(pair.one), pair.count(pair.two)) == (before, 0)

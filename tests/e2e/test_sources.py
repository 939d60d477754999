"""Ports, sources and addresses on a wire: a namespace with 30 ports, and a target with two addresses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from results.snapshot.run import Run, load_run
from tests import forked
from tests.e2e.namespaces import PATIENCE_S, Host, two_hosts
from tests.e2e.test_run import environ

SCENARIO = """# Does everybody who newly comes get through?
name: newcomers
target: ./city.yaml
data: {seed: 7, profile: gt3_2015, taxpayers: 5000}
journeys: {city.see: [page.get]}
load:
  arrivals: {rate: 30/s, process: constant, journeys: {city.see: 1}}
  stages: [{hold: 4s}]
thresholds: {"*": [error_rate < 50%]}
"""
TARGET = """name: city
environment: test
url: http://city.test:8600
hosts: [city.test]
success: any
defaults: {method: GET, body: null}
operations: {page.get: {path: /page}}
"""
# Answers, and tells at /seen which connections it had: address that was asked, address that asked.
SERVER = """
import http.server, json, socketserver
seen = []
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    known = False
    def do_GET(self):
        if self.path == "/page" and not self.known:
            self.known = True
            seen.append([self.connection.getsockname()[0], self.client_address[0]])
        body = json.dumps(seen).encode() if self.path == "/seen" else b"ok"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8600), Handler)
print("up", flush=True)
server.serve_forever()
"""


def run_at(host: Host, folder: Path, target: str) -> Run:
    folder.mkdir()
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "city.yaml").write_text(target, encoding="utf-8")
    forked.run(["run", "scenario.yaml", "--out", "out"], folder, environ(), PATIENCE_S, within=host.pid)
    (found,) = folder.glob("out/*/run.json")
    return load_run(found)


def test_who_runs_out_of_ports_is_told_and_sources_give_more(tmp_path: Path) -> None:
    with two_hosts(tmp_path) as (one, two):
        knobs = "echo 40000 40029 > ip_local_port_range; echo 0 > tcp_tw_reuse"
        one.do("sh", "-c", f"cd /proc/sys/net/ipv4; {knobs}")
        two.do("ip", "address", "add", "10.77.0.3/24", "dev", "wire")
        one.name("city.test", "10.77.0.3", "10.77.0.2")
        server = subprocess.Popen(
            [*two.inside(), sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None and server.stdout.readline() == "up\n"
            short = run_at(one, tmp_path / "short", TARGET)
            assert short.verdict == "invalid"
            assert "generator.ports_exhausted" in [reason.code for reason in short.reason_codes]
            assert 0 < short.connections.no_port == short.connections.failed < 120
            for last in range(17, 25):
                one.do("ip", "address", "add", f"10.77.0.{last}/24", "dev", "wire")
            before = len(json.loads(two.fetch("http://10.77.0.2:8600/seen")))
            wide = run_at(one, tmp_path / "wide", f"{TARGET}sources: [10.77.0.16/28]\n")
            seen = json.loads(two.fetch("http://10.77.0.2:8600/seen"))[before:]
        finally:
            server.kill()
            server.communicate()
    assert (wide.verdict, wide.reasons) == ("pass", [])
    assert wide.connections.by_address == {"10.77.0.2": 60, "10.77.0.3": 60}
    assert (wide.connections.way, wide.connections.opened, wide.connections.failed) == ("per_journey", 120, 0)
    pairs = Counter(map(tuple, seen))  # 2 addresses by 8 sources
    assert len(pairs) == 16 and set(pairs.values()) <= {7, 8}

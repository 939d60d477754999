"""A target that asks for a login and repeats what it was sent: tokens are renewed, secrets stay inside."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.test_run import last_directory, last_run, renhai

TARGET = """\
# How does a target speak that tells everything?
name: echo
environment: test
url: URL
auth:
  bearer: {login: session.open, token: token, expires: seconds, renew_before: 1s}
success: {where: {code: "0"}, code: code, reason: [said]}
operations:
  session.open: {path: /login, body: {user: "op${OPERATOR:number}", password: "${ENV:ECHO_PASSWORD}"}}
  echo.good: {path: /good, body: {a: 1}}
  echo.bad: {path: "/bad?key=${ENV:ECHO_KEY}", format: form, body: {key: "${ENV:ECHO_KEY}", a: 1}}
"""
SCENARIO = """\
# Does anything leak?
name: leak
target: target.yaml
data: {seed: 7, taxpayers: 50}
load:
  operators: [{unit: 14301030000, post: desk, count: 2}]
  stages: [{hold: 3s}]
posts: {desk: {journeys: {echo.all: 1}, think_time: {fixed: 100ms}}}
journeys: {echo.all: [echo.good, echo.bad]}
thresholds: {"*": [error_rate < 1%]}
"""
PASSWORD, KEY, TOKEN = "pass&word 1", "key<7>税", "t0ken-of-"


class Echo(BaseHTTPRequestHandler):
    """Each login gives a token that is to be renewed after a second; everything else is said back."""

    protocol_version = "HTTP/1.1"
    logins = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/login":
            assert json.loads(body)["password"] == PASSWORD
            type(self).logins += 1
            answer = {"code": "0", "token": f"{TOKEN}{type(self).logins}", "seconds": 2}
        else:
            said = f"{self.path} {body} {self.headers['Authorization']} {PASSWORD} {KEY}"
            answer = {"code": "0" if self.path == "/good" else "1", "said": said}
        data = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_tokens_are_renewed_and_no_secret_reaches_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_PASSWORD", PASSWORD)
    monkeypatch.setenv("ECHO_KEY", KEY)
    with echo() as url:
        (tmp_path / "target.yaml").write_text(TARGET.replace("URL", url))
        (tmp_path / "leak.yaml").write_text(SCENARIO)
        done = renhai(tmp_path, "run", "./leak.yaml")
        counted = Echo.logins
        tried = renhai(tmp_path, "binding", "check", "target.yaml")
    run = last_run(tmp_path)
    assert run.operations["session.open"].ok == counted >= 4  # two operators, three seconds, one second each
    assert run.operations["echo.good"].rejected == run.operations["echo.good"].errors == 0
    assert run.operations["echo.bad"].rejected > 0
    failures = (last_directory(tmp_path) / "failures.jsonl").read_text(encoding="utf-8")
    assert '"operation": "echo.bad"' in failures
    assert "***" in failures
    assert (tried.returncode, tried.stdout.count("***") > 3) == (1, True)
    shown = {"stdout": done.stdout + tried.stdout, "stderr": done.stderr + tried.stderr}
    shown |= {
        p.name: p.read_text(errors="replace") for p in last_directory(tmp_path).rglob("*") if p.is_file()
    }
    for name, text in shown.items():
        for secret in (PASSWORD, KEY, TOKEN, "key%3C7%3E", "pass%26word", "key<7>\\u7a0e"):
            assert secret not in text, f"{secret} in {name}"

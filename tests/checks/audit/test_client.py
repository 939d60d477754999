"""What an audit asks goes to the books: an answer out of a cache is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from renhai.binding.loader import load_binding, normalise
from renhai.checks.audit.client import AuditClient, in_words

TARGET = """name: books
url: http://127.0.0.1:8400
environment: test
operations:
  declaration.status: {path: /status, success: {where: {code: "0"}}}
"""


@contextmanager
def answering(*headers: tuple[str, str]) -> Iterator[tuple[str, list[str]]]:
    """A target of one answer; its URL, and what each request said of caches."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.headers.get("Cache-Control", ""))
            body = b'{"code": "0", "data": {"filed": true}}'
            self.send_response(200)
            for name, value in (*headers, ("Content-Type", "application/json")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ((), ""),
        ((("Age", "0"), ("X-Cache", "MISS from squid")), ""),
        ((("Age", "12"),), "Age: 12"),
        ((("X-Cache", "HIT from squid"),), "X-Cache: HIT"),
        ((("X-Cache", "TCP_MEM_HIT"),), "X-Cache: TCP_MEM_HIT"),
        ((("X-Cache", "MISS, HIT"),), "X-Cache: MISS, HIT"),
        ((("Cache-Status", "edge; hit; ttl=376"),), "Cache-Status: edge; hit"),
        ((("Cache-Status", "edge; fwd=miss"), ("X-Cache-Status", "MISS")), ""),
        ((("CF-Cache-Status", "HIT"),), "CF-Cache-Status: HIT"),
        ((("X-Cache-Hits", "0, 3"),), "X-Cache-Hits: 0, 3"),
        ((("X-Cache-Hits", "0"), ("X-Cache", "white-miss")), ""),
    ],
)
def test_an_answer_out_of_a_cache_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, headers: tuple[tuple[str, str], ...], why: str
) -> None:
    monkeypatch.setattr("renhai.checks.audit.client.PAUSE_S", 0.0)
    (tmp_path / "t.yaml").write_text(TARGET, "utf-8")
    binding, _, path = load_binding(str(tmp_path / "t.yaml"))
    with answering(*headers) as (url, asked):
        client = AuditClient(normalise(binding, path), url, "127.0.0.1", {}, None)
        reply = client.ask("declaration.status", {"djxh": "d1"})
    assert (reply.outcome, "from a cache" in reply.reason) == (("error", True) if why else ("ok", False))
    assert why in reply.reason
    assert set(asked) == {"no-cache"}


def test_a_target_that_does_not_answer_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests quotes its pools, retries and causes; a real port that is shut, and one that hangs up."""
    monkeypatch.setattr("renhai.checks.audit.client.PAUSE_S", 0.0)
    (tmp_path / "t.yaml").write_text(TARGET, "utf-8")
    binding, _, path = load_binding(str(tmp_path / "t.yaml"))

    def told(port: int) -> tuple[str, str]:
        url = f"http://127.0.0.1:{port}"
        client = AuditClient(normalise(binding, path), url, "127.0.0.1", {}, None)
        reply = client.ask("declaration.status", {"djxh": "d1"})
        return reply.outcome, reply.reason

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def hang_up() -> None:
            for _ in range(3):  # tries
                made, _ = server.accept()
                made.recv(65536)
                made.close()

        threading.Thread(target=hang_up, daemon=True).start()
        assert told(port) == ("error", "closed before answer")
    assert told(port) == ("error", "connection refused")
    assert in_words(requests.ReadTimeout("x")) == "read timeout"
    assert in_words(requests.ConnectTimeout("x")) == "connect timeout"
    assert in_words(requests.exceptions.SSLError("no such certificate")) == "SSLError: no such certificate"

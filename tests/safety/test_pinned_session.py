"""What reads from a target beside the load reaches that target at its pinned address, or nothing."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from renhai.run.process import target_counts
from renhai.run.process.target_memory import resident_mb
from renhai.safety.pinned_session import PinnedSession
from tests.certificates import Authority

LOCAL = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """Answers with `status`, `headers` and `body`; keeps what it was asked: (path, headers)."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__((LOCAL, 0), _Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.names: list[str | None] = []  # of the servers that clients asked for by SNI
        self.status, self.headers, self.body = 200, dict[str, str](), b'{"rss_mb": 12.5}'
        if context:
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=partial(self.serve_forever, 0.02), daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up in the handshake is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_CONNECT = do_GET

    def log_message(self, *_: Any) -> None:
        """Nothing on standard error."""


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    with ExitStack() as stack:
        yield lambda context=None: stack.enter_context(closing(Server(context)))


def test_the_address_is_the_pinned_one_and_the_name_that_of_the_url(serve: Callable[..., Server]) -> None:
    server = serve()
    url = f"http://tax.example:{server.server_port}"  # no name server knows it
    with PinnedSession(url, LOCAL) as session:
        assert session.get_json("/admin/health?a=1", 5) == {"rss_mb": 12.5}
        assert resident_mb(session) == 12.5
    paths, headers = zip(*server.asked, strict=True)
    assert paths == ("/admin/health?a=1", "/admin/health")
    assert {head["Host"] for head in headers} == {f"tax.example:{server.server_port}"}


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_no_proxy_of_the_environment_is_used(
    serve: Callable[..., Server], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = serve(), serve()
    proxy.body = b'{"operations": {"stolen": {"received": 1}}}'
    server.body = b'{"operations": {"a.b": {"received": 2}}}'
    monkeypatch.setenv(variable, f"http://{LOCAL}:{proxy.server_port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert target_counts.counts(f"http://{LOCAL}:{server.server_port}") == {"a.b": {"received": 2}}
    with PinnedSession(f"http://tax.example:{server.server_port}", LOCAL) as session:
        session.get_json("/", 5)
    assert (len(server.asked), proxy.asked) == (2, [])


def test_no_password_of_netrc_is_sent(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    (tmp_path / "netrc").write_text("machine tax.example login me password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with PinnedSession(f"http://tax.example:{server.server_port}", LOCAL) as session:
        session.get_json("/", 5)
    assert "Authorization" not in server.asked[0][1]


def test_a_redirect_is_not_followed(serve: Callable[..., Server]) -> None:
    server, elsewhere = serve(), serve()
    server.status = 302
    for place in (f"http://{LOCAL}:{elsewhere.server_port}/", "/other"):
        server.headers = {"Location": place}
        with PinnedSession(f"http://{LOCAL}:{server.server_port}", LOCAL) as session:
            with pytest.raises(requests.TooManyRedirects):
                session.get_json("/", 5)
            assert resident_mb(session) is None
    assert ({path for path, _ in server.asked}, elsewhere.asked) == ({"/", "/admin/health"}, [])


def test_another_origin_is_refused(serve: Callable[..., Server]) -> None:
    server, elsewhere = serve(), serve()
    with PinnedSession(f"http://{LOCAL}:{server.server_port}", LOCAL) as session:
        for url in (f"http://{LOCAL}:{elsewhere.server_port}/", f"https://{LOCAL}:{server.server_port}/"):
            with pytest.raises(requests.exceptions.InvalidSchema):
                session.get(url, timeout=5)
    assert (server.asked, elsewhere.asked) == ([], [])


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b'{"rss_mb": 1}'), (200, b"rss"), (200, b"[]"), (200, b'{"rss_mb": true}'), (200, b" " * 70_000)],
)
def test_what_is_no_answer_is_no_figure(serve: Callable[..., Server], status: int, body: bytes) -> None:
    server = serve()
    server.status, server.body = status, body
    with PinnedSession(f"http://{LOCAL}:{server.server_port}", LOCAL) as session:
        assert resident_mb(session) is None
    assert len(server.asked) == 1


def test_a_target_that_is_gone_gives_nothing(serve: Callable[..., Server]) -> None:
    server = Server()
    url = f"http://{LOCAL}:{server.server_port}"
    server.close()
    assert target_counts.counts(url) is None
    with PinnedSession(url, LOCAL) as session:
        assert resident_mb(session) is None


def context_of(authority: Authority, *names: str) -> ssl.SSLContext:
    issued = authority.issue(*names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued["certificate"], issued["key"])
    return context


def asked_over_tls(server: Server, name: str, tls: dict[str, Any]) -> Any:
    with PinnedSession(f"https://{name}:{server.server_port}", LOCAL, tls) as session:
        return session.get_json("/", 5)


def test_over_tls_the_server_is_asked_for_by_name_and_proves_it(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    server = serve(context_of(ours, "tax.example"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ours.ca_file)  # must not be what decides
    assert asked_over_tls(server, "tax.example", {"ca": ours.ca_file}) == {"rss_mb": 12.5}
    assert server.names == ["tax.example"]
    assert server.asked[0][1]["Host"] == f"tax.example:{server.server_port}"
    for name, tls in (
        ("tax.example", {"ca": theirs.ca_file}),
        ("tax.example", {}),
        ("other.example", {"ca": ours.ca_file}),
        (LOCAL, {"ca": ours.ca_file}),
    ):
        with pytest.raises(requests.exceptions.SSLError):
            asked_over_tls(server, name, tls)
    assert len(server.asked) == 1
    assert asked_over_tls(server, "other.example", {"verify": False}) == {"rss_mb": 12.5}


def test_a_client_certificate_is_shown(serve: Callable[..., Server], tmp_path: Path) -> None:
    ours = Authority(tmp_path, "ours")
    context = context_of(ours, "tax.example")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ours.ca_file)
    server = serve(context)
    tls = {"ca": ours.ca_file, **ours.issue("worker.example")}
    assert asked_over_tls(server, "tax.example", tls) == {"rss_mb": 12.5}
    with pytest.raises(requests.RequestException):
        asked_over_tls(server, "tax.example", {"ca": ours.ca_file})
    assert len(server.asked) == 1


def test_a_long_document_is_not_read_to_its_end(serve: Callable[..., Server]) -> None:
    server = serve()
    server.body = json.dumps(["x" * 100] * 20_000).encode()
    with PinnedSession(f"http://{LOCAL}:{server.server_port}", LOCAL) as session:
        with pytest.raises(ValueError, match="longer than 1000 bytes"):
            session.get_json("/", 5, most_bytes=1000)
        assert session.get_json("/", 5, most_bytes=10**7)[0] == "x" * 100

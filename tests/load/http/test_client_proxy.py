"""By an HTTP proxy: absolute paths in the clear, CONNECT for https, and what a proxy may answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from renhai.load.http.client import Result, Timeouts, Tls
from tests.certificates import Authority
from tests.load.http.asking import MakeClient
from tests.load.http.scripted_server import GOOD, ScriptedServer


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class Proxy:
    """Threads of this process. Whatever host is asked for, it leads to `port` on loopback."""

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        self.asked.append(head.decode())
        target = socket.create_connection(("127.0.0.1", self._to))
        client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        threading.Thread(target=_pump, args=(target, client), daemon=True).start()
        _pump(client, target)

    def close(self) -> None:
        self._listener.close()


def test_https_goes_through_a_tunnel(server: ScriptedServer, make_client: MakeClient, tmp_path: Path) -> None:
    """The certificate is checked for the target's name, not the proxy's; the proxy sees no request."""
    authority = Authority(tmp_path, "authority")
    port = server.open(GOOD, tls=authority.issue("tax.example"))
    proxy = Proxy(port)
    by, trust = f"http://127.0.0.1:{proxy.port}", Tls(ca_file=authority.ca_file)
    client = make_client(proxy.port, url="https://tax.example", proxy=by, tls=trust)
    pool = client.pool((0,))
    opened: list[Result] = []
    client.open(pool, opened.append)
    results = [client.request(b"POST", b"/a", b"", b"x", pool) for _ in range(3)]
    assert [(result.error, result.body, result.reused) for result in results] == [
        ("", b"ok", False),
        ("", b"ok", True),
        ("", b"ok", True),
    ]
    wrong = make_client(proxy.port, url="https://other.example", proxy=by, tls=trust)
    assert wrong.request(b"GET", b"/").error.startswith("tls: certificate refused: Hostname mismatch")
    proxy.close()
    tunnels = [f"CONNECT {name}:443 HTTP/1.1" for name in ("tax.example", "other.example")]
    assert [head.splitlines()[0] for head in proxy.asked] == tunnels
    assert [error.error for error in opened] == [""]


def test_in_the_clear_the_whole_address_is_asked_for(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(GOOD)
    client = make_client(port, url="http://tax.example:8080", proxy=f"http://127.0.0.1:{port}")
    assert [client.request(b"GET", b"/a?b=c").reused for _ in range(2)] == [False, True]
    assert server.seen(port)["texts"][0].startswith(
        "GET http://tax.example:8080/a?b=c HTTP/1.1\r\nHost: tax.example:8080\r\n"
    )


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 900\r\n\r\n", "proxy: HTTP 403"),
        ("HTTP/1.1 407 Proxy Authentication Required\r\n", "proxy: HTTP 407"),
        ("SSH-2.0\r\n\r\n", "proxy: no answer in HTTP/1"),
        ("HTTP/1.1 200 OK\r\n", "proxy: HTTP 200"),
        ("", "proxy: no answer in HTTP/1"),
    ],
)
def test_a_proxy_that_does_not_lead_there_is_an_error(
    server: ScriptedServer, make_client: MakeClient, said: str, error: str
) -> None:
    port = server.open(["request", {"send": said}, "close"])
    client = make_client(port, url="https://tax.example", proxy=f"http://127.0.0.1:{port}")
    result = client.request(b"GET", b"/")
    assert (result.error, result.sent_ns, client.census.open) == (error, 0, 0)
    asked = "CONNECT tax.example:443 HTTP/1.1\r\nHost: tax.example:443\r\n\r\n"
    assert server.seen(port)["texts"] == [asked]


def test_a_proxy_that_says_nothing_is_a_connect_timeout(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    port = server.open(["request", "hang"])
    client = make_client(
        port,
        url="https://tax.example",
        proxy=f"http://127.0.0.1:{port}",
        timeouts=Timeouts(connect=0.2, send=1, read=1, total=2),
    )
    assert client.request(b"GET", b"/").error == "connect timeout"

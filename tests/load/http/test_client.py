"""The client on real sockets: keep-alive, the two ways to ask, and what goes over the wire."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import gevent
import pytest

from renhai.load.http.client import Client, Limits, Result
from tests.load.http.asking import MakeClient, ask_each, until
from tests.load.http.scripted_server import GOOD, OK, ScriptedServer


def test_a_request_is_written_and_its_answer_read(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(GOOD)
    client = make_client(port)
    before = time.monotonic_ns()
    result = client.request(b"POST", b"/a?b=c", b"X-One: 1\r\nX-Two: 2\r\n", b'{"x":1}')
    after = time.monotonic_ns()
    assert (result.error, result.status, result.body, result.reused) == ("", 200, b"ok", False)
    assert before < result.sent_ns < result.done_ns < after
    assert result.bytes_in == len(OK)
    assert server.seen(port)["texts"] == [
        f"POST /a?b=c HTTP/1.1\r\nHost: tax.example:{port}\r\nX-One: 1\r\nX-Two: 2\r\n"
        'Content-Length: 7\r\n\r\n{"x":1}'
    ]


@pytest.mark.parametrize(
    ("method", "last_line"), [(b"GET", "X: 1"), (b"POST", "Content-Length: 0"), (b"PUT", "Content-Length: 0")]
)
def test_an_empty_body_is_announced_where_one_is_expected(
    server: ScriptedServer,
    make_client: MakeClient,
    method: bytes,
    last_line: str,
) -> None:
    port = server.open(GOOD)
    assert make_client(port).request(method, b"/", b"X: 1\r\n").status == 200
    assert server.seen(port)["texts"][0].split("\r\n")[-3] == last_line


def test_successive_requests_share_a_connection(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(GOOD)
    client = make_client(port)
    assert [client.request(b"GET", b"/").reused for _ in range(5)] == [False, True, True, True, True]
    assert server.seen(port)["connections"] == client.opened == 1
    assert (client.in_flight, client.idle) == (0, 1)


def test_requests_at_once_have_a_connection_each(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(["request", {"wait": 0.05}, {"send": OK}, "again"])
    client = make_client(port)
    results = ask_each(client, b"/1", b"/2", b"/3")
    assert [result.status for result in results] == [200, 200, 200]
    assert (server.seen(port)["connections"], client.idle) == (3, 3)
    assert all(result.reused for result in ask_each(client, b"/1", b"/2", b"/3"))


def test_kept_connections_are_bounded(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(["request", {"wait": 0.05}, {"send": OK}, "again"])
    client = make_client(port, max_idle=2)
    ask_each(client, b"/1", b"/2", b"/3", b"/4")
    assert client.idle == 2


def test_the_last_used_connection_is_used_first(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(["request", {"wait": 0.05}, {"send": OK}, "again"])
    client = make_client(port)
    ask_each(client, b"/1", b"/2", b"/3")
    last = next(reversed(client._shared.idle))
    for _ in range(3):
        client.request(b"GET", b"/")
        assert next(reversed(client._shared.idle)) is last


def test_a_lane_keeps_its_connection_to_itself(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(GOOD)
    client = make_client(port)
    one, two = client.pool(), client.pool()
    for _ in range(3):
        assert client.request(b"GET", b"/", pool=one).status == 200
        assert client.request(b"GET", b"/", pool=two).status == 200
    assert (server.seen(port)["connections"], client.idle) == (2, 0)
    one.close()
    assert (len(one.idle), len(two.idle)) == (0, 1)


def test_a_callback_may_start_the_next_request(server: ScriptedServer, make_client: MakeClient) -> None:
    client = make_client(server.open(GOOD))
    finished = gevent.event.Event()
    bodies: list[bytes] = []

    def done(result: Result) -> None:
        bodies.append(result.body)
        if len(bodies) == 1000:
            finished.set()
        else:
            client.start(b"GET", b"/", b"", b"", done)

    client.start(b"GET", b"/", b"", b"", done)
    assert finished.wait(10)
    assert (bodies, client.opened) == ([b"ok"] * 1000, 1)


def test_a_callback_that_raises_harms_no_one_else(
    server: ScriptedServer,
    make_client: MakeClient,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = make_client(server.open(GOOD))
    client.start(b"GET", b"/", b"", b"", lambda result: 1 // 0)
    until(lambda: client.in_flight == 0)
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert (client.request(b"GET", b"/").reused, client.in_flight) == (True, 0)


def test_many_greenlets_ask_at_once(server: ScriptedServer, make_client: MakeClient) -> None:
    client = make_client(server.open(GOOD))

    def ask() -> int:
        return sum(client.request(b"POST", b"/", b"", b"x").status == 200 for _ in range(10))

    greenlets = [gevent.spawn(ask) for _ in range(50)]
    gevent.joinall(greenlets, timeout=20)
    assert [greenlet.value for greenlet in greenlets] == [10] * 50
    assert client.in_flight == 0


@pytest.mark.parametrize(
    "answer",
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + "surplus",
    ],
)
def test_a_connection_that_may_not_be_kept_is_not(
    server: ScriptedServer,
    make_client: MakeClient,
    answer: str,
) -> None:
    port = server.open(["request", {"send": answer}, "hang"])
    client = make_client(port)
    results = [client.request(b"GET", b"/") for _ in range(2)]
    assert [(result.body, result.reused) for result in results] == [(b"ok", False)] * 2
    unasked = "bytes that nobody asked for followed the answer" if "surplus" in answer else ""
    assert [result.error for result in results] == [unasked] * 2
    assert (server.seen(port)["connections"], client.idle) == (2, 0)


def test_a_server_that_speaks_unasked_is_dropped(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(["request", {"send": OK}, {"told": OK}, "hang"])
    client = make_client(port)
    heard: list[bytes] = []
    client.unasked = heard.append
    for _ in range(2):
        assert not client.request(b"GET", b"/").reused
        server.tell(port)
        until(lambda: client.idle == 0)
    assert heard == [OK.encode()] * 2


def test_what_was_said_unasked_is_heard_before_an_old_connection_is_used(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    port = server.open(["request", {"send": OK}, {"told": "late"}, "hang"])
    client = make_client(port)
    heard: list[bytes] = []
    client.unasked = heard.append
    client.request(b"GET", b"/")
    server.tell(port)  # the loop stands still: nobody has looked at the connection
    time.sleep(0.15)  # a younger connection is trusted to its read watcher
    assert not client.request(b"GET", b"/").reused
    server.tell(port)
    until(lambda: client.idle == 0)
    assert heard == [b"late"] * 2


@pytest.mark.parametrize("last", ["", "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"])
def test_an_idle_connection_may_be_ended_by_the_server(
    server: ScriptedServer, make_client: MakeClient, last: str
) -> None:
    port = server.open(["request", {"send": OK}, {"told": last}, "close"])
    client = make_client(port)
    heard: list[bytes] = []
    client.unasked = heard.append
    assert client.request(b"GET", b"/").body == b"ok"
    server.tell(port)
    until(lambda: client.idle == 0)
    assert heard == []


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_request_lost_on_a_reused_connection_says_so(
    server: ScriptedServer, make_client: MakeClient, end: str
) -> None:
    port = server.open(["request", {"send": OK}, "request", end])
    client = make_client(port)
    client.request(b"GET", b"/")
    gevent.sleep(0.25)
    lost = client.request(b"GET", b"/")
    assert lost.reused
    assert re.fullmatch(
        r"(closed|connection reset) before answer on a reused connection, idle 0\.[23] s", lost.error
    )


def test_a_request_that_a_server_kept_and_dropped_does_not_blame_the_connection(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    port = server.open(["request", {"send": OK}, "request", {"wait": 1.2}, "close"])
    client = make_client(port)
    client.request(b"GET", b"/")
    assert client.request(b"GET", b"/").error == "closed before answer"


def test_a_redirect_is_returned_and_not_followed(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(
        ["request", {"send": "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"}, "again"]
    )
    result = make_client(port).request(b"GET", b"/a")
    assert (result.status, result.header(b"location")) == (302, b"/b")
    assert server.seen(port)["requests"] == 1


def test_head_and_interim_keep_the_connection(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(
        [
            "request",
            {"send": "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"},
            "request",
            {"send": "HTTP/1.1 103 Early Hints\r\n\r\n"},
            {"wait": 0.02},
            {"send": OK},
            "again",
        ]
    )
    client = make_client(port)
    assert client.request(b"HEAD", b"/").header(b"content-length") == b"99"
    assert client.request(b"GET", b"/").body == b"ok"
    assert client.request(b"HEAD", b"/").status == 200
    assert client.opened == 1


def test_a_body_may_end_with_the_connection(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(
        ["request", {"send": "HTTP/1.1 200 OK\r\n\r\nhel"}, {"wait": 0.02}, {"send": "lo"}, "close"]
    )
    assert make_client(port).request(b"GET", b"/").body == b"hello"


def test_large_bodies_pass_both_ways(server: ScriptedServer, make_client: MakeClient) -> None:
    size = 3_000_000
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n" + "y" * size
    port = server.open(["request", {"send": answer}, "again"])
    client = make_client(port)
    for _ in range(2):
        result = client.request(b"POST", b"/", b"", b"x" * size)
        assert (result.error, len(result.body), result.body.strip(b"y")) == ("", size, b"")
    assert client.opened == 1
    assert [text.count("x" * size) for text in server.seen(port)["texts"]] == [1, 1]


def test_limits_hold_on_the_wire(server: ScriptedServer, make_client: MakeClient) -> None:
    limits = Limits(headers=2000, body=10_000)
    large_body = server.open(["request", {"send": "HTTP/1.1 200 OK\r\n\r\n" + "x" * 100_000}, "hang"])
    large_head = server.open(["request", {"send": "HTTP/1.1 200 OK\r\nX: " + "x" * 100_000}, "hang"])
    assert make_client(large_body, limits=limits).request(b"GET", b"/").error == "body too large"
    assert make_client(large_head, limits=limits).request(b"GET", b"/").error == "header too large"


def test_ipv6(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(GOOD, host="::1")
    client = make_client(port, "::1", url=f"http://[::1]:{port}")
    assert client.request(b"GET", b"/").status == 200
    assert f"Host: [::1]:{port}\r\n" in server.seen(port)["texts"][0]


def test_addresses_take_turns(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(["request", {"wait": 0.05}, {"send": OK}, "again"])
    client = make_client(port, "127.0.0.1", "127.0.0.2")  # nobody listens at 127.0.0.2
    results = ask_each(client, b"/1", b"/2", b"/3", b"/4")
    assert [result.error for result in results] == ["", "connection refused"] * 2


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        (b"GET", b"no-slash", b""),
        (b"GET", b"/a b", b""),
        (b"GET", b"/a\r\nX: 1", b""),
        (b"G T", b"/", b""),
        (b"GET", b"/", b"X: 1"),
        (b"GET", b"/", b"X: 1\r\n\r\nbody"),
    ],
)
def test_a_request_that_would_be_malformed_is_refused(
    make_client: MakeClient, method: bytes, path: bytes, headers: bytes
) -> None:
    with pytest.raises(ValueError, match=r"request line|headers"):
        make_client(1).start(method, path, headers, b"", print)


@pytest.mark.parametrize("url", ["ftp://x", "x:80", "http://", "http://税.example"])
def test_a_bad_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base_url is"):
        Client(url, ["127.0.0.1"])


def test_names_are_not_resolved() -> None:
    with pytest.raises(OSError):
        Client("http://localhost", ["localhost"])


UVICORN = """
import uvicorn

async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

config = uvicorn.Config(app, port=0, timeout_keep_alive=1, log_level="warning", lifespan="off")
sock = config.bind_socket()
print(sock.getsockname()[1], flush=True)
uvicorn.Server(config).run(sockets=[sock])
"""


@pytest.fixture
def uvicorn_port() -> Iterator[int]:
    child = subprocess.Popen([sys.executable, "-c", UVICORN], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    port = int(child.stdout.readline())
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.01)
    yield port
    child.terminate()
    child.wait(5)
    child.stdout.close()


def test_a_connection_closed_by_uvicorn_is_not_used(uvicorn_port: int, make_client: MakeClient) -> None:
    client = make_client(uvicorn_port)
    assert (client.request(b"GET", b"/").body, client.idle) == (b"ok", 1)
    assert client.request(b"GET", b"/").reused
    until(lambda: client.idle == 0)
    result = client.request(b"GET", b"/")
    assert (result.error, result.reused, client.opened) == ("", False, 2)


def test_a_connection_idle_too_long_is_dropped(server: ScriptedServer, make_client: MakeClient) -> None:
    client = make_client(server.open(GOOD), max_idle_s=0.1)
    client.request(b"GET", b"/")
    until(lambda: client.idle == 0)
    assert not client.request(b"GET", b"/").reused

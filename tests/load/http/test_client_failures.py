"""Everything that can go wrong ends as a result with its reason, in time, and is never sent twice."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import gevent
import pytest

from renhai.load.http.client import Result, Timeouts
from renhai.load.http.connection import Connection
from tests.load.http.asking import MakeClient, ask_each
from tests.load.http.scripted_server import GOOD, OK, ScriptedServer, Step

BIG = b"x" * 20_000_000  # more than the kernel's buffers on both sides take
HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
QUICK = Timeouts(connect=0.3, send=0.3, read=0.3, total=0.6)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (["request", "close"], "closed before answer"),
        (["request", "reset"], "connection reset before answer"),
        (["request", {"send": "HTTP/1.1 2"}, "close"], "closed inside answer"),
        (["request", {"send": HEAD + "hel"}, "close"], "closed inside answer"),
        (["request", {"send": HEAD + "hel"}, {"wait": 0.05}, "reset"], "connection reset inside answer"),
        (["request", {"send": HEAD + "hel"}, "half", "hang"], "closed inside answer"),
        (["request", {"send": "rubbish"}, "hang"], "malformed: Expected HTTP/, RTSP/ or ICE/"),
        (["request", "hang"], "read timeout"),
        (["request", {"send": HEAD + "hel"}, "hang"], "read timeout"),
        (["request", {"drip": HEAD + "hello", "every": 0.05}, "hang"], "total timeout"),
        (["request", {"drip": "HTTP/1.1 100 Continue\r\n\r\n" * 99, "every": 0.01}], "total timeout"),
    ],
)
def test_a_failure_has_its_reason_in_time(
    server: ScriptedServer,
    make_client: MakeClient,
    steps: list[Step],
    reason: str,
) -> None:
    client = make_client(server.open(steps), timeouts=QUICK)
    result = client.request(b"POST", b"/", b"", b"x")
    assert result.error == reason
    assert 0 < result.sent_ns < result.done_ns
    assert (client.in_flight, client.idle) == (0, 0)


def test_silence_between_bytes_is_what_the_read_timeout_measures(
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    port = server.open(["request", {"drip": OK, "every": 0.02}, "again"])
    result = make_client(port, timeouts=Timeouts(read=0.4, total=9)).request(b"GET", b"/")
    assert (result.error, result.body) == ("", b"ok")
    assert result.done_ns - result.sent_ns > 400_000_000


def test_an_answer_that_came_while_the_loop_stood_still_is_read_before_the_clock_judges(
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    client = make_client(server.open(GOOD), timeouts=Timeouts(read=0.5, total=0.5))
    client.request(b"GET", b"/")
    results: list[Result] = []
    client.start(b"GET", b"/", b"", b"", results.append)
    time.sleep(0.7)
    gevent.sleep(0.01)
    assert [result.error for result in results] == [""]


def test_a_server_that_takes_nothing_meets_the_send_timeout(
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    client = make_client(server.open([{"wait": 2}]), timeouts=Timeouts(send=0.2, total=5))
    assert client.request(b"POST", b"/", b"", BIG).error == "send timeout"


def test_an_early_answer_to_an_unfinished_request_is_taken(
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    refusal = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    client = make_client(server.open([{"send": refusal}, {"wait": 1}]))
    result = client.request(b"POST", b"/", b"", BIG)
    assert (result.error, result.status, client.idle) == ("", 413, 0)


def test_a_success_before_the_request_was_sent_is_none(
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    client = make_client(server.open([{"send": OK}, {"wait": 1}]))
    result = client.request(b"POST", b"/", b"", BIG)
    assert (result.error, client.idle) == ("success came before the request had been sent", 0)


def test_a_server_that_speaks_first_answers_nothing(
    server: ScriptedServer,
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its answer lies there when the connection is found to be open."""
    connected = Connection._on_connected

    def late(self: Connection) -> None:
        time.sleep(0.2)
        connected(self)

    monkeypatch.setattr(Connection, "_on_connected", late)
    client = make_client(server.open([{"send": OK}, "hang"]))
    result = client.request(b"GET", b"/")
    assert result.error == "success came before the request had been sent"


def test_a_reset_while_sending_says_so(server: ScriptedServer, make_client: MakeClient) -> None:
    client = make_client(server.open([{"wait": 0.1}, "reset"]))
    result = client.request(b"POST", b"/", b"", BIG)
    assert result.error in ("connection reset while sending", "connection reset before answer")


def test_nobody_listening(make_client: MakeClient) -> None:
    result = make_client(1).request(b"GET", b"/")
    assert (result.error, result.status, result.sent_ns) == ("connection refused", 0, 0)


def test_a_connect_without_an_answer_times_out(make_client: MakeClient) -> None:
    """A listener whose backlog is full drops further connects."""
    import _socket

    listener = _socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    client = make_client(listener.getsockname()[1], timeouts=Timeouts(connect=0.2, read=0.2, total=5))
    results = ask_each(client, *[b"/%d" % i for i in range(6)])
    listener.close()
    assert {result.error for result in results} == {"read timeout", "connect timeout"}


def test_too_many_open_files_is_a_plain_reason(server: ScriptedServer, make_client: MakeClient) -> None:
    client = make_client(server.open(GOOD))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open("/dev/null") as highest:  # noqa: PTH123
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest.fileno(), hard))
        try:
            result = client.request(b"GET", b"/")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert result.error == "too many open files (EMFILE)"
    assert client.request(b"GET", b"/").status == 200


NO_PORTS = """
import json, _socket, gevent
from renhai.load.http.client import Client
listener = _socket.socket(); listener.bind(("127.0.0.1", 9)); listener.listen(9)
client, errors = Client("http://127.0.0.1:9", ["127.0.0.1"]), []
for _ in range(5):
    client.start(b"GET", b"/", b"", b"", lambda result: errors.append(result.error))
gevent.sleep(0.1)
print(json.dumps(errors))
"""


def test_running_out_of_local_ports_is_a_plain_reason() -> None:
    setup = "ip link set lo up && echo 50000 50001 > /proc/sys/net/ipv4/ip_local_port_range"
    probe = subprocess.run(["unshare", "-rn", "sh", "-c", setup], capture_output=True)
    if probe.returncode:
        pytest.skip("this machine forbids a network namespace of one's own")
    child = subprocess.run(
        ["unshare", "-rn", "sh", "-c", f'{setup} && exec "$0" -c "$1"', sys.executable, NO_PORTS],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert child.stdout.strip() == '["no free local port (EADDRNOTAVAIL)"' + (
        ', "no free local port (EADDRNOTAVAIL)"' * 2 + "]"
    )


# Never twice


def test_a_request_lost_with_its_connection_is_not_sent_again(
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    """The server reads the second request and closes without a word: it may have acted on it."""
    port = server.open(["request", {"send": OK}, "request", "close"])
    client = make_client(port)
    results = [client.request(b"POST", b"/%d" % i, b"", b"x") for i in range(6)]
    assert [result.error for result in results] == [
        "",
        "closed before answer on a reused connection, idle 0.0 s",
    ] * 3
    assert [result.reused for result in results] == [False, True] * 3
    lines = [text.split(" ")[1] for text in server.seen(port)["texts"]]
    assert lines == ["/0", "/1", "/2", "/3", "/4", "/5"]


def test_a_close_at_any_moment_loses_requests_but_doubles_none(
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    """The server closes right behind each answer, so closing and the next request cross all the time."""
    port = server.open(["request", {"send": OK}, "close"])
    client = make_client(port)
    results = [client.request(b"POST", b"/%d" % i, b"", b"x") for i in range(300)]
    answered = [b"/%d" % i for i, result in enumerate(results) if not result.error]
    lines = [text.split(" ")[1].encode() for text in server.seen(port)["texts"]]
    assert len(lines) == len(set(lines))
    assert set(answered) <= set(lines)
    reasons = {result.error for result in results}
    lost = {
        f"{how} on a reused connection, idle 0.0 s"
        for how in ("closed before answer", "connection reset before answer")
    }
    assert reasons <= {"", *lost}


def test_a_request_of_which_no_byte_was_taken_goes_to_another_connection(
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    port = server.open(GOOD)
    client = make_client(port)
    client.request(b"GET", b"/1")
    (kept,) = client._shared.idle
    kept._socket.shutdown(1)  # our own sending side: the next send takes nothing and fails with EPIPE
    result = client.request(b"GET", b"/2")
    assert (result.error, result.reused, client.opened) == ("", False, 2)
    assert [text.split(" ")[1] for text in server.seen(port)["texts"]] == ["/1", "/2"]

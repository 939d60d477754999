"""Requests that nobody waits for any more leave nothing behind; an answer cut anywhere has its result."""

from __future__ import annotations

import time

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renhai.load.http.client import Client, Result, Timeouts
from tests.load.http.asking import MakeClient, ask_each, until
from tests.load.http.scripted_server import GOOD, OK, ScriptedServer, Step
from tests.share import examples

# Giving up


@pytest.mark.parametrize("how", ["kill", "timeout"])
def test_a_greenlet_that_stops_waiting_closes_its_connection(
    server: ScriptedServer,
    make_client: MakeClient,
    how: str,
) -> None:
    port = server.open(["request", {"wait": 0.2}, {"send": OK}, "again"])
    client = make_client(port)
    client.request(b"GET", b"/first")

    def ask() -> None:
        with gevent.Timeout(0.05 if how == "timeout" else 9, False):
            client.request(b"GET", b"/abandoned")
            raise AssertionError("answered")

    greenlet = gevent.spawn(ask)
    until(lambda: client.in_flight == 1)
    if how == "kill":
        greenlet.kill()
    greenlet.join()
    assert (client.in_flight, client.idle) == (0, 0)
    result = client.request(b"GET", b"/next")
    assert (result.error, result.reused, client.opened) == ("", False, 2)


def test_a_cancelled_exchange_never_calls_back(server: ScriptedServer, make_client: MakeClient) -> None:
    client = make_client(server.open(["request", {"wait": 0.05}, {"send": OK}, "again"]))
    calls: list[Result] = []
    exchange = client.start(b"GET", b"/", b"", b"", calls.append)
    gevent.sleep(0.02)  # it may be connecting or waiting by then: either can be cancelled
    exchange.cancel()
    exchange.cancel()
    refused = make_client(1).start(b"GET", b"/", b"", b"", calls.append)
    refused.cancel()
    gevent.sleep(0.1)
    assert (calls, client.in_flight, client.idle) == ([], 0, 0)


def test_closing_the_client_ends_what_is_under_way(server: ScriptedServer, make_client: MakeClient) -> None:
    client = make_client(server.open(["request", "hang"]))
    greenlet = gevent.spawn(client.request, b"GET", b"/")
    until(lambda: client.in_flight == 1)
    client.close()
    greenlet.join(1)
    assert greenlet.value.error == "client closed"
    with pytest.raises(RuntimeError, match="closed"):
        client.request(b"GET", b"/")


def test_no_result_comes_from_within_start(make_client: MakeClient) -> None:
    """Even a connect that fails at once calls back from the loop: callers need not expect re-entry."""
    client = make_client(1, "255.255.255.255")
    calls: list[str] = []
    client.start(b"GET", b"/", b"", b"", lambda result: calls.append(result.error))
    assert calls == []
    until(lambda: bool(calls))
    assert calls[0]


def test_a_waiting_request_cannot_be_made_from_a_loop_callback(make_client: MakeClient) -> None:
    client = make_client(1)
    raised: list[BaseException] = []

    def callback() -> None:
        try:
            client.request(b"GET", b"/")
        except RuntimeError as error:
            raised.append(error)

    gevent.get_hub().loop.run_callback(callback)
    gevent.sleep(0.01)
    assert len(raised) == 1


def test_no_descriptor_is_left_behind(server: ScriptedServer, make_client: MakeClient) -> None:
    """After failures of every kind the lowest free descriptor is where it was."""
    import _socket

    def lowest() -> int:
        probe = _socket.socket()
        try:
            return probe.fileno()
        finally:
            probe.close()

    before = lowest()
    for steps in (
        ["request", "reset"],
        ["close"],
        ["request", {"send": "rubbish"}, "hang"],
        ["request", "hang"],
    ):
        client = Client(f"http://x:{server.open(steps)}", ["127.0.0.1"], Timeouts(read=0.1))
        ask_each(client, b"/1", b"/2", b"/3")
        client.close()
    assert lowest() == before


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_timeout_must_be_positive(value: float) -> None:
    with pytest.raises(ValueError, match="read is"):
        Timeouts(read=value)


# Fuzz: whatever the server does, there is a result in time, and the client is as good as before

WHOLE = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_an_answer_cut_at_every_point(server: ScriptedServer, make_client: MakeClient, ending: str) -> None:
    for cut in range(0, len(WHOLE), 1 if ending == "close" else 7):
        client = make_client(server.open(["request", {"send": WHOLE[:cut]}, ending]))
        error = client.request(b"GET", b"/").error
        assert error.startswith("closed" if ending == "close" else "connection reset"), (cut, error)


PIECES = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=80),
    st.sampled_from(
        [
            *(
                "HTTP/1.1 ",
                "200 OK\r\n",
                "\r\n",
                "\r\n\r\n",
                "Content-Length: 5\r\n",
                "Content-Length: 6\r\n",
            ),
            *("Transfer-Encoding: chunked\r\n", "Content-Encoding: gzip\r\n", "Connection: close\r\n"),
            *("5\r\nhello\r\n", "0\r\n\r\n", "ffffffffffffffffff\r\n", "hello", "\x1f\x8b\x08\0"),
            *(
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/1.1 204 No Content\r\n\r\n",
                OK,
                WHOLE,
                "X: " + "x" * 3000,
            ),
        ]
    ),
)
STEPS = st.one_of(
    PIECES.map(lambda text: {"send": text}),
    st.builds(lambda text: {"drip": text[:20], "every": 0.0002}, PIECES),
    st.just({"wait": 0.002}),
    st.sampled_from(["half", "request"]),
)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(STEPS, max_size=8),
    ending=st.sampled_from(["close", "reset", "hang"]),
    method=st.sampled_from([b"GET", b"HEAD", b"POST"]),
)
def test_whatever_the_server_does_there_is_a_result_in_time(
    server: ScriptedServer,
    steps: list[Step],
    ending: str,
    method: bytes,
) -> None:
    timeouts = Timeouts(connect=1, read=0.05, total=0.3)
    client = Client(f"http://x:{server.open([*steps, ending])}", ["127.0.0.1"], timeouts)
    good = Client(f"http://x:{GOOD_PORT.setdefault(server, server.open(GOOD))}", ["127.0.0.1"])
    try:
        start = time.monotonic()
        for _ in range(2):
            result = client.request(method, b"/", b"", b"x" if method == b"POST" else b"")
            assert result.error or 200 <= result.status <= 999
            assert result.done_ns
        assert time.monotonic() - start < 5
        assert client.in_flight == 0
        assert good.request(b"GET", b"/").body == b"ok"
    finally:
        client.close()
        good.close()


GOOD_PORT: dict[ScriptedServer, int] = {}

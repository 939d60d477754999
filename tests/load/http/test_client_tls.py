"""TLS: whom the client trusts, who it says it is, and that everything else works as without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from renhai.binding.outgoing.streamed import Streamed
from renhai.load.http.client import Client, Timeouts, Tls
from tests.certificates import Authority
from tests.load.http.asking import MakeClient, ask_each, until
from tests.load.http.scripted_server import GOOD, OK, ScriptedServer, Step


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "authority")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "stranger")


@pytest.fixture
def dial(make_client: MakeClient, authority: Authority) -> Callable[..., Client]:
    """dial(port, host, ...) is a client of https://host:port, connecting to 127.0.0.1."""

    def client(port: int, host: str = "tax.example", timeouts: Timeouts | None = None, **tls: Any) -> Client:
        tls.setdefault("ca_file", authority.ca_file)
        return make_client(
            port, url=f"https://{host}:{port}", tls=Tls(**tls), timeouts=timeouts or Timeouts(total=5)
        )

    return client


Dial = Callable[..., Client]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_requests_pass_and_connections_are_kept(
    server: ScriptedServer, authority: Authority, dial: Dial, version: str
) -> None:
    port = server.open(GOOD, tls=authority.issue("tax.example") | {"version": version})
    client = dial(port)
    results = [client.request(b"POST", b"/", b"", b"x") for _ in range(5)]
    assert [(result.error, result.body) for result in results] == [("", b"ok")] * 5
    gevent.sleep(0.05)  # session tickets have come by now: they are no answer to anything
    assert client.request(b"GET", b"/").reused
    assert server.seen(port)["connections"] == client.opened == 1


def test_the_name_is_asked_for_and_checked(server: ScriptedServer, authority: Authority, dial: Dial) -> None:
    port = server.open(GOOD, tls=authority.issue("tax.example", "127.0.0.1"))
    assert dial(port, "tax.example").request(b"GET", b"/").status == 200
    assert dial(port, "127.0.0.1").request(b"GET", b"/").status == 200
    assert dial(port, "other.example", server_name="tax.example").request(b"GET", b"/").status == 200
    error = dial(port, "other.example").request(b"GET", b"/").error
    assert error.startswith("tls: certificate refused: Hostname mismatch")


def test_whom_the_client_does_not_trust(
    server: ScriptedServer, authority: Authority, stranger: Authority, dial: Dial
) -> None:
    port = server.open(GOOD, tls=stranger.issue("tax.example"))
    assert dial(port).request(b"GET", b"/").error.startswith("tls: certificate refused: ")
    expired = server.open(GOOD, tls=authority.issue("tax.example", days=-1))
    assert dial(expired).request(b"GET", b"/").error == "tls: certificate refused: certificate has expired"
    assert server.seen(port)["requests"] == server.seen(expired)["requests"] == 0


def test_verification_can_be_turned_off(server: ScriptedServer, stranger: Authority, dial: Dial) -> None:
    port = server.open(GOOD, tls=stranger.issue("other.example"))
    assert dial(port, verify=False).request(b"GET", b"/").status == 200


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_client_certificate_is_shown(
    server: ScriptedServer, authority: Authority, stranger: Authority, dial: Dial, version: str
) -> None:
    port = server.open(
        GOOD, tls=authority.issue("tax.example") | {"ca": authority.ca_file, "version": version}
    )
    assert dial(port, **authority.issue("bureau")).request(b"GET", b"/").status == 200
    secret = authority.issue("bureau", password=b"secret")
    assert dial(port, **secret, key_password="secret").request(b"GET", b"/").status == 200
    for refused in (dial(port), dial(port, **stranger.issue("bureau"))):
        error = refused.request(b"GET", b"/").error
        assert error.startswith(("tls: ", "connection reset", "closed before answer"))
    assert server.seen(port)["requests"] == 2


def test_a_second_connection_resumes_the_session(
    server: ScriptedServer, authority: Authority, dial: Dial
) -> None:
    close = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    port = server.open(["request", {"send": close}, "close"], tls=authority.issue("tax.example"))
    client = dial(port)
    reused = []
    for _ in range(3):
        results: list[Any] = []
        exchange = client.start(b"GET", b"/", b"", b"", results.append)
        connection = exchange.connection
        until(lambda: client.in_flight == 0)
        reused.append(connection._tls.session_reused)  # type: ignore[union-attr, attr-defined]
    assert reused == [False, True, True]


def test_large_bodies_pass_both_ways(server: ScriptedServer, authority: Authority, dial: Dial) -> None:
    size = 3_000_000
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n" + "y" * size
    port = server.open(["request", {"send": answer}, "again"], tls=authority.issue("tax.example"))
    client = dial(port)
    for _ in range(2):
        result = client.request(b"POST", b"/", b"", b"x" * size)
        assert (result.error, len(result.body), result.body.strip(b"y")) == ("", size, b"")
    assert client.opened == 1


def test_requests_at_once(server: ScriptedServer, authority: Authority, dial: Dial) -> None:
    port = server.open(["request", {"wait": 0.05}, {"send": OK}, "again"], tls=authority.issue("tax.example"))
    client = dial(port)
    results = ask_each(client, *[b"/%d" % i for i in range(20)])
    assert [result.body for result in results] == [b"ok"] * 20
    assert client.idle == 20


@pytest.mark.parametrize(
    ("steps", "reasons"),
    [
        (["request", "reset"], ["connection reset before answer"]),
        (["request", "close"], ["closed before answer"]),
        (["request", {"send": OK[:-1]}, "close"], ["closed inside answer"]),
        (["request", {"send": "HTTP/1.1 200 OK\r\n\r\ncut?"}, "close"], ["closed inside answer"]),
        (["request", {"send": "rubbish"}, "hang"], ["malformed: Expected HTTP/, RTSP/ or ICE/"]),
        (["request", "hang"], ["read timeout"]),
        ([{"wait": 1}], ["send timeout", "read timeout"]),
    ],
)
def test_failures_have_the_reasons_they_have_without_tls(
    server: ScriptedServer, authority: Authority, dial: Dial, steps: list[Step], reasons: list[str]
) -> None:
    port = server.open(steps, tls=authority.issue("tax.example"))
    client = dial(port, timeouts=Timeouts(read=0.3, send=0.3, total=2))
    assert client.request(b"GET", b"/").error in reasons
    assert (client.in_flight, client.idle) == (0, 0)


@pytest.mark.parametrize(
    ("steps", "errors"),
    [
        ([{"send": "HTTP/1.1 400 Bad Request\r\n\r\n"}, "hang"], {"tls: wrong version number"}),
        (["close"], {"tls: closed during handshake", "connection reset before answer"}),
        ([{"wait": 1}], {"connect timeout"}),
    ],
)
def test_a_server_without_tls(
    server: ScriptedServer, dial: Dial, steps: list[Step], errors: set[str]
) -> None:
    client = dial(server.open(steps), timeouts=Timeouts(connect=0.3))
    result = client.request(b"GET", b"/")
    assert result.error in errors
    assert result.sent_ns == 0


def test_a_server_that_closed_while_idle_is_not_used(
    server: ScriptedServer, authority: Authority, dial: Dial
) -> None:
    port = server.open(["request", {"send": OK}, {"told": ""}, "close"], tls=authority.issue("tax.example"))
    client = dial(port)
    for _ in range(2):
        assert client.request(b"GET", b"/").error == ""
        server.tell(port)
        until(lambda: client.idle == 0)


@pytest.mark.parametrize("name", ["ca_file", "certificate"])
def test_a_file_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(OSError):
        Client("https://tax.example", ["127.0.0.1"], tls=Tls(**{name: "/nonexistent.pem"}))


@pytest.mark.parametrize("secure", [False, True])
def test_a_body_of_files_goes_in_pieces_whole_and_the_connection_is_kept(
    server: ScriptedServer, authority: Authority, dial: Dial, make_client: MakeClient, secure: bool
) -> None:
    """Far more than a socket takes at once; small parts and empty ones between."""
    port = server.open(GOOD, tls=authority.issue("tax.example") if secure else None)
    client = dial(port) if secure else make_client(port)
    parts = [b"head\r\n", b"", b"0123456789abcdef" * 200_000, b"\r\n", b"x" * 262_144, b"end"]
    for _ in range(2):
        assert client.request(b"PUT", b"/f", b"", Streamed(parts)).error == ""
    for few in ([], [b""], [b"x", b""]) * 20:  # once the last byte is sent an answer may come at once
        assert client.request(b"PUT", b"/none", b"", Streamed(few)).error == ""
    texts = server.seen(port)["texts"]
    bodies = [text.partition("\r\n\r\n")[2] for text in texts]
    assert bodies == [b"".join(parts).decode()] * 2 + ["", "", "x"] * 20
    assert f"Content-Length: {len(b''.join(parts))}\r\n" in texts[0]
    assert client.opened == 1

"""What a user's own file sends past its HTTP client is seen, and so is a client that asks another server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from renhai.load.user_file.connections import Connections
from renhai.load.user_file.requests import UnderWay, _counted
from results.verdict.reasons import Reason
from results.verdict.reasons.user_file import OtherClient, OtherServer

TARGET, OTHER = ("127.0.0.1", 8400), ("127.0.0.1", 8401)


class Told:
    """Connections with sockets that were never opened; `client`: who connects just now."""

    def __init__(self, *allowed: str, targets: tuple[tuple[str, int], ...] = (TARGET,)) -> None:
        self.client = False
        self.connections = Connections(targets, lambda: self.client, allowed)
        self.kept: list[Any] = []

    def connect(self, address: tuple[Any, ...], *, client: bool = False) -> Any:
        made = socket.socket()
        made.close()
        self.kept.append(made)
        self.client = client
        self.connections.seen(made, address)
        return made

    def codes(self, by_hand: int = 0) -> list[type[Reason]]:
        return [type(reason) for reason in self.connections.reasons(by_hand)]


def test_what_prepares_the_load_or_tidies_up_after_it_is_no_part_of_it() -> None:
    told = Told()
    told.connect(TARGET)
    told.connections.begin()
    told.connections.end()
    told.connect(TARGET)
    told.connect(OTHER, client=True)
    assert told.codes() == []


def test_the_client_at_the_target_is_all_that_there_should_be() -> None:
    told = Told()
    told.connections.begin()
    told.connect(TARGET, client=True)
    told.connect(("::ffff:127.0.0.1", 8400, 0, 0), client=True)
    told.connect(OTHER)  # a database beside it, say
    assert told.codes() == []


def test_another_client_at_the_target_is_named_by_its_line() -> None:
    told = Told()
    told.connections.begin()
    one = told.connect(TARGET)
    told.connections.seen(one, TARGET)  # gevent asks again until it is connected
    told.connect(("::ffff:127.0.0.1", 8400, 0, 0))
    (reason,) = told.connections.reasons(0)
    assert isinstance(reason, OtherClient)
    assert (reason.connections, reason.reported) == (2, 0)
    assert reason.where.startswith("test_connections.py:")


@pytest.mark.parametrize(("connections", "by_hand", "codes"), [(2, 1, []), (3, 1, [OtherClient]), (3, 2, [])])
def test_what_the_file_reports_by_itself_is_its_word(connections: int, by_hand: int, codes: Any) -> None:
    """A name with two addresses is two connections for one request."""
    told = Told()
    told.connections.begin()
    for _ in range(connections):
        told.connect(TARGET)
    assert told.codes(by_hand) == codes


def test_a_client_that_asks_another_server_is_told() -> None:
    told = Told()
    told.connections.begin()
    told.connect(OTHER, client=True)
    told.connect(("::1", 9, 0, 0), client=True)
    told.connect(("::1", 9, 0, 0), client=True)
    assert told.connections.reasons(0) == [OtherServer(connections=2, server="[::1]:9")]


def test_what_the_scenario_allows_is_let_be() -> None:
    told = Told("other_client", "other_server")
    told.connections.begin()
    told.connect(TARGET)
    told.connect(OTHER, client=True)
    assert told.codes() == []


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.parametrize("used", [True, False])
def test_a_connection_of_before_counts_once_it_is_used(listening: socket.socket, used: bool) -> None:
    address = listening.getsockname()
    told = Told(targets=(address,))
    with socket.socket() as early:
        told.connections.seen(early, address)
        early.connect(address)
        early.sendall(b"GET /warm-up")
        told.connections.begin()
        told.connections.look()
        assert told.codes() == []
        if used:
            early.sendall(b"GET /under-load")
        told.connections.end()
    assert told.codes() == ([OtherClient] if used else [])


def test_the_part_of_the_client_that_connects_is_known_as_such() -> None:
    """A hook of the answer, which runs within the call, is not it."""
    under_way, seen = UnderWay(), []
    send = _counted(lambda agent: seen.append(under_way.is_sending), under_way)
    sent = under_way.begin(None, "GET", "/ok")
    assert not under_way.is_sending
    send(object())
    assert (seen, under_way.is_sending) == ([True], False)
    under_way.returned(sent, None)
    assert (under_way.sent, under_way.by_itself) == (1, 0)
    send(object())  # session.send(prepared): past the client's own methods
    assert (under_way.sent, under_way.by_itself) == (1, 1)

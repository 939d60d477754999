"""Ports that tests hand out: each once, none that a connection may take."""

from __future__ import annotations

import socket

import pytest

from tests import ports


def test_a_port_is_given_once_and_is_no_connections_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "local_ports", lambda: (32_768, 60_999))
    with socket.create_server(("127.0.0.1", ports.free_port())) as listening:
        taken = listening.getsockname()[1]
        given = [ports.free_port() for _ in range(3)]
    assert len({taken, *given}) == 4
    assert all(not 32_768 <= port <= 60_999 for port in [taken, *given])


def test_what_is_listened_on_or_claimed_elsewhere_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.socket(type=socket.SOCK_DGRAM) as second:
        second.bind(("127.0.0.1", 0))
        busy = [first.getsockname()[1], second.getsockname()[1]]
        free = ports.free_port()
        ports._claims.pop().close()
        monkeypatch.setattr(ports, "candidates", lambda process: [*busy, free])
        assert ports.free_port() == free

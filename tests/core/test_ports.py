"""Ports that are handed out: each once, none that a connection may take, none that is listened on."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from renhai.core.errors import InvalidRun
from renhai.core.machine import ports


def test_a_port_is_given_once_and_is_no_connections_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "local_ports", lambda: (32_768, 60_999))
    with socket.create_server(("127.0.0.1", ports.free_port())) as listening:
        taken = listening.getsockname()[1]
        given = [ports.free_port() for _ in range(3)]
    assert len({taken, *given}) == 4
    assert all(10_000 <= port < 32_768 or 60_999 < port <= 65_535 for port in [taken, *given])


@pytest.mark.parametrize(
    ("known", "first", "last", "count"),
    [
        ((10_002, 65_534), 10_000, 65_535, 3),
        ((1_024, 65_534), 65_535, 65_535, 1),
        ((1_024, 65_535), 10_000, 65_535, 55_536),  # no port is left: any may be a connection's
        (None, 10_000, 65_535, 22_768 + 4_536),  # 10,000 to 32,767 and 61,000 to 65,535
    ],
)
def test_ports_outside_the_kernels_range(
    known: tuple[int, int] | None, first: int, last: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "local_ports", lambda: known)
    found = ports.own_ports()
    assert (found[0], found[-1], len(found)) == (first, last, count)


def test_what_is_listened_on_or_claimed_elsewhere_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.socket(type=socket.SOCK_DGRAM) as second:
        second.bind(("127.0.0.1", 0))
        busy = [first.getsockname()[1], second.getsockname()[1]]
        free = ports.free_port()
        ports._claims.pop().close()
        monkeypatch.setattr(ports, "own_ports", lambda: [*busy, free])
        assert ports.free_port() == free
        with pytest.raises(InvalidRun, match="no port of"):
            ports.free_port()


def test_another_process_is_not_given_what_this_one_was(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = ports.free_port(), ports.free_port()
    ports._claims.pop().close()
    asks = "from renhai.core.machine import ports; "
    asks += f"ports.own_ports = lambda: [{mine}, {other}]; print(ports.free_port())"
    asked = [
        subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, timeout=60) for _ in "12"
    ]
    assert [one.stdout.strip() for one in asked] == [str(other)] * 2, asked

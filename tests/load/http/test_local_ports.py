"""Which local ports connections take."""

from __future__ import annotations

import socket

import pytest

from renhai.core.machine.environment import local_ports
from renhai.load.http.local_ports import whole_range
from renhai.load.http.types import Result
from tests.load.http.asking import MakeClient, until

MANY = 60  # all of one parity by chance: once in 2^59


@pytest.mark.skipif(not whole_range(), reason="this kernel has no IP_LOCAL_PORT_RANGE")
@pytest.mark.parametrize("sources", [(), ("127.0.0.9",)])
def test_ports_of_both_parities_are_taken(make_client: MakeClient, sources: tuple[str, ...]) -> None:
    """A kernel that is told nothing gives those of one parity until they are gone."""
    low, high = local_ports() or (0, 0)
    opened: list[Result] = []
    with socket.create_server(("127.0.0.1", 0), backlog=2 * MANY) as listener:
        client = make_client(listener.getsockname()[1], sources=sources)
        client.open(client.pool(range(MANY)), opened.append)
        until(lambda: len(opened) == MANY)
        peers = [listener.accept()[1] for _ in range(MANY)]
    assert [result.error for result in opened] == [""] * MANY
    assert {host for host, _ in peers} == {*(sources or ("127.0.0.1",))}
    assert {port % 2 for _, port in peers} == {0, 1}
    assert all(low <= port <= high for _, port in peers)

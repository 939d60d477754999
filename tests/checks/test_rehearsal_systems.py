"""The systems of a rehearsal keep their addresses, and take another where somebody else has it."""

from __future__ import annotations

import socket
from pathlib import Path

from renhai.checks.rehearsal import systems
from renhai.checks.rehearsal.whole import Rehearsal

PROGRAMME = """name: one
title: 演练
opens: 2015-10-08
calendar: replayed
systems: {gt3: ""}
stages:
  filing: {title: 申报, owner: 演练组, begins: 2015-09-30, ends: 2015-09-30, command: run smoke}
"""


def test_a_connection_holds_its_port_as_a_listener_does() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        assert not systems.is_free(address[1])
        with socket.create_connection(address) as client:
            assert not systems.is_free(client.getsockname()[1])


def test_who_took_the_port_in_between_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(PROGRAMME, encoding="utf-8")
    rehearsal = Rehearsal.opened(file, tmp_path / "out", lambda line: None)

    def port() -> int:
        with rehearsal.with_systems():
            (found,) = rehearsal._ports().values()
            socket.create_connection(("127.0.0.1", found)).close()
            return found

    first = port()
    assert port() == first
    with socket.create_server(("127.0.0.1", first)):
        second = port()
    assert second != first
    assert port() == second

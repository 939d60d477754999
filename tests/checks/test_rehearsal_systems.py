"""The systems of a rehearsal keep their addresses, and take another where somebody else has it."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from renhai.checks.register.written import write_register
from renhai.checks.rehearsal import systems
from renhai.checks.rehearsal.whole import Rehearsal
from renhai.core.errors import UsageError
from renhai.plan.model import Taxpayers

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


def rehearsal_of(folder: Path, options: str) -> Rehearsal:
    file = folder / "one.yaml"
    file.write_text(PROGRAMME.replace('gt3: ""', f'gt3: "{options}"'), encoding="utf-8")
    return Rehearsal.opened(file, folder / "out", lambda line: None)


def taxpayers(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "out" / "systems" / "gt3" / "system.db")) as database:
        return int(database.execute("SELECT count(*) FROM taxpayers").fetchone()[0])


def test_a_data_set_is_loaded_once_and_no_other_one_after_it(tmp_path: Path) -> None:
    data = Taxpayers(seed=1, profile="gt3_2015", taxpayers=30, registered=True)
    loaded = write_register(data, tmp_path / "loaded")
    database = tmp_path / "out" / "systems" / "gt3" / "system.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"half a database, as a kill in the middle of loading leaves it")
    with rehearsal_of(tmp_path, f"--dataset {loaded}").with_systems():
        assert taxpayers(tmp_path) == 30
    with closing(sqlite3.connect(database)) as kept:  # what stages of the first time changed
        kept.execute("DELETE FROM taxpayers WHERE id = (SELECT max(id) FROM taxpayers)")
        kept.commit()
    with rehearsal_of(tmp_path, f"--dataset={loaded}").with_systems():
        assert taxpayers(tmp_path) == 29
    for other in ("", f"--dataset {tmp_path}/other"):
        again = rehearsal_of(tmp_path, other)
        with pytest.raises(UsageError, match=r"systems\.gt3.*began with.*--out"), again.with_systems():
            pass


def test_who_took_the_port_in_between_is_left_alone(tmp_path: Path) -> None:
    rehearsal = rehearsal_of(tmp_path, "")

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

"""The register of a run's own target: the rows of a data set, and of no other taxpayers."""

from __future__ import annotations

from pathlib import Path

import pytest

from generators.taxpayers.population import Population
from renhai.checks.register.written import register_of, write_register
from renhai.cli.export.dataset import Asked, generate_dataset
from renhai.plan.model import Taxpayers
from renhai.reference.operations.catalogue import operations
from renhai.reference.operations.operation import Setup
from renhai.reference.rules.sessions import Sessions
from renhai.reference.storage.initial import initialise


def test_its_rows_are_those_of_the_data_set_of_the_day(tmp_path: Path) -> None:
    generate_dataset(Asked(20, "2015-09", "2015-09", tmp_path / "set", 7))
    write_register(Taxpayers(seed=7, profile="2015-10-22", taxpayers=20), tmp_path / "own")
    for name in ("taxpayers.csv", "tax_kinds.csv"):
        own, whole = ((tmp_path / place / name).read_text("utf-8").splitlines() for place in ("own", "set"))
        assert own[0] == whole[0]
        assert set(own) <= set(whole)


@pytest.mark.parametrize("profile", ["gt3_2015", "current", "2015-10-22"])
def test_a_target_begins_with_it(tmp_path: Path, profile: str) -> None:
    operations(Setup(Sessions()))  # which have the tables
    data = Taxpayers(seed=7, profile=profile, taxpayers=30, first=5, registered=True)
    fill = register_of(data)
    assert fill is not None
    url = f"sqlite:///{tmp_path}/target.db"
    assert initialise(url, fill(tmp_path / "own"))["taxpayers"] == 30
    import sqlite3

    with sqlite3.connect(tmp_path / "target.db") as connection:
        found = {row[0] for row in connection.execute("SELECT djxh FROM taxpayers")}
    people = Population(7, profile)
    take = people.registered if data.day else people.taxpayer
    assert found == {take(n).djxh for n in range(5, 35)}


def test_a_target_of_unknown_taxpayers_begins_empty() -> None:
    assert register_of(Taxpayers(seed=7, profile="current", taxpayers=30)) is None

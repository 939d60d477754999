"""`data.registered`: nobody is registered first, who registers is another, and the data do run out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.core.home import scenario_names
from renhai.plan.digest import digested
from renhai.run.multiple import duel
from renhai.run.single import RunRequest, prepare
from renhai.spec.loader import load_scenario

TEXT = """\
name: known
data: {seed: 7, DATA, taxpayers: 500}
load:
  arrivals: {rate: 20/s, journeys: {registration.register: 1, declaration.file: 1, collection.collect: 1}}
  stages: [{hold: 10s}]
thresholds: {run: [error_rate < 1%]}
"""
FIRST_VISIT = {"registration.query", "registration.save"}


def written(folder: Path, data: str, text: str = TEXT) -> str:
    path = folder / "known.yaml"
    path.write_text(text.replace("DATA", data))
    return str(path)


def test_only_who_registers_is_registered(tmp_path: Path) -> None:
    known = load_scenario(written(tmp_path, "date: 2015-10-22, registered: true")).journeys
    unknown = load_scenario(written(tmp_path, "date: 2015-10-22")).journeys
    for name in ("declaration.file", "collection.collect"):
        assert set(unknown[name].operations) - set(known[name].operations) == FIRST_VISIT
    assert known["registration.register"] == unknown["registration.register"]
    # who has nothing unpaid files first, whether the target knew him or not
    assert "declaration.submit" in known["collection.collect"].operations


def test_it_is_another_load(tmp_path: Path) -> None:
    plans = [
        prepare(RunRequest(written(tmp_path, data))).scenario
        for data in (
            "profile: gt3_2015, registered: true",
            "profile: gt3_2015, registered: false",
            "profile: gt3_2015",
        )
    ]
    texts = [str(digested(plan)) for plan in plans]
    assert texts[0] != texts[1] == texts[2]


def test_if_possible_only_a_target_of_the_runs_own_is_told_of_them(tmp_path: Path) -> None:
    own = load_scenario(written(tmp_path, "registered: if_possible"))
    assert own.scenario.data.registered is True
    assert own.journeys == load_scenario(written(tmp_path, "registered: true")).journeys
    at_a_url = load_scenario(written(tmp_path, "registered: if_possible"), target="http://127.0.0.1:8400")
    assert at_a_url.scenario.data.registered is False
    assert at_a_url.journeys == load_scenario(written(tmp_path, "registered: false")).journeys


def test_shipped_scenarios_begin_on_registered_taxpayers_but_for_searches() -> None:
    known = {name: load_scenario(name).scenario for name in scenario_names()}
    served = {name: one for name, one in known.items() if one.data.taxpayers > 1}
    del served["changsha/dual_track"]  # two systems that begin empty
    assert {name for name, one in served.items() if not one.data.registered} == {
        name for name, one in served.items() if one.load.search is not None
    }
    assert len(served) > 10


def test_both_sides_of_a_duel_are_told_or_neither(tmp_path: Path) -> None:
    path = written(tmp_path, "registered: if_possible")
    sides = duel.prepare(duel.DuelRequest(path, "reference", "http://127.0.0.1:8400"))
    assert [side.scenario.data.registered for side in sides] == [False, False]
    assert sides[0].loaded.journeys == sides[1].loaded.journeys


@pytest.mark.parametrize(
    ("data", "text", "said"),
    [
        ("registered: 1", TEXT, "known.yaml:2: data.registered is 1"),
        (
            "registered: true",
            TEXT.replace("rate: 20/s, ", "").replace(
                "  stages: [{hold: 10s}]", "  search: {from: 10/s, to: 20/s, step: 8s}"
            ),
            "has data.registered beside load.search, whose steps have other taxpayers each; remove it",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, data: str, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        load_scenario(written(tmp_path, data, text))

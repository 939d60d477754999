"""`data.registered`: nobody is registered first, who registers is another, and the data do run out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.plan.digest import digested
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

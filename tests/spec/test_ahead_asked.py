"""`data.ahead`: what may be asked for, and what it makes of a plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.plan.digest import digest_of, digested
from renhai.plan.model import Ahead, ScenarioPlan, Taxpayers
from renhai.run.single import RunRequest, prepare
from renhai.spec.loader import load_scenario

TEXT = """\
name: ahead
data: {seed: 7, taxpayers: 500, DATA}
load: {arrivals: {rate: 20/s, journeys: {declaration.file: 1}}, stages: [{hold: 10s}]}
thresholds: {run: [error_rate < 1%]}
"""


def written(folder: Path, data: str, text: str = TEXT) -> str:
    path = folder / "ahead.yaml"
    path.write_text(text.replace("DATA", data))
    return str(path)


def plan(folder: Path, data: str) -> ScenarioPlan:
    return prepare(RunRequest(written(folder, data))).scenario


def test_the_plan_has_periods_and_scale(tmp_path: Path) -> None:
    assert plan(tmp_path, "ahead: 24").data.ahead == Ahead(periods=24)
    assert plan(tmp_path, "ahead: {periods: 3, scale: general}").data.ahead == Ahead(
        periods=3, scale="general"
    )
    assert plan(tmp_path, "ahead: 0").data.ahead is None
    assert plan(tmp_path, "first: 0").data.ahead is None
    assert plan(tmp_path, "date: 2015-10-22, ahead: 1").data.ahead == Ahead(periods=1)


def test_the_command_line_may_ask_for_it(tmp_path: Path) -> None:
    request = RunRequest(written(tmp_path, "first: 0"), ("data.ahead={periods: 2, scale: small}",))
    assert prepare(request).scenario.data.ahead == Ahead(periods=2, scale="small")


def test_a_plan_travels_with_it(tmp_path: Path) -> None:
    data = plan(tmp_path, "ahead: {periods: 3, scale: general}").data
    assert Taxpayers.model_validate_json(data.model_dump_json()) == data


def test_a_load_whose_documents_were_made_before_compares_with_its_like_alone(tmp_path: Path) -> None:
    without, of_two, of_three = (plan(tmp_path, f"ahead: {periods}") for periods in (0, 2, 3))
    assert digest_of(of_two) == digest_of(of_three) != digest_of(without)
    assert digested(without)["data"] == {"profile": "gt3_2015", "taxpayers": 500}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("ahead: -1", "ahead.yaml:2: data.ahead is -1"),
        ("ahead: 1001", "ahead.yaml:2: data.ahead is 1001"),
        ("ahead: 2.5", "ahead.yaml:2: data.ahead is 2.5"),
        ("ahead: true", "ahead.yaml:2: data.ahead is true"),
        ("ahead: many", "ahead.yaml:2: data.ahead is many"),
        ("ahead: {periods: 0}", "ahead.yaml:2: data.ahead.periods is 0"),
        ("ahead: {scale: general}", "data.ahead.periods is missing"),
        ("ahead: {periods: 3, scale: big}", "data.ahead.scale is big"),
        ("ahead: {period: 3}", "data.ahead.period"),
        (
            "date: 2015-10-22, ahead: 2",
            "has ahead of 2 periods beside date, on which one is due; give ahead: 1",
        ),
        (
            "first: 5, ahead: 1000, taxpayers: 2001",
            "has ahead of 1,000 periods of 2,001 taxpayers, which is 2,001,000 declarations; at most 2,000",
        ),
    ],
)
def test_what_cannot_be_is_one_error_with_its_line(tmp_path: Path, data: str, said: str) -> None:
    text = TEXT.replace("taxpayers: 500, ", "") if "taxpayers" in data else TEXT
    with pytest.raises(UsageError) as refused:
        load_scenario(written(tmp_path, data, text))
    assert said in str(refused.value)
    assert "ahead.yaml:2" in str(refused.value)
    assert len(refused.value.problems) == 1


def test_beside_a_search_it_is_refused(tmp_path: Path) -> None:
    text = TEXT.replace("rate: 20/s, ", "").replace(
        "stages: [{hold: 10s}]", "search: {from: 10/s, to: 20/s, step: 8s}"
    )
    with pytest.raises(UsageError, match=r"has data\.ahead beside load\.search"):
        load_scenario(written(tmp_path, "ahead: 2", text))
    load_scenario(written(tmp_path, "ahead: 0", text))


def test_beside_a_locustfile_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("")
    text = (
        "name: own\nlocustfile: own.py\ndata: {seed: 7, taxpayers: 5, ahead: 2}\n"
        "load: {users: 2, stages: [{hold: 10s}]}\nthresholds: {run: [error_rate < 1%]}\n"
    )
    with pytest.raises(UsageError, match=r"has data\.ahead beside a locustfile"):
        load_scenario(written(tmp_path, "", text))

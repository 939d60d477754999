"""Declarations made ahead in a load process: found, refused, and told of."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from renhai.load.worker.build import load_worker_of, read_tables, stored_of
from renhai.load.worker.controller import Failure
from renhai.load.worker.load_engine import taken_ahead
from renhai.plan.build import build_plan, normalise
from renhai.plan.model import AheadFile, Plan, read_plan
from renhai.spec.ahead.stored import Stored, Taken, contents_of
from renhai.spec.journeys.cases import Partition
from renhai.spec.loader import load_scenario
from tests.spec.test_ahead import MARK, made

TEXT = """\
name: ahead
data: {seed: 7, taxpayers: 10, first: 5, ahead: 2}
load: {arrivals: {rate: 20/s, journeys: {declaration.file: 1}}, stages: [{hold: 10s}]}
thresholds: {run: [error_rate < 1%]}
"""


def plan_of(folder: Path, **said: Any) -> Plan:
    """A plan with its file, which is made."""
    path = folder / "ahead.yaml"
    path.write_text(TEXT)
    loaded = load_scenario(str(path))
    scenario = normalise(loaded)
    assert scenario.data.ahead is not None
    file = made(folder / "made", contents_of(scenario.data, scenario.data.ahead))
    ahead = AheadFile(**{"file": str(file), "mark": MARK, "made": 20, "required": True, **said})
    plan = build_plan(
        loaded, scenario, run_id="r", out=folder, base_url="http://127.0.0.1:9", addresses=["127.0.0.1"],
        processes=1, ahead=ahead,
    )  # fmt: skip
    return read_plan(plan.model_dump_json())


def test_the_file_of_the_plan_is_read(tmp_path: Path) -> None:
    found = stored_of(plan_of(tmp_path))
    assert found is not None
    assert found.made == 20


def test_a_plan_without_one_has_none(tmp_path: Path) -> None:
    assert stored_of(plan_of(tmp_path).model_copy(update={"ahead": None})) is None


def test_the_runs_own_file_must_be_there_and_whole(tmp_path: Path) -> None:
    """Before anything is sent: in the process that all others are forked from."""
    for said in ({"file": str(tmp_path / "nowhere")}, {"mark": "0" * 32}):
        with pytest.raises(Failure, match=r"cannot be used: there is no such file at .*; run it again"):
            read_tables(plan_of(tmp_path, **said))
    plan = plan_of(tmp_path)
    (tmp_path / "made").write_bytes((tmp_path / "made").read_bytes()[:-1])
    with pytest.raises(Failure, match=r"cannot be used: it has [\d,]+ bytes of"):
        read_tables(plan)


def test_a_worker_elsewhere_has_none_and_computes(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, file=str(tmp_path / "nowhere"), required=False)
    read_tables(plan)
    assert stored_of(plan) is None


def test_every_pool_of_a_load_process_takes_and_counts_by_itself(tmp_path: Path) -> None:
    worker = load_worker_of(plan_of(tmp_path), lambda report, pause: None)
    assert worker._pool is not None
    one, other = (worker._pool(Partition(10, slot, 2)) for slot in (0, 1))
    for pool in (one, other, one):
        with pool.case() as case:
            assert case.declaration()["djxh"] == case.taxpayer.djxh
    assert one.ahead is not None
    assert other.ahead is not None
    assert (one.ahead.taken, other.ahead.taken) == (2, 1)


def engine(ahead: Any) -> Any:
    complaints: list[Any] = []
    return SimpleNamespace(
        pool=SimpleNamespace(ahead=ahead), complain=complaints.append, complaints=complaints
    )


def test_a_report_has_the_counts_once(tmp_path: Path) -> None:
    taken = Taken(None)
    taken.find(0, 0, "1")
    one = engine(taken)
    assert taken_ahead(one) == {"ahead": {"taken": 0, "computed": 1, "damaged": 0}}
    assert taken_ahead(one) == {"ahead": {"taken": 0, "computed": 0, "damaged": 0}}
    assert one.complaints == []


def test_what_is_damaged_spoils_the_run(tmp_path: Path) -> None:
    found = stored_of(plan_of(tmp_path))
    assert isinstance(found, Stored)
    taken = Taken(found)
    assert taken.find(0, 0, "the djxh of somebody else") is None
    one = engine(taken)
    assert taken_ahead(one)["ahead"] == {"taken": 0, "computed": 1, "damaged": 1}
    assert [reason.code for reason in one.complaints] == ["generator.ahead_damaged"]


def test_other_engines_and_runs_without_say_nothing() -> None:
    assert taken_ahead(engine(None)) == {}
    assert taken_ahead(SimpleNamespace()) == {}  # type: ignore[arg-type]

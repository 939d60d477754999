"""`--others-than`: which taxpayers a run takes at a target that remembers those of earlier runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generators.taxpayers.population import Population
from renhai.core.errors import UsageError
from renhai.plan.search import may_serve
from renhai.run.other_taxpayers import others, taken_below
from renhai.run.single import RunRequest, prepare

URL = "http://127.0.0.1:8400"
SMOKE = 10_000  # data.taxpayers of the shipped scenario
OPEN = 50_000  # of declaration_open
REGISTERS = "[registration.query, registration.save]"


def ran(folder: Path, name: str, first: int, end: int, **more: Any) -> Path:
    """What an earlier run left before its load began."""
    took = {"first": first, "end": end, "newcomers": 0, "profile": "gt3_2015", **more.pop("took", {})}
    known = {"run_id": name, "target": {"url": URL, "embedded": False}, "taxpayers": took, **more}
    place = folder / name
    place.mkdir(parents=True)
    (place / "manifest.json").write_text(json.dumps(known), encoding="utf-8")
    return place


def asked(
    folder: Path, scenario: str = "smoke", *given: str, url: str | None = URL, out: Path | None = None
) -> tuple[str, ...]:
    prepared = prepare(RunRequest(scenario, given, url))
    return others(prepared, given, folder, out or folder / "mine")


def test_the_first_run_takes_those_that_are_written(tmp_path: Path) -> None:
    assert asked(tmp_path) == ()


def test_a_run_begins_after_all_that_were_before_it_whatever_their_order_and_scenario(tmp_path: Path) -> None:
    ran(tmp_path, "z/first", 0, SMOKE)
    ran(tmp_path, "a/deeper/second", 20_000, 30_000)
    ran(tmp_path, "b/before", 10_000, 20_000)
    assert asked(tmp_path) == ("data.first=30000",)
    assert asked(tmp_path, "declaration_open") == ("data.first=30000",)


def test_who_begins_later_by_the_scenario_stays_there(tmp_path: Path) -> None:
    text = Path("scenarios/smoke.yaml").read_text(encoding="utf-8")
    (tmp_path / "later.yaml").write_text(
        text.replace("taxpayers: 10000", "first: 40000, taxpayers: 10000"), encoding="utf-8"
    )
    ran(tmp_path, "first", 0, SMOKE)
    assert asked(tmp_path, str(tmp_path / "later.yaml")) == ()
    ran(tmp_path, "second", 40_000, 50_000)
    assert asked(tmp_path, str(tmp_path / "later.yaml")) == ("data.first=50000",)


def test_a_target_of_the_runs_own_knows_nobody_and_leaves_nobody(tmp_path: Path) -> None:
    ran(tmp_path, "embedded", 0, SMOKE, target={"url": URL, "embedded": True})
    assert asked(tmp_path) == ()
    ran(tmp_path, "kept", 0, SMOKE)
    assert asked(tmp_path, url=None) == ()


def test_what_is_no_manifest_of_a_run_is_passed_over(tmp_path: Path) -> None:
    for number, text in enumerate(
        ("{", "[]", '{"format": 1, "taxpayers": 500}', '{"taxpayers": {"end": 1}}')
    ):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "manifest.json").write_text(text, encoding="utf-8")
    ran(tmp_path, "forged", 0, SMOKE, took={"end": "10000"})
    assert asked(tmp_path) == ()


def test_a_run_that_was_killed_counts_too(tmp_path: Path) -> None:
    """Its manifest stands alone: nobody knows how far it came."""
    ran(tmp_path, "killed", 0, SMOKE)
    assert asked(tmp_path) == (f"data.first={SMOKE}",)


def test_workers_that_joined_late_had_as_many_again_each(tmp_path: Path) -> None:
    place = ran(tmp_path, "first", 0, SMOKE)
    (place / "measured.json").write_text(json.dumps({"generator": {"workers_late": 2}}), encoding="utf-8")
    assert asked(tmp_path) == (f"data.first={3 * SMOKE}",)


def test_a_search_had_those_of_every_step_that_it_may_have() -> None:
    plan = prepare(RunRequest("capacity", ("load.search.steps=7",), URL)).scenario
    assert may_serve(plan)[:2] == (0, 700_000)


def test_who_says_which_is_believed(tmp_path: Path) -> None:
    ran(tmp_path, "first", 0, SMOKE)
    assert asked(tmp_path, "smoke", "data.first=0") == ()
    assert asked(tmp_path, "smoke", "data.seed=7") == (f"data.first={SMOKE}",)


def test_where_registrations_are_optional_who_was_there_comes_again(tmp_path: Path) -> None:
    ran(tmp_path, "first", 0, OPEN)
    given = "optional=[registration.save]"
    assert asked(tmp_path, "declaration_open", f"optional={REGISTERS}") == ()
    assert asked(tmp_path, "declaration_open", given) == (
        f"data.first={OPEN}",
    )  # its query is held to the plan


def test_taxpayers_that_were_loaded_stay_and_newcomers_are_others(tmp_path: Path) -> None:
    known = "data.registered=true"
    plan = prepare(RunRequest("smoke", (known,), URL)).scenario
    assert may_serve(plan).end == 2 * SMOKE  # who registered came right after those who were loaded
    ran(tmp_path, "first", 0, 2 * SMOKE)
    assert asked(tmp_path, "smoke", known) == (f"data.first_newcomer={SMOKE}",)
    second = prepare(RunRequest("smoke", (known, f"data.first_newcomer={SMOKE}"), URL)).scenario
    assert (second.data.first, may_serve(second).end) == (0, 3 * SMOKE)


def test_newcomers_of_a_day_are_counted_apart(tmp_path: Path) -> None:
    given = ("data={seed: 1, date: 2015-10-22, taxpayers: 500, registered: true}",)
    plan = prepare(RunRequest("declaration_open", given, URL)).scenario
    assert may_serve(plan)[1:3] == (500, 500)
    ran(tmp_path, "first", 0, 500, took={"newcomers": 500, "profile": "2015-10-22"})
    assert asked(tmp_path, "declaration_open", *given) == ("data.first_newcomer=500",)


def test_numbers_of_a_day_after_those_of_a_name_stand_for_nobody_of_them(tmp_path: Path) -> None:
    given = ("data={seed: 1, date: 2015-10-22, taxpayers: 400}",)
    ran(tmp_path, "first", 0, 3000)
    (more,) = asked(tmp_path, "declaration_open", *given)
    first = int(more.partition("=")[2])
    people = Population(1, "2015-10-22")
    assert min(people.register.index(n) for n in range(first, first + 400)) >= 3000
    assert first < 2 * 3000  # and no more are lost than the register's bands take


def test_the_end_of_the_population_is_told(tmp_path: Path) -> None:
    ran(tmp_path, "first", 0, 99_995_000)
    with pytest.raises(UsageError, match=r"--others-than.*99,995,000.*100,000,000.*data\.taxpayers"):
        asked(tmp_path)


def test_a_directory_that_is_not_there_is_refused_unless_runs_are_to_go_there(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(UsageError, match=r"--others-than: .*gone is no directory"):
        asked(gone, out=tmp_path / "runs")
    assert asked(gone, out=gone) == ()


def test_the_folder_that_runs_go_to_counts_as_well(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    ran(tmp_path / "runs", "first", 0, SMOKE)
    assert asked(tmp_path / "before", out=tmp_path / "runs") == (f"data.first={SMOKE}",)
    assert taken_below((tmp_path / "before",)).end == 0


def test_what_serves_nobody_takes_nobody(tmp_path: Path) -> None:
    ran(tmp_path, "first", 0, SMOKE)
    steps = "journeys={look: [{send: registration.query, fields: {nsrsbh: '1'}}]}"
    given = (steps, "data={}", "load={arrivals: {rate: 1/s, journeys: {look: 1}}, stages: [{hold: 1s}]}")
    given += ("thresholds={run: [throughput >= 0.1/s]}",)
    assert asked(tmp_path, "declaration_open", *given) == ()

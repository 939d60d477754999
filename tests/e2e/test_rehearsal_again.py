"""A stage of a rehearsal that is tried again at a system that keeps its data: it passes where the system is
right, and fails where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from renhai.checks.register.written import write_register
from renhai.plan.model import Taxpayers
from results.snapshot.run import load_run
from tests.e2e.test_rehearsal import rehearse, states
from tests.e2e.test_run import spoiled

SHARE = 3  # the first of each; with --all, each

SCENARIO = """
# Does a counter work?
name: counter
target: reference
data: {seed: 20150911, profile: gt3_2015, taxpayers: 400}
load:
  arrivals:
    rate: 8/s
    process: constant
    journeys: {registration.register: 1, declaration.file: 2, invoice.cycle: 2, collection.agree: 1}
  stages: [{hold: 4s}]
thresholds:
  "*": [error_rate < 1%, rejection_rate < 1%]
"""
SEARCH = """
# How many?
name: many
target: reference
data: {seed: 20150911, profile: gt3_2015, taxpayers: 200}
load:
  arrivals: {process: constant, journeys: {declaration.file: 1}}
  search: {from: 4/s, to: 6/s, at_least: 4/s, step: 3s, cool_down: 0s, steps: 3}
thresholds:
  "*": [error_rate < 1%, rejection_rate < 1%]
"""
PROGRAMME = """
name: again
title: 再试
opens: 2015-10-08
calendar: replayed
systems: {sea: OPTIONS}
stages:
  counter:
    title: 柜面
    owner: 李四
    begins: 2015-09-10
    ends: 2015-09-11
    prepare: PREPARE
    command: run {here}/counter.yaml --target {system.sea}
"""
MANY = """\
  many:
    title: 容量
    owner: 李四
    begins: 2015-09-12
    ends: 2015-09-13
    after: []
    command: run {here}/many.yaml --target {system.sea}
"""


def written(folder: Path, stages: str = "", options: str = "''", prepare: str = "[]") -> None:
    (folder / "counter.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "many.yaml").write_text(SEARCH, encoding="utf-8")
    text = PROGRAMME.replace("OPTIONS", options).replace("PREPARE", prepare)
    (folder / "programme.yaml").write_text(text + stages, encoding="utf-8")


def firsts(folder: Path) -> list[int]:
    """By the order in which the runs began: the first taxpayer of each; of a search, of the whole."""
    known = [json.loads(path.read_text("utf-8")) for path in folder.glob("out/*/*/*/manifest.json")]
    return [one["taxpayers"]["first"] for one in sorted(known, key=lambda one: one["started"])]


def passed(folder: Path, *stages: str) -> None:
    """Run them, once more where only this machine was busy."""
    for _ in range(3):
        said = rehearse(folder, *(word for name in stages for word in ("--stage", name)))
        shut = [name for name in stages if not _is_open(folder, name)]
        newest = [path for name in shut for path in sorted((folder / "out" / name).glob("*/*/run.json"))[-1:]]
        why = [load_run(path.parent).reasons for path in newest]
        if not newest or not all(spoiled(load_run(path.parent)) for path in newest):
            break
    assert shut == [], (why, said.stdout, said.stderr)


def _is_open(folder: Path, stage: str) -> bool:
    found = json.loads((folder / "out" / "rehearsal.json").read_text("utf-8"))
    return any(one["stage"]["name"] == stage and one["state"] == "passed" for one in found["gates"])


@pytest.mark.parametrize("searched", [False, True])
def test_a_stage_that_is_tried_again_at_the_same_system_passes(tmp_path: Path, searched: bool) -> None:
    stages = ["counter", "many"] if searched else ["counter"]
    written(tmp_path, MANY if searched else "")
    passed(tmp_path, *stages)
    passed(tmp_path, *stages)
    assert states(tmp_path / "out") == ["pass", *["passed"] * len(stages)]
    took = firsts(tmp_path)
    # 3 steps of 200 each
    assert took[:3] == ([0, 400, 400 + 3 * 200] if searched else [0, 400]) and took == sorted(set(took))


def a_load_that_prepares_a_stage_meets_others_too_and_who_is_named_is_taken(tmp_path: Path) -> None:
    prepare = '["run {here}/counter.yaml --target {system.sea} --duration 2s --out {out}/before"]'
    written(tmp_path, prepare=prepare)
    passed(tmp_path, "counter")
    assert firsts(tmp_path)[:1] == [400]
    (before,) = (tmp_path / "out" / "counter" / "01").glob("before/*/manifest.json")
    assert json.loads(before.read_text("utf-8"))["taxpayers"]["first"] == 0
    written(tmp_path)
    file = tmp_path / "programme.yaml"
    file.write_text(
        file.read_text("utf-8").replace("--target", "--set data.first=0 --target"), encoding="utf-8"
    )
    assert rehearse(tmp_path, "--stage", "counter").returncode != 0  # as it was asked for: they are known


def taxpayers_that_the_system_was_loaded_with_come_again(tmp_path: Path) -> None:
    data = Taxpayers(seed=20150911, profile="gt3_2015", taxpayers=400, registered=True)
    loaded = write_register(data, tmp_path / "loaded")
    written(tmp_path, options=f'"--dataset {loaded}"')
    file = tmp_path / "counter.yaml"
    file.write_text(SCENARIO.replace("taxpayers: 400", "taxpayers: 400, registered: true"), encoding="utf-8")
    passed(tmp_path, "counter")
    said = rehearse(tmp_path, "--stage", "counter")  # more is asked until a period is not filed: never a fail
    assert (said.returncode, states(tmp_path / "out")[1:]) == (4, ["not_proven"]), said.stdout
    file.write_text(file.read_text("utf-8") + "optional: [declaration.status]\n", encoding="utf-8")
    passed(tmp_path, "counter")
    assert set(firsts(tmp_path)) == {0}


def a_system_that_is_faulty_at_the_second_try_fails_it(tmp_path: Path) -> None:
    written(tmp_path)
    passed(tmp_path, "counter")
    written(tmp_path, options='"--fault errors=20%"')
    for _ in range(3):  # once more where only this machine was busy
        said = rehearse(tmp_path, "--stage", "counter")
        run = load_run(max((tmp_path / "out" / "counter").glob("*/*/run.json")).parent)
        if not spoiled(run):
            break
    assert said.returncode == 1, (run.reasons, said.stdout, said.stderr)
    assert states(tmp_path / "out") == ["fail", "failed"]
    assert sum(one.errors for one in run.operations.values()) > 0
    rejected = {name: one.rejected for name, one in run.operations.items() if one.rejected}
    assert rejected == {}  # and by nothing but the fault: nobody is known to the system


@pytest.mark.parametrize(
    "case",
    [
        a_system_that_is_faulty_at_the_second_try_fails_it,
        a_load_that_prepares_a_stage_meets_others_too_and_who_is_named_is_taken,
        taxpayers_that_the_system_was_loaded_with_come_again,
    ],
)
def test_of_a_second_try(case: Callable[[Path], None], tmp_path: Path) -> None:
    case(tmp_path)

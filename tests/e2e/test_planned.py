"""A run passes only when it did what its plan has, against real targets that keep their data."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.cli.app import run_cli
from renhai.plan.schedule import drawn_anew
from results.snapshot.run import Run, load_run
from tests.e2e.test_run import last_run, renhai, target

ARRIVALS = """
# Does filing work?
name: filing
target: reference
data: {seed: 20150911, profile: gt3_2015, taxpayers: 5000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {declaration.file: 9, declaration.correct: 1}}
  stages: [{hold: 4s}]
thresholds:
  "*": [error_rate < 1%, rejection_rate < 1%]
"""
SEARCH = """
name: srch
target: reference
data: {seed: 1, profile: current, taxpayers: 100}
load:
  arrivals: {process: constant, journeys: {declaration.file: 9, declaration.correct: 1}}
  search: {from: 30/s, to: 2000/s, step: 5s, cool_down: 0s, precision: 3%, steps: 3}
thresholds:
  "*.submit": [p95 < 2s]
"""


def scenario(folder: Path, text: str = ARRIVALS) -> str:
    (folder / "ours.yaml").write_text(text, encoding="utf-8")
    return "ours.yaml"


def plan_codes(run: Run) -> set[str]:
    """Why the run left its plan, whatever else a busy machine did to it."""
    return {record.code for record in run.reason_codes if record.code.startswith("plan.")}


def test_a_second_smoke_on_a_kept_target_does_not_pass_and_says_what_to_do(tmp_path: Path) -> None:
    with target() as url:
        renhai(tmp_path, "run", "smoke", "--duration", "4s", "--target", url)
        first = last_run(tmp_path)
        second = renhai(tmp_path, "run", "smoke", "--duration", "4s", "--target", url)
        again = last_run(tmp_path)
        others = ("--set", "data.first=20000")
        renhai(tmp_path, "run", "smoke", "--duration", "2s", "--target", url, *others)
    assert plan_codes(first) == set(), first.reasons
    codes = plan_codes(again) - {"plan.more"}
    assert codes in ({"plan.known"}, {"plan.not_sent"}), again.reasons  # all known: few on a slow machine
    assert (second.returncode, again.verdict) == (3, "invalid")
    said = " ".join(second.stdout.split())
    known = "registration.save: sent in" in said and "the target knows them already" in said
    assert known if codes == {"plan.known"} else "registration.save was never sent" in said
    assert "data.first" in said and "optional:" in said
    proof = (again.model_extra or {})["proof"]["operations"]
    assert proof["registration.save"]["state"] == ("fewer" if codes == {"plan.known"} else "unsent")
    assert proof["invoice.verify"]["state"] in ("shown", "too few to judge")
    assert plan_codes(last_run(tmp_path)) == set()


def test_repeats_against_a_kept_target_meet_other_taxpayers_and_what_is_optional_may_be_left_out(
    tmp_path: Path,
) -> None:
    """Two runs as of one series; a third one as the first of them, whose taxpayers the target knows."""
    text = ARRIVALS + "optional: [registration.save, declaration.status]\n"
    with target() as url:
        renhai(tmp_path, "run", scenario(tmp_path), "--repeat", "2", "--target", url)
        runs = [load_run(path) for path in sorted((tmp_path / "results" / "runs").iterdir())]
        renhai(tmp_path, "run", scenario(tmp_path, text), "--target", url)
    assert [plan_codes(run) for run in runs] == [set(), set()]
    extra = [run.model_extra or {} for run in runs]
    assert [run.draw for run in runs] == [drawn_anew(runs[0].seed or 0, number) for number in (1, 2)]
    assert len({run.scenario.digest for run in runs}) == 1
    assert all(one["proof"]["operations"]["registration.save"]["state"] == "shown" for one in extra)

    again = last_run(tmp_path)
    assert again.draw == runs[0].draw and plan_codes(again) == set()
    rows = (again.model_extra or {})["proof"]["operations"]
    assert (rows["registration.save"]["state"], rows["registration.save"]["sent"]) == ("optional", 0)
    assert rows["declaration.submit"]["state"] == "shown"


def test_a_search_whose_data_runs_out_does_not_pass(tmp_path: Path) -> None:
    done = renhai(tmp_path, "run", scenario(tmp_path, SEARCH))
    run = last_run(tmp_path)
    said = " ".join(done.stdout.split())
    assert (done.returncode, run.verdict) == (3, "invalid"), said
    assert "raise data.taxpayers" in said
    assert (run.model_extra or {})["capacity"]["ended"] == "plan"


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_threshold_that_the_plan_cannot_keep_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = ARRIVALS + "  run: [throughput >= 1000/s]\n"
    code = run_cli([command, scenario(tmp_path, text), "--rate", "10/s"])
    said = " ".join(capsys.readouterr().err.split())
    assert code == 2
    assert "ours.yaml:11" in said and "throughput >= 1000/s, which cannot hold" in said
    assert "as scaled by --rate 10/s" in said

"""Commands of a programme that renhai would refuse in their turn are refused before the first stage."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from renhai.cli.app import app, run_cli
from renhai.cli.programme.command_lines import parsed, refusal, refused_commands
from renhai.core import home
from renhai.core.errors import USAGE
from renhai.spec.cutover.programme.loader import load_programme

PROGRAMME = """\
name: golive
title: 上线
opens: 2015-10-08
systems: {gt3: ""}
stages:
  load:
    title: 压测
    owner: 李四
    begins: 2015-09-10
    ends: 2015-09-18
    prepare: ["generate batch all --count 1 --out {out}/batch"]
    command: verify {out}/batch/old {out}/batch/new --rules {out}/batch/rules.yaml
"""
COMMAND = "verify {out}/batch/old {out}/batch/new --rules {out}/batch/rules.yaml"
PREPARE = "generate batch all --count 1 --out {out}/batch"


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str) -> list[str]:
    """What is said of the programme with a change, of which nothing is run."""
    file = tmp_path / "p.yaml"
    assert PROGRAMME.count(old) == 1
    file.write_text(PROGRAMME.replace(old, new), encoding="utf-8")
    code = run_cli(["rehearse", str(file), "--out", str(tmp_path / "out")])
    told = capsys.readouterr()
    assert code == USAGE and "stage" not in told.out, told
    return [line.replace(f"{tmp_path}/", "") for line in told.err.splitlines()]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("run smoke --bogus", "No such option: --bogus"),
        ("run smoke --duration fast", "Invalid value for '--duration'"),
        ("run smoke --processes -1", "Invalid value for '--processes'"),
        ("run", "Missing argument 'SCENARIO'"),
        ("run smok", "scenario 'smok' does not exist"),
        ("run {here}/gone.yaml", "gone.yaml does not exist"),
        ("audit", "Missing argument"),
        ("verify old", "Missing argument"),
        ("run smoke --help", "it shows help, and does nothing"),
        ("drain", "Missing argument 'FILE'"),
        ("replay day.ndjson --old", "--old"),
    ],
)
def test_a_gate_that_no_command_could_open_is_refused_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, said: str
) -> None:
    (line,) = refused(tmp_path, capsys, f"command: {COMMAND}", f"command: {command}")
    shown = shlex.join(shlex.split(command))
    assert line.startswith(f"p.yaml:12: stages.load.command is {shown}; "), line
    assert said in line, line


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("generat batch all", "No such command 'generat'"),
        ("generate batch all --count many", "Invalid value for '--count'"),
        ("generate batches", "batches"),
        ("drill", "Missing command"),
        ("journal mak changsha/dual_track", "mak"),
    ],
)
def test_a_preparation_that_is_no_command_is_refused_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, said: str
) -> None:
    found = refused(tmp_path, capsys, f'"{PREPARE}"', f'"{command}"')
    assert len(found) == 1 and found[0].startswith(f"p.yaml:11: stages.load.prepare[0] is {command}; "), found
    assert said in found[0], found


def test_what_a_place_will_stand_for_is_not_looked_for_yet(tmp_path: Path) -> None:
    """A scenario that a preparation makes, a number that is the attempt's, the URL of a system."""
    for line in (
        "run {out}/made.yaml --target {system.gt3} --seed 1{attempt}",
        "audit {evidence.load}",
        "drill papers {evidence.load} --out {out}/paper.csv --last-day 2015-10-22",
        "run smoke --set 'load.stages=[{hold: 5s}]'",
    ):
        assert refusal(get_command(app), shlex.split(line), tmp_path) == ""


def test_the_programme_of_changsha_has_commands_that_renhai_takes(tmp_path: Path) -> None:
    path = home.scenarios() / "changsha" / "golive.yaml"
    assert refused_commands(get_command(app), path, load_programme(path)) == []


def test_a_command_whose_name_may_be_left_out_is_taken(tmp_path: Path) -> None:
    words = shlex.split("generate taxpayer --count 5 --out {out}/taxpayer.jsonl")
    assert refusal(get_command(app), words, tmp_path) == ""
    assert parsed(get_command(app), words).name == "generate records"

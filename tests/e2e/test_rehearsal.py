"""A rehearsal end to end: real commands, a real reference system, evidence that is held to its word."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from renhai.cli.app import run_cli
from tests import forked
from tests.docs.markdown import ROOT
from tests.e2e.test_run import renhai, start

OLD = "djxh,name\n1,甲\n2,乙\n"
RULES = "name: county\nbatches: {taxpayer: {key: [djxh], columns: {name: {}}, same_files: two of one hand}}\n"
PROGRAMME = """
name: trial
title: 试演
opens: 2030-10-08
stages:
  data:
    title: 数据
    owner: 张三
    begins: 2030-08-20
    ends: 2030-09-05
    command: verify {here}/old {here}/new --rules {here}/rules.yaml
  again:
    title: 复核
    owner: 李四
    begins: 2030-09-06
    ends: 2030-09-07
    command: verify {here}/old {here}/new --rules {here}/rules.yaml
    problems: 0
"""


DRAIN = """\
name: trial
until: "2030-10-01T00:00:00+08:00"
open:
  - {name: 登记, list: registration.list, rows: rows, next: {after: next},
     state: {field: nsrztDm, open: ["01"], closed: ["03"]}}
"""


def states(folder: Path) -> list[str]:
    found = json.loads((folder / "rehearsal.json").read_text("utf-8"))
    return [found["verdict"], *(one["state"] for one in found["gates"])]


def written(folder: Path, new: str = OLD) -> Path:
    """A programme of two stages in `folder`, with the data that it compares."""
    for side, text in (("old", OLD), ("new", new)):
        (folder / side).mkdir(exist_ok=True)
        (folder / side / "taxpayer.csv").write_text(text, encoding="utf-8")
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    file = folder / "programme.yaml"
    file.write_text(PROGRAMME, encoding="utf-8")
    return file


class Said(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def rehearse(folder: Path, *options: str) -> Said:
    """The command in this process; its stages are processes all the same."""
    out, err = io.StringIO(), io.StringIO()
    with forked.children(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_cli(["rehearse", str(folder / "programme.yaml"), "--out", str(folder / "out"), *options])
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the trial was rehearsed, and may go."""
    folder = tmp_path_factory.mktemp("gone")
    written(folder)
    said = rehearse(folder)
    assert said.returncode == 0, said.stdout + said.stderr
    yield folder


@pytest.fixture
def copy(gone: Path, tmp_path: Path) -> Path:
    """The same folder, times and all, which is what a bureau's folder on another disk would be."""
    return Path(shutil.copytree(gone, tmp_path / "copy", dirs_exist_ok=True))


def test_every_gate_open_is_go(gone: Path) -> None:
    assert states(gone / "out") == ["pass", "passed", "passed"]
    suite = ET.parse(gone / "out" / "junit.xml").getroot()
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["3", "0", "0"]
    for page in ("go.html", "programme.html"):
        assert "可以上线" in (gone / "out" / page).read_text("utf-8")


def test_the_example_of_the_documents_is_no_go(tmp_path: Path) -> None:
    programme = ROOT / "docs" / "examples" / "rehearsal" / "programme.yaml"
    said = renhai(tmp_path, "rehearse", str(programme), "--out", "out")
    assert said.returncode == 1, said.stdout + said.stderr
    assert states(tmp_path / "out") == ["fail", "failed", "passed", "passed"]
    page = (ROOT / "docs" / "rehearsal.md").read_text("utf-8")
    for line in said.stdout.splitlines():
        if line.startswith(("NO-GO", "  FAILED", "    -")):
            assert line.strip() in page


def changed_evidence(folder: Path) -> None:
    (path,) = (folder / "out" / "again").glob("01/*/verify.json")
    path.write_text(path.read_text("utf-8").replace('"missing": 0', '"missing": 00'), encoding="utf-8")


def lost_evidence(folder: Path) -> None:
    (path,) = (folder / "out" / "again").glob("01/*/verify.json")
    path.unlink()


def other_data(folder: Path) -> None:
    (folder / "new" / "taxpayer.csv").write_text(OLD + "3,丙\n", encoding="utf-8")


def other_rules(folder: Path) -> None:
    (folder / "rules.yaml").write_text(RULES.replace("county", "town"), encoding="utf-8")


def begun_and_never_ended(folder: Path) -> None:
    with (folder / "out" / "rehearsal.jsonl").open("a", encoding="utf-8") as file:
        line = {"schema": 1, "event": "begun", "at": "2026-01-01T00:00:00Z", "stage": "again", "attempt": 2}
        file.write(json.dumps(line) + "\n")


def clock_set_back(folder: Path) -> None:
    path = folder / "out" / "rehearsal.jsonl"
    *before, last = path.read_text("utf-8").splitlines()
    told = {**json.loads(last), "at": "2001-01-01T00:00:00Z"}
    path.write_text("\n".join([*before, json.dumps(told)]) + "\n", encoding="utf-8")


def ledger_that_cannot_be_read(folder: Path) -> None:
    (folder / "out" / "ledger.json").write_text("{", encoding="utf-8")


def stage_taken_out(folder: Path) -> None:
    file = folder / "programme.yaml"
    file.write_text(file.read_text("utf-8").partition("  again:")[0], encoding="utf-8")


def weaker_question(folder: Path) -> None:
    file = folder / "programme.yaml"
    file.write_text(file.read_text("utf-8").replace("    problems: 0\n", ""), encoding="utf-8")


def changed_record(folder: Path, **told: object) -> None:
    """The line of the last stage's end, as somebody with an editor would have it."""
    path = folder / "out" / "rehearsal.jsonl"
    *before, last = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*before, json.dumps({**json.loads(last), **told})]) + "\n", encoding="utf-8")


def record_without_documents(folder: Path) -> None:
    changed_record(folder, documents={})


def record_of_before_the_last_try(folder: Path) -> None:
    (folder / "out" / "again" / "02").mkdir()


@pytest.mark.parametrize(
    "spoil",
    [
        record_without_documents,
        record_of_before_the_last_try,
        changed_evidence,
        lost_evidence,
        other_data,
        other_rules,
        begun_and_never_ended,
        clock_set_back,
        ledger_that_cannot_be_read,
        stage_taken_out,
        weaker_question,
    ],
)
def test_what_no_longer_holds_is_not_proven(copy: Path, spoil: object) -> None:
    assert callable(spoil)
    spoil(copy)
    said = rehearse(copy, "--status")
    assert said.returncode == 4, said.stdout + said.stderr
    page = (copy / "out" / "go.html").read_text("utf-8")
    assert ("尚不能断定" in page, "可以上线" in page) == (True, False)  # nor does the page of yesterday stay


def test_a_problem_that_is_entered_after_the_last_stage_stands_against_going(copy: Path) -> None:
    other = copy / "other"
    other.mkdir()
    written(other, new="djxh,name\n1,甲\n")
    sides = [str(other / side) for side in ("old", "new")]
    with contextlib.redirect_stdout(io.StringIO()):
        assert run_cli(["verify", *sides, "--rules", str(other / "rules.yaml"), "--out", str(other)]) == 1
        (found,) = other.glob("**/verify.json")
        run_cli(["ledger", "merge", str(found.parent), "--ledger", str(copy / "out" / "ledger.json")])
    said = rehearse(copy, "--status")
    assert said.returncode == 1, said.stdout
    assert states(copy / "out") == ["fail", "passed", "failed"]


def test_a_torn_last_line_is_dropped_and_any_other_is_refused(copy: Path) -> None:
    events = copy / "out" / "rehearsal.jsonl"
    whole = events.read_text("utf-8")
    events.write_text(whole + '{"schema": 1, "event": "ski', encoding="utf-8")
    assert rehearse(copy, "--status").returncode == 0
    events.write_text("{}\n" + whole, encoding="utf-8")
    said = rehearse(copy, "--status")
    assert (said.returncode, "rehearsal.jsonl:1: is no event of a rehearsal" in said.stderr) == (2, True)


def test_it_goes_on_where_it_stopped_and_a_skip_needs_a_name_and_a_reason(tmp_path: Path) -> None:
    written(tmp_path, new="djxh,name\n1,甲\n")
    assert rehearse(tmp_path).returncode == 1
    assert states(tmp_path / "out") == ["fail", "failed", "not_run"]
    nameless = rehearse(tmp_path, "--skip", "data", "--by", "王五")
    assert (nameless.returncode, "--reason: is missing" in nameless.stderr) == (2, True)
    early = rehearse(tmp_path, "--stage", "again")
    assert (early.returncode, "cannot begin: data has to pass first" in early.stderr) == (2, True)
    written(tmp_path)
    # What was found is open until somebody closes it.
    assert rehearse(tmp_path).returncode == 1
    assert states(tmp_path / "out") == ["fail", "passed", "failed"]
    ledger = tmp_path / "out" / "ledger.json"
    (problem,) = json.loads(ledger.read_text("utf-8"))["problems"]
    assert run_cli(["ledger", "set", problem["id"], "--state", "solved", "--ledger", str(ledger)]) == 0
    assert rehearse(tmp_path).returncode == 0
    found = json.loads((tmp_path / "out" / "rehearsal.json").read_text("utf-8"))
    assert [len(one["attempts"]) for one in found["gates"]] == [2, 2]
    # Nor is a ledger believed that lost what a stage had entered, nor one that has as many others.
    kept = json.loads(ledger.read_text("utf-8"))
    for problems in ([], [{**kept["problems"][0], "id": "v1-0123456789"}]):
        ledger.write_text(json.dumps({**kept, "problems": problems}), encoding="utf-8")
        assert rehearse(tmp_path, "--status").returncode == 4
        assert states(tmp_path / "out") == ["inconclusive", "passed", "not_proven"]
    ledger.unlink()
    assert rehearse(tmp_path, "--status").returncode == 4


def test_a_record_that_was_altered_does_not_open_what_its_documents_keep_shut(copy: Path) -> None:
    written(copy, new="djxh,name\n1,甲\n")
    assert rehearse(copy).returncode == 1
    changed_record(copy, code=0, doubts=[], problems=0)
    assert rehearse(copy, "--status").returncode == 4
    found = json.loads((copy / "out" / "rehearsal.json").read_text("utf-8"))
    said = [why["en"] for why in found["gates"][0]["why"]]
    assert "its document says fail, though its command ended well" in said, said


def test_a_try_that_the_record_does_not_know_is_made_again(copy: Path) -> None:
    """As after a kill between the folder and its line: it is no dead end."""
    (copy / "out" / "again" / "02").mkdir()
    assert rehearse(copy).returncode == 0
    assert states(copy / "out") == ["pass", "passed", "passed"]
    assert (copy / "out" / "again" / "03" / "output.txt").is_file()


def test_a_system_that_has_nothing_is_not_drained(tmp_path: Path) -> None:
    """Begun empty, it has no open registrations, and no closed ones either; and it is one of ours."""
    (tmp_path / "drain.yaml").write_text(DRAIN, encoding="utf-8")
    command = "verify {here}/old {here}/new --rules {here}/rules.yaml"
    text = PROGRAMME.partition("  again:")[0].replace(command, "drain {here}/drain.yaml --url {system.gt3}")
    (tmp_path / "programme.yaml").write_text(
        text.replace("stages:", "systems: {gt3: ''}\nstages:"), encoding="utf-8"
    )
    said = rehearse(tmp_path)
    assert said.returncode == 4, said.stdout + said.stderr
    assert "登记: the list has no row at all; is it the right one?" in said.stdout
    assert "Loaded renhai's own reference system, which says nothing about yours: 数据." in said.stdout


def test_a_stage_that_is_tried_again_knows_so(tmp_path: Path) -> None:
    file = written(tmp_path)
    text = PROGRAMME.replace("new --rules", "new{attempt} --rules", 1)
    file.write_text(text, encoding="utf-8")
    shutil.copytree(tmp_path / "new", tmp_path / "new2")
    shutil.copytree(tmp_path / "new", tmp_path / "new1")
    (tmp_path / "new1" / "taxpayer.csv").write_text("djxh,name\n1,甲\n", encoding="utf-8")
    assert rehearse(tmp_path, "--stage", "data").returncode == 1
    assert states(tmp_path / "out") == ["fail", "failed", "not_run"]
    rehearse(tmp_path, "--stage", "data")
    assert states(tmp_path / "out")[1:] == ["passed", "not_run"]


def test_killed_in_the_middle_it_is_not_proven_and_leaves_nobody_behind(tmp_path: Path) -> None:
    file = written(tmp_path)
    text = PROGRAMME.replace(
        "verify {here}/old {here}/new --rules {here}/rules.yaml", "run smoke --set data.taxpayers=2000", 1
    )
    file.write_text(text, encoding="utf-8")
    process = start(tmp_path, "rehearse", str(file), "--out", "out")
    events = tmp_path / "out" / "rehearsal.jsonl"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (events.exists() and '"asked"' in events.read_text("utf-8")):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert "可以上线" not in (tmp_path / "out" / "go.html").read_text("utf-8")
    said = rehearse(tmp_path, "--status")
    assert (said.returncode, "it broke off" in said.stdout) == (4, True), said.stdout + said.stderr
    while time.monotonic() < until and any(_below(tmp_path)):
        time.sleep(0.1)
    assert list(_below(tmp_path)) == []


def _below(folder: Path) -> Iterator[str]:
    """Command lines of processes that work in a folder."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes()
            if str(folder).encode() in words or str(path.joinpath("cwd").readlink()).startswith(str(folder)):
                yield words.decode(errors="replace")
        except OSError:
            continue

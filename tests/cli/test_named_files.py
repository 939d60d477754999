"""Files that a programme names are opened before its first stage: what is wrong in one is told by the line of
the programme and the file's own, all at once; what a command makes first is not asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.main import get_command

from renhai.checks.rehearsal.whole import LOADS, OTHERS, Rehearsal
from renhai.cli.app import app, run_cli
from renhai.cli.programme.kinds import KINDS
from renhai.cli.programme.named_files import Walk
from renhai.core import home
from renhai.core.errors import USAGE
from renhai.spec.cutover.programme.model import DOCUMENTS, NO_QUESTION

HEAD = "name: golive\ntitle: 上线\nopens: 2015-10-08\nsystems: {gt3: ''}\nstages:\n"
STAGE = """\
  NAME:
    title: 压测
    owner: 李四
    begins: 2015-09-10
    ends: 2015-09-10
    prepare: PREPARE
    command: COMMAND
"""
LINE = len(HEAD.splitlines()) + len(STAGE.splitlines())  # of the first stage's command
OLD = "djxh,name\n1,甲\n"
RULES = "name: county\nbatches: {taxpayer: {key: [djxh], columns: {name: {}}}}\n"
DRAIN = """\
name: county
target: reference
until: "2015-10-08T00:00:00+08:00"
open:
  - {name: 在途, list: case.lists}
booked:
  - {name: 预约户, list: registration.list, rows: rows, since: "2015-10-07T08:00:00+08:00",
     stored: received, taxpayer: nsrsbh, file: booked.csv}
stock:
  old: {file: old.csv}
  keeper: {file: keeper.csv, by: 张三, blind: true}
  checker: {file: checker.csv, by: 李四, blind: true}
"""
COUNT = "kind,code,first,last\nA,1,1,9\n"
MADE = "verify {out}/batch/old {out}/batch/new --rules {out}/batch/rules.yaml"
MAKES = '["generate batch all --count 1 --out {out}/batch"]'


def stage(command: str, name: str = "load", prepare: str = "[]") -> str:
    return STAGE.replace("NAME", name).replace("PREPARE", prepare).replace("COMMAND", f'"{command}"')


def opened(folder: Path, *stages: str) -> Rehearsal:
    file = folder / "p.yaml"
    file.write_text(HEAD + "".join(stages), encoding="utf-8")
    return Rehearsal.opened(file, folder / "out", lambda line: None)


def told(found: Rehearsal, *only: str) -> list[str]:
    """What is said before the first stage, the folder left out."""
    problems = Walk(get_command(app), found, found.coming(only)).problems()
    return [str(one).replace(f"{found.path.parent}/", "") for one in problems]


class Wrong(NamedTuple):
    """A command, the files beside the programme, and what is to be said of each mistake."""

    command: str
    files: dict[str, str]
    said: tuple[tuple[str, ...], ...]


WRONG: dict[str, list[Wrong]] = {
    "run": [
        Wrong("run {here}/mine.yaml", {"mine.yaml": "name: mine\nloat: 3\n"},
              (("mine.yaml:1: thresholds is missing",), ("mine.yaml:2: loat",))),
        Wrong("run smoke --target {here}/gone.yaml", {}, (("gone.yaml",),)),
        Wrong("run smoke --target {here}/t.yaml", {"t.yaml": "name: t\nopperations: {}\n"},
              (("t.yaml:1: environment is",), ("t.yaml:1: url is missing",), ("t.yaml:2: opperations",))),
        Wrong("run smoke --set data.texpayers=5", {}, (("texpayers",),)),
        Wrong("run smoke --baseline {here}/kept", {}, (("kept: is not there",),)),
        Wrong("run smoke --baseline {here}/kept", {"kept/baseline.json": "{"}, (("kept/baseline.json",),)),
    ],
    "duel": [Wrong("duel smoke --a {here}/gone.yaml --b http://127.0.0.1:9", {}, (("gone.yaml",),))],
    "compare": [
        Wrong("compare {here}/a --with {here}/b", {}, (("a: is not there",), ("b: is not there",))),
        Wrong("compare {here}/a --with {here}/b", {"a/run.json": "{", "b/run.json": "[]"},
              (("a/run.json",), ("b/run.json",))),
    ],
    "verify": [
        Wrong("verify {here}/old {here}/nwe --rules {here}/r.yaml", {"old/taxpayer.csv": OLD},
              (("nwe: is not there",), ("r.yaml: is not there",))),
        Wrong("verify {here}/old {here}/new --rules {here}/r.yaml",
              {"old/taxpayer.csv": OLD, "new/taxpayer.csv": OLD, "r.yaml": "name: county\nbatchs: {}\n"},
              (("r.yaml:2: batchs is not a known key; did you mean 'batches'?",),)),
        Wrong("verify {here}/old {here}/new --rules {here}/r.yaml",
              {"old/taxpayers.csv": OLD, "new/taxpayer.csv": OLD, "r.yaml": RULES},
              (("old: holds no taxpayer.csv",),)),
        Wrong("verify {here}/old {here}/new --rules {here}/r.yaml",
              {"old/taxpayer.csv": "djxh,nam\n1,甲\n", "new/taxpayer.csv": OLD, "r.yaml": RULES},
              (("r.yaml: batches.taxpayer", "name"),)),
        Wrong("verify {here}/old {here}/new --rules {here}/r.yaml",
              {"old/taxpayer.csv": "", "new/taxpayer.csv": "djxh,name,djxh\n", "r.yaml": RULES},
              (("old/taxpayer.csv: is empty",), ("new/taxpayer.csv:1: names djxh twice",))),
    ],
    "replay": [
        Wrong("replay {here}/day.ndjson --new reference --rules {here}/r.yaml", {},
              (("day.ndjson: is not there",), ("r.yaml: is not there",))),
        Wrong("replay {here}/day.ndjson --old ctais --new refrence --rules {here}/r.yaml",
              {"day.ndjson": "{}\n", "r.yaml": "tabels: {}\n"},
              (("r.yaml:1: tabels",), ("refrence",), ("day.ndjson:1",))),
        Wrong("replay {out}/day.ndjson --new reference --deadline noon", {},
              (("day.ndjson: is not there",), ("--deadline noon",))),
    ],
    "drain": [
        Wrong("drain {here}/d.yaml --url {system.gt3}", {}, (("d.yaml: is not there",),)),
        Wrong("drain {here}/d.yaml --url {system.gt3}",
              {"d.yaml": DRAIN, "old.csv": COUNT, "keeper.csv": "a,b\n"},
              (("d.yaml:5: open[0].list is case.lists", "did you mean"),
               ("d.yaml:8: booked[0].file cannot be used: booked.csv cannot be read",),
               ("d.yaml:11: stock.keeper.file cannot be used: keeper.csv has no column kind",),
               ("d.yaml:12: stock.checker.file cannot be used: checker.csv cannot be read",))),
    ],
    "audit": [
        Wrong("audit {here}/run", {}, (("run: is not there",),)),
        Wrong("audit {here}/run --target {here}/gone.yaml --export a.b={here}/gone.csv",
              {"run/none.txt": ""}, (("run has no load.py",), ("a.b=", "gone.csv is not there"))),
        Wrong("audit {evidence.first} --target {here}/gone.yaml --receipts {here}/gone.jsonl", {},
              (("gone.jsonl: is not there",), ("gone.yaml",))),
    ],
    "papers": [
        Wrong("papers {here}/run", {}, (("run: is not there",),)),
        Wrong("papers {evidence.first} --target {here}/gone.yaml --papers {here}/gone.jsonl", {},
              (("gone.jsonl: is not there",), ("gone.yaml",))),
    ],
}  # fmt: skip


def test_every_command_that_opens_a_gate_is_among_them() -> None:
    assert set(WRONG) == set(DOCUMENTS)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(one, id=f"{kind} {number}")
        for kind in DOCUMENTS
        for number, one in enumerate(WRONG[kind])
    ],
)
def test_what_a_stage_names_is_judged_before_the_first_one(tmp_path: Path, wrong: Wrong) -> None:
    for name, text in wrong.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = opened(tmp_path, stage("run smoke", "first"), stage(wrong.command))
    lines = told(found)
    line = LINE + len(STAGE.splitlines())
    assert len(lines) == len(wrong.said), lines
    for one in lines:
        assert one.startswith(f"p.yaml:{line}: stages.load.command is {wrong.command.split()[0]} "), one
    said = [one.partition("; ")[2] for one in lines]  # behind the command itself
    for words in wrong.said:  # of one file's mistakes none comes first
        assert sum(all(word in one for word in words) for one in said) == 1, (words, said)


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(path), command
    for name, one in getattr(command, "commands", {}).items():
        yield from leaves(one, (*path, name))


def is_path(parameter: Any) -> bool:
    """By its annotation, which Typer keeps; click's own, of versions before, by its type."""
    described = getattr(parameter, "type_descriptor", None)
    if described is None:
        return parameter.type.name in ("path", "file", "directory")
    return "Path" in repr(described.annotation)


PARTLY = {("trend", "directory")}  # a folder, or the word accept: its own check tells them apart


def test_no_command_of_renhai_names_a_file_that_is_not_judged() -> None:
    """A command or an option that is new fails here until it stands in KINDS."""
    known = {name: one for name, one in leaves(get_command(app)) if name not in NO_QUESTION}
    assert set(known) == set(KINDS)
    for name, command in known.items():
        paths = {one.name for one in command.params if is_path(one)}
        kind = KINDS[name]
        declared = {*kind.reads, *kind.writes, *(what for of, what in PARTLY if of == name)}
        assert paths == declared, name


def test_every_command_that_sends_load_is_told_of_earlier_ones_by_a_rehearsal(tmp_path: Path) -> None:
    takes = {
        name
        for name, command in leaves(get_command(app))
        if any(one.name == "others_than" for one in command.params)
    }
    assert takes == {" ".join(words) for words in LOADS} == {"run", "duel", "baseline update"}
    found = opened(tmp_path, stage("run smoke"))
    told = [OTHERS, str(found.folder)]
    for words, after in (
        (["run", "--out", "x", "own.yaml", "--", "Visitor"], 1),
        (["duel", "smoke", "--a", "x", "--b", "y"], 1),
        (["baseline", "update", "smoke", "--to", "x"], 2),
    ):
        assert found._with_others(words) == [*words[:after], *told, *words[after:]]
    for words in (
        ["run", "smoke", OTHERS, "mine"], ["run", "smoke", f"{OTHERS}=mine"], ["check", "smoke"],
        ["drain", "d.yaml"], ["baseline", "show"], ["audit", "x"],
    ):  # fmt: skip
        assert found._with_others(words) == words


def test_all_mistakes_are_told_at_once_and_nothing_has_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = opened(
        tmp_path,
        stage("run smoke", "first", '["generate batch taxpayer --count 1 --out {out}/batch"]'),
        stage("run smok", "second"),
        stage("audit {evidence.second} --receipts {here}/gone.jsonl", "third"),
        stage("drain {here}/gone.yaml", "fourth"),
    )
    assert run_cli(["rehearse", str(found.path), "--out", str(found.folder)]) == USAGE
    said = capsys.readouterr()
    places = [line.partition(" is ")[0].replace(f"{tmp_path}/", "") for line in said.err.splitlines()]
    assert places == [
        "p.yaml:19: stages.second.command", "p.yaml:11: stages.first.prepare[0]",
        "p.yaml:26: stages.third.command", "p.yaml:33: stages.fourth.command",
    ]  # fmt: skip
    assert said.out == "" and not (found.folder / "rehearsal.jsonl").exists()


@pytest.mark.parametrize(
    ("prepare", "command"),
    [
        (MAKES, MADE),
        ('["journal make changsha/dual_track --transactions 5 --out {out}/day.ndjson"]',
         "replay {out}/day.ndjson --old ctais --new reference"),
        ('["drill papers {evidence.first} --out {here}/booked.csv"]',
         "drain {here}/d.yaml --url {system.gt3}"),
        ("[]", "audit {evidence.first}"),
        ("[]", "run smoke --target {system.gt3} --seed 1{attempt}"),
    ],
)  # fmt: skip
def test_what_a_command_before_makes_is_not_asked_for(tmp_path: Path, prepare: str, command: str) -> None:
    text = DRAIN.replace("case.lists", "registration.list").replace("keeper.csv", "old.csv")
    (tmp_path / "d.yaml").write_text(text.replace("checker.csv", "./old.csv"), encoding="utf-8")
    (tmp_path / "old.csv").write_text(COUNT, encoding="utf-8")
    assert told(opened(tmp_path, stage("run smoke", "first"), stage(command, prepare=prepare))) == []


def test_who_makes_it_must_be_there_and_come_before(tmp_path: Path) -> None:
    makes = '["generate batch all --count 1 --out {here}/batch"]'
    verify = "verify {here}/batch/old {here}/batch/new --rules {here}/batch/rules.yaml"
    early = told(opened(tmp_path, stage(verify, "first"), stage("run smoke", prepare=makes)))
    assert len(early) == 3
    assert all(
        line.endswith("is made by stage load, which comes later; move it before first") for line in early
    )
    assert told(opened(tmp_path, stage("run smoke", "first", makes), stage(verify))) == []
    nobody = told(opened(tmp_path, stage("run smoke", "first"), stage(MADE)))
    assert [line.rpartition("; ")[2] for line in nobody] == ["correct the name, or put it there"] * 3


def test_who_makes_it_must_not_be_skipped(tmp_path: Path) -> None:
    makes = '["generate batch all --count 1 --out {here}/batch"]'
    found = opened(
        tmp_path,
        stage("run smoke", "first", makes),
        stage("verify {here}/batch/old {here}/batch/new --rules {here}/batch/rules.yaml", "second"),
        stage("audit {evidence.first}", "third"),
    )
    assert told(found) == []
    found.skip("first", "王五", "no disk")
    lines = told(found)
    assert len(lines) == 4
    assert all("which is skipped; run that stage, or skip" in line for line in lines)
    assert lines[-1].startswith(
        "p.yaml:26: stages.third.command has {evidence.first}: nothing was left by stage"
    )
    found.skip("second", "王五", "no disk")
    found.skip("third", "王五", "no disk")
    assert told(found) == []


def test_what_has_passed_is_not_asked_for_again(tmp_path: Path) -> None:
    """The second try would need a folder that is not there; there will be none."""
    for side in ("old", "new1"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "taxpayer.csv").write_text(OLD, encoding="utf-8")
    (tmp_path / "r.yaml").write_text(RULES, encoding="utf-8")
    found = opened(tmp_path, stage("verify {here}/old {here}/new{attempt} --rules {here}/r.yaml"))
    assert told(found) == []
    asked = found._asks(found.programme.stages["load"])
    found.events.add("begun", at="2026-01-01T00:00:00Z", stage="load", attempt=1)
    found.events.add("asked", stage="load", attempt=1, asks=asked)
    (found.folder / "verify.json").write_text('{"verdict": "pass"}', encoding="utf-8")
    kept = {"verify.json": hashlib.sha256(b'{"verdict": "pass"}').hexdigest()}
    found.events.add("ended", at="2026-01-01T00:00:01Z", stage="load", attempt=1, code=0, documents=kept)
    (found.folder / "load" / "01").mkdir(parents=True)
    assert (found.coming(()), told(found)) == ([], [])
    (line,) = told(found, "load")  # unless it is asked for
    assert "new2: is not there" in line


def test_the_shipped_programme_names_nothing_that_is_not_there(tmp_path: Path) -> None:
    path = home.scenarios() / "changsha" / "golive.yaml"
    assert told(Rehearsal.opened(path, tmp_path, lambda line: None)) == []


def test_what_a_file_says_is_told_in_the_persons_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    found = opened(
        tmp_path, stage("drain {here}/gone.yaml"), stage("run smoke --set data.texpayers=5", "more")
    )
    assert run_cli(["rehearse", str(found.path), "--out", str(found.folder)]) == USAGE
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("gone.yaml: 不存在；请改正名称，或放到该处")
    assert second.endswith("--set data.texpayers=5: data.texpayers 不是已知的键；是否想写 'taxpayers'？")

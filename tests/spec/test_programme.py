"""Programmes: what is refused, by line, before a stage begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.spec.cutover.programme.loader import load_programme

HEAD = "name: golive\ntitle: 上线\nopens: 2015-10-08\nstages:\n"
DATA = """\
  data:
    title: 数据
    owner: 张三
    begins: 2015-08-20
    ends: 2015-09-05
    command: verify old new --rules r.yaml
"""
LOAD = """\
  load:
    title: 压测
    owner: 李四
    begins: 2015-09-10
    ends: 2015-09-18
    command: run smoke
"""


def refused(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "p.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        load_programme(file)
    return [str(one).replace(f"{tmp_path}/", "") for one in error.value.problems]


def test_the_stage_above_is_waited_for_unless_it_says_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(HEAD + DATA + LOAD, encoding="utf-8")
    found = load_programme(file)
    assert (found.after("data"), found.after("load")) == ((), ("data",))
    file.write_text(HEAD + DATA + LOAD + "    after: []\n", encoding="utf-8")
    assert load_programme(file).after("load") == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ends: 2015-09-05", "ends: 2015-08-19",
         "p.yaml:6: stages.data ends on 2015-08-19, before it begins on 2015-08-20; correct one of both"),
        ("begins: 2015-09-10", "begins: 2015-09-04",
         "p.yaml:14: stages.load.begins is 2015-09-04, before data ends on 2015-09-05; its gate is not open "
         "by then"),
        ("ends: 2015-09-18", "ends: 2015-10-09",
         "p.yaml:15: stages.load.ends is 2015-10-09, after the opening on 2015-10-08; it would answer too "
         "late"),
        ("ends: 2015-09-18", "ends: 18 September",
         "p.yaml:15: stages.load.ends is 18 September; must be a day, such as 2015-10-08"),
        ("command: run smoke", "command: generate taxpayers",
         "p.yaml:16: stages.load.command is generate taxpayers; leaves no verdict that a gate could go by; "
         "commands that do: run, duel, compare, verify, replay, drain, audit, "
         "papers"),
        ("command: run smoke", "command: run smoke --out here",
         "p.yaml:16: stages.load.command is run smoke --out here; has --out; the rehearsal says where "
         "evidence "
         "goes, so leave it out"),
        ("command: run smoke", "command: audit {evidence.lode}",
         "p.yaml:16: stages.load.command has {evidence.lode}, which stands for nothing here; known: "
         "attempt, evidence.data, here, out"),
        ("command: run smoke", "command: run smoke\n    after: [load]",
         "p.yaml:17: stages.load.after is load, which does not stand above load; such a gate could never "
         "open"),
        ("command: run smoke", "command: run smoke\n    after: [dada]",
         "p.yaml:17: stages.load.after[0] is dada; no such stage; did you mean 'data'?"),
        ("command: run smoke", "command: run smoke\n    problems: -1",
         "p.yaml:17: stages.load.problems is -1; must be >= 0"),
        ("owner: 李四", "owner: ''", "p.yaml:13: stages.load.owner is \"\"; must be a line of text"),
        ("command: run smoke", "command: run 'smoke",
         "p.yaml:16: stages.load.command is run 'smoke; has a quote that does not end (No closing "
         "quotation)"),
        ("command: run smoke", "command: run smoke\n    prepare: [target --port 80]",
         "p.yaml:17: stages.load.prepare[0] is target --port 80; is nothing that prepares a stage; give a "
         "command that ends by itself"),
        ("title: 上线", "title: 上线\nsystems: {gt3: --port 80}",
         "p.yaml:3: systems.gt3 is --port 80; has --port; the rehearsal says where a system answers and "
         "keeps "
         "its data"),
    ],
)  # fmt: skip
def test_what_could_never_be_proven_is_refused_by_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = HEAD + DATA + LOAD
    assert text.count(old) == 1
    assert refused(tmp_path, text.replace(old, new)) == [said]


def test_a_programme_without_stages_is_refused(tmp_path: Path) -> None:
    assert len(refused(tmp_path, HEAD.replace("stages:", "stages: {}"))) == 1


def test_two_stages_of_one_name_are_refused_by_line(tmp_path: Path) -> None:
    twice = DATA + DATA.replace("title: 数据", "title: 再来")
    (said,) = refused(tmp_path, HEAD + twice + LOAD)
    assert said.startswith("p.yaml:11: ") and "data" in said and "twice" in said


def test_stages_that_wait_for_each_other_are_refused_by_line(tmp_path: Path) -> None:
    text = HEAD + DATA + "    after: [load]\n" + LOAD + "    after: [data]\n"
    circle = (
        "p.yaml:11: stages.data.after is load, which does not stand above data; such a gate could never open"
    )
    assert circle in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    owner: 张三\n", "", "stages.data.owner is missing; add it"),
        ("    ends: 2015-09-05\n", "", "stages.data.ends is missing; add it"),
        ("command: run smoke", "command: run smoke\n    gate: always", "gate"),
        ("begins: 2015-08-20", "begins: 2015-02-30", "2015-02-30; must be a day"),
        ("opens: 2015-10-08", "opens: 2015-08-01", "after the opening on 2015-08-01"),
    ],
)
def test_what_lacks_or_is_unknown_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = HEAD + DATA + LOAD
    assert text.count(old) == 1
    found = refused(tmp_path, text.replace(old, new))
    assert any(said in one and one.startswith("p.yaml:") for one in found), found

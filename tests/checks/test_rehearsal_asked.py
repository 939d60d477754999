"""What a stage asks changes with every file that its question rests on, and with no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.checks.rehearsal import asked
from renhai.checks.rehearsal.asked import asks
from renhai.checks.rehearsal.problems import Problems
from renhai.spec.cutover.programme.loader import load_programme

PROGRAMME = """
name: trial
title: 试演
opens: 2030-10-08
stages:
  load:
    title: 压测
    owner: 李四
    begins: 2030-09-06
    ends: 2030-09-07
    command: run {here}/load.yaml WITH
"""
FILES = {
    "load.yaml": "target: ./lab.yaml\nload: {bureau: {file: ./county.yaml}}\n"
    "data: {table: rows.csv, booked: booked.TXT, list: hall}\n",
    "lab.yaml": "url: http://10.0.0.1\npapers: {notice: ./form.yaml}\n",
    "other.yaml": "url: http://10.0.0.9\n",
    "county.yaml": "desks: 3\n",
    "rows.csv": "a\n1\n",
    "booked.TXT": "a\n1\n",
    "hall": "a\n1\n",
    "form.yaml": "page: 1\n",
    "stranger.yaml": "a: 1\n",
}


def question(folder: Path, options: str = "") -> str:
    for name, text in FILES.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    file = folder / "programme.yaml"
    file.write_text(PROGRAMME.replace("WITH", options), encoding="utf-8")
    programme = load_programme(file)
    return asks(programme, programme.stages["load"], folder)


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("stranger.yaml", "other.yaml")])
def test_evidence_of_another_target_answers_another_question(tmp_path: Path, name: str) -> None:
    before = question(tmp_path)
    assert question(tmp_path) == before
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("# other\n")
    assert question(tmp_path) != before


def test_a_target_that_the_command_names_is_part_of_it(tmp_path: Path) -> None:
    options = "--target {here}/other.yaml"
    before = question(tmp_path, options)
    (tmp_path / "other.yaml").write_text("url: http://10.0.0.8\n", encoding="utf-8")
    assert question(tmp_path, options) != before


def test_what_nobody_names_is_no_part_of_it(tmp_path: Path) -> None:
    before = question(tmp_path)
    (tmp_path / "stranger.yaml").write_text("a: 2\n", encoding="utf-8")
    assert question(tmp_path) == before


def test_the_standard_posts_are_part_of_what_a_load_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No scenario names their file, and each may have its desks."""
    own = tmp_path / "home"
    (own / "posts").mkdir(parents=True)
    posts = own / "posts" / "standard.yaml"
    posts.write_text("posts: {}\n", encoding="utf-8")
    monkeypatch.setattr(asked.home, "scenarios", lambda: own)
    before = question(tmp_path)
    assert question(tmp_path) == before
    posts.write_text("posts: {desk: {think_time: 1s}}\n", encoding="utf-8")
    assert question(tmp_path) != before


def test_every_file_of_a_folder_is_part_of_it_however_many_there_are(tmp_path: Path) -> None:
    """The last of 10,001, as a batch may come in as many files."""
    folder = tmp_path / "old"
    folder.mkdir()
    for number in range(10_001):
        (folder / f"{number:05d}.csv").touch()
    text = PROGRAMME.replace("run {here}/load.yaml WITH", "verify {here}/old {here}/new --rules r.yaml")
    (tmp_path / "programme.yaml").write_text(text, encoding="utf-8")
    programme = load_programme(tmp_path / "programme.yaml")
    before = asks(programme, programme.stages["load"], tmp_path)
    (folder / "10000.csv").write_text("a\n", encoding="utf-8")
    assert asks(programme, programme.stages["load"], tmp_path) != before


def test_a_ledger_that_lost_problems_is_not_believed(tmp_path: Path) -> None:
    told: list[str] = []
    problems = Problems(tmp_path / "ledger.json")
    assert problems.merged([], told.append) == 0
    assert problems.merged([], told.append, at_least=2) is None
    assert len(told) == 1

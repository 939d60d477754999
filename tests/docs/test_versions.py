"""CHANGELOG.md names the version that this is, newest first; other documents name no other."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import renhai
from renhai.core.machine.environment import versions

ROOT = Path(__file__).resolve().parents[2]
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]  # in the order of Keep a Changelog
NAMING = re.compile(r"renhai[-:](\d+\.\d+\.\d+)")  # a wheel, an image


def test_the_top_section_of_the_changelog_is_this_version() -> None:
    heads = [line for line in CHANGES.splitlines() if line.startswith("## ")]
    found = [re.fullmatch(r"## (\d+\.\d+\.\d+), (\d{4}-\d\d-\d\d)", head) for head in heads]
    assert all(found), heads
    pairs = [(match[1], date.fromisoformat(match[2])) for match in found if match]
    assert pairs[0][0] == renhai.__version__
    numbers = [tuple(map(int, version.split("."))) for version, _ in pairs]
    assert numbers == sorted(set(numbers), reverse=True)
    assert [day for _, day in pairs] == sorted((day for _, day in pairs), reverse=True)


def test_each_entry_of_the_top_section_stands_under_one_of_the_six_kinds() -> None:
    top = CHANGES.split("\n## ")[1]
    preamble, *parts = top.split("\n### ")
    assert "- " not in preamble.partition("\n")[2]
    names = [part.partition("\n")[0] for part in parts]
    assert names == [kind for kind in KINDS if kind in names]
    assert all("\n- " in part for part in parts)


def test_a_version_that_is_out_gets_no_further_entries() -> None:
    first = CHANGES.split("\n## 0.1.0")[1]
    assert len(re.findall(r"^- ", first, re.MULTILINE)) == 15


def test_wheels_and_images_in_documents_have_this_version() -> None:
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "deploy").rglob("*")]
    named = {
        (file.relative_to(ROOT).as_posix(), version)
        for file in files
        if file.is_file() and file.name != "CHANGELOG.md"
        for version in NAMING.findall(file.read_text(encoding="utf-8"))
    }
    assert {version for _, version in named} == {renhai.__version__}
    assert {file for file, _ in named} >= {
        "README.md",
        "README.zh.md",
        "deploy/README.md",
        "deploy/Containerfile",
    }


def test_a_run_says_the_version_of_the_program_that_ran() -> None:
    assert versions()["renhai"] == renhai.__version__

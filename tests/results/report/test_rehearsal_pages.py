"""What a rehearsal leaves: its document, its report for a build server, and how sure one may be of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from results.checks.ledger.model import write_ledger
from results.checks.rehearsal import Attempt, Overview, PlannedStage, Why, standing
from results.errors import SnapshotError
from results.report.html import rehearsal
from results.report.html.rehearsal import FILES, rehearsal_junit, render, write_rehearsal
from results.report.terminal.rehearsal import lines
from results.report.words.rehearsal import confidence
from results.snapshot.files import write_whole
from tests.results.checks.audits import LATER, LOST, audit, ledger_of, only

ABOUT: dict[str, Any] = {
    "name": "golive", "title": "上线", "title_en": "Opening", "build": "2.4", "opens": "2015-10-08",
    "renhai": "0.2.0", "at": "2015-09-30T08:00:00Z", "calendar": "planned",
}  # fmt: skip


def stood(*codes: int | None, waits: bool = False) -> Overview:
    """A stage for each code, tried once with it; None: never tried. waits: each for the one before."""
    stages = [
        PlannedStage(f"s{n}", f"阶段{n}", f"Stage {n}", "张三", "2015-09-01", "2015-09-05",
                     (f"s{n - 1}",) if waits and n else (), "asked")
        for n in range(len(codes))
    ]  # fmt: skip
    tried = {
        f"s{n}": [Attempt(1, "2015-09-01T01:00:00Z", (2 * n, 2 * n + 1), "asked", code=code)]
        for n, code in enumerate(codes)
        if code is not None
    }
    return standing(stages, tried, {})


def cases(stands: Overview) -> dict[str, tuple[str, str]]:
    """The outcome and the words of each case, by its name."""
    root = ElementTree.fromstring(rehearsal_junit(ABOUT, stands))
    found = {}
    for case in root.iter("testcase"):
        (kind, said) = next(((one.tag, one.get("message") or "") for one in case), ("", ""))
        found[str(case.get("name"))] = (kind, said)
    return found


def test_a_build_server_sees_each_gate_as_it_stands() -> None:
    assert cases(stood(0, 1, None, 3)) == {
        "may we open": ("failure", "At least one gate was tried and did not open."),
        "s0": ("", ""),
        "s1": ("failure", "its command found a failure"),
        "s2": ("error", "it was never run"),
        "s3": ("error", "its measurement is invalid"),
    }
    assert cases(stood(0, None))["may we open"][0] == "error"
    assert cases(stood(0, 0)) == {"may we open": ("", ""), "s0": ("", ""), "s1": ("", "")}


def test_its_files_say_the_same(tmp_path: Path) -> None:
    stands = stood(0, None)
    assert write_rehearsal(tmp_path, ABOUT, stands) == [tmp_path / "go.html", tmp_path / "programme.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "go.html", "junit.xml", "programme.html", "rehearsal.json"
    ]  # fmt: skip
    document = json.loads((tmp_path / "rehearsal.json").read_text("utf-8"))
    assert (document["schema"], document["name"], document["verdict"]) == (2, "golive", "inconclusive")
    assert [(one["stage"]["name"], one["state"]) for one in document["gates"]] == [
        ("s0", "passed"), ("s1", "not_run")
    ]  # fmt: skip
    assert (tmp_path / "junit.xml").read_text("utf-8") == rehearsal_junit(ABOUT, stands)
    assert "NOT PROVEN" in (tmp_path / "go.html").read_text("utf-8")


def test_a_stage_that_another_waits_for_is_called_by_its_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every language and every file, as a name such as s0 says nothing to a reader."""
    stands = stood(1, 0, waits=True)
    en, zh = "it stands on Stage 0, whose gate is not open", "以 阶段0 为前提，而其关口未开"
    for page in ("go", "programme"):
        text = render(page, ABOUT, stands)
        assert en in text and zh in text
    assert cases(stands)["s1"] == ("error", en)
    write_rehearsal(tmp_path, ABOUT, stands)
    document = json.loads((tmp_path / "rehearsal.json").read_text("utf-8"))
    assert document["gates"][1]["why"] == [{"en": en, "zh": zh, "stage": "s0"}]
    for language, said in (("en", en), ("zh", zh)):
        monkeypatch.setenv("RENHAI_LANG", language)
        assert f"    - {said} (" in "\n".join(lines(ABOUT, stands))


def test_a_title_that_is_a_sentence_of_ours_stays_as_it_is() -> None:
    """Whatever a user calls a stage, words of ours or braces: nothing is put into it, nor translated."""
    first, second = stood(1, 0, waits=True).gates
    for title in ("it was never run", "{} {0}", "s1, whose gate is not open"):
        (why,) = second.why
        named = replace(why, stage=replace(first.stage, title=title, title_en=title))
        assert named.said(0) == f"it stands on {title}, whose gate is not open"
        assert named.said(1) == f"以 {title} 为前提，而其关口未开"


@pytest.mark.parametrize("name", FILES)
def test_where_one_cannot_be_written_none_is_left_that_says_go(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rehearsal(tmp_path, ABOUT, stood(0, 0))
    assert "可以上线" in (tmp_path / "go.html").read_text("utf-8")

    def full(path: Path, text: str) -> None:
        if path.name == name:
            raise SnapshotError(str(path), "cannot be written: No space left on device", "free the disk")
        write_whole(path, text)

    monkeypatch.setattr(rehearsal, "write_whole", full)
    with pytest.raises(SnapshotError):
        write_rehearsal(tmp_path, ABOUT, stood(0, 1))
    assert list(tmp_path.iterdir()) == []


def test_the_programme_leads_to_the_ledger_once_there_is_one(tmp_path: Path) -> None:
    def programme() -> str:
        write_rehearsal(tmp_path, ABOUT, stood(0, 0))
        return (tmp_path / "programme.html").read_text("utf-8")

    assert "ledger.html" not in programme() and not (tmp_path / "ledger.html").exists()
    ledger = ledger_of(audit(LOST))
    write_ledger(tmp_path / "ledger.json", ledger)
    shown = programme()
    link = '<a href="ledger.html"><span lang="en">problem ledger: 1 problem, 1 not solved</span>'
    assert link in shown and "问题台账：1 个问题，1 个未解决" in shown
    page = (tmp_path / "ledger.html").read_text("utf-8")
    assert only(ledger).id in page
    only(ledger).say(LATER, "solved", "张三", "")
    write_ledger(tmp_path / "ledger.json", ledger)
    assert "1 problem, 0 not solved" in programme()
    (tmp_path / "ledger.json").write_text("{}")  # no ledger any more: no page says what once stood in it
    assert "ledger.html" not in programme() and not (tmp_path / "ledger.html").exists()


def test_gates_that_rest_on_a_single_try_are_counted() -> None:
    """Of two that passed and one that failed, all tried once, two; a second try makes it one."""

    def said(stands: Overview) -> list[str]:
        return [one.en for one in confidence(ABOUT, stands)]

    stands = stood(0, 0, 1)
    assert said(stands) == ["2 of 3 gates are proven.", "2 of them rest on a single try."]
    first, *others = stands.gates
    again = replace(first, attempts=(*first.attempts, replace(first.attempts[0], number=2, order=(8, 9))))
    assert said(replace(stands, gates=(again, *others)))[1] == "1 of them rest on a single try."
    assert said(stood(1, None)) == ["0 of 2 gates are proven."]


def test_the_programme_names_stages_by_title_and_its_bars_have_a_scale() -> None:
    """From 1 September to the opening on 8 October are 38 days: the middle is 20 September."""
    stands = stood(0, 1)
    first, second = stands.gates
    waits = replace(second, stage=replace(second.stage, after=("s0",)))
    page = render("programme", ABOUT, replace(stands, gates=(first, waits)))
    assert "<span>2015-09-01</span><span>2015-09-20</span><span>2015-10-08</span>" in page
    title = '<span lang="en">Stage 0</span><span lang="zh">阶段0</span>'
    assert f'<span lang="en">after: </span><span lang="zh">前置：</span>{title}</p>' in page
    assert '<a href="s0/01/output.txt">' in page, "what has no page has what its command printed"
    assert "✗ <span" in page


def test_reasons_of_a_gate_are_apart_in_each_language() -> None:
    failed = stood(1)
    gate = replace(failed.gates[0], why=(Why("it was never run"), Why("it is late")))
    page = render("go", ABOUT, replace(failed, gates=(gate,)))
    assert '<span lang="en">; </span><span lang="zh">；</span>' in page

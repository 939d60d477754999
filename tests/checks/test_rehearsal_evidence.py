"""What a stage's command left: each kind of document is read, and a damaged one is told, never believed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from renhai.checks.rehearsal.evidence import again, began, documents, doubts
from renhai.cli.app import run_cli
from tests.docs.markdown import ROOT


def test_a_drain_is_told_in_a_line(tmp_path: Path) -> None:
    stock = ROOT / "docs" / "examples" / "drain" / "stock.yaml"
    assert run_cli(["drain", str(stock), "--out", str(tmp_path)]) == 1
    (found,) = documents(["drain", str(stock)], tmp_path, 0)
    assert (found.verdict, found.headline.en) == ("fail", "0 open, 1,100 numbers in stock, 105 findings")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "{}", '{"verdict": 1}', '{"verdict": "pass", "stock": {"numbers": 5}}',
     '{"verdict": "pass", "total": "many"}', '{"verdict": "inconclusive"}', '{"verdict": "fail"}'],
)  # fmt: skip
def test_a_document_that_cannot_be_read_opens_no_gate(tmp_path: Path, text: str) -> None:
    (tmp_path / "drain.json").write_text(text, encoding="utf-8")
    command = ["drain", "x.yaml"]
    assert list(doubts(command, 0, documents(command, tmp_path, 0)))


@pytest.mark.parametrize("folder", ["audits", "papers"])
def test_an_audit_of_damaged_text_opens_no_gate(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    command = [folder.removesuffix("s") if folder == "audits" else folder, str(tmp_path)]
    for text in ("[]", '{"counts": 5}', json.dumps({"state": "nothing", "counts": {}})):
        (tmp_path / folder / "20150911T080000Z.json").write_text(text, encoding="utf-8")
        assert list(doubts(command, 0, documents(command, tmp_path, 0))), text


def test_no_document_at_all_opens_no_gate(tmp_path: Path) -> None:
    assert list(doubts(["verify", "a", "b"], 0, documents(["verify", "a", "b"], tmp_path, 0)))


AUDITED = {"state": "audited", "counts": {"stable": 3}}
RUN = "20150911T080000Z-smoke-1a2b3c"


def kept(path: Path, document: object) -> dict[str, str]:
    """The document written, and its digest by its path below the folder of a rehearsal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}


def test_a_later_audit_of_the_same_run_that_failed_outweighs_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / RUN / "audits"
    known = kept(folder / "20150911T090000Z.json", AUDITED)
    assert again(["audit", str(tmp_path / RUN)], 0, known, folder) == ((), (), "2015-09-11T08:00:00Z")
    kept(folder / "20150912T090000Z.json", {"state": "incomplete", "counts": {"stable": 2}})
    assert again(["audit", str(tmp_path / RUN)], 0, known, folder).doubts == ()  # which could not tell
    kept(folder / "20150913T090000Z.json", {"state": "audited", "counts": {"stable": 2, "lost": 1}})
    assert again(["audit", str(tmp_path / RUN)], 0, known, folder).doubts == (
        "a later look at the same run failed: 20150913T090000Z.json",
    )


@pytest.mark.parametrize(
    ("known", "doubt"),
    [
        ({"builds": ["2.4"]}, ""),
        ({"verdict": "fail"}, "its document says fail, though its command ended well"),
        ({"verdict": "inconclusive"}, "its document says inconclusive, though its command ended well"),
    ],
)
def test_documents_are_judged_again_and_not_their_record(
    tmp_path: Path, known: dict[str, object], doubt: str
) -> None:
    found = {
        "verdict": "pass",
        "candidate": [RUN, "20150910T080000Z-smoke-1a2b3c"],
        "candidate_builds": [],
        **known,
    }
    digests = kept(tmp_path / "comparison.json", {**found, "candidate_builds": known.get("builds", [])})
    seen = again(["compare", "a", "--with", "b"], 0, digests, tmp_path)
    assert seen.doubts == ((doubt,) if doubt else ())
    assert seen.builds == (("2.4",) if not doubt else ("",))  # runs of a build that nobody named
    assert seen.measured == "2015-09-10T08:00:00Z"
    assert again(["compare", "a", "--with", "b"], 0, {}, tmp_path).doubts == (
        "its command ended well and left no document that says so",
    )


def test_when_runs_began_is_in_their_names() -> None:
    assert began([RUN, "20150910T235959Z-a-b-1"]) == "2015-09-10T23:59:59Z"
    assert began(["run", "2015-09-11"]) == began([]) == ""


@pytest.mark.parametrize(
    ("url", "ours"), [("embedded", True), ("http://127.0.0.1:12001", True), ("http://10.0.0.5:80", False)]
)
def test_a_replay_at_a_system_of_ours_is_known_as_one(tmp_path: Path, url: str, ours: bool) -> None:
    kept(
        tmp_path / "replay.json",
        {"verdict": "pass", "counts": {"matched": 5}, "sides": {"new": {"url": url}}},
    )
    (found,) = documents(["replay", "day.ndjson"], tmp_path, 0, ["http://127.0.0.1:12001"])
    assert (found.verdict, found.embedded) == ("pass", ours)


def test_the_run_of_an_audit_may_stand_behind_its_options(tmp_path: Path) -> None:
    kept(tmp_path / RUN / "audits" / "20150911T090000Z.json", AUDITED)
    for command in (["audit", str(tmp_path / RUN)], ["audit", "--target", "t.yaml", str(tmp_path / RUN)]):
        (found,) = documents(command, tmp_path, 0)
        assert found.verdict == "pass"

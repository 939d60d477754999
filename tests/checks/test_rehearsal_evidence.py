"""What a stage's command left: each kind of document is read, and a damaged one is told, never believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from renhai.checks.rehearsal.evidence import documents, doubts
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

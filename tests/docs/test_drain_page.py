"""docs/drain.md: its command prints what the page says."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from renhai.cli.app import run_cli
from tests.docs.markdown import ROOT, blocks


@pytest.mark.parametrize(("language", "page"), [("en", "drain.md"), ("zh", "zh/drain.md")])
def test_the_page_says_what_is_printed(
    language: str, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shutil.copytree(ROOT / "docs" / "examples" / "drain", tmp_path / "docs" / "examples" / "drain")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RENHAI_LANG", language)
    shown = [block for block in blocks(ROOT / "docs" / page) if block.language in ("sh", "text")]
    command, printed = shown
    assert run_cli(shlex.split(command.text)[1:]) == 1
    assert capsys.readouterr().out.strip() == printed.text.strip()
    assert run_cli(["ledger", "merge", "furong"]) == 1

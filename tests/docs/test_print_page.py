"""docs/print.md: its command prints what the page says."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from renhai.cli.app import run_cli
from tests.docs.commands import lines_of
from tests.docs.markdown import ROOT, blocks


def test_the_page_says_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "docs" / "examples" / "print", tmp_path / "docs" / "examples" / "print")
    monkeypatch.chdir(tmp_path)
    shown = [block for block in blocks(ROOT / "docs" / "print.md") if block.language in ("sh", "text")]
    places = [place for place, block in enumerate(shown) if block.language == "text"]
    assert places
    for place in places:
        (line,) = lines_of(shown[place - 1].text)
        assert run_cli(shlex.split(line)[1:]) == 1
        *printed, file = capsys.readouterr().out.strip().splitlines()
        assert printed == shown[place].text.strip().splitlines()
        assert file.startswith("papers: docs/examples/print/run/papers/")

"""docs/print.md: its command prints what the page says."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from renhai.cli.app import run_cli
from tests.docs.commands import lines_of
from tests.docs.markdown import ROOT, blocks


@pytest.mark.parametrize(("language", "page"), [("en", "print.md"), ("zh", "zh/print.md")])
def test_the_page_says_what_is_printed(
    language: str, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shutil.copytree(ROOT / "docs" / "examples" / "print", tmp_path / "docs" / "examples" / "print")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RENHAI_LANG", language)
    shown = [block for block in blocks(ROOT / "docs" / page) if block.language in ("sh", "text")]
    places = [place for place, block in enumerate(shown) if block.language == "text"]
    assert places
    for place in places:
        (line,) = lines_of(shown[place - 1].text)
        assert run_cli(shlex.split(line)[1:]) == 1
        *printed, file = capsys.readouterr().out.strip().splitlines()
        assert printed == shown[place].text.strip().splitlines()
        assert file.startswith(("papers: ", "单据验证：")) and "docs/examples/print/run/papers/" in file

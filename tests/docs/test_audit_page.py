"""docs/audit.md: its commands are run one after another, and print what the page says."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from renhai.cli.app import run_cli
from tests.docs.commands import lines_of
from tests.docs.markdown import ROOT, blocks

PAGES = {"en": ROOT / "docs" / "audit.md", "zh": ROOT / "docs" / "zh" / "audit.md"}
CODES = {"audit": [1], "merge": [1], "set": [0], "show": [1], "export": [0], "import": [0]}


def plain(text: str) -> str:
    """Without the line that names a file by the time, and blanks at the ends of lines."""
    lines = text.strip().splitlines()
    return "\n".join(line.rstrip() for line in lines if not line.startswith(("audit: docs/", "核对：docs/")))


@pytest.mark.parametrize("language", PAGES)
def test_the_page_says_what_is_printed(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "docs" / "examples" / "audit", tmp_path / "docs" / "examples" / "audit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "112")
    monkeypatch.setenv("RENHAI_LANG", language)
    shown = [block for block in blocks(PAGES[language]) if block.language in ("sh", "text")]
    assert [block.language for block in shown] == ["sh", "text"] * 4
    for commands, printed in zip(shown[::2], shown[1::2], strict=True):
        for line in lines_of(commands.text):
            words = shlex.split(line)[1:]
            name = words[0] if words[0] == "audit" else words[1]
            assert [run_cli(words)] == CODES[name], line
        assert plain(capsys.readouterr().out) == plain(printed.text), commands.place

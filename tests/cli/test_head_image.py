"""--png: the head of a report as an image where there is a Chromium, a sentence where there is none."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from renhai.cli.app import run_cli
from renhai.cli.head_image import SCALE, VARIABLE, WIDTH, browser, picture, told_picture
from renhai.core.errors import UsageError
from results.report.files.run import finish
from tests.results.recording import Recording, manifest


@pytest.fixture
def run(tmp_path: Path) -> Path:
    directory = Recording().add("a.query", [1000] * 200).write(tmp_path / "run")
    finish(directory, manifest())
    return directory


def size(image: Path) -> tuple[int, int]:
    """Width and height, from the header of a PNG."""
    content = image.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


@pytest.mark.skipif(not browser(), reason="no chromium here: apt-get install chromium")
def test_the_head_alone_is_drawn(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The head of a pass is some 250 pixels high at 900; the whole page would be ten times that."""
    assert run_cli(["report", str(run), "--png"]) == 0
    assert f"picture: {run / 'report.png'}" in capsys.readouterr().out
    width, height = size(run / "report.png")
    assert width == WIDTH * SCALE
    assert 100 * SCALE < height < 600 * SCALE


def test_without_a_browser_one_sentence_says_what_to_do(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere/chromium")
    assert browser() is None
    assert run_cli(["report", str(run), "--png"]) == 2
    said = capsys.readouterr()
    assert "PASS" in said.out  # the run is shown all the same
    assert said.err.startswith("--png needs a Chromium, and none is here")
    assert VARIABLE in said.err
    assert len(said.err.splitlines()) == 1
    told_picture(run)  # after a run it is told, and the verdict stays
    assert VARIABLE in capsys.readouterr().err
    assert not (run / "report.png").exists()


def test_a_program_that_is_no_browser_is_told(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "true")
    with pytest.raises(UsageError, match=r"drew nothing of .*report\.html"):
        picture(run)


def test_a_run_without_a_page_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"report\.html: there is no page to draw"):
        picture(tmp_path)

"""Evidence cut anywhere by a full disk or a lost power: a verdict that is no pass, never an error of ours."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.report.files.markdown import junit_xml, summary_markdown
from results.report.html.page import render_report
from results.report.terminal.run import plain_summary
from results.verdict.judged import judge_run
from tests.results.recording import Recording, manifest
from tests.share import examples

FILES = ("latency.hlog", "service.hlog", "timeline.csv", "measured.json", "failures.jsonl")
FAILURE = {"operation": "a.b", "outcome": "error", "reason": "HTTP 500", "count": 1, "second": 3}


def written(directory: Path) -> Path:
    """A run that passes."""
    recording = Recording().add("a.b", [1000 + n for n in range(300)]).add("a.c", [5000] * 200)
    recording.add("a.b", [2000], "error").write(directory)
    (directory / "failures.jsonl").write_text(json.dumps(FAILURE) + "\n", encoding="utf-8")
    return directory


def pages(directory: Path) -> Any:
    """The verdict, with every page drawn."""
    run, evidence = judge_run(directory, manifest())
    assert plain_summary(run) and summary_markdown(run) and junit_xml(run)
    assert render_report(run, directory, evidence)
    return run.verdict


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    directory = written(tmp_path_factory.mktemp("run"))
    assert pages(directory) == "pass"
    return {name: (directory / name).read_bytes() for name in FILES}


@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_cut_anywhere(data: st.DataObject, whole: dict[str, bytes]) -> None:
    """Every file may be cut, as they are when the disk is full; a cut of a last line break alone is none."""
    kept = {name: data.draw(st.integers(0, len(whole[name])), label=name) for name in FILES}
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        for name, length in kept.items():
            (directory / name).write_bytes(whole[name][:length])
        verdict = pages(directory)
    needed = [name for name in FILES if name != "failures.jsonl"]
    if any(whole[name][: kept[name]].strip() != whole[name].strip() for name in needed):
        assert verdict == "invalid"


@settings(max_examples=examples(20), deadline=None)
@given(name=st.sampled_from(FILES), data=st.data())
def test_a_hole_anywhere(name: str, data: st.DataObject, whole: dict[str, bytes]) -> None:
    """A block of zeros, as a file system leaves it after a crash."""
    text = whole[name]
    start = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(1, 4096))
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        for other, content in whole.items():
            (directory / other).write_bytes(content)
        holed = text[:start] + bytes(len(text[start : start + length])) + text[start + length :]
        (directory / name).write_bytes(holed)
        verdict = pages(directory)
    if name != "failures.jsonl":
        assert verdict == "invalid"

"""A load that its rows have ended before its stages were over: the verdict stands, and it is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from results.report.files.run import finish
from results.snapshot.run import Run
from results.verdict.judged import load_judged
from tests.results.recording import Recording, manifest


def run(folder: Path, said: Any, seconds: float, **measured: Any) -> Run:
    recording = Recording(duration_s=seconds, measured=measured).add("buy.order", [5000] * 100)
    more = {"rows_end": said} if said else {}
    return finish(recording.write(folder), manifest(thresholds={"run": ["p95 < 1s"]}, **more))


def notes(found: Run) -> list[str]:
    return [note for note in found.notes if "used up" in note]


SAID = {"files": "books", "of_s": 60.0}


def test_a_load_that_was_cut_short_by_its_rows_says_so(tmp_path: Path) -> None:
    found = run(tmp_path, SAID, 10.0)
    assert found.verdict == "pass"
    assert notes(found) == [
        "the load ended after 10 s of 60 s: the rows of books were used up (at_end: stop), or its iterations "
        "were done"
    ]
    assert "books" in found.notes_zh[0]
    assert "were used up" in (tmp_path / "report.html").read_text("utf-8")
    assert load_judged(tmp_path).verdict == "pass"


@pytest.mark.parametrize(
    ("said", "seconds", "measured"),
    [(SAID, 60.0, {}), (SAID, 59.4, {}), (None, 10.0, {}), (SAID, 10.0, {"ended": "interrupted"})],
)
def test_one_that_came_to_its_end_or_was_broken_off_does_not(
    said: Any, seconds: float, measured: Any, tmp_path: Path
) -> None:
    assert notes(run(tmp_path, said, seconds, **measured)) == []

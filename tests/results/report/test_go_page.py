"""The page for the head of the bureau is one screen and one printed sheet, by Chromium, in both languages."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path

import pypdf
import pytest

from renhai.spec.cutover.programme.loader import load_programme
from renhai.spec.cutover.programme.model import Programme
from results.checks.rehearsal import Answer, Attempt, Gate, Overview, PlannedStage, State, Why
from results.report.html.rehearsal import render
from tests.results.report.browser import shown
from tests.results.report.browsing import beyond_the_margin, needs_chromium

GOLIVE = Path(__file__).parents[3] / "scenarios" / "changsha" / "golive.yaml"
WHY: dict[State, tuple[str, ...]] = {
    "passed": (),
    "failed": (
        "its evidence no longer holds: results/rehearsals/changsha_golive/soak/01/run.json: verdict; "
        "is pass, but its evidence says inconclusive: whether p50 drifts cannot be told: -35.5% to +38.2% "
        "in the run (99% sure), must be <= 20.0%; run longer, or on a quieter machine",
        "its command found a failure",
        "it is late",
    ),
    "not_run": ("it was never run",),
}
HEADLINE = ("FAIL: 12,345 requests, p95 2.4 s of 2 s", "未通过：12,345 个请求，p95 2.4 秒（限 2 秒）")
# Which states its fifteen gates have, in turn.
ROWS: dict[str, tuple[Answer, tuple[State, ...]]] = {
    "every gate is open": ("pass", ("passed",)),
    "some are not": ("fail", ("passed", "failed", "not_run")),
    "none is": ("fail", ("failed",)),
}
DRAWN = [("none is", "en"), ("none is", "zh"), ("some are not", "en"), ("every gate is open", "zh")]
SCREEN = 900  # pixels
PROBE = "<script>addEventListener('load', () => setTimeout(() => { document.title = `PROBE "
PROBE += (
    "${document.documentElement.scrollHeight} ${document.documentElement.scrollWidth}`; }, 300));</script>"
)


@cache
def golive() -> Programme:
    return load_programme(GOLIVE)


def gate(programme: Programme, name: str, state: State) -> Gate:
    one = programme.stages[name]
    stage = PlannedStage(
        name,
        one.title,
        one.title_en or "",
        one.owner,
        str(one.begins),
        str(one.ends),
        programme.after(name),
        "",
    )
    tried = Attempt(1, "2015-09-01T01:00:00Z", (1, 2), "", "2015-09-01T02:00:00Z", 0, headline=HEADLINE)
    return Gate(stage, state, tuple(map(Why, WHY[state])), () if state == "not_run" else (tried,))


def page_of(folder: Path, row: str) -> Path:
    programme, (answer, states) = golive(), ROWS[row]
    assert len(programme.stages) == 15
    gates = [gate(programme, name, states[n % len(states)]) for n, name in enumerate(programme.stages)]
    about = {
        "name": programme.name, "title": programme.title, "title_en": programme.title_en, "build": "2.4.1",
        "opens": str(programme.opens), "renhai": "0.2.0", "at": "2015-09-30T08:00:00Z",
        "calendar": programme.calendar,
    }  # fmt: skip
    page = folder / "go.html"
    text = render("go", about, Overview(tuple(gates), answer))
    page.write_text(text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    return page


@needs_chromium
@pytest.mark.parametrize(("row", "language"), DRAWN)
def test_it_prints_on_one_sheet_of_a4(tmp_path: Path, row: str, language: str) -> None:
    printed = shown(page_of(tmp_path, row), language, 1280, printed=True).pdf
    pages = pypdf.PdfReader(io.BytesIO(printed)).pages
    assert len(pages) == 1
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
    assert beyond_the_margin(printed, 9) == []
    text = pages[0].extract_text()
    assert ("May we open" in text, "能否上线" in text) == (language == "en", language == "zh")
    assert "scrolls sideways" not in text and "左右滑动" not in text


@needs_chromium
@pytest.mark.parametrize(("row", "language"), DRAWN)
def test_it_is_one_screen(tmp_path: Path, row: str, language: str) -> None:
    done = shown(page_of(tmp_path, row), language, 1440)
    seen = re.search(r"<title>PROBE (\d+) (\d+)</title>", done.document)
    assert seen, done.document[-300:]
    assert int(seen[1]) <= SCREEN and int(seen[2]) <= 1440

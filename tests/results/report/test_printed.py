"""On paper a page shows what is folded on the screen; on the screen it stays folded."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest

from results.report.files.run import finish
from results.report.html.comparison import write_comparison
from tests.results.recording import Recording, manifest
from tests.results.report.browser import shown
from tests.results.report.browsing import needs_chromium
from tests.results.report.coloured import comparison, row

RULES = ["p50 < 9s", "p90 < 9s", "p95 < 9s", "p99 < 9s"]
OPEN = "<details open"


def report(folder: Path) -> Path:
    """A run whose thresholds held, so that most of them are folded."""
    recording = Recording(duration_s=4)
    for name in ("a.query", "b.save", "c.print"):
        recording.add(name, range(1000, 81_000, 1000))
    finish(recording.write(folder), manifest(thresholds={"*": RULES}))
    return folder / "report.html"


def far(folder: Path) -> Path:
    """A comparison with a row that decides nothing, and so is folded."""
    return write_comparison(folder, comparison(row("run", "not worse"), row("z.folded", "cannot decide")))


def printed(page: Path) -> str:
    paper = shown(page, "en", 1280, printed=True).pdf
    return "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(paper)).pages)


@needs_chromium
def test_what_is_folded_is_on_paper(tmp_path: Path) -> None:
    page = report(tmp_path)
    text = page.read_text("utf-8")
    assert "<details><summary>" in text and OPEN not in text
    paper = printed(page)
    assert "all 12 that held" in paper
    for name in ("a.query", "b.save", "c.print"):
        assert paper.count(name) >= len(RULES), name


@needs_chromium
def test_the_further_rows_of_a_comparison_are_on_paper(tmp_path: Path) -> None:
    page = far(tmp_path)
    assert page.read_text("utf-8").partition("<details>")[2].count("z.folded") == 1
    assert "z.folded" in printed(page)


@needs_chromium
@pytest.mark.parametrize("make", [report, far])
def test_the_rule_of_the_style_alone_does_it_too(tmp_path: Path, make: object) -> None:
    """Where no script may run."""
    page = make(tmp_path)  # type: ignore[operator]
    text = page.read_text("utf-8")
    page.write_text(text.replace("beforeprint", "neverprint"), encoding="utf-8")
    assert "z.folded" in printed(page) or "c.print" in printed(page).partition("that held")[2]


@needs_chromium
def test_it_is_folded_again_after_printing(tmp_path: Path) -> None:
    page = report(tmp_path)
    probe = "<script>setTimeout(() => { dispatchEvent(new Event('beforeprint'));"
    probe += "const there = document.querySelectorAll('details[open]').length;"
    probe += "dispatchEvent(new Event('afterprint'));"
    probe += "document.title = 'FOLDED ' + there + ' ' + document.querySelectorAll('details[open]').length;"
    probe += "}, 100);</script>"
    text = page.read_text("utf-8")
    page.write_text(text.replace("</body>", probe + "</body>"), encoding="utf-8")
    folded = text.partition("<main>")[2].partition('<script type="application/json"')[0].count("<details>")
    folded += text.partition("<header>")[2].partition("</header>")[0].count("<details")
    assert f"<title>FOLDED {folded} 0</title>" in shown(page, "en", 1280).document

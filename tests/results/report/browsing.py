"""Pages in a browser that tells of each request and error."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pypdfium2
import pytest

from tests.results.report.browser import CHROMIUM, shown

MEGABYTE = 1_000_000
NARROWEST = 500  # pixels of a window of headless Chromium
PROBE = """
<script>
setTimeout(() => {
  const inked = [...document.querySelectorAll(".chart canvas")].map((canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let found = 0;
    for (let i = 3; i < pixels.length; i += 4) found += pixels[i] > 0;
    return found;
  });
  const seen = (text) => document.body.innerText.includes(text);
  document.title = "PROBE " + JSON.stringify({ inked, english: seen("Thresholds"), chinese: seen("阈值"),
    asked: performance.getEntriesByType("resource").map((entry) => entry.name),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    silent: [...document.querySelectorAll(".scroll")].filter(
      (one) => one.scrollWidth > one.clientWidth + 1 && !one.classList.contains("over")).length,
    crossed: [...document.querySelectorAll("td, th")].filter(
      (one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText),
    over: [...document.querySelectorAll(".scroll.over > table")].map((one) => one.id || one.className),
    viewport: window.innerWidth });
  parent.postMessage(document.title, "*");
}, 500);
</script>
"""


def browse(page: Path, language: str, scratch: Path, width: int) -> tuple[dict[str, object], list[str]]:
    """(what the probe saw, console messages) of a page in headless Chromium."""
    probed = scratch / "probed.html"
    text = page.read_text(encoding="utf-8")
    probed.write_text(text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    probed = probed if width >= NARROWEST else framed(probed, language, width)
    done = shown(probed, language, max(width, NARROWEST))
    saw = re.search(r"<title>PROBE (.*?)</title>", done.document)
    assert saw, done.document[-500:]
    found = json.loads(html.unescape(saw.group(1)))
    assert (found["viewport"], found["silent"]) == (width, 0)  # a table that scrolls says so
    assert found["crossed"] == []  # what stands in a cell stays in it
    return found, done.console


def framed(page: Path, language: str, width: int) -> Path:
    """A page that shows the other one as wide as a phone: Chromium makes no window so narrow."""
    frame = page.with_name("framed.html")
    shown = (
        f"<iframe src='{page.name}#lang={language}' style='border:0;width:{width}px;height:900px'></iframe>"
    )
    told = "<script>addEventListener('message', (said) => { document.title = said.data; });</script>"
    frame.write_text(f"<body>{told}{shown}</body>", encoding="utf-8")
    return frame


def beyond_the_margin(paper: bytes, margin_mm: float = 14) -> list[str]:
    """Texts of a printed page that reach into its right margin."""
    found = []
    for sheet in pypdfium2.PdfDocument(paper):
        text, most = sheet.get_textpage(), sheet.get_width() - margin_mm * 72 / 25.4
        boxes = [text.get_rect(number) for number in range(text.count_rects())]
        found += [text.get_text_bounded(*box) for box in boxes if box[2] > most + 1]
    return found


needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt-get install chromium")

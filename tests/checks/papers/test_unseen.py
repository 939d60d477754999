"""A text that nobody sees is not printed, though each reader finds it in the file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from renhai.checks.papers.ofd import read_ofd
from renhai.checks.papers.pdf import read_pdf
from renhai.reference.operations.printing.printer import PRINTS
from tests.checks.papers.test_papers import Kept, asked, kept, rules, values

__all__ = ["kept", "rules"]


def pdf(draw: Callable[[Any, Any], None]) -> str:
    """The characters that are read of a page where `draw` sets how 1002.50 is drawn, after the words seen."""
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(100, 700, "seen")
    text = canvas.beginText(100, 600)
    draw(canvas, text)
    text.textOut("1002.50")
    canvas.drawText(text)
    canvas.save()
    return "".join(char.text for char in read_pdf(file.getvalue()).chars)


@pytest.mark.parametrize(
    ("draw", "seen"),
    [
        (lambda canvas, text: None, True),
        (lambda canvas, text: text.setTextRenderMode(1), True),  # stroked alone
        (lambda canvas, text: text.setFillColorRGB(0.8, 0, 0), True),
        (lambda canvas, text: text.setFillColorRGB(0.9, 0.9, 0.9), True),
        (lambda canvas, text: text.setTextRenderMode(3), False),
        (lambda canvas, text: text.setTextRenderMode(7), False),
        (lambda canvas, text: text.setFillColorRGB(1, 1, 1), False),
        (lambda canvas, text: canvas.setFillAlpha(0), False),
    ],
)
def test_of_a_pdf_what_is_drawn_without_ink_is_not_read(draw, seen):
    assert pdf(draw) == ("seen1002.50" if seen else "seen")


def changed(package: bytes, change: Callable[[str], str]) -> bytes:
    """The OFD with each of its pages changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()) if "TextObject" in content.decode() else content)
    return out.getvalue()


@pytest.mark.parametrize(
    "ink",
    ['Visible="false"', 'Alpha="0"', 'Fill="false"', '><ofd:FillColor Value="255 255 255"/',
     '><ofd:FillColor Value="0 0 0" Alpha="0"/'],
)  # fmt: skip
def test_of_an_ofd_neither(ink):
    paper = PRINTS["ofd"]("notice", values(1))
    assert read_ofd(paper).chars

    def hide(page: str) -> str:
        parts = page.split("<ofd:TextObject")
        return parts[0] + "".join("<ofd:TextObject" + _into_tag(part, ink) for part in parts[1:])

    assert read_ofd(changed(paper, hide)).chars == []


def _into_tag(rest: str, ink: str) -> str:
    end = rest.index(">")
    return f"{rest[:end]} {ink}{rest[end:]}" if "<" not in ink else f"{rest[:end]}{ink}{rest[end:]}"


def test_a_paper_whose_words_nobody_sees_is_empty(kept: Kept):
    paper = PRINTS["ofd"]("notice", values(1))
    hidden = changed(paper, lambda page: page.replace("<ofd:TextObject", '<ofd:TextObject Alpha="0"'))
    kept.add("printing.notice_ofd", hidden, asked(1))
    kept.add("printing.notice_ofd", paper, asked(1))
    counts = kept.check()["counts"]
    assert (counts["empty"], counts["right"]) == (1, 1)

"""A picture of what differs on a paper: where a text should stand in green, where it stands in red.

A PDF is drawn by pdfium. Of an OFD, for which there is no reader here, its texts alone are drawn: each
character where the OFD says, in the font that a reader has for PDFs without their own; what no font has is a
grey bar.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

from renhai.checks.papers.ofd_text import is_wide
from renhai.core.extras import needed
from results.checks.papers.judging import Mark
from results.checks.papers.layout import Char, Form, Segment, texts

PIXELS_A_MM = 3.0
POINTS_A_MM = 72 / 25.4
PAGE_MM = (210.0, 297.0)  # of an OFD that is drawn here
FONT = "STSong-Light"  # one of those that a reader of PDF has
AROUND_MM = 18.0
MOST_PIXELS = 20_000_000  # of a page; an A3 has a million
HIGH_MM, LEAST_MM = 4.0, 12.0
GREEN, RED, GREY = (0, 130, 60), (200, 30, 30), (150, 150, 150)


def picture(media: str, body: bytes, chars: Sequence[Char], form: Form, mark: Mark) -> str:
    """The part of the page around the mark, as PNG in base64. Raises UsageError without the extra print."""
    assert mark.place is not None
    page = (mark.stands or mark.place)[0]
    needed("reportlab", "drawing what differs")  # which brings Pillow
    from PIL import ImageDraw

    image = _drawn(body, page) if media == "pdf" else _written(chars, page)
    draw = ImageDraw.Draw(image)
    found = {(one.page, one.x, one.y): one for one in texts(chars)}
    wide = _wide(form, mark, found.get(mark.stands or (0, 0.0, 0.0)))
    _box(draw, mark.place, wide, GREEN)
    if mark.stands is not None:
        _box(draw, mark.stands, wide, RED)
    spots = [spot for spot in (mark.place, mark.stands) if spot is not None and spot[0] == page]
    top = min(y for _, _, y in spots) - AROUND_MM
    bottom = max(y for _, _, y in spots) + AROUND_MM
    cut = image.crop((0, _pixel(max(0, top)), image.width, min(image.height, _pixel(bottom))))
    out = io.BytesIO()
    cut.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _wide(form: Form, mark: Mark, segment: Segment | None) -> float:
    if segment is not None:
        return max(LEAST_MM, segment.right - segment.x)
    field = next((one for one in form.fields if one.name == mark.field), None)
    return field.width if field is not None else 2 * LEAST_MM


def _box(draw: Any, spot: tuple[int, float, float], wide: float, colour: tuple[int, int, int]) -> None:
    _, x, y = spot
    draw.rectangle((_pixel(x), _pixel(y - HIGH_MM), _pixel(x + wide), _pixel(y + 1)), outline=colour, width=2)


def _drawn(body: bytes, page: int) -> Any:
    pdfium = needed("pypdfium2", "drawing what differs")
    document = pdfium.PdfDocument(body)
    try:
        sheet, scale = document[page - 1], PIXELS_A_MM * 25.4 / 72
        if sheet.get_width() * sheet.get_height() * scale**2 > MOST_PIXELS:
            raise ValueError("a page of that size is not drawn")
        return sheet.render(scale=scale).to_pil().convert("RGB")
    finally:
        document.close()


def _written(chars: Sequence[Char], page: int) -> Any:
    """The texts of a page, by way of a PDF."""
    from PIL import ImageChops, ImageDraw

    there = [one for one in chars if one.page == page]
    image = _drawn(_as_pdf(there), 1)
    draw = ImageDraw.Draw(image)
    for one in texts(there):
        box = (_pixel(one.x), _pixel(one.y - HIGH_MM * 0.7), _pixel(max(one.x, one.right)), _pixel(one.y))
        if ImageChops.invert(image.crop(box).convert("L")).getbbox() is None:
            draw.rectangle(box, fill=GREY)
    return image


def _as_pdf(chars: Sequence[Char]) -> bytes:
    needed("reportlab", "drawing what differs")
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    wide, high = (mm * POINTS_A_MM for mm in PAGE_MM)
    canvas = Canvas(out, pagesize=(wide, high))
    for one in chars:
        step = one.right - one.x
        size = step if is_wide(one.text) else 2 * step
        canvas.setFont(FONT, min(HIGH_MM, abs(size)) * POINTS_A_MM)
        canvas.drawString(one.x * POINTS_A_MM, high - one.y * POINTS_A_MM, one.text)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _pixel(mm: float) -> int:
    return round(mm * PIXELS_A_MM)

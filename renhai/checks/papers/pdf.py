"""The characters of a PDF, and where they stand.

pypdf (BSD) opens it strictly, as it refuses what other readers repair; pypdfium2 (BSD, Apache-2.0) says where
each character stands.
"""

from __future__ import annotations

import ctypes
import io
import logging
from typing import Any, Final, NamedTuple

from renhai.core.extras import needed
from results.checks.papers.judging import Char

MM_A_POINT = 25.4 / 72
MOST_PAGES = 500
FAINT: Final = 16  # of 255: ink that covers less is not seen
WHITE: Final = 250  # of 255 in each of red, green and blue
FILLED, UNSEEN = (0, 4), (3, 7)  # rendering modes (ISO 32000-1, table 106): the rest is stroked


class Unreadable(Exception):
    """A paper that does not open; the message says why."""


class Read(NamedTuple):
    """What a paper holds."""

    pages: int
    chars: list[Char]


def read_pdf(body: bytes) -> Read:
    """Raises Unreadable; UsageError that names the extra where a reader is not installed."""
    pages = _pages(body)
    pdfium = needed("pypdfium2", "checking printed papers")
    try:
        document = pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        raise Unreadable(f"it does not open: {error}") from None
    try:
        if len(document) != pages:
            raise Unreadable(f"one reader sees {pages} pages, another {len(document)}")
        chars = [char for number in range(pages) for char in _chars(pdfium.raw, document[number], number + 1)]
        return Read(pages, chars)
    except pdfium.PdfiumError as error:
        raise Unreadable(f"it cannot be read: {error}") from None
    finally:
        document.close()


def _pages(body: bytes) -> int:
    """How many pages a strict reader sees."""
    pypdf = needed("pypdf", "checking printed papers")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it warns of is raised
    try:
        reader = pypdf.PdfReader(io.BytesIO(body), strict=True)
        if reader.is_encrypted:
            raise Unreadable("it is encrypted")
        pages = len(reader.pages)
    except Unreadable:
        raise
    except Exception as error:  # pypdf raises what it comes upon: KeyError, RecursionError, ...
        raise Unreadable(f"it does not open: {error or type(error).__name__}"[:160]) from None
    if pages > MOST_PAGES:
        raise Unreadable(f"it has {pages:,} pages; more than {MOST_PAGES} are not looked at")
    return pages


def _chars(raw: Any, page: Any, number: int) -> list[Char]:
    """What is printed of a page's texts; what is drawn so that nobody sees it is not."""
    text = page.get_textpage()
    left, _, _, top = page.get_cropbox()
    x, y = ctypes.c_double(), ctypes.c_double()
    box = raw.FS_RECTF()
    found = []
    try:
        for place in range(raw.FPDFText_CountChars(text)):
            letter = chr(raw.FPDFText_GetUnicode(text, place))
            if letter.isspace() or raw.FPDFText_IsGenerated(text, place) == 1:
                continue
            if _unseen(raw, text, place):
                continue
            raw.FPDFText_GetCharOrigin(text, place, x, y)
            raw.FPDFText_GetLooseCharBox(text, place, box)
            at = (x.value - left) * MM_A_POINT
            found.append(
                Char(number, letter, at, (box.right - left) * MM_A_POINT, (top - y.value) * MM_A_POINT)
            )
    finally:
        text.close()
    return found


def _unseen(raw: Any, text: Any, place: int) -> bool:
    """By its rendering mode, or as its ink is transparent or white."""
    mode = raw.FPDFTextObj_GetTextRenderMode(raw.FPDFText_GetTextObject(text, place))
    if mode not in FILLED:
        return mode in UNSEEN
    ink = [ctypes.c_uint() for _ in range(4)]
    known = raw.FPDFText_GetFillColor(text, place, *ink)
    *colours, alpha = (one.value for one in ink)
    return bool(known) and (alpha < FAINT or min(colours) >= WHITE)

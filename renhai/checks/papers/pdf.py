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
MOST_CHARS: Final = 200_000
# Annotations that have a text of their own, or cover one: free text, square, circle, polygon, strike-out,
# redaction (FPDF_ANNOT_* of pdfium). A link, a stamp or a signature is none of them.
OVER: Final = {3: "FreeText", 5: "Square", 6: "Circle", 7: "Polygon", 12: "StrikeOut", 28: "Redact"}
HIDDEN: Final = 1 << 1  # flag of an annotation (ISO 32000-1, table 165)
FILLED, UNSEEN = (0, 4), (3, 7)  # rendering modes (ISO 32000-1, table 106): the rest is stroked


class Unreadable(Exception):
    """A paper that does not open; the message says why."""


class Read(NamedTuple):
    """What a paper holds. unknown: why what is seen of it may be something else, "" where nothing is."""

    pages: int
    chars: list[Char]
    unknown: str = ""


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
        chars, over = list[Char](), ""
        for number in range(1, pages + 1):
            page = document[number - 1]
            chars += _chars(pdfium.raw, page, number)
            if len(chars) > MOST_CHARS:
                raise Unreadable(f"it has more than {MOST_CHARS:,} characters")
            over = over or _over(pdfium.raw, page, number)
        return Read(pages, chars, over)
    except (pdfium.PdfiumError, ValueError, OverflowError) as error:
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


def _over(raw: Any, page: Any, number: int) -> str:
    """An annotation of a page that may say something else than the page."""
    for place in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, place)
        if not annotation:
            continue
        kind, flags = raw.FPDFAnnot_GetSubtype(annotation), raw.FPDFAnnot_GetFlags(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in OVER and not flags & HIDDEN:
            return f"page {number} has an annotation over it ({OVER[kind]}), which is not looked at"
    return ""


def _seen(page: Any) -> tuple[float, float, float, float]:
    """The part of a page that is shown: left, bottom, right, top in points."""
    crop, whole = page.get_cropbox(), page.get_mediabox()
    return max(crop[0], whole[0]), max(crop[1], whole[1]), min(crop[2], whole[2]), min(crop[3], whole[3])


def _turned(
    spot: tuple[float, float], box: tuple[float, float, float, float], rotation: int
) -> tuple[float, float]:
    """A place on the page as it is shown, turned clockwise: mm from its top left corner."""
    (x, y), (left, bottom, right, top) = spot, box
    upright, upside_down = (x - left, top - y), (right - x, y - bottom)
    shown = {
        0: upright,
        90: (upside_down[1], upright[0]),
        180: upside_down,
        270: (upright[1], upside_down[0]),
    }[rotation]
    return shown[0] * MM_A_POINT, shown[1] * MM_A_POINT


def _chars(raw: Any, page: Any, number: int) -> list[Char]:
    """What is printed of a page's texts; what is drawn so that nobody sees it, or beside the page, is not."""
    text = page.get_textpage()
    shown, rotation = _seen(page), page.get_rotation()
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
            if not (shown[0] <= x.value <= shown[2] and shown[1] <= y.value <= shown[3]):
                continue
            raw.FPDFText_GetLooseCharBox(text, place, box)
            at, base = _turned((x.value, y.value), shown, rotation)
            ends = (
                _turned(one, shown, rotation)[0] for one in ((box.left, box.bottom), (box.right, box.top))
            )
            found.append(Char(number, letter, at, max(ends), base))
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

"""Which letters of a PDF's page are seen: pdfium draws the page with its texts and without them, and where
nothing changes in a letter's place nobody sees it, whatever hides it. What is not seen because this machine
lacks the font is passed over.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

SCALE: Final = 1.5  # pixels a point
MOST_PIXELS: Final = 20_000_000
CHANGED: Final = 8  # of 255: what changes less is not seen
EDGE: Final = 1  # pixels at a letter's sides that may be its neighbours'
WIDE: Final = 5  # pixels, from which these are left out
MOST_CODE: Final = 0xFFFF  # letters beyond are two codes in some fonts, and are not tried
SIZE: Final = 20.0  # points, of a letter that is tried
MM_A_POINT: Final = 25.4 / 72
Corners = Sequence[tuple[float, float]]  # two of a letter's, in mm from the page's top left


class Drawing:
    """A page as it is drawn. texts: pdfium's objects; over: whether it has annotations or form fields."""

    def __init__(self, raw: Any, document: Any, page: Any, texts: Iterable[Any], over: bool) -> None:
        self._raw, self._document, self._page = raw, document, page
        self._scale = min(SCALE, math.sqrt(MOST_PIXELS / max(1.0, page.get_width() * page.get_height())))
        self._drawable: dict[tuple[int, str], bool] = {}
        ways = [(False, 0), *([(True, 0), (True, raw.FPDF_PRINTING)] if over else [])]
        texts = list(texts)
        shown = [self._drawn(*way) for way in ways]
        for one in texts:
            raw.FPDFPageObj_SetIsActive(one, False)
        bare = [self._drawn(*way) for way in ways]
        for one in texts:
            raw.FPDFPageObj_SetIsActive(one, True)
        self._pairs = list(zip(shown, bare, strict=True))

    def _drawn(self, over: bool, flags: int) -> Any:
        bitmap = self._page.render(
            scale=self._scale, draw_annots=over, may_draw_forms=over, extra_flags=flags
        )
        try:
            return bitmap.to_numpy().copy()
        finally:
            bitmap.close()

    def is_seen(self, corners: Corners) -> bool:
        """Whether a letter is, as far as the page goes."""
        return self._changes(0, corners)

    def is_under(self, corners: Corners) -> bool:
        """Whether a letter that the page shows is hidden, on the screen or on paper, by what is over it."""
        return any(not self._changes(way, corners) for way in range(1, len(self._pairs)))

    def _changes(self, way: int, corners: Corners) -> bool:
        (left, right), (top, bottom) = (
            sorted(one * self._scale / MM_A_POINT for one in ends) for ends in zip(*corners, strict=True)
        )
        edge = EDGE if right - left >= WIDE else 0
        rows = slice(max(0, math.floor(top)), max(0, math.ceil(bottom)))
        columns = slice(max(0, math.floor(left) + edge), max(0, math.ceil(right) - edge))
        one, other = (image[rows, columns] for image in self._pairs[way])
        return bool((np.maximum(one, other) - np.minimum(one, other)).max(initial=0) > CHANGED)

    def would_be_seen(self, thing: Any, letter: str) -> bool:
        """Of a letter that is not seen: whether something hides it, or its own font draws nothing; False
        where it is this machine that has no font for it."""
        font = self._raw.FPDFTextObj_GetFont(thing)
        if not font or self._raw.FPDFFont_GetIsEmbedded(font) == 1:
            return True
        if ord(letter) > MOST_CODE:
            return False
        key = ctypes.addressof(font.contents), letter
        if key not in self._drawable:
            self._drawable[key] = self._tried(font, letter)
        return self._drawable[key]

    def _tried(self, font: Any, letter: str) -> bool:
        raw = self._raw
        new = raw.FPDFPageObj_CreateTextObj(self._document, font, SIZE)
        if not new:
            return False
        try:
            words = ctypes.create_string_buffer(letter.encode("utf-16-le") + b"\0\0")
            if not raw.FPDFText_SetText(new, ctypes.cast(words, raw.FPDF_WIDESTRING)):
                return False
            bitmap = raw.FPDFTextObj_GetRenderedBitmap(self._document, None, new, 1.0)
            if not bitmap:
                return False
            try:
                size = raw.FPDFBitmap_GetHeight(bitmap) * raw.FPDFBitmap_GetStride(bitmap)
                return any(ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), size)[3::4])
            finally:
                raw.FPDFBitmap_Destroy(bitmap)
        finally:
            raw.FPDFPageObj_Destroy(new)

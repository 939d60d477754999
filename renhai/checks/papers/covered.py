"""What hides a text of a PDF's page: an opaque rectangle or picture that is drawn after it, a clip that
leaves it out, or ink of the colour that it stands on. The order and places of a page's objects are pdfium's
(BSD, Apache-2.0)."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np

MOST_OBJECTS: Final = 50_000  # of a page
MOST_DEPTH: Final = 30  # of forms in forms
TEXT, PATH, IMAGE, FORM = 1, 2, 3, 5  # FPDF_PAGEOBJ_* of pdfium
OPAQUE: Final = 250  # of 255
LEFT: Final = 0.1  # of a letter's width and height
SLACK: Final = 0.5  # points
FAINT: Final = 16  # of 255: ink that covers less is not seen
ALIKE: Final = 5  # of 255: colours that differ by no more are not told apart
PAPER: Final = (255, 255, 255)
Point = tuple[float, float]
Colour = tuple[int, int, int]  # red, green and blue
Ink = tuple[int, int, int, int]  # and how opaque it is


class Box(NamedTuple):
    """Points of a page's own system."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, spot: Point) -> bool:
        return self.left <= spot[0] <= self.right and self.bottom <= spot[1] <= self.top

    def shows(self, other: Box) -> bool:
        """Whether something of a letter in that box is left where this one cuts off what is beyond it. The
        ink of a comma is a small part of its box, and some cut off all but the ink."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return wide > LEFT * (other.right - other.left) and high > LEFT * (other.top - other.bottom)


class Boxes:
    """Boxes of which it is asked which of them hold something; of many thousands at once."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._sides = np.array(boxes, float).reshape(-1, 4)

    def holding(self, inner: Box) -> list[int]:
        """Their numbers, in order."""
        left, bottom, right, top = self._sides.T
        across = (left <= inner.left) & (inner.right <= right)
        return np.flatnonzero(across & (bottom <= inner.bottom) & (inner.top <= top)).tolist()


class Cover(NamedTuple):
    """Something opaque. order: of drawing; colour: None for a picture, and which of its pixels are clear."""

    order: int
    box: Box
    colour: Colour | None = None
    picture: Picture | None = None

    def hides(self, spot: Point) -> bool:
        if not self.box.holds(spot):
            return False
        return self.picture is None or self.picture.opaque(self.box, spot)


class Picture(NamedTuple):
    """Pixels of four bytes, the last of which says how opaque it is; as the page shows it."""

    width: int
    height: int
    stride: int
    pixels: bytes

    def opaque(self, box: Box, spot: Point) -> bool:
        x = int((spot[0] - box.left) / max(1e-6, box.right - box.left) * self.width)
        y = int((box.top - spot[1]) / max(1e-6, box.top - box.bottom) * self.height)
        at = min(y, self.height - 1) * self.stride + min(x, self.width - 1) * 4 + 3
        return self.pixels[at] >= OPAQUE


@dataclass
class Hidden:
    """What is known of a page's objects. clips: by the address of a text, its order and the boxes outside
    which nothing of it is shown; things: pdfium's own texts; pictures: how many there are."""

    covers: list[Cover] = field(default_factory=list)
    things: list[Any] = field(default_factory=list)
    texts: dict[int, tuple[int, Sequence[Box]]] = field(default_factory=dict)
    pictures: int = 0

    @cached_property
    def _boxes(self) -> Boxes:
        return Boxes([one.box for one in self.covers])

    def is_hidden(self, where: int, box: tuple[float, float, float, float]) -> bool:
        """Of a character: the address of its text, and its left, bottom, right and top in points."""
        order, clips = self.texts.get(where, (-1, ()))
        if order < 0 or not (clips or self.covers):
            return False
        left, bottom, right, top = box
        middle = (left + right) / 2, (bottom + top) / 2
        if any(not clip.shows(Box(*box)) for clip in clips):
            return True
        wide, high = (right - left) / 4, (top - bottom) / 8  # lines strike a text through, and hide nothing
        inner = Box(middle[0] - wide, middle[1] - high, middle[0] + wide, middle[1] + high)
        ends = [(x, y) for x in (inner.left, inner.right) for y in (inner.bottom, inner.top)]
        over = (self.covers[n] for n in self._boxes.holding(inner))
        return any(one.order > order and all(map(one.hides, ends)) for one in over)

    def below(self, where: int, box: tuple[float, float, float, float]) -> Colour | None:
        """What a character stands on; None for a picture, which has many colours."""
        if not self.covers:
            return PAPER
        order, _ = self.texts.get(where, (-1, ()))
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        there = reversed(self._boxes.holding(Box(*middle, *middle)))
        first = next(
            (one for n in there if (one := self.covers[n]).order < order and one.hides(middle)), None
        )
        return PAPER if first is None else first.colour


def is_faint(inks: Sequence[Ink], below: Colour | None) -> bool:
    """Whether none of them is seen on that colour."""
    return all(
        alpha < FAINT
        or (below is not None and all(abs(a - b) <= ALIKE for a, b in zip(ink, below, strict=True)))
        for *ink, alpha in inks
    )


def hidden(raw: Any, document: Any, page: Any) -> Hidden:
    """raw: pdfium; document and page: its handles. Raises ValueError for a page with too many objects."""
    found = Hidden()
    for order, (thing, forms) in enumerate(_things(raw, page)):
        if order > MOST_OBJECTS:
            raise ValueError(f"a page has more than {MOST_OBJECTS:,} parts")
        kind = raw.FPDFPageObj_GetType(thing)
        if kind == TEXT:
            found.texts[address(thing)] = order, _clips(raw, thing, forms)
            found.things.append(thing)
        elif kind == PATH:
            found.covers += _rectangles(raw, thing, forms, order)
        elif kind == IMAGE:
            found.pictures += 1
            found.covers += _picture(raw, document, page, thing, forms, order)
    return found


def _things(raw: Any, page: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Objects in the order of drawing, each with the matrices of the forms that it stands in."""
    for place in range(raw.FPDFPage_CountObjects(page)):
        yield from _thing(raw, raw.FPDFPage_GetObject(page, place), [])


def _thing(raw: Any, thing: Any, forms: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    if raw.FPDFPageObj_GetType(thing) != FORM:
        yield thing, forms
        return
    matrix = raw.FS_MATRIX()
    if len(forms) >= MOST_DEPTH or not raw.FPDFPageObj_GetMatrix(thing, matrix):
        return
    for place in range(raw.FPDFFormObj_CountObjects(thing)):
        yield from _thing(raw, raw.FPDFFormObj_GetObject(thing, place), [matrix, *forms])


def _clips(raw: Any, thing: Any, forms: Sequence[Any]) -> list[Box]:
    clip = raw.FPDFPageObj_GetClipPath(thing)
    found = []
    for number in range(max(0, raw.FPDFClipPath_CountPaths(clip))) if clip else ():
        points = [
            _point(raw, raw.FPDFClipPath_GetPathSegment(clip, number, n), forms)
            for n in range(max(0, raw.FPDFClipPath_CountPathSegments(clip, number)))
        ]
        box = around(points)
        if box is not None:
            found.append(Box(box.left - SLACK, box.bottom - SLACK, box.right + SLACK, box.top + SLACK))
    return found


def _rectangles(raw: Any, thing: Any, forms: Sequence[Any], order: int) -> list[Cover]:
    """The parts of a filled shape that are rectangles; other shapes may leave free what is within them."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(thing, fill, stroke) or not fill.value:
        return []
    ink = [ctypes.c_uint() for _ in range(4)]
    if not raw.FPDFPageObj_GetFillColor(thing, *ink) or ink[3].value < OPAQUE:
        return []
    if raw.FPDFPageObj_HasTransparency(thing):
        return []
    matrix = raw.FS_MATRIX()
    own = [matrix] if raw.FPDFPageObj_GetMatrix(thing, matrix) else []
    parts: list[list[Point]] = []
    for place in range(max(0, raw.FPDFPath_CountSegments(thing))):
        segment = raw.FPDFPath_GetPathSegment(thing, place)
        if not parts or raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            parts.append([])
        parts[-1].append(_point(raw, segment, [*own, *forms]))
    colour = ink[0].value, ink[1].value, ink[2].value
    boxes = [box for part in parts if (box := around(part)) is not None and is_rectangle(part, box)]
    return [Cover(order, box, colour) for box in boxes if not frames(box, boxes)]


def frames(box: Box, others: Sequence[Box]) -> bool:
    """Whether one of two parts of a shape lies within the other: what is filled then may be a frame."""
    pairs = ((one, box) for one in others), ((box, one) for one in others)
    return any(
        one != whole and whole.holds((one.left, one.bottom)) and whole.holds((one.right, one.top))
        for one, whole in chain(*pairs)
    )


def is_rectangle(points: Sequence[Point], box: Box) -> bool:
    """Whether each point is a corner of what lies around them, and all four are there."""
    corners = set()
    for x, y in points:
        right, top = abs(x - box.right) < SLACK, abs(y - box.top) < SLACK
        if not (right or abs(x - box.left) < SLACK) or not (top or abs(y - box.bottom) < SLACK):
            return False
        corners.add((right, top))
    return len(corners) == 4


def _picture(
    raw: Any, document: Any, page: Any, thing: Any, forms: Sequence[Any], order: int
) -> Iterator[Cover]:
    """A picture as a cover, with its clear pixels."""
    if raw.FPDFPageObj_HasTransparency(thing):
        return
    sides = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(thing, *sides):
        return
    left, bottom, right, top = (one.value for one in sides)
    corners = [(x, y) for x in (left, right) for y in (bottom, top)]
    box = around([_moved(corner, forms) for corner in corners])
    bitmap = raw.FPDFImageObj_GetRenderedBitmap(document, page, thing)
    if not bitmap or box is None:
        return
    try:
        if raw.FPDFBitmap_GetFormat(bitmap) != raw.FPDFBitmap_BGRA:
            yield Cover(order, box)
            return
        high, stride = raw.FPDFBitmap_GetHeight(bitmap), raw.FPDFBitmap_GetStride(bitmap)
        pixels = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), high * stride)
        yield Cover(order, box, None, Picture(raw.FPDFBitmap_GetWidth(bitmap), high, stride, pixels))
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def _point(raw: Any, segment: Any, matrices: Sequence[Any]) -> Point:
    x, y = ctypes.c_float(), ctypes.c_float()
    raw.FPDFPathSegment_GetPoint(segment, x, y)
    return _moved((x.value, y.value), matrices)


def _moved(spot: Point, matrices: Sequence[Any]) -> Point:
    x, y = spot
    for m in matrices:
        x, y = m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f
    return x, y


def around(points: Sequence[Point]) -> Box | None:
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def address(thing: Any) -> int:
    """Of an object of pdfium; 0 for none."""
    return ctypes.addressof(thing.contents) if thing else 0

"""Ink, shapes and clips of an OFD's objects (GB/T 33190-2016, chapters 8 and 9), and how its XML is read.

Places are millimetres; a box's bottom is its lower number, as y goes down.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from lxml import etree

from renhai.checks.papers.covered import (
    FAINT,
    OPAQUE,
    PAPER,
    Box,
    Colour,
    Ink,
    Point,
    around,
    frames,
    is_faint,
    is_rectangle,
)

CLIPPED_MM = 0.5  # beyond an object's boundary or its clip nothing of it is drawn
MOST_RELATIVES = 20  # of drawing parameters
BLACK = (0, 0, 0)
THICK_MM = 1.0  # a line that is thinner strikes a text through, and hides nothing
LINE_MM = 0.353  # how thick a line is where nothing says it
STRAIGHT = {"S", "M", "L", "C"}
_PATH = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:[eE][-+]?\d+)?")
Params = Mapping[str, Any]
Matrix = Sequence[float]
UPRIGHT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Shade(NamedTuple):
    """A part of a shape that hides what is under it. colour: None for many, or where some may be free."""

    box: Box
    colour: Colour | None


def shades(shape: Any, params: Params) -> Iterator[Shade]:
    """The parts of a shape that hide something: filled ones, and thick lines."""
    alpha = float(shape.get("Alpha") or 255)
    filled = shape.get("Fill") == "true" and min(alpha, ink_of(shape, params)[3]) >= OPAQUE
    thick = thickness(shape) if shape.get("Stroke") != "false" and alpha >= OPAQUE else 0.0
    if next(elements(shape, "Clips"), None) is not None or not (filled or thick >= THICK_MM):
        return
    edge, data = boundary(shape), next(elements(shape, "AbbreviatedData"), None)
    matrix, path = matrix_of(shape), "".join(data.itertext()) if data is not None else ""
    parts = [[moved((x, y), matrix, edge) for x, y in part] for part in _parts(path)]
    if filled:
        colour = None if is_many(colour_of(shape, params)) else ink_of(shape, params)[:3]
        yield from _filled(parts, edge, colour, path)
    if thick >= THICK_MM:
        stroke = colour_of(shape, params, "StrokeColor")
        yield from _lines(parts, edge, thick, None if is_many(stroke) else _ink(stroke)[:3])


def thickness(shape: Any) -> float:
    """Of its lines."""
    return float(shape.get("LineWidth") or LINE_MM) * math.sqrt(abs(determinant(matrix_of(shape))))


def _filled(parts: Sequence[Sequence[Point]], edge: Box, colour: Colour | None, path: str) -> Iterator[Shade]:
    boxes = [(part, box) for part in parts if (box := around(part)) is not None]
    operators = {one for one in _PATH.findall(path) if one.isalpha()}
    for part, box in boxes:
        if operators <= STRAIGHT and is_rectangle(part, box):
            if not frames(box, [other for _, other in boxes]):
                yield Shade(_within(box, edge), colour)
        elif len(boxes) == 1:  # several are letters, say, or leave free what is within
            yield Shade(edge if "A" in operators else _within(box, edge), None)


def _lines(
    parts: Sequence[Sequence[Point]], edge: Box, thick: float, colour: Colour | None
) -> Iterator[Shade]:
    """Straight lines along a side of the page that are as thick as a text is high."""
    for part in parts:
        box = around(part)
        if len(part) == 2 and box is not None and min(box.right - box.left, box.top - box.bottom) < LINE_MM:
            upright = box.right - box.left < LINE_MM
            across, down = (thick / 2, 0.0) if upright else (0.0, thick / 2)
            grown = Box(box.left - across, box.bottom - down, box.right + across, box.top + down)
            yield Shade(_within(grown, edge), colour)


def _within(box: Box, edge: Box) -> Box:
    return Box(
        max(box.left, edge.left), max(box.bottom, edge.bottom),
        min(box.right, edge.right), min(box.top, edge.top),
    )  # fmt: skip


def _parts(path: str) -> Iterator[list[Point]]:
    """The points of each part of a shape; of curves what they bend to, too, of arcs where they end alone."""
    part: list[Point] = []
    operator, values = "", list[float]()
    for token in [*_PATH.findall(path), "M"]:
        if not token.isalpha():
            values.append(float(token))
            continue
        points = values[-2:] if operator == "A" else values
        part += zip(points[::2], points[1::2], strict=False)
        if token in "SM":
            yield part
            part = []
        operator, values = token, []


def is_clipped(text: Any, spots: Sequence[Point]) -> bool:
    """Whether a clip may leave out something of a text. spots: of its letters, from its boundary's corner. A
    clip stands in the object's own system, which some move by its CTM and some do not."""
    matrix = matrix_of(text)
    for clip in elements(text, "Clip"):
        areas = list[Box]()
        for path in elements(clip, "Path"):
            with suppress(ValueError):  # what cannot be read of a clip may leave out anything
                areas += _area(path)
        ways = [areas, [box for one in areas if (box := around(_corners(one, matrix))) is not None]]
        if not any(all(any(box.holds(spot) for box in boxes) for spot in spots) for boxes in ways):
            return True
    return False


def _area(path: Any) -> list[Box]:
    """Of a clip; nothing of one that is no rectangle. Raises ValueError."""
    edge, data = boundary(path), next(elements(path, "AbbreviatedData"), None)
    parts = list(_parts("".join(data.itertext()))) if data is not None else []
    points = [moved(point, matrix_of(path), edge) for part in parts for point in part]
    box = around(points)
    if box is None or not is_rectangle(points, box):
        return []
    slack = CLIPPED_MM
    return [Box(box.left - slack, box.bottom - slack, box.right + slack, box.top + slack)]


def _corners(box: Box, matrix: Matrix) -> list[Point]:
    spots = [(x, y) for x in (box.left, box.right) for y in (box.bottom, box.top)]
    return [moved(spot, matrix, Box(0, 0, 0, 0)) for spot in spots]


def moved(spot: Point, matrix: Matrix, edge: Box) -> Point:
    (x, y), (a, b, c, d, e, f) = spot, matrix
    return a * x + c * y + e + edge.left, b * x + d * y + f + edge.bottom


def matrix_of(thing: Any) -> Matrix:
    """Raises ValueError for one that has not six numbers."""
    found = numbers(thing.get("CTM") or "") or UPRIGHT
    if len(found) != 6:
        raise ValueError(f"{thing.get('CTM')[:40]} is no CTM")
    return found


def determinant(matrix: Matrix) -> float:
    return matrix[0] * matrix[3] - matrix[1] * matrix[2]


def inks_of(text: Any, params: Params) -> list[Ink]:
    """What a text is filled with and drawn along its edges with."""
    found = [] if text.get("Fill") == "false" else [_ink(colour_of(text, params))]
    if text.get("Stroke") == "true":
        found.append(_ink(colour_of(text, params, "StrokeColor")))
    return found


def ink_of(thing: Any, params: Params) -> Ink:
    """What it is filled with: black where nothing says it, clear where nothing is filled."""
    return (*BLACK, 0) if thing.get("Fill") == "false" else _ink(colour_of(thing, params))


def _ink(colour: Any) -> Ink:
    if colour is None:
        return (*BLACK, 255)
    values = [_value(one) for one in (colour.get("Value") or "0 0 0").split()]
    return (*_rgb(values), int(float(colour.get("Alpha") or 255)))


def is_many(colour: Any) -> bool:
    """Whether it is a shading or a pattern, or one of a palette, which is not looked at."""
    return colour is not None and not colour.get("Value") and (len(colour) > 0 or bool(colour.get("Index")))


def _value(text: str) -> int:
    """Of a colour: 238 or #ee."""
    return int(text[1:], 16) if text.startswith("#") else int(numbers(text)[0])


def _rgb(values: Sequence[int]) -> Colour:
    """Of one value (grey), three, or four (CMYK)."""
    if len(values) == 1:
        return (values[0],) * 3
    if len(values) == 4:
        red, green, blue = (max(0, 255 - value - values[3]) for value in values[:3])
        return red, green, blue
    red, green, blue = values
    return red, green, blue


def words_unseen(text: Any) -> bool:
    """Of an annotation's text, which has no drawing parameters."""
    return not is_visible(text) or is_faint(inks_of(text, {}), PAPER)


def is_visible(thing: Any) -> bool:
    """Whether it, and what it stands in, is visible and not transparent."""
    if any(one.get("Visible") == "false" for one in (thing, *thing.iterancestors())):
        return False
    return float(thing.get("Alpha") or 255) >= FAINT


def colour_of(thing: Any, params: Params, kind: str = "FillColor") -> Any:
    """What it is filled or drawn with: its own colour, or that of its drawing parameters or its layer's; None
    where nothing says it, which is black."""
    own = next((one for one in thing if isinstance(one.tag, str) and name_of(one) == kind), None)
    if own is not None:
        return own
    named = (one.get("DrawParam") for one in (thing, *thing.iterancestors()))
    place = next((name for name in named if name), None)
    for _ in range(MOST_RELATIVES):
        param = params.get(place or "")
        if param is None:
            return None
        colour = next(elements(param, kind), None)
        if colour is not None:
            return colour
        place = param.get("Relative")
    return None


def boundary(thing: Any) -> Box:
    left, top, wide, high = numbers(attribute(thing, "Boundary"))
    return Box(left, top, left + wide, top + high)


def numbers(text: str) -> list[float]:
    """Raises ValueError for what is none, or no place, such as nan: it is beside nothing."""
    found = [float(part) for part in text.split()]
    if not all(map(math.isfinite, found)):
        raise ValueError(f"{text[:40]} is no place")
    return found


def elements(within: Any, name: str) -> Iterator[Any]:
    """Those of a name, whatever they stand in."""
    return (one for one in within.iter() if isinstance(one.tag, str) and name_of(one) == name)


def name_of(element: Any) -> str:
    return str(etree.QName(element).localname)


def attribute(element: Any, name: str) -> str:
    """Raises ValueError where it has none."""
    value = element.get(name)
    if value is None:
        raise ValueError(f"{name_of(element)} has no {name}")
    return str(value)

"""The characters of one page of an OFD, and which of them are seen (GB/T 33190-2016, chapters 8 to 11).

Places are millimetres. Objects are drawn in the order in which they stand, what a template has in the
background first.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import Any, NamedTuple

from lxml import etree

from renhai.checks.papers.covered import (
    FAINT,
    OPAQUE,
    PAPER,
    Box,
    Colour,
    Ink,
    around,
    is_faint,
    is_rectangle,
)
from renhai.checks.papers.pdf import MOST_CHARS, SMALL_MM, THIN_MM, Unreadable
from results.checks.papers.layout import Char

CLIPPED_MM = 0.5  # beyond an object's boundary nothing of it is drawn
NARROW = 0.25  # of its height: no letter is set narrower
MOST_RELATIVES = 20  # of drawing parameters
BLACK = (0, 0, 0)
LAYERS = {"Background": 0, "Foreground": 2}
_TOKEN = re.compile(r"\S+")
_PATH = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:[eE][-+]?\d+)?")
_LATIN = 0x2E7F  # the last letter before those of East Asia
Params = Mapping[str, Any]


class Seen(NamedTuple):
    """Of a page. unknown: why what is seen of it may be something else; pictures: how many it has."""

    chars: list[Char]
    unknown: str
    pictures: int


class _Letter(NamedTuple):
    """order: of drawing; high: how high a Hanzi is."""

    order: int
    high: float
    char: Char
    ink: Ink


class _Cover(NamedTuple):
    """colour: None for a picture."""

    order: int
    box: Box
    colour: Colour | None


def seen_of(parts: Iterable[Any], number: int, params: Params) -> Seen:
    """parts: the page's content, and that of its templates, in the order of drawing; params: drawing
    parameters by their ids. Raises ValueError."""
    letters, covers, turned, pictures = list[_Letter](), list[_Cover](), "", 0
    for order, thing in enumerate(_things(parts)):
        name = name_of(thing)
        if name == "TextObject":
            turned = turned or _turned(thing, number)
            ink = ink_of(thing, params)
            letters += (_Letter(order, high, char, ink) for high, char in _letters(thing, number))
            if len(letters) > MOST_CHARS:
                raise Unreadable(f"it has more than {MOST_CHARS:,} characters")
        elif name == "PathObject":
            covers += (_Cover(order, box, ink_of(thing, params)[:3]) for box in _rectangles(thing, params))
        else:
            pictures += 1
            with contextlib.suppress(ValueError):  # one without a place is over nothing
                covers.append(_Cover(order, _boundary(thing), None))
    shown, hidden = list[Char](), ""
    for letter in letters:
        there = [one for one in covers if _hides(one.box, letter)]
        below = next((one.colour for one in reversed(there) if one.order < letter.order), PAPER)
        if is_faint([letter.ink], below):
            continue
        over = next((one for one in there if one.order > letter.order), None)
        if over is None or over.colour is None:
            shown.append(letter.char)
        if over is not None and over.colour is None:
            hidden = f"page {number} has a picture over its texts, which is not looked at"
    return Seen(shown, hidden or turned, pictures)


def _things(parts: Iterable[Any]) -> Iterator[Any]:
    """Texts, shapes and pictures in the order of drawing."""
    for part in parts:
        for layer in sorted(elements(part, "Layer"), key=lambda one: LAYERS.get(one.get("Type") or "", 1)):
            for one in layer.iter():
                named = isinstance(one.tag, str)
                if named and name_of(one) in ("TextObject", "PathObject", "ImageObject") and _visible(one):
                    yield one


def _letters(text: Any, number: int) -> Iterator[tuple[float, Char]]:
    """What is seen of it: its boundary's corner, its CTM, then each TextCode's X, Y, DeltaX and DeltaY."""
    whole = numbers(attribute(text, "Boundary"))
    (size,) = numbers(attribute(text, "Size"))
    a, b, c, d, e, f = numbers(text.get("CTM") or "1 0 0 1 0 0")
    if a * d <= b * c:
        return  # mirrored, or flat
    x = y = 0.0
    for code in elements(text, "TextCode"):
        (x,), (y,) = numbers(code.get("X") or str(x)), numbers(code.get("Y") or str(y))
        at, down, least, told = x, y, 0.0, code.get("DeltaX") or code.get("DeltaY")
        for letter, step, lower in _placed(code, size):
            left = a * at + c * down + e + whole[0]
            base = b * at + d * down + f + whole[1]
            high, right = math.hypot(c, d) * size, left + a * step
            wide = size * math.hypot(a, b)
            # where no step is told a font may set it narrower than is reckoned here
            nearest = left if told else x * a + c * down + e + whole[0] + least * a
            seen = _is_big(wide, high) and _within(nearest, base, wide, high, whole)
            if seen and not letter.isspace():
                yield high, Char(number, letter, left, right, base)
            at, down = at + step, down + lower
            least += size if is_wide(letter) else size * NARROW


def _placed(code: Any, size: float) -> Iterator[tuple[str, float, float]]:
    """Each letter with the steps to the next one."""
    words = "".join(code.itertext())
    if len(words) > MOST_CHARS:
        raise Unreadable(f"a text of it has {len(words):,} characters")
    steps, lower = (list(islice(_steps(code.get(name) or ""), len(words))) for name in ("DeltaX", "DeltaY"))
    for place, letter in enumerate(words):
        wide = size if is_wide(letter) else size / 2
        # a text with steps downwards alone stays at its X
        across = steps[min(place, len(steps) - 1)] if steps else 0.0 if lower else wide
        yield letter, across, lower[min(place, len(lower) - 1)] if lower else 0.0


def _is_big(wide: float, high: float) -> bool:
    return wide >= THIN_MM and high >= SMALL_MM


def _within(left: float, base: float, wide: float, high: float, whole: Sequence[float]) -> bool:
    """Whether something of a letter stands within its object's boundary, beyond which the object is cut off.
    A boundary without an inside cuts off nothing: readers show such texts."""
    if len(whole) < 4 or whole[2] <= 0 or whole[3] <= 0:
        return True
    x, y, right, bottom = whole[0], whole[1], whole[0] + whole[2], whole[1] + whole[3]
    letter = Box(left, base - high * 0.9, left + wide, base + high * 0.1)
    edge = Box(x - CLIPPED_MM, y - CLIPPED_MM, right + CLIPPED_MM, bottom + CLIPPED_MM)
    return edge.shows(letter)


def _turned(text: Any, number: int) -> str:
    turns = (text.get(name) or "0" for name in ("ReadDirection", "CharDirection"))
    return f"page {number} has a text that is turned, which is not looked at" if set(turns) != {"0"} else ""


def _visible(thing: Any) -> bool:
    """Whether it, and what it stands in, is visible and not transparent."""
    if any(one.get("Visible") == "false" for one in (thing, *thing.iterancestors())):
        return False
    return float(thing.get("Alpha") or 255) >= FAINT


def ink_of(thing: Any, params: Params) -> Ink:
    """What it is drawn with, its edge where it has one: black where nothing says it, clear where nothing is
    filled."""
    if thing.get("Stroke") == "true" and name_of(thing) == "TextObject":
        return (*BLACK, 255)
    if thing.get("Fill") == "false":
        return (*BLACK, 0)
    ink = _colour(thing, params)
    if ink is None:
        return (*BLACK, 255)
    values = [_value(one) for one in (ink.get("Value") or "0 0 0").split()]
    return (*_rgb(values), int(float(ink.get("Alpha") or 255)))


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
    return not _visible(text) or is_faint([ink_of(text, {})], PAPER)


def _colour(thing: Any, params: Params) -> Any:
    """What it is filled with: its own colour, or that of its drawing parameters or its layer's; None where
    nothing says it, which is black."""
    own = next((one for one in thing if isinstance(one.tag, str) and name_of(one) == "FillColor"), None)
    if own is not None:
        return own
    named = (one.get("DrawParam") for one in (thing, *thing.iterancestors()))
    place = next((name for name in named if name), None)
    for _ in range(MOST_RELATIVES):
        param = params.get(place or "")
        if param is None:
            return None
        colour = next(elements(param, "FillColor"), None)
        if colour is not None:
            return colour
        place = param.get("Relative")
    return None


def _rectangles(shape: Any, params: Params) -> Iterator[Box]:
    """The parts of a filled shape that are rectangles; other shapes may leave free what is within them."""
    alpha = min(float(shape.get("Alpha") or 255), ink_of(shape, params)[3])
    if shape.get("Fill") != "true" or alpha < OPAQUE or next(elements(shape, "Clips"), None) is not None:
        return
    edge = _boundary(shape)
    a, b, c, d, e, f = numbers(shape.get("CTM") or "1 0 0 1 0 0")
    data = next(elements(shape, "AbbreviatedData"), None)
    for part in _parts("".join(data.itertext()) if data is not None else ""):
        corners = [(a * x + c * y + e + edge.left, b * x + d * y + f + edge.bottom) for x, y in part]
        box = around(corners)
        if box is not None and is_rectangle(corners, box):
            yield Box(
                max(box.left, edge.left), max(box.bottom, edge.bottom),
                min(box.right, edge.right), min(box.top, edge.top),
            )  # fmt: skip


def _parts(path: str) -> Iterator[list[tuple[float, float]]]:
    """The corners of each part of a shape of straight lines; of others nothing."""
    tokens = _PATH.findall(path)
    if any(one.isalpha() and one not in "SMLC" for one in tokens):
        return
    part: list[float] = []
    for token in [*tokens, "M"]:
        if token in "SM":
            yield list(zip(part[::2], part[1::2], strict=False))
            part = []
        elif not token.isalpha():
            part.append(float(token))


def _hides(box: Box, letter: _Letter) -> bool:
    """Whether all of a letter's middle is under it: a line strikes a text through, and hides nothing."""
    char, high = letter.char, letter.high
    x, y = (char.x + char.right) / 2, char.y - high * 0.35
    wide = abs(char.right - char.x) / 4
    return all(box.holds((x + m * wide, y + n * high / 8)) for m in (-1, 1) for n in (-1, 1))


def _boundary(thing: Any) -> Box:
    left, top, wide, high = numbers(attribute(thing, "Boundary"))
    return Box(left, top, left + wide, top + high)


def is_wide(letter: str) -> bool:
    """Whether a letter is as wide as the font is high; others are half as wide."""
    return ord(letter) > _LATIN or letter in "￥（）"


def _steps(text: str) -> Iterator[float]:
    """DeltaX: steps, where `g N S` stands for N times S."""
    parts = (found[0] for found in _TOKEN.finditer(text))
    for first in parts:
        if first == "g":
            times, step = int(next(parts)), numbers(next(parts))
            yield from repeat(step[0], times)
        else:
            yield from numbers(first)


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

"""The characters of one page of an OFD, and which of them are seen (GB/T 33190-2016, chapters 8 to 11).

Places are millimetres. Objects are drawn in the order in which they stand, what a template has in the
background first.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat
from typing import Any, NamedTuple

from renhai.checks.papers.covered import PAPER, Box, Boxes, Colour, Ink, is_faint
from renhai.checks.papers.ofd_shapes import (
    CLIPPED_MM,
    Params,
    attribute,
    boundary,
    colour_of,
    determinant,
    elements,
    inks_of,
    is_clipped,
    is_many,
    is_visible,
    matrix_of,
    name_of,
    numbers,
    shades,
)
from renhai.checks.papers.pdf import MOST_CHARS, SMALL_MM, THIN_MM, TURNED, Unreadable
from results.checks.papers.layout import Char

MIDDLE = 0.35  # of a letter's height, above its base line
INK = "page {} has a text in a shading, a pattern or a palette's colour, which is not looked at"
CLIP = "page {} has a text with a clip, which is not looked at"
NARROW = 0.25  # of its height: no letter is set narrower
DRAWN = ("TextObject", "PathObject", "ImageObject", "CompositeObject")
LAYERS = {"Background": 0, "Foreground": 2}
_TOKEN = re.compile(r"\S+")
_LATIN = 0x2E7F  # the last letter before those of East Asia


class Seen(NamedTuple):
    """Of a page. unknown: why what is seen of it may be something else; pictures: how many it has."""

    chars: list[Char]
    unknown: str
    pictures: int


class _Letter(NamedTuple):
    """order: of drawing; high: how high a Hanzi is; leans: it does not stand upright."""

    order: int
    high: float
    char: Char
    inks: list[Ink]
    leans: bool


class _Cover(NamedTuple):
    """colour: None for what is not looked at."""

    order: int
    box: Box
    colour: Colour | None


def seen_of(parts: Iterable[Any], number: int, params: Params) -> Seen:
    """parts: the page's content, and that of its templates, in the order of drawing; params: drawing
    parameters by their ids. Raises ValueError."""
    letters, covers, doubt, pictures = list[_Letter](), list[_Cover](), "", 0
    for order, thing in enumerate(_things(parts)):
        name = name_of(thing)
        if name == "TextObject":
            found = _of_text(thing, number, order, params)
            doubt = doubt or _turned(thing, number) or _clipped(thing, found, number)
            if found and thing.get("Fill") != "false" and is_many(colour_of(thing, params)):
                doubt = doubt or INK.format(number)
            letters += found
            if len(letters) > MOST_CHARS:
                raise Unreadable(f"it has more than {MOST_CHARS:,} characters")
        elif name == "PathObject":
            covers += (_Cover(order, *shade) for shade in shades(thing, params))
        else:
            pictures += 1
            with contextlib.suppress(ValueError):  # one without a place is over nothing
                covers.append(_Cover(order, boundary(thing), None))
    shown, hidden = _shown(letters, covers)
    over = f"page {number} has a picture or a shape over its texts, which is not looked at" if hidden else ""
    return Seen(shown, over or doubt, pictures)


def _shown(letters: Iterable[_Letter], covers: Sequence[_Cover]) -> tuple[list[Char], bool]:
    """What is seen, and whether something is over it that is not looked at. Letters that lean are a
    watermark's, where others are upright."""
    upright, leaning, hidden = list[Char](), list[Char](), False
    boxes = Boxes([one.box for one in covers])
    for letter in letters:
        there = [covers[n] for n in boxes.holding(_middle(letter))] if covers else []
        below = next((one.colour for one in reversed(there) if one.order < letter.order), PAPER)
        if is_faint(letter.inks, below):
            continue
        over = next((one for one in there if one.order > letter.order), None)
        if over is None or over.colour is None:
            (leaning if letter.leans else upright).append(letter.char)
        hidden = hidden or (over is not None and over.colour is None)
    return upright or leaning, hidden


def _of_text(text: Any, number: int, order: int, params: Params) -> list[_Letter]:
    inks, matrix = inks_of(text, params), matrix_of(text)
    leans = math.cos(math.atan2(matrix[1], matrix[0])) < TURNED
    return [_Letter(order, high, char, inks, leans) for high, char in _letters(text, number)]


def _clipped(text: Any, letters: Sequence[_Letter], number: int) -> str:
    if next(elements(text, "Clips"), None) is None:
        return ""
    edge = boundary(text)
    spots = [
        ((one.char.x + one.char.right) / 2 - edge.left, one.char.y - one.high * MIDDLE - edge.bottom)
        for one in letters
    ]
    return CLIP.format(number) if is_clipped(text, spots) else ""


def _things(parts: Iterable[Any]) -> Iterator[Any]:
    """Texts, shapes and pictures in the order of drawing."""
    for part in parts:
        for layer in sorted(elements(part, "Layer"), key=lambda one: LAYERS.get(one.get("Type") or "", 1)):
            for one in layer.iter():
                if isinstance(one.tag, str) and name_of(one) in DRAWN and is_visible(one):
                    yield one


def _letters(text: Any, number: int) -> Iterator[tuple[float, Char]]:
    """What is seen of it: its boundary's corner, its CTM, then each TextCode's X, Y, DeltaX and DeltaY."""
    whole = numbers(attribute(text, "Boundary"))
    (size,) = numbers(attribute(text, "Size"))
    matrix, scale = matrix_of(text), float(text.get("HScale") or 1)
    if determinant(matrix) * scale <= 0:
        return  # mirrored, or flat
    a, b, c, d, e, f = matrix
    x = y = 0.0
    for code in elements(text, "TextCode"):
        (x,), (y,) = numbers(code.get("X") or str(x)), numbers(code.get("Y") or str(y))
        at, down, least, told = x, y, 0.0, code.get("DeltaX") or code.get("DeltaY")
        for letter, step, lower in _placed(code, size, scale):
            left = a * at + c * down + e + whole[0]
            base = b * at + d * down + f + whole[1]
            high, right = math.hypot(c, d) * size, left + a * step
            wide = size * scale * math.hypot(a, b)
            # where no step is told a font may set it narrower than is reckoned here
            nearest = left if told else x * a + c * down + e + whole[0] + least * a
            seen = _is_big(wide, high) and _within(nearest, base, wide, high, whole)
            if seen and not letter.isspace():
                yield high, Char(number, letter, left, right, base)
            at, down = at + step, down + lower
            least += size * scale * (1 if is_wide(letter) else NARROW)


def _placed(code: Any, size: float, scale: float) -> Iterator[tuple[str, float, float]]:
    """Each letter with the steps to the next one. scale: how wide letters are drawn."""
    words = "".join(code.itertext())
    if len(words) > MOST_CHARS:
        raise Unreadable(f"a text of it has {len(words):,} characters")
    steps, lower = (list(islice(_steps(code.get(name) or ""), len(words))) for name in ("DeltaX", "DeltaY"))
    for place, letter in enumerate(words):
        wide = scale * (size if is_wide(letter) else size / 2)
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


def _middle(letter: _Letter) -> Box:
    """What must be under it for a letter to be hidden: a line strikes a text through, and hides nothing."""
    char, high = letter.char, letter.high
    x, y = (char.x + char.right) / 2, char.y - high * MIDDLE
    wide = abs(char.right - char.x) / 4
    return Box(x - wide, y - high / 8, x + wide, y + high / 8)


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

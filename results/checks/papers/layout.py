"""Where texts stand on a paper and on its form, and where a value begins and ends; pure.

Places are millimetres from a page's top left corner to the left end of a text's base line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from results.checks.papers.capitals import DIGITS
from results.checks.papers.letters import folded

GAP_MM = 1.5  # between two characters of one text there is less
LINE_MM = 0.5
SIGNS = {
    "amount": "0123456789.,-¥\N{MINUS SIGN}",
    "capitals": f"{DIGITS}仟佰拾万亿萬億貳參叄陸元圆圓角分整正负人民币幣",
    "date": "0123456789-/.年月日",
    "period": "0123456789-/.年月日至到~",
}
"""Characters that a value of each kind is made of, folded."""
TWICE_MM = 0.25  # a letter printed again this near is the same one, made bold
_down = itemgetter(0, 4, 2)  # page, y, x of a Char
_across = itemgetter(2)


class Char(NamedTuple):
    """A character where it stands; right: its right end."""

    page: int
    text: str
    x: float
    right: float
    y: float


class Field(NamedTuple):
    """A place of a form. kind: of results.checks.papers.values; whose: it says whose paper it is; ends: x is
    the right end of the text; height: how far further lines may stand below."""

    name: str
    page: int
    x: float
    y: float
    width: float
    height: float = 0.0
    kind: str = "text"
    whose: bool = False
    ends: bool = False


class Label(NamedTuple):
    """Words that are the same on every paper."""

    text: str
    page: int
    x: float
    y: float


class Form(NamedTuple):
    """How a paper is laid out; tolerance: how far a text may stand from its place, along either side; size:
    of each page in mm, as wide and as high; None for any."""

    name: str
    pages: int
    fields: tuple[Field, ...]
    labels: tuple[Label, ...] = ()
    tolerance: float = 2.0
    size: tuple[float, float] | None = None


class Segment(NamedTuple):
    """Characters one after another on a line."""

    text: str
    page: int
    x: float
    right: float
    y: float
    chars: Sequence[Char] = ()


def texts(chars: Sequence[Char]) -> list[Segment]:
    """The texts of a paper, in the order of reading."""
    return joined(lines_of([char for char in chars if not char.text.isspace()]))


def joined(lines: Sequence[Sequence[Char]]) -> list[Segment]:
    """The texts of all lines, in the order of reading."""
    found: list[Segment] = []
    for line in lines:
        begin = end = 0
        right = line[0].right
        for end, char in enumerate(line):
            if end > begin and not -GAP_MM < char.x - right < GAP_MM:
                found.append(_segment(line[begin:end], right))
                begin, right = end, char.right
            right = max(right, char.right)
        found.append(_segment(line[begin : end + 1], right))
    return found


def _segment(chars: Sequence[Char], right: float) -> Segment:
    first = chars[0]
    return Segment("".join([char.text for char in chars]), first.page, first.x, right, first.y, chars)


def lines_of(chars: Sequence[Char]) -> list[list[Char]]:
    """Characters of one height, from left to right; pages and lines from the top."""
    lines: list[list[Char]] = []
    page, y = 0, 0.0
    for char in sorted(chars, key=_down):
        if char.page != page or char.y - y > LINE_MM:
            lines.append([])
            page, y = char.page, char.y
        lines[-1].append(char)
    return [_once(sorted(line, key=_across)) for line in lines]


def _once(line: Sequence[Char]) -> list[Char]:
    """Without the letters that are printed once more in the same place, to make them bold."""
    found: list[Char] = []
    for char in line:
        if not any(char.text == one.text and char.x - one.x < TWICE_MM for one in found[-2:]):
            found.append(char)
    return found


def holds(field: Field, tolerance: float, char: Char) -> bool:
    """Whether a character stands in a field's place."""
    left, right = (field.x - field.width, field.x) if field.ends else (field.x, field.x + field.width)
    across = left - tolerance <= char.x < right + (tolerance if field.ends else 0)
    return (
        char.page == field.page
        and across
        and field.y - tolerance <= char.y <= field.y + field.height + tolerance
    )


def inside(
    field: Field, lines: Sequence[Sequence[Char]], form: Form
) -> tuple[list[Sequence[Char]], list[Sequence[Char]]]:
    """The lines of a field as far as they stand in its place, and the texts that these are a part of: a digit
    before the place is read with those in it."""
    found: list[Sequence[Char]] = []
    whole: list[Sequence[Char]] = []
    for line in lines:
        there = [n for n, char in enumerate(line) if holds(field, form.tolerance, char)]
        if there:
            first, last = there[0], there[-1]
            found.append([line[n] for n in there])
            before, after = _before(field, line, first, form), _after(field, line, last, form)
            whole.append([*line[before:first], *found[-1], *line[last + 1 : after]])
    return found, whole


def _before(field: Field, line: Sequence[Char], first: int, form: Form) -> int:
    """Where the text begins that goes on in a field's place."""
    begin = first
    while (
        begin and _one_text(field, line[begin - 1], line[begin], form) and _is_value(field, line[begin - 1])
    ):
        begin -= 1
    text = folded("".join([char.text for char in line[begin:first]]))
    return first if any(text.endswith(folded(label.text)) for label in form.labels) else begin


def _after(field: Field, line: Sequence[Char], last: int, form: Form) -> int:
    """Behind which character the text ends that begins in a field's place."""
    end = last + 1
    while end < len(line) and _one_text(field, line[end - 1], line[end], form):
        end += 1
    return end


def _one_text(field: Field, one: Char, next_: Char, form: Form) -> bool:
    """Whether two characters side by side are of one value; what stands in another field's place is not."""
    if not -GAP_MM < next_.x - one.right < GAP_MM:
        return False
    kind = _class(field, one)
    if not kind or kind != _class(field, next_):
        return False
    others = (other for other in form.fields if other.name != field.name)
    return not any(
        holds(other, form.tolerance, one) or holds(other, form.tolerance, next_) for other in others
    )


def _class(field: Field, char: Char) -> str:
    """Characters of one class that stand side by side are read as one; "" for those that part texts."""
    letter = folded(char.text)
    signs = SIGNS.get(field.kind)
    if signs is not None:
        return "value" if letter and letter in signs else ""
    return ("latin" if letter.isascii() else "letter") if letter.isalnum() else ""


def _is_value(field: Field, char: Char) -> bool:
    """Whether a character before a field may be the value's; Hanzi before a text are its heading."""
    return field.kind != "text" or _class(field, char) == "latin"


def behind(label: Label, segment: Segment) -> list[Segment]:
    """What stands right behind words that are the same on every paper, as a text of its own."""
    text = folded(label.text)
    if not folded(segment.text).startswith(text):
        return []
    chars, most = segment.chars, min(len(segment.chars), 2 * len(label.text) + 2)
    parted = (n for n in range(1, most) if folded("".join([char.text for char in chars[:n]])) == text)
    return [_segment(chars[n:], segment.right) for n in islice(parted, 1)]


def ends_there(label: Label, segment: Segment, form: Form) -> bool:
    """Whether words end where a value begins: at a colon, or in the place of a field."""
    for rest in behind(label, segment):
        dx, dy = segment.x - label.x, segment.y - label.y
        next_ = rest.chars[0]._replace(page=label.page, x=rest.x - dx, y=rest.y - dy)  # had nothing moved
        parted = folded(label.text).endswith(":") or folded(rest.text).startswith(":")
        return parted or any(holds(field, form.tolerance, next_) for field in form.fields)
    return False

"""One paper against its form: each field says what it must, and stands where it must.

Places are millimetres from a page's top left corner to the left end of a text's base line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from results.checks.papers.capitals import accepted
from results.checks.papers.values import fen_of, folded, same

WHOLE = "(all)"  # the field of a finding that is of the whole paper
PAGES = "(pages)"
IN_PLACE = "in place"
GAP_MM = 1.5  # between two characters of one text there is less
LINE_MM = 0.5
ALIKE_MM = 0.5


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
    """How a paper is laid out; tolerance: how far a text may stand from its place, along either side."""

    name: str
    pages: int
    fields: tuple[Field, ...]
    labels: tuple[Label, ...] = ()
    tolerance: float = 2.0


class Mark(NamedTuple):
    """What is not right on a paper. kind: swapped, wrong or moved. place: (page, x, y) where it should stand,
    and where it stands."""

    kind: str
    field: str
    expected: str
    found: str
    place: tuple[int, float, float] | None = None
    stands: tuple[int, float, float] | None = None


class Segment(NamedTuple):
    """Characters one after another on a line."""

    text: str
    page: int
    x: float
    right: float
    y: float


def judge(form: Form, chars: Sequence[Char], pages: int, expected: Mapping[str, Sequence[str]]) -> list[Mark]:
    """Everything that is not right. expected: the values by the form's field; each of them is looked for.

    Raises KeyError for a field that the form does not have, ValueError for a value that cannot be.
    """
    if pages != form.pages:
        return [Mark("wrong", PAGES, str(form.pages), str(pages))]
    printed = _lines([char for char in chars if not char.text.isspace()])
    segments = joined(printed)
    by_name = {field.name: field for field in form.fields}
    marks = [
        mark
        for name, values in expected.items()
        if (mark := _of_field(by_name[name], values, printed, segments, form.tolerance)) is not None
    ]
    marks += [mark for label in form.labels if (mark := _of_label(label, segments, form.tolerance))]
    return _told_once(_swapped(form, marks, expected))


def _swapped(form: Form, marks: list[Mark], expected: Mapping[str, Sequence[str]]) -> list[Mark]:
    """A paper that names somebody else in every field that says whose it is, is another's; nothing else on it
    is told, as all of it may be right for whom it names."""
    whose = {field.name for field in form.fields if field.whose} & set(expected)
    strange = [mark for mark in marks if mark.field in whose and mark.kind == "wrong" and mark.found]
    if not whose or {mark.field for mark in strange} != whose:
        return marks
    first = strange[0]
    return [Mark("swapped", first.field, first.expected, first.found, first.place)]


def _told_once(marks: list[Mark]) -> list[Mark]:
    """Texts that moved alike are one finding."""
    moved = [mark for mark in marks if mark.kind == "moved"]
    if len(moved) < 2:
        return marks
    steps = [_step(mark) for mark in moved]
    if any(abs(dx - steps[0][0]) > ALIKE_MM or abs(dy - steps[0][1]) > ALIKE_MM for dx, dy in steps):
        return marks
    first = moved[0]
    whole = Mark("moved", WHOLE, IN_PLACE, spelled(*steps[0]), first.place, first.stands)
    return [*(mark for mark in marks if mark.kind != "moved"), whole]


def _step(mark: Mark) -> tuple[float, float]:
    assert mark.place is not None and mark.stands is not None
    return mark.stands[1] - mark.place[1], mark.stands[2] - mark.place[2]


def spelled(dx: float, dy: float) -> str:
    """A step to the right and down, to half a millimetre: of a thousand papers one problem."""
    return f"{round(dx * 2) / 2 + 0:+.1f}, {round(dy * 2) / 2 + 0:+.1f} mm"


def texts(chars: Sequence[Char]) -> list[Segment]:
    """The texts of a paper, in the order of reading."""
    return joined(_lines([char for char in chars if not char.text.isspace()]))


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
    return Segment("".join([char.text for char in chars]), first.page, first.x, right, first.y)


def _lines(chars: Sequence[Char]) -> list[list[Char]]:
    """Characters of one height, from left to right; pages and lines from the top."""
    lines: list[list[Char]] = []
    page, y = 0, 0.0
    for char in sorted(chars, key=_down):
        if char.page != page or char.y - y > LINE_MM:
            lines.append([])
            page, y = char.page, char.y
        lines[-1].append(char)
    for line in lines:
        line.sort(key=_across)
    return lines


_down = itemgetter(0, 4, 2)  # page, y, x of a Char
_across = itemgetter(2)


def _inside(field: Field, lines: Sequence[Sequence[Char]], tolerance: float) -> list[list[Char]]:
    """The lines of a field, as far as they stand in its place."""
    left, right = (field.x - field.width, field.x) if field.ends else (field.x, field.x + field.width)
    left, right = left - tolerance, right + (tolerance if field.ends else 0)
    top, bottom = field.y - tolerance, field.y + field.height + tolerance
    near = (
        [char for char in line if left <= char.x < right and top <= char.y <= bottom]
        for line in lines
        if line[0].page == field.page and top - LINE_MM <= line[0].y <= bottom + LINE_MM
    )
    return [line for line in near if line]


def _of_field(
    field: Field,
    values: Sequence[str],
    printed: Sequence[Sequence[Char]],
    segments: Sequence[Segment],
    tolerance: float,
) -> Mark | None:
    lines = _inside(field, printed, tolerance)
    found = "".join([char.text for line in lines for char in line])
    place, wanted = (field.page, field.x, field.y), "至".join(values)
    if not all(values):
        raise ValueError(f"{field.name} has no value to look for")
    if same(field.kind, values, found):
        first = lines[0]
        x = first[-1].right if field.ends else first[0].x
        return _moved(field.name, place, (field.page, x, first[0].y), tolerance)
    alike = [one for one in segments if same(field.kind, values, one.text)]
    if found:  # something stands there: only what stands on its line can be it, moved
        reach = field.height + tolerance
        alike = [one for one in alike if one.page == field.page and abs(one.y - field.y) <= reach]
    if field.kind == "capitals":
        wanted = min(accepted(fen_of(values[0])))
    if not alike:
        return Mark("wrong", field.name, wanted, found, place)
    spots = [(one.page, one.right if field.ends else one.x, one.y) for one in alike]
    nearest = min(spots, key=lambda spot: _far(place, spot))
    # what stands in its place and is overprinted by something else is not readable there
    return _moved(field.name, place, nearest, tolerance) or Mark("wrong", field.name, wanted, found, place)


def _of_label(label: Label, segments: Sequence[Segment], tolerance: float) -> Mark | None:
    text, place = folded(label.text), (label.page, label.x, label.y)
    alike = [(one.page, one.x, one.y) for one in segments if folded(one.text) == text]
    if not alike:
        begins = [one for one in segments if folded(one.text).startswith(text)]
        alike = [(one.page, one.x, one.y) for one in begins]
    if not alike:
        return Mark("wrong", label.text, label.text, "", place)
    return _moved(label.text, place, min(alike, key=lambda spot: _far(place, spot)), tolerance)


def _moved(
    name: str, place: tuple[int, float, float], stands: tuple[int, float, float], tolerance: float
) -> Mark | None:
    dx, dy = stands[1] - place[1], stands[2] - place[2]
    if stands[0] != place[0]:
        return Mark("moved", name, f"page {place[0]}", f"page {stands[0]}", place, stands)
    if max(abs(dx), abs(dy)) <= tolerance + 1e-6:
        return None
    return Mark("moved", name, IN_PLACE, spelled(dx, dy), place, stands)


def _far(place: tuple[int, float, float], spot: tuple[int, float, float]) -> tuple[bool, float]:
    return place[0] != spot[0], max(abs(place[1] - spot[1]), abs(place[2] - spot[2]))

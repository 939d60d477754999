"""One paper against its form: each field says what it must, and stands where it must.

Places are millimetres from a page's top left corner to the left end of a text's base line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from results.checks.papers.capitals import accepted
from results.checks.papers.layout import (
    Char,
    Field,
    Form,
    Label,
    Segment,
    behind,
    ends_there,
    holds,
    inside,
    joined,
    lines_of,
)
from results.checks.papers.letters import folded
from results.checks.papers.values import fen_of, same

WHOLE = "(all)"  # the field of a finding that is of the whole paper
PAGES = "(pages)"
SIZE = "(size)"
IN_PLACE = "in place"
ALIKE_MM = 0.5
MOST_SPOTS = 50  # of texts that say the same

Spot = tuple[int, float, float]  # page, x, y


class Mark(NamedTuple):
    """What is not right on a paper. kind: swapped, wrong or moved. place: (page, x, y) where it should stand,
    and where it stands."""

    kind: str
    field: str
    expected: str
    found: str
    place: Spot | None = None
    stands: Spot | None = None


def judge(
    form: Form,
    chars: Sequence[Char],
    pages: int,
    expected: Mapping[str, Sequence[str]],
    sizes: Sequence[tuple[float, float]] = (),
) -> list[Mark]:
    """Everything that is not right. expected: the values by the form's field; each of them is looked for;
    sizes: of pages, in mm.

    Raises KeyError for a field that the form does not have, ValueError for a value that cannot be.
    """
    if pages != form.pages:
        return [Mark("wrong", PAGES, str(form.pages), str(pages))]
    strange = next((one for one in sizes if not _is_of_size(form, one)), None)
    if form.size is not None and strange is not None:
        return [Mark("wrong", SIZE, _spelled_size(form.size), _spelled_size(strange))]
    printed = lines_of([char for char in chars if not char.text.isspace()])
    segments = joined(printed)
    values = [*segments, *(rest for one in segments for label in form.labels for rest in behind(label, one))]
    by_name = {field.name: field for field in form.fields}
    marks = [
        mark
        for name in expected
        if (mark := _of_field(by_name[name], expected, printed, values, form)) is not None
    ]
    labels = [mark for label in form.labels if (mark := _of_label(label, segments, form))]
    # where one value is in its place, what is right elsewhere is a copy below
    shifted = _shifted(form, values, expected) if len(marks) == len(expected) > 1 else []
    return _told_once([*shifted, *labels] if shifted else _swapped(form, [*marks, *labels], expected))


def _is_of_size(form: Form, size: tuple[float, float]) -> bool:
    return form.size is None or all(
        abs(one - other) <= form.tolerance for one, other in zip(size, form.size, strict=True)
    )


def _spelled_size(size: tuple[float, float]) -> str:
    return f"{size[0]:.0f} × {size[1]:.0f} mm"


def _shifted(form: Form, segments: Sequence[Segment], expected: Mapping[str, Sequence[str]]) -> list[Mark]:
    """Every value stands on the paper, all by one step beside their places, as on a printed form that was fed
    a row too far, where each stands in the place of the next. Empty where it is not so."""
    places = {one.name: (one.page, one.x, one.y) for one in form.fields if one.name in expected}
    spots = {
        one.name: [_spot(one, text) for text in segments if same(one.kind, expected[one.name], text.text)]
        for one in form.fields
        if one.name in expected
    }
    first = min(spots, key=lambda name: len(spots[name]))
    for spot in spots[first][:MOST_SPOTS]:
        dx, dy = spot[1] - places[first][1], spot[2] - places[first][2]
        there = {name: _by(places[name], every, dx, dy) for name, every in spots.items()}
        found = [(name, one) for name, one in there.items() if one is not None]
        if len(found) == len(spots) and max(abs(dx), abs(dy)) > form.tolerance:
            return [Mark("moved", name, IN_PLACE, spelled(dx, dy), places[name], one) for name, one in found]
    return []


def _by(place: Spot, spots: Sequence[Spot], dx: float, dy: float) -> Spot | None:
    """Which of them stands by that step beside a place."""
    for spot in spots:
        away = max(abs(spot[1] - place[1] - dx), abs(spot[2] - place[2] - dy))
        if spot[0] == place[0] and away <= ALIKE_MM:
            return spot
    return None


def _spot(field: Field, text: Segment) -> Spot:
    return text.page, text.right if field.ends else text.x, text.y


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
    if any(mark.stands and mark.place and mark.stands[0] != mark.place[0] for mark in moved):
        return marks
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


def _of_field(
    field: Field,
    expected: Mapping[str, Sequence[str]],
    printed: Sequence[Sequence[Char]],
    segments: Sequence[Segment],
    form: Form,
) -> Mark | None:
    values = expected[field.name]
    lines, texts_ = inside(field, printed, form)
    found, whole = ("".join([char.text for line in part for char in line]) for part in (lines, texts_))
    place, wanted = (field.page, field.x, field.y), "至".join(values)
    if not all(folded(value) for value in values):  # of blanks alone nothing could be missing
        raise ValueError(f"{field.name} has no value to look for")
    if same(field.kind, values, found) and (whole == found or same(field.kind, values, whole)):
        first = texts_[0]
        x = first[-1].right if field.ends else first[0].x
        return _moved(field.name, place, (field.page, x, first[0].y), form.tolerance)
    alike = [
        one
        for one in segments
        if same(field.kind, values, one.text) and not _is_anothers(field, one, expected, form)
    ]
    if found:  # something stands there: only what stands on its line can be it, moved
        reach = field.height + form.tolerance
        alike = [one for one in alike if one.page == field.page and abs(one.y - field.y) <= reach]
        found = found if same(field.kind, values, whole) else whole
    if field.kind == "capitals":
        wanted = min(accepted(fen_of(values[0])))
    if not alike:
        return Mark("wrong", field.name, wanted, found, place)
    spots = [_spot(field, one) for one in alike]
    nearest = min(spots, key=lambda spot: _far(place, spot))
    # what stands in its place and is overprinted by something else is not readable there
    return _moved(field.name, place, nearest, form.tolerance) or Mark(
        "wrong", field.name, wanted, found, place
    )


def _is_anothers(field: Field, segment: Segment, expected: Mapping[str, Sequence[str]], form: Form) -> bool:
    """Whether a text is what another field must say, in its place: two amounts may be the same."""
    return any(
        other.name in expected
        and holds(other, form.tolerance, segment.chars[0])
        and same(other.kind, expected[other.name], segment.text)
        for other in form.fields
        if other.name != field.name
    )


def _of_label(label: Label, segments: Sequence[Segment], form: Form) -> Mark | None:
    text, place = folded(label.text), (label.page, label.x, label.y)
    alike = [one for one in segments if folded(one.text) == text]
    begun = [one for one in segments if folded(one.text).startswith(text)]
    alike = alike or [one for one in begun if ends_there(label, one, form)]
    if not alike:
        found = min(begun, key=lambda one: _far(place, (one.page, one.x, one.y)), default=None)
        return Mark("wrong", label.text, label.text, found.text if found else "", place)
    spots = [(one.page, one.x, one.y) for one in alike]
    return _moved(label.text, place, min(spots, key=lambda spot: _far(place, spot)), form.tolerance)


def _moved(name: str, place: Spot, stands: Spot, tolerance: float) -> Mark | None:
    dx, dy = stands[1] - place[1], stands[2] - place[2]
    if stands[0] != place[0]:
        return Mark("moved", name, f"page {place[0]}", f"page {stands[0]}", place, stands)
    if max(abs(dx), abs(dy)) <= tolerance + 1e-6:
        return None
    return Mark("moved", name, IN_PLACE, spelled(dx, dy), place, stands)


def _far(place: Spot, spot: Spot) -> tuple[bool, float]:
    return place[0] != spot[0], max(abs(place[1] - spot[1]), abs(place[2] - spot[2]))

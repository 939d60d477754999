"""All rows of a circle of taxpayers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from generators.dataset import companies, returns
from generators.dataset.schema import REGISTRATION, TABLES
from generators.dataset.span import Circle, Span, people, people_on
from generators.dataset.trade import Trade
from generators.documents.registration import FOREVER, registration, tax_kinds
from generators.taxpayers.taxpayer import Taxpayer

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
KIND = ("zsxmDm", "zspmDm", "sbqxDm", "nsqxDm", "slhdwse", "rdyxqq", "rdyxqz")


def rows_of(span: Span, circle: Circle) -> Rows:
    """Return the rows of a circle by table, in the order of generators.dataset.schema."""
    rows: Rows = {name: [] for name in TABLES}
    of_day = people_on(span.seed, span.day).taxpayer
    members = {index: of_day(index) for index in circle.members}
    trade = Trade(span, members, rows)
    for place, t in enumerate(members.values(), start=circle.place):
        _register(span, t, rows)
        trade.write(t)
        returns.write(span, t, place, rows)
        companies.write(span, t, place, rows)
    return rows


def _register(span: Span, t: Taxpayer, rows: Rows) -> None:
    known = registration(t)
    since = t.general_from
    rows["taxpayers"].append((*map(known.__getitem__, REGISTRATION), t.old_id, t.scale, since))
    for kind in tax_kinds(t):
        rows["tax_kinds"].append((t.djxh, *map(kind.__getitem__, KIND)))
    ids = _ids(span, t)
    for (first, number), (after, _) in zip(ids, [*ids[1:], ("", "")], strict=True):
        until = str(date.fromisoformat(after) - timedelta(days=1)) if after else FOREVER
        rows["taxpayer_ids"].append((t.djxh, number, first, until))


def _ids(span: Span, t: Taxpayer) -> list[tuple[str, str]]:
    """The first day and the id, for each id that the taxpayer had since the span began."""
    begun = max(span.start, t.registered_on)
    month = 12 * int(begun[:4]) + int(begun[5:7]) - 1
    first = people(span.seed, month).taxpayer(t.index).taxpayer_id
    found = [(begun, first)]
    if first == t.taxpayer_id:
        return found
    for later in range(month + 1, span.last + 1):
        view = people(span.seed, later)
        number = view.taxpayer(t.index).taxpayer_id
        if number != found[-1][1]:
            found.append((str(view.day), number))
    if t.taxpayer_id != found[-1][1]:
        found.append((str(span.day), t.taxpayer_id))
    return found

"""What a case leaves once it is decided: validity rows, ended rows, a state, and what its domain writes."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from renhai.reference.cases.model import OPEN_END, Effect
from renhai.reference.cases.registry import CALLS, Application
from renhai.reference.cases.tables import END, STATE, valid_rows
from renhai.reference.rules.fields import fen
from renhai.reference.storage.jobs import Change, Insert, View
from renhai.reference.storage.schema import TABLES

Writes = list[Insert | Change]
NOBODY = "0"
"""zflcslid of a row that no case has ended: no empty text, which would count as unknown."""


def writes_of(view: View, case: Application) -> Writes:
    """All that the item's effects store, in their order."""
    found: Writes = []
    for effect in case.item.effects:
        found += _writes(view, case, effect)
    return found


def brought(writes: Writes) -> int:
    """Fen in all of the validity rows among some writes."""
    column = [name for name, _ in TABLES["case_rows"].columns].index("je")
    return sum(
        int(write.values[column])
        for write in writes
        if isinstance(write, Insert) and write.table == "case_rows"
    )


def _writes(view: View, case: Application, effect: Effect) -> Writes:
    djxh = case.taxpayer.djxh
    if effect.what == "state":
        return [Change(STATE, (effect.name, djxh))]
    if effect.what == "call":
        return CALLS[effect.name](view, case)
    dm, value = str(_said(case, effect.dm)), str(_said(case, effect.value))
    if effect.what == "end":
        rows = valid_rows(view, djxh, effect.name, case.today, dm, value)
        return [Change(END, (str(case.today), case.lcslid, row[0])) for row in rows]
    start = _day(case, effect.start)
    end = str(_said(case, effect.end)) or OPEN_END
    amount = _said(case, effect.amount)
    return [keep(view, case, effect.name, dm, value, start, end, fen(amount, "je") if amount else 0)]


def keep(
    view: View, case: Application, kind: str, dm: str, value: str, start: str, end: str, amount: int
) -> Insert:
    """A new validity row of the case's taxpayer; amount in fen."""
    values = (
        case.taxpayer.djxh, kind, dm, value, start, end, amount, "N", case.lcslid, NOBODY, case.officer,
        case.authority, time.time(),
    )  # fmt: skip
    return Insert("case_rows", view.next_id("case_rows"), values)


def _said(case: Application, said: str) -> Any:
    return said[1:] if said.startswith("=") else case.form.get(said, "") if said else ""


def _day(case: Application, said: str) -> str:
    if said == "today":
        return str(case.today)
    if said == "next_month":
        return str(next_month(case.today))
    return str(_said(case, said)) or str(case.today)


def next_month(day: date) -> date:
    """The first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)

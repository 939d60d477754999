"""Faults that change what is stored while the answer says that all went well."""

from __future__ import annotations

from collections.abc import Callable

from renhai.reference.storage.jobs import Decision, Insert, Tamper, View
from renhai.reference.storage.schema import TABLES


def lose(decision: Decision, view: View) -> Decision:
    """Store nothing."""
    return decision._replace(writes=())


def duplicate(decision: Decision, view: View) -> Decision:
    """Store the document's own record a second time."""
    first = decision.writes[0] if decision.writes else None
    if not isinstance(first, Insert):
        return decision
    again = first._replace(id=view.next_id(first.table), copy=1)
    return decision._replace(writes=(*decision.writes, again))


def alter(decision: Decision, view: View) -> Decision:
    """Store every amount 0.01 yuan too high."""
    writes = tuple(_raised(write) if isinstance(write, Insert) else write for write in decision.writes)
    return decision._replace(writes=writes)


def delay(store: Callable[[Decision], object]) -> Tamper:
    """Store nothing now; `store` is given what is to be stored later."""

    def tamper(decision: Decision, view: View) -> Decision:
        store(decision)
        return decision._replace(writes=())

    return tamper


def _raised(insert: Insert) -> Insert:
    amounts = TABLES[insert.table].amounts()
    values = tuple(value + 1 if i in amounts else value for i, value in enumerate(insert.values))
    return insert._replace(values=values)


TAMPERS: dict[str, Tamper] = {"lost-write": lose, "duplicate-write": duplicate, "alter-amount": alter}

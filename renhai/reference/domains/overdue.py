"""Domain 06: which returns of a taxpayer are overdue and not filed (declaration.overdue)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from renhai.reference.eras.deadlines import days_late, deadline
from renhai.reference.operations.operation import Operation, Reading, Setup
from renhai.reference.operations.taxpayers import Registered, djxh_of, registered
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, day
from renhai.reference.storage.jobs import Query, View

SPAN = rule("80060009", "税款所属期起止颠倒", "skssqz is not before skssqq")

MOST = 24
"""Periods in one answer, the oldest first."""
KNOWN_FROM = date(2014, 1, 1)
"""Of no period before it is the deadline known."""

_FILED = (
    "SELECT skssqq, skssqz FROM declarations "
    "WHERE djxh = ? AND skssqz >= ? AND skssqq <= ? AND voided = 0 AND copy = 0"
)


def overdue(document: Document, raw: bytes, setup: Setup) -> Query:
    """declaration.overdue: periods of skssqq to skssqz that are not filed, their deadline passed."""
    djxh, first, last = djxh_of(document), day(document, "skssqq"), day(document, "skssqz")
    if last < first:
        raise Rejection(SPAN, f"skssqz {last} is before skssqq {first}")
    today = setup.today()

    def answer(view: View) -> dict[str, Any]:
        taxpayer = registered(view, djxh)
        filed = [(str(start), str(end)) for start, end in view.all(_FILED, djxh, str(first), str(last))]
        items: list[dict[str, str]] = []
        for start, end in _periods(taxpayer, first, min(last, today)):
            covered = any(begun <= str(start) and str(end) <= ended for begun, ended in filed)
            if not covered and days_late(end, today) > 0:
                items.append({"skssqq": str(start), "skssqz": str(end), "jzrq": str(deadline(end))})
            if len(items) == MOST:
                break
        return {"items": items}

    return answer


def _periods(taxpayer: Registered, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Periods that lie in a span and end after the registration, of the length that was determined."""
    begun = max(first, KNOWN_FROM)
    start = date(begun.year, 1, 1)
    while True:
        liability = taxpayer.liability(start, start + timedelta(days=27))
        months = (liability.months if liability else 0) or 1
        month = start.year * 12 + start.month - 1 + months
        following = date(month // 12, month % 12 + 1, 1)
        end = following - timedelta(days=1)
        if end > last:
            return
        if start >= begun and str(end) >= taxpayer.registered_on and (liability or not taxpayer.determined):
            yield start, end
        start = following


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The list of what is overdue."""
    services = ("SB.YQWSBXXCX",)
    return (Reading("declaration.overdue", partial(overdue, setup=setup), services=services),)

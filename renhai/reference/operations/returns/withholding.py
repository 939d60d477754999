"""What an employer withholds from wages with what is on file: the returns of the months before and after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson

from renhai.reference.eras.vat import KNOWN
from renhai.reference.forms.period import Period, period_of
from renhai.reference.forms.withholding import (
    Withholding,
    check_chain,
    check_withholding,
    read_rows,
)
from renhai.reference.operations.operation import Setup
from renhai.reference.operations.returns.on_file import check_not_filed
from renhai.reference.operations.taxpayers import Registered
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document
from renhai.reference.storage.jobs import View

KIND = "BDA0610135"
"""A stand-in: the kind of the form is not public."""
LEVY_ITEM = "10106"
_BEFORE = (
    "SELECT skssqz, document FROM declarations WHERE djxh = ? AND yzpzzlDm = ? AND skssqq >= ? "
    "AND skssqz < ? AND voided = 0 AND copy = 0 ORDER BY skssqq DESC LIMIT 1"
)
_AFTER = (
    "SELECT skssqq, document FROM declarations WHERE djxh = ? AND yzpzzlDm = ? AND skssqq > ? "
    "AND skssqz <= ? AND voided = 0 AND copy = 0 ORDER BY skssqq LIMIT 1"
)


def check_open(view: View, taxpayer: Registered, period: Period) -> None:
    """The period is a month after registration, and nothing is filed for it yet. Raises Rejection."""
    start, end, months = period
    if months != 1:
        raise Rejection(codes.PERIOD_LENGTH, f"{months} months; what is withheld is declared by the month")
    if str(end) < taxpayer.registered_on:
        raise Rejection(codes.NOT_YET_LIABLE, f"skssqz {end} is before djrq {taxpayer.registered_on}")
    if not KNOWN.first <= start <= end <= KNOWN.last:
        known = f"{KNOWN.first} to {KNOWN.last}"
        raise Rejection(codes.PERIOD_UNKNOWN, f"skssqq {start} to {end} is outside {known}")
    check_not_filed(view, taxpayer.djxh, KIND, start, end)


def opening(view: View, taxpayer: Registered, period: Period) -> dict[str, Any]:
    """What a pre-check answers: no balances; the return may be filed."""
    check_open(view, taxpayer, period)
    return {"sqldse": None, "qcwjse": None}


class Judged:
    """A return that holds by itself. due: fen. Raises Rejection."""

    def __init__(self, document: Document, period: Period, setup: Setup) -> None:
        self._period = period
        self._found = check_withholding(document, period, setup.rules)
        self.due = self._found.due

    def check(self, view: View, taxpayer: Registered) -> None:
        """The sums since January against the return before of the same year, and those of the return after
        it, where that came first. Raises Rejection."""
        check_open(view, taxpayer, self._period)
        found = self._found
        if not found.cumulative:
            return
        start, end, _ = self._period
        row = view.one(_BEFORE, taxpayer.djxh, KIND, f"{start.year}-01-01", str(start))
        if row is not None:
            _chained(found, _read(row[1]), str(row[0]) == self._period.day_before())
        row = view.one(_AFTER, taxpayer.djxh, KIND, str(end), f"{start.year}-12-31")
        if row is not None:
            _chained(_read(row[1]), found, str(row[0]) == str(end + timedelta(days=1)))


def _chained(now: Withholding | None, before: Withholding | None, next_month: bool) -> None:
    if now is not None and before is not None:
        check_chain(now, before, next_month)


def _read(raw: bytes) -> Withholding | None:
    """A return that is on file; None where it came in bulk without its rows."""
    document = orjson.loads(raw)
    if "kjmx" not in document:
        return None
    rows = read_rows(document, period_of(document))
    return Withholding({row.key: row for row in rows}, 0, True)

"""The period a declaration is for: one calendar month, or one calendar quarter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from renhai.reference.rules.codes import PERIOD, Rejection
from renhai.reference.rules.fields import Document, day


class Period(NamedTuple):
    """First and last day, inclusive; `months` is 1 or 3."""

    start: date
    end: date
    months: int

    def day_before(self) -> str:
        """The last day of the period before this one; "" for the first one that a date can name."""
        return str(self.start - timedelta(days=1)) if self.start > date.min else ""


def period_of(document: Document) -> Period:
    """skssqq and skssqz of a document as a period."""
    start, end = day(document, "skssqq"), day(document, "skssqz")
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    whole = start.day == 1 and end < date.max and (end + timedelta(days=1)).day == 1
    if not whole or months not in (1, 3) or (months == 3 and start.month % 3 != 1):
        raise Rejection(PERIOD, f"skssqq {start} to skssqz {end} is neither a month nor a quarter")
    return Period(start, end, months)

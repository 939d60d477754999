"""The invoices of a circle of taxpayers: numbers bought, invoices issued from them, what others deducted."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import Any

from generators.books.issued import Slip, kinds_held, slips, someone
from generators.books.market import accounts_of, someone_of
from generators.books.sales import SPECIAL
from generators.calendar import Period
from generators.dataset.span import Span, periods
from generators.deadlines.holidays import working_days
from generators.documents.invoice import (
    Numbers,
    Range,
    lines_of,
    numbers_of,
    original_of,
    range_in,
)
from generators.documents.invoice_days import day_in, named_by
from generators.documents.invoice_parties import buyer
from generators.taxpayers.taxpayer import Taxpayer

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
TABLES = ("ranges", "invoices", "invoice_lines", "verifications", "deductions")
LAST_DAY = 28
_cells = itemgetter("spbm", "spmc", "ggxh", "dw", "sl", "dj", "je", "slv", "se")


class Trade:
    """Writes what a circle traded within a span to `rows`, by table. `members`: as on the span's day."""

    def __init__(self, span: Span, members: dict[int, Taxpayer], rows: Rows) -> None:
        self.span, self.members, self.rows = span, members, rows
        self.start, self.end = span.start, span.end
        self.invoices, self.lines = rows["invoices"].append, rows["invoice_lines"].append

    def write(self, t: Taxpayer) -> None:
        """Write what one taxpayer bought, issued and sold for others to deduct."""
        span = self.span
        for scale, when in periods(t, span.first - 1, span.last):
            a = accounts_of(t, when.year) if scale == "general" else None
            past = when.end < self.start
            for kind in (SPECIAL,) if past and a else () if past else kinds_held(t, scale):
                found = slips(t, when, kind, a)
                if found:
                    self._range(t, range_in(t, when, scale, kind), found)

    def _range(self, t: Taxpayer, r: Range, found: list[Slip]) -> None:
        span, when, numbers = self.span, r.when, numbers_of(t, r)
        since = t.registered_on if t.registered_on > when.start else ""
        days = [_day_in(when, slip.place, since) for slip in found]
        issued = 0
        for n, (slip, day) in enumerate(zip(found, days, strict=True)):
            if self.start <= day <= self.end:
                self._invoice(t, r, numbers, n, slip, day)
                issued += 1
            if slip.deducted and span.first <= slip.deducted <= span.last:
                self._deduction(t, numbers, n, slip, day)
        if not issued:
            return
        whole = (numbers.code, numbers.number(0), numbers.number(numbers.size - 1), numbers.kind.code, t.djxh)
        self.rows["ranges"].append((*whole, numbers.size, _bought_on(when, since)))
        if self.start <= when.start and when.end <= self.end:
            used = (numbers.code, numbers.number(0), numbers.number(issued - 1), numbers.kind.code, t.djxh)
            amount, tax = sum(slip.amount for slip in found), sum(slip.tax for slip in found)
            self.rows["verifications"].append((*used, issued, amount / 100, tax / 100, when.end))

    def _invoice(self, t: Taxpayer, r: Range, numbers: Numbers, n: int, slip: Slip, day: str) -> None:
        profile = _first_day(day)  # whose id stands on the documents of the month
        seller, number = someone_of(t.seed, profile, t.index), numbers.number(n)
        b = buyer(seller, slip, named_by(seller, slip, day)[1])
        if b is None:
            bought = ("", "", someone_of(t.seed, profile, someone(t, slip)).legal_person)
        else:
            bought = (b.djxh if b.index in self.members else "", b.taxpayer_id, b.name)
        red = original_of(t, r, *slip.original) if slip.original else ("", "")
        self.invoices(
            (
                numbers.code, number, numbers.kind.code, t.djxh, numbers.number(0), seller.taxpayer_id,
                seller.name, *bought, day, slip.amount / 100, slip.tax / 100, (slip.amount + slip.tax) / 100,
                *red,
            )
        )  # fmt: skip
        code = numbers.code
        for place, line in enumerate(lines_of(seller, day, slip), start=1):
            self.lines((code, number, place, *_cells(line)))

    def _deduction(self, t: Taxpayer, numbers: Numbers, n: int, slip: Slip, day: str) -> None:
        month = f"{slip.deducted // 12}-{slip.deducted % 12 + 1:02d}"
        who = self.members[slip.buyer].djxh
        self.rows["deductions"].append(
            (who, month, numbers.code, numbers.number(n), t.djxh, day, slip.amount / 100, slip.tax / 100)
        )


@lru_cache(maxsize=65536)
def _day_in(when: Period, place: int, since: str) -> str:
    return day_in(when, place, since)


@lru_cache(maxsize=4096)
def _first_day(day: str) -> str:
    return f"{day[:7]}-01"


def _bought_on(when: Period, since: str) -> str:
    """The first working day of a period, or the day of registration."""
    if since:
        return since
    year, month = int(when.start[:4]), int(when.start[5:7])
    return f"{year}-{month:02d}-{working_days(year, month, LAST_DAY)[0]:02d}"

"""The single payments of what a declaration asks for, with their days and late fees."""

from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from generators.books.accounts import Accounts, began
from generators.books.market import LATEST, someone_of
from generators.books.paying import HALF, JANUARY, LATE, OVER, SKIPPED, TWICE, late_fee, paying_of
from generators.books.periods import neighbour, number, scale_in
from generators.calendar import Period, month_number
from generators.deadlines.deadline import NoPlan, due_date
from generators.documents.vat.heading import USUAL_DEADLINE, filing_day
from generators.documents.vat.small import prepaid_and_due
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

LABEL = 0x5A17_7E11
WAYS = (OVER, LATE, HALF, SKIPPED)

Part = tuple[int, int, int]  # months after the period's end, fen, of them set off against too much before


class Paid(NamedTuple):
    """One payment. `amount` and `set_off` settle tax; a refund is an amount below 0. All in fen."""

    kind: str  # prepaid | tax | refund
    on: date
    amount: int
    set_off: int
    days: int  # after the deadline
    fee: int


class Settled(NamedTuple):
    """How the tax of a period is paid. `due`: what the declaration says; `deadline`: the last day for it."""

    due: int
    deadline: date
    paid: tuple[Paid, ...]

    def owed(self, month: int) -> int:
        """Return what is still owed at the end of a month (12 x year + month - 1), in fen, never below 0."""
        done = (p.amount + p.set_off for p in self.paid if p.kind == "tax" and month_number(p.on) <= month)
        return max(0, self.due - sum(done))

    def day_in(self, month: int) -> date | None:
        """Return the day in a month on which tax is paid, if any is."""
        return next((p.on for p in self.paid if p.kind == "tax" and month_number(p.on) == month), None)


def settled(t: Taxpayer, k: int, when: Period, a: Accounts | None) -> Settled:
    """Return the payments for the k-th period, `when`; `a` for general taxpayers, of the period's year."""
    end = when.last
    deadline = deadline_of(end)
    if a is None:
        prepaid, due = prepaid_and_due(t, when)
        parts, how = _small_parts(t, when, due)
    else:
        prepaid, due, parts, how = _general_parts(t, when, a)
    paid = [Paid("prepaid", end.replace(day=12), prepaid, 0, 0, 0)] if prepaid else []
    filed = date.fromisoformat(filing_day(t, k, when.end))
    paid += paid_in_parts(filed, deadline, end, how, parts, _drawn(t, when))
    return Settled(due, deadline, tuple(paid))


def paid_in_parts(
    filed: date, deadline: date, end: date, how: str, parts: list[Part], drawn: int
) -> list[Paid]:
    """Return the payments of a period that ends on `end`, with their days and late fees. how: the way in
    which the first part is paid; drawn: 8 bits for the day of each part, the first one's lowest."""
    paid = []
    for place, (months, amount, set_off) in enumerate(parts):
        day = _day(filed.day, months, how if not place else "", deadline, drawn >> 8 * place & 255)
        on = date(*_month(end, months), day)
        if amount < 0:
            paid.append(Paid("refund", on, amount, 0, 0, 0))
            continue
        days = max(0, (on - deadline).days)
        paid.append(Paid("tax", on, amount, set_off, days, late_fee(amount, days)))
    return paid


@lru_cache(maxsize=4096)
def deadline_of(end: date) -> date:
    """Return the last day to pay for a period that ends on `end`; the usual one where no plan is known."""
    year, month = _month(end, 1)
    try:
        return due_date(year, month)
    except NoPlan:
        return date(year, month, USUAL_DEADLINE)


def _drawn(t: Taxpayer, when: Period) -> int:
    return splitmix64((t.key ^ LABEL) + number(when) * GOLDEN)


def _month(end: date, months: int) -> tuple[int, int]:
    year, month = divmod(12 * end.year + end.month - 1 + months, 12)
    return year, month + 1


def _day(filed: int, months: int, how: str, deadline: date, drawn: int) -> int:
    if months > 1:
        return 1 + drawn % 28
    last = monthrange(deadline.year, deadline.month)[1]
    if how == LATE:
        return min(last, deadline.day + 1 + drawn % (last - deadline.day))
    return min(deadline.day, filed + drawn % 3)


def _general_parts(t: Taxpayer, when: Period, a: Accounts) -> tuple[int, int, list[Part], str]:
    """Prepaid, due, parts and the way of both projects together."""
    year, i = when.year, JANUARY + when.month - 1
    prepaid = due = 0
    found: dict[int, list[int]] = {}
    way = ""
    for place, b in enumerate(b for b in (a.general, a.refund) if b):
        p = paying_of(b, year, not place)
        prepaid += p.prepaid(p.year, i - JANUARY + 1)
        owed = p.due(i)
        due += owed
        how = p.how(i)
        way = way if place else how
        extra = p.overpaid_before(i)
        for months, amount, set_off in parts_of(
            owed, how, p.extra, extra, refund=extra > 0 and t.key >> 9 & 1 == 0
        ):
            sums = found.setdefault(months if amount >= 0 else -months, [0, 0])
            sums[0] += amount
            sums[1] += set_off
    return prepaid, due, [(abs(m), found[m][0], found[m][1]) for m in sorted(found, key=abs)], way


def parts_of(due: int, how: str, extra: int, before: int, refund: bool) -> list[Part]:
    """Return what is paid when. `before`: what was paid too much for the period before."""
    if not due:
        return []
    if how == HALF:
        parts = [(1, due // 2, 0), (2, due - due // 2, 0)]
    elif how in (SKIPPED, TWICE):
        parts = [(2 if how == SKIPPED else 3, due, 0)]
    elif how == OVER:
        parts = [(1, due + extra, 0)]
    elif before and refund:
        parts = [(1, due, 0), (1, -before, 0)]
    elif before:
        parts = [(1, due - before, before)]
    else:
        parts = [(1, due, 0)]
    return [part for part in parts if part[1]]


def _small_way(t: Taxpayer, when: Period) -> str:
    """One in eight pays otherwise than in full and on time; see `paying`."""
    drawn = _drawn(t, when) >> 32
    if drawn & 7:
        return ""
    how = WAYS[drawn >> 3 & 3]
    return TWICE if how == SKIPPED and drawn >> 5 & 1 else how


def _small_parts(t: Taxpayer, when: Period, due: int) -> tuple[list[Part], str]:
    how, after, last = _small_way(t, when), neighbour(when, "small", 1), neighbour(when, "small", -1)
    if how == OVER and (_grows(t, after) or _small_way(t, after) or prepaid_and_due(t, after)[1] < due):
        how = ""
    before = 0
    if not how and not _small_way(t, when) and _small_way(t, last) == OVER and began(t, last):
        earlier = prepaid_and_due(t, last)[1]
        before = _extra(earlier) if 0 < earlier <= due else 0
    return parts_of(due, how, _extra(due), before, refund=t.key >> 9 & 1 == 0), how


def _grows(t: Taxpayer, after: Period) -> bool:
    """Whether he files as a general taxpayer from then on: nothing is set off from one form to the other."""
    return scale_in(someone_of(t.seed, LATEST, t.index), after.end) == "general"


def _extra(due: int) -> int:
    return due // 16

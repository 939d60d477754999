"""The single invoices of a period, on demand: they sum to the columns of the declaration, fen by fen.

A column is what was sold at one rate on invoices of one kind. Its first invoice (of the main row only) is a
fixed share of the column and may be cancelled by a red invoice up to two periods later; what goes to clients
(see `market`) is as large as they deduct; the rest is cut into a few. Red invoices count in their own period,
so the blue invoices of a column sum to what it says plus what red ones of the period take away.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from generators.books.accounts import Accounts, began
from generators.books.market import accounts_of
from generators.books.periods import neighbour, number, scale_in
from generators.books.purchases import month_flows, sold_to_clients
from generators.books.sales import ORDINARY, REFUNDED, SPECIAL, sales_rows
from generators.books.small import charged_in, era_of, holds_special, small_sales
from generators.calendar import Period
from generators.documents.goods import trade
from generators.eras.era import era
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.register import CIRCLE
from generators.taxpayers.taxpayer import Taxpayer

LATEST_RED = 2  # periods after the invoice that it cancels
LEAST = 10_00  # fen, of an invoice on the average: less is cut into fewer
LABEL = 0x1B873593  # keeps what is drawn here apart from what the declarations draw
ANYBODY, PRIVATE = -1, -2  # buyers: to be drawn from the circle; a private person


class Column(NamedTuple):
    """Sales of a period at one rate on invoices of one kind; amount and tax in fen."""

    label: str  # row of the form
    kind: int  # SPECIAL or ORDINARY
    rate: int  # percent
    amount: int
    tax: int


class Slip(NamedTuple):
    """One invoice. `place`: where in the period it was issued, 0 .. 255."""

    label: str
    kind: int
    rate: int
    amount: int
    tax: int
    buyer: int  # index in the population, ANYBODY or PRIVATE
    drawn: int  # 64 bits for its lines
    place: int
    deducted: int = 0  # month in which the buyer deducts it, if any
    original: tuple[Period, int] | None = None  # red: period and number of the invoice that it cancels


def columns(t: Taxpayer, when: Period, a: Accounts | None) -> list[Column]:
    """Return the columns of a period, main row first; `a` of the period's year for general taxpayers."""
    if a is None:
        return _small_columns(t, when)
    month, now = number(when), era_of(when)
    rows = sales_rows(a, now, when.month, month_flows(a.general, month), month_flows(a.refund, month))
    found = []
    for row in rows:
        if row.label == REFUNDED:
            continue  # among row 1
        if row.special:
            found.append(Column(row.label, SPECIAL, row.rate, row.special, row.special_tax))
        if row.other:
            found.append(Column(row.label, ORDINARY, row.rate, row.other, row.other_tax))
    return found


def _small_columns(t: Taxpayer, when: Period) -> list[Column]:
    sold = small_sales(t, when)
    rows = ((SPECIAL, "2", sold.special, sold.special_rate), (ORDINARY, "3", sold.ordinary, sold.rate))
    return [
        Column(label, kind, rate, amount, _tax(amount, rate)) for kind, label, amount, rate in rows if amount
    ]


def kinds_held(t: Taxpayer, scale: str) -> tuple[int, ...]:
    """Return the kinds of invoice that a taxpayer of a scale issues in every period."""
    both = scale == "general" or holds_special(t)
    return (SPECIAL, ORDINARY) if both else (ORDINARY,)


def slips(t: Taxpayer, when: Period, kind: int, a: Accounts | None) -> list[Slip]:
    """Return the invoices of one kind that a taxpayer issues in a period, in the order of their numbers.

    Blue ones first; red ones, if any, at the end.
    """
    mine = [column for column in columns(t, when, a) if column.kind == kind]
    if not mine:
        return []
    red = _red(t, when, mine[0], a)
    clients = sold_to_clients(t, number(when)) if a and kind == SPECIAL else []
    blue: list[Slip] = []
    for place, column in enumerate(mine):
        drawn = _drawn(t, when, kind, place)
        if place:
            blue += _cut(column, column.amount, column.tax, 1 + (drawn & 1), drawn)
            continue
        first = _first(t, when, column)
        rest = column.amount - sum(slip.amount for slip in red) - first.amount
        tax = column.tax - sum(slip.tax for slip in red) - first.tax
        blue.append(first)
        for edge, sent in clients:
            parcel = _cut(column, sent.amount, sent.tax, sent.count, drawn ^ edge.buyer)
            month = number(when) + edge.lag
            blue += [slip._replace(buyer=edge.buyer, deducted=month) for slip in parcel]
            rest, tax = rest - sent.amount, tax - sent.tax
        blue += _cut(column, rest, tax, 2 + (drawn & 1), drawn >> 1)
    placed = [slip._replace(place=256 * place // (len(blue) + 1)) for place, slip in enumerate(blue)]
    return placed + red


def extra_slips(t: Taxpayer, when: Period, kind: int, a: Accounts | None, turn: int) -> list[Slip]:
    """Return four invoices beyond the books, for who is asked for more than a period's: none is declared."""
    of_kind = [c for c in columns(t, when, a) if c.kind == kind]
    column = of_kind[0] if of_kind else _usual(t, when, kind)
    drawn = _drawn(t, when, kind, 16 + turn)
    amount = max(column.amount >> 3, 4 * LEAST)
    return _cut(column, amount, _tax(amount, column.rate), 4, drawn)


def _usual(t: Taxpayer, when: Period, kind: int) -> Column:
    """The column of one who has sold nothing in a period."""
    now = era_of(when)
    if scale_in(t, when.end) == "general":
        main = trade(when.last, t.industry).main
        return Column(now.labels[main], kind, now.rates[main], 0, 0)
    return Column("3", kind, charged_in(when), 0, 0)


def _first(t: Taxpayer, when: Period, column: Column) -> Slip:
    """The first invoice of a period, a share of its column that depends on nothing else."""
    drawn = _drawn(t, when, column.kind, -1)
    amount = max(column.amount * (16 + (drawn & 15)) >> 8, 1)
    buyer = _anybody(column.kind, drawn)
    return Slip(column.label, column.kind, column.rate, amount, _tax(amount, column.rate), buyer, drawn, 0)


def _red(t: Taxpayer, when: Period, now: Column, a: Accounts | None) -> list[Slip]:
    """The red invoices of a period: first invoices of this one and of those just before it, in full."""
    found: list[Slip] = []
    scale, of = scale_in(t, when.end), when
    for before in range(LATEST_RED + 1):
        if before:
            of = neighbour(of, scale, -1)
            if scale_in(t, of.end) != scale or not began(t, of):
                break
        if cancelled_after(t, of, now.kind) != before:
            continue
        its = _accounts_in(t, of, when, a)
        column = next((c for c in columns(t, of, its) if c.kind == now.kind), None)
        # A red invoice keeps the rate of its original, and stands in a row of that rate; so does its kind.
        if column and (column.label, column.rate) == (now.label, now.rate) and _alike(of, when):
            first = _first(t, of, column)
            found.append(first._replace(amount=-first.amount, tax=-first.tax, place=255, original=(of, 0)))
    return found


def _accounts_in(t: Taxpayer, of: Period, when: Period, a: Accounts | None) -> Accounts | None:
    if a is None or of.year == when.year:
        return a
    return accounts_of(t, of.year)


def _alike(of: Period, when: Period) -> bool:
    """Whether invoices of two periods are of one kind: with a code, or digital, as on their first days."""
    return _digital(of.start) == _digital(when.start)


@lru_cache(maxsize=1024)
def _digital(day: str) -> bool:
    return era(date.fromisoformat(day)).digital


def cancelled_after(t: Taxpayer, when: Period, kind: int) -> int:
    """Return after how many periods the first invoice of a period is cancelled, -1 for most: never."""
    drawn = _drawn(t, when, kind, -2)
    return drawn % (LATEST_RED + 1) if drawn >> 32 & 7 == 0 else -1


def _cut(column: Column, amount: int, tax: int, count: int, drawn: int) -> list[Slip]:
    """Cut an amount and its tax into `count` invoices (fewer, when they would be tiny) of uneven size."""
    label, kind, rate = column[:3]
    return [
        Slip(label, kind, rate, size, of_it, _anybody(kind, word), word, 0)
        for size, of_it, word in portions(amount, tax, max(1, min(count, amount // LEAST)), drawn)
    ]


def portions(amount: int, tax: int, count: int, drawn: int) -> Iterator[tuple[int, int, int]]:
    """Yield `count` uneven parts of an amount and its tax (fen), each with 64 bits of its own."""
    at = tax_at = 0
    for place in range(1, count + 1):
        drawn = splitmix64(drawn + GOLDEN)
        until = amount if place == count else amount * (128 * place - 48 + drawn % 96) // (128 * count)
        tax_until = (until * tax * 2 + amount) // (2 * amount)
        yield until - at, tax_until - tax_at, drawn
        at, tax_at = until, tax_until


def _anybody(kind: int, drawn: int) -> int:
    return PRIVATE if kind == ORDINARY and drawn >> 20 & 1 else ANYBODY


def _drawn(t: Taxpayer, when: Period, kind: int, which: int) -> int:
    return splitmix64((t.key ^ LABEL) + (number(when) * 128 + kind * 64 + which + 2) * GOLDEN)


def _tax(amount: int, rate: int) -> int:
    return (amount * rate + 50) // 100


def someone(t: Taxpayer, slip: Slip) -> int:
    """Return the index of somebody else of the circle, for a slip to ANYBODY or PRIVATE."""
    start = t.index // CIRCLE * CIRCLE
    place = (slip.drawn >> 8) % (CIRCLE - 1)
    return start + place + (start + place >= t.index)

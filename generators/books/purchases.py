"""Input tax of a general taxpayer's month by the document that it is deducted with: the rows of sheet 2.

Months are numbered 12 x year + month - 1.
"""

from typing import NamedTuple

from generators.books.accounts import Accounts
from generators.books.flows import (
    NO_FLOWS,
    Flows,
    ProjectAccount,
    credit,
    flows_in,
    input_tax,
    new,
    payable_in,
    year_of,
)
from generators.books.market import Edge, Parcel, draws, outlets, parcels, supplies, trader
from generators.eras.era import Era
from generators.taxpayers.taxpayer import Taxpayer

CUSTOMS_SHARE = 5  # 1/16 of the input tax of an importer
FARM_SHARE = 2
SLIP_AMOUNT = 1 << 17  # fen, least average amount of a slip


class Slips(NamedTuple):
    """Deducted documents of one kind: how many, amount and tax in fen."""

    count: int  # type: ignore[assignment]  # shadows tuple.count, which nobody needs here
    amount: int
    tax: int


NO_SLIPS = Slips(0, 0, 0)


class Bought(NamedTuple):
    """What is deducted in a month. `special`: the invoices of others (row 35); the rest has no seller in the
    population: customs slips (5), farm produce (6), other vouchers (8 or 8b)."""

    special: Slips
    customs: Slips
    farm: Slips
    other: Slips


def month_flows(b: ProjectAccount | None, month: int) -> Flows:
    """Return the flows of a project in one month."""
    if b is None:
        return NO_FLOWS
    return flows_in(b, year_of(b, month // 12), month % 12 + 1)


def input_tax_of(a: Accounts, month: int) -> int:
    """Return the input tax of both projects in a month (row 12)."""
    return _input_tax(a.general, month) + (_input_tax(a.refund, month) if a.refund else 0)


def _input_tax(b: ProjectAccount, month: int) -> int:
    year, m = month // 12, month % 12 + 1
    y = year_of(b, year)
    if m <= y.skip:
        return 0
    opening = 0
    if m > 1:
        opening = credit(b, y, m - 1)
    elif month > b.start:
        opening = credit(b, year_of(b, year - 1), 12)
    return input_tax(flows_in(b, y, m), payable_in(b, y, m), opening, credit(b, y, m))


def needed(a: Accounts, tax: int) -> tuple[int, int, int]:
    """Return the input tax of a month for special invoices at most, for customs and for farm slips."""
    _, _, imports, farm_produce, _ = a.habits
    customs = tax * CUSTOMS_SHARE >> 4 if imports else 0
    farm = tax * FARM_SHARE >> 4 if farm_produce else 0
    return tax - customs - farm, customs, farm


def deducted(buyer: Taxpayer, month: int, need: int) -> list[tuple[Edge, Parcel]]:
    """Return what a buyer deducts in a month, by edge; `need` as `needed` gives it for this month."""
    return [(edge, Parcel(*sent)) for edge, *sent in _deducted(buyer, month, need)]


def _deducted(buyer: Taxpayer, month: int, need: int) -> list[tuple[Edge, int, int, int]]:
    """The same as plain tuples. In January some of it was issued in the year before."""
    year, m = divmod(month, 12)
    now, keys = supplies(buyer.seed, buyer.index, year)
    if not m:
        before, _ = supplies(buyer.seed, buyer.index, year - 1)
        now = tuple(old if s.lag else s for s, old in zip(now, before, strict=True))
    return parcels(now, draws(keys, month), month, need)


def bought(t: Taxpayer, a: Accounts, now: Era, month: int, tax: int) -> Bought:
    """Return what a buyer deducts in a month of era `now` by kind; `tax`: the month's input tax in all."""
    need, customs, farm = needed(a, tax)
    count = amount = tax_sent = 0
    for _, sent, amount_sent, taxed in _deducted(t, month, need):
        count, amount, tax_sent = count + sent, amount + amount_sent, tax_sent + taxed
    rest, size, sold = need - tax_sent, a.habits.size, a.sold
    other = 0
    if sold.services:
        other = rest
    elif sold.retail or sold.main == 3:
        farm += rest
    else:
        customs += rest
    return new(Bought, (
        new(Slips, (count, amount, tax_sent)),
        slips(customs, now.standard, size) if customs else NO_SLIPS,
        slips(farm, now.farm_deduction, size) if farm else NO_SLIPS,
        slips(other, now.middle_services, size) if other else NO_SLIPS,
    ))  # fmt: skip


def sold_to_clients(t: Taxpayer, month: int) -> list[tuple[Edge, Parcel]]:
    """Return what a seller issues to clients in a month, by edge: the same parcels as `deducted` gives."""
    found = []
    by_edge, keys = outlets(t.seed, t.index, month // 12)
    for supply, drawn in zip(by_edge, draws(keys, month), strict=False):
        deduct = month + supply.lag
        buyer = trader(t.seed, supply.edge.buyer, deduct // 12)
        need = needed(buyer, input_tax_of(buyer, deduct))[0]
        found += [(edge, Parcel(*sent)) for edge, *sent in parcels((supply,), (drawn,), deduct, need)]
    return found


def slips(tax: int, rate: int, size: int) -> Slips:
    """Return count, amount and tax of the slips that carry `tax`; rounded up, lest a rate be passed."""
    if not tax:
        return NO_SLIPS
    amount = -(-tax * 100 // rate)
    return new(Slips, (1 + amount // (SLIP_AMOUNT + (size << 14)), amount, tax))

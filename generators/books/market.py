"""Who buys from whom: the general taxpayers of a circle trade with each other, and what one of them deducts
for a VAT special invoice another has issued.

A circle is CIRCLE indices in a row of one population. Its general taxpayers, ordered by size, sell to the
(at most) six nearest in that order. What goes over an edge in a month is the smaller of what the seller has
surely sold on special invoices (a share of the least sales of a month of that year) and of a share of what
the buyer has to deduct: so a seller never sells more, and a buyer never deducts more, than their books say,
and neither needs the other's month. A circle is the same on every day: it holds who ever is a general
taxpayer, and nothing is sold before both are. Months are numbered 12 x year + month - 1.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from generators.books.accounts import Accounts, accounts, first_month, size_of
from generators.books.flows import LEAST, ProjectAccount, year_of
from generators.calendar import month_number
from generators.taxpayers.permutation import C1, C2, GOLDEN, MASK, splitmix64
from generators.taxpayers.population import Population
from generators.taxpayers.register import CIRCLE, NEWCOMERS
from generators.taxpayers.taxpayer import Taxpayer

NEAREST = 3  # on each side
LATEST = "2027-12-31"  # the day on which all are known who ever grew to a general taxpayer
TO_CLIENTS = 176  # share of the least special sales of a month that goes to clients, in 1/256, or 31 more
LEAST_EDGE = 100_00  # fen; less is not traded
SLACK = 2  # fen, for rounding of the tax of an edge
LANE = 128  # bits, so that a product of 64 bits by 64 stays in its own
ONES = sum(1 << LANE * lane for lane in range(2 * NEAREST))
LANES = MASK * ONES


class Edge(NamedTuple):
    """From a seller to a buyer. `lag`: months from issue until the buyer deducts it, 0 or 1."""

    seller: int  # index in the population
    buyer: int
    key: int
    lag: int
    part: int  # the buyer's share of what the seller sells to clients, in 1/1024
    quota: int  # the seller's share of what the buyer needs, in 1/1024
    since: int  # first month of issue


class Circle(NamedTuple):
    """The general taxpayers of a circle, by index, and their edges."""

    traders: dict[int, Taxpayer]
    suppliers: dict[int, tuple[Edge, ...]]  # of a buyer
    clients: dict[int, tuple[Edge, ...]]  # of a seller


class Parcel(NamedTuple):
    """What goes over an edge in a month: invoices, amount and tax in fen."""

    count: int  # type: ignore[assignment]  # shadows tuple.count, which nobody needs here
    amount: int
    tax: int


@lru_cache(maxsize=32)
def population(seed: int, profile: str) -> Population:
    return Population(seed, profile)


@lru_cache(maxsize=40 * CIRCLE)
def someone_of(seed: int, profile: str, index: int) -> Taxpayer:
    """Return a taxpayer of a population as on the day of a profile."""
    return population(seed, profile).taxpayer(index)


@lru_cache(maxsize=512)
def circle(seed: int, number: int) -> Circle:
    """Return the `number`-th circle of a population."""
    people = population(seed, LATEST).generals(number * CIRCLE, CIRCLE)
    found = [(*size_of(t, 2024), t) for t in people]
    found.sort(key=lambda trader: (trader[0], trader[2].index))
    pairs = [
        (s, b)
        for s in range(len(found))
        for b in range(max(0, s - NEAREST), min(len(found), s + NEAREST + 1))
        if s != b
    ]
    weight = [unit * (96 if retail else 256) for unit, retail, _ in found]
    sells, buys = [0] * len(found), [0] * len(found)
    for s, b in pairs:
        sells[s] += weight[b]
        buys[b] += weight[s]
    begun = [first_month(t) for *_, t in found]
    # Not in the buyer's first month: an invoice of it may be older than his registration.
    ready = [
        max(first + (t.index >= NEWCOMERS), month_number(date.fromisoformat(t.registered_on)) + 1)
        for first, (*_, t) in zip(begun, found, strict=True)
    ]
    bought: list[list[Edge]] = [[] for _ in found]
    sold: list[list[Edge]] = [[] for _ in found]
    for s, b in pairs:
        seller, buyer = found[s][2], found[b][2]
        key = splitmix64(seller.key ^ buyer.key * GOLDEN)
        part, quota = (weight[b] << 10) // sells[s], (weight[s] << 10) // buys[b]
        edge = Edge(seller.index, buyer.index, key, key & 3 == 0, part, quota, max(begun[s], ready[b]))
        sold[s].append(edge)
        bought[b].append(edge)
    traders = {t.index: t for *_, t in found}
    return Circle(
        traders,
        {index: tuple(edges) for index, edges in zip(traders, bought, strict=True)},
        {index: tuple(edges) for index, edges in zip(traders, sold, strict=True)},
    )


@lru_cache(maxsize=8192)
def trader(seed: int, index: int, year: int) -> Accounts:
    """Return the accounts of a trader of some circle in a year."""
    return accounts(circle(seed, index // CIRCLE).traders[index], year)


def accounts_of(t: Taxpayer, year: int) -> Accounts:
    """Return the accounts of a general taxpayer in a year, on whatever day he is looked at."""
    seed, index = t.seed, t.index
    known = index in circle(seed, index // CIRCLE).traders
    return trader(seed, index, year) if known else accounts(t, year)


@lru_cache(maxsize=8192)
def least_special(b: ProjectAccount, special: int, year: int) -> int:
    """Return a lower bound in fen of the main row's sales on special invoices in any month of a year."""
    main = LEAST * year_of(b, year).unit * (256 - b.share) >> 8
    return (main - 2) * special >> 8


class Supply(NamedTuple):
    """What may go over an edge in the months of issue of one year."""

    edge: Edge
    since: int  # as of the edge
    lag: int
    quota: int
    most: int  # the seller's lower bound times the edge's part, in fen / 1024
    rate: int  # percent, of the year's end
    old_months: int  # months before the rate changed
    old_rate: int


class Supplies(NamedTuple):
    """What may go over some edges in the months of one year, and their keys, a lane each (see `draws`)."""

    by_edge: tuple[Supply, ...]
    keys: int


def _supply(seed: int, edge: Edge, year: int) -> Supply:
    seller = trader(seed, edge.seller, year)
    b = seller.general
    most = least_special(b, seller.habits.special, year) * edge.part
    return Supply(edge, edge.since, edge.lag, edge.quota, most, b.rate, b.old_months, b.old_rate)


@lru_cache(maxsize=4096)
def supplies(seed: int, buyer: int, year: int) -> Supplies:
    """Return what may come to a buyer in the months of issue of a year; keys for the months of deduction."""
    edges = circle(seed, buyer // CIRCLE).suppliers.get(buyer, ())
    return Supplies(
        tuple(_supply(seed, edge, year) for edge in edges), _lanes([e.key - e.lag * GOLDEN for e in edges])
    )


@lru_cache(maxsize=4096)
def outlets(seed: int, seller: int, year: int) -> Supplies:
    """Return what may go from a seller in the months of issue of a year; keys for the months of issue."""
    edges = circle(seed, seller // CIRCLE).clients.get(seller, ())
    return Supplies(tuple(_supply(seed, edge, year) for edge in edges), _lanes([e.key for e in edges]))


def _lanes(keys: Sequence[int]) -> int:
    return sum((key & MASK) << LANE * lane for lane, key in enumerate(keys))


def draws(keys: int, month: int) -> bytes:
    """Return the lowest byte of splitmix64(key + month * GOLDEN), a key a lane.

    All lanes at once: a declaration needs it six times.
    """
    x = keys + (month * GOLDEN & MASK) * ONES & LANES
    x = (x ^ x >> 30 & LANES) * C1 & LANES
    x = (x ^ x >> 27 & LANES) * C2 & LANES
    return (x ^ x >> 31).to_bytes(2 * NEAREST * LANE // 8, "little")[:: LANE // 8]


def parcels(
    supplies: Sequence[Supply], draws: Sequence[int], month: int, need: int
) -> list[tuple[Edge, int, int, int]]:
    """Return what is deducted in a month by edge: edge, how many invoices, amount and tax.

    `draws`: of the months of issue. `need`: the input tax in fen that the buyer has for special invoices in
    all, in that month. The years of the supplies are those of issue.
    """
    found = []
    for (edge, since, lag, quota, most, rate, old_months, old_rate), drawn in zip(
        supplies, draws, strict=False
    ):
        if month - lag < since:
            continue
        if old_months and (month - lag) % 12 < old_months:
            rate = old_rate
        amount = most * (TO_CLIENTS + (drawn & 31)) >> 18
        taxed, limit = amount * rate, ((need * quota >> 10) - SLACK) * 100  # fen / 100
        if limit < taxed:
            amount = limit // rate
            taxed = amount * rate
        if amount >= LEAST_EDGE:
            found.append((edge, 1 + (drawn >> 6 & 1), amount, (taxed + 50) // 100))
    return found

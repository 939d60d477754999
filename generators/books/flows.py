"""The flows and balances behind a general taxpayer's VAT declarations, each a function of (key, year, month).

How a month is found without the months before it. Flows (sales, tax, ...) are defined by their sum since
January, `cumulated(account, year, m)`, which grows with m; a month is the difference of two sums, the year to
date is one sum. So every formula between flows holds in both. A year has a few random words: twelve 4-bit
weights each, whose sum up to month m is a handful of integer operations (`nibble_sum`), and twelve bits for
what happens or not.

Balances (the credit, row 20; the unpaid tax, row 32) are functions of the month alone. They are bounded by
`floor`, a lower bound of the output tax of any month, so that the input tax that connects them is positive:
input tax = output tax - tax payable + closing credit - opening credit >= floor (1 - 31/64 - 16/48) - 255 > 0.

In a taxed month there is tax to pay and no credit is left; in the others a credit is carried forward and
nothing is payable: row 18 = min(row 17, row 11) holds either way.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

MONTHS = 0xFFF
WEIGHTS = (1 << 48) - 1  # twelve fields of 4 bits
NIBBLES = 0x0F0F0F0F0F0F
LEAST = 24  # a month's sales are LEAST .. LEAST + 15 units, and some
SIMPLE_LEAST = 8
JITTER = 3
LAST_RELIEVED, LATER = (
    9,
    16,
)  # months: what is due at a year's end is not reduced, as the reduction changes by year
LEAST_TAX = 16  # tax payable of a month: 16 .. 31 units

new = tuple.__new__  # a NamedTuple's own constructor is a Python function, and costs twice as much


class ProjectAccount(NamedTuple):
    """What does not change from month to month, in fen; a unit is the amount per weight (see `cumulated`)."""

    key: int
    start: int  # month (12 x year + month - 1) into which nothing is brought forward
    unit: int  # sales at the statutory rates
    share: int  # of them at the second rate, in 1/256
    rate: int  # percent, of the year's end
    second_rate: int
    old_months: int  # months of the year before the rates changed, 0 in most years
    old_rate: int  # percent, in those months
    old_second_rate: int
    goods: bool  # the main rate's sales are goods, not services
    second_goods: bool
    inspections: bool  # there is one in some years
    repair: bool  # a 32nd of the goods is processing and repair
    simple: int  # unit of sales under the simple method, 0 for none
    exempt: int  # unit of exempt sales
    export: int  # unit of exports
    relief: int  # reduction of tax, once in some years
    prepaid: int  # units of tax prepaid in a month
    tax: int  # unit of tax payable
    credit: int  # unit of the credit carried forward


def account(
    key: int,
    start: int,
    unit: int,
    rates: tuple[int, int],
    share: int = 0,
    *,
    lowest: tuple[int, int] = (0, 0),
    old: tuple[int, int, int] = (0, 0, 0),
    goods: tuple[bool, bool] = (True, False),
    inspections: bool = False,
    repair: bool = False,
    simple: int = 0,
    exempt: int = 0,
    export: int = 0,
    relief: int = 0,
    prepaid: int = 0,
) -> ProjectAccount:
    """Return the account with the units of tax and credit that keep every month consistent.

    `unit` must be 32768 fen or more. A relief that could exceed half the least tax of a month is dropped.
    `lowest`: the lowest main and second rates of all years, lest the units change with the rates (and the
    chain from year to year break); by default `rates`. `old`: months of the year before the rates changed,
    and what they were then.
    """
    rate, second = rates
    low, low_second = lowest if lowest[0] else rates
    least = min(low, low_second) if share else low
    floor = unit * 3 // 4 * LEAST * least // 100 - 100
    tax = floor // 64
    if relief > LEAST_TAX // 2 * tax:
        relief = 0
    return ProjectAccount(
        key, start, unit, share, rate, second, *old, *goods, inspections, repair,
        simple, exempt, export, relief, prepaid, tax, floor // 48,
    )  # fmt: skip


@dataclass(slots=True, eq=False)
class Year:
    """The random words of one year of one taxpayer; with slots, as a month reads some forty of its fields."""

    taxed: int  # bit m-1: month m has tax to pay
    odd: int  # bit m-1: the tax of month m is not paid in full and on time (see `paying`)
    how: int  # bit m-1, twice: which of four ways
    other: int
    later: int  # bit m-1: even later
    unit: int  # of sales, in fen: the account's unit times 0.75 .. 1.24
    w1: int  # twelve weights of 4 bits, January lowest
    w2: int
    w3: int
    inspected: int  # month of an inspection, 1 .. 64: usually none
    relieved: int  # month of the reduction, 1 .. 9, or none of the year
    skip: int  # months of the year before the taxpayer began
    sums: list["Flows | None"]  # flows from January to month 0 .. 12, once they were asked for
    months: list["Flows | None"]  # flows of month 0 .. 12 alone, likewise


@lru_cache(maxsize=4096)
def year_of(b: ProjectAccount, year: int) -> Year:
    """Return the random words of a year, cut from 320 bits that belong to (key, year)."""
    x = int.from_bytes(blake2b((b.key << 16 | year).to_bytes(10), digest_size=40).digest())
    taxed = (x >> 144 | x >> 156) & (x >> 168 | x >> 180) & MONTHS  # 9 in 16
    odd = x >> 232 & x >> 244 & x >> 256 & MONTHS  # 1 in 8
    relieved = 1 + (x >> 228 & 15)
    skip = b.start - 12 * year
    if skip > 0:
        skip = min(skip, 12)
        taxed, odd = taxed >> skip << skip, odd >> skip << skip
    else:
        skip = 0
    unit = b.unit * (96 + (x >> 216 & 63)) >> 7
    return Year(
        taxed, odd, x >> 268 & MONTHS, x >> 280 & MONTHS, x >> 292 & MONTHS,
        unit, x & WEIGHTS, x >> 48 & WEIGHTS, x >> 96 & WEIGHTS, 1 + (x >> 222 & 63),
        LATER if relieved > LAST_RELIEVED else relieved, skip,
        [None] * 13, [None] * 13,
    )  # fmt: skip


def nibble_sum(x: int) -> int:
    """Return the sum of the twelve 4-bit fields of x.

    It is at most 180, and so what is left of six bytes, read as one number, when it is divided by 255.
    """
    return ((x & NIBBLES) + (x >> 4 & NIBBLES)) % 255


# The 4-bit fields of the months whose bits are set, for each of the 4096 sets of months.
SPREAD = [sum(15 << 4 * m for m in range(12) if bits >> m & 1) for bits in range(MONTHS + 1)]


class Flows(NamedTuple):
    """Sums from January to some month, or the difference of two such sums. In fen."""

    sales: int  # at the main rate, without the inspection's
    tax: int
    second_sales: int
    second_tax: int
    repair: int
    inspected: int  # sales found by an inspection, at the main rate
    inspected_tax: int
    simple: int
    simple_tax: int
    export: int
    export_refund: int
    exempt: int
    transferred: int  # input tax transferred out


NO_FLOWS = Flows(*[0] * 13)


def cumulated(b: ProjectAccount, y: Year, m: int) -> Flows:
    """Return the flows from January, or from the taxpayer's first month, to month m (0 .. 12)."""
    found = y.sums[m]
    if found is None:
        if m <= y.skip:
            found = NO_FLOWS
        elif y.skip:
            found = _less(_cumulated(b, y, m), _cumulated(b, y, y.skip))
        else:
            found = _cumulated(b, y, m)
        y.sums[m] = found
    return found


def flows_in(b: ProjectAccount, y: Year, m: int) -> Flows:
    """Return the flows of month m alone (1 .. 12)."""
    found = y.months[m]
    if found is None:
        found = cumulated(b, y, m)
        if m > 1:
            found = _less(found, cumulated(b, y, m - 1))
        y.months[m] = found
    return found


def _less(more: Flows, less: Flows) -> Flows:
    """Return the difference of two sums, written out: half the time of a loop."""
    a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13 = more
    b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13 = less
    return new(Flows, (
        a1 - b1, a2 - b2, a3 - b3, a4 - b4, a5 - b5, a6 - b6, a7 - b7, a8 - b8, a9 - b9, a10 - b10,
        a11 - b11, a12 - b12, a13 - b13,
    ))  # fmt: skip


def _cumulated(b: ProjectAccount, y: Year, m: int) -> Flows:
    """Return the flows from January to month m (1 .. 12)."""
    # Taken apart at once: an access by name costs several times as much.
    share, rate, second_rate, old_months, old_rate, old_second_rate = b[3:9]
    inspections, repair, simple, exempt, export = b[11:16]
    unit, w2, w3, inspected_in = y.unit, y.w2, y.w3, y.inspected
    mask, last = (1 << 4 * m) - 1, 4 * m - 4
    w3 &= mask
    n1, n3 = nibble_sum(y.w1 & mask), nibble_sum(w3)
    total = unit * (LEAST * m + n1) + 3571 * n3  # as in _sales
    second = total * share >> 8
    main = total - second
    # Tax is the sum of the taxes of many sales: a few fen away from sales x rate.
    taxed, second_taxed = main * rate, second * second_rate
    if old_months:
        before = min(m, old_months)
        early = total if before == m else _sales(b, y, before)
        early_second = early * share >> 8
        taxed += (early - early_second) * (old_rate - rate)
        second_taxed += early_second * (old_second_rate - second_rate)
    tax = (taxed + 50) // 100 + (w2 >> last & JITTER)
    second_tax = (second_taxed + 50) // 100 + (w3 >> last & JITTER) if second else 0
    inspected = inspected_tax = simple_tax = 0
    if inspections and m >= inspected_in:
        inspected = 3 * unit
        inspected_tax = (inspected * (old_rate if inspected_in <= old_months else rate) + 50) // 100
    if simple:
        simple, simple_tax = simple_method(b, m, n1, n3)
    if export:
        export *= LEAST * m + nibble_sum(w2 & mask)
    exempt *= LEAST * m + n3
    return new(Flows, (
        main, tax, second, second_tax, total >> 5 if repair else 0, inspected, inspected_tax,
        simple, simple_tax, export, export * 9 // 100, exempt, (simple + exempt) >> 5,
    ))  # fmt: skip


def _sales(b: ProjectAccount, y: Year, m: int) -> int:
    """Return the sales at the statutory rates from January to month m."""
    mask = (1 << 4 * m) - 1
    return y.unit * (LEAST * m + nibble_sum(y.w1 & mask)) + 3571 * nibble_sum(y.w3 & mask)


def rates_in(b: ProjectAccount, m: int) -> tuple[int, int]:
    """Return the main and the second rate in month m of the account's year."""
    return (b.old_rate, b.old_second_rate) if m <= b.old_months else (b.rate, b.second_rate)


def simple_method(b: ProjectAccount, m: int, n1: int, n3: int) -> tuple[int, int]:
    """Return sales and tax (3 %) under the simple method from January to month m."""
    sales = b.simple * (SIMPLE_LEAST * m + n3) + 1777 * n1
    return sales, (sales * 3 + 50) // 100


def simple_tax(b: ProjectAccount, y: Year, m: int) -> int:
    """Return the tax under the simple method from January to month m (0 .. 12)."""
    if m <= y.skip:
        return 0
    mask = (1 << 4 * m) - 1
    tax = simple_method(b, m, nibble_sum(y.w1 & mask), nibble_sum(y.w3 & mask))[1]
    if y.skip:
        mask = (1 << 4 * y.skip) - 1
        tax -= simple_method(b, y.skip, nibble_sum(y.w1 & mask), nibble_sum(y.w3 & mask))[1]
    return tax


class Payable(NamedTuple):
    """Rows 19, 21, 23 and 24: since January, or of a month. In fen."""

    general: int
    simple: int
    relief: int
    due: int  # row 24, general + simple - relief


NOTHING_PAYABLE = Payable(0, 0, 0, 0)


def payable(b: ProjectAccount, y: Year, m: int) -> Payable:
    """Return the tax payable from January to month m (0 .. 12)."""
    if m <= y.skip:
        return NOTHING_PAYABLE
    general = relief = simple = 0
    if taxed := y.taxed & (1 << m) - 1:
        spread = SPREAD[taxed]
        weights = LEAST_TAX * taxed.bit_count() + nibble_sum(y.w2 & spread)
        general = b.tax * weights + 17 * nibble_sum(y.w3 & spread)
        if taxed >> y.relieved - 1 & 1:
            relief = b.relief
    if b.simple:
        simple = simple_tax(b, y, m)
    return new(Payable, (general, simple, relief, general + simple - relief))


def due_in(b: ProjectAccount, y: Year, m: int) -> int:
    """Return row 24 of month m alone (1 .. 12): `payable_in(b, y, m).due`, for less work."""
    due = 0
    if y.taxed >> m - 1 & 1:
        shift = 4 * m - 4
        due = b.tax * (LEAST_TAX + (y.w2 >> shift & 15)) + 17 * (y.w3 >> shift & 15)
        if m == y.relieved:
            due -= b.relief
    if b.simple:
        due += simple_tax(b, y, m) - simple_tax(b, y, m - 1)
    return due


def payable_in(b: ProjectAccount, y: Year, m: int) -> Payable:
    """Return the tax payable of month m alone (1 .. 12): the difference of two `payable`, for less work."""
    shift = 4 * m - 4
    general = relief = simple = 0
    if y.taxed >> m - 1 & 1:
        general = b.tax * (LEAST_TAX + (y.w2 >> shift & 15)) + 17 * (y.w3 >> shift & 15)
        if m == y.relieved:
            relief = b.relief
    if b.simple:
        simple = simple_tax(b, y, m) - simple_tax(b, y, m - 1)
    return new(Payable, (general, simple, relief, general + simple - relief))


def credit(b: ProjectAccount, y: Year, m: int) -> int:
    """Return the credit carried forward at the end of month m (1 .. 12), row 20."""
    return 0 if y.taxed >> m - 1 & 1 or m <= y.skip else b.credit * (1 + (y.w3 >> 4 * m - 4 & 15))


def input_tax(f: Flows, p: Payable, opening: int, closing: int) -> int:
    """Return row 12 of the month with these flows and credits: what the balances leave for it.

    Row 17 = row 11 - row 19 + row 20; row 12 = row 17 - rows 13 and 16 + rows 14 and 15.
    """
    return f.tax + f.second_tax - p.general + closing - opening + f.transferred + f.export_refund

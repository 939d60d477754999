"""The layouts of the quarterly prepayment of corporate income tax (A200000) and what is computed on them.

A row that a layout does not have is 0 here. Amounts are fen, from January to the end of the quarter. Sources:
formulas of filing software for each layout; the days from which they are used, and the labels of the rows of
2016 that no formula names, are unconfirmed.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from generators.eras.era import Era

RATE = 25  # percent
LAST_OF_2015 = "2015-12-31"
HALVED_FROM_OCTOBER = (200_000, 300_000)
"""Yuan: income that 财税〔2015〕99号 halves for the months from October 2015 on alone."""


@dataclass(frozen=True)
class Layout:
    """Which row is what. first: the first row with an amount (above it stands a heading). more: rows that a
    layout computes its profit from. signed: the last row may be below 0."""

    voucher: str
    first: int
    last: int
    revenue: int
    cost: int
    profit: int
    special: int
    untaxed: int
    exempt: int
    losses: int
    income: int
    rate: int
    tax: int
    relief: int
    prepaid: int
    accelerated: int = 0
    signed: bool = False
    more: tuple[tuple[str, int], ...] = field(default=())

    @property
    def due(self) -> int:
        """The last row: what is to be paid now."""
        return self.last


OLD, NEW = "BDA0610756", "BDA0611033"
DETAILS = (
    ("taxes", 3), ("selling", 4), ("admin", 5), ("research", 6), ("finance", 7), ("investment", 9),
    ("operating", 15), ("other_income", 16), ("other_expense", 17),
)  # fmt: skip
LAYOUTS = {
    "2012": Layout(OLD, 2, 15, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13),
    "2016": Layout(OLD, 2, 17, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, accelerated=8),
    "2018": Layout(NEW, 1, 15, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, accelerated=7),
    "2021": Layout(NEW, 1, 16, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 14, accelerated=6, signed=True),
    "2025": Layout(
        NEW, 1, 32, 1, 2, 18, 19, 20, 22, 24, 25, 26, 27, 28, 30, accelerated=21, signed=True, more=DETAILS
    ),
}
SMALL_RELIEF = "r28_1"  # of row 28 in the layout of 2025: relief of small low-profit enterprises


class Computed(NamedTuple):
    """Income, tax, relief and what is due, in fen."""

    income: int
    tax: int
    relief: int
    due: int


def tax_on(income: int) -> int:
    """Return the tax at 25 %, half up; nothing on a loss."""
    return (max(income, 0) * RATE + 50) // 100


def small_tax(now: Era, income: int, *, months: int = 12, before_october: int = 0) -> int | None:
    """Return the tax of a small low-profit enterprise on `income` fen; None beyond the limit of its time.

    months: of the year in which it exists; before_october: of them those before October, in the last quarter
    of 2015; 0 in every other.
    """
    if income <= 0:
        return 0
    lower, upper = (100 * yuan for yuan in HALVED_FROM_OCTOBER)
    if before_october and lower < income <= upper:
        before, after = before_october, months - before_october
        return (income * (20 * before + 10 * after) + 50 * months) // (100 * months)
    tax = below = 0
    for limit, percent in now.cit_small:
        part = min(income, 100 * limit) - below
        tax += round(10 * percent) * part
        below += part
        if income <= 100 * limit:
            return (tax + 500) // 1000
    if now.cit_small_rest and income <= 100 * now.cit_small_rest[0]:
        return (income * now.cit_small_rest[1] + 50) // 100
    return None


def computed(layout: Layout, income: int, relief_to: int | None, prepaid: int) -> Computed:
    """Return the rows from the income on. relief_to: the tax that a relief leaves, None for no relief."""
    tax = tax_on(income)
    relief = 0 if relief_to is None else tax - relief_to
    due = tax - relief - prepaid
    return Computed(income, tax, relief, due if layout.signed else max(due, 0))

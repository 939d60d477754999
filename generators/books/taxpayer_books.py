"""`Books(taxpayer, k)`: everything that one taxpayer did in one period."""

from functools import cached_property
from typing import NamedTuple

from generators.books.accounts import Accounts
from generators.books.issued import Column, Slip, columns, kinds_held, slips
from generators.books.ledger.results import NOTHING, Result, result
from generators.books.market import accounts_of, someone_of
from generators.books.periods import number, period_of
from generators.books.purchases import Bought, bought, deducted, input_tax_of, month_flows, needed
from generators.books.sales import SPECIAL, SalesRow, sales_rows
from generators.books.settling import Settled, settled
from generators.books.small import SmallSales, era_of, small_sales
from generators.calendar import Period, period_in
from generators.taxpayers.taxpayer import Taxpayer


class Ticked(NamedTuple):
    """An invoice of another that is deducted: its seller, period and number there, amount and tax in fen."""

    seller: Taxpayer
    period: Period
    number: int
    amount: int
    tax: int


class Profit(NamedTuple):
    """A period's result in fen. other: other expenses less other income."""

    revenue: int
    cost: int
    payroll: int
    surcharges: int
    other: int

    @property
    def result(self) -> int:
        """Profit before income tax, below 0 for a loss."""
        return self.revenue - self.cost - self.payroll - self.surcharges - self.other


class Books:
    """The books of `taxpayer` for its k-th filing period (see calendar.period), computed when asked for."""

    def __init__(self, taxpayer: Taxpayer, k: int) -> None:
        self.taxpayer, self.k = taxpayer, k

    def __repr__(self) -> str:
        return f"Books({self.taxpayer.djxh}, {self.period.start})"

    @cached_property
    def scale(self) -> str:
        """The scale in the period: general or small."""
        return period_of(self.taxpayer, self.k)[0]

    @cached_property
    def period(self) -> Period:
        """First and last day."""
        return period_of(self.taxpayer, self.k)[1]

    @cached_property
    def accounts(self) -> Accounts | None:
        """What a general taxpayer is like; None for a small-scale one."""
        return accounts_of(self.taxpayer, self.period.year) if self.scale == "general" else None

    @cached_property
    def sales(self) -> list[SalesRow]:
        """A general taxpayer's sales, by row of sheet 1; [] for a small-scale one."""
        a, when = self.accounts, self.period
        if a is None:
            return []
        flows = (month_flows(a.general, self.month), month_flows(a.refund, self.month))
        return sales_rows(a, era_of(when), when.month, *flows)

    @cached_property
    def small_sales(self) -> SmallSales | None:
        """A small-scale taxpayer's sales."""
        return None if self.accounts else small_sales(self.taxpayer, self.period)

    @property
    def kinds(self) -> tuple[int, ...]:
        """The kinds of invoice that the taxpayer holds: SPECIAL, ORDINARY."""
        return kinds_held(self.taxpayer, self.scale)

    @property
    def month(self) -> int:
        """Number of the period's last month, 12 x year + month - 1."""
        return number(self.period)

    def columns(self) -> list[Column]:
        """The sums of the invoices issued, by row of the form and kind."""
        return columns(self.taxpayer, self.period, self.accounts)

    def issued(self, kind: int) -> list[Slip]:
        """The invoices of one kind, in the order of their numbers."""
        return slips(self.taxpayer, self.period, kind, self.accounts)

    @cached_property
    def bought(self) -> Bought | None:
        """What a general taxpayer deducts, by kind of document."""
        a = self.accounts
        if a is None:
            return None
        return bought(self.taxpayer, a, era_of(self.period), self.month, input_tax_of(a, self.month))

    def ticked(self) -> list[Ticked]:
        """The single VAT special invoices that are deducted: they sum to row 35 of sheet 2."""
        a, t = self.accounts, self.taxpayer
        if a is None:
            return []
        found = []
        for edge, _ in deducted(t, self.month, needed(a, input_tax_of(a, self.month))[0]):
            seller = someone_of(t.seed, t.profile, edge.seller)
            when = period_in(self.month - edge.lag, "general")
            issued = slips(seller, when, SPECIAL, accounts_of(seller, when.year))
            for place, slip in enumerate(issued):
                if slip.buyer == t.index and slip.deducted == self.month:
                    found.append(Ticked(seller, when, place, slip.amount, slip.tax))
        return found

    @cached_property
    def settled(self) -> Settled:
        """How what is due for the period is paid."""
        return settled(self.taxpayer, self.k, self.period, self.accounts)

    @cached_property
    def profit(self) -> Profit:
        """The period's part of the results to date, with which the year's returns are filled in."""
        t, when = self.taxpayer, self.period
        last = when.month - when.months
        now = result(t, when.year, when.month)
        before = result(t, when.year, last) if last else NOTHING
        return Profit(*(a - b for a, b in zip(_parts(now), _parts(before), strict=True)))


def _parts(r: Result) -> tuple[int, int, int, int, int]:
    spent = r.revenue - r.cost - r.payroll - r.taxes - r.profit
    return r.revenue, r.cost, r.payroll, r.taxes, spent

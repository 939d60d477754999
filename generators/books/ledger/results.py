"""A taxpayer's results from January to the end of a month: sales as the VAT returns of these months have
them, costs as shares of them that are drawn by the year.

Months of the calendar are 1 .. 12. How much a sale costs, and who makes a loss, is an estimate.
"""

from functools import lru_cache
from typing import NamedTuple

from generators.books.flows import cumulated, payable, year_of
from generators.books.market import accounts_of
from generators.books.small import small_sales
from generators.calendar import Period, period_in
from generators.documents.vat.small import prepaid_and_due
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

LABEL = 0x9A6E
WAGE = 5_000_00  # fen a month and employee; the range is 0.75 to 1.48 of it
WAGES_SHARE = 4  # wages are at most a quarter of what is sold
SURCHARGES = 12  # percent of the VAT: 7 city construction, 3 education, 2 local education
FIRST_YEAR = 2012  # before which there are no books


class Result(NamedTuple):
    """From January, or from registration, to the end of a month; in fen, costs above 0.

    Wages (`payroll`) are in `selling` and `admin`.
    """

    revenue: int
    cost: int
    taxes: int
    selling: int
    admin: int
    research: int
    finance: int
    investment: int
    other_income: int
    other_expense: int
    payroll: int

    @property
    def expenses(self) -> int:
        """What is sold costs, with all that goes with it."""
        return self.cost + self.taxes + self.selling + self.admin + self.research + self.finance

    @property
    def operating(self) -> int:
        """Operating profit, below 0 for a loss."""
        return self.revenue - self.expenses + self.investment

    @property
    def profit(self) -> int:
        """Profit before income tax, below 0 for a loss."""
        return self.operating + self.other_income - self.other_expense


NOTHING = Result(*[0] * 11)


def first_month(t: Taxpayer, year: int) -> int:
    """Return the month of `year` in which the books begin: 1, that of registration, or 13 for none."""
    begun = 12 * int(t.registered_on[:4]) + int(t.registered_on[5:7]) - 1
    return min(max(begun - 12 * year + 1, 1), 13) if year >= FIRST_YEAR else 13


def small_periods(t: Taxpayer, year: int, m: int) -> list[Period]:
    """Return the periods of `year` to the end of month m for which a taxpayer files as a small one."""
    found = {period_in(12 * year + month - 1, "small") for month in range(first_month(t, year), m + 1)}
    grown = t.general_from if t.scale == "general" else "9999"
    return sorted(p for p in found if p.month <= m and p.end < grown)


@lru_cache(maxsize=8192)
def sold(t: Taxpayer, year: int, m: int) -> tuple[int, int]:
    """Return sales without tax and the VAT on them, in fen, from January to the end of month m.

    m is a quarter's last month for who files by the quarter.
    """
    sales = tax = 0
    for when in small_periods(t, year, m):
        s = small_sales(t, when)
        sales += s.sales + s.leased + s.export
        tax += sum(prepaid_and_due(t, when))
    if t.scale == "general":
        a = accounts_of(t, year)
        for b in (a.general, a.refund):
            if b is not None:
                y = year_of(b, year)
                f = cumulated(b, y, m)
                sales += f.sales + f.second_sales + f.inspected + f.simple + f.export + f.exempt
                tax += payable(b, y, m).due
    return sales, tax


def wage(t: Taxpayer) -> int:
    """Return the mean wage of a month and employee, in fen."""
    return WAGE * (96 + (t.key >> 20 & 31) + (t.key >> 25 & 31) + (t.key >> 30 & 31)) >> 7


@lru_cache(maxsize=4096)
def staff(t: Taxpayer, year: int) -> int:
    """Return how many are on the payroll in a year: those registered, as far as the sales can pay them."""
    months = 13 - first_month(t, year)
    payable_wages = sold(t, year, 12)[0] // (WAGES_SHARE * wage(t) * months) if months else 0
    return max(1, min(t.employees, payable_wages))


@lru_cache(maxsize=8192)
def result(t: Taxpayer, year: int, m: int) -> Result:
    """Return the result from January to the end of month m; see `sold` for m."""
    months = m - first_month(t, year) + 1
    if months <= 0:
        return NOTHING
    bits = splitmix64((t.key ^ LABEL) + year * GOLDEN)
    revenue, tax = sold(t, year, m)
    pay = staff(t, year) * wage(t)
    whole, wages = sold(t, year, 12)[0], pay * (months + 12 - m)
    rest = revenue * max(whole - wages, whole >> 3) // max(whole, 1)
    pay *= months
    drift = (splitmix64(bits + m) & 63) - 32
    shop = pay * 3 >> 3
    researches = t.scale == "general" and bits >> 15 & 3 == 0
    return Result(
        revenue=revenue,
        cost=rest * (16 * (188 + (bits & 63)) + drift) >> 12,
        taxes=tax * SURCHARGES // 100,
        selling=shop + (rest * (2 + (bits >> 6 & 7)) >> 8),
        admin=pay - shop + (rest * (4 + (bits >> 9 & 7)) >> 8),
        research=rest * (bits >> 12 & 7) >> 8 if researches else 0,
        finance=rest * (bits >> 17 & 3) >> 8,
        investment=rest >> 7 if bits >> 20 & 15 == 0 else 0,
        other_income=rest >> 9 if bits >> 24 & 7 == 0 else 0,
        other_expense=rest >> 10 if bits >> 27 & 7 == 0 else 0,
        payroll=pay,
    )


def monthly(t: Taxpayer, year: int, m: int) -> int:
    """Return the mean sales of a month from January to the end of month m, in fen."""
    months = m - first_month(t, year) + 1
    return result(t, year, m).revenue // months if months > 0 else 0


def paid_in(t: Taxpayer) -> int:
    """Return the capital that is paid in, a 16th to a quarter of the registered one, in fen."""
    return 100 * t.capital * (1 + (t.key >> 44 & 3)) >> 4


def assets(t: Taxpayer, year: int, m: int) -> int:
    """Return the total assets at the end of month m, in fen: capital, a reserve, 8 to 15 months of sales."""
    if m < first_month(t, year):
        return 0
    capital = paid_in(t)
    return capital + (capital >> 4) + monthly(t, year, m) * (8 + (t.key >> 40 & 7))


def average_assets(t: Taxpayer, year: int, m: int) -> int:
    """Return the mean of the quarters to the end of month m (3, 6, 9, 12), each of its two ends, in fen."""
    ends = [end for end in range(3, m + 1, 3) if end >= first_month(t, year)]
    if not ends:
        return 0
    before = assets(t, year - 1, 12) or assets(t, year, ends[0])
    closing = [assets(t, year, end) for end in ends]
    total = sum(a + b for a, b in zip([before, *closing[:-1]], closing, strict=True))
    return total // (2 * len(ends))

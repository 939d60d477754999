"""The payroll of a month: who is employed, since when, and what each is paid; what is withheld from it.

A taxpayer has `staff(t, year)` places, each held by one person at a time: places 0 and 1 by the legal person
and the accountant, all others by employees who stay 15 to 61 months. The pay of all places of a month is
`staff(t, year) x wage(t)`, to the fen: results to date (`results.Result.payroll`) are the sums of it. All
amounts are fen. Months are 1 .. 12, or 12 x year + month - 1 where they are numbered.
"""

from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from generators.books.ledger.results import FIRST_YEAR, first_month, staff, wage
from generators.books.ledger.wage_tax import taxed
from generators.books.small import era_of
from generators.calendar import period_in
from generators.eras.era import Era
from generators.taxpayers.employees import ACCOUNTANT, ADULT, Employee, employee
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

LABEL = 0x7A41
START = 12 * FIRST_YEAR
LEAST_STAY = 15  # months; the longest is LEAST_STAY + 46
LEAST_WEIGHT = 192  # of a place; LEAST_WEIGHT + 255 at most, more for the head and for specialists
HEAD, SPECIALIST = 512, 4
JITTER = 31  # of a month
TEN_YUAN = 1000
LEAST, MOST = 60, 300  # percent of the mean wage
YEAR = 12


class Place(NamedTuple):
    """One place on the payroll in one month. since: the first day of employment, yyyy-mm-dd.

    base: of insurance; what the employee pays of it: pension, medical, unemployment, housing. additional:
    special deductions.
    """

    employee: Employee
    since: str
    pay: int
    base: int
    pension: int
    medical: int
    unemployment: int
    housing: int
    additional: int

    @property
    def insurance(self) -> int:
        """Insurance and housing fund together."""
        return self.pension + self.medical + self.unemployment + self.housing


class Withheld(NamedTuple):
    """What is withheld from one person for one month. to_date: since January, or since employed if later.

    Until 2018 the amounts to date are those of the month, and `before` is 0.
    """

    place: Place
    allowance: int
    pay_to_date: int
    allowance_to_date: int
    insurance_to_date: int
    additional_to_date: int
    taxable: int
    percent: int
    quick: int
    tax: int
    before: int
    due: int
    cumulative: bool


def employs(t: Taxpayer) -> bool:
    """Return whether a taxpayer pays wages: enterprises. An individual's own income is of his business."""
    return not t.individual


def _holder(t: Taxpayer, place: int, month: int) -> tuple[int, int]:
    """The number of who holds a place in a month, and the month in which he began: when his turn did, or when
    the place was there (again) in a year's staff. The first two are there since registration."""
    registered = 12 * int(t.registered_on[:4]) + int(t.registered_on[5:7]) - 1
    if place <= ACCOUNTANT:
        return place, registered
    number, began = _turn(t, place, month)
    began = max(began, registered)
    year = month // YEAR
    while began < YEAR * year and year > FIRST_YEAR and place < staff(t, year - 1):
        year -= 1
    return number, began if began >= YEAR * year or year == FIRST_YEAR else YEAR * year


def _turn(t: Taxpayer, place: int, month: int) -> tuple[int, int]:
    """The employee whose turn it is, and the month in which it began."""
    bits = splitmix64((t.key ^ LABEL) + place * GOLDEN)
    stay = LEAST_STAY + (bits & 31) + (bits >> 5 & 15)
    shift = (bits >> 9) % stay
    turn = (month - START + shift) // stay
    return turn * max(t.employees, 2) + place, START + turn * stay - shift


@lru_cache(maxsize=16)
def _weights(t: Taxpayer, places: int) -> tuple[int, ...]:
    found = []
    for place in range(places):
        bits = splitmix64((t.key + LABEL) ^ place * GOLDEN)
        weight = LEAST_WEIGHT + (bits & 255)
        if bits >> 8 & 31 == 0:
            weight *= SPECIALIST
        if place == 0:
            weight += HEAD + (bits >> 13 & 1023) << (2 if bits >> 23 & 15 == 0 else 0)
        found.append(weight)
    return tuple(found)


def _shared(amount: int, weights: list[int] | tuple[int, ...]) -> list[int]:
    """An amount in shares, which sum to it."""
    ends = [0, *accumulate(weights)]
    return [amount * b // ends[-1] - amount * a // ends[-1] for a, b in pairwise(ends)]


@lru_cache(maxsize=1024)
def era_of_month(year: int, m: int) -> Era:
    """Return the era of a month: that of its last day."""
    return era_of(period_in(12 * year + m - 1, "general"))


@lru_cache(maxsize=64)
def payroll(t: Taxpayer, year: int, m: int) -> tuple[Place, ...]:
    """Return the places of a month of who employs (`employs`); () before registration and before 2012."""
    first = first_month(t, year)
    if m < first:
        return ()
    places, month = staff(t, year), 12 * year + m - 1
    weights = _weights(t, places)
    seed = splitmix64(t.key + month * GOLDEN)
    pays = _shared(places * wage(t), [w + (splitmix64(seed + p) & JITTER) for p, w in enumerate(weights)])
    usual = _shared(places * wage(t), weights)
    now, found = era_of_month(year, m), []
    for place in range(places):
        number, since = _holder(t, place, month)
        who = employee(t, number)
        base = base_of(now, usual[place])
        parts = (base, *insured(now, base))
        found.append(Place(who, _first_day(t, who, since), pays[place], *parts, additional(now, who.key)))
    return tuple(found)


def _first_day(t: Taxpayer, who: Employee, month: int) -> str:
    """The first day of a month, or of registration; of nobody before he is sixteen."""
    adult = 12 * (int(who.born[:4]) + ADULT) + int(who.born[5:7])
    month = max(month, adult)
    day = f"{month // 12}-{month % 12 + 1:02d}-01"
    return max(day, t.registered_on)


def base_of(now: Era, usual: int) -> int:
    """Return the base of insurance of an employee with this usual pay of a month: whole tens of yuan, 60 to
    300 percent of the region's mean wage."""
    mean = now.insurance_mean
    return min(max(usual // TEN_YUAN * TEN_YUAN, LEAST * mean), MOST * mean)


def insured(now: Era, base: int) -> tuple[int, int, int, int]:
    """Return pension, medical, unemployment and housing that an employee with this base pays a month."""
    pension, medical, unemployment, housing = (
        base * round(10 * percent) // 1000 for percent in (pension_of(now), *now.wages_insurance)
    )
    return pension, medical, unemployment, housing


def pension_of(now: Era) -> float:
    """Return the percent of the pension that is the employee's: the second of insurance_items."""
    return now.insurance_items[1][2]


def additional(now: Era, drawn: int) -> int:
    """Return what else of a month is not taxed: a child of one in two, a loan of one in four, elderly
    parents of one in two."""
    child, loan, elderly = now.wages_additional
    has = (drawn & 1, drawn >> 1 & 3 == 0, drawn >> 3 & 1)
    return 100 * sum(amount for amount, one in zip((child, loan, elderly), has, strict=True) if one)


@lru_cache(maxsize=16)
def withholding(t: Taxpayer, year: int, m: int) -> tuple[Withheld, ...]:
    """Return what is withheld for a month, one row a place of `payroll`."""
    now = era_of_month(year, m)
    allowance = 100 * now.wages_free
    if not now.wages_cumulative:
        return tuple(of_month(now, allowance, place) for place in payroll(t, year, m))
    months = [payroll(t, year, month) for month in range(first_month(t, year), m + 1)]
    return tuple(
        of_year(now, allowance, [each[number] for each in months], place)
        for number, place in enumerate(months[-1] if months else ())
    )


def of_month(now: Era, allowance: int, place: Place) -> Withheld:
    """Return what is withheld for a month by itself, as until 2018."""
    taxable = max(0, place.pay - place.insurance - allowance)
    found = taxed(now, taxable)
    sums = (place.pay, allowance, place.insurance, 0)
    return Withheld(place, allowance, *sums, taxable, *found, 0, found.tax, False)


def of_year(now: Era, allowance: int, months: list[Place], place: Place) -> Withheld:
    """Tax to date less what was withheld before, never below 0: 个人所得税法实施条例, 公告2018年第61号.

    Allowance: that of each month since January in which the person was employed here.
    """
    own = [each for each in months if each.employee == place.employee]
    before = pay = insurance = extra = 0
    for count, each in enumerate(own, start=1):
        pay, insurance, extra = pay + each.pay, insurance + each.insurance, extra + each.additional
        taxable = max(0, pay - count * allowance - insurance - extra)
        found = taxed(now, taxable)
        due = max(0, found.tax - before)
        sums = (pay, count * allowance, insurance, extra)
        row = Withheld(each, allowance, *sums, taxable, *found, before, due, True)
        before += due
    return row


def due_in(t: Taxpayer, year: int, m: int) -> int:
    """Return what is withheld from all persons for a month, in fen."""
    return sum(row.due for row in withholding(t, year, m))

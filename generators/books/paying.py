"""When what is due is paid, and what follows for rows 25 and 27 to 34 of the general form.

What falls due for a month (row 34) is usually paid in the month after, by the deadline. Of the months with
tax about one in eight differs (ODD); the year's words say how:

- overpaid: a little too much is paid, and set off against what is paid for the month after;
- late: after the deadline, still in the month after, with a late fee;
- half: one half a month later;
- skipped: all of it a month later, or (one in two) two.

Row 30 is what is paid in a month for the month before it, row 31 what is paid for older months. Source of
rows 25 to 34: the form's notes; of the late fee: implementation rules of the collection law, article 75.
"""

from functools import lru_cache
from typing import NamedTuple

from generators.books.flows import MONTHS, ProjectAccount, Year, credit, due_in, year_of

OVER, LATE, HALF, SKIPPED, TWICE = "over", "late", "half", "skipped", "twice"
JANUARY = 12  # index of January of this year in words of two years: 0 is January of the year before
FEE = 2000  # a late fee is 1/2000 of the tax for each day: 0.05 %


class Unpaid(NamedTuple):
    """Rows 27 and 32 to 34 in fen."""

    paid: int
    unpaid: int
    arrears: int
    due: int


def unpaid_rows(
    payable: int, before: int, prepaid: int, on_time: int, arrears: int, refunds: int = 0
) -> Unpaid:
    """Return rows 27, 32, 33 and 34 from rows 24, 25, 28, 30, 31 and 26. Row 33 is never negative.

    27 = 28 + 30 + 31; 32 = 24 + 25 + 26 - 27; 33 = 25 + 26 - 27, or 0; 34 = 24 - 28.
    """
    paid = prepaid + on_time + arrears
    return Unpaid(paid, payable + before + refunds - paid, max(0, before + refunds - paid), payable - prepaid)


def late_fee(tax: int, days: int) -> int:
    """Return the fee in fen for tax paid `days` days after the deadline, rounded half up.

    0.05 % a day, from the day after the deadline to the day of payment, both counted; on the tax alone.
    """
    return (tax * max(days, 0) + FEE // 2) // FEE


class Words(NamedTuple):
    """What is due and how it is paid: 24 months as bits, January of the year before lowest."""

    over: int
    late: int
    half: int
    skipped: int
    twice: int  # of those skipped: paid two months later


class Paying:
    """The payments of one project around one year. Months are indices, 12 is January of the year."""

    __slots__ = (
        "account", "advance", "credited", "differs", "extra", "last", "odd", "opening", "taxed", "words",
        "year",
    )  # fmt: skip

    def __init__(self, account: ProjectAccount, year: int, of_year: Year, overpays: bool = True) -> None:
        """`overpays`: the second project of a declaration leaves that to the first.

        advance: fen prepaid in a month with tax; credited: row 13 of January.
        """
        self.account = account
        self.year = this = of_year
        self.last = last = year_of(account, year - 1) if 12 * year > account.start else None
        self.extra = account.tax if overpays else 0
        self.advance = account.prepaid * account.tax
        self.credited = credit(account, last, 12) if last else 0
        self.words: Words | None = None
        self.odd = odd = this.odd << 12 | (last.odd if last else 0)
        self.taxed = due = this.taxed << 12 | (last.taxed if last else 0)
        if account.simple:
            due = MONTHS >> this.skip << this.skip + 12
            due |= MONTHS >> last.skip << last.skip if last else 0
        self.differs = odd & due  # the months that may be paid otherwise than in full and on time
        self.opening = self.due(JANUARY - 1) + self.arrears(JANUARY - 1)  # row 25 of January

    def due(self, i: int) -> int:
        """Return row 34 of month i, in fen."""
        year, month = (self.year, i - 11) if i >= JANUARY else (self.last, i + 1)
        if year is None:
            return 0
        due = due_in(self.account, year, month)
        return due - self.advance if self.advance and year.taxed >> month - 1 & 1 else due

    def prepaid(self, year: Year, month: int) -> int:
        """Return row 28 of a month: those who prepay do so whenever there will be tax."""
        return self.advance if self.advance and year.taxed >> month - 1 & 1 else 0

    def paid(self, i: int) -> tuple[int, int]:
        """Return rows 30 and 31 of month i: what is paid in it for the month before, and for older months."""
        w, current = self._words(), self.due(i - 1)
        if w.half >> i - 1 & 1:
            current //= 2
        elif w.skipped >> i - 1 & 1:
            current = 0
        elif w.over >> i - 1 & 1:
            current += self.extra
        if w.over >> i - 2 & 1:
            current -= self.extra
        return current, self.arrears_paid_in(i)

    def arrears_paid_in(self, i: int) -> int:
        """Return row 31 of month i."""
        if not self.differs >> i - 3 & 3:
            return 0
        w, older = self._words(), 0
        if w.half >> i - 2 & 1:
            due = self.due(i - 2)
            older = due - due // 2
        elif (w.skipped & ~w.twice) >> i - 2 & 1:
            older = self.due(i - 2)
        return older + self.due(i - 3) if w.twice >> i - 3 & 1 else older

    def arrears(self, i: int) -> int:
        """Return what of the months before month i is unpaid at its end; below 0 when too much was paid."""
        if not self.differs >> i - 2 & 3:
            return 0
        w = self._words()
        owed = 0
        if w.half >> i - 1 & 1:
            due = self.due(i - 1)
            owed += due - due // 2
        elif w.skipped >> i - 1 & 1:
            owed += self.due(i - 1)
        elif w.over >> i - 1 & 1:
            owed -= self.extra
        if w.twice >> i - 2 & 1:
            owed += self.due(i - 2)
        return owed

    def how(self, i: int) -> str:
        """Return how what is due for month i is paid: "", over, late, half, skipped or twice."""
        if not self.differs >> i & 1:
            return ""
        w = self._words()
        ways = ((OVER, w.over), (LATE, w.late), (HALF, w.half), (TWICE, w.twice), (SKIPPED, w.skipped))
        return next((name for name, word in ways if word >> i & 1), "")

    def overpaid_before(self, i: int) -> int:
        """Return what was paid too much for the month before month i, and is set off against month i."""
        return self.extra if self.how(i - 1) == OVER else 0

    def arrears_paid(self, i: int) -> int:
        """Return the sum of row 31 from January to month i."""
        if not self.differs >> JANUARY - 3 & (1 << i - JANUARY + 3) - 1:
            return 0
        w, owed = self._words(), 0
        for month in range(JANUARY - 3, i - 1):
            if w.half >> month & 1:
                due = self.due(month)
                owed += due - due // 2 if month >= JANUARY - 2 else 0
            elif w.skipped >> month & 1:
                later = month + 3 if w.twice >> month & 1 else month + 2
                owed += self.due(month) if JANUARY <= later <= i else 0
        return owed

    def _much(self) -> int:
        """The months in which so much is due that `extra`, a unit, is a little: a sixteenth at most."""
        b, last = self.account, self.last
        if not self.extra or b.prepaid:
            return 0
        found = self.taxed
        if b.relief:
            found &= ~(1 << self.year.relieved + 11 & MONTHS << 12)
            found &= ~(1 << last.relieved - 1 & MONTHS) if last else -1
        return found

    def _words(self) -> Words:
        """The ways of the two years, from their words; what is not due is not paid in any of them."""
        if self.words is None:
            this, last = self.year, self.last
            how, other, later = this.how << 12, this.other << 12, this.later << 12
            if last:
                how, other, later = how | last.how, other | last.other, later | last.later
            odd = self.differs
            # The month after has to have more to pay. In December that would be a January of another year.
            over = odd & how & other & self.taxed >> 1 & ~(self.odd >> 1) & ~(1 << 11 | 1 << 23)
            over &= self._much()
            skipped = odd & ~how & ~other
            self.words = Words(over, odd & how & ~other, odd & ~how & other, skipped, skipped & later)
        return self.words


@lru_cache(maxsize=4096)
def paying_of(account: ProjectAccount, year: int, overpays: bool) -> Paying:
    """Return the payments of a project around a year."""
    return Paying(account, year, year_of(account, year), overpays)

"""When what was withheld from wages is paid: with the return, or one month in sixteen after the deadline."""

from datetime import date
from functools import lru_cache

from generators.books.ledger.payroll import due_in
from generators.books.paying import late_fee
from generators.books.settling import Paid, Settled, deadline_of
from generators.calendar import Period
from generators.documents.vat.heading import filing_day
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

LABEL = 0x3E1D
DAYS_AFTER_FILING = 3
LATEST_DAYS = 9  # after the deadline


@lru_cache(maxsize=4096)
def withheld_paid(t: Taxpayer, k: int, when: Period) -> Settled:
    """Return how what is withheld for the k-th month, `when`, is paid: at once, or not at all where nothing
    is due."""
    due, deadline = due_in(t, when.year, when.month), deadline_of(when.last)
    if not due:
        return Settled(0, deadline, ())
    drawn = splitmix64((t.key ^ LABEL) + (12 * when.year + when.month) * GOLDEN)
    days = 1 + (drawn >> 4) % LATEST_DAYS if drawn & 15 == 0 else 0
    filed = date.fromisoformat(filing_day(t, k, when.end)).toordinal()
    usual = min(filed + (drawn >> 8) % DAYS_AFTER_FILING, deadline.toordinal())
    on = date.fromordinal(deadline.toordinal() + days if days else usual)
    return Settled(due, deadline, (Paid("tax", on, due, 0, days, late_fee(due, days)),))

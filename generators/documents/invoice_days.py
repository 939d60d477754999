"""On which day of a period an invoice is issued, and by which day it names goods and buyer."""

from generators.books.issued import Slip
from generators.books.market import someone_of
from generators.calendar import Period
from generators.deadlines.holidays import working_days
from generators.eras.era import NAMED
from generators.eras.table import FIRST
from generators.taxpayers.taxpayer import Taxpayer

LAST_DAY = 28  # on which an invoice is issued


def day_in(when: Period, place: int, since: str = "") -> str:
    """Return the working day of a period on which an invoice is issued that stands at `place` of 256 in it,
    no earlier than `since`."""
    year, first = when.year, when.month - when.months + 1
    days: tuple[int, ...] = ()
    if since > when.start:
        first = int(since[5:7])
        days = tuple(day for day in working_days(year, first, LAST_DAY) if day >= int(since[8:]))
        days = days or (int(since[8:]),)
    month, part = divmod(place * (when.month - first + 1), 256)
    if month or not days:
        days = working_days(year, first + month, LAST_DAY)
    return f"{year}-{first + month:02d}-{days[part * len(days) >> 8]:02d}"


def named_by(t: Taxpayer, slip: Slip, day: str) -> tuple[Taxpayer, str]:
    """Return the seller and the day by which an invoice of a day names goods and buyer: those of the
    original, the first invoice of a period, for a red one."""
    if slip.original is None:
        return t, day
    when = slip.original[0]
    day = day_in(when, 0, t.registered_on if t.registered_on > when.start else "")
    then = max(f"{day[:7]}-01", str(FIRST))  # of earlier days nobody is known
    return (t if t.profile in NAMED else someone_of(t.seed, then, t.index)), day

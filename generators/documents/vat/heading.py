"""The head of a declaration: who files what, for which period, on which day."""

from functools import lru_cache
from typing import Any

from generators.calendar import Period
from generators.deadlines.deadline import NoPlan, due_date
from generators.deadlines.holidays import working_days
from generators.eras.era import NAMED
from generators.taxpayers.taxpayer import Taxpayer

ORDINARY = "11"  # sbsxDm1, ordinary filing
USUAL_DEADLINE = 15  # of years without a holiday plan


def heading(t: Taxpayer, k: int, voucher: str, when: Period) -> dict[str, Any]:
    """Return the fields above the form.

    The day of filing is the profile's own day for the period that is due then, else a working day of the
    month after the period, up to the deadline.
    """
    start, end = when
    return {
        "yzpzzlDm": voucher,
        "djxh": t.djxh,
        "nsrsbh": t.taxpayer_id,
        "nsrmc": t.name,
        "skssqq": start,
        "skssqz": end,
        "sbsxDm1": ORDINARY,
        "sbrq1": t.profile if k == 0 and t.profile not in NAMED else filing_day(t, k, end),
    }


def filing_day(t: Taxpayer, k: int, end: str) -> str:
    """Return the working day on which a taxpayer files the k-th period, which ends on `end`."""
    days = filing_days(end)
    return days[(t.key + 7 * k) % len(days)]


@lru_cache(maxsize=4096)
def filing_days(end: str) -> tuple[str, ...]:
    """Return the working days of the month after `end`, up to the deadline."""
    year, month = divmod(12 * int(end[:4]) + int(end[5:7]), 12)
    try:
        last = due_date(year, month + 1).day
    except NoPlan:
        last = USUAL_DEADLINE
    return tuple(f"{year}-{month + 1:02d}-{day:02d}" for day in working_days(year, month + 1, last))

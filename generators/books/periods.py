"""Periods by the calendar, whatever a profile numbers them with. Months are 12 x year + month - 1."""

from datetime import date
from functools import lru_cache

from generators.calendar import Period, month_number, number_of, period, period_in
from generators.taxpayers.taxpayer import Taxpayer


@lru_cache(maxsize=4096)
def number(when: Period) -> int:
    """Return the number of a period's last month."""
    return 12 * when.year + when.month - 1


@lru_cache(maxsize=8192)
def neighbour(when: Period, scale: str, step: int) -> Period:
    """Return the period of a scale just before (-1) or after (1) another."""
    month = month_number(date.fromisoformat(when.start)) - 1 if step < 0 else number(when) + 1
    return period_in(month, scale)


def period_of(t: Taxpayer, k: int) -> tuple[str, Period]:
    """Return scale and period of a taxpayer's k-th declaration.

    Who grew to a general taxpayer within the time of the profile (on the first day of a quarter) has the
    periods of a small one until then, and months from then on.
    """
    if t.scale == "small":
        return "small", period(t.profile, "small", k)
    since = t.general_from
    if since <= _first_month(t.profile) or since == t.registered_on:
        return "general", period(t.profile, "general", k)
    grown = month_number(date.fromisoformat(since))
    small = number_of(t.profile, "small", period_in(grown - 1, "small")) + 1
    if k < small:
        return "small", period(t.profile, "small", k)
    return "general", period_in(grown + k - small, "general")


@lru_cache(maxsize=64)
def _first_month(profile: str) -> str:
    """The first day of the general taxpayers' period 0."""
    return period(profile, "general", 0).start


def scale_in(t: Taxpayer, end: str) -> str:
    """Return the scale of a taxpayer in the period that ends on a day (yyyy-mm-dd)."""
    if t.scale == "small" or not t.general_from:
        return t.scale
    return "general" if end >= t.general_from else "small"

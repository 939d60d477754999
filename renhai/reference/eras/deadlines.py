"""Last days for monthly and quarterly returns (征期), and what being late costs.

The table: notices of the state administration and of provincial bureaux for 2014 to 2026, and for months
that no notice gives (all of 2012 and 2013), the rule of art. 109 of the Implementation Rules of the
Collection Law worked out by hand. A month that is not there is refused as unknown, never answered with the
15th.
"""

from __future__ import annotations

from datetime import date

_DAYS = {
    2012: "18 15 15 18 15 15 16 15 17 22 15 17",
    2013: "18 22 15 18 15 18 15 15 16 22 15 16",
    2014: "15 21 17 18 19 16 15 15 18 22 17 15",
    2015: "19 15 16 20 18 15 15 17 18 22 16 15",
    2016: "18 22 15 18 16 20 15 15 18 24 15 15",
    2017: "16 15 15 18 15 15 17 15 15 23 15 15",
    2018: "15 22 15 18 15 15 16 15 17 24 15 17",
    2019: "15 26 15 18 21 19 15 15 18 24 15 16",
    2020: "15 28 16 20 22 15 15 17 15 23 16 15",
    2021: "20 23 15 20 21 18 15 16 15 26 15 15",
    2022: "19 23 15 20 19 20 15 15 20 25 15 15",
    2023: "16 15 15 17 18 15 17 15 15 23 15 15",
    2024: "15 23 15 18 22 19 15 15 18 24 15 16",
    2025: "15 20 17 18 22 16 15 15 15 27 17 15",
    2026: "20 24 16 20 22 15 15 17 15 26 16 15",
}
"""By year, January to December. 2015-09: announced as the 15th before the holiday of 3 to 5 September was
known, which moves it by law. 2020-02 as extended for monthly filers outside Hubei."""

_BY_YEAR = {year: tuple(map(int, days.split())) for year, days in _DAYS.items()}

LATE_FEE = 5
"""In ten-thousandths a day, of the tax alone (art. 32 of the Collection Law)."""


def deadline(period_end: date) -> date | None:
    """The last day to file and pay for a period that ends on `period_end`; None where no plan is known."""
    year, month = period_end.year + period_end.month // 12, period_end.month % 12 + 1
    days = _BY_YEAR.get(year)
    return date(year, month, days[month - 1]) if days else None


def days_late(period_end: date, on: date) -> int:
    """Days from the deadline to `on`, that day counted (Rules art. 75); 0 in time, or where it is unknown."""
    last = deadline(period_end)
    return max(0, (on - last).days) if last else 0


def late_fee(tax: int, days: int) -> int:
    """Fen asked for `tax` fen paid so many days late, half up."""
    return (tax * days * LATE_FEE * 2 + 10_000) // 20_000

"""Resident IDs of a population: (owner or accountant, serial) to ID, injectively.

An ID's body is a home area, a day of birth and a serial of 3 digits. Areas are cut into windows of WINDOW
days that lie inside the birth years for which the area's code is in use. With W windows, person p = role *
SPACE + x is written in mixed radix: p = w + W * (day + WINDOW * order), so different p differ in area, day or
order. Two windows of one area share no day, and an area stands once in the table; hence different p have
different bodies.
"""

from dataclasses import dataclass
from datetime import date

from .identifiers.checksums import resident_sum
from .mixing import SPACE
from .tables import HomeArea, TableError

ROLES = 2  # owner (legal person), accountant
SPANS = 3
SPAN_YEARS = 13
WINDOW = 4748  # days of 13 years (4 leap days at most, 3 at least: 13 * 365 + 3)
ORDERS = 999  # serials 001 .. 999


@dataclass(frozen=True)
class People:
    """Lookup tables: each text stands beside its share of the MOD 11-2 sum."""

    windows: list[tuple[str, int, int]]  # area code, its sum, index of the window's first day in `days`
    days: list[tuple[str, int, int]]  # yyyymmdd, its sum, ordinal
    orders: list[tuple[str, int]]  # 001 .. 999, its sum


def people(homes: tuple[HomeArea, ...], first_year: int) -> People:
    """Return the tables for people born in the 39 years from `first_year`.

    Raises TableError when the areas have no room for ROLES * SPACE people.
    """
    start = date(first_year, 1, 1).toordinal()
    years = [first_year + SPAN_YEARS * k for k in range(SPANS)]
    windows = [
        (home.code, resident_sum(home.code), date(year, 1, 1).toordinal() - start)
        for year in years
        for home in homes
        if home.born_from <= year and year + SPAN_YEARS - 1 <= home.born_to
    ]
    if len(windows) * WINDOW * ORDERS < ROLES * SPACE:
        need = -(-ROLES * SPACE // (WINDOW * ORDERS))
        raise TableError(
            f"generators/data/home_areas.yaml: born_from, born_to: {len(windows)} spans of {SPAN_YEARS}"
            f" birth years since {first_year}; must be at least {need}, to keep IDs unique: add areas"
        )
    return People(windows, _days(start, date(first_year + SPANS * SPAN_YEARS, 1, 1).toordinal()), _orders())


def _days(start: int, end: int) -> list[tuple[str, int, int]]:
    texts = (f"{date.fromordinal(day):%Y%m%d}" for day in range(start, end))
    return [(text, resident_sum(text, 6), start + k) for k, text in enumerate(texts)]


def _orders() -> list[tuple[str, int]]:
    texts = (f"{order:03d}" for order in range(1, ORDERS + 1))
    return [(text, resident_sum(text, 14)) for text in texts]

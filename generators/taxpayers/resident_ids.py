"""Resident IDs of a population: (owner or accountant, serial) to ID, injectively.

An ID's body is a home area, a day of birth and a serial of 3 digits. Areas are cut into windows of WINDOW
days that lie inside the birth years for which the area's code is in use. With W windows, person p = role *
SPACE + x is written in mixed radix: p = w + W * (day + WINDOW * order), so different p differ in area, day or
order. Two windows of one area share no day, and an area stands once in the table; hence different p have
different bodies.
"""

from dataclasses import dataclass
from datetime import date

from generators.identifiers.checksums import resident_sum
from generators.tables import HomeArea, TableError
from generators.taxpayers.permutation import SPACE

ROLES = 2  # owner (legal person), accountant
SPANS = 3
SPAN_YEARS = 13
WINDOW = 4748  # days of 13 years (4 leap days at most, 3 at least: 13 * 365 + 3)
ORDERS = 999  # serials 001 .. 999


@dataclass(frozen=True)
class People:
    """Lookup tables. Beside each text stands its share of the MOD 11-2 sum, modulo 11."""

    windows: list[tuple[str, int, int]]  # area code, its share, index of the window's first day in `days`
    first_day: int  # ordinal
    days: list[str]  # yyyymmdd
    day_sums: bytes
    orders: list[str]  # 001 .. 999
    order_sums: bytes


def people(homes: tuple[HomeArea, ...], first_year: int) -> People:
    """Return the tables for people born in the 39 years from `first_year`.

    Raises TableError when the areas have no room for ROLES * SPACE people.
    """
    start = date(first_year, 1, 1).toordinal()
    years = [first_year + SPAN_YEARS * k for k in range(SPANS)]
    windows = [
        (home.code, resident_sum(home.code) % 11, date(year, 1, 1).toordinal() - start)
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
    end = date(first_year + SPANS * SPAN_YEARS, 1, 1).toordinal()
    days = [f"{date.fromordinal(day):%Y%m%d}" for day in range(start, end)]
    orders = [f"{order:03d}" for order in range(1, ORDERS + 1)]
    return People(windows, start, days, _shares(days, 6), orders, _shares(orders, 14))


def _shares(texts: list[str], position: int) -> bytes:
    return bytes(resident_sum(text, position) % 11 for text in texts)

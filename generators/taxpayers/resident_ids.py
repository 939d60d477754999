"""Resident IDs of a population: (owner or accountant, serial) to ID, injectively.

An ID's body is a home area, a day of birth and a serial of 3 digits. A window is a home area and five years
of birth for which its code is in use; the years in which many people were born have many windows (see
data/birth_years.yaml). With W windows, person p = role * SPACE + x is written in mixed radix: p = w + W *
(day + WINDOW * order), so different p differ in area, day or order. Two windows of one area share no day,
and an area stands once in the table; hence different p have different bodies.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from generators.identifiers.checksums import resident_sum
from generators.tables import BirthYears, HomeArea, TableError, slots

ROLES = 2  # owner (legal person), accountant
SPAN_YEARS = 5
WINDOW = 1826  # days of 5 years (one leap day at least)
WINDOWS = 128
ORDERS = 999  # serials 001 .. 999; WINDOWS * WINDOW * ORDERS >= ROLES * SPACE
SPREAD = 7  # every seventh area in turn, so that few windows are from all over the table


Window = tuple[str, int, int]
"""Area code, its share of the MOD 11-2 sum, index of the window's first day in `People.days`."""


@dataclass(frozen=True)
class People:
    """Lookup tables. Beside each text stands its share of the MOD 11-2 sum, modulo 11."""

    windows: list[Window]
    spare: list[Window]  # those of no owner and no accountant
    first_day: int  # ordinal
    days: list[str]  # yyyymmdd
    day_sums: bytes
    orders: list[str]  # 001 .. 999
    order_sums: bytes


def people(homes: tuple[HomeArea, ...], births: tuple[BirthYears, ...]) -> People:
    """Return the tables for people born when `births` says.

    Raises TableError when there are too few areas for some years.
    """
    start = date(births[0].first, 1, 1).toordinal()
    windows: list[Window] = []
    spare: list[Window] = []
    wanted = slots(range(len(births)), [row.share for row in births], WINDOWS)
    for number, row in enumerate(births):
        first = date(row.first, 1, 1).toordinal() - start
        count = wanted.count(number)
        found = [(home.code, resident_sum(home.code) % 11, first) for home in _areas(homes, row, count)]
        windows += found[:count]
        spare += found[count:]
    end = date(births[-1].first + SPAN_YEARS, 1, 1).toordinal()
    days = [f"{date.fromordinal(day):%Y%m%d}" for day in range(start, end)]
    orders = [f"{order:03d}" for order in range(1, ORDERS + 1)]
    return People(windows, spare, start, days, _shares(days, 6), orders, _shares(orders, 14))


def _areas(homes: tuple[HomeArea, ...], row: BirthYears, count: int) -> list[HomeArea]:
    """Areas whose codes are in use for all births of the five years, those that are wanted first."""
    last = row.first + SPAN_YEARS - 1
    fitting = [home for home in homes if home.born_from <= row.first and last <= home.born_to]
    if len(fitting) < count:
        raise TableError(
            f"generators/data/home_areas.yaml: born_from, born_to: {len(fitting)} areas for people born"
            f" {row.first} to {last}; must be at least {count}, to keep IDs unique: add areas"
        )
    ways = [fitting[start::SPREAD] for start in range(SPREAD)]
    return [home for way in ways for home in way]


def _shares(texts: list[str], position: int) -> bytes:
    """By the sums of the last two digits and of those before them, which many texts have in common."""
    part = cache(resident_sum)
    return bytes(
        (part(text[:-2], position) + part(text[-2:], position + len(text) - 2)) % 11 for text in texts
    )

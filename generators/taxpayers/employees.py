"""Employees of a taxpayer by number: a pure function of the population's seed, the index and the number.

Number 0 is the legal person, number 1 the accountant; all others are born in windows that neither owners nor
accountants have (`resident_ids.People.spare`), so that no employee has the ID of one. How many IDs these hold
is few beside the employees of 10**8 taxpayers. The first NEAR numbers of each taxpayer are his alone among
taxpayers whose indices differ modulo BLOCK: the first million of each band of the register do. Greater
numbers, of large employers, are spread over the rest, where two employers may have one person. No taxpayer
has one ID twice.
"""

from functools import lru_cache
from math import gcd
from typing import NamedTuple

from generators.identifiers.checksums import RESIDENT_CHECKS
from generators.tables import TableError
from generators.taxpayers.draw_tables import layout
from generators.taxpayers.names import NARROW, WIDE, first_names, last_names
from generators.taxpayers.permutation import GOLDEN, splitmix64, stream
from generators.taxpayers.resident_ids import ORDERS, WINDOW, People
from generators.taxpayers.taxpayer import Taxpayer

LEGAL_PERSON, ACCOUNTANT = 0, 1
BLOCK = 3_000_000
NEAR = 32
LEAST_REST = 10_000_000  # IDs that have to be left for greater numbers
LAYOUT = "2027-12-31"  # windows are those of the oldest tables on every day
LABEL = 0xE3B1
ADULT = 16  # years: no one younger is employed (劳动法 第十五条)


class Employee(NamedTuple):
    """key: 64 bits of derived randomness."""

    name: str
    resident_id: str
    key: int

    @property
    def born(self) -> str:
        """The day of birth, yyyy-mm-dd."""
        text = self.resident_id
        return f"{text[6:10]}-{text[10:12]}-{text[12:14]}"


class Room(NamedTuple):
    """The spare IDs: how many, and the step of the permutation x -> step x + shift of them."""

    folk: People
    size: int
    step: int


@lru_cache(maxsize=1)
def room() -> Room:
    """Return the spare IDs. Raises TableError when the tables leave too few."""
    folk = layout(LAYOUT).people
    size = len(folk.spare) * WINDOW * ORDERS
    if size < NEAR * BLOCK + LEAST_REST:
        raise TableError(
            f"generators/data/home_areas.yaml: leaves {size:,} resident IDs for employees; must leave at"
            f" least {NEAR * BLOCK + LEAST_REST:,}: add areas"
        )
    near = size * 618 // 1000
    step = next(n for n in range(near, 2 * near) if gcd(n, size) == 1)
    return Room(folk, size, step)


def place_of(index: int, number: int, size: int) -> int:
    """Return the place, 0 .. size - 1, of a taxpayer's employee (2 and more) among the spare IDs."""
    if number < NEAR:
        return number * BLOCK + index % BLOCK
    near = NEAR * BLOCK
    return near + (splitmix64(index * GOLDEN ^ LABEL) + number) % (size - near)


@lru_cache(maxsize=4096)
def employee(t: Taxpayer, number: int) -> Employee:
    """Return a taxpayer's employee."""
    if number == LEGAL_PERSON:
        return Employee(t.legal_person, t.legal_person_id, splitmix64(t.key ^ LABEL))
    if number == ACCOUNTANT:
        return Employee(t.accountant, t.accountant_id, splitmix64(t.key + LABEL))
    folk, size, step = room()
    x = (place_of(t.index, number, size) * step + stream(t.seed, "employees")) % size
    rest, w = divmod(x, len(folk.spare))
    order, day = divmod(rest, WINDOW)
    area, area_sum, first = folk.spare[w]
    day += first
    total = area_sum + folk.day_sums[day] + folk.order_sums[order]
    drawn = splitmix64((t.key ^ LABEL) + number * GOLDEN)
    family, given = last_names()[drawn % WIDE], first_names()[1 - order % 2][(drawn >> 16) % NARROW]
    body = area + folk.days[day] + folk.orders[order]
    return Employee(family + given, body + RESIDENT_CHECKS[total % 11], splitmix64(drawn))

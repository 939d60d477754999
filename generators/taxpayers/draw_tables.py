"""The lookup tables that `Population.taxpayer` draws from, compiled once per epoch from the flat tables.

An epoch is a stretch of days in which no table changes (see tables.epochs). What a taxpayer is born with
comes from the tables of ORIGIN; what changes with time from those of the epoch.

Each draw is one list index by two drawn bytes (lists of WIDE entries), by one (NARROW), or by half of one
(AMOUNTS).
"""

from array import array
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from generators.identifiers import make_cnaps, make_djxh
from generators.identifiers.checksums import (
    ORGANISATION_WEIGHTS,
    USCC_ALPHABET,
    USCC_VALUES,
    USCC_WEIGHTS,
    luhn_sum,
    mod_11_10_state,
    uscc_sum,
)
from generators.tables import (
    DATA,
    Bank,
    District,
    Industry,
    RegistrationType,
    TableError,
    Tables,
    epoch,
    epochs,
    load,
    slots,
)
from generators.taxpayers import register
from generators.taxpayers.names import NARROW, WIDE
from generators.taxpayers.permutation import HALF, SPACE
from generators.taxpayers.resident_ids import People, people

SLOTS = HALF  # one slot of district and class for each left half of the permuted serial
AMOUNTS = 16
MOST_RANKS = 1000  # slots of a region and class: three digits of the registration number
TRIPLE = 31**3
YEARS_18 = 6575  # days
ORIGIN = "2015-01-01"
REGISTERED = (date(1994, 1, 1), date(2014, 12, 31))  # of those who were there in 2015
# When an enterprise got its uscc: evenly over the years of conversion, a few later. Individuals likewise.
CONVERTED = (date(2015, 10, 1), date(2018, 3, 31), date(2019, 12, 31))
CONVERTED_INDIVIDUALS = (date(2016, 12, 1), date(2018, 3, 31), date(2020, 12, 31))
LATE, LATE_INDIVIDUALS = 8, 205  # of CONVERSIONS: 0.2 % and 5 %
CONVERSIONS = 1 << 12
# When a small-scale taxpayer that grows becomes a general one: the first day of a quarter.
GROWN = [date(year, month, 1) for year in range(2015, 2028) for month in (1, 4, 7, 10)][1:]

EMPLOYEES = {
    "individual": (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8),
    "small": (2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 12, 15, 20),
    "general": (5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 40, 50, 80, 120, 200, 400),
}
CAPITALS = (10, 20, 30, 30, 50, 50, 50, 100, 100, 100, 100, 150, 200, 300, 500, 1000)  # percent of the usual
SHOP_CAPITALS = (5, 5, 10, 10, 10, 20, 20, 30, 30, 50, 50, 50, 80, 100, 150, 200)  # 1,000 yuan


class Form(NamedTuple):
    """A registration type at work in an industry, as a general or small-scale taxpayer."""

    registration_type: str
    industry: str
    scale: str
    serial: int  # first digit of the serial in the registration number
    uscc: str
    uscc_sum: int
    endings: list[str]  # NARROW
    capitals: list[int]  # AMOUNTS, yuan
    employees: tuple[int, ...]  # AMOUNTS


class Branch(NamedTuple):
    """A bank branch, for companies or for individuals."""

    name: str
    line: str
    account: str  # first 8 digits of company accounts, or first 10 of individuals' cards
    luhn_sum: int  # of these digits


class Place(NamedTuple):
    """A district and a class of taxpayers: as of ORIGIN (born with), and as of the epoch."""

    born_region: str
    region_sum: int  # of positions 3-8 of a USCC, as of ORIGIN
    new_region: str  # from moved_on on; the same where nothing moved
    new_region_sum: int
    moved_on: int  # ordinal; beyond all days where nothing moved
    region: str  # of the epoch
    district: str
    authority: str
    djxh: int  # of a taxpayer of index 0
    address: str
    postcode: str
    individual: bool
    heads: list[str]  # NARROW beginnings of names
    new_heads: list[str]  # of who registers from moved_on on
    forms: list[list[Form]]  # WIDE each, by band: standing, reform, newcomers since the reform
    branches: list[Branch]  # NARROW


@dataclass(frozen=True)
class Bodies:
    """Parts of organisation code bodies. A mark is congruent to the part's weighted sum of GB 11714 modulo 11
    and to that of GB 32100 modulo 31 (in a USCC), so that one addition serves both check characters.
    """

    texts: list[str]
    marks: "array[int]"


@dataclass(frozen=True)
class Layout:
    places: list[Place]
    place_of: bytes  # for each slot, the index of its place
    ranks: list[str]  # for each slot, three digits that no other slot of its region and class has
    business: list[dict[int, tuple[str, str]]]  # for each slot, by digit of the type: `business_front`
    high: Bodies  # of organisation code bodies of eight digits
    low: Bodies
    new_high: Bodies  # of those that begin with MA
    new_low: Bodies
    people: People
    first_day: int
    last_day: int
    dates: list[str]  # from first_day on, to the last day of newcomers
    adult: int  # ordinal of the 18th birthday of who was born on the first day of `people`
    conversions: list[int]  # ordinals, CONVERSIONS of them
    individual_conversions: list[int]
    grown: list[int]  # ordinals, NARROW of them


def layout(profile: str, folder: Path = DATA) -> Layout:
    """Return the compiled tables of a profile's day. Raises as `tables.load` does."""
    return _layout(epoch(profile, folder), folder)


@lru_cache(maxsize=8)
def _layout(day: str, folder: Path) -> Layout:
    origin, now = load(ORIGIN, folder), load(day, folder)
    folk = people(origin.homes, origin.births)
    places, place_of, ranks = _slots(origin, now, load("2027-12-31", folder), folder)
    high, low = _numeric_bodies()
    new_high, new_low = _lettered_bodies()
    first, last = (known.toordinal() for known in REGISTERED)
    end = register.LAST.toordinal()
    return Layout(
        places=places,
        place_of=place_of,
        ranks=ranks,
        business=_business(origin, places, place_of, ranks),
        high=high,
        low=low,
        new_high=new_high,
        new_low=new_low,
        people=folk,
        first_day=first,
        last_day=last,
        dates=[date.fromordinal(known).isoformat() for known in range(first, end + 1)],
        adult=folk.first_day + YEARS_18,
        conversions=_conversions(CONVERTED, LATE),
        individual_conversions=_conversions(CONVERTED_INDIVIDUALS, LATE_INDIVIDUALS),
        grown=slots([since.toordinal() for since in GROWN], [1] * len(GROWN), NARROW),
    )


def _conversions(span: tuple[date, date, date], late: int) -> list[int]:
    """CONVERSIONS days: all but `late` of them evenly up to the second day, those up to the third."""
    first, middle, last = (day.toordinal() for day in span)
    early = CONVERSIONS - late
    days = [first + (middle - first) * k // early for k in range(early)]
    return days + [middle + 1 + (last - middle - 1) * k // late for k in range(late)]


def mark(char: str, position: int) -> int:
    """Return the mark of one character at `position` 0 .. 7 of an organisation code body (see `Bodies`).

    Chinese remainder theorem: 155 is 1 mod 11 and 0 mod 31, 187 is 0 mod 11 and 1 mod 31.
    """
    by_11 = int(char, 36) * ORGANISATION_WEIGHTS[position]
    by_31 = USCC_VALUES[char] * USCC_WEIGHTS[8 + position]
    return (155 * by_11 + 187 * by_31) % 341


def _bodies(alphabet: str, start: int, length: int, count: int, front: str = "") -> Bodies:
    """The first `count` texts of `length` characters that stand at `start`, with `front` before them."""
    rows = [(front, sum(mark(char, position) for position, char in enumerate(front)))]
    for position in range(start, start + length):
        step = [(char, mark(char, position)) for char in alphabet]
        rows = [(text + char, total + more) for text, total in rows for char, more in step]
    texts, marks = zip(*rows[:count], strict=True)
    return Bodies(list(texts), array("H", marks))


@lru_cache(maxsize=1)
def _numeric_bodies() -> tuple[Bodies, Bodies]:
    """Two times four digits: numeric bodies, as given out until 2015."""
    return _bodies("0123456789", 0, 4, HALF), _bodies("0123456789", 4, 4, HALF)


@lru_cache(maxsize=1)
def _lettered_bodies() -> tuple[Bodies, Bodies]:
    """MA, then two times three characters of the USCC alphabet, as given out with the USCC."""
    high = _bodies(USCC_ALPHABET, 2, 3, SPACE // TRIPLE + 1, "MA")
    return high, _bodies(USCC_ALPHABET, 5, 3, TRIPLE)


def _slots(origin: Tables, now: Tables, latest: Tables, folder: Path) -> tuple[list[Place], bytes, list[str]]:
    """Return the places, and for each of SLOTS slots: its place, and its three digits."""
    classes = sorted({row.klass for row in origin.types})
    shares = {klass: sum(row.share for row in origin.types if row.klass == klass) for klass in classes}
    forms = {klass: _bands(klass, origin, now, folder) for klass in classes}
    pairs = [(number, klass) for number in range(len(origin.districts)) for klass in classes]
    weights = [origin.districts[number].share * shares[klass] for number, klass in pairs]
    place_of = bytes(slots(range(len(pairs)), weights, SLOTS))
    given: dict[tuple[str, str], int] = defaultdict(int)  # how many slots a region and class have had
    ranks = []
    for number, klass in map(pairs.__getitem__, place_of):
        region = origin.districts[number].region
        ranks.append(_rank(region, klass, given[region, klass]))
        given[region, klass] += 1
    places = [
        _place(origin, now, latest, number, klass == "individual", forms[klass], folder)
        for number, klass in pairs
    ]
    return places, place_of, ranks


def _rank(region: str, klass: str, rank: int) -> str:
    """The digits of a slot in registration numbers, after region and registration type."""
    if rank >= MOST_RANKS:
        raise TableError(
            f"generators/data/districts.yaml: share: of all taxpayers, more than {MOST_RANKS // 100} % are"
            f" {klass} in {region}; must be less, or business registration numbers run out"
        )
    return f"{rank:03d}"


_state = lru_cache(maxsize=1 << 15)(mod_11_10_state)  # slots have their digits in common


def business_front(region: str, serial: int, rank: str) -> tuple[str, str]:
    """First 10 digits of registration numbers, and their check digits by the next four."""
    state = _state(rank, _state(f"{region}{serial}"))
    return f"{region}{serial}{rank}", _business_checks(state)


def _business(
    tables: Tables, places: list[Place], place_of: bytes, ranks: list[str]
) -> list[dict[int, tuple[str, str]]]:
    classes = sorted({row.klass for row in tables.types})
    serials = [{row.serial for row in tables.types if row.klass == klass} for klass in classes]
    if sum(map(len, serials)) != len(set().union(*serials)):
        raise TableError(
            "generators/data/registration_types.yaml: serial: two classes share a digit; must not"
        )
    return [
        {
            serial: business_front(places[at].born_region, serial, rank)
            for serial in serials[at % len(classes)]
        }
        for at, rank in zip(place_of, ranks, strict=True)
    ]


@lru_cache(maxsize=16)
def _business_checks(state: int) -> str:
    """Check digits after each of 0000 .. 9999, from a state of the MOD 11,10 machine."""
    after, checks = _two_digits()
    return "".join(checks[between] for between in after[state])


@lru_cache(maxsize=1)
def _two_digits() -> tuple[dict[int, list[int]], dict[int, str]]:
    """By each state of that machine: the states after 00 .. 99, and the check digits after them."""
    pairs = [f"{value:02d}" for value in range(100)]
    after = {state: [mod_11_10_state(pair, state) for pair in pairs] for state in range(1, 11)}
    checks = {state: "".join(str((11 - end) % 10) for end in ends) for state, ends in after.items()}
    return after, checks


def _place(
    origin: Tables,
    now: Tables,
    latest: Tables,
    number: int,
    individual: bool,
    forms: list[list[Form]],
    folder: Path,
) -> Place:
    old, here, last = origin.districts[number], now.districts[number], latest.districts[number]
    moved_on = date.max.toordinal()
    if last.region != old.region:
        moved_on = next(
            day for day in epochs(folder) if load(str(day), folder).districts[number] != old
        ).toordinal()
    return Place(
        born_region=old.region,
        region_sum=uscc_sum("00" + old.region),
        new_region=last.region,
        new_region_sum=uscc_sum("00" + last.region),
        moved_on=moved_on,
        region=here.region,
        district=here.name,
        authority=here.authority,
        djxh=int(make_djxh(old.authority, 1)),
        address=f"湖南省长沙市{here.name}",
        postcode=here.postcode,
        individual=individual,
        heads=_heads(old.name, individual),
        new_heads=_heads(last.name, individual),
        forms=forms,
        branches=_branches(old, individual, origin.banks),
    )


def _heads(district: str, individual: bool) -> list[str]:
    """Beginnings of names: a district stands only together with its city."""
    name = district if district[-1] in "县市" else f"长沙市{district}"
    return [name] * NARROW if individual else slots(["长沙", "湖南", name], [5, 2, 1], NARROW)


def _branches(district: District, individual: bool, banks: tuple[Bank, ...]) -> list[Branch]:
    rows = [_branch(district, individual, bank) for bank in banks]
    return slots(rows, [bank.share for bank in banks], NARROW)


def _branch(district: District, individual: bool, bank: Bank) -> Branch:
    number = int(district.authority[3:7])  # the same in every bank; the bank code tells them apart
    account = (bank.card if individual else bank.account) + district.region[2:]
    city = "" if "长沙" in bank.name or "长沙" in district.name else "长沙"
    return Branch(
        name=f"{bank.name}{city}{district.name}支行",
        line=make_cnaps(bank.code, bank.area, number),
        account=account,
        luhn_sum=luhn_sum(account),
    )


def _bands(klass: str, origin: Tables, now: Tables, folder: Path) -> list[list[Form]]:
    """Forms of the three bands of indices (see register); industry codes are those of the epoch."""
    reform = load(str(register.REFORM_DAY), folder)
    before, after = _industry_shares(klass, origin), _industry_shares(klass, reform)
    moved = [new if not old else 0.0 for old, new in zip(before, after, strict=True)]
    return [_forms(klass, now, shares) for shares in (before, moved, after)]


def _industry_shares(klass: str, tables: Tables) -> list[float]:
    return [row.individual if klass == "individual" else row.company for row in tables.industries]


def _forms(klass: str, tables: Tables, shares: list[float]) -> list[Form]:
    rows: list[Form] = []
    weights: list[float] = []
    for kind in tables.types:
        for industry, part_of in zip(tables.industries, shares, strict=True) if kind.klass == klass else ():
            share = kind.share * part_of
            general = min(1.0, industry.general * kind.general / 10_000)
            for scale, part in (("general", general), ("small", 1 - general)):
                rows.append(_form(kind, industry, scale))
                weights.append(share * part)
    return slots(rows, weights, WIDE)


def _form(kind: RegistrationType, industry: Industry, scale: str) -> Form:
    individual = kind.klass == "individual"
    endings = list(industry.shops)
    if not individual:
        endings = [word + tail for word in industry.words for tail in kind.tails]
    if individual:
        capitals = [thousands * 1000 for thousands in SHOP_CAPITALS]
    else:
        capitals = [industry.capital * percent * 100 for percent in CAPITALS]
    return Form(
        registration_type=kind.code,
        industry=industry.code,
        scale=scale,
        serial=kind.serial,
        uscc=kind.uscc,
        uscc_sum=uscc_sum(kind.uscc),
        endings=slots(endings, [1] * len(endings), NARROW),
        capitals=capitals,
        employees=EMPLOYEES["individual" if individual else scale],
    )

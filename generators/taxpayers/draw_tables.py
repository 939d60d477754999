"""The lookup tables that `Population.taxpayer` draws from, compiled once per profile from the flat tables.

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
    load,
    slots,
)
from generators.taxpayers.names import NARROW, WIDE
from generators.taxpayers.permutation import HALF, SPACE
from generators.taxpayers.resident_ids import People, people

SLOTS = HALF  # one slot of district and class for each left half of the permuted serial
AMOUNTS = 16
# First digit of the 8-digit serial in a business registration number, and how many first digits there are.
SERIALS = {"domestic": (0, 4), "foreign": (4, 2), "individual": (6, 4)}
TRIPLE = 31**3
YEARS_18 = 6575  # days
FIRST_BIRTH = {"gt3_2015": 1957, "current": 1962}
# Nobody registers after the first filing period has begun.
REGISTERED = {
    "gt3_2015": (date(1994, 1, 1), date(2014, 12, 31)),
    "current": (date(2003, 1, 1), date(2023, 12, 31)),
}

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
    """A district and a class of taxpayers."""

    region: str
    region_sum: int  # of positions 3-8 of a USCC
    district: str
    authority: str
    djxh: int  # of a taxpayer of index 0
    address: str
    postcode: str
    individual: bool
    heads: list[str]  # NARROW beginnings of names
    forms: list[Form]  # WIDE
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
    business: list[str]  # for each slot, the first 10 digits of its business registration numbers
    business_checks: list[str]  # for each slot, the check digit for each of their last 4 digits
    high: Bodies  # of organisation code bodies
    low: Bodies
    people: People
    first_day: int
    last_day: int
    dates: list[str]  # from first_day on
    adult: int  # ordinal of the 18th birthday of who was born on the first day of `people`


@lru_cache(maxsize=8)
def layout(profile: str, folder: Path = DATA) -> Layout:
    """Return the compiled tables of a profile. Raises TableError or ValueError as `tables.load` does."""
    tables = load(profile, folder)
    first, last = (day.toordinal() for day in REGISTERED[profile])
    folk = people(tables.homes, FIRST_BIRTH[profile])
    places, place_of, business = _slots(tables)
    high, low = _numeric_bodies() if profile == "gt3_2015" else _lettered_bodies()
    return Layout(
        places=places,
        place_of=place_of,
        business=business,
        business_checks=[_business_checks(mod_11_10_state(front)) for front in business],
        high=high,
        low=low,
        people=folk,
        first_day=first,
        last_day=last,
        adult=folk.first_day + YEARS_18,
        dates=[date.fromordinal(day).isoformat() for day in range(first, last + 1)],
    )


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


def _numeric_bodies() -> tuple[Bodies, Bodies]:
    """Two times four digits: numeric bodies, as given out until 2015."""
    return _bodies("0123456789", 0, 4, HALF), _bodies("0123456789", 4, 4, HALF)


def _lettered_bodies() -> tuple[Bodies, Bodies]:
    """MA, then two times three characters of the USCC alphabet, as given out with the USCC."""
    high = _bodies(USCC_ALPHABET, 2, 3, SPACE // TRIPLE + 1, "MA")
    return high, _bodies(USCC_ALPHABET, 5, 3, TRIPLE)


def _slots(tables: Tables) -> tuple[list[Place], bytes, list[str]]:
    """Return the places, and for each of SLOTS slots: its place, its registration numbers' beginning."""
    classes = sorted({row.klass for row in tables.types})
    shares = {klass: sum(row.share for row in tables.types if row.klass == klass) for klass in classes}
    forms = {klass: _forms(klass, tables) for klass in classes}
    pairs = [(district, klass) for district in tables.districts for klass in classes]
    weights = [district.share * shares[klass] for district, klass in pairs]
    place_of = bytes(slots(range(len(pairs)), weights, SLOTS))
    rank: dict[tuple[str, str], int] = defaultdict(int)  # how many slots a region and class have had
    business = []
    for district, klass in map(pairs.__getitem__, place_of):
        business.append(_business(district.region, klass, rank[district.region, klass]))
        rank[district.region, klass] += 1
    places = [_place(district, klass, forms[klass], tables.banks) for district, klass in pairs]
    return places, place_of, business


def _business(region: str, klass: str, rank: int) -> str:
    """First 10 digits of a slot's registration numbers: region, and 4 digits that no other slot of it has."""
    first, digits = SERIALS[klass]
    if rank >= digits * 1000:
        raise TableError(
            f"generators/data/districts.yaml: share: of all taxpayers, more than {digits * 10} % are {klass}"
            f" in {region}; must be less, or business registration numbers run out"
        )
    return f"{region}{first * 1000 + rank:04d}"


@lru_cache(maxsize=16)
def _business_checks(state: int) -> str:
    """Check digits after each of 0000 .. 9999, from a state of the MOD 11,10 machine."""
    pairs = [f"{value:02d}" for value in range(100)]
    after = {s: [mod_11_10_state(pair, s) for pair in pairs] for s in range(1, 11)}
    return "".join(str((11 - s2) % 10) for s1 in after[state] for s2 in after[s1])


def _place(district: District, klass: str, forms: list[Form], banks: tuple[Bank, ...]) -> Place:
    individual = klass == "individual"
    name = district.name if district.name[-1] in "县市" else f"长沙市{district.name}"
    return Place(
        region=district.region,
        region_sum=uscc_sum("00" + district.region),
        district=district.name,
        authority=district.authority,
        djxh=int(make_djxh(district.authority, 1)),
        address=f"湖南省长沙市{district.name}",
        postcode=district.postcode,
        individual=individual,
        heads=[name] * NARROW if individual else slots(["长沙", "湖南", name], [5, 2, 1], NARROW),
        forms=forms,
        branches=_branches(district, individual, banks),
    )


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


def _forms(klass: str, tables: Tables) -> list[Form]:
    rows: list[Form] = []
    weights: list[float] = []
    for kind in tables.types:
        for industry in tables.industries if kind.klass == klass else ():
            share = kind.share * (industry.individual if klass == "individual" else industry.company)
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
        uscc=kind.uscc,
        uscc_sum=uscc_sum(kind.uscc),
        endings=slots(endings, [1] * len(endings), NARROW),
        capitals=capitals,
        employees=EMPLOYEES["individual" if individual else scale],
    )

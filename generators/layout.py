"""The lookup tables that `Population.taxpayer` draws from, compiled once per profile from the flat tables.

Each draw is one list index by two drawn bytes (lists of WIDE entries), by one (NARROW), or by half of one
(AMOUNTS).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from .identifiers import make_cnaps, make_djxh
from .identifiers.checksums import (
    ORGANISATION_WEIGHTS,
    USCC_ALPHABET,
    USCC_VALUES,
    USCC_WEIGHTS,
    luhn_sum,
    mod_11_10_state,
    uscc_sum,
)
from .mixing import HALF, SPACE
from .names import NARROW, WIDE
from .people import People, people
from .tables import DATA, Bank, District, Industry, RegistrationType, TableError, Tables, load, slots

SLOTS = HALF  # one slot of district and class for each left half of the permuted serial
AMOUNTS = 16
# First digit of the 8-digit serial in a business registration number, and how many first digits there are.
SERIALS = {"domestic": (0, 4), "foreign": (4, 2), "individual": (6, 4)}
TRIPLE = 31**3
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
    """A bank branch: `card_sum` is the Luhn sum of `card`, the first 10 digits of its cards."""

    name: str
    line: str
    account: str
    card: str
    card_sum: int


class Slot(NamedTuple):
    """One of SLOTS shares of a district and a class of taxpayers."""

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
    business: str  # first 10 digits of the business registration numbers of this slot
    business_checks: str  # check digit for each of their last 4 digits


# Part of an organisation code body: its text, and a mark that is congruent to its weighted sum of GB 11714
# modulo 11 and to its weighted sum of GB 32100 modulo 31, so that one addition serves both check characters.
Body = tuple[str, int]


@dataclass(frozen=True)
class Layout:
    slots: list[Slot]
    bodies: tuple[list[Body], list[Body]]  # high and low part of an organisation code body
    front: str  # what stands before them
    people: People
    first_day: int
    last_day: int
    dates: list[str]  # from first_day on


@lru_cache(maxsize=8)
def layout(profile: str, folder: Path = DATA) -> Layout:
    """Return the compiled tables of a profile. Raises TableError or ValueError as `tables.load` does."""
    tables = load(profile, folder)
    first, last = (day.toordinal() for day in REGISTERED[profile])
    old = profile == "gt3_2015"
    return Layout(
        slots=_slots(tables),
        bodies=_numeric_bodies() if old else _lettered_bodies(),
        front="" if old else "MA",
        people=people(tables.homes, FIRST_BIRTH[profile]),
        first_day=first,
        last_day=last,
        dates=[date.fromordinal(day).isoformat() for day in range(first, last + 1)],
    )


def mark(char: str, position: int) -> int:
    """Return the mark of one character at `position` 0 .. 7 of an organisation code body (see `Body`).

    Chinese remainder theorem: 155 is 1 mod 11 and 0 mod 31, 187 is 0 mod 11 and 1 mod 31.
    """
    by_11 = int(char, 36) * ORGANISATION_WEIGHTS[position]
    by_31 = USCC_VALUES[char] * USCC_WEIGHTS[8 + position]
    return (155 * by_11 + 187 * by_31) % 341


def _bodies(alphabet: str, start: int, length: int, count: int) -> list[Body]:
    """The first `count` texts of `length` characters, in order, that stand at `start`."""
    bodies: list[Body] = [("", 0)]
    for position in range(start, start + length):
        step = [(char, mark(char, position)) for char in alphabet]
        bodies = [(text + char, total + more) for text, total in bodies for char, more in step]
    return bodies[:count]


def _numeric_bodies() -> tuple[list[Body], list[Body]]:
    """Two times four digits: numeric bodies, as given out until 2015."""
    return _bodies("0123456789", 0, 4, HALF), _bodies("0123456789", 4, 4, HALF)


def _lettered_bodies() -> tuple[list[Body], list[Body]]:
    """Two times three characters of the USCC alphabet after MA, as given out with the USCC."""
    return _bodies(USCC_ALPHABET, 2, 3, SPACE // TRIPLE + 1), _bodies(USCC_ALPHABET, 5, 3, TRIPLE)


def _slots(tables: Tables) -> list[Slot]:
    classes = sorted({row.klass for row in tables.types})
    shares = {klass: sum(row.share for row in tables.types if row.klass == klass) for klass in classes}
    pairs = [(district, klass) for district in tables.districts for klass in classes]
    drawn = slots(pairs, [district.share * shares[klass] for district, klass in pairs], SLOTS)
    forms = {klass: _forms(klass, tables) for klass in classes}
    parts = {pair: _shared_parts(pair[0], pair[1], forms[pair[1]], tables.banks) for pair in set(drawn)}
    rank: dict[tuple[str, str], int] = defaultdict(int)  # how many slots a region and class have had
    result = []
    for district, klass in drawn:
        key = (district.region, klass)
        front = _business(district.region, klass, rank[key])
        checks = _business_checks(mod_11_10_state(front))
        result.append(parts[district, klass]._replace(business=front, business_checks=checks))
        rank[key] += 1
    return result


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


def _shared_parts(district: District, klass: str, forms: list[Form], banks: tuple[Bank, ...]) -> Slot:
    individual = klass == "individual"
    place = district.name if district.name[-1] in "县市" else f"长沙市{district.name}"
    return Slot(
        region=district.region,
        region_sum=uscc_sum("00" + district.region),
        district=district.name,
        authority=district.authority,
        djxh=int(make_djxh(district.authority, 1)),
        address=f"湖南省长沙市{district.name}",
        postcode=district.postcode,
        individual=individual,
        heads=[place] * NARROW if individual else slots(["长沙", "湖南", place], [5, 2, 1], NARROW),
        forms=forms,
        branches=_branches(district, banks),
        business="",
        business_checks="",
    )


def _branches(district: District, banks: tuple[Bank, ...]) -> list[Branch]:
    return slots([_branch(district, bank) for bank in banks], [bank.share for bank in banks], NARROW)


def _branch(district: District, bank: Bank) -> Branch:
    number = int(district.authority[3:7])  # the same in every bank; the bank code tells them apart
    card = bank.card + district.region[2:]
    city = "" if "长沙" in bank.name or "长沙" in district.name else "长沙"
    return Branch(
        name=f"{bank.name}{city}{district.name}支行",
        line=make_cnaps(bank.code, bank.area, number),
        account=bank.account + district.region[2:],
        card=card,
        card_sum=luhn_sum(card),
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

"""The lookup tables that `Population.taxpayer` draws from, compiled once per profile from the flat tables.

Each draw is one list index by a few bits, so every list has a power of two entries (`SLOTS` apart).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from .identifiers import make_cnaps
from .identifiers.checksums import (
    USCC_ALPHABET,
    luhn_sum,
    mod_11_10_check,
    mod_11_10_state,
    organisation_sum,
    uscc_sum,
)
from .mixing import HALF, SPACE
from .people import People, people
from .tables import Bank, District, Industry, RegistrationType, TableError, Tables, load, slots

SLOTS = HALF  # one slot of district and class for each left half of the permuted serial
FORMS = 1 << 14
NAMES = 8
BANKS = 256
AMOUNTS = 16
SERIALS = {"domestic": (0, 4), "foreign": (4, 2), "individual": (6, 4)}  # first digit of 8, and how many of them
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
    endings: list[str]  # NAMES
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
    region_sum: int  # of positions 3-8 of a USCC, and of the MA that follows
    district: str
    authority: str
    djxh: str  # first 10 digits
    address: str
    postcode: str
    individual: bool
    heads: list[str]  # NAMES beginnings of names
    forms: list[Form]  # FORMS
    branches: list[Branch]  # BANKS
    business: str  # first 10 digits of the business registration numbers of this slot
    business_checks: str  # check digit for each of their last 4 digits


class Body(NamedTuple):
    """Part of an organisation code body: its text, its sum of GB 11714, its sum of GB 32100."""

    text: str
    sum11: int
    sum31: int


@dataclass(frozen=True)
class Layout:
    slots: list[Slot]
    bodies: tuple[list[Body], list[Body]]  # high and low part of an organisation code body
    base: int  # entries of the low part
    people: People
    first_day: int
    last_day: int
    dates: list[str]  # from first_day on


@lru_cache(maxsize=8)
def layout(profile: str) -> Layout:
    """Return the compiled tables of a profile. Raises TableError or ValueError as `tables.load` does."""
    tables = load(profile)
    first, last = (day.toordinal() for day in REGISTERED[profile])
    old = profile == "gt3_2015"
    return Layout(
        slots=_slots(tables),
        bodies=(_numeric(0), _numeric(4)) if old else (_triples(2), _triples(5)),
        base=HALF if old else TRIPLE,
        people=people(tables.homes, FIRST_BIRTH[profile]),
        first_day=first,
        last_day=last,
        dates=[date.fromordinal(day).isoformat() for day in range(first, last + 1)],
    )


def _body(text: str, start: int) -> Body:
    padded = text.rjust(start + len(text), "0").ljust(8, "0")
    return Body(text, organisation_sum(padded), uscc_sum("0" * 8 + padded))


def _numeric(start: int) -> list[Body]:
    """Four digits at `start` of the 8: numeric bodies, as given out until 2015."""
    return [_body(f"{value:04d}", start) for value in range(HALF)]


def _triples(start: int) -> list[Body]:
    """Three characters of the USCC alphabet at `start`, after MA: bodies as given out with the USCC."""
    needed = SPACE // TRIPLE + 1 if start == 2 else TRIPLE
    a = USCC_ALPHABET
    return [_body(a[v // 961] + a[v // 31 % 31] + a[v % 31], start) for v in range(needed)]


def _slots(tables: Tables) -> list[Slot]:
    classes = sorted({row.klass for row in tables.types})
    shares = {klass: sum(row.share for row in tables.types if row.klass == klass) for klass in classes}
    pairs = [(district, klass) for district in tables.districts for klass in classes]
    drawn = slots(pairs, [district.share * shares[klass] for district, klass in pairs], SLOTS)
    parts = {pair: _shared_parts(pair[0], pair[1], tables) for pair in set(drawn)}
    rank: dict[tuple[str, str], int] = defaultdict(int)  # how many slots a region and class have had
    result = []
    for district, klass in drawn:
        key = (district.region, klass)
        result.append(parts[district, klass]._replace(**_business(district.region, klass, rank[key])))
        rank[key] += 1
    return result


def _business(region: str, klass: str, rank: int) -> dict[str, str]:
    """Registration numbers of one slot: region + 4 digits that no other slot of the region has + 4 digits."""
    first, digits = SERIALS[klass]
    if rank >= digits * 1000:
        raise TableError(
            f"districts.yaml: share: {region} has more than {digits * 10} % of all taxpayers as {klass};"
            " its business registration numbers would run out"
        )
    front = f"{region}{first * 1000 + rank:04d}"
    return {"business": front, "business_checks": _business_checks(mod_11_10_state(front))}


@lru_cache(maxsize=16)
def _business_checks(state: int) -> str:
    """Check digits after each of 0000 .. 9999, from a state of the MOD 11,10 machine (see `mod_11_10_state`)."""
    pairs = [f"{value:02d}" for value in range(100)]
    after = {s: [mod_11_10_state(pair, s) for pair in pairs] for s in range(1, 11)}
    return "".join(str((11 - s2) % 10) for s1 in after[state] for s2 in after[s1])


def _shared_parts(district: District, klass: str, tables: Tables) -> Slot:
    individual = klass == "individual"
    place = district.name if district.name.endswith("县") else f"长沙市{district.name}"
    if district.name.endswith("市"):
        place = district.name
    return Slot(
        region=district.region,
        region_sum=uscc_sum("00" + district.region + "MA"),
        district=district.name,
        authority=district.authority,
        djxh="101" + district.authority[:7],
        address=f"湖南省长沙市{district.name}",
        postcode=district.postcode,
        individual=individual,
        heads=[place] * NAMES if individual else slots(["长沙", "湖南", place], [5, 2, 1], NAMES),
        forms=_forms(klass, tables),
        branches=_branches(district, tables.banks),
        business="",
        business_checks="",
    )


def _branches(district: District, banks: tuple[Bank, ...]) -> list[Branch]:
    return slots([_branch(district, bank) for bank in banks], [bank.share for bank in banks], BANKS)


def _branch(district: District, bank: Bank) -> Branch:
    number = int(district.authority[3:7])  # the same branch serial in every bank; the bank code tells them apart
    card = bank.card + district.region[2:]
    return Branch(
        name=f"{bank.name}长沙{district.name}支行",
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
    return slots(rows, weights, FORMS)


def _form(kind: RegistrationType, industry: Industry, scale: str) -> Form:
    individual = kind.klass == "individual"
    endings = list(industry.shops) if individual else [w + tail for w in industry.words for tail in kind.tails]
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
        endings=slots(endings, [1] * len(endings), NAMES),
        capitals=capitals,
        employees=EMPLOYEES["individual" if individual else scale],
    )

"""The flat tables under data/, read for one day and checked. Tax people may edit them.

Every mistake raises TableError, which names the file, the row, the field, the value and what it must be.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from generators.eras.era import NAMED, day_of
from generators.identifiers import USCC_CATEGORIES, check_tax_authority
from generators.identifiers.parts import BIRTHPLACES, OFFICES
from generators.yaml_loader import parsed

PROFILES = tuple(NAMED)
LINES = ("production", "trade", "services")
CLASSES = ("domestic", "foreign", "individual")
DATA = Path(__file__).with_name("data")
_MISSING = object()
T = TypeVar("T")


class TableError(ValueError):
    """A flat table that cannot be used; the message says where and why."""


@dataclass(frozen=True)
class District:
    region: str
    authority: str
    name: str
    bureau: str
    postcode: str
    city_rate: float  # percent
    share: float


@dataclass(frozen=True)
class RegistrationType:
    code: str
    name: str
    klass: str  # one of CLASSES
    serial: int  # first digit of the serial in the business registration number
    uscc: str  # department and category
    general: float  # percent of the industry's share
    tails: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Industry:
    code: str
    name: str
    company: float
    individual: float
    general: float
    words: tuple[str, ...]
    shops: tuple[str, ...]
    capital: int  # 10,000 yuan
    line: str  # one of LINES


@dataclass(frozen=True)
class Bank:
    code: str
    area: str
    name: str
    account: str
    card: str
    share: float


@dataclass(frozen=True)
class HomeArea:
    code: str
    name: str
    born_from: int
    born_to: int


@dataclass(frozen=True)
class BirthYears:
    """Five years from `first` on, and the percent of people who were born in them."""

    first: int
    share: float


@dataclass(frozen=True)
class Tables:
    districts: tuple[District, ...]
    types: tuple[RegistrationType, ...]
    industries: tuple[Industry, ...]
    banks: tuple[Bank, ...]
    homes: tuple[HomeArea, ...]
    births: tuple[BirthYears, ...]


class Row:
    """One row of a table: hands out its fields as on one day, and explains what is wrong with them.

    A field that changed is written {2012-01-01: ..., 2017-10-01: ...}: from which day on it is what.
    """

    def __init__(self, file: str, number: int, data: object, profile: str, fields: set[str]) -> None:
        self.where, self.day = f"{file}: row {number}", day_of(profile)
        if not isinstance(data, dict):
            raise TableError(f"{self.where}: is {data!r}; must be a mapping of fields")
        self.data: dict[str, Any] = data
        if unknown := sorted(set(map(str, data)) - fields):
            known = ", ".join(sorted(fields))
            raise TableError(f"{self.where}: {unknown[0]}: unknown field; must be one of {known}")

    def fail(self, field: str, value: object, must: str) -> TableError:
        return TableError(f"{self.where}: {field} is {value!r}; must be {must}")

    def value(self, field: str, default: object = _MISSING) -> Any:
        """Return the field, or its value on this day when it is written by days."""
        value = self.data.get(field, default)
        if isinstance(value, dict):
            if not all(type(since) is date for since in value):
                raise self.fail(field, value, "a value, or values by days, such as {2012-01-01: 3}")
            since = max((since for since in value if since <= self.day), default=None)
            value = _MISSING if since is None else value[since]
        if value is _MISSING:
            raise TableError(f"{self.where}: {field}: missing on {self.day}")
        return value

    def text(self, field: str, pattern: str = ".+", must: str = "a text") -> str:
        value = self.value(field)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.fail(field, value, must)
        return value

    def number(self, field: str, low: float = 0, high: float = 100) -> float:
        value = self.value(field)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.fail(field, value, f"a number, {low:g} .. {high:g}")
        return float(value)

    def year(self, field: str, default: object = _MISSING) -> int:
        value = self.value(field, default)
        if not isinstance(value, int) or not 1900 <= value <= 9999:
            raise self.fail(field, value, "a year")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.value(field)
        if not isinstance(value, list) or not value or not all(isinstance(x, str) and x for x in value):
            raise self.fail(field, value, "a list of texts")
        return tuple(value)


def read(folder: Path, name: str, profile: str, fields: Iterable[str]) -> list[Row]:
    """Return the rows of `folder/name.yaml`. Raises TableError for a file that is no list of rows."""
    file = folder / f"{name}.yaml"
    shown = f"generators/data/{file.name}" if folder == DATA else str(file)
    rows = _rows(file, shown)
    return [Row(shown, number, row, profile, set(fields)) for number, row in enumerate(rows, start=1)]


@lru_cache(maxsize=64)
def _rows(file: Path, shown: str) -> list[Any]:
    """Read once for all days, of which a population needs several; nobody changes them."""
    data = parsed(file, shown, TableError)
    if not isinstance(data, list) or not data:
        raise TableError(f"{shown}: must be a list of rows")
    return data


def _sums_to_100(rows: list[Row], field: str) -> None:
    total = sum(row.number(field) for row in rows)
    if abs(total - 100) > 1e-6:
        file = rows[0].where.partition(": row")[0]
        raise TableError(f"{file}: {field}: sums to {total:g} on {rows[0].day}; must sum to 100")


def _distinct(rows: list[Row], field: str) -> None:
    seen: set[str] = set()
    for row in rows:
        value = row.text(field)
        if value in seen:
            raise row.fail(field, value, "different from every other row's")
        seen.add(value)


def _districts(rows: list[Row]) -> Iterable[District]:
    _sums_to_100(rows, "share")
    _distinct(rows, "authority")
    for row in rows:
        region = row.text("region", "[0-9]{6}", "a 6-digit GB/T 2260 code")
        if region[:2] not in OFFICES:
            raise row.fail("region", region, "in a province of GB/T 2260")
        authority = row.text("authority")
        if not check_tax_authority(authority):
            raise row.fail("authority", authority, "an 11-digit tax authority code")
        yield District(
            region=region,
            authority=authority,
            name=row.text("name"),
            bureau=row.text("bureau"),
            postcode=row.text("postcode", "[0-9]{6}", "6 digits"),
            city_rate=row.number("city_rate"),
            share=row.number("share"),
        )


def _types(rows: list[Row]) -> Iterable[RegistrationType]:
    _sums_to_100(rows, "share")
    _distinct(rows, "code")
    for row in rows:
        uscc = row.text("uscc", "..", "department and category of GB 32100")
        if uscc[1] not in USCC_CATEGORIES.get(uscc[0], ""):
            raise row.fail("uscc", uscc, "department and category of GB 32100")
        klass = row.text("class", "|".join(CLASSES), f"one of {', '.join(CLASSES)}")
        tails = () if klass == "individual" else row.texts("tails")
        code = row.text("code", "[0-9]{3}", "a 3-digit registration type")
        general = row.number("general", 0, 1000)
        serial = int(row.number("serial", 0, 9))
        yield RegistrationType(
            code, row.text("name"), klass, serial, uscc, general, tails, row.number("share")
        )


def _industries(rows: list[Row]) -> Iterable[Industry]:
    _sums_to_100(rows, "company")
    _sums_to_100(rows, "individual")
    _distinct(rows, "code")
    for row in rows:
        yield Industry(
            code=row.text("code", "[0-9]{4}", "a 4-digit code of GB/T 4754"),
            name=row.text("name"),
            company=row.number("company"),
            individual=row.number("individual"),
            general=row.number("general"),
            words=row.texts("words"),
            shops=row.texts("shops"),
            capital=int(row.number("capital", 1, 1_000_000)),
            line=row.text("line", "|".join(LINES), f"one of {', '.join(LINES)}"),
        )


def _banks(rows: list[Row]) -> Iterable[Bank]:
    _sums_to_100(rows, "share")
    _distinct(rows, "code")
    for row in rows:
        yield Bank(
            code=row.text("code", "[0-9]{3}", "3 digits"),
            area=row.text("area", "[0-9]{4}", "4 digits"),
            name=row.text("name"),
            account=row.text("account", "(?!62)[0-9]{4}", "4 digits that do not begin with 62"),
            card=row.text("card", "62[0-9]{4}", "6 digits that begin with 62"),
            share=row.number("share"),
        )


def _homes(rows: list[Row]) -> Iterable[HomeArea]:
    _distinct(rows, "code")
    for row in rows:
        code = row.text("code", "[0-9]{6}", "a 6-digit place code")
        if code[:2] not in BIRTHPLACES:
            raise row.fail("code", code, "in a province of GB/T 2260")
        yield HomeArea(code, row.text("name"), row.year("born_from"), row.year("born_to", 9999))


def _births(rows: list[Row]) -> Iterable[BirthYears]:
    _sums_to_100(rows, "share")
    for row in rows:
        yield BirthYears(row.year("from"), row.number("share"))


FIELDS = {
    "districts": "region authority name bureau postcode city_rate share",
    "registration_types": "code name class serial uscc general tails share",
    "industries": "code name company individual general words shops capital line",
    "banks": "code area name account card share",
    "home_areas": "code name born_from born_to",
    "birth_years": "from share",
}


@lru_cache(maxsize=16)
def load(profile: str, folder: Path = DATA) -> Tables:
    """Return the checked tables of `folder` as on the day of a profile (a name, or a day).

    Raises TableError, or ValueError for an unknown profile.
    """
    rows = {name: read(folder, name, profile, fields.split()) for name, fields in FIELDS.items()}
    return Tables(
        districts=tuple(_districts(rows["districts"])),
        types=tuple(_types(rows["registration_types"])),
        industries=tuple(_industries(rows["industries"])),
        banks=tuple(_banks(rows["banks"])),
        homes=tuple(_homes(rows["home_areas"])),
        births=tuple(_births(rows["birth_years"])),
    )


@lru_cache(maxsize=4)
def epochs(folder: Path = DATA) -> tuple[date, ...]:
    """Return the days on which any table changes, in order; between two of them `load` gives the same."""
    found: set[date] = set()
    for name in FIELDS:
        for row in read(folder, name, "current", FIELDS[name].split()):
            for value in row.data.values():
                found.update(value if isinstance(value, dict) else ())
    return tuple(sorted(found))


def epoch(profile: str, folder: Path = DATA) -> str:
    """Return the first day of the epoch in which a profile's day lies, as a profile."""
    day = day_of(profile)
    return str(max((since for since in epochs(folder) if since <= day), default=date(2012, 1, 1)))


def slots(rows: Sequence[T], weights: Sequence[float], count: int) -> list[T]:
    """Return `count` slots, each a row, in proportion to the weights (largest remainders).

    Rows that weigh less than half a slot may get none.
    """
    total = sum(weights)
    exact = [weight * count / total for weight in weights]
    given = [int(share) for share in exact]
    by_remainder = sorted(range(len(rows)), key=lambda k: given[k] - exact[k])
    for k in by_remainder[: count - sum(given)]:
        given[k] += 1
    return [row for row, n in zip(rows, given, strict=True) for _ in range(n)]

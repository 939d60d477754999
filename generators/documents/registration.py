"""Tax registration of a taxpayer, with the field names of GT3's DJ_NSRXX tables.

Code values that the public field lists do not give (employee and accounting codes, tax periods) are usual
ones and unconfirmed; a target that knows better maps them in its binding.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from generators.documents.goods import trade
from generators.documents.record_kind import JourneyDocument, RecordKind
from generators.eras.era import day_of
from generators.eras.table import FIRST as KNOWN_FROM
from generators.identifiers import make_officer
from generators.tables import DATA, District, Industry, Row, epoch, load, read
from generators.taxpayers.register import NEWCOMERS, REFORM_DAY, STANDING
from generators.taxpayers.taxpayer import Taxpayer

NOTE = "合成数据，非真实纳税人"  # every document of a registration is marked as synthetic
RESIDENT_ID = "201"  # document type
NORMAL = "03"  # status of a taxpayer
WITHIN_15_DAYS = "04"  # filing deadline: within 15 days after the period
FOREVER = "9999-12-31"
KIND_FIELDS = ("item", "sub_item", "name", "payers", "rate", "cycle", "since")
PAYERS = ("general", "small", "company", "corporate", "all")
NO_COMPANIES = frozenset(("171", "172"))  # sole proprietors and partnerships: 企业所得税法 第一条
SMALL_STAFF = 100  # an enterprise of fewer keeps books by the standards of small enterprises; an estimate
VAT = "10101"
REFORMED = date(2016, 6, 1)  # by which nobody files a month before the reform any more


class Kind(NamedTuple):
    """A row of tax_kinds.yaml; `rate` is in percent, or names the table that holds it (vat, city)."""

    item: str
    sub_item: str
    payers: str
    rate: float | str
    cycle: str
    since: date  # the bureau levies it


def industry(t: Taxpayer) -> Industry:
    """Return the row of industries.yaml of a taxpayer's industry."""
    return _industries(epoch_of(t.profile))[t.industry]


def district(t: Taxpayer) -> District:
    """Return the row of districts.yaml of a taxpayer's tax authority."""
    return _districts(epoch_of(t.profile))[t.authority]


def registration(t: Taxpayer) -> dict[str, Any]:
    """Return the registration document, ready for JSON; `zczb` and `tzze` are in yuan. Pure in `t`."""
    return _identity(t) | _places(t) | _business(t) | _people(t) | _account(t) | {"bz": NOTE}


def tax_kinds(t: Taxpayer) -> list[dict[str, Any]]:
    """Return the taxes that a taxpayer is registered for, VAT first; `slhdwse` is a rate (0.17).

    Who grew to a general taxpayer has the determinations of a small one until then. None begins before the
    bureau levied the tax; VAT of who came by the reform of May 2016 begins with it.
    Keys: zsxmDm, zspmDm, sbqxDm, nsqxDm, slhdwse, rdyxqq, rdyxqz.
    """
    mine = {t.scale, "all"} | _payers(t)
    grown = bool(t.general_from) and t.general_from > t.registered_on
    reformed = STANDING <= t.index < NEWCOMERS and day_of(t.profile) >= REFORMED
    found = []
    for kind in _kinds(t.profile):
        first = REFORM_DAY if reformed and kind.item == VAT else kind.since
        since = max(t.registered_on, str(first)) if first > KNOWN_FROM else t.registered_on
        until = FOREVER
        if grown and kind.payers == "general":
            since = max(t.general_from, since)
        elif grown and kind.payers == "small":
            until = str(date.fromisoformat(t.general_from) - timedelta(days=1))
        elif kind.payers not in mine:
            continue
        if until < since:  # levied only since he had grown
            continue
        found.append(
            {
                "zsxmDm": kind.item,
                "zspmDm": kind.sub_item,
                "sbqxDm": WITHIN_15_DAYS,
                "nsqxDm": kind.cycle,
                "slhdwse": round(_percent(kind, t) / 100, 6),
                "rdyxqq": since,
                "rdyxqz": until,
            }
        )
    return found


def _payers(t: Taxpayer) -> set[str]:
    if t.individual:
        return set()
    return {"company"} if t.registration_type in NO_COMPANIES else {"company", "corporate"}


def _percent(kind: Kind, t: Taxpayer) -> float:
    if isinstance(kind.rate, float):
        return kind.rate
    return trade(day_of(t.profile), t.industry).rate if kind.rate == "vat" else district(t).city_rate


def _identity(t: Taxpayer) -> dict[str, Any]:
    return {
        "djxh": t.djxh,
        "nsrsbh": t.taxpayer_id,
        "shxydm": t.uscc,
        "ssdabh": t.djxh[3:],
        "nsrmc": t.name,
        "kzztdjlxDm": "1120" if t.individual else "1110",
        "djzclxDm": t.registration_type,
        "nsrztDm": NORMAL,
        "hyDm": t.industry,
        "zzjgDm": t.org_code,
        "fddbrxm": t.legal_person,
        "fddbrsfzjlxDm": RESIDENT_ID,
        "fddbrsfzjhm": t.legal_person_id,
    }


def _places(t: Taxpayer) -> dict[str, Any]:
    return {
        "scjydz": t.address,
        "scjydzxzqhszDm": t.region,
        "zcdz": t.address,
        "zcdzxzqhszDm": t.region,
        "jdxzDm": f"{t.region}{1 + t.key % 12:03d}",
        "dwlsgxDm": "" if t.individual else "90",
        "djjgDm": t.authority,
        "djrq": t.registered_on,
        "kyslrq": t.registered_on,
        "zgswjDm": t.authority,
        "zgswskfjDm": f"{t.authority[:7]}{1 + t.key % 8:02d}00",
        "ssglyDm": make_officer(t.authority, 1 + t.key % 240),
        "sjgsdq": t.authority,
        "yxbz": "Y",
        "gdslxDm": "1",
        "zcdyzbm": t.postcode,
        "zcdlxdh": t.phone,
        "scjydlxdh": t.phone,
    }


def keeps_small_books(t: Taxpayer) -> bool:
    """Return whether a taxpayer keeps books by the standards of small enterprises: an estimate by staff."""
    return t.individual or t.employees < SMALL_STAFF


def _business(t: Taxpayer) -> dict[str, Any]:
    state, foreign = t.registration_type in ("110", "151"), t.registration_type[0] in "23"
    return {
        "jyfw": industry(t).name,
        "hsfsDm": "10",
        "cyrs": t.employees,
        "kjzdzzDm": "102" if keeps_small_books(t) else "101",
        "zczb": t.capital,
        "tzze": t.capital,
        "zrrtzbl": 0 if state or foreign else 100,
        "wztzbl": 100 if foreign else 0,
        "gytzbl": 100 if state else 0,
        "zfjglxDm": "0",
        "zzsqylxDm": "1" if t.scale == "general" else "2",
        "gszch": t.business_number,
    }


def _people(t: Taxpayer) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for role in ("cwfzr", "bsr"):  # the accountant is responsible for finance, and goes to the tax office
        document |= {
            f"{role}xm": t.accountant,
            f"{role}sfzjzlDm": RESIDENT_ID,
            f"{role}sfzjhm": t.accountant_id,
            f"{role}gddh": t.phone,
            f"{role}yddh": t.accountant_mobile,
        }
    return document | {"fddbryddh": t.mobile}


def _account(t: Taxpayer) -> dict[str, Any]:
    return {
        "yhhbDm": t.bank_line[:3],
        "yhzh": t.bank_account,
        "khyhhh": t.bank_line,
        "khyhmc": t.bank_name,
        "zhmc": t.legal_person if t.individual else t.name,
        "sfxyh": t.agreement,
    }


@lru_cache(maxsize=1024)
def epoch_of(profile: str) -> str:
    """Return the epoch of the tables in which a profile's day lies, as a profile."""
    return epoch(profile)


@lru_cache(maxsize=8)
def _industries(profile: str) -> dict[str, Industry]:
    return {row.code: row for row in load(profile).industries}


@lru_cache(maxsize=8)
def _districts(profile: str) -> dict[str, District]:
    return {row.authority: row for row in load(profile).districts}


@lru_cache(maxsize=64)
def _kinds(profile: str) -> tuple[Kind, ...]:
    rows = read(DATA, "tax_kinds", profile, KIND_FIELDS)
    return tuple(kind for row in rows if (kind := kind_of(row)).since <= row.day)


def _since(row: Row) -> date:
    since = row.value("since")
    if type(since) is not date:
        raise row.fail("since", since, "a day, from which on this bureau levies it")
    return since


def kind_of(row: Row) -> Kind:
    """Return one checked row of tax_kinds.yaml. Raises TableError."""
    item = row.text("item", "[0-9]{5}", "a 5-digit levy item")
    rate = row.value("rate")
    return Kind(
        item=item,
        sub_item=row.text("sub_item", item + "[0-9]{4}", f"9 digits that begin with {item}"),
        payers=row.text("payers", "|".join(PAYERS), f"one of {', '.join(PAYERS)}"),
        rate=rate if rate in ("vat", "city") else row.number("rate"),
        cycle=row.text("cycle", "06|08|10|11", "06, 08, 10 or 11"),
        since=_since(row),
    )


def whole(t: Taxpayer) -> dict[str, Any]:
    """Return the registration with its tax kinds, as it is sent: {..., "kinds": [...]}."""
    return registration(t) | {"kinds": tax_kinds(t)}


RECORD_KINDS = {"registration": RecordKind("registrations", lambda t: (whole(t),))}
JOURNEY_DOCUMENTS = {"registration": JourneyDocument(lambda work, reply: whole(work.taxpayer))}

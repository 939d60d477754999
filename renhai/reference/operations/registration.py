"""Registration: who is registered, register a taxpayer, the tax kinds determined for them."""

from __future__ import annotations

import time
from functools import partial
from itertools import combinations
from typing import Any

import orjson

from renhai.reference.eras.regions import is_of
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.taxpayers import GENERAL, SMALL, Liability, djxh_of, write_liabilities
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, day, digits, entries, number, text
from renhai.reference.rules.identifiers import (
    is_authority,
    is_bank_line,
    is_digits,
    is_resident_id,
    is_taxpayer_id,
    is_uscc,
)
from renhai.reference.rules.words import words
from renhai.reference.storage.jobs import Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table(
    "taxpayers",
    "djxh nsrsbh shxydm nsrmc djzclxDm zgswjDm nsrztDm djrq sfxyh nsrlx received:real kinds:bytes "
    "document:bytes",
    "UNIQUE INDEX taxpayers_djxh ON taxpayers (djxh) WHERE copy = 0",
    "UNIQUE INDEX taxpayers_nsrsbh ON taxpayers (nsrsbh) WHERE copy = 0",
    listed="registrations",
)

REGISTRATION_TYPES = frozenset(
    words(
        "110 120 130 140 141 142 143 149 150 151 159 160 170 171 172 173 174 175 190 200 210 220 230 240 "
        "290 300 310 320 330 340 390 400 410 411 412 413 420 430 500 510 520 530 540 550 560 570 580 590 "
        "900"
    )
)
"""djzclxDm; DOMAIN names the common ones, the rest of the national table is accepted with them."""

TAXPAYER_STATES = frozenset(words("01 02 03 04 05 06 07 08 09 10 11 12 13"))
RESIDENT_ID_CARD = "201"
MOST_KINDS = 100
ADULT = 16
"""Years: who earns a living at that age counts as an adult (art. 18 of the Civil Code)."""
LAST_DIVISION = "97"
VAT = "10101"
LEVY_PERCENT = 5
"""Small-scale taxpayers are determined at the levy, 5 % at most; general ones at a statutory rate above
it."""
MONTHS = {"06": 1, "08": 3}
"""nsqxDm: monthly, quarterly."""

_KINDS = "SELECT kinds FROM taxpayers WHERE djxh = ? AND copy = 0"
_BY_NSRSBH = "SELECT djxh FROM taxpayers WHERE nsrsbh = ? AND copy = 0"
_STATUS = "SELECT djxh, nsrsbh, nsrmc, djzclxDm, zgswjDm, nsrztDm FROM taxpayers WHERE djxh = ? AND copy = 0"
_EITHER = "SELECT djxh, nsrsbh FROM taxpayers WHERE djxh = ? AND copy = 0"


def query(document: Document, raw: bytes) -> Query:
    """registration.query: whether a taxpayer id is registered, and its djxh."""
    nsrsbh = text(document, "nsrsbh", most=20)

    def answer(view: View) -> dict[str, Any]:
        row = view.one(_BY_NSRSBH, nsrsbh)
        return {"registered": row is not None, "djxh": row[0] if row else ""}

    return answer


def kinds(document: Document, raw: bytes) -> Query:
    """registration.kinds: the tax kinds stored with the registration."""
    djxh = djxh_of(document)

    def answer(view: View) -> dict[str, Any]:
        row = view.one(_KINDS, djxh)
        if row is None:
            raise Rejection(codes.UNREGISTERED, f"djxh {djxh} is not registered")
        return {"kinds": orjson.loads(row[0])}

    return answer


def status(document: Document, raw: bytes) -> Query:
    """registration.status: who a taxpayer is and whether they are in normal standing (nsrztDm 03)."""
    djxh = djxh_of(document)

    def answer(view: View) -> dict[str, Any]:
        row = view.one(_STATUS, djxh)
        if row is None:
            raise Rejection(codes.UNREGISTERED, f"djxh {djxh} is not registered")
        return dict(zip(("djxh", "nsrsbh", "nsrmc", "djzclxDm", "zgswjDm", "nsrztDm"), row, strict=True))

    return answer


def save(document: Document, raw: bytes, setup: Setup) -> Decide:
    """registration.save: store a new taxpayer with the tax kinds determined for them."""
    row = judged(document, setup)
    djxh, nsrsbh = row[:2]

    def decide(view: View) -> Decision:
        taken = view.one(_EITHER, djxh) or view.one(_BY_NSRSBH, nsrsbh)
        if taken is not None:
            raise Rejection(codes.ALREADY_REGISTERED, f"djxh {djxh} or nsrsbh {nsrsbh} is registered")
        values = (*row, time.time(), orjson.dumps(document.get("kinds") or []), raw)
        return Decision({"djxh": djxh}, (Insert("taxpayers", view.next_id("taxpayers"), values),))

    return decide


def judged(document: Document, setup: Setup) -> tuple[str, ...]:
    """The columns of a registration that is in order, djxh to nsrlx. Raises Rejection."""
    djxh = djxh_of(document)
    nsrsbh, shxydm = _identity(document)
    _people_and_codes(document, djxh, setup)
    liabilities = _liabilities(_kinds_of(document))
    return (
        djxh, nsrsbh, shxydm, document["nsrmc"], document["djzclxDm"], document["zgswjDm"],
        document["nsrztDm"], document["djrq"], text(document, "sfxyh", least=0),
        write_liabilities(liabilities),
    )  # fmt: skip


def _identity(document: Document) -> tuple[str, str]:
    """Taxpayer id and social credit code, each well formed and in agreement."""
    nsrsbh, shxydm = text(document, "nsrsbh", most=20), text(document, "shxydm", least=0, most=18)
    if not is_taxpayer_id(nsrsbh, text(document, "djzclxDm", most=3)):
        raise Rejection(codes.TAXPAYER_ID, f"nsrsbh {nsrsbh} fails its check characters")
    if shxydm and not is_uscc(shxydm):
        raise Rejection(codes.USCC, f"shxydm {shxydm} fails its check characters")
    if shxydm and nsrsbh != shxydm and is_uscc(nsrsbh):
        raise Rejection(codes.USCC_DIFFERS, f"nsrsbh {nsrsbh} is not shxydm {shxydm}")
    return nsrsbh, shxydm


def _people_and_codes(document: Document, djxh: str, setup: Setup) -> None:
    """Everything of the document that is judged by code table, date or check character."""
    text(document, "nsrmc")
    text(document, "fddbrxm", most=100)
    _in_table(document, "djzclxDm", REGISTRATION_TYPES, codes.REGISTRATION_TYPE)
    _in_table(document, "nsrztDm", TAXPAYER_STATES, codes.STATUS)
    division = digits(document, "hyDm", 4, codes.INDUSTRY)[:2]
    if not "01" <= division <= LAST_DIVISION:
        raise Rejection(codes.INDUSTRY, f"hyDm {document['hyDm']} is of no division of GB/T 4754")
    paper, number_ = digits(document, "fddbrsfzjlxDm", 3, codes.DOCUMENT_KIND), text(document, "fddbrsfzjhm")
    if paper == RESIDENT_ID_CARD and not is_resident_id(number_):
        raise Rejection(codes.RESIDENT_ID, f"fddbrsfzjhm {number_[:40]} fails its date or check character")
    authority = text(document, "zgswjDm")
    if not is_authority(authority):
        raise Rejection(codes.AUTHORITY, f"zgswjDm {authority[:40]} is not a tax authority code")
    if not is_of(djxh, authority):
        raise Rejection(codes.DJXH_AUTHORITY, f"djxh {djxh} is not of zgswjDm {authority}")
    line = text(document, "khyhhh", least=0)
    if line and not is_bank_line(line):
        raise Rejection(codes.BANK_LINE, f"khyhhh {line[:40]} fails its check digit")
    registered_on = day(document, "djrq")
    if registered_on > setup.today():
        raise Rejection(codes.REGISTERED_ON, f"djrq {registered_on} is after today, {setup.today()}")
    if paper == RESIDENT_ID_CARD:
        grown = int(number_[6:14]) + ADULT * 10_000
        if grown > int(registered_on.strftime("%Y%m%d")):
            raise Rejection(
                codes.TOO_YOUNG, f"fddbrsfzjhm {number_}: born {number_[6:14]}, djrq {registered_on}"
            )


def _in_table(document: Document, field: str, table: frozenset[str], code: codes.Code) -> None:
    value = text(document, field)
    if value not in table:
        raise Rejection(code, f"{field} {value[:40]} is not in the code table")


def _kinds_of(document: Document) -> list[Document]:
    """The `kinds` of the document, each judged; absent means none determined yet."""
    if document.get("kinds") is None:
        return []
    found = entries(document, "kinds", 0, MOST_KINDS)
    seen: set[tuple[str, str, str]] = set()
    for index, kind in enumerate(found):
        key = _kind_key(kind, f"kinds[{index}].")
        if key in seen:
            raise Rejection(codes.KIND_TWICE, f"kinds[{index}] determines {key[1]} a second time")
        seen.add(key)
    return found


def _liabilities(kinds: list[Document]) -> list[Liability]:
    found = [
        Liability(
            SMALL if round(kind["slhdwse"] * 100, 4) <= LEVY_PERCENT else GENERAL,
            MONTHS.get(str(kind.get("nsqxDm")), 0),
            kind["rdyxqq"],
            kind["rdyxqz"],
        )
        for kind in kinds
        if kind["zsxmDm"] == VAT
    ]
    for one, other in combinations(found, 2):
        if one.scale != other.scale and one.start <= other.end and other.start <= one.end:
            days = f"{max(one.start, other.start)} to {min(one.end, other.end)}"
            raise Rejection(
                codes.SCALES_OVERLAP, f"kinds: VAT of {one.scale} and of {other.scale} from {days}"
            )
    return found


def _kind_key(kind: Document, where: str) -> tuple[str, str, str]:
    item, sub_item = text(kind, "zsxmDm", where), text(kind, "zspmDm", where)
    if not (is_digits(item, 5) and is_digits(sub_item, 9) and sub_item.startswith(item)):
        raise Rejection(codes.LEVY_ITEM, f"{where}zspmDm {sub_item[:40]} is no sub-item of {item[:40]}")
    start, end = day(kind, "rdyxqq", where), day(kind, "rdyxqz", where)
    if end < start:
        raise Rejection(codes.KIND_VALIDITY, f"{where}rdyxqz {end} is before rdyxqq {start}")
    rate = number(kind, "slhdwse", where)
    if not 0 <= rate <= 1:
        raise Rejection(codes.KIND_RATE, f"{where}slhdwse {rate} must be between 0 and 1")
    return item, sub_item, str(start)


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of this domain."""
    return (
        Reading(
            "registration.query",
            query,
            services=("DJ.CXNSRXXBYDJXHORNSRSBH",),
            pages=("/hlwsb/sbkk/getNsrlx.do",),
        ),
        Writing(
            "registration.save",
            partial(save, setup=setup),
            services=("DJ.BCZZLSSWDJXX",),
            pages=("/hlwsb/sbkk/insertNsrxx.do",),
        ),
        Reading("registration.kinds", kinds, services=("RD.CXSFZRDXX",)),
        Reading("registration.status", status, services=("DJ.CXNSRZTBYDHXH",)),
    )

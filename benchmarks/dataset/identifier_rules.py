"""Identifiers, each judged by python-stdnum where it knows the kind, else by its published check digit."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import duckdb
from stdnum import luhn
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def organisation_code(text: str) -> bool:
    """GB 11714: the check is 11 - the weighted sum modulo 11, X for 10, 0 for 11."""
    if not re.fullmatch("[0-9A-Z]{8}[0-9X]", text):
        return False
    total = sum(w * ALPHABET.index(c) for w, c in zip(ORGANISATION_WEIGHTS, text, strict=False))
    return "0123456789X0"[11 - total % 11] == text[8]


@cache
def _place_known(area_and_year: str) -> bool:
    """python-stdnum's look-up of a place and a year of birth: slow, and the same for many people."""
    try:
        return bool(ric.get_birth_place(area_and_year + "01010000"))
    except ValidationError:
        return False


def resident_id(text: str) -> bool:
    """What `stdnum.cn.ric.validate` asks, with the look-up of places remembered."""
    if len(text) != 18 or not text[:17].isdigit() or ric.calc_check_digit(text) != text[17]:
        return False
    try:
        ric.get_birth_date(text)
    except ValidationError:
        return False
    return _place_known(text[:10])


def taxpayer_id(text: str) -> bool:
    """A USCC; region and organisation code; an owner's ID, or that and two digits."""
    if len(text) == 15:
        return text[:6].isdigit() and organisation_code(text[6:])
    if len(text) == 20:
        return resident_id(text[:18]) and text[18:].isdigit()
    return uscc.is_valid(text) or resident_id(text)


def _or_empty(judge: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: text == "" or judge(text)


def _serial(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


JUDGES: dict[str, tuple[str, Callable[[str], bool]]] = {
    "taxpayer id": ("SELECT nsrsbh FROM taxpayer_ids", taxpayer_id),
    "buyer's id": ("SELECT DISTINCT gfsbh FROM invoices", _or_empty(taxpayer_id)),
    "USCC": ("SELECT shxydm FROM taxpayers", _or_empty(uscc.is_valid)),
    "organisation code": ("SELECT zzjgDm FROM taxpayers", _or_empty(organisation_code)),
    "resident ID of the owner": ("SELECT fddbrsfzjhm FROM taxpayers", resident_id),
    "resident ID of the accountant": ("SELECT cwfzrsfzjhm FROM taxpayers", resident_id),
    "registration number": ("SELECT gszch FROM taxpayers", mod_11_10.is_valid),
    "bank card of an individual": ("SELECT yhzh FROM taxpayers WHERE kzztdjlxDm = '1120'", luhn.is_valid),
    "resident ID of an employee": ("SELECT DISTINCT sfzjhm FROM wages", resident_id),
    "djxh": ("SELECT djxh FROM taxpayers", _serial("101[0-9]{17}")),
    "pzxh": ("SELECT pzxh FROM declarations", _serial("100[0-9]{17}")),
    "invoice code": ("SELECT DISTINCT fpDm FROM ranges", _serial("|[0-9]{10}|0[0-9]{11}")),
    "invoice number": ("SELECT DISTINCT fphm FROM invoices", _serial("[0-9]{8}|[0-9]{20}")),
}
UNIQUE = {  # of the register
    "taxpayers": ("djxh", "nsrsbh", "gszch", "sfxyh", "yhzh", "fddbrsfzjhm", "cwfzrsfzjhm"),
    "payments": ("serial",),
}


def wrong_identifiers(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, list[str]]]:
    """Return for each kind how many were looked at, and those that are wrong."""
    found = {}
    for name, (query, judge) in JUDGES.items():
        values = [row[0] for row in con.execute(query).fetchall()]
        found[f"identifier: {name}"] = (len(values), [text for text in values if not judge(text)])
    for table, columns in UNIQUE.items():
        for column in columns:
            count = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
            twice = con.execute(f"SELECT {column} FROM {table} GROUP BY 1 HAVING count(*) > 1").fetchall()
            found[f"unique: {table}.{column}"] = (count, [row[0] for row in twice])
    shared = con.execute(
        "SELECT fddbrsfzjhm FROM taxpayers INTERSECT SELECT cwfzrsfzjhm FROM taxpayers"
    ).fetchall()
    found["unique: owners and accountants"] = (count, [row[0] for row in shared])
    old = con.execute(
        "SELECT djxh FROM taxpayers WHERE shxydm <> '' AND zzjgDm <> substr(shxydm, 9, 9)"
    ).fetchall()
    found["identifier: the body of a USCC is the organisation code"] = (count, [row[0] for row in old])
    return found

"""Statements of small enterprises with what is on file: the prepayment of the same period, in whichever order
both come, and the statements of the period before."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

from renhai.reference.eras.income import VOUCHERS
from renhai.reference.forms.cit import rows_of_tie
from renhai.reference.forms.period import Period
from renhai.reference.forms.statements import (
    Statements,
    check_chain,
    check_statements,
    check_tie,
    read_statements,
)
from renhai.reference.operations.returns.on_file import check_not_filed
from renhai.reference.operations.taxpayers import Registered
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document
from renhai.reference.storage.jobs import View

KIND = "ZLA0610219"
_CIT = sorted(set(VOUCHERS.values()))
_ON_FILE = (
    "SELECT document FROM declarations WHERE djxh = ? AND yzpzzlDm = ? AND skssqq = ? AND skssqz = ? "
    "AND voided = 0 AND copy = 0"
)
_BEFORE = (
    "SELECT document FROM declarations WHERE djxh = ? AND yzpzzlDm = ? AND skssqz = ? AND voided = 0 "
    "AND copy = 0"
)


def check_open(view: View, taxpayer: Registered, period: Period) -> None:
    """Nothing is filed for the period yet, which ends after registration. Raises Rejection."""
    start, end, _ = period
    if str(end) < taxpayer.registered_on:
        raise Rejection(codes.NOT_YET_LIABLE, f"skssqz {end} is before djrq {taxpayer.registered_on}")
    check_not_filed(view, taxpayer.djxh, KIND, start, end)


def opening(view: View, taxpayer: Registered, period: Period) -> dict[str, Any]:
    """What a pre-check answers: no balances; statements may be filed."""
    check_open(view, taxpayer, period)
    return {"sqldse": None, "qcwjse": None}


def judged(document: Document) -> Statements:
    """The statements themselves. Raises Rejection."""
    return check_statements(document)


def check_state(view: View, taxpayer: Registered, period: Period, found: Statements) -> None:
    """The statements against what is on file. Raises Rejection."""
    check_open(view, taxpayer, period)
    start, end, _ = period
    for kind in _CIT:
        document = _filed(view, _ON_FILE, taxpayer.djxh, kind, start, end)
        if "qysds" in document:
            check_tie(found, *rows_of_tie(document, end))
    if start.month > 1:
        before = _filed(view, _BEFORE, taxpayer.djxh, KIND, date.fromisoformat(period.day_before()))
        if "lrb" in before:
            check_chain(found, read_statements(before))


def check_prepayment(view: View, taxpayer: Registered, period: Period, document: Document) -> None:
    """A prepayment against the statements of its period that are on file. Raises Rejection."""
    filed = _filed(view, _ON_FILE, taxpayer.djxh, KIND, period.start, period.end)
    if "lrb" in filed:
        check_tie(read_statements(filed), *rows_of_tie(document, period.end))


def _filed(view: View, statement: str, djxh: str, kind: str, *days: date) -> Document:
    """A return that is on file; {} where there is none, or where it came in bulk without its rows."""
    row = view.one(statement, djxh, kind, *map(str, days))
    return orjson.loads(row[0]) if row else {}

"""Stamp tax and social insurance with what is on file: for whom they are determined, and what is filed."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

from renhai.reference.eras import levies as era
from renhai.reference.eras.vat import KNOWN
from renhai.reference.forms.levies import check_insurance, check_stamp, check_who
from renhai.reference.forms.period import Period
from renhai.reference.operations.operation import Setup
from renhai.reference.operations.taxpayers import Registered
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document
from renhai.reference.storage.jobs import View

ITEMS = {**dict.fromkeys(era.STAMP_KINDS, "10111"), era.INSURANCE_KIND: "10210"}
"""Levy item (zsxmDm) by kind of return."""
_MONTHS = {"06": 1, "08": 3}
"""By nsqxDm; others are not held to a length here."""

NOT_DETERMINED = rule(
    "SB023", "未认定该税费种", "the levy item is determined in the period for who has tax kinds determined"
)

_OVERLAPS = (
    "SELECT pzxh, skssqq, skssqz FROM declarations WHERE djxh = ? AND yzpzzlDm IN (?, ?) AND skssqq <= ? "
    "AND skssqz >= ? AND voided = 0 AND copy = 0"
)
_KINDS = "SELECT kinds FROM taxpayers WHERE djxh = ? AND copy = 0"


def check_state(view: View, taxpayer: Registered, kind: str, period: Period) -> None:
    """The taxpayer files this kind for a period of this length, and has not yet. Raises Rejection."""
    start, end, months = period
    if str(end) < taxpayer.registered_on:
        raise Rejection(codes.NOT_YET_LIABLE, f"skssqz {end} is before djrq {taxpayer.registered_on}")
    if not KNOWN.first <= start <= end <= KNOWN.last:
        known = f"{KNOWN.first} to {KNOWN.last}"
        raise Rejection(codes.PERIOD_UNKNOWN, f"skssqq {start} to {end} is outside {known}")
    stamp = kind in era.STAMP_KINDS
    if stamp and kind != (wanted := era.STAMP_KIND.on(end)):
        raise Rejection(codes.FORM_OF_ERA, f"yzpzzlDm {kind}; the form of {end} is {wanted}")
    _check_determined(view, taxpayer, ITEMS[kind], start, end, months)
    kinds = era.STAMP_KINDS if stamp else (kind, kind)
    row = view.one(_OVERLAPS, taxpayer.djxh, *kinds, str(end), str(start))
    if row is not None:
        raise Rejection(codes.ALREADY_FILED, f"skssqq {start}: filed for {row[1]} to {row[2]} as {row[0]}")


def _check_determined(
    view: View, taxpayer: Registered, item: str, start: date, end: date, months: int
) -> None:
    """Who has no tax kind determined at all may file anything: a target that begins empty knows no more."""
    row = view.one(_KINDS, taxpayer.djxh)
    kinds = orjson.loads(row[0]) if row else []
    if not kinds:
        return
    mine = [
        one
        for one in kinds
        if one.get("zsxmDm") == item
        and one.get("rdyxqq", "") <= str(end)
        and one.get("rdyxqz", "") >= str(start)
    ]
    if not mine:
        raise Rejection(NOT_DETERMINED, f"djxh {taxpayer.djxh} has no zsxmDm {item} from {start} to {end}")
    lengths = {_MONTHS.get(one.get("nsqxDm", ""), months) for one in mine}
    if months not in lengths:
        raise Rejection(codes.PERIOD_LENGTH, f"{months} months; {item} is determined for {min(lengths)}")


def opening(view: View, taxpayer: Registered, kind: str, period: Period) -> dict[str, Any]:
    """What a pre-check answers: no balances; the return may be filed."""
    check_state(view, taxpayer, kind, period)
    return {"sqldse": None, "qcwjse": None}


class Judged:
    """A return that holds by itself; `check` needs what is on file. due: in fen."""

    def __init__(self, document: Document, kind: str, period: Period, setup: Setup) -> None:
        self._kind, self._period = kind, period
        self._stamp = check_stamp(document, period.end) if kind in era.STAMP_KINDS else None
        self.due = self._stamp.due if self._stamp else check_insurance(document, period.end, setup.rules)

    def check(self, view: View, taxpayer: Registered) -> None:
        """Raises Rejection."""
        check_state(view, taxpayer, self._kind, self._period)
        if self._stamp is not None:
            start, end, _ = self._period
            liability = taxpayer.liability(start, end)
            check_who(self._stamp, end, liability.scale if liability else "")

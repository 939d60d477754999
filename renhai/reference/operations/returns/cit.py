"""The prepayment of corporate income tax with what is on file: who owes it, which returns of the year are
there, and what they asked for."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import orjson

from renhai.reference.eras import income as era
from renhai.reference.eras.vat import KNOWN
from renhai.reference.forms.cit import CitReturn, check_cit, check_small_enterprise
from renhai.reference.forms.period import Period
from renhai.reference.operations.operation import Setup
from renhai.reference.operations.taxpayers import Registered
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document
from renhai.reference.rules.words import words
from renhai.reference.storage.jobs import View

KINDS = frozenset(era.VOUCHERS.values())
LEVY_ITEM = "10104"
_NO_COMPANIES = frozenset(words("171 172 410 411 412 413 420 430"))
"""djzclxDm of sole proprietors, partnerships and individuals: art. 1 of the law."""

NOT_LIABLE = rule("SB020", "非企业所得税纳税人", "companies alone pay corporate income tax")
NOT_DETERMINED = rule("SB021", "未认定企业所得税税种", "10104 is determined for who has tax kinds determined")
PREPAID = rule(
    "SB022", "本年实际已预缴所得税额与申报记录不符",
    "what is prepaid this year is what the returns of its earlier quarters asked for",
)  # fmt: skip

_OF_YEAR = (
    "SELECT pzxh, skssqq, skssqz, ybtse FROM declarations WHERE djxh = ? AND yzpzzlDm IN "
    f"({', '.join(repr(kind) for kind in sorted(KINDS))}) "
    "AND skssqz >= ? AND skssqq <= ? AND voided = 0 AND copy = 0 ORDER BY skssqq"
)
_FILE = "SELECT kinds, document FROM taxpayers WHERE djxh = ? AND copy = 0"


class OnFile(NamedTuple):
    """Returns of the year before a period. prepaid: fen that they asked for. whole: none is missing."""

    prepaid: int
    whole: bool


def check_liable(view: View, taxpayer: Registered, kind: str, period: Period) -> tuple[str, date]:
    """The taxpayer is a company that this tax is determined for, and the form is that of the period.

    Returns the industry (hyDm, "" where it is not known) and the day of registration. Raises Rejection.
    """
    start, end, _ = period
    if str(end) < taxpayer.registered_on:
        raise Rejection(codes.NOT_YET_LIABLE, f"skssqz {end} is before djrq {taxpayer.registered_on}")
    if not KNOWN.first <= start <= end <= KNOWN.last:
        known = f"{KNOWN.first} to {KNOWN.last}"
        raise Rejection(codes.PERIOD_UNKNOWN, f"skssqq {start} to {end} is outside {known}")
    if taxpayer.registration_type in _NO_COMPANIES:
        raise Rejection(NOT_LIABLE, f"djzclxDm {taxpayer.registration_type} of djxh {taxpayer.djxh}")
    wanted = era.VOUCHERS[era.LAYOUT.on(end)]
    if kind != wanted:
        raise Rejection(codes.FORM_OF_ERA, f"yzpzzlDm {kind}; the form of {end} is {wanted}")
    kinds, document = view.one(_FILE, taxpayer.djxh) or (b"[]", b"{}")
    determined = {found.get("zsxmDm") for found in orjson.loads(kinds)}
    if determined and LEVY_ITEM not in determined:
        raise Rejection(NOT_DETERMINED, f"djxh {taxpayer.djxh} has no zsxmDm {LEVY_ITEM}")
    industry = str(orjson.loads(document).get("hyDm") or "")
    return (industry if industry.isdigit() else ""), date.fromisoformat(taxpayer.registered_on)


def on_file(view: View, taxpayer: Registered, period: Period) -> OnFile:
    """The returns of the year before this one. Refuses a period that is filed already."""
    start, end, _ = period
    begun = max(date(start.year, 1, 1), date.fromisoformat(taxpayer.registered_on))
    expected, asked = date(start.year, (begun.month - 1) // 3 * 3 + 1, 1), 0
    whole = True
    for pzxh, first, last, due in view.all(_OF_YEAR, taxpayer.djxh, f"{start.year}-01-01", str(end)):
        if last >= str(start):
            said = f"{first} to {last} as {pzxh}"
            raise Rejection(codes.ALREADY_FILED, f"skssqq {start}: filed for {said}")
        whole = whole and first <= str(expected)
        expected = date.fromordinal(date.fromisoformat(last).toordinal() + 1)
        asked += max(int(due), 0)
    return OnFile(asked, whole and expected >= start)


def opening(view: View, taxpayer: Registered, kind: str, period: Period) -> dict[str, Any]:
    """What a pre-check answers: `yjse`, yuan prepaid this year; null where returns of it are not here."""
    check_liable(view, taxpayer, kind, period)
    found = on_file(view, taxpayer, period)
    return {"sqldse": None, "qcwjse": None, "yjse": found.prepaid / 100 if found.whole else None}


def judged(document: Document, period: Period) -> CitReturn:
    """The form itself. Raises Rejection."""
    return check_cit(document, period)


def check_state(
    view: View, taxpayer: Registered, kind: str, period: Period, form: CitReturn, setup: Setup
) -> None:
    """The form against the taxpayer and the returns of the year. Raises Rejection."""
    industry, registered = check_liable(view, taxpayer, kind, period)
    if setup.rules["small-profit"]:
        check_small_enterprise(form, period, industry, registered)
    found = on_file(view, taxpayer, period)
    if form.prepaid != found.prepaid if found.whole else form.prepaid < found.prepaid:
        said = f"qysds prepaid {form.prepaid / 100:.2f}, asked for this year {found.prepaid / 100:.2f}"
        raise Rejection(PREPAID, said)

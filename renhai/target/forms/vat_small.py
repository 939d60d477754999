"""The VAT form of small-scale taxpayers: 14 rows as of 2014, 22 rows since 2016. Which one a document is
shows in its field names, so that old data can be re-entered at any time."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from ..codes import Code, Rejection, form_rule
from ..fields import Document, entry
from ..words import words
from .period import Period
from .rows import Equal, Rows, Within, check_rows, read_rows

FIELDS_2014 = words(
    "yzzzsbhsxse swjgdkdzzszyfpbhsxse skqjkjdptfpbhsxse xssygdysgdzcbhsxse skqjkjdptfpbhsxse1 msxse "
    "skqjkjdptfpxse ckmsxse skqjkjdptfpxse1 bqynse bqynsejze ynsehj bqyjse1 bqybtse"
)
FIELDS_2016 = tuple(f"r{row}" for row in range(1, 23))

_RULES_2014 = (
    Within(1, form_rule(3, 1, ">= r2 + r3"), least=lambda r: r[2] + r[3]),
    Within(4, form_rule(3, 4, ">= r5"), least=lambda r: r[5]),
    Within(6, form_rule(3, 6, ">= r7"), least=lambda r: r[7]),
    Within(8, form_rule(3, 8, ">= r9"), least=lambda r: r[9]),
    Within(11, form_rule(3, 11, "0 <= r11 <= r10"), lambda r: 0, lambda r: max(r[10], 0)),
    Equal(12, form_rule(3, 12, "r10 - r11"), lambda r: r[10] - r[11]),
    Equal(14, form_rule(3, 14, "r12 - r13"), lambda r: r[12] - r[13]),
)
_TAX_2014 = form_rule(3, 10, "3 % of r1 + r4, within the tolerance")

_RULES_2016 = (
    Within(1, form_rule(4, 1, ">= r2 + r3"), least=lambda r: r[2] + r[3]),
    Within(7, form_rule(4, 7, ">= r8"), least=lambda r: r[8]),
    Equal(9, form_rule(4, 9, "r10 + r11 + r12"), lambda r: r[10] + r[11] + r[12]),
    Within(13, form_rule(4, 13, ">= r14"), least=lambda r: r[14]),
    Within(16, form_rule(4, 16, "0 <= r16 <= r15"), lambda r: 0, lambda r: max(r[15], 0)),
    Equal(20, form_rule(4, 20, "r15 - r16"), lambda r: r[15] - r[16]),
    Equal(22, form_rule(4, 22, "r20 - r21"), lambda r: r[20] - r[21]),
)
_TAX_2016 = form_rule(4, 15, "3 % of r1 + 5 % of r4 + 3 % of r7, within the tolerance")
_EXEMPT_TAX = form_rule(4, 17, "r18 + r19 when r12 is 0")
_SMALL_TAX = form_rule(4, 18, "3 % or 5 % of r10, within the tolerance")
_CEILING = form_rule(4, 10, "r10 or r11 only while r1 + r4 + r7 + r9 + r13 is within the exemption ceiling")
_WHOSE = form_rule(4, 11, "enterprises use r10, individuals r11")

CEILINGS = (
    (date(2023, 1, 1), 100_000),
    (date(2021, 4, 1), 150_000),
    (date(2019, 1, 1), 100_000),
    (date(2014, 10, 1), 30_000),
    (date.min, 20_000),
)
"""First day and the exempt sales in yuan a month, newest first; a quarter has three times as much."""

_INDIVIDUALS = frozenset(("410", "411", "412", "413", "420", "430"))


class SmallReturn(NamedTuple):
    """What is due, in fen, and the exempt sales by whom the form says made them (0 in the form of 2014)."""

    due: int
    enterprise_exempt: int
    individual_exempt: int


def check_small(document: Document, period: Period, tolerance: int) -> SmallReturn:
    """Judge `xgm`; `tolerance` is fen of computed tax against sales x rate."""
    form = entry(document, "xgm")
    if "r1" not in form:
        rows = read_rows(form, FIELDS_2014, "xgm.")
        check_rows(_RULES_2014, rows, FIELDS_2014, "xgm.")
        _near(_TAX_2014, "xgm.bqynse ", rows[10], (3 * (rows[1] + rows[4]),), tolerance)
        return SmallReturn(rows[14], 0, 0)
    rows = read_rows(form, FIELDS_2016, "xgm.")
    check_rows(_RULES_2016, rows, FIELDS_2016, "xgm.")
    _check_tax(rows, tolerance)
    _check_ceiling(rows, period)
    return SmallReturn(rows[22], rows[10], rows[11])


def check_whose(form: SmallReturn, registration_type: str) -> None:
    """Exempt sales stand in the row of the taxpayer's own kind."""
    individual = registration_type in _INDIVIDUALS
    wrong = form.enterprise_exempt if individual else form.individual_exempt
    if wrong:
        field = "r10" if individual else "r11"
        raise Rejection(_WHOSE, f"xgm.{field} {wrong / 100:.2f} for registration type {registration_type}")


def _check_tax(r: Rows, tolerance: int) -> None:
    _near(_TAX_2016, "xgm.r15 ", r[15], (3 * r[1] + 5 * r[4] + 3 * r[7],), tolerance)
    _near(_SMALL_TAX, "xgm.r18 ", r[18], (3 * r[10], 5 * r[10]), tolerance)
    if r[12] == 0 and r[17] != r[18] + r[19]:
        raise Rejection(_EXEMPT_TAX, f"xgm.r17 {r[17] / 100:.2f}, r18 + r19 = {(r[18] + r[19]) / 100:.2f}")


def _near(code: Code, where: str, found: int, hundredfold: tuple[int, ...], tolerance: int) -> None:
    if min(abs(found * 100 - expected) for expected in hundredfold) > tolerance * 100:
        shown = " or ".join(f"{expected / 10000:.2f}" for expected in hundredfold)
        raise Rejection(code, f"{where}{found / 100:.2f}, expected {shown}")


def _check_ceiling(r: Rows, period: Period) -> None:
    if not r[10] and not r[11]:
        return
    yuan = next(amount for since, amount in CEILINGS if period.end >= since) * period.months
    sales = r[1] + r[4] + r[7] + r[9] + r[13]
    if sales > yuan * 100:
        raise Rejection(
            _CEILING, f"xgm sales {sales / 100:.2f} exceed the exemption ceiling {yuan} of the period"
        )

"""The VAT form of small-scale taxpayers: 14 rows as of 2014, 22 rows since 2016, 25 since August 2021. Which
one a document is shows in its field names; which one it has to be, its period says."""

from __future__ import annotations

from typing import NamedTuple

from renhai.reference.eras import vat
from renhai.reference.eras.grades import Rules
from renhai.reference.forms.period import Period
from renhai.reference.forms.rows import Form, Rows, Rule, check_rows
from renhai.reference.forms.sheets import Sold
from renhai.reference.rules.codes import FORM_OF_ERA, Code, Rejection, form_code
from renhai.reference.rules.fields import Document, entry
from renhai.reference.rules.words import words

FIELDS_2014 = words(
    "yzzzsbhsxse swjgdkdzzszyfpbhsxse skqjkjdptfpbhsxse xssygdysgdzcbhsxse skqjkjdptfpbhsxse1 msxse "
    "skqjkjdptfpxse ckmsxse skqjkjdptfpxse1 bqynse bqynsejze ynsehj bqyjse1 bqybtse"
)
FIELDS_2016 = tuple(f"r{row}" for row in range(1, 23))
SURCHARGES = ("r23", "r24", "r25")

_FORM_2014, _FORM_2016 = Form(FIELDS_2014), Form(FIELDS_2016)
_SURCHARGES = Form(SURCHARGES)


def _rules(series: int, texts: dict[int, str]) -> tuple[Rule, ...]:
    return tuple(Rule(form_code(series, row, text), text) for row, text in texts.items())


_RULES_2014 = _rules(
    3,
    {
        1: "r1 >= r2 + r3",
        4: "r4 >= r5",
        6: "r6 >= r7",
        8: "r8 >= r9",
        11: "0 <= r11 <= r10",
        12: "r12 == r10 - r11",
        14: "r14 == r12 - r13",
    },
)
_TAX_2014 = form_code(3, 10, "3 % of r1 + r4, within the tolerance")

_RULES_2016 = _rules(
    4,
    {
        1: "r1 >= r2 + r3",
        7: "r7 >= r8",
        9: "r9 == r10 + r11 + r12",
        13: "r13 >= r14",
        16: "0 <= r16 <= r15",
        17: "r17 == r18 + r19 or r12 != 0",
        20: "r20 == r15 - r16",
        22: "r22 == r20 - r21",
    },
)
_TAX_2016 = form_code(4, 15, "3 % of r1 + 5 % of r4 + 3 % of r7, within the tolerance")
_SMALL_TAX = form_code(4, 18, "3 % or 5 % of r10, within the tolerance")
_CEILING = form_code(4, 10, "r10 or r11 only while r1 + r4 + r7 + r9 + r13 is within the exemption ceiling")
_LEVIED_5 = form_code(4, 4, "r4 is empty since January 2026: the levy is 3 % alone")
_WHOSE = form_code(4, 11, "enterprises use r10, individuals r11")

_RELIEF_2014 = form_code(3, 13, "r11 <= 1 % of r4, within the tolerance")
_RELIEF = form_code(4, 19, "r16 <= the relief of the period on r1 and 1 % of r7, within the tolerance")
_SURCHARGE = form_code(4, 23, "r23 to r25 stand on a return since August 2021, and are not negative")
_SURCHARGE_RATE = form_code(
    4, 24, "r23 to r25 are 7, 5 or 1 %, 3 % and 2 % of r22, or half of it; r24, r25 may be 0"
)
_SURCHARGE_RATES = ((7, 5, 1), (3, 0), (2, 0))
"""Percent of the VAT to be paid; the education surcharges are not levied on small sales."""

_INDIVIDUALS = frozenset(("410", "411", "412", "413", "420", "430"))


class SmallReturn(NamedTuple):
    """What is due, in fen, and the exempt sales by whom the form says made them (0 in the form of 2014).

    declared: tax on invoices does not stand apart on these forms, and is 0.
    """

    due: int
    enterprise_exempt: int
    individual_exempt: int
    declared: Sold


def check_small(document: Document, period: Period, tolerance: int, rules: Rules) -> SmallReturn:
    """Judge `xgm`; `tolerance` is fen of computed tax against sales x rate."""
    form = entry(document, "xgm")
    rows_of = 22 if "r1" in form else 14
    wanted = vat.SMALL_FORM.on(period.end)
    if (rows_of == 14) != (wanted == 2014):
        raise Rejection(FORM_OF_ERA, f"xgm has {rows_of} rows; the form of {period.end} is that of {wanted}")
    if wanted == 2014:
        rows = _FORM_2014.read([form], "xgm.")[0]
        check_rows(_RULES_2014, rows, "xgm")
        _near(_TAX_2014, "xgm.bqynse ", rows[10], (3 * (rows[1] + rows[4]),), tolerance)
        if rules["relief"]:
            _at_most(_RELIEF_2014, "xgm.bqynsejze ", rows[11], rows[4], tolerance)
        return SmallReturn(
            rows[14], 0, 0, Sold(rows[2], 0, rows[3], 0, rows[1] + rows[4] + rows[6] + rows[8], 0)
        )
    rows = _FORM_2016.read([form], "xgm.")[0]
    check_rows(_RULES_2016, rows, "xgm")
    if rows[4] and not vat.FIVE_PERCENT.on(period.end):
        raise Rejection(_LEVIED_5, f"xgm.r4 {rows[4] / 100:.2f} in the period to {period.end}")
    _check_tax(rows, tolerance)
    _check_ceiling(rows, period)
    if rules["relief"]:
        relief = (3 - vat.RELIEF.on(period.end)) * rows[1]
        _at_most(_RELIEF, "xgm.r16 ", rows[16], relief + rows[7], tolerance)
    _check_surcharges(form, wanted, rows[22], rules)
    sales = rows[1] + rows[4] + rows[7] + rows[9] + rows[13]
    special, other = rows[2] + rows[5], sales - rows[2] - rows[5]
    return SmallReturn(rows[22], rows[10], rows[11], Sold(special, 0, other, 0, sales, 0))


def _check_surcharges(form: Document, wanted: int, due: int, rules: Rules) -> None:
    if not any(field in form for field in SURCHARGES):
        if wanted == 2021 and rules["surcharges"]:
            raise Rejection(_SURCHARGE, "xgm has no r23 to r25")
        return
    if wanted != 2021:
        raise Rejection(FORM_OF_ERA, f"xgm has 25 rows; the form of the period is that of {wanted}")
    amounts = _SURCHARGES.read([form], "xgm.")[0]
    if min(amounts) < 0:
        raise Rejection(_SURCHARGE, f"xgm.r23 to r25: {min(amounts) / 100:.2f} is negative")
    if rules["surcharges"]:
        for field, rates, found in zip(SURCHARGES, _SURCHARGE_RATES, amounts[1:], strict=True):
            _check_surcharge(field, rates, found, max(due, 0))


def _check_surcharge(field: str, rates: tuple[int, ...], found: int, due: int) -> None:
    """A surcharge on what is due: at one of its rates, in full or half; within two fen of rounding."""
    for rate in rates:
        if min(abs(found * 100 - due * rate), abs(found * 200 - due * rate)) <= 2 * 100:
            return
    shown = ", ".join(f"{rate} %" for rate in rates)
    raise Rejection(
        _SURCHARGE_RATE, f"xgm.{field} {found / 100:.2f} is neither {shown} of {due / 100:.2f} nor half of it"
    )


def _at_most(code: Code, where: str, found: int, hundredfold: int, tolerance: int) -> None:
    if found * 100 > hundredfold + tolerance * 100:
        raise Rejection(code, f"{where}{found / 100:.2f}, at most {hundredfold / 10000:.2f}")


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


def _near(code: Code, where: str, found: int, hundredfold: tuple[int, ...], tolerance: int) -> None:
    if min(abs(found * 100 - expected) for expected in hundredfold) > tolerance * 100:
        shown = " or ".join(f"{expected / 10000:.2f}" for expected in hundredfold)
        raise Rejection(code, f"{where}{found / 100:.2f}, expected {shown}")


def _check_ceiling(r: Rows, period: Period) -> None:
    if not r[10] and not r[11]:
        return
    yuan = vat.CEILINGS.on(period.end) * period.months
    sales = r[1] + r[4] + r[7] + r[9] + r[13]
    if sales > yuan * 100:
        raise Rejection(
            _CEILING, f"xgm sales {sales / 100:.2f} exceed the exemption ceiling {yuan} of the period"
        )

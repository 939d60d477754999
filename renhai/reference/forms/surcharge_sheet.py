"""Sheet 5 of the general VAT form since August 2021: city construction tax and the education surcharges.

`{"fb5": {"rows": [{"ewbhxh": "1", ...}]}}`: 1 city construction, 2 education, 3 local education, 4 their sum.
Columns 6 and 10 are codes and not read. Row sums: the official form notes; that column 1 is row 34 where that
is positive is unconfirmed, and so is that the sheet is always filed.
"""

from __future__ import annotations

from datetime import date

from renhai.reference.eras import vat
from renhai.reference.eras.grades import Rules
from renhai.reference.forms.rows import Form, Rows
from renhai.reference.rules.codes import FORM_OF_ERA, Code, Rejection, sheet_code
from renhai.reference.rules.fields import Document, entries, entry
from renhai.reference.rules.words import words

FIELDS = words("zzsse zzsmdse ldtse sl bqynse jmse jzbl jzse dmse bqyjse bqybtse")
"""Columns 1, 2, 3, 4 (percent), 5, 7, 8 (percent), 9, 11, 12, 13."""
MAIN = words("bqybtsecjs bqybtsejyfj bqybtsedfjyfj")
"""Rows 39 to 41 of the main form."""
ROWS = ("1", "2", "3", "4")
_RATES = ((7, 5, 1), (3,), (2,))
_HALF = 50

_FORM, _MAIN = Form(FIELDS, blanks=True), Form(MAIN)
_THERE = sheet_code(41, "附表五缺失或栏次不符", "sheet 5 has rows 1 to 4 on a return since August 2021")
_BASE = sheet_code(42, "附表五第1列与主表第34栏不一致", "sheet 5 column 1 = main row 34, or 0")
_RATE = sheet_code(43, "附表五第4列税率不符", "sheet 5 column 4 is 7, 5 or 1; 3; 2 %")
_LEVIED = sheet_code(44, "附表五第5列不等于第(1+2-3)×4列", "sheet 5 column 5 = (1 + 2 - 3) x 4")
_RELIEF = sheet_code(45, "附表五第9列不等于第(5-7)×8列", "sheet 5 column 9 = (5 - 7) x 8, which is 0 or 50 %")
_DUE = sheet_code(46, "附表五第13列不等于第5-7-9-11-12列", "sheet 5 column 13 = 5 - 7 - 9 - 11 - 12")
_SUM = sheet_code(47, "附表五第4行不等于第1+2+3行", "sheet 5 row 4 = 1 + 2 + 3")
_IN_MAIN = sheet_code(48, "主表第39至41栏与附表五不一致", "main rows 39 to 41 = sheet 5 column 13")
_SIGN = sheet_code(49, "附表五有负数，或第7列大于第5列", "sheet 5 has no amount below 0, and column 7 <= 5")


def check_surcharge_sheet(document: Document, end: date, due: int, rules: Rules) -> None:
    """Judge sheet 5 and rows 39 to 41 of the period that ends on `end`; `due`: rows 34 in fen."""
    if "fb5" not in document:
        if vat.GENERAL_FORM.on(end) == 2021 and rules["surcharges"]:
            raise Rejection(_THERE, "fb5 is missing")
        return
    if vat.GENERAL_FORM.on(end) != 2021:
        raise Rejection(
            FORM_OF_ERA, f"fb5 stands on no return of {end}; sheet 5 of surcharges began in 2021-08"
        )
    found = entries(entry(document, "fb5"), "rows", 4, 4, "fb5.")
    if tuple(row.get("ewbhxh") for row in found) != ROWS:
        raise Rejection(_THERE, "fb5.rows: ewbhxh must be 1, 2, 3, 4")
    rows = _FORM.read(found, "fb5.rows[{}].")
    for number, row in enumerate(rows[:3]):
        _check_row(row, f"fb5 row {number + 1}", _RATES[number], max(due, 0))
    for column in (5, 6, 8, 9, 10, 11):
        _equal(_SUM, f"fb5 row 4 {FIELDS[column - 1]}", rows[3][column], sum(row[column] for row in rows[:3]))
    main = _MAIN.read(entries(document, "zb", 4, 4)[:1], "zb[{}].")[0]
    for number, field in enumerate(MAIN, start=1):
        _equal(_IN_MAIN, f"zb[0].{field}", main[number], rows[number - 1][11])


def _check_row(c: Rows, where: str, rates: tuple[int, ...], due: int) -> None:
    _, vat_due, credited, refunded, rate, levied, free, share, relief, invested, paid, left = c
    if min(c) < 0 or free > levied:
        raise Rejection(_SIGN, f"{where}: {min(*c[1:], levied - free) / 100:.2f}")
    _equal(_BASE, f"{where} zzsse", vat_due, due)
    if rate not in [percent * 100 for percent in rates]:
        raise Rejection(_RATE, f"{where}: sl {rate / 100:g}")
    _equal(_LEVIED, f"{where} bqynse", levied, ((vat_due + credited - refunded) * rate + 5_000) // 10_000)
    if share not in (0, _HALF * 100):
        raise Rejection(_RELIEF, f"{where}: jzbl {share / 100:g}")
    _equal(_RELIEF, f"{where} jzse", relief, ((levied - free) * share + 5_000) // 10_000)
    _equal(_DUE, f"{where} bqybtse", left, levied - free - relief - invested - paid)


def _equal(code: Code, where: str, found: int, expected: int) -> None:
    if found != expected:
        raise Rejection(code, f"{where}: {found / 100:.2f}, {code.rule}: {expected / 100:.2f}")

"""Sheet 1 (sales by rate) and sheet 2 (input tax) of the general VAT form, and the main rows that rest on
them.

`{"fb1": {"rows": [{"ewbhxh": "1", ...}]}}`: rows are named by their printed number; a row left out is zero,
and so is an amount left out of a row. Row sums: the official form notes; ceilings and ties: checks of web-
filing clients.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from renhai.reference.forms.rows import Form, Rows, Rule, check_rows
from renhai.reference.rules.codes import FIELD_LENGTH, Code, Rejection, sheet_code
from renhai.reference.rules.fields import Document, entries, entry
from renhai.reference.rules.words import words

MOST_ROWS = 60
SALES_FIELDS = words(
    "kjskzzszyfpXse kjskzzszyfpXxynse kjqtfpXse kjqtfpXxynse wkjfpXse wkjfpXxynse nsjctzdxse "
    "nsjctzXxynse xse hjXxynse jshj ysfwkcxmbqsjkcje kchHsmsxse kchXxynse"
)
"""Columns 1 to 14 of sheet 1."""
INPUT_FIELDS = ("fs", "je", "se")

_SALES, _INPUT = Form(SALES_FIELDS, blanks=True), Form(INPUT_FIELDS, blanks=True)

Sheet = dict[str, Rows]
"""Row number to amounts in fen, index 0 unused."""

_SALES_RULES = tuple(
    Rule(sheet_code(number, message, "sheet 1: " + rule), rule)
    for number, message, rule in (
        (1, "附表一第9列不等于第1+3+5+7列", "c9 == c1 + c3 + c5 + c7"),
        (2, "附表一第10列不等于第2+4+6+8列", "c10 == c2 + c4 + c6 + c8"),
        (3, "附表一第11列不等于第9+10列", "c11 == c9 + c10 or c11 == 0"),
        (4, "附表一第12列大于第11列", "c12 <= max(c11, 0)"),
        (5, "附表一第14列大于第13列", "c14 <= max(c13, 0)"),
    )
)
_RATE = sheet_code(
    6, "附表一销项税额与销售额乘税率之差超出容差", "sheet 1 tax = sales x rate within the tolerance"
)
_CEILING = sheet_code(
    7, "附表一即征即退行大于对应栏次之和", "rows 6 <= 1 + 3, 7 <= 2 + 4 + 5, 14 and 15 likewise"
)
_INPUT_1 = sheet_code(11, "附表二第1栏不等于第2+3栏", "sheet 2 row 1 = 2 + 3")
_INPUT_4 = sheet_code(12, "附表二第4栏不等于第5+6+7+8栏", "sheet 2 row 4 = 5 + 6 + 7 + 8")
_INPUT_12 = sheet_code(13, "附表二第12栏不等于第1+4+11栏", "sheet 2 row 12 = 1 + 4 + 11")
_INPUT_13 = sheet_code(14, "附表二第13栏不等于第14至23栏之和", "sheet 2 row 13 = 14 to 23")
_INPUT_2 = sheet_code(15, "附表二第2栏不等于第35-26栏", "sheet 2 row 2 = 35 - 26 where row 35 is filled")
_INPUT_TAX = sheet_code(16, "附表二税额大于金额", "sheet 2 tax < amount on each row with an amount")
_INPUT_COUNT = sheet_code(17, "附表二有金额无份数", "sheet 2 count > 0 when the amount > 0")
_INPUT_SUMS = (
    (_INPUT_1, "1", ("2", "3"), (1, 2, 3)),
    (_INPUT_4, "4", ("5", "6", "7", "8"), (1, 2, 3)),
    (_INPUT_12, "12", ("1", "4", "11"), (1, 2, 3)),
    (_INPUT_13, "13", tuple(str(row) for row in range(14, 24)), (3,)),
)
_MAIN_1 = sheet_code(21, "主表第1栏与附表一不一致", "main row 1 = sheet 1 sales at the statutory rates")
_MAIN_11 = sheet_code(22, "主表第11栏与附表一不一致", "main row 11 = sheet 1 tax at the statutory rates")
_MAIN_5 = sheet_code(23, "主表第5栏与附表一不一致", "main row 5 = sheet 1 sales under the simple method")
_MAIN_21 = sheet_code(24, "主表第21栏与附表一不一致", "main row 21 = sheet 1 tax under the simple method")
_MAIN_7 = sheet_code(25, "主表第7栏与附表一不一致", "main row 7 = sheet 1 rows 16 and 17")
_MAIN_8 = sheet_code(26, "主表第8栏与附表一不一致", "main row 8 = sheet 1 rows 18 and 19")
_MAIN_4 = sheet_code(27, "主表第4栏与附表一不一致", "main row 4 = sheet 1 column 7 at the statutory rates")
_MAIN_12 = sheet_code(28, "主表第12栏与附表二不一致", "main row 12 = sheet 2 row 12 tax")
_MAIN_14 = sheet_code(29, "主表第14栏与附表二不一致", "main row 14 = sheet 2 row 13 tax")

_STATUTORY = ("1", "2", "3", "4", "5")
_STATUTORY_REFUND = ("6", "7")
_SIMPLE = ("8", "9a", "9b", "10", "11", "12", "13a", "13b", "13c")
_SIMPLE_REFUND = ("14", "15")
_CEILINGS = (
    ("6", ("1", "3")),
    ("7", ("2", "4", "5")),
    ("14", ("8", "9a", "10", "11")),
    ("15", ("9b", "12")),
)
_RATES = {
    "1": (17, 16, 13),
    "2": (17, 16, 13),
    "3": (13, 11, 10, 9),
    "4": (11, 10, 9),
    "5": (6,),
    "8": (6,),
    "9a": (5,),
    "9b": (5,),
    "10": (4,),
    "11": (3,),
    "12": (3,),
}
"""Percent a row of sheet 1 has carried since 2014; the period does not choose, so that old data can be re-
entered."""


class Sheets(NamedTuple):
    """Both sheets, read and judged in themselves."""

    sales: Sheet
    inputs: Sheet


def read_sheets(document: Document, tolerance: int) -> Sheets:
    """Read both sheets and check the relations inside each."""
    sales = _read(entry(document, "fb1"), "fb1.", _SALES)
    for row, amounts in sales.items():
        check_rows(_SALES_RULES, amounts, "fb1 row " + row)
        _check_rate(row, amounts, tolerance)
    _check_ceilings(sales)
    inputs = _read(entry(document, "fb2"), "fb2.", _INPUT)
    _check_inputs(inputs)
    return Sheets(sales, inputs)


def _read(sheet: Document, where: str, form: Form) -> Sheet:
    found = entries(sheet, "rows", 0, MOST_ROWS, where)
    amounts = form.read(found, where + "rows[{}].")
    rows: Sheet = {}
    for index, row in enumerate(found):
        number = row.get("ewbhxh")
        if type(number) is not str or number in rows:
            raise Rejection(FIELD_LENGTH, f"{where}rows[{index}].ewbhxh must be a row number, once each")
        rows[number] = amounts[index]
    return rows


def _check_rate(row: str, c: Rows, tolerance: int) -> None:
    rates = _RATES.get(row, ())
    for rate in rates:
        if abs(c[9] * rate - c[10] * 100) <= tolerance * 100:
            return
    if rates:
        expected = ", ".join(f"{c[9] * rate / 10000:.2f} at {rate} %" for rate in rates)
        found = f"fb1 row {row}: tax {c[10] / 100:.2f} on sales {c[9] / 100:.2f}"
        raise Rejection(_RATE, f"{found}, expected {expected}")


def _check_ceilings(sales: Sheet) -> None:
    for part, whole in _CEILINGS:
        if part not in sales:
            continue
        for column in (9, 10):
            found, most = sales[part][column], _sum(sales, whole, column)
            if found > max(most, 0):
                where = f"fb1 row {part} column {column} {found / 100:.2f}"
                raise Rejection(_CEILING, f"{where} exceeds rows {' + '.join(whole)} {most / 100:.2f}")


def _check_inputs(inputs: Sheet) -> None:
    for code, row, parts, columns in _INPUT_SUMS:
        for column in columns:
            found, expected = _at(inputs, row, column), _sum(inputs, parts, column)
            if found != expected:
                raise _differs(code, f"fb2 row {row} {INPUT_FIELDS[column - 1]}", found, expected)
    if "35" in inputs:
        found, expected = _at(inputs, "2", 3), _at(inputs, "35", 3) - _at(inputs, "26", 3)
        if found != expected:
            raise _differs(_INPUT_2, "fb2 row 2 se", found, expected)
    for row, (_, count, amount, tax) in inputs.items():
        if amount > 0 and tax >= amount:
            raise Rejection(
                _INPUT_TAX, f"fb2 row {row}: se {tax / 100:.2f} is not below je {amount / 100:.2f}"
            )
        if amount > 0 and count <= 0:
            raise Rejection(_INPUT_COUNT, f"fb2 row {row}: fs must be above 0 when je is {amount / 100:.2f}")


def check_main_against_sheets(month: Rows, refund: Rows, sheets: Sheets) -> None:
    """Rows of the main form that are sums of sheet rows; general and refund column together, refund alone."""
    sales, inputs = sheets
    for code, row, both in (
        (_MAIN_1, 1, _sum(sales, _STATUTORY, 9)),
        (_MAIN_11, 11, _tax(sales, _STATUTORY)),
        (_MAIN_5, 5, _sum(sales, _SIMPLE, 9)),
        (_MAIN_21, 21, _tax(sales, _SIMPLE)),
        (_MAIN_7, 7, _sum(sales, ("16", "17"), 9)),
        (_MAIN_8, 8, _sum(sales, ("18", "19"), 9)),
        (_MAIN_4, 4, _sum(sales, _STATUTORY, 7)),
        (_MAIN_12, 12, _at(inputs, "12", 3)),
        (_MAIN_14, 14, _at(inputs, "13", 3)),
    ):
        if month[row] + refund[row] != both:
            raise _differs(code, f"zb row {row}, columns 1 and 3", month[row] + refund[row], both)
    for code, row, alone in (
        (_MAIN_1, 1, _sum(sales, _STATUTORY_REFUND, 9)),
        (_MAIN_11, 11, _tax(sales, _STATUTORY_REFUND)),
        (_MAIN_5, 5, _sum(sales, _SIMPLE_REFUND, 9)),
        (_MAIN_21, 21, _tax(sales, _SIMPLE_REFUND)),
    ):
        if refund[row] != alone:
            raise _differs(code, f"zb row {row}, column 3", refund[row], alone)


def _differs(code: Code, where: str, found: int, expected: int) -> Rejection:
    return Rejection(code, f"{where}: {found / 100:.2f}, {code.rule}: {expected / 100:.2f}")


def _at(sheet: Sheet, row: str, column: int) -> int:
    return sheet[row][column] if row in sheet else 0


def _sum(sheet: Sheet, rows: Iterable[str], column: int) -> int:
    return sum(sheet[row][column] for row in rows if row in sheet)


def _tax(sales: Sheet, rows: Iterable[str]) -> int:
    """Output tax of the rows: after the deduction of column 12 where there is one, else column 10."""
    found = (sales[row] for row in rows if row in sales)
    return sum(columns[14] if columns[12] else columns[10] for columns in found)

"""Sheet 1 (sales by rate) and sheet 2 (input tax) of the general VAT form, and the main rows that rest on
them.

`{"fb1": {"rows": [{"ewbhxh": "1", ...}]}}`: rows are named by their printed number; a row left out is zero,
and so is an amount left out of a row. Row sums: the official form notes; ceilings and ties: checks of web-
filing clients.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from renhai.reference.eras import vat
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
        (9, "附表一第13列不等于第11-12列", "c13 == c11 - c12 or c13 == 0"),
    )
)
_RATE = sheet_code(
    6, "附表一销项税额与销售额乘税率之差超出容差", "sheet 1 tax = sales x rate within the tolerance"
)
_CEILING = sheet_code(
    7, "附表一即征即退行大于对应栏次之和", "rows 6 <= 1 + 3, 7 <= 2 + 4 + 5, 14 and 15 likewise"
)
_ROW = sheet_code(8, "附表栏次不存在", "a row of a sheet exists on the form of the period")
_INPUT_1 = sheet_code(11, "附表二第1栏不等于第2+3栏", "sheet 2 row 1 = 2 + 3")
_INPUT_4 = sheet_code(12, "附表二第4栏不等于第5+6+7+8栏", "sheet 2 row 4 = 5 + 6 + 7 + 8 (8a + 8b)")
_INPUT_12 = sheet_code(
    13,
    "附表二第12栏不等于各栏之和",
    "sheet 2 row 12 = 1 + 4 + 11; from 2016-05 to 2019-03 1 + 4 - 9 + 10 + 11",
)
_INPUT_13 = sheet_code(14, "附表二第13栏不等于第14至23栏之和", "sheet 2 row 13 = 14 to 23")
_INPUT_23 = sheet_code(
    18, "附表二第23栏不等于第23a+23b栏", "sheet 2 row 23 = 23a + 23b where these are filled"
)
_INPUT_35 = sheet_code(19, "附表二第26栏大于第35栏", "sheet 2 row 26 <= row 35 in count, amount and tax")
_INPUT_27 = sheet_code(
    20, "附表二第27栏不等于第25+26-3栏", "sheet 2 row 27 = 25 + 26 - 3 where 25 or 27 is filled"
)
_INPUT_9 = sheet_code(
    30, "附表二第9栏超出第1+4栏", "sheet 2 row 9 is from 0 to row 1 + row 4 since April 2019"
)
_INPUT_2 = sheet_code(15, "附表二第2栏不等于第35-26栏", "sheet 2 row 2 = 35 - 26 where row 35 is filled")
_INPUT_TAX = sheet_code(16, "附表二税额大于金额", "sheet 2 tax < amount on each row with an amount")
_INPUT_COUNT = sheet_code(17, "附表二有金额无份数", "sheet 2 count > 0 when the amount > 0")
_INPUT_SUMS = (
    (_INPUT_1, "1", ("2", "3"), (1, 2, 3)),
    (_INPUT_4, "4", ("5", "6", "7", "8", "8a", "8b"), (1, 2, 3)),
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

_STATUTORY = vat.STATUTORY_ROWS
_STATUTORY_REFUND = ("6", "7")
_SIMPLE = vat.SIMPLE_ROWS
_SIMPLE_REFUND = ("14", "15")
_CEILINGS = (
    ("6", ("1", "3")),
    ("7", ("2", "4", "4a", "4b", "5")),
    ("14", ("8", "9", "9a", "10", "11")),
    ("15", ("9b", "12")),
)


class Sold(NamedTuple):
    """Sales and tax that a return declares, in fen: by special invoices, by others, and in all."""

    special: int
    special_tax: int
    other: int
    other_tax: int
    amount: int
    tax: int


class Off(NamedTuple):
    """A row whose tax is not its sales (both in fen) at a rate of the period. rates: percents, none for a
    closed row. refusal: what is said unless red invoices explain it."""

    row: str
    sales: int
    tax: int
    rates: tuple[int, ...]
    refusal: Rejection


class Sheets(NamedTuple):
    """Both sheets, read and judged in themselves."""

    sales: Sheet
    inputs: Sheet


def read_sheets(document: Document, day: date, tolerance: int, off: list[Off] | None = None) -> Sheets:
    """Read both sheets of the period that ends on `day`, and check the relations inside each.

    Rows at another rate are added to `off`; without it they are refused. Raises Rejection.
    """
    sales = _read(entry(document, "fb1"), "fb1.", _SALES, vat.sales_rows(day))
    rates = vat.sheet_rates(day)
    for row, amounts in sales.items():
        check_rows(_SALES_RULES, amounts, "fb1 row " + row)
        if (found := _off(row, amounts, rates, tolerance)) is not None:
            if off is None:
                raise found.refusal
            off.append(found)
    _check_ceilings(sales)
    inputs = _read(entry(document, "fb2"), "fb2.", _INPUT, vat.input_rows(day))
    _check_inputs(inputs, day)
    return Sheets(sales, inputs)


def _read(sheet: Document, where: str, form: Form, known: frozenset[str]) -> Sheet:
    found = entries(sheet, "rows", 0, MOST_ROWS, where)
    amounts = form.read(found, where + "rows[{}].")
    rows: Sheet = {}
    for index, row in enumerate(found):
        number = row.get("ewbhxh")
        if type(number) is not str or number in rows:
            raise Rejection(FIELD_LENGTH, f"{where}rows[{index}].ewbhxh must be a row number, once each")
        if number not in known:
            raise Rejection(
                _ROW, f"{where}rows[{index}].ewbhxh {number[:20]}: the form of the period has no such row"
            )
        rows[number] = amounts[index]
    return rows


def _off(row: str, c: Rows, known: vat.Rates, tolerance: int) -> Off | None:
    """What is wrong with the rate of a row; None where it is one of the period."""
    if row not in known:
        return None
    rates = known[row]
    for rate in rates:
        if abs(c[9] * rate - c[10] * 100) <= tolerance * 100:
            return None
    if not rates and not c[9] and not c[10]:
        return None
    expected = ", ".join(f"{c[9] * rate / 10000:.2f} at {rate} %" for rate in rates) or "an empty row"
    found = f"fb1 row {row}: tax {c[10] / 100:.2f} on sales {c[9] / 100:.2f}"
    return Off(row, c[9], c[10], rates, Rejection(_RATE, f"{found}, expected {expected}"))


def sold(sales: Sheet) -> Sold:
    """What sheet 1 declares of invoices: columns 1 to 4 and 9, 10 of every row but the refunded parts."""
    rows = [columns for row, columns in sales.items() if row not in (*_STATUTORY_REFUND, *_SIMPLE_REFUND)]
    return Sold(*(sum(columns[at] for columns in rows) for at in (1, 2, 3, 4, 9, 10)))


def _check_ceilings(sales: Sheet) -> None:
    for part, whole in _CEILINGS:
        if part not in sales:
            continue
        for column in (9, 10):
            found, most = sales[part][column], _sum(sales, whole, column)
            if found > max(most, 0):
                where = f"fb1 row {part} column {column} {found / 100:.2f}"
                raise Rejection(_CEILING, f"{where} exceeds rows {' + '.join(whole)} {most / 100:.2f}")


def _check_inputs(inputs: Sheet, day: date) -> None:
    for code, row, parts, columns in _INPUT_SUMS:
        for column in columns:
            _equal(code, inputs, row, column, _sum(inputs, parts, column))
    for column in (1, 2, 3):
        whole = _sum(inputs, ("1", "4", "11"), column)
        if vat.INSTALMENTS.on(day):
            whole += _at(inputs, "10", column) - _at(inputs, "9", column)
        _equal(_INPUT_12, inputs, "12", column, whole)
    _check_waiting(inputs)
    if "23a" in inputs or "23b" in inputs:
        _equal(_INPUT_23, inputs, "23", 3, _sum(inputs, ("23a", "23b"), 3))
    if "9" in inputs and day >= date(2019, 4, 1):
        found, most = _at(inputs, "9", 3), _sum(inputs, ("1", "4"), 3)
        if not 0 <= found <= most:
            raise _differs(_INPUT_9, "fb2 row 9 se", found, most)
    for row, (_, count, amount, tax) in inputs.items():
        if amount > 0 and tax >= amount:
            raise Rejection(
                _INPUT_TAX, f"fb2 row {row}: se {tax / 100:.2f} is not below je {amount / 100:.2f}"
            )
        if amount > 0 and count <= 0:
            raise Rejection(_INPUT_COUNT, f"fb2 row {row}: fs must be above 0 when je is {amount / 100:.2f}")


def _check_waiting(inputs: Sheet) -> None:
    """What was certified and is not declared yet: rows 25, 26, 27, 35."""
    if "35" in inputs:
        _equal(_INPUT_2, inputs, "2", 3, _at(inputs, "35", 3) - _at(inputs, "26", 3))
        for column in (1, 2, 3):
            found, most = _at(inputs, "26", column), _at(inputs, "35", column)
            if found > most:
                raise _differs(_INPUT_35, f"fb2 row 26 {INPUT_FIELDS[column - 1]}", found, most)
    if "25" in inputs or "27" in inputs:
        for column in (1, 2, 3):
            waiting = _sum(inputs, ("25", "26"), column) - _at(inputs, "3", column)
            _equal(_INPUT_27, inputs, "27", column, waiting)


def _equal(code: Code, inputs: Sheet, row: str, column: int, expected: int) -> None:
    found = _at(inputs, row, column)
    if found != expected:
        raise _differs(code, f"fb2 row {row} {INPUT_FIELDS[column - 1]}", found, expected)


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
    total = 0
    for row in rows:
        if row in sheet:
            total += sheet[row][column]
    return total


def _tax(sales: Sheet, rows: Iterable[str]) -> int:
    """Output tax of the rows: after the deduction of column 12 where there is one, else column 10."""
    found = (sales[row] for row in rows if row in sales)
    return sum(columns[14] if columns[12] else columns[10] for columns in found)

"""The VAT form of general taxpayers: 38 rows in four columns, and how they rest on the sheets.

Columns: 1 general this month, 2 general in the year to date, 3 immediate refund this month, 4 the same in
the year to date. Every formula holds in columns 1 and 3; in the year to date only those between sums of
flows do (a balance brought forward, or a minimum, does not add up over months).
"""

from __future__ import annotations

from typing import NamedTuple

from ..codes import COLUMNS, Rejection, form_rule
from ..fields import Document, entries
from ..words import words
from .rows import Equal, Rows, Rule, Within, check_rows, read_rows
from .sheets import SheetTotals, check_main_against_sheets, sheet_totals

FIELDS = words(
    "asysljsxse yshwxse yslwxse syslNsjctzxse ajybfjsxse jybfNsjctzxse mdtbfckxse msxse mshwxse "
    "mslwxse xxse jxse sqldse jxsezc mdtytse syslNsjcybjse ydksehj sjdkse ynse qmldse jybfYnse "
    "jybfNsjcybjse ynsejze ynsehj qcwjse ssckkjzyjkstse bqyjse fcyjse ckkjzyjksyjse bqjnsqynse "
    "bqjnqjse qmwjse qmwjseQjse bqybtse jzjtsjtse qcwjcbse bqrkcbse qmwjcbse"
)
"""Wire names of rows 1 to 38."""

_FLOW_RULES: tuple[Rule, ...] = (
    Within(1, form_rule(1, 1, ">= r2 + r3 + r4"), least=lambda r: r[2] + r[3] + r[4]),
    Within(8, form_rule(1, 8, ">= r9 + r10"), least=lambda r: r[9] + r[10]),
    Equal(19, form_rule(1, 19, "r11 - r18"), lambda r: r[11] - r[18]),
    Within(23, form_rule(1, 23, "0 <= r23 <= r19 + r21"), lambda r: 0, lambda r: r[19] + r[21]),
    Equal(24, form_rule(1, 24, "r19 + r21 - r23"), lambda r: r[19] + r[21] - r[23]),
    Equal(27, form_rule(1, 27, "r28 + r29 + r30 + r31"), lambda r: r[28] + r[29] + r[30] + r[31]),
    Equal(34, form_rule(1, 34, "r24 - r28 - r29"), lambda r: r[24] - r[28] - r[29]),
)
_BALANCE_RULES: tuple[Rule, ...] = (
    Equal(
        17, form_rule(1, 17, "r12 + r13 - r14 - r15 + r16"), lambda r: r[12] + r[13] - r[14] - r[15] + r[16]
    ),
    Equal(18, form_rule(1, 18, "min(r17, r11)"), lambda r: min(r[17], r[11])),
    Equal(20, form_rule(1, 20, "r17 - r18"), lambda r: r[17] - r[18]),
    Equal(32, form_rule(1, 32, "r24 + r25 + r26 - r27"), lambda r: r[24] + r[25] + r[26] - r[27]),
    Equal(33, form_rule(1, 33, "r25 + r26 - r27"), lambda r: r[25] + r[26] - r[27]),
    Equal(38, form_rule(1, 38, "r16 + r22 + r36 - r37"), lambda r: r[16] + r[22] + r[36] - r[37]),
)
_ARREARS = Within(33, form_rule(1, 39, "r33 >= 0"), least=lambda r: 0)
_MONTH_RULES = (*sorted((*_FLOW_RULES, *_BALANCE_RULES), key=lambda rule: rule.row), _ARREARS)


class Closing(NamedTuple):
    """What later documents rest on, in fen: due now, credit and unpaid tax at both ends of the period."""

    due: int
    opening_credit: int
    opening_unpaid: int
    closing_credit: int
    closing_unpaid: int


def check_general(document: Document, tolerance: int) -> Closing:
    """Judge the main form and its sheets; `tolerance` is fen of output tax against sales x rate, a row."""
    columns = _columns(document)
    totals: SheetTotals = sheet_totals(document, tolerance)
    check_main_against_sheets(columns[0], columns[2], totals)
    month, refund = columns[0], columns[2]
    return Closing(month[34] + refund[34], month[13], month[25], month[20], month[32])


def _columns(document: Document) -> list[Rows]:
    columns: list[Rows] = []
    for index, column in enumerate(entries(document, "zb", 4, 4)):
        where = f"zb[{index}]."
        if column.get("ewblxh") not in (index + 1, str(index + 1)):
            raise Rejection(COLUMNS, f"{where}ewblxh must be {index + 1}")
        rows = read_rows(column, FIELDS, where)
        check_rows(_FLOW_RULES if index % 2 else _MONTH_RULES, rows, FIELDS, where)
        columns.append(rows)
    return columns

"""The VAT form of general taxpayers: 38 rows in four columns, and how they rest on the sheets.

Columns: 1 general this month, 2 general in the year to date, 3 immediate refund this month, 4 the same in
the year to date. Every formula holds in columns 1 and 3; in the year to date only those between sums of
flows do (a balance brought forward, or a minimum, does not add up over months).
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add, itemgetter
from typing import NamedTuple

from renhai.reference.forms.period import Period
from renhai.reference.forms.rows import Form, Rows, Rule, check_rows
from renhai.reference.forms.sheets import Off, Sold, check_main_against_sheets, read_sheets, sold
from renhai.reference.rules.codes import COLUMNS, Rejection, form_code, sheet_code
from renhai.reference.rules.fields import Document, entries
from renhai.reference.rules.words import words

FIELDS = words(
    "asysljsxse yshwxse yslwxse syslNsjctzxse ajybfjsxse jybfNsjctzxse mdtbfckxse msxse mshwxse "
    "mslwxse xxse jxse sqldse jxsezc mdtytse syslNsjcybjse ydksehj sjdkse ynse qmldse jybfYnse "
    "jybfNsjcybjse ynsejze ynsehj qcwjse ssckkjzyjkstse bqyjse fcyjse ckkjzyjksyjse bqjnsqynse "
    "bqjnqjse qmwjse qmwjseQjse bqybtse jzjtsjtse qcwjcbse bqrkcbse qmwjcbse"
)
"""Wire names of rows 1 to 38."""

FORM = Form(FIELDS)


def _rules(texts: dict[int, str]) -> tuple[Rule, ...]:
    return tuple(Rule(form_code(1, row, text), text) for row, text in texts.items())


_FLOW_RULES = _rules(
    {
        1: "r1 >= r2 + r3 + r4",
        8: "r8 >= r9 + r10",
        19: "r19 == r11 - r18",
        23: "0 <= r23 <= r19 + r21",
        24: "r24 == r19 + r21 - r23",
        27: "r27 == r28 + r29 + r30 + r31",
        34: "r34 == r24 - r28 - r29",
    }
)
_BALANCE_RULES = _rules(
    {
        17: "r17 == r12 + r13 - r14 - r15 + r16",
        18: "r18 == min(r17, r11)",
        20: "r20 == r17 - r18",
        32: "r32 == r24 + r25 + r26 - r27",
        33: "r33 == max(0, r25 + r26 - r27)",
        38: "r38 == r16 + r22 + r36 - r37",
    }
)
_MONTH_RULES = tuple(sorted((*_FLOW_RULES, *_BALANCE_RULES), key=lambda rule: rule.code.code))


_BALANCES = (13, 17, 18, 20, 25, 32, 33, 36, 38)
FLOWS = tuple(row for row in range(1, 39) if row not in _BALANCES)
"""Rows whose amount in the year to date is the sum of the months."""
_FLOWS_OF_BOTH = itemgetter(*(start + row - 1 for start in (0, len(FIELDS)) for row in FLOWS))
"""Of both pairs of columns, as Closing has them one after the other."""
TO_DATE = sheet_code(
    31, "主表累计栏与各月之和不一致", "columns 2 and 4 are those of the month before and this month's"
)


class Closing(NamedTuple):
    """What later documents rest on, in fen: due now, credit and unpaid tax at both ends of the period.

    paid: rows 30 and 31, tax paid of the period before and older. months, to_date: rows 1 to 38 of columns 1
    and 3, and of 2 and 4, one after the other. declared: see Sold.
    """

    due: int
    opening_credit: int
    opening_unpaid: int
    closing_credit: int
    closing_unpaid: int
    paid: tuple[int, int]
    months: tuple[int, ...]
    to_date: tuple[int, ...]
    declared: Sold


def check_general(
    document: Document, period: Period, tolerance: int, off: list[Off] | None = None
) -> Closing:
    """Judge the main form and its sheets; `tolerance` is fen of output tax against sales x rate, a row.

    off: rows at another rate than the period's are added to it; without it they are refused.
    """
    columns = _columns(document)
    month, refund = columns[0], columns[2]
    sheets = read_sheets(document, period.end, tolerance, off)
    check_main_against_sheets(month, refund, sheets)
    return Closing(
        month[34] + refund[34], month[13], month[25], month[20], month[32],
        (month[30], month[31]),
        (*month[1:], *refund[1:]), (*columns[1][1:], *columns[3][1:]),
        sold(sheets.sales),
    )  # fmt: skip


def check_to_date(closing: Closing, before: Sequence[int] | None) -> None:
    """The year to date against that of the month before: None for a first month, whose own amounts these
    are."""
    months, found = _FLOWS_OF_BOTH(closing.months), _FLOWS_OF_BOTH(closing.to_date)
    expected = months if before is None else tuple(map(add, months, _FLOWS_OF_BOTH(before)))
    if found == expected:
        return
    at = next(i for i, (one, other) in enumerate(zip(found, expected, strict=True)) if one != other)
    column, row = 1 + at // len(FLOWS) * 2, FLOWS[at % len(FLOWS)]
    where = f"zb[{column}].{FIELDS[row - 1]} {found[at] / 100:.2f}"
    raise Rejection(TO_DATE, f"{where}, up to the month before and this month {expected[at] / 100:.2f}")


def _columns(document: Document) -> list[Rows]:
    found = entries(document, "zb", 4, 4)
    columns = FORM.read(found, "zb[{}].")
    for index, column in enumerate(found):
        if column.get("ewblxh") not in (index + 1, str(index + 1)):
            raise Rejection(COLUMNS, f"zb[{index}].ewblxh must be {index + 1}")
        check_rows(_FLOW_RULES if index % 2 else _MONTH_RULES, columns[index], f"zb[{index}]")
    return columns

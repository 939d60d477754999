"""The main form of the general VAT declaration: the two columns of one project, computed from its account."""

from typing import NamedTuple

from generators.books.flows import (
    NO_FLOWS,
    Flows,
    Payable,
    ProjectAccount,
    Year,
    credit,
    cumulated,
    flows_in,
    payable,
    payable_in,
)
from generators.books.paying import JANUARY, Paying, paying_of
from generators.documents.vat.form_fields import MAIN_FIELDS

Column = dict[str, float]


class Project(NamedTuple):
    """One project (general, or immediate refund) in one period: two columns in yuan, more for the sheets."""

    month: Column
    year: Column
    flows: Flows  # of the month, in fen
    bought: int  # input tax of the month, in fen


Balances = tuple[int, int, int, int, int, int, int]
"""Of a column, in fen: credit before and after, unpaid before and after, the part of it that is overdue,
prepaid, arrears paid. A plain tuple: it is taken apart at once, and a named one takes five times as long."""


EMPTY: Column = {"ewblxh": 0, **dict.fromkeys(MAIN_FIELDS, 0.0)}


def no_project(column: int) -> Project:
    """Return the two empty columns of a project that a taxpayer does not have."""
    return Project({**EMPTY, "ewblxh": column}, {**EMPTY, "ewblxh": column + 1}, NO_FLOWS, 0)


def project(b: ProjectAccount, year: int, m: int, column: int = 1, share: int = 0) -> Project:
    """Return the columns `column` and `column` + 1 of a project for month m (1 .. 12) of `year`.

    `share`/256 of the tax paid is refunded at once (row 35).
    """
    paying = paying_of(b, year, column == 1)
    y = paying.year
    of_month = payable_in(b, y, m)
    flows = cumulated(b, y, m)
    flows_of_month = flows_in(b, y, m)
    now, to_date = balances(b, y, paying, m, of_month.due)
    month, bought, paid = main_column(column, b, flows_of_month, of_month, now)
    so_far, _, paid_so_far = main_column(column + 1, b, flows, payable(b, y, m), to_date)
    if share:
        refunded = paid_so_far * share >> 8
        month["jzjtsjtse"] = (refunded - ((paid_so_far - paid) * share >> 8)) / 100
        so_far["jzjtsjtse"] = refunded / 100
    return Project(month, so_far, flows_of_month, bought)


def balances(b: ProjectAccount, y: Year, paying: Paying, m: int, due: int) -> tuple[Balances, Balances]:
    """Return the balances of month m and of the year to date; `due`: row 24 of the month."""
    i = JANUARY + m - 1
    last = paying.last
    closing = credit(b, y, m)
    first = credit(b, last, 12) if last else 0
    prepaid = paying.prepaid(y, m)
    owed = paying.arrears(i)
    unpaid = due - prepaid + owed
    arrears = max(0, owed - prepaid)
    before = paying.due(i - 1) + paying.arrears(i - 1) if m > 1 else paying.opening
    opening = credit(b, y, m - 1) if m > 1 else first
    month = opening, closing, before, unpaid, arrears, prepaid, paying.arrears_paid_in(i)
    if m == 1:
        return month, month
    prepaid = b.prepaid * b.tax * (y.taxed & (1 << m) - 1).bit_count() if b.prepaid else 0
    return month, (first, closing, paying.opening, unpaid, arrears, prepaid, paying.arrears_paid(i))


def main_column(
    number: int, b: ProjectAccount, f: Flows, p: Payable, balance: Balances
) -> tuple[Column, int, int]:
    """Return rows 1 .. 38 in yuan, and the input tax (row 12) and the tax paid (row 27) in fen.

    For a month every formula of the form holds. Over several months a balance brought forward is that of the
    first month, a balance carried forward and row 33 those of the last, and the rest adds up.
    """
    r13, r20, r25, r32, r33, r28, r31 = balance
    (sales, tax, second_sales, second_tax, repair, inspected, inspected_tax, simple, _, export, export_refund,
     exempt, transferred) = f  # fmt: skip
    r19, r21, r23, r24 = p
    r2 = (sales if b.goods else 0) + (second_sales if b.second_goods else 0) - repair
    r11 = tax + second_tax + inspected_tax
    r17 = r11 - r19 + r20
    r12 = r17 - r13 + transferred + export_refund - inspected_tax
    r27 = r25 + r24 - r32
    found = inspected_tax / 100
    column = {
        "ewblxh": number,
        "asysljsxse": (sales + second_sales + inspected) / 100,
        "yshwxse": r2 / 100,
        "yslwxse": repair / 100,
        "syslNsjctzxse": inspected / 100,
        "ajybfjsxse": simple / 100,
        "jybfNsjctzxse": 0.0,
        "mdtbfckxse": export / 100,
        "msxse": exempt / 100,
        "mshwxse": exempt / 100 if b.goods else 0.0,
        "mslwxse": 0.0 if b.goods else exempt / 100,
        "xxse": r11 / 100,
        "jxse": r12 / 100,
        "sqldse": r13 / 100,
        "jxsezc": transferred / 100,
        "mdtytse": export_refund / 100,
        "syslNsjcybjse": found,
        "ydksehj": r17 / 100,
        "sjdkse": (r11 - r19) / 100,
        "ynse": r19 / 100,
        "qmldse": r20 / 100,
        "jybfYnse": r21 / 100,
        "jybfNsjcybjse": 0.0,
        "ynsejze": r23 / 100,
        "ynsehj": r24 / 100,
        "qcwjse": r25 / 100,
        "ssckkjzyjkstse": 0.0,
        "bqyjse": r27 / 100,
        "fcyjse": r28 / 100,
        "ckkjzyjksyjse": 0.0,
        "bqjnsqynse": (r27 - r28 - r31) / 100,
        "bqjnqjse": r31 / 100,
        "qmwjse": r32 / 100,
        "qmwjseQjse": r33 / 100,
        "bqybtse": (r24 - r28) / 100,
        "jzjtsjtse": 0.0,
        "qcwjcbse": 0.0,
        "bqrkcbse": found,
        "qmwjcbse": 0.0,
    }
    return column, r12, r27

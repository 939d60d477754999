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
    new,
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
    due: int  # row 34 of the month, in fen


Balances = tuple[int, int, int, int, int, int, int]
"""Of a column, in fen: credit before and after, unpaid before and after, the part of it that is overdue,
prepaid, arrears paid. A plain tuple: it is taken apart at once, and a named one takes five times as long."""


EMPTY: Column = {"ewblxh": 0, **dict.fromkeys(MAIN_FIELDS, 0.0)}
NO_RARE = (0,) * 9  # flows that most months are without: from repairs on


def no_project(column: int) -> Project:
    """Return the two empty columns of a project that a taxpayer does not have."""
    month, year = EMPTY.copy(), EMPTY.copy()
    month["ewblxh"], year["ewblxh"] = column, column + 1
    return new(Project, (month, year, NO_FLOWS, 0, 0))


def project(b: ProjectAccount, year: int, m: int, column: int = 1, share: int = 0) -> Project:
    """Return the columns `column` and `column` + 1 of a project for month m (1 .. 12) of `year`.

    `share`/256 of the tax paid is refunded at once (row 35).
    """
    paying = paying_of(b, year, column == 1)
    y = paying.year
    of_month = payable_in(b, y, m)
    due = of_month[3]
    flows_of_month = y.months[m] or flows_in(b, y, m)
    now, to_date = balances(b, y, paying, m, due)
    month, bought, paid = main_column(column, b, flows_of_month, of_month, now)
    so_far, _, paid_so_far = main_column(
        column + 1, b, y.sums[m] or cumulated(b, y, m), payable(b, y, m), to_date
    )
    if share:
        refunded = paid_so_far * share >> 8
        month["jzjtsjtse"] = (refunded - ((paid_so_far - paid) * share >> 8)) / 100
        so_far["jzjtsjtse"] = refunded / 100
    return new(Project, (month, so_far, flows_of_month, bought, due - now[5]))


def balances(b: ProjectAccount, y: Year, paying: Paying, m: int, due: int) -> tuple[Balances, Balances]:
    """Return the balances of month m and of the year to date; `due`: row 24 of the month."""
    i = JANUARY + m - 1
    closing = credit(b, y, m)
    advance = paying.advance
    prepaid = advance if advance and y.taxed >> m - 1 & 1 else 0
    owed = paid_late = before = 0
    if paying.differs >> i - 3 & 7:
        owed, paid_late = paying.arrears(i), paying.arrears_paid_in(i)
        before = paying.arrears(i - 1) if m > 1 else 0
    unpaid = due - prepaid + owed
    arrears = owed - prepaid if owed > prepaid else 0
    if m == 1:
        month = paying.credited, closing, paying.opening, unpaid, arrears, prepaid, paid_late
        return month, month
    before += paying.due(i - 1)
    month = credit(b, y, m - 1), closing, before, unpaid, arrears, prepaid, paid_late
    if advance:
        prepaid = advance * (y.taxed & (1 << m) - 1).bit_count()
    return month, (
        paying.credited, closing, paying.opening, unpaid, arrears, prepaid, paying.arrears_paid(i)
    )  # fmt: skip


def main_column(
    number: int, b: ProjectAccount, f: Flows, p: Payable, balance: Balances
) -> tuple[Column, int, int]:
    """Return rows 1 .. 38 in yuan, and the input tax (row 12) and the tax paid (row 27) in fen.

    For a month every formula of the form holds. Over several months a balance brought forward is that of the
    first month, a balance carried forward and row 33 those of the last, and the rest adds up.
    """
    r13, r20, r25, r32, r33, r28, r31 = balance
    (sales, tax, second_sales, second_tax, repair, inspected, inspected_tax, _, _, _, export_refund, _,
     transferred) = f  # fmt: skip
    r19, r21, r23, r24 = p
    r11 = tax + second_tax + inspected_tax
    r17 = r11 - r19 + r20
    r12 = r17 - r13 + transferred + export_refund - inspected_tax
    r27 = r25 + r24 - r32
    goods = (sales if b.goods else 0) - repair
    if second_sales and b.second_goods:
        goods += second_sales
    # A copy whose other rows are 0 already: half the time of writing a dict of 39 items out.
    column = EMPTY.copy()
    column["ewblxh"] = number
    column["asysljsxse"] = (sales + second_sales + inspected) / 100
    column["yshwxse"] = goods / 100
    if f[4:] != NO_RARE:
        _fill_rare(column, b, f)
    column["xxse"] = r11 / 100
    column["jxse"] = r12 / 100
    if r13:
        column["sqldse"] = r13 / 100
    column["ydksehj"] = r17 / 100
    column["sjdkse"] = (r11 - r19) / 100
    if r20:
        column["qmldse"] = r20 / 100
    if r24 != r28:
        column["bqybtse"] = (r24 - r28) / 100
    if r19 or r21:
        column["ynse"] = r19 / 100
        column["jybfYnse"] = r21 / 100
        column["ynsejze"] = r23 / 100
        column["ynsehj"] = r24 / 100
    if r25 or r27 or r28 or r31:
        column["qcwjse"] = r25 / 100
        column["bqyjse"] = r27 / 100
        column["fcyjse"] = r28 / 100
        column["bqjnsqynse"] = (r27 - r28 - r31) / 100
        column["bqjnqjse"] = r31 / 100
    if r32:
        column["qmwjse"] = r32 / 100
    if r33:
        column["qmwjseQjse"] = r33 / 100
    return column, r12, r27


def _fill_rare(column: Column, b: ProjectAccount, f: Flows) -> None:
    """Rows that most taxpayers do not have: repairs, inspections, simple method, exports, exemptions."""
    _, _, _, _, repair, inspected, inspected_tax, simple, _, export, export_refund, exempt, transferred = f
    if repair:
        column["yslwxse"] = repair / 100
    if inspected:
        found = inspected_tax / 100
        column["syslNsjctzxse"] = inspected / 100
        column["syslNsjcybjse"] = column["bqrkcbse"] = found
    if simple:
        column["ajybfjsxse"] = simple / 100
    if export:
        column["mdtbfckxse"] = export / 100
        column["mdtytse"] = export_refund / 100
    if exempt:
        column["msxse"] = column["mshwxse" if b.goods else "mslwxse"] = exempt / 100
    if transferred:
        column["jxsezc"] = transferred / 100

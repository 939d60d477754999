"""The quarterly statements of a small enterprise: profit statement (32 rows) and balance sheet (53 rows).

Shape::

    {"yzpzzlDm": "ZLA0610219", "djxh", "nsrsbh", "nsrmc", "skssqq", "skssqz", "sbsxDm1": "11", "sbrq1",
     "lrb": [{"ewblxh": 1, "r1": yuan, ..., "r32"}, {"ewblxh": 2, ...}],    # year to date; quarter
     "zcfzb": [{"ewblxh": 1, "r1": yuan, ..., "r53"}, {"ewblxh": 2, ...}],  # at the end; as the year began
     "fplr": yuan}                                                        # profit distributed this year

Rows 1, 2 and 30 to date are rows of the prepayment of corporate income tax. At the end of a year the profit
goes to the owners, who also bear a loss. Which of the two codes of statements is whose is unconfirmed.
"""

from functools import lru_cache
from typing import Any

from generators.books.ledger.results import (
    NOTHING,
    Result,
    assets,
    first_month,
    monthly,
    paid_in,
    result,
    staff,
    wage,
)
from generators.calendar import Period
from generators.documents.record_kind import RecordKind
from generators.documents.registration import keeps_small_books
from generators.documents.returns.cit import QUARTERS_A_YEAR, due_in, files_cit, paid_to, quarter
from generators.documents.vat.heading import filing_day, heading
from generators.taxpayers.taxpayer import Taxpayer

VOUCHER_STATEMENTS = "ZLA0610219"
SINCE = "2013-01-01"  # 小企业会计准则 (财会〔2011〕17号); unconfirmed
PROFIT_ROWS, BALANCE_ROWS = 32, 53
DECEMBER = 12

Rows = dict[int, int]


def files_statements(t: Taxpayer) -> bool:
    """Return whether a taxpayer files the statements of small enterprises."""
    return files_cit(t) and keeps_small_books(t)


def statements(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the statements of the k-th quarter (see cit.quarter) of who files them (`files_statements`)."""
    when = quarter(t.profile, k)
    document = heading(t, k, VOUCHER_STATEMENTS, when)
    if not due_in(t.profile):
        document["sbrq1"] = filing_day(t, k, when.end)
    return document | statement_forms(t, when)


def statement_forms(t: Taxpayer, when: Period) -> dict[str, Any]:
    """Return what the statements of a quarter say below their heading: `lrb`, `zcfzb` and `fplr`."""
    year, m = when.year, when.month
    now = profit_rows(result(t, year, m), paid_to(t, year, m))
    before = (result(t, year, m - 3), paid_to(t, year, m - 3)) if m > 3 else (NOTHING, 0)
    earlier = profit_rows(*before)
    of_quarter = {row: now[row] - earlier[row] for row in now}
    end, opening = balance_rows(t, year, m), balance_rows(t, year - 1, DECEMBER)
    return {
        "lrb": [_column(1, now, PROFIT_ROWS), _column(2, of_quarter, PROFIT_ROWS)],
        "zcfzb": [_column(1, end, BALANCE_ROWS), _column(2, opening, BALANCE_ROWS)],
        "fplr": distributed(t, year, m) / 100,
    }


def _column(number: int, rows: Rows, last: int) -> dict[str, float]:
    return {"ewblxh": number} | {f"r{row}": rows.get(row, 0) / 100 for row in range(1, last + 1)}


def profit_rows(r: Result, tax: int) -> Rows:
    """Return the rows of the profit statement that are not empty, in fen. tax: income tax to date."""
    return {
        1: r.revenue,
        2: r.cost,
        3: r.taxes,
        11: r.selling,
        14: r.admin + r.research,
        17: r.research,
        18: r.finance,
        20: r.investment,
        21: r.operating,
        22: r.other_income,
        24: r.other_expense,
        30: r.profit,
        31: tax,
        32: r.profit - tax,
    }


def net(t: Taxpayer, year: int, m: int) -> int:
    """Return the net profit from January to the end of month m (3, 6, 9, 12), in fen."""
    return result(t, year, m).profit - paid_to(t, year, m)


def distributed(t: Taxpayer, year: int, m: int) -> int:
    """Return what was distributed to the owners by the end of month m: the year's net profit in December."""
    return net(t, year, m) if m == DECEMBER else 0


@lru_cache(maxsize=2048)
def balance_rows(t: Taxpayer, year: int, m: int) -> Rows:
    """Return the rows of the balance sheet at the end of month m (3, 6, 9, 12), in fen; {} before there was
    one. Cash is what is left of the assets, other payables what is left of the liabilities."""
    if m < first_month(t, year):
        return {}
    total, month, capital = assets(t, year, m), monthly(t, year, m), paid_in(t)
    fixed = total * 3 >> 3
    held = {4: total >> 3, 9: total >> 2, 10: total >> 4, 12: (total >> 2) - (total >> 4)}
    lasting = {18: fixed, 19: fixed >> 2, 20: fixed - (fixed >> 2)}
    current = total - lasting[20]
    equity = {48: capital, 50: capital >> 4, 51: net(t, year, m) - distributed(t, year, m)}
    own = sum(equity.values())
    debts = total - own
    owed = {33: month, 36: month >> 5}
    owed[35] = min(staff(t, year) * wage(t), debts - sum(owed.values()))  # without sales there are no debts
    return (
        {1: current - held[4] - held[9], **held, 15: current, **lasting, 29: lasting[20], 30: total}
        | {**owed, 39: debts - sum(owed.values()), 41: debts, 46: 0, 47: debts}
        | {**equity, 52: own, 53: total}
    )


RECORD_KINDS = {
    "statements": RecordKind(
        "statements of small enterprises: the quarters of each one's first year",
        lambda t: (statements(t, k) for k in range(QUARTERS_A_YEAR)) if files_statements(t) else (),
    ),
}

"""Statements of small enterprises: profit statement (32 rows, to date and of the period) and balance sheet
(53 rows, at the end and as the year began)."""

from __future__ import annotations

from typing import NamedTuple

from renhai.reference.forms.rows import Form, Rows, Rule, check_rows
from renhai.reference.rules.codes import COLUMNS, Rejection, rule
from renhai.reference.rules.fields import Document, entries, money

_PROFIT, _BALANCE = "小企业利润表", "小企业资产负债表"
_COLUMNS = 2


def _rules(series: int, title: str, texts: dict[int, str]) -> tuple[Rule, ...]:
    """SB7<row>: profit statement, SB8<row>: balance sheet."""
    return tuple(
        Rule(rule(f"SB{series}{row:02}", f"{title}第{row}行表内关系不符", text), text)
        for row, text in texts.items()
    )


def _sum(rows: range) -> str:
    return " + ".join(f"r{row}" for row in rows)


_PROFIT_RULES = _rules(
    7,
    _PROFIT,
    {
        3: f"r3 >= {_sum(range(4, 11))}",
        11: "r11 >= r12 + r13",
        14: "r14 >= r15 + r16 + r17",
        21: "r21 == r1 - r2 - r3 - r11 - r14 - r18 + r20",
        22: "r22 >= r23",
        24: f"r24 >= {_sum(range(25, 30))}",
        30: "r30 == r21 + r22 - r24",
        32: "r32 == r30 - r31",
    },
)
_BALANCE_RULES = _rules(
    8,
    _BALANCE,
    {
        9: "r9 >= r10 + r11 + r12 + r13",
        15: f"r15 == {_sum(range(1, 10))} + r14",
        20: "r20 == r18 - r19",
        29: f"r29 == r16 + r17 + {_sum(range(20, 29))}",
        30: "r30 == r15 + r29",
        41: f"r41 == {_sum(range(31, 41))}",
        46: f"r46 == {_sum(range(42, 46))}",
        47: "r47 == r41 + r46",
        52: "r52 == r48 + r49 + r50 + r51",
        53: "r53 == r47 + r52 and r30 == r53",
    },
)
RETAINED = rule(
    "SB880", "未分配利润与利润表不符", "row 51 changes by row 32 to date, less what was distributed"
)
CIT_TIE = rule(
    "SB881",
    "财务报表与企业所得税预缴申报表不符",
    "rows 1, 2 and 30 to date are revenue, cost and profit of the prepayment of the same period",
)
CHAIN = rule(
    "SB882", "利润表累计数与上期不符", "to date is what it was a period before, and the period's own"
)

_PROFIT_FORM = Form([f"r{row}" for row in range(1, 33)])
_BALANCE_FORM = Form([f"r{row}" for row in range(1, 54)])


class Statements(NamedTuple):
    """Rows in fen, `r[n]` is row n. to_date, period: profit statement; end, begin: balance sheet."""

    to_date: Rows
    period: Rows
    end: Rows
    begin: Rows


def read_statements(document: Document) -> Statements:
    """The rows, as they are. Raises Rejection for what is no amount."""
    profit, balance = _columns(document, "lrb"), _columns(document, "zcfzb")
    to_date, period = _PROFIT_FORM.read(profit, "lrb[{}].")
    end, begin = _BALANCE_FORM.read(balance, "zcfzb[{}].")
    return Statements(to_date, period, end, begin)


def _columns(document: Document, field: str) -> list[Document]:
    found = entries(document, field, _COLUMNS, _COLUMNS)
    if [column.get("ewblxh") for column in found] != [1, 2]:
        raise Rejection(COLUMNS, f"{field} must have two columns, ewblxh 1 and 2")
    return found


def check_statements(document: Document) -> Statements:
    """Judge both statements by themselves and with each other. Raises Rejection."""
    found = read_statements(document)
    for where, rows in (("lrb[0]", found.to_date), ("lrb[1]", found.period)):
        check_rows(_PROFIT_RULES, rows, where)
    for where, rows in (("zcfzb[0]", found.end), ("zcfzb[1]", found.begin)):
        check_rows(_BALANCE_RULES, rows, where)
    expected = found.to_date[32] - money(document, "fplr")
    if found.end[51] - found.begin[51] != expected:
        change = (found.end[51] - found.begin[51]) / 100
        raise Rejection(RETAINED, f"r51 changes by {change:.2f}, expected {expected / 100:.2f}")
    return found


def check_chain(now: Statements, before: Statements) -> None:
    """The year to date against the period before. Raises Rejection."""
    for row in range(1, 33):
        expected = before.to_date[row] + now.period[row]
        if now.to_date[row] != expected:
            found = f"lrb[0].r{row} {now.to_date[row] / 100:.2f}"
            raise Rejection(CHAIN, f"{found}, expected {expected / 100:.2f}")


def check_tie(found: Statements, revenue: int, cost: int, profit: int) -> None:
    """The statements against a prepayment's rows of the same period, in fen. Raises Rejection."""
    for row, other in ((1, revenue), (2, cost), (30, profit)):
        if found.to_date[row] != other:
            said = f"lrb[0].r{row} {found.to_date[row] / 100:.2f}, on the prepayment {other / 100:.2f}"
            raise Rejection(CIT_TIE, said)

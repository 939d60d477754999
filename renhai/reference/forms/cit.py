"""The quarterly prepayment of corporate income tax (A200000) in its layouts: 15, 17, 15, 16 and 32 rows.

Which layout a return has to have, its period says. Amounts are of the year to date. The rate stands in its
row as 0.25, which reads as 25 fen: a rule that multiplies by it has a hundredth of what it computes.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from renhai.reference.eras import income as era
from renhai.reference.forms.period import Period
from renhai.reference.forms.rows import Form, Rows, Rule, check_rows
from renhai.reference.rules.codes import FIELD_LENGTH, FORM_OF_ERA, Code, Rejection, rule
from renhai.reference.rules.fields import Document, entry, money, text, whole

_TITLE = "企业所得税月（季）度预缴纳税申报表（A类）"
SMALL_ROW = "r28_1"
MOST_STAFF = 10_000_000


class Layout(NamedTuple):
    """first, last: rows with amounts. The others: where a thing stands; what is due is the last row."""

    first: int
    last: int
    profit: int
    income: int
    tax: int
    relief: int
    prepaid: int
    rules: tuple[Rule, ...]
    fields: tuple[str, ...]
    form: Form


def _layout(
    series: int, first: int, last: int, rows: tuple[int, int, int, int, int], texts: dict[int, str]
) -> Layout:
    rules = tuple(Rule(_code(series, row, broken), broken) for row, broken in texts.items())
    fields = tuple(f"r{row}" for row in range(first, last + 1))
    return Layout(first, last, *rows, rules, fields, Form(fields))


def _code(series: int, row: int, broken: str) -> Code:
    """SB5<layout><row>: layout 1 of 2012, 2 of 2016, 3 of 2018, 4 of 2021, 5 of 2025."""
    return rule(f"SB5{series}{row:02}", f"{_TITLE}第{row}行表内关系不符", broken)


_LAYOUTS: dict[str, Layout] = {
    "2012": _layout(1, 2, 15, (4, 9, 11, 12, 13), {
        8: "0 <= r8 and (r8 == 0 or r9 >= 0)",
        9: "r9 == r4 + r5 - r6 - r7 - r8",
        10: "r10 == 25",
        11: "-2 <= 4 * r11 - max(r9, 0) <= 2",
        12: "0 <= r12 <= r11",
        13: "r13 >= 0",
        15: "r15 == r11 - r12 - r13 - r14 or r15 == max(0, r11 - r12 - r13 - r14)",
    }),
    "2016": _layout(2, 2, 17, (4, 10, 12, 13, 15), {
        9: "0 <= r9 and (r9 == 0 or r10 >= 0)",
        10: "r10 == r4 + r5 - r6 - r7 - r8 - r9",
        11: "r11 == 25",
        12: "-2 <= 4 * r12 - max(r10, 0) <= 2",
        13: "0 <= r13 <= r12",
        15: "r15 >= 0",
        17: "r17 == r12 - r13 - r15 - r16 or r17 == max(0, r12 - r13 - r15 - r16)",
    }),
    "2018": _layout(3, 1, 15, (3, 9, 11, 12, 13), {
        8: "0 <= r8 and (r8 == 0 or r9 >= 0)",
        9: "r9 == r3 + r4 - r5 - r6 - r7 - r8",
        10: "r10 == 25",
        11: "-2 <= 4 * r11 - max(r9, 0) <= 2",
        12: "0 <= r12 <= r11",
        13: "r13 >= 0",
        15: "r15 == max(0, r11 - r12 - r13 - r14)",
    }),
    "2021": _layout(4, 1, 16, (3, 10, 12, 13, 14), {
        9: "0 <= r9 and (r9 == 0 or r10 >= 0)",
        10: "r10 == r3 + r4 - r5 - r6 - r7 - r8 - r9",
        11: "r11 == 25",
        12: "-2 <= 4 * r12 - max(r10, 0) <= 2",
        13: "0 <= r13 <= r12",
        14: "r14 >= 0",
        16: "r16 == r12 - r13 - r14 - r15",
    }),
    "2025": _layout(5, 1, 32, (18, 25, 27, 28, 30), {
        15: "r15 == r1 - r2 - r3 - r4 - r5 - r6 - r7 + r8 + r9 + r10 + r11 + r12 + r13 + r14",
        18: "r18 == r15 + r16 - r17",
        24: "0 <= r24 and (r24 == 0 or r25 >= 0)",
        25: "r25 == r18 + r19 - r20 - r21 - r22 - r23 - r24",
        26: "r26 == 25",
        27: "-2 <= 4 * r27 - max(r25, 0) <= 2",
        28: "0 <= r28 <= r27",
        30: "r30 >= 0",
        32: "r32 == r27 - r28 - r29 - r30 - r31",
    }),
}  # fmt: skip

SMALL_PART = rule("SB560", f"{_TITLE}第28.1行大于第28行", "0 <= r28_1 <= r28, and 0 where xxwl is N")
SMALL_LIMIT = rule(
    "SB561", "不符合小型微利企业条件", "xxwl is Y only within the limits of income, staff and assets"
)
SMALL_RELIEF = rule(
    "SB562", "小型微利企业减免所得税额不符", "a small enterprise's relief is that of its period and income"
)
SMALL_QUARTER = rule("SB563", "小型微利企业应按季预缴", "small low-profit enterprises prepay by the quarter")
SMALL_FLAG = rule("SB564", "小型微利企业标志不符", "xxwl is Y or N")


class CitReturn(NamedTuple):
    """What the form says, in fen to date; whether the relief of small enterprises is taken. assets: fen."""

    income: int
    tax: int
    relief: int
    prepaid: int
    due: int
    small: bool
    staff: int
    assets: int


def check_cit(document: Document, period: Period) -> CitReturn:
    """Judge `qysds` and `fbsx` by themselves. Raises Rejection."""
    name = era.LAYOUT.on(period.end)
    layout = _LAYOUTS[name]
    form = entry(document, "qysds")
    _check_layout(form, layout, name, period)
    rows = [*([0] * (layout.first - 1)), *layout.form.read([form], "qysds.")[0]]
    check_rows(layout.rules, rows, "qysds")
    facts = entry(document, "fbsx")
    small = text(facts, "xxwl", "fbsx.", most=1)
    if small not in "YN":
        raise Rejection(SMALL_FLAG, f"fbsx.xxwl {small} must be Y or N")
    staff = whole(facts, "cyrs", 0, MOST_STAFF, "fbsx.")
    assets = money(facts, "zcze", "fbsx.")
    if assets < 0:
        raise Rejection(FIELD_LENGTH, f"fbsx.zcze {assets / 100:.2f} is negative")
    if SMALL_ROW in form or layout.last == 32:
        _check_part(money(form, SMALL_ROW, "qysds."), rows, layout, small)
    return CitReturn(
        rows[layout.income], rows[layout.tax], rows[layout.relief], rows[layout.prepaid], rows[layout.last],
        small == "Y", staff, assets,
    )  # fmt: skip


def rows_of_tie(document: Document, on: date) -> tuple[int, int, int]:
    """Revenue, cost and profit to date of a return for a period that ends on `on`, in fen."""
    layout = _LAYOUTS[era.LAYOUT.on(on)]
    form = entry(document, "qysds")
    rows = (layout.first, layout.first + 1, layout.profit)
    revenue, cost, profit = (money(form, f"r{row}", "qysds.") for row in rows)
    return revenue, cost, profit


def _check_layout(form: Document, layout: Layout, name: str, period: Period) -> None:
    known = {*layout.fields} | ({SMALL_ROW} if layout.last == 32 else set())
    other = sorted(field for field in form if field not in known)
    if other or layout.fields[-1] not in form:
        shown = other[0] if other else f"no {layout.fields[-1]}"
        raise Rejection(FORM_OF_ERA, f"qysds has {shown}; the layout of {period.end} is that of {name}")


def _check_part(part: int, rows: Rows, layout: Layout, small: str) -> None:
    if not 0 <= part <= rows[layout.relief] or (small == "N" and part):
        raise Rejection(
            SMALL_PART,
            f"qysds.{SMALL_ROW} {part / 100:.2f} of r28 {rows[layout.relief] / 100:.2f}, xxwl {small}",
        )


def check_small_enterprise(found: CitReturn, period: Period, industry: str, registered: date) -> None:
    """Whoever takes the relief is within its limits, and takes what it is. industry: hyDm, "" where unknown.

    Raises Rejection.
    """
    if not found.small:
        return
    if period.months != 3:
        raise Rejection(SMALL_QUARTER, f"fbsx.xxwl Y for {period.start} to {period.end}")
    staff, assets = _limits(period.end, industry)
    if found.staff > staff or found.assets > 100 * assets:
        held = f"fbsx.cyrs {found.staff}, zcze {found.assets / 100:.2f}"
        raise Rejection(SMALL_LIMIT, f"{held}; at most {staff} persons and {assets} yuan")
    tax = era.small_tax(period.end, found.income, registered)
    if tax is None:
        raise Rejection(SMALL_LIMIT, f"income {found.income / 100:.2f} is beyond the limit of {period.end}")
    least, most = found.tax - tax[1] - 1, found.tax - tax[0] + 1
    if not least <= found.relief <= most:
        raise Rejection(
            SMALL_RELIEF, f"relief {found.relief / 100:.2f}, expected {(found.tax - tax[0]) / 100:.2f}"
        )


def _limits(on: date, industry: str) -> tuple[int, int]:
    """Most persons and most yuan; where the industry is not known, the greater of both."""
    staff, assets = era.STAFF.on(on), era.ASSETS.on(on)
    if not industry:
        return max(staff), max(assets)
    other = int(industry[:2]) not in era.INDUSTRY
    return staff[other], assets[other]

"""The return of an employer who withholds income tax from wages: one row a person, and their sums.

Until 2018 a row is of the month; since 2019 it also has the sums since January, or since the person came, and
the tax is what these sums ask for, less what was withheld before. Cells: c1 pay (sr), c2 to c5 insurance and
housing fund, c6 allowance (jcfy), c7 to c10 to date (pay, allowance, insurance, additional), c11 taxable, c12
rate, c13 quick deduction, c14 tax, c15 withheld before, c16 to be withheld; c17 and on are what this target
computes (see `_expected`). The rate stands as 0.03, which reads as 3 fen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from renhai.reference.eras import wages as era
from renhai.reference.eras.grades import Rules
from renhai.reference.forms.period import Period
from renhai.reference.forms.rows import Form, Rows, Rule
from renhai.reference.rules.codes import FORM_OF_ERA, Rejection, rule
from renhai.reference.rules.fields import Document, day, entries, entry, money, text, whole
from renhai.reference.rules.identifiers import is_resident_id

MOST_PERSONS = 2_000
ID_CARD = "201"
YOUNGEST = 16
_TITLE = "个人所得税扣缴申报表"
_COMMON = ("sr", "jbylaobxf", "jbylbxf", "sybxf", "zfgjj", "jcfy")
_TO_DATE = ("ljsr", "ljjcfy", "ljzxkc", "ljzxfjkc")
_TAX = ("ynssde", "sl", "sskcs", "ynse")
_OF_MONTH = (*_COMMON, *_TAX, "ybtse")
_OF_YEAR = (*_COMMON, *_TO_DATE, *_TAX, "yjse", "ybtse")
_MONTH_FORM, _YEAR_FORM = Form(_OF_MONTH), Form(_OF_YEAR)
_BLANKS = [0, 0, 0, 0]

PERSONS = rule("SB901", f"{_TITLE}人数合计不符", "kjhj.rs is the number of rows")
TOTAL_PAY = rule("SB902", f"{_TITLE}收入额合计不符", "kjhj.sre is the sum of sr")
TOTAL_DUE = rule("SB903", f"{_TITLE}应补（退）税额合计不符", "kjhj.ybtse is the sum of ybtse")
ORDER = rule("SB904", f"{_TITLE}序号不符", "rows are numbered 1, 2, ... by xh")
PERSON_ID = rule(
    "SB905",
    "纳税人身份证件号码校验不通过",
    "sfzjhm of kind 201 is a valid resident id, and no other kind has one",
)
PERSON_TWICE = rule("SB906", "纳税人重复", "nobody stands on two rows")
TOO_YOUNG = rule("SB907", "纳税人任职时未满十六周岁", "a person with an id card was 16 when employed")
NOT_YET_EMPLOYED = rule("SB908", "任职受雇日期晚于税款所属期", "rzrq is not after the period")


def _rule(code: int, what: str, text: str) -> Rule:
    return Rule(rule(f"SB{code}", f"{_TITLE}{what}不符", text), text)


_INSURANCE = "c2 + c3 + c4 + c5"
SIGNS = _rule(920, "收入或扣除", "c1 >= 0 and c2 >= 0 and c3 >= 0 and c4 >= 0 and c5 >= 0")
ALLOWANCE = _rule(921, "减除费用", "c6 == c17")
TAXABLE = _rule(922, "应纳税所得额", f"c11 == max(0, c1 - ({_INSURANCE}) - c6)")
RATE = _rule(923, "税率", "c12 == c19")
QUICK = _rule(924, "速算扣除数", "c13 == c20")
TAX = _rule(925, "应纳税额", "c14 == c21")
DUE = _rule(926, "应扣缴税额", "c16 == c14")
PAY_TO_DATE = _rule(930, "累计收入额", "c7 >= c1 and (c22 == 0 or c7 == c1)")
ALLOWANCE_TO_DATE = _rule(931, "累计减除费用", "c8 == c18")
INSURANCE_TO_DATE = _rule(932, "累计专项扣除", f"c9 >= {_INSURANCE} and (c22 == 0 or c9 == {_INSURANCE})")
ADDITIONAL = _rule(933, "累计专项附加扣除", "c10 >= 0 and c10 <= c23")
BEFORE = _rule(934, "已扣缴税额", "c15 >= 0 and (c22 == 0 or c15 == 0)")
TAXABLE_TO_DATE = _rule(935, "累计应纳税所得额", "c11 == max(0, c7 - c8 - c9 - c10)")
DUE_NOW = _rule(936, "应补（退）税额", "c16 == max(0, c14 - c15)")

MONTH_RULES = (SIGNS, ALLOWANCE, TAXABLE, RATE, QUICK, TAX, DUE)
YEAR_RULES = (
    SIGNS, ALLOWANCE, PAY_TO_DATE, ALLOWANCE_TO_DATE, INSURANCE_TO_DATE, ADDITIONAL, BEFORE, TAXABLE_TO_DATE,
    RATE, QUICK, TAX, DUE_NOW,
)  # fmt: skip
UNCONFIRMED = {ALLOWANCE, RATE, QUICK, TAX}
"""Before October 2018 these rest on unconfirmed facts, and ADDITIONAL always does."""

CHAIN_CODES = (
    rule("SB940", "累计收入额与上月申报不符", "ljsr is that of the month before, and sr"),
    rule("SB941", "累计专项扣除与上月申报不符", "ljzxkc is that of the month before, and the month's own"),
    rule("SB942", "累计专项附加扣除少于上月申报", "ljzxfjkc is no less than that of the month before"),
    rule("SB943", "已扣缴税额与上月申报不符", "yjse is yjse and ybtse of the month before"),
)
CAME = rule(
    "SB944", "本年以前月份未申报该人员", "who is not on the return of the month before begins with this month"
)
SINCE = rule("SB945", "任职受雇日期与以前月份申报不符", "rzrq is that of the return before")


class Person(NamedTuple):
    """One row: who, since when, and its cells in fen (`c[n]` is cell n)."""

    key: str
    since: date
    c: Rows

    @property
    def insurance(self) -> int:
        """Insurance and housing fund of the month."""
        return sum(self.c[2:6])


class Withholding(NamedTuple):
    """What a return says. due: fen that were withheld for the month."""

    persons: dict[str, Person]
    due: int
    cumulative: bool


def read_rows(document: Document, period: Period) -> list[Person]:
    """The rows as they are. Raises Rejection for what is none of the form of the period."""
    rows = entries(document, "kjmx", 1, MOST_PERSONS)
    to_date = era.cumulative(period.end)
    _check_form(rows, to_date, period)
    read = (_YEAR_FORM if to_date else _MONTH_FORM).read(rows, "kjmx[{}].")
    found = []
    for index, (row, amounts) in enumerate(zip(rows, read, strict=True)):
        where = f"kjmx[{index}]."
        cells = list(amounts) if to_date else [*amounts[:7], *_BLANKS, *amounts[7:11], 0, amounts[11]]
        key = f"{text(row, 'sfzjlxDm', where, most=3)}:{text(row, 'sfzjhm', where, most=30)}"
        text(row, "xm", where, most=100)
        found.append(Person(key, day(row, "rzrq", where), cells))
    return found


def _check_form(rows: Sequence[Document], to_date: bool, period: Period) -> None:
    for index, row in enumerate(rows):
        other = None if to_date else next((field for field in (*_TO_DATE, "yjse") if field in row), None)
        lacks = next((field for field in _TO_DATE if field not in row), None) if to_date else None
        if other or lacks:
            said = f"has {other}" if other else f"has no {lacks}"
            form = "sums since January" if to_date else "amounts of the month alone"
            raise Rejection(FORM_OF_ERA, f"kjmx[{index}] {said}; a return of {period.end} has {form}")


def check_withholding(document: Document, period: Period, rules: Rules) -> Withholding:
    """Judge a return by itself. Raises Rejection."""
    found = read_rows(document, period)
    persons: dict[str, Person] = {}
    for index, (row, person) in enumerate(zip(document["kjmx"], found, strict=True)):
        where = f"kjmx[{index}]"
        _check_person(row, person, period, where, index)
        if person.key in persons:
            raise Rejection(PERSON_TWICE, f"{where}.sfzjhm {row['sfzjhm']} stands on a row before")
        persons[person.key] = person
        _check_row(person, period, rules, where)
    _check_sums(document, found)
    return Withholding(persons, sum(person.c[16] for person in found), era.cumulative(period.end))


def _check_person(row: Document, person: Person, period: Period, where: str, index: int) -> None:
    if whole(row, "xh", 0, 10**6, f"{where}.") != index + 1:
        raise Rejection(ORDER, f"{where}.xh {row['xh']}, expected {index + 1}")
    kind, number = row["sfzjlxDm"], row["sfzjhm"]
    if person.since > period.end:
        raise Rejection(NOT_YET_EMPLOYED, f"{where}.rzrq {person.since} is after {period.end}")
    if kind != ID_CARD:
        if is_resident_id(number):
            raise Rejection(PERSON_ID, f"{where}: a resident id as kind {kind}, not {ID_CARD}")
        return
    if not is_resident_id(number):
        raise Rejection(PERSON_ID, f"{where}.sfzjhm {number} is no resident id")
    born = int(number[6:10]) + YOUNGEST, int(number[10:12]), int(number[12:14])
    if (person.since.year, person.since.month, person.since.day) < born:
        raise Rejection(TOO_YOUNG, f"{where}: born {number[6:14]}, employed {person.since}")


def _check_row(person: Person, period: Period, rules: Rules, where: str) -> None:
    to_date = era.cumulative(period.end)
    cells = [*person.c, *_expected(person, period)]
    for one in YEAR_RULES if to_date else MONTH_RULES:
        doubtful = one is ADDITIONAL or (one in UNCONFIRMED and period.end < era.CONFIRMED)
        if doubtful and not rules["wages"]:
            continue
        if not one.holds(cells):
            raise Rejection(one.code, f"{where}: {one.broken(cells)}")


def _expected(person: Person, period: Period) -> tuple[int, ...]:
    """c17 allowance of the month; c18 to date; c19 percent, c20 quick deduction, c21 tax of what is taxable;
    c22 not 0 in the first month of the year or of employment; c23 most additional deductions to date."""
    year, allowance = period.end.year, 100 * era.ALLOWANCE.on(period.end)
    since = max(person.since, date(year, 1, 1))
    months = period.end.month - since.month + 1
    tax = era.tax_on(period.end, max(0, person.c[11]))
    counted = range(since.month, period.end.month + 1)
    most = sum(100 * era.ADDITIONAL.on(date(year, month, 28)) for month in counted)
    return allowance, months * allowance, *tax, int(months == 1), most


def _check_sums(document: Document, found: Sequence[Person]) -> None:
    sums = entry(document, "kjhj")
    persons = whole(sums, "rs", 0, 10**6, "kjhj.")
    if persons != len(found):
        raise Rejection(PERSONS, f"kjhj.rs {persons}, rows {len(found)}")
    for code, field, cell in ((TOTAL_PAY, "sre", 1), (TOTAL_DUE, "ybtse", 16)):
        said, total = money(sums, field, "kjhj."), sum(person.c[cell] for person in found)
        if said != total:
            raise Rejection(code, f"kjhj.{field} {said / 100:.2f}, the rows sum to {total / 100:.2f}")


def check_chain(now: Withholding, before: Withholding, next_month: bool) -> None:
    """The sums to date against an earlier return of the year: of the month just before (`next_month`), or of
    an older one, on which they may not fall back. Raises Rejection."""
    for person in now.persons.values():
        known = before.persons.get(person.key)
        if known is None:
            if next_month:
                _check_came(person)
            continue
        if person.since != known.since:
            who = f"{person.key.partition(':')[2]}: rzrq {person.since}"
            raise Rejection(SINCE, f"{who}, on the return before {known.since}")
        c, b = person.c, known.c
        least = (b[7] + c[1], b[9] + person.insurance, b[10], b[15] + b[16])
        for code, cell, expected in zip(CHAIN_CODES, (7, 9, 10, 15), least, strict=True):
            exact = next_month and cell != 10
            if c[cell] != expected if exact else c[cell] < expected:
                said = f"{person.key.partition(':')[2]}: {c[cell] / 100:.2f}"
                raise Rejection(code, f"{said}, by the return before {expected / 100:.2f}")


def _check_came(person: Person) -> None:
    """Sums, and the allowance, of this month alone: nobody is said to have been here all the year."""
    c = person.c
    if c[7] != c[1] or c[8] != c[6] or c[15]:
        who = person.key.partition(":")[2]
        raise Rejection(
            CAME, f"{who}: since {person.since}, {c[7] / 100:.2f} to date, not on the return before"
        )

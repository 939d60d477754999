"""Returns of rows, each a base times a rate: stamp tax (`yhssb`) and social insurance (`sbfsb`).

A row: zspmDm, jsje (base), sysl (rate, as 0.0003), bqynse (levied), phjmse (relieved), bqyjse1 (paid before),
bqybtse (to be paid); `bqybtsehj` is the sum of what is to be paid.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from renhai.reference.eras import levies as era
from renhai.reference.eras.grades import Rules
from renhai.reference.forms.rows import Form
from renhai.reference.rules.codes import Code, Rejection, rule
from renhai.reference.rules.fields import Document, entries, entry, money, number, text, whole

MOST_ROWS = 30
MOST_PERSONS = 10_000_000
HALF = 5000  # 50 as hundredths
_FORM = Form(("jsje", "bqynse", "phjmse", "bqyjse1", "bqybtse"))


class Codes(NamedTuple):
    """What is wrong with a row of one of the two returns."""

    item: Code
    rate: Code
    twice: Code
    tax: Code
    relief: Code
    due: Code
    total: Code
    sign: Code


class Row(NamedTuple):
    """Amounts in fen; ppm: the rate in millionths."""

    item: str
    ppm: int
    base: int
    tax: int
    relief: int
    paid: int
    due: int


def _codes(prefix: str, title: str) -> Codes:
    texts = (
        ("品目不属于该属期", "zspmDm is an item of the period"),
        ("税率不符", "sysl is the rate of the item in the period"),
        ("品目重复", "an item stands once"),
        ("本期应纳税额不符", "bqynse = jsje x sysl, half up"),
        ("减征额不符", "phjmse is a half of bqynse where phjzbl is 50, else 0"),
        ("本期应补退税额不符", "bqybtse = bqynse - phjmse - bqyjse1"),
        ("合计不符", "bqybtsehj is the sum of bqybtse"),
        ("金额为负", "no amount is below 0"),
    )
    return Codes(
        *(rule(f"{prefix}{n:03}", f"{title}{said}", what) for n, (said, what) in enumerate(texts, 1))
    )


STAMP = _codes("YS", "印花税申报表")
INSURANCE = _codes("SH", "社会保险费申报表")
SHARE = rule(
    "YS009", "印花税申报表减征比例不符", "phjzbl is 50 where bqsfsyxgmyhzc is Y, and 0 where it is N"
)
WHO = rule(
    "YS010",
    "不符合六税两费减征条件",
    "the half is for small-scale taxpayers of 2019 to 2021, and of others since",
)
BASES = rule("SH009", "单位与个人缴费基数不一致", "jsje is the same on each row of social insurance")
RANGE = rule(
    "SH010", "缴费基数超出上下限", "jsje is 60 to 300 percent of the mean wage for each of jfrs persons"
)
MISSING = rule("SH011", "社会保险费品目不全", "each item of the period stands on the return")
NOT_YET = rule(
    "SH012", "该属期社会保险费不由税务机关征收", "enterprises pay it at the tax bureau since November 2020"
)


class StampReturn(NamedTuple):
    """due in fen; halved: whether the relief of a half is taken."""

    due: int
    halved: bool


def check_stamp(document: Document, end: date) -> StampReturn:
    """Judge `yhssb` of a period that ends on `end`. Raises Rejection."""
    form = entry(document, "yhssb")
    flag, share = text(form, "bqsfsyxgmyhzc", "yhssb.", most=1), money(form, "phjzbl", "yhssb.")
    if (flag, share) not in (("Y", HALF), ("N", 0)):
        raise Rejection(SHARE, f"yhssb: bqsfsyxgmyhzc {flag}, phjzbl {share / 100:g}")
    _, due = _checked(form, "yhssb", era.STAMP.on(end), STAMP, halved=bool(share))
    return StampReturn(due, bool(share))


def check_insurance(document: Document, end: date, rules: Rules) -> int:
    """Judge `sbfsb` of a month that ends on `end`; returns what is due in fen. Raises Rejection."""
    if end < era.INSURANCE_SINCE:
        raise Rejection(NOT_YET, f"skssqz {end} is before {era.INSURANCE_SINCE}")
    form, rates = entry(document, "sbfsb"), era.INSURANCE.on(end)
    persons = whole(form, "jfrs", 1, MOST_PERSONS, "sbfsb.")
    if not rules["levy-rates"]:
        rates = _as_said(form)
    found, due = _checked(form, "sbfsb", rates, INSURANCE, halved=False)
    if lacking := sorted({*rates} - {row.item for row in found}):
        raise Rejection(MISSING, f"sbfsb.rows: no zspmDm {lacking[0]}")
    base = found[0].base
    if other := next((row for row in found if row.base != base), None):
        raise Rejection(
            BASES, f"sbfsb: jsje {base / 100:.2f} of {found[0].item}, {other.base / 100:.2f} of {other.item}"
        )
    mean = 100 * era.MEAN_WAGE.on(end) * persons
    if rules["levy-rates"] and not mean * era.LEAST <= 100 * base <= mean * era.MOST:
        limits = f"{mean * era.LEAST / 10_000:.2f} to {mean * era.MOST / 10_000:.2f}"
        raise Rejection(RANGE, f"sbfsb: jsje {base / 100:.2f} of {persons} persons, must be {limits}")
    return due


def _as_said(form: Document) -> era.Rates:
    """The rates that stand on the form, where nothing is known of them."""
    return {text(row, "zspmDm", "sbfsb.rows."): _ppm(row, "sbfsb.rows.") for row in _entries(form, "sbfsb")}


def _entries(form: Document, name: str) -> list[Document]:
    return entries(form, "rows", 1, MOST_ROWS, f"{name}.")


def _ppm(row: Document, where: str) -> int:
    rate = number(row, "sysl", where)
    return round(rate * 1_000_000) if rate == round(rate, 6) else -1


def _checked(
    form: Document, name: str, rates: era.Rates, codes: Codes, *, halved: bool
) -> tuple[list[Row], int]:
    """The rows of a form and the sum of what is due. Raises Rejection."""
    documents = _entries(form, name)
    found: list[Row] = []
    for place, (document, amounts) in enumerate(
        zip(documents, _FORM.read(documents, name + ".rows[{}]."), strict=True)
    ):
        where = f"{name}.rows[{place}]"
        row = Row(text(document, "zspmDm", f"{where}."), _ppm(document, f"{where}."), *amounts[1:])
        if any(row.item == other.item for other in found):
            raise Rejection(codes.twice, f"{where}: zspmDm {row.item} stands twice")
        _check_row(row, where, rates, codes, halved)
        found.append(row)
    total, due = money(form, "bqybtsehj", f"{name}."), sum(row.due for row in found)
    if total != due:
        raise Rejection(codes.total, f"{name}.bqybtsehj {total / 100:.2f}, expected {due / 100:.2f}")
    return found, due


def _check_row(row: Row, where: str, rates: era.Rates, codes: Codes, halved: bool) -> None:
    if row.item not in rates:
        raise Rejection(codes.item, f"{where}: zspmDm {row.item}")
    if row.ppm != rates[row.item]:
        raise Rejection(codes.rate, f"{where}: sysl is not {rates[row.item] / 1_000_000:g} for {row.item}")
    if min(row[2:]) < 0:
        raise Rejection(codes.sign, f"{where}: {min(row[2:]) / 100:.2f}")
    _equal(codes.tax, f"{where}.bqynse", row.tax, (row.base * row.ppm + 500_000) // 1_000_000)
    _equal(codes.relief, f"{where}.phjmse", row.relief, (row.tax + 1) // 2 if halved else 0)
    _equal(codes.due, f"{where}.bqybtse", row.due, row.tax - row.relief - row.paid)


def _equal(code: Code, where: str, found: int, expected: int) -> None:
    if found != expected:
        raise Rejection(code, f"{where} {found / 100:.2f}, expected {expected / 100:.2f}")


def check_who(found: StampReturn, on: date, scale: str) -> None:
    """Whether somebody of this scale ("" where none is determined) may take the half. Raises Rejection."""
    if found.halved and not era.may_halve(on, scale):
        raise Rejection(WHO, f"phjzbl 50 of a {scale or 'unknown'} taxpayer on {on}")

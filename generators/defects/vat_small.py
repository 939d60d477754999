"""Defects of small-scale VAT declarations, in the form of 2014 and in that of 2016."""

from collections.abc import Sequence
from datetime import date

from generators.defects.rule import YUAN, Change, Document, Rule, fen, need
from generators.defects.vat_general import OTHER_TAXPAYER, day_less
from generators.documents.vat.form_fields import SMALL_2014_FIELDS, SMALL_2016_FIELDS
from generators.eras.era import era

HUNDRED = 100 * YUAN  # more than any tolerance for rounding


class Form:
    """The rows of a form in fen, r[1] and on, written back to the document on leaving."""

    def __init__(self, document: Document, fields: Sequence[str]) -> None:
        self.form, self.fields = document["xgm"], fields
        need(fields[0] in self.form, f"form with the field {fields[0]}")

    def __enter__(self) -> list[int]:
        self.rows = [0, *(fen(self.form[field]) for field in self.fields)]
        return self.rows

    def __exit__(self, *_: object) -> None:
        self.form.update(zip(self.fields, (amount / 100 for amount in self.rows[1:]), strict=True))


def _more(fields: Sequence[str], amount: int, *rows: int) -> Change:
    """Return a change that adds an amount to a row and to those computed from it."""

    def change(document: Document) -> None:
        with Form(document, fields) as r:
            for row in rows:
                r[row] += amount

    return change


def _part(fields: Sequence[str], whole: int, part: int, other: int = 0) -> Change:
    """Return a change that makes a part greater than the whole; `other` is another part of it, if any."""

    def change(document: Document) -> None:
        with Form(document, fields) as r:
            r[part] = r[whole] - (r[other] if other else 0) + YUAN

    return change


def _reduction_2014(document: Document) -> None:
    with Form(document, SMALL_2014_FIELDS) as r:
        r[11] = r[10] + YUAN
        r[12] = r[10] - r[11]
        r[14] = r[12] - r[13]


def _reduction_2016(document: Document) -> None:
    with Form(document, SMALL_2016_FIELDS) as r:
        r[16] = r[15] + YUAN
        r[20] = r[15] - r[16]
        r[22] = r[20] - r[21]


def _exempt_sum(document: Document) -> None:
    with Form(document, SMALL_2016_FIELDS) as r:
        r[9] += -YUAN if r[9] >= YUAN else YUAN  # less, lest the ceiling be passed as well


def _exempt_tax_sum(document: Document) -> None:
    with Form(document, SMALL_2016_FIELDS) as r:
        need(not r[12], "form without row 12")
        r[17] += YUAN


def _above_ceiling(document: Document) -> None:
    with Form(document, SMALL_2016_FIELDS) as r:
        months = int(document["skssqz"][5:7]) - int(document["skssqq"][5:7]) + 1
        ceiling = era(date.fromisoformat(document["skssqz"])).small_exempt_month * 100 * months
        added = max(ceiling - r[1] - r[4] - r[7] - r[9] - r[13], 0) + HUNDRED
        own, tax = (11, 19) if _is_individual(document["nsrsbh"]) else (10, 18)
        r[own] += added
        r[9] += added
        before = r[tax]
        r[tax] = (3 * r[own] + 50) // 100
        r[17] += r[tax] - before


def _is_individual(number: str) -> bool:
    """A social credit code that begins with 92, or, before, the owner's resident ID (18 or 20 digits)."""
    return number.startswith("92") or (len(number) != 15 and number[0] != "9")


def _whose(document: Document) -> None:
    with Form(document, SMALL_2016_FIELDS) as r:
        need(r[10] or r[11], "exempt sales")
        r[10], r[11], r[18], r[19] = r[11], r[10], r[19], r[18]


def _taxpayer(document: Document) -> None:
    document["nsrsbh"] = OTHER_TAXPAYER


_OLD, _NEW = SMALL_2014_FIELDS, SMALL_2016_FIELDS
RULES = tuple(
    Rule(name, "vat-small", what, change)
    for name, what, change in (
        ("small-period", "the period is a whole month or quarter", day_less),
        ("small-taxpayer", "the taxpayer id is that of djxh", _taxpayer),
        ("small-2014-row-1", "row 1 >= rows 2 + 3", _part(_OLD, 1, 2, 3)),
        ("small-2014-row-4", "row 4 >= row 5", _part(_OLD, 4, 5)),
        ("small-2014-row-6", "row 6 >= row 7", _part(_OLD, 6, 7)),
        ("small-2014-row-8", "row 8 >= row 9", _part(_OLD, 8, 9)),
        ("small-2014-row-10", "row 10 = 3 % of rows 1 + 4", _more(_OLD, HUNDRED, 10, 12, 14)),
        ("small-2014-row-11", "0 <= row 11 <= row 10", _reduction_2014),
        ("small-2014-row-12", "row 12 = row 10 - row 11", _more(_OLD, YUAN, 12, 14)),
        ("small-2014-row-14", "row 14 = row 12 - row 13", _more(_OLD, YUAN, 14)),
        ("small-row-1", "row 1 >= rows 2 + 3", _part(_NEW, 1, 2, 3)),
        ("small-row-7", "row 7 >= row 8", _part(_NEW, 7, 8)),
        ("small-row-9", "row 9 = rows 10 + 11 + 12", _exempt_sum),
        ("small-row-13", "row 13 >= row 14", _part(_NEW, 13, 14)),
        ("small-row-15", "row 15 = 3 % of rows 1 and 7, 5 % of row 4", _more(_NEW, HUNDRED, 15, 20, 22)),
        ("small-row-16", "0 <= row 16 <= row 15", _reduction_2016),
        ("small-row-17", "row 17 = rows 18 + 19 when row 12 is 0", _exempt_tax_sum),
        ("small-row-18", "row 18 = 3 % of row 10", _more(_NEW, HUNDRED, 18, 17)),
        ("small-ceiling", "rows 10, 11 only up to the ceiling of exempt sales", _above_ceiling),
        ("small-whose", "row 10 is that of enterprises, row 11 that of individuals", _whose),
        ("small-row-20", "row 20 = row 15 - row 16", _more(_NEW, YUAN, 20, 22)),
        ("small-row-22", "row 22 = row 20 - row 21", _more(_NEW, YUAN, 22)),
    )
)

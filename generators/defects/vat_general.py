"""Defects of the general VAT declaration.

A change of one row of the main form moves the rows computed from it (`FORMULAS`), in the month's column and,
by the same difference, in the year to date: what is wrong is the named row, what follows from it is right.
"""

from collections.abc import Callable

from generators.defects.rule import YUAN, Change, Document, Rule, fen, need
from generators.documents.vat.form_fields import MAIN_FIELDS, MAIN_SURCHARGES, SHEET1_FIELDS

OTHER_TAXPAYER = "914301030000000198"  # well formed, of the test band with a numeric organisation code

Rows = list[int]
FORMULAS: dict[int, Callable[[Rows], int]] = {
    17: lambda r: r[12] + r[13] - r[14] - r[15] + r[16],
    18: lambda r: min(r[17], r[11]),
    19: lambda r: r[11] - r[18],
    20: lambda r: r[17] - r[18],
    24: lambda r: r[19] + r[21] - r[23],
    32: lambda r: r[24] + r[25] + r[26] - r[27],
    33: lambda r: max(0, r[25] + r[26] - r[27]),
    34: lambda r: r[24] - r[28] - r[29],
}


class Project:
    """The rows r[1] .. r[38] in fen of a project's month; on leaving, a change is followed up and written."""

    def __init__(self, document: Document, column: int = 0) -> None:
        self.document = document
        self.month, self.year = document["zb"][column : column + 2]

    def __enter__(self) -> Rows:
        self.rows = [0, *(fen(self.month[field]) for field in MAIN_FIELDS)]
        self.before = self.rows.copy()
        return self.rows

    def __exit__(self, *_: object) -> None:
        for row, formula in FORMULAS.items():
            if self.rows[row] == self.before[row]:
                self.rows[row] = formula(self.rows)
        for row, field in enumerate(MAIN_FIELDS, start=1):
            if change := self.rows[row] - self.before[row]:
                self.month[field] = self.rows[row] / 100
                self.year[field] = (fen(self.year[field]) + change) / 100
        if "fb5" in self.document and self.rows[34] != self.before[34]:
            _follow(self.document)


SUMMED = ("bqynse", "jmse", "jzse", "bqybtse")  # columns of sheet 5 that row 4 adds up


def _follow(document: Document, more: int = 0) -> None:
    """Sheet 5 for the VAT that rows 34 ask for, and `more` fen."""
    month, _, refund, _ = document["zb"]
    vat = max(0, fen(month["bqybtse"]) + fen(refund["bqybtse"])) + more
    for row in document["fb5"]["rows"][:3]:
        free = row["jmse"] == row["bqynse"] != 0
        levied = (vat * round(row["sl"]) + 50) // 100
        row |= {"zzsse": vat / 100, "bqynse": levied / 100, "jmse": levied / 100 if free else 0.0}
        _relieve(row)
    _sum_up(document)


def _relieve(row: dict[str, float]) -> None:
    base = fen(row["bqynse"]) - fen(row["jmse"])
    row["jzse"] = (base * round(row["jzbl"]) + 50) // 100 / 100
    row["bqybtse"] = (base - fen(row["jzse"])) / 100


def _sum_up(document: Document) -> None:
    *own, totals = document["fb5"]["rows"]
    for field in SUMMED:
        totals[field] = sum(fen(row[field]) for row in own) / 100
    for row, field in zip(own, MAIN_SURCHARGES, strict=True):
        document["zb"][0][field] = row["bqybtse"]


def _base(document: Document) -> None:
    need("fb5" in document, "sheet 5")
    _follow(document, 100 * YUAN)


def _surcharge(row: int, field: str) -> Change:
    """Return a change that adds a yuan to a cell of sheet 5, which there is since August 2021."""

    def change(document: Document) -> None:
        need("fb5" in document, "sheet 5")
        cells = document["fb5"]["rows"][row - 1]
        cells[field] = (fen(cells[field]) + YUAN) / 100
        if row > 3:
            return
        if field == "bqynse":
            _relieve(cells)
        elif field == "jzse":
            cells["bqybtse"] = (fen(cells["bqybtse"]) - YUAN) / 100
            need(cells["bqybtse"] >= 0, "surcharge")
        _sum_up(document)

    return change


def _row_39(document: Document) -> None:
    need("fb5" in document, "sheet 5")
    month = document["zb"][0]
    month[MAIN_SURCHARGES[0]] = (fen(month[MAIN_SURCHARGES[0]]) + YUAN) / 100


def _more(*rows: int, amount: int = YUAN) -> Change:
    """Return a change that adds an amount to some rows."""

    def change(document: Document) -> None:
        with Project(document) as r:
            for row in rows:
                r[row] += amount

    return change


def _goods(document: Document) -> None:
    with Project(document) as r:
        r[2] = r[1] + YUAN


def _exempt_goods(document: Document) -> None:
    with Project(document) as r:
        r[9] = r[8] + YUAN


def _deducted(document: Document) -> None:
    with Project(document) as r:
        need(r[18] >= YUAN, "input tax deducted")
        r[18] -= YUAN


def _reduction(document: Document) -> None:
    with Project(document) as r:
        r[23] = r[19] + r[21] + YUAN


def _negative_arrears(document: Document) -> None:
    with Project(document) as r:
        paid = max(0, r[25] + r[26] - r[27]) + YUAN
        r[30] += paid
        r[27] += paid
        r[33] = r[25] + r[26] - r[27]  # what is paid beforehand makes it 0, not less


def _inspected(document: Document) -> None:
    with Project(document) as r:
        r[4] += YUAN
        if r[2]:
            r[2] -= YUAN  # lest the parts exceed row 1


def _sales_row(document: Document) -> Document:
    row: Document = document["fb1"]["rows"][0]
    return row


def _add(row: Document, *fields: str, amount: int = YUAN) -> None:
    for field in fields:
        row[field] = (fen(row[field]) + amount) / 100


def _sheet_sum(document: Document) -> None:
    _add(_sales_row(document), "kjqtfpXse")


def _deduction(document: Document) -> None:
    row = _sales_row(document)
    row["ysfwkcxmbqsjkcje"] = (fen(row["jshj"]) + YUAN) / 100


def _net_tax(document: Document) -> None:
    row = _sales_row(document)
    row["kchXxynse"] = (fen(row["kchHsmsxse"]) + YUAN) / 100


def _rate(document: Document) -> None:
    row = _sales_row(document)
    more = 100 * YUAN + fen(row["xse"]) // 100
    _add(row, "kjskzzszyfpXxynse", "hjXxynse", "jshj", "kchHsmsxse", "kchXxynse", amount=more)
    _more(11, amount=more)(document)


def _ceiling(document: Document) -> None:
    rows = document["fb1"]["rows"]
    need(all(row["ewbhxh"] not in ("1", "3", "6") for row in rows), "taxpayer without sales of goods")
    refunded = {"ewbhxh": "6", **dict.fromkeys(SHEET1_FIELDS, 0.0)}
    _add(refunded, "kjqtfpXse", "xse", "jshj", "kchHsmsxse")
    rows.append(refunded)
    with Project(document) as general, Project(document, 2) as refund:
        general[1] -= YUAN
        refund[1] += YUAN


def _input_row(label: str) -> Change:
    """Return a change that adds tax to a row of sheet 2 (made if it is not there) and to no sum."""

    def change(document: Document) -> None:
        rows = document["fb2"]["rows"]
        row = next((row for row in rows if row["ewbhxh"] == label), None)
        if row is None:
            row = {"ewbhxh": label, "fs": 0, "je": 0.0, "se": 0.0}
            rows.append(row)
        _add(row, "se")

    return change


def _verified(document: Document) -> list[Document]:
    """Return the rows of sheet 2 with the invoices verified and deducted, and the sum over all, row 12."""
    rows = {row["ewbhxh"]: row for row in document["fb2"]["rows"]}
    need(rows["2"]["se"], "input tax of verified invoices")
    return [rows[label] for label in ("1", "2", "35", "12")]


def _input_tax(document: Document) -> None:
    rows = _verified(document)
    less = fen(rows[1]["je"]) - fen(rows[1]["se"])
    for row in rows:
        _add(row, "je", amount=-less)


def _input_count(document: Document) -> None:
    rows = _verified(document)
    less = rows[1]["fs"]
    for row in rows:
        row["fs"] -= less


def day_less(document: Document) -> None:
    """End the period a day early."""
    end = document["skssqz"]
    document["skssqz"] = f"{end[:8]}{int(end[8:]) - 1:02d}"


def _taxpayer(document: Document) -> None:
    document["nsrsbh"] = OTHER_TAXPAYER


RULES = tuple(
    Rule(name, "vat-general", what, change)
    for name, what, change in (
        ("general-period", "the period is a whole month", day_less),
        ("general-taxpayer", "the taxpayer id is that of djxh", _taxpayer),
        ("row-1-parts", "row 1 >= rows 2 + 3 + 4", _goods),
        ("row-8-parts", "row 8 >= rows 9 + 10", _exempt_goods),
        ("row-17-sum", "row 17 = rows 12 + 13 - 14 - 15 + 16", _more(17)),
        ("row-18-deducted", "row 18 is the lesser of rows 17 and 11", _deducted),
        ("row-19-payable", "row 19 = row 11 - row 18", _more(19)),
        ("row-20-credit", "row 20 = row 17 - row 18", _more(20)),
        ("row-23-reduction", "0 <= row 23 <= rows 19 + 21", _reduction),
        ("row-24-sum", "row 24 = rows 19 + 21 - 23", _more(24)),
        ("row-27-paid", "row 27 = rows 28 + 29 + 30 + 31", _more(30)),
        ("row-32-unpaid", "row 32 = rows 24 + 25 + 26 - 27", _more(32)),
        ("row-33-arrears", "row 33 = rows 25 + 26 - 27, or 0", _more(33)),
        ("row-33-negative", "row 33 >= 0", _negative_arrears),
        ("row-34-due", "row 34 = rows 24 - 28 - 29", _more(34)),
        ("row-38-inspection", "row 38 = rows 16 + 22 + 36 - 37", _more(38)),
        ("opening-credit", "row 13 is row 20 of the month before", _more(13)),
        ("opening-unpaid", "row 25 is row 32 of the month before", _more(25)),
        ("sheet-1-sales", "row 1 is the sum of sheet 1", _more(1)),
        ("sheet-1-tax", "row 11 is the sum of sheet 1", _more(11)),
        ("sheet-1-simple-sales", "row 5 is the sum of sheet 1", _more(5)),
        ("sheet-1-simple-tax", "row 21 is the sum of sheet 1", _more(21)),
        ("sheet-1-export", "row 7 is that of sheet 1", _more(7)),
        ("sheet-1-exempt", "row 8 is that of sheet 1", _more(8)),
        ("sheet-1-inspected", "row 4 is that of sheet 1", _inspected),
        ("sheet-1-sum", "sheet 1: column 9 = 1 + 3 + 5 + 7", _sheet_sum),
        ("sheet-1-deduction", "sheet 1: column 12 <= 11", _deduction),
        ("sheet-1-net-tax", "sheet 1: column 14 <= 13", _net_tax),
        ("sheet-1-rate", "sheet 1: tax is sales x rate, within a tolerance", _rate),
        ("sheet-1-ceiling", "sheet 1: row 6 <= rows 1 + 3", _ceiling),
        ("sheet-2-row-1", "sheet 2: row 1 = 2 + 3", _input_row("3")),
        ("sheet-2-row-2", "sheet 2: row 2 = 35 - 26", _input_row("35")),
        ("sheet-2-row-4", "sheet 2: row 4 = 5 + 6 + 7 + 8", _input_row("7")),
        ("sheet-2-row-12", "sheet 2: row 12 = 1 + 4 + 11", _input_row("11")),
        ("sheet-2-row-13", "sheet 2: row 13 = 14 to 23", _input_row("23")),
        ("sheet-2-tax", "sheet 2: tax < amount", _input_tax),
        ("sheet-2-count", "sheet 2: a count where there is an amount", _input_count),
        ("sheet-5-base", "sheet 5: column 1 is what rows 34 ask for", _base),
        ("sheet-5-levied", "sheet 5: column 5 = (1 + 2 - 3) x 4", _surcharge(2, "bqynse")),
        ("sheet-5-relief", "sheet 5: column 9 = (5 - 7) x 8", _surcharge(3, "jzse")),
        ("sheet-5-due", "sheet 5: column 13 = 5 - 7 - 9 - 11 - 12", _surcharge(1, "bqybtse")),
        ("sheet-5-sum", "sheet 5: row 4 = 1 + 2 + 3", _surcharge(4, "bqybtse")),
        ("sheet-5-main", "rows 39 to 41 are sheet 5, column 13", _row_39),
        ("sheet-2-input", "row 12 is row 12 of sheet 2", _more(12)),
        ("sheet-2-transfer", "row 14 is row 13 of sheet 2", _more(14)),
    )
)

"""Defects of the statements of small enterprises."""

from generators.defects.rule import YUAN, Change, Document, Rule, fen, put
from generators.defects.vat_general import OTHER_TAXPAYER, day_less

KIND = "statements"


def _more(sheet: str, column: int, *rows: int) -> Change:
    """Return a change that adds a yuan to rows of a column; below 0: takes it away."""

    def change(document: Document) -> None:
        form = document[sheet][column]
        for row in rows:
            name = f"r{abs(row)}"
            form[name] = (fen(form[name]) + (YUAN if row > 0 else -YUAN)) / 100

    return change


def _revenue(document: Document) -> None:
    """Of both columns, with cost: the profit stays, and what it is said to come from does not."""
    for column in (0, 1):
        _more("lrb", column, 1, 2)(document)


def _distributed(document: Document) -> None:
    document["fplr"] = (fen(document["fplr"]) + YUAN) / 100


def _column(document: Document) -> None:
    document["zcfzb"].pop()


RULES = tuple(
    Rule(f"statements-{name}", KIND, what, change)
    for name, what, change in (
        ("period", "statements are of a whole month or quarter", day_less),
        ("taxpayer", "nsrsbh of statements is the one under their djxh", put(nsrsbh=OTHER_TAXPAYER)),
        ("columns", "statements have two columns each", _column),
        ("operating", "row 21 is revenue less costs, with investment", _more("lrb", 0, 21, 30, 32)),
        ("profit", "row 30 = rows 21 + 22 - 24", _more("lrb", 0, 30, 32)),
        ("net", "row 32 = rows 30 - 31", _more("lrb", 0, 32)),
        ("quarter", "the rules hold for the quarter's own column", _more("lrb", 1, 32)),
        ("current", "row 15 is the sum of current assets", _more("zcfzb", 0, 15, 30, 53, 52, 51)),
        ("fixed", "row 20 = rows 18 - 19", _more("zcfzb", 0, 20, -1, 29, -15)),
        ("assets", "row 30 = rows 15 + 29", _more("zcfzb", 0, 30)),
        ("debts", "row 41 is the sum of current liabilities", _more("zcfzb", 0, 39)),
        ("equity", "row 52 is the sum of what belongs to the owners", _more("zcfzb", 0, 48)),
        ("balance", "row 53 is liabilities and equity, and the assets", _more("zcfzb", 0, 53)),
        ("opening", "the rules hold as the year began", _more("zcfzb", 1, 53)),
        ("retained", "row 51 changes by row 32 less what was distributed", _distributed),
        ("tie", "rows 1, 2 and 30 are those of the prepayment of income tax", _revenue),
    )
)

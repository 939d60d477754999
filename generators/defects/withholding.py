"""Defects of an employer's returns of income tax withheld from wages, by the month and to date."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from generators.books.ledger.wage_tax import taxed
from generators.defects.rule import YUAN, Change, Document, Rule, fen, need, other_digit, put
from generators.defects.vat_general import OTHER_TAXPAYER, day_less
from generators.eras.era import era
from generators.identifiers import make_resident_id

KIND = "wage-withholding"
HUNDRED = 100 * YUAN
INSURANCE = ("jbylaobxf", "jbylbxf", "sybxf", "zfgjj")
TO_DATE = "ljsr"
LARGE = 10**8  # yuan: no deductions are so great


class Line:
    """One row in fen by field, written back on leaving with the sums; what follows is computed on request."""

    def __init__(self, document: Document, fits: Callable[[Document], bool] = lambda row: True) -> None:
        """`fits`: the first such row. Raises NotPossible."""
        self.document = document
        found = [row for row in document["kjmx"] if fits(row)]
        need(found, "row that this defect needs")
        self.row: Document = found[0]
        self.now = era(date.fromisoformat(document["skssqz"]))
        self.to_date = TO_DATE in self.row

    def __enter__(self) -> "Line":
        self.fen = {field: fen(value) for field, value in self.row.items() if isinstance(value, float)}
        return self

    def __exit__(self, *_: object) -> None:
        self.row |= {field: amount / 100 for field, amount in self.fen.items()}
        rows, sums = self.document["kjmx"], self.document["kjhj"]
        sums["sre"] = sum(fen(row["sr"]) for row in rows) / 100
        sums["ybtse"] = sum(fen(row["ybtse"]) for row in rows) / 100

    @property
    def insurance(self) -> int:
        """Insurance and housing fund of the month."""
        return sum(self.fen[field] for field in INSURANCE)

    def again(self, taxable: int | None = None) -> None:
        """Compute what is taxable (unless it is given), the tax and what is withheld."""
        f = self.fen
        if taxable is None and self.to_date:
            taxable = max(0, f["ljsr"] - f["ljjcfy"] - f["ljzxkc"] - f["ljzxfjkc"])
        elif taxable is None:
            taxable = max(0, f["sr"] - self.insurance - f["jcfy"])
        f["ynssde"] = taxable
        f["sl"], f["sskcs"], f["ynse"] = taxed(self.now, taxable)
        self.due()

    def due(self) -> None:
        """Compute what is withheld now from the tax."""
        self.fen["ybtse"] = max(0, self.fen["ynse"] - self.fen.get("yjse", 0))


def _went_on(row: Document) -> bool:
    """Whether the person was employed here in an earlier month of the year."""
    return TO_DATE in row and fen(row["ljsr"]) > fen(row["sr"])


def _to_date(row: Document) -> bool:
    return TO_DATE in row


def _more(field: str, amount: int, fits: Callable[[Document], bool] = lambda row: True) -> Change:
    """A change that adds fen to a field of a row, and computes anew what follows from it."""

    def change(document: Document) -> None:
        with Line(document, fits) as line:
            line.fen[field] += amount
            line.again()

    return change


def _alone(field: str, amount: int, *, due: bool = False) -> Change:
    """A change that adds fen to a field of a row alone; due: what is withheld follows."""

    def change(document: Document) -> None:
        with Line(document) as line:
            line.fen[field] += amount
            if due:
                line.due()

    return change


def _sum(field: str, amount: float) -> Change:
    def change(document: Document) -> None:
        document["kjhj"][field] += amount

    return change


def _sum_money(field: str) -> Change:
    def change(document: Document) -> None:
        document["kjhj"][field] = (fen(document["kjhj"][field]) + YUAN) / 100

    return change


def _order(document: Document) -> None:
    document["kjmx"][0]["xh"] = len(document["kjmx"]) + 1


def _person_id(document: Document) -> None:
    row = document["kjmx"][0]
    row["sfzjhm"] = other_digit(row["sfzjhm"])


def _twice(document: Document) -> None:
    rows = document["kjmx"]
    need(len(rows) > 1, "second person")
    rows[1] |= {field: rows[0][field] for field in ("sfzjhm", "rzrq")}


def _young(document: Document) -> None:
    row = document["kjmx"][0]
    row["rzrq"] = f"{int(row['sfzjhm'][6:10]) + 15}-01-01"


def _later(document: Document) -> None:
    row, end = document["kjmx"][0], date.fromisoformat(document["skssqz"])
    row["rzrq"] = str(end + timedelta(days=1))


def _signs(document: Document) -> None:
    with Line(document) as line:
        f = line.fen
        if line.to_date:
            f["ljzxkc"] -= f["jbylaobxf"] + YUAN
        f["jbylaobxf"] = -YUAN
        line.again()


def _allowance(document: Document) -> None:
    with Line(document) as line:
        line.fen["jcfy"] += HUNDRED
        if not line.to_date:
            line.again()


def _taxable(document: Document) -> None:
    with Line(document) as line:
        line.again(line.fen["ynssde"] + HUNDRED)


def _rate(document: Document) -> None:
    with Line(document) as line:
        line.fen["sl"] = 20 if line.fen["sl"] != 20 else 25


def _pay_to_date(document: Document) -> None:
    with Line(document, _to_date) as line:
        line.fen["ljsr"] = line.fen["sr"] - YUAN
        line.again()


def _insurance_to_date(document: Document) -> None:
    with Line(document, _to_date) as line:
        line.fen["ljzxkc"] = line.insurance - YUAN
        line.again()


def _additional(document: Document) -> None:
    with Line(document, _to_date) as line:
        line.fen["ljzxfjkc"] = LARGE * YUAN
        line.again()


def _before(document: Document) -> None:
    with Line(document, _to_date) as line:
        line.fen["yjse"] = -YUAN
        line.due()


def _before_more(document: Document) -> None:
    with Line(document, _went_on) as line:
        line.fen["yjse"] += YUAN
        line.due()


def _less_additional(document: Document) -> None:
    with Line(document, lambda row: _went_on(row) and row["ljzxfjkc"] > 0) as line:
        line.fen["ljzxfjkc"] = 0
        line.again()


def _other_person(document: Document) -> None:
    with Line(document, _went_on) as line:
        known: str = line.row["sfzjhm"]
        born = date(int(known[6:10]), int(known[10:12]), int(known[12:14]))
        line.row["sfzjhm"] = make_resident_id(known[:6], born, (int(known[14:17]) + 1) % 1000)


def _since(document: Document) -> None:
    """Employed a year longer, for who was here when the year began: what the amounts are stays."""
    year = document["skssqq"][:4]
    with Line(document, lambda row: _went_on(row) and row["rzrq"] < year) as line:
        born = int(line.row["sfzjhm"][6:10])
        known = line.row["rzrq"]
        need(int(known[:4]) - born > 17, "person of more than 17 years")
        line.row["rzrq"] = f"{int(known[:4]) - 1}-01-01"


def _other_kind(document: Document) -> None:
    document["kjmx"][0]["sfzjlxDm"] = "208"


def _other_form(document: Document) -> None:
    row: dict[str, Any] = document["kjmx"][0]
    if TO_DATE in row:
        del row[TO_DATE]
    else:
        row[TO_DATE] = row["sr"]


def _rules(*rows: tuple[str, str, Change]) -> tuple[Rule, ...]:
    return tuple(Rule(f"wages-{name}", KIND, what, change) for name, what, change in rows)


RULES = _rules(
    ("period", "what is withheld is declared for a whole month", day_less),
    ("taxpayer", "nsrsbh of an employer is the one under the djxh", put(nsrsbh=OTHER_TAXPAYER)),
    ("form", "a return has sums to date since 2019, and none before", _other_form),
    ("persons", "kjhj.rs is the number of rows", _sum("rs", 1)),
    ("pay-total", "kjhj.sre is the sum of sr", _sum_money("sre")),
    ("due-total", "kjhj.ybtse is the sum of ybtse", _sum_money("ybtse")),
    ("order", "rows are numbered from 1", _order),
    ("person-id", "the resident id of a person passes its check", _person_id),
    ("person-kind", "a resident id is of kind 201", _other_kind),
    ("person-twice", "nobody stands on two rows", _twice),
    ("young", "nobody is employed before he is sixteen", _young),
    ("employed", "nobody is paid before he is employed", _later),
    ("signs", "pay and what the employee pays are not below 0", _signs),
    ("allowance", "the allowance is that of the month", _allowance),
    ("taxable", "what is taxable is pay less deductions, or 0", _taxable),
    ("rate", "the rate is that of the band", _rate),
    ("quick", "the quick deduction is that of the band", _alone("sskcs", YUAN)),
    ("tax", "tax is the rate times the taxable, less the quick deduction", _alone("ynse", YUAN, due=True)),
    ("due", "what is withheld is tax less what was withheld before, or 0", _alone("ybtse", YUAN)),
    ("pay-to-date", "pay to date is no less than that of the month", _pay_to_date),
    ("allowance-to-date", "the allowance to date is one a month", _more("ljjcfy", HUNDRED, _to_date)),
    ("insurance-to-date", "insurance to date is no less than that of the month", _insurance_to_date),
    ("additional", "special additional deductions have a limit", _additional),
    ("before", "what was withheld before is not below 0", _before),
    ("pay-chain", "pay to date goes on from the month before", _more("ljsr", HUNDRED, _went_on)),
    ("insurance-chain", "insurance to date goes on from the last month", _more("ljzxkc", HUNDRED, _went_on)),
    ("additional-chain", "additional deductions to date do not fall", _less_additional),
    ("before-chain", "withheld before is what the months before withheld", _before_more),
    ("since", "the first day of employment stays what it was", _since),
    ("came", "who was not there a month before begins anew", _other_person),
)  # fmt: skip

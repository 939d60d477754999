"""Defects of prepayments of corporate income tax, in every layout."""

from datetime import date

from generators.defects.rule import YUAN, Change, Document, Rule, fen, need, put
from generators.defects.vat_general import OTHER_TAXPAYER, day_less
from generators.documents.returns.cit_form import LAYOUTS, NEW, OLD, SMALL_RELIEF, Layout, tax_on
from generators.eras.era import era

KIND = "cit-prepayment"
HUNDRED = 100 * YUAN
TOO_MANY = 100_000  # persons


class Form:
    """The rows of a form in fen by number, written back on leaving; what follows from the income or from the
    tax is computed again on request."""

    def __init__(self, document: Document) -> None:
        self.document, self.form = document, document["qysds"]
        self.layout: Layout = LAYOUTS[era(date.fromisoformat(document["skssqz"])).cit_form]

    def __enter__(self) -> "Form":
        rows = range(self.layout.first, self.layout.last + 1)
        self.rows = {row: fen(self.form[f"r{row}"]) for row in rows}
        return self

    def __exit__(self, *_: object) -> None:
        self.form |= {f"r{row}": amount / 100 for row, amount in self.rows.items()}

    def again(self, *, tax: bool = False) -> None:
        """Compute what is due from the tax, and the tax from the income where `tax`."""
        r, layout = self.rows, self.layout
        if tax:
            r[layout.tax] = tax_on(r[layout.income])
        due = r[layout.tax] - r[layout.relief] - r[layout.prepaid]
        r[layout.due] = due if layout.signed else max(due, 0)

    def no_relief(self) -> None:
        """Nobody takes the relief of small enterprises."""
        self.document["fbsx"]["xxwl"] = "N"
        self.rows[self.layout.relief] = 0
        if SMALL_RELIEF in self.form:
            self.form[SMALL_RELIEF] = 0.0


def _income(document: Document) -> None:
    with Form(document) as f:
        f.rows[f.layout.income] = max(f.rows[f.layout.income], 0) + HUNDRED
        f.no_relief()
        f.again(tax=True)


def _losses(document: Document) -> None:
    with Form(document) as f:
        r, layout = f.rows, f.layout
        more = max(r[layout.income], 0) + HUNDRED
        r[layout.losses] += more
        r[layout.income] -= more
        f.no_relief()
        f.again(tax=True)


def _rate(document: Document) -> None:
    with Form(document) as f:
        f.rows[f.layout.rate] = 20


def _tax(document: Document) -> None:
    with Form(document) as f:
        f.rows[f.layout.tax] += HUNDRED
        f.again()


def _relief(document: Document) -> None:
    with Form(document) as f:
        f.rows[f.layout.relief] = f.rows[f.layout.tax] + YUAN
        f.again()


def _due(document: Document) -> None:
    with Form(document) as f:
        f.rows[f.layout.due] += YUAN


def _prepaid(document: Document) -> None:
    with Form(document) as f:
        f.rows[f.layout.prepaid] += HUNDRED
        f.again()


def _operating(document: Document) -> None:
    with Form(document) as f:
        need(f.layout.more, "rows from which the profit is computed")
        f.no_relief()
        for row in (15, f.layout.profit, f.layout.income):
            f.rows[row] += HUNDRED
        f.again(tax=True)


def _profit(document: Document) -> None:
    with Form(document) as f:
        need(f.layout.more, "rows from which the profit is computed")
        f.no_relief()
        for row in (f.layout.profit, f.layout.income):
            f.rows[row] += HUNDRED
        f.again(tax=True)


def _extra_row(document: Document) -> None:
    with Form(document) as f:
        f.form[f"r{f.layout.last + 1}"] = 0.0


def _other_form(document: Document) -> None:
    document["yzpzzlDm"] = OLD if document["yzpzzlDm"] == NEW else NEW


def _small(document: Document) -> None:
    need(document["fbsx"]["xxwl"] == "Y", "relief of small enterprises")


def _limit(document: Document) -> None:
    _small(document)
    document["fbsx"]["cyrs"] = TOO_MANY


def _less_relief(document: Document) -> None:
    _small(document)
    with Form(document) as f:
        need(f.rows[f.layout.relief] >= HUNDRED, "relief of 100 yuan")
        f.rows[f.layout.relief] -= HUNDRED
        if SMALL_RELIEF in f.form:
            f.form[SMALL_RELIEF] = f.rows[f.layout.relief] / 100
        f.again()


def _part(document: Document) -> None:
    form = document["qysds"]
    need(SMALL_RELIEF in form, "row 28.1")
    form[SMALL_RELIEF] = (fen(form["r28"]) + YUAN) / 100


def _rules(*rows: tuple[str, str, Change]) -> tuple[Rule, ...]:
    return tuple(Rule(f"cit-{name}", KIND, what, change) for name, what, change in rows)


RULES = _rules(
    ("period", "the prepayment is of a whole month or quarter", day_less),
    ("taxpayer", "nsrsbh of a prepayment is the one under its djxh", put(nsrsbh=OTHER_TAXPAYER)),
    ("form", "yzpzzlDm of a prepayment is that of its period", _other_form),
    ("layout", "a prepayment has the rows of its period's layout, and no other", _extra_row),
    ("operating", "operating profit is revenue less costs, with other gains", _operating),
    ("profit", "profit is operating profit with other income, less other expense", _profit),
    ("losses", "losses brought forward are no more than the income before them", _losses),
    ("income", "income is profit less what is not taxed, exempt, or brought forward", _income),
    ("rate", "the rate of corporate income tax is 25 %", _rate),
    ("tax", "tax is the rate times income, nothing on a loss", _tax),
    ("relief", "relief is no more than the tax", _relief),
    ("prepaid", "prepaid is what the quarters before asked for", _prepaid),
    ("due", "due is tax less relief and what is prepaid", _due),
    ("small-limit", "a small low-profit enterprise has no more staff than the limit", _limit),
    ("small-relief", "the relief of a small enterprise is that of its income", _less_relief),
    ("small-part", "the relief of small enterprises is part of the relief", _part),
)

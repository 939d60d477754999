"""Defects of returns of rows: stamp tax and social insurance."""

from generators.defects.rule import YUAN, Change, Document, Rule, fen, need, put
from generators.defects.vat_general import OTHER_TAXPAYER, day_less

STAMP, INSURANCE = "stamp-tax", "social-insurance"
FORMS = {STAMP: "yhssb", INSURANCE: "sbfsb"}
UNKNOWN_ITEM = "101110999"
PAST_MOST = 1000  # times the base: beyond any limit


def _form(document: Document) -> Document:
    form: Document = document[FORMS[STAMP] if FORMS[STAMP] in document else FORMS[INSURANCE]]
    return form


def _again(form: Document) -> None:
    """What follows from tax and relief: what is to be paid, and the sum of it."""
    for row in form["rows"]:
        row["bqybtse"] = (fen(row["bqynse"]) - fen(row["phjmse"]) - fen(row["bqyjse1"])) / 100
    form["bqybtsehj"] = sum(fen(row["bqybtse"]) for row in form["rows"]) / 100


def _taxed(form: Document) -> None:
    """What follows from the bases and the rates."""
    half = form.get("phjzbl")
    for row in form["rows"]:
        tax = (fen(row["jsje"]) * round(1_000_000 * row["sysl"]) + 500_000) // 1_000_000
        row |= {"bqynse": tax / 100, "phjmse": ((tax + 1) // 2 if half else 0) / 100}
    _again(form)


def _item(document: Document) -> None:
    _form(document)["rows"][0]["zspmDm"] = UNKNOWN_ITEM


def _rate(document: Document) -> None:
    form = _form(document)
    form["rows"][0]["sysl"] = round(2 * form["rows"][0]["sysl"], 6)
    _taxed(form)


def _twice(document: Document) -> None:
    form = _form(document)
    form["rows"].append(dict(form["rows"][0]))
    _again(form)


def _more(field: str) -> Change:
    """Return a change that adds a yuan to a field of the first row; what follows from it is right."""

    def change(document: Document) -> None:
        form = _form(document)
        row = form["rows"][0]
        need(row["bqybtse"] >= 1, "yuan to be paid on the first row")
        row[field] = (fen(row[field]) + YUAN) / 100
        _again(form)

    return change


def _due(document: Document) -> None:
    form = _form(document)
    row = form["rows"][0]
    row["bqybtse"] = (fen(row["bqybtse"]) + YUAN) / 100
    form["bqybtsehj"] = (fen(form["bqybtsehj"]) + YUAN) / 100


def _total(document: Document) -> None:
    form = _form(document)
    form["bqybtsehj"] = (fen(form["bqybtsehj"]) + YUAN) / 100


def _below(document: Document) -> None:
    form = _form(document)
    form["rows"][0]["bqyjse1"] = -1.0
    _again(form)


def _share(document: Document) -> None:
    form = _form(document)
    form["bqsfsyxgmyhzc"] = "N" if form["bqsfsyxgmyhzc"] == "Y" else "Y"


def _half_of_nobody(document: Document) -> None:
    """Before 2019 nobody was relieved of a half."""
    need(document["skssqz"] < "2019", "period before 2019")
    form = _form(document)
    form |= {"bqsfsyxgmyhzc": "Y", "phjzbl": 50.0}
    _taxed(form)


def _other_form(document: Document) -> None:
    document["yzpzzlDm"] = "BDA0611159" if document["yzpzzlDm"] == "BDA0610794" else "BDA0610794"


def _bases(document: Document) -> None:
    form = _form(document)
    form["rows"][-1]["jsje"] = (fen(form["rows"][-1]["jsje"]) + 100 * YUAN) / 100
    _taxed(form)


def _range(document: Document) -> None:
    form = _form(document)
    for row in form["rows"]:
        row["jsje"] = fen(row["jsje"]) * PAST_MOST / 100
    _taxed(form)


def _lacking(document: Document) -> None:
    form = _form(document)
    form["rows"].pop()
    _again(form)


COMMON: tuple[tuple[str, str, Change], ...] = (
    ("period", "the return is of a whole month or quarter", day_less),
    ("taxpayer", "nsrsbh of a return is the one under its djxh", put(nsrsbh=OTHER_TAXPAYER)),
    ("item", "each item is one of the period", _item),
    ("rate", "each rate is that of the item in the period", _rate),
    ("twice", "no item stands twice", _twice),
    ("tax", "levied is the base times the rate", _more("bqynse")),
    ("relief", "relieved is the half, or nothing", _more("phjmse")),
    ("due", "to be paid is levied less relieved and paid", _due),
    ("total", "the sum is that of the rows", _total),
    ("sign", "no amount is below 0", _below),
)
RULES = (
    *(Rule(f"stamp-{name}", STAMP, what, change) for name, what, change in COMMON),
    Rule("stamp-share", STAMP, "the share of the relief is that of the flag", _share),
    Rule("stamp-who", STAMP, "nobody is relieved of a half before 2019", _half_of_nobody),
    Rule("stamp-form", STAMP, "yzpzzlDm of stamp tax is that of its period", _other_form),
    *(Rule(f"insurance-{name}", INSURANCE, what, change) for name, what, change in COMMON),
    Rule("insurance-bases", INSURANCE, "both parts have the same base", _bases),
    Rule("insurance-range", INSURANCE, "the base is within the limits of the mean wage", _range),
    Rule("insurance-lacking", INSURANCE, "both parts of an insurance stand on the return", _lacking),
)

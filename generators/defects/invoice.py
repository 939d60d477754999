"""Defects of invoices. Totals, and the amount in the QR text, follow a change, so that it alone is wrong."""

from generators.defects.rule import YUAN, Change, Document, Rule, fen, need

NO_RATE = 18  # percent; higher than any VAT rate there was
LINES = 30
OVER = 5  # fen, just below what a line's tax may be wrong by


def _settle(document: Document) -> None:
    """Make the totals and the QR text agree with the lines."""
    document["hjje"] = sum(fen(line["je"]) for line in document["lines"]) / 100
    document["hjse"] = sum(fen(line["se"]) for line in document["lines"]) / 100
    document["jshj"] = (fen(document["hjje"]) + fen(document["hjse"])) / 100
    _qr(document)


def _qr(document: Document) -> None:
    """Make the QR text agree with the number and the totals."""
    parts = document["qr"].split(",")
    parts[3] = document["fphm"]
    parts[4] = f"{document['hjje' if document['fpDm'] else 'jshj']:.2f}"
    document["qr"] = ",".join(parts)


def _tax(amount: int, rate: float) -> int:
    """Return amount x rate rounded half up, in fen; the sign is that of the amount."""
    tax = (abs(amount) * round(rate * 100) + 50) // 100
    return tax if amount > 0 else -tax


def _rate(document: Document) -> None:
    for line in document["lines"]:
        line["slv"] = NO_RATE / 100
        line["se"] = _tax(fen(line["je"]), line["slv"]) / 100
    _settle(document)


def _priced(document: Document) -> Document:
    line: Document | None = next((line for line in document["lines"] if line["dj"] is not None), None)
    need(line, "line with a price")
    assert line
    return line


def _no_quantity(document: Document) -> None:
    _priced(document)["sl"] = None


def _line_amount(document: Document) -> None:
    line = _priced(document)
    line["dj"] = (fen(line["dj"]) + YUAN) / 100


def _line_tax(document: Document) -> None:
    line = document["lines"][0]
    line["se"] = (fen(line["se"]) + YUAN) / 100
    _settle(document)


def _difference(document: Document) -> None:
    need(fen(document["hjje"]) > 0, "positive amount")
    line = document["lines"][0]
    tax = _tax(fen(line["je"]), line["slv"]) + OVER
    document["lines"] = [line | {"se": tax / 100} for _ in range(LINES)]
    _settle(document)


def _total(field: str) -> Change:
    """Return a change of a total; the gross total follows."""

    def change(document: Document) -> None:
        document[field] = (fen(document[field]) + YUAN) / 100
        if field != "jshj":
            document["jshj"] = (fen(document["jshj"]) + YUAN) / 100
        _qr(document)

    return change


def _zero_line(document: Document) -> None:
    line = document["lines"][-1]
    document["lines"].append(line | {"sl": None, "dj": None, "je": 0.0, "se": 0.0})


def _discount_first(document: Document) -> None:
    need(fen(document["hjje"]) > 0, "positive amount")
    line = document["lines"][0]
    off = line | {"sl": None, "dj": None, "je": -1.0, "se": _tax(-YUAN, line["slv"]) / 100}
    document["lines"].insert(0, off)
    _settle(document)


def _goods_code(document: Document) -> None:
    line = document["lines"][0]
    need(line["spbm"], "goods code")
    line["spbm"] = line["spbm"][:-1]


def _buyer(document: Document) -> None:
    document["ghf"]["mc"] = ""


def _seller(document: Document) -> None:
    document["xhf"]["nsrsbh"] = "914301030000000198"


def _number(document: Document) -> None:
    document["fphm"] = document["fphm"][:-1]
    _qr(document)


def _not_sold(document: Document) -> None:
    number = document["fphm"]
    half = 5 * 10 ** (len(number) - 1)  # the other half of all numbers
    document["fphm"] = f"{(int(number) + half) % 10 ** len(number):0{len(number)}d}"
    _qr(document)


def _qr_amount(document: Document) -> None:
    parts = document["qr"].split(",")
    parts[4] = f"{document['hjje'] + document['jshj']:.2f}"  # neither without nor with tax
    document["qr"] = ",".join(parts)


def _date(document: Document) -> None:
    document["kprq"] = document["kprq"][:5] + "02-30"
    parts = document["qr"].split(",")
    parts[5] = document["kprq"].replace("-", "")
    document["qr"] = ",".join(parts)


RULES = tuple(
    Rule(name, "invoice", what, change)
    for name, what, change in (
        ("invoice-rate", "the rate is one of its time", _rate),
        ("invoice-price", "price and quantity are both present or both empty", _no_quantity),
        ("invoice-line-amount", "amount = price x quantity, within 0.01", _line_amount),
        ("invoice-line-tax", "tax = amount x rate, within 0.06", _line_tax),
        ("invoice-tax-difference", "the differences of tax are within 1.27 together", _difference),
        ("invoice-total-amount", "hjje is the sum of the amounts", _total("hjje")),
        ("invoice-total-tax", "hjse is the sum of the taxes", _total("hjse")),
        ("invoice-gross", "jshj = hjje + hjse", _total("jshj")),
        ("invoice-line-sign", "no line is zero; all lines of a red invoice are negative", _zero_line),
        ("invoice-discount", "a discount line follows its goods line", _discount_first),
        ("invoice-goods-code", "a goods and services code has 19 digits", _goods_code),
        ("invoice-buyer", "the buyer has a name", _buyer),
        ("invoice-seller", "the seller is the taxpayer", _seller),
        ("invoice-number", "a number has 8 digits with a code, 20 without", _number),
        ("invoice-not-sold", "the number is one of a range sold to the taxpayer", _not_sold),
        ("invoice-qr", "the QR text has the amount of the invoice", _qr_amount),
        ("invoice-date", "the day of issue exists", _date),
    )
)

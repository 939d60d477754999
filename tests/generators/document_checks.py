"""The rules of invoices, payments and registrations, stated once more and independently of the generators.

Every `check_*` returns the names of the rules that a document breaks, [] for a correct one. The names are
those of `generators.defects`, so that a test can say: this document breaks exactly the rule of its name.
"""

from datetime import date

from tests.generators.check_words import CHARGED, RATES, fen, since


def check_invoice(document, sold=None, seller=None):
    """The rules that an invoice breaks; `sold`: the range of its number, `seller`: the taxpayer's id."""
    lines = [
        (fen(line["je"]), fen(line["se"]), line["slv"], line["dj"], line["sl"]) for line in document["lines"]
    ]
    amount, tax, gross = (fen(document[field]) for field in ("hjje", "hjse", "jshj"))
    percents = {round(rate * 100) for _, _, rate, _, _ in lines}
    day = document["kprq"]
    era = {*since(RATES, day).values(), since(CHARGED, day)}
    red = amount < 0
    rules = {
        "invoice-rate": percents <= era,
        "invoice-price": all((price is None) == (quantity is None) for _, _, _, price, quantity in lines),
        "invoice-line-amount": all(
            price is None or quantity is None or abs(price * quantity * 100 - je) <= 1.0001
            for je, _, _, price, quantity in lines
        ),
        "invoice-line-tax": all(
            abs(je * round(rate * 100) - se * 100) <= 600 for je, se, rate, _, _ in lines
        ),
        "invoice-tax-difference": abs(sum(je * round(rate * 100) - se * 100 for je, se, rate, _, _ in lines))
        <= 12700,
        "invoice-total-amount": amount == sum(line[0] for line in lines),
        "invoice-total-tax": tax == sum(line[1] for line in lines),
        "invoice-gross": gross == amount + tax,
        "invoice-line-sign": all(line[0] < 0 if red else line[0] != 0 for line in lines),
        "invoice-goods-code": all(is_goods_code(line["spbm"]) for line in document["lines"]),
        "invoice-discount": red or discounts_follow(lines),
        "invoice-buyer": bool(document["ghf"]["mc"]),
        "invoice-seller": seller in (None, document["xhf"]["nsrsbh"]),
        "invoice-date": is_day(document["kprq"]),
        "invoice-not-sold": not sold or in_range(document, sold),
        "invoice-number": len(document["fphm"]) == (8 if document["fpDm"] else 20)
        and bool(document["fpDm"]) == (day < "2023-11-01")
        and document["fphm"].isdigit(),
        "invoice-qr": qr_fits(document, amount, gross),
    }
    return [name for name, holds in rules.items() if not holds]


def discounts_follow(lines):
    """A blue invoice begins with a goods line; a negative line has the rate of the goods line before it, no
    price, and no greater amount."""
    before = None
    for je, _, rate, price, quantity in lines:
        if je < 0 and (
            before is None or before[0] < 0 or before[1] != rate or before[0] < -je or price or quantity
        ):
            return False
        before = (je, rate)
    return True


def is_goods_code(text):
    return text == "" or (len(text) == 19 and text.isdigit())


def in_range(document, sold):
    """Whether the number, if it is one at all, is in the range."""
    number, first = document["fphm"], sold["fpqshm"]
    return document["fpDm"] == sold["fpDm"] and (
        len(number) != len(first) or first <= number <= sold["fpzzhm"]
    )


def is_day(text):
    try:
        return str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def qr_fits(document, amount, gross):
    version, kind, code, number, shown, day, check, tail, end = document["qr"].split(",")
    expected = amount if code else gross
    return (
        (version, code, number, end) == ("01", document["fpDm"], document["fphm"], "")
        and day == document["kprq"].replace("-", "")
        and shown == f"{expected / 100:.2f}"
        and kind in ({"01", "04"} if code else {"31", "32"})
        and (len(check) == 20 if kind == "04" else not check)
        and len(tail) == 4
    )


def check_payment(document, unpaid):
    """The rules that a payment breaks; `unpaid`: {pzxh: yuan due}."""
    rules = {
        "payment-agreement": len(document["sfxyh"]) == 15 and document["sfxyh"].isdigit(),
        "payment-officer": len(document["lrrDm"]) == 11 and document["lrrDm"].isdigit(),
        "payment-authority": len(document["zgswjgDm"]) == 11 and document["zgswjgDm"][0] in "12",
        "payment-amount": all(fen(item["kkje"]) > 0 for item in document["items"]),
        "payment-twice": len({item["pzxh"] for item in document["items"]}) == len(document["items"]),
        "payment-voucher": all(item["pzxh"] in unpaid for item in document["items"]),
        "payment-more-than-due": all(
            fen(item["kkje"]) <= fen(unpaid.get(item["pzxh"], item["kkje"])) for item in document["items"]
        ),
    }
    return [name for name, holds in rules.items() if not holds]


# Registration. The sums below are those of GB 32100, GB 11714, GB 11643 and ISO 7064, written out once more.


def organisation_check(body):
    total = sum(int(char, 36) * weight for char, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def uscc_check(body):
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(char) * pow(3, position, 31) for position, char in enumerate(body))
    return alphabet[(31 - total % 31) % 31]


def is_resident_id(text):
    if len(text) != 18 or not text[:17].isdigit():
        return False
    total = sum(int(digit) * pow(2, 17 - position, 11) for position, digit in enumerate(text[:17]))
    return text[17] == "10X98765432"[total % 11]


def is_bank_line(text):
    p = 10
    for digit in text[:-1]:
        p = (p + int(digit)) % 10 or 10
        p = 2 * p % 11
    return len(text) == 12 and int(text[-1]) == (11 - p) % 10


def is_old_id(text):
    if len(text) == 15:
        return text[14] == organisation_check(text[6:14])
    return len(text) in (18, 20) and is_resident_id(text[:18])


def check_registration(document):
    """The rules that a registration breaks."""
    uscc, number = document["shxydm"], document["nsrsbh"]
    rules = {
        "uscc-check-digit": not uscc or uscc[17] == uscc_check(uscc[:17]),
        "uscc-organisation": not uscc or uscc[16] == organisation_check(uscc[8:16]),
        "uscc-differs": not uscc or uscc == number,
        "taxpayer-id-check": bool(uscc) or is_old_id(number),
        "legal-person-id": is_resident_id(document["fddbrsfzjhm"]),
        "bank-line": is_bank_line(document["khyhhh"]),
        "djxh-length": len(document["djxh"]) == 20,
        "industry-code": len(document["hyDm"]) == 4 and document["hyDm"].isdigit(),
        "authority-code": len(document["zgswjDm"]) == 11 and document["zgswjDm"][0] in "12",
        "registration-type": not document["djzclxDm"].endswith("99"),
        "taxpayer-status": document["nsrztDm"] == "03",
        "document-kind": document["fddbrsfzjlxDm"] == "201",
        "taxpayer-name": bool(document["nsrmc"]),
        "registration-date": is_day(document["djrq"]),
    }
    return [name for name, holds in rules.items() if not holds]

"""Defects of payments."""

from generators.defects.rule import YUAN, Document, Rule, fen, need


def _more(document: Document) -> None:
    item = document["items"][0]
    item["kkje"] = (fen(item["kkje"]) + YUAN) / 100


def _nothing(document: Document) -> None:
    document["items"][0]["kkje"] = 0.0


def _twice(document: Document) -> None:
    item = document["items"][0]
    amount = fen(item["kkje"])
    need(amount > 1, "amount that can be divided")
    item["kkje"] = amount // 2 / 100
    document["items"].append(item | {"kkje": (amount - amount // 2) / 100})


def _unknown(document: Document) -> None:
    item = document["items"][0]
    item["pzxh"] = item["pzxh"][:10] + "9999999999"


def _agreement(document: Document) -> None:
    document["sfxyh"] = document["sfxyh"][:-1]


def _officer(document: Document) -> None:
    document["lrrDm"] = document["lrrDm"][:-1]


def _authority(document: Document) -> None:
    document["zgswjgDm"] = "3" + document["zgswjgDm"][1:]


RULES = tuple(
    Rule(name, "payment", what, change)
    for name, what, change in (
        ("payment-more-than-due", "no more is paid than is due on a voucher", _more),
        ("payment-amount", "an amount is greater than 0", _nothing),
        ("payment-twice", "a voucher occurs once", _twice),
        ("payment-voucher", "the voucher exists and is the taxpayer's", _unknown),
        ("payment-agreement", "a tri-party agreement has 15 digits", _agreement),
        ("payment-officer", "an officer code has 11 digits", _officer),
        ("payment-authority", "a tax authority code begins with 1 or 2", _authority),
    )
)

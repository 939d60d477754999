"""The arithmetic of an invoice: lines, totals, discounts, red invoices, and the text of its QR code.

Tolerances (0.01 a line on price x quantity, 0.06 a line and 1.27 a document on tax) are those of the issuing
client.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from renhai.reference.eras import goods
from renhai.reference.eras.grades import Rules
from renhai.reference.eras.vat import GOODS_CODES_SINCE, invoice_rates
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, day, entries, entry, money, number, text
from renhai.reference.rules.identifiers import is_buyer_id, is_digits

MOST_LINES = 2000
HIGHEST_RATE = 0.17
SPECIAL_KINDS = ("01", "02", "08", "31", "000001100300")
"""fpzlDm of special invoices: as printed, and as the bus names them."""
LEVY_PERCENT = 5
RATES_OF_CODES_SINCE = date(2019, 4, 1)
_AMOUNT_TOLERANCE = 1.0
_TAX_TOLERANCE = 6.0
_DOCUMENT_TOLERANCE = 127.0
_SLACK = 1e-4
"""Fen; what floating point may add to a product of price, quantity and rate."""


class Line(NamedTuple):
    """One line: amount and tax in fen, rate as a share; `counted` when it has price and quantity."""

    amount: int
    tax: int
    rate: float
    counted: bool


class Totals(NamedTuple):
    """What is kept of an accepted invoice; amounts in fen. rates: percents of its lines. buyer: name and
    id. short_names: of the goods of a red one."""

    seller_id: str
    seller_name: str
    issued_on: date
    amount: int
    tax: int
    gross: int
    rates: frozenset[float]
    buyer: tuple[str, str]
    short_names: frozenset[str]


def check_invoice(document: Document, kind: str, code: str, number_: str, rules: Rules) -> Totals:
    """Judge an invoice in itself; `kind`, `code` and `number_` have been judged before."""
    issued_on = day(document, "kprq")
    seller, buyer = entry(document, "xhf"), entry(document, "ghf")
    bought_by = _check_buyer(buyer, kind)
    found = entries(document, "lines", 1, MOST_LINES)
    lines = [_line(line, f"lines[{index}].") for index, line in enumerate(found)]
    rates = frozenset(round(line.rate * 100, 4) for line in lines)
    if lines[0].amount > 0:  # a red invoice has the rates of its original
        check_rates(rates, issued_on, "")
    _check_goods(found, lines, issued_on, rules)
    amount, tax, gross = (money(document, field) for field in ("hjje", "hjse", "jshj"))
    _check_totals(lines, amount, tax, gross)
    _check_signs(lines, red=amount < 0)
    if document.get("qr") is not None:
        _check_qr(text(document, "qr"), (code, number_, issued_on), (amount, gross))
    names = text(seller, "nsrsbh", "xhf."), text(seller, "mc", "xhf.")
    shorts = frozenset(short_name(line["spmc"]) for line in found) if amount < 0 else frozenset()
    return Totals(*names, issued_on, amount, tax, gross, rates, bought_by, shorts)


def short_name(name: str) -> str:
    """What stands between asterisks before the name of goods (*餐饮服务*餐费), "" where nothing does."""
    parts = name.split("*", 2)
    return parts[1] if len(parts) == 3 and not parts[0] else ""


def check_rates(rates: frozenset[float], day_: date, scale: str) -> None:
    """Percents of lines against those of the day, for a seller of this scale ("": of any)."""
    known = invoice_rates(day_, scale)
    for rate in sorted(rates - known):
        shown = ", ".join(f"{each:g}" for each in sorted(known))
        raise Rejection(codes.LINE_RATE, f"slv {rate:g} % on {day_}; there are {shown}")


def _check_buyer(buyer: Document, kind: str) -> tuple[str, str]:
    """Name and id of the buyer."""
    name = text(buyer, "mc", "ghf.", least=0)
    if not name:
        raise Rejection(codes.BUYER, "ghf.mc is empty")
    number_ = text(buyer, "nsrsbh", "ghf.", least=0)
    if number_ and not is_buyer_id(number_):
        raise Rejection(codes.BUYER, f"ghf.nsrsbh {number_[:40]} is no taxpayer id")
    if not number_ and kind in SPECIAL_KINDS:
        raise Rejection(codes.BUYER, f"ghf.nsrsbh is empty on a special invoice, fpzlDm {kind}")
    return name, number_


def _check_goods(found: list[Document], lines: list[Line], issued_on: date, rules: Rules) -> None:
    """Codes that exist, on every line since 2018, and their rates since April 2019, but of red invoices."""
    for index, (document, line) in enumerate(zip(found, lines, strict=True)):
        code, where = document.get("spbm") or "", f"lines[{index}]."
        if not code:
            if issued_on >= GOODS_CODES_SINCE:
                raise Rejection(codes.GOODS_CODE, f"{where}spbm is empty on an invoice of {issued_on}")
            continue
        if not is_digits(code, 19) or not goods.exists(code) or (rules["goods"] and not goods.listed(code)):
            raise Rejection(codes.GOODS_CODE, f"{where}spbm {code[:40]} is not in the code table")
        charged = goods.rate_of(code)
        # Levy, relief and exemption go by the seller; only a statutory rate can be that of another code.
        percent = round(line.rate * 100, 4)
        judged = issued_on >= RATES_OF_CODES_SINCE and line.amount > 0
        if judged and charged and percent > LEVY_PERCENT and percent != charged:
            raise Rejection(codes.GOODS_RATE, f"{where}slv {line.rate}, spbm {code} has {charged} %")


def _line(line: Document, where: str) -> Line:
    text(line, "spmc", where)
    text(line, "spbm", where, least=0)
    amount, tax, rate = money(line, "je", where), money(line, "se", where), number(line, "slv", where)
    if not 0 <= rate <= HIGHEST_RATE:
        raise Rejection(codes.LINE_RATE, f"{where}slv {rate} must be 0 to {HIGHEST_RATE}")
    counted = _check_price(line, amount, where)
    if abs(amount * rate - tax) > _TAX_TOLERANCE + _SLACK:
        raise Rejection(codes.LINE_TAX, f"{where}se {tax / 100:.2f}, je x slv = {amount * rate / 100:.4f}")
    return Line(amount, tax, rate, counted)


def _check_price(line: Document, amount: int, where: str) -> bool:
    """Price x quantity against the amount; whether the line has them."""
    if (line.get("dj") is None) != (line.get("sl") is None):
        raise Rejection(codes.LINE_PRICE, f"{where}dj and sl must both be present or both be empty")
    if line.get("dj") is None:
        return False
    product = number(line, "dj", where) * number(line, "sl", where) * 100
    # Beyond 2**40 fen a double product is itself uncertain by more than the slack; allow what it may be
    # off by.
    if abs(product - amount) > _AMOUNT_TOLERANCE + _SLACK + abs(product) * 1e-15:
        raise Rejection(codes.LINE_AMOUNT, f"{where}je {amount / 100:.2f}, dj x sl = {product / 100:.4f}")
    return True


def _check_totals(lines: list[Line], amount: int, tax: int, gross: int) -> None:
    difference = sum(line.amount * line.rate - line.tax for line in lines)
    if abs(difference) > _DOCUMENT_TOLERANCE + _SLACK:
        raise Rejection(
            codes.TAX_DIFFERENCE, f"cumulative tax difference {difference / 100:.4f} exceeds 1.27"
        )
    for code, field, found, expected in (
        (codes.TOTAL_AMOUNT, "hjje", amount, sum(line.amount for line in lines)),
        (codes.TOTAL_TAX, "hjse", tax, sum(line.tax for line in lines)),
        (codes.TOTAL_GROSS, "jshj", gross, amount + tax),
    ):
        if found != expected:
            raise Rejection(code, f"{field} {found / 100:.2f}, must be {expected / 100:.2f}")


def _check_signs(lines: list[Line], red: bool) -> None:
    """Red: every line negative. Blue: goods lines positive, a negative line is a discount on the one
    before."""
    previous: Line | None = None
    for index, line in enumerate(lines):
        where = f"lines[{index}].je {line.amount / 100:.2f}"
        if red and line.amount >= 0:
            raise Rejection(codes.LINE_SIGN, f"{where} must be negative on a red invoice")
        if not red and line.amount == 0:
            raise Rejection(codes.LINE_SIGN, f"{where} must not be zero")
        if not red and line.amount < 0:
            _check_discount(line, previous, where)
        previous = line


def _check_discount(line: Line, previous: Line | None, where: str) -> None:
    if previous is None or previous.amount <= 0:
        raise Rejection(codes.DISCOUNT, f"{where} does not follow a goods line")
    if line.counted or line.rate != previous.rate or -line.amount > previous.amount:
        raise Rejection(
            codes.DISCOUNT, f"{where} must have the rate of its line, no price, and a lesser amount"
        )


def _check_qr(qr: str, identity: tuple[str, str, date], amounts: tuple[int, int]) -> None:
    """`01,<kind>,<code>,<number>,<amount>,<yyyymmdd>,<check code>,<4 hex>,`: amount with or without tax."""
    parts = qr.split(",")
    if len(parts) != 9 or parts[0] != "01" or not is_digits(parts[1], 2) or parts[8]:
        raise Rejection(
            codes.QR_TEXT, "qr must be 01,<kind>,<code>,<number>,<amount>,<date>,<check>,<4 hex>,"
        )
    code, number_, issued_on = identity
    if parts[2:4] != [code, number_] or parts[5] != f"{issued_on:%Y%m%d}":
        raise Rejection(codes.QR_TEXT, f"qr names {','.join(parts[2:6])}, not this code, number and date")
    if not any(_is_amount(parts[4], amount) for amount in amounts):
        raise Rejection(codes.QR_TEXT, f"qr amount {parts[4][:40]} is neither hjje nor jshj")
    if parts[6] and not is_digits(parts[6], 20):
        raise Rejection(codes.QR_TEXT, "qr check code must be empty or 20 digits")
    if len(parts[7]) != 4 or not set(parts[7]) <= set("0123456789ABCDEF"):
        raise Rejection(codes.QR_TEXT, "qr must end in 4 hex digits")


def _is_amount(shown: str, amount: int) -> bool:
    """Whether text is this amount, written with all, one or no decimals (112, 112.5, 112.50)."""
    exact = f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"
    return shown in (exact, exact.rstrip("0").rstrip("."), exact.removesuffix("0"))

"""Invoice: stock, sale of number ranges, issuing, and verification of old invoices (验旧)."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import orjson

from renhai.reference.eras.grades import Rules
from renhai.reference.eras.vat import DIGITAL_SINCE
from renhai.reference.forms.invoice import Totals, check_invoice, check_rates, short_name
from renhai.reference.forms.numbers import Numbers, kind_of, number_of, numbers_of
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.taxpayers import Registered, active, djxh_of, permitted, registered
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, day, money, text
from renhai.reference.storage.jobs import Change, Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table(
    "ranges",
    "djxh serial fpzlDm fpDm fpqshm fpzzhm fs:int remaining:int received:real",
    "UNIQUE INDEX ranges_numbers ON ranges (fpDm, fpqshm) WHERE copy = 0",
    "INDEX ranges_stock ON ranges (djxh) WHERE remaining > 0 AND copy = 0",
)
table(
    "invoices",
    "djxh serial fpzlDm fpDm fphm kprq hjje:amount hjse:fen jshj:fen yfpDm yfphm received:real "
    "document:bytes",
    "UNIQUE INDEX invoices_number ON invoices (fpDm, fphm) WHERE copy = 0",
    "INDEX invoices_taxpayer ON invoices (djxh, kprq) WHERE copy = 0",
    "UNIQUE INDEX invoices_original ON invoices (yfpDm, yfphm) WHERE yfphm <> '' AND copy = 0",
)
table(
    "verifications",
    "djxh serial fpzlDm fpDm fpqshm fpzzhm fs:int kpje:amount se:fen received:real",
    "UNIQUE INDEX verifications_numbers ON verifications (fpDm, fpqshm) WHERE copy = 0",
)

CODE_OF_12 = 12
SALE_SERIAL = "401"
ISSUE_SERIAL = "402"
VERIFY_SERIAL = "403"

_STOCK = (
    "SELECT fpzlDm, fpDm, fpqshm, fpzzhm, remaining FROM ranges "
    "WHERE djxh = ? AND remaining > 0 AND copy = 0 ORDER BY id LIMIT 1000"
)
_RANGE = (
    "SELECT id, djxh, fpzlDm, fpqshm, fpzzhm FROM ranges "
    "WHERE fpDm = ? AND fpqshm <= ? AND copy = 0 ORDER BY fpqshm DESC LIMIT 1"
)
_ORIGINAL = (
    "SELECT djxh, kprq, hjje, hjse, document, serial FROM invoices WHERE fpDm = ? AND fphm = ? AND copy = 0"
)
_REDDENED = "SELECT serial FROM invoices WHERE yfpDm = ? AND yfphm = ? AND yfphm <> '' AND copy = 0"
_ISSUED = "SELECT serial FROM invoices WHERE fpDm = ? AND fphm = ? AND copy = 0"
_USE_NUMBER = "UPDATE ranges SET remaining = remaining - 1 WHERE id = ?"
_SUMS = (
    "SELECT count(*), coalesce(sum(hjje), 0), coalesce(sum(hjse), 0) FROM invoices "
    "WHERE fpDm = ? AND fphm >= ? AND fphm <= ? AND copy = 0"
)
_VERIFIED = (
    "SELECT serial, fpqshm, fpzzhm FROM verifications "
    "WHERE fpDm = ? AND fpqshm <= ? AND copy = 0 ORDER BY fpqshm DESC LIMIT 1"
)


def stock(document: Document, raw: bytes) -> Query:
    """invoice.stock: the ranges that still have unused numbers, oldest first, at most 1,000."""
    djxh = djxh_of(document)

    def answer(view: View) -> dict[str, Any]:
        registered(view, djxh)
        names = ("fpzlDm", "fpDm", "fpqshm", "fpzzhm", "remaining")
        return {"ranges": [dict(zip(names, row, strict=True)) for row in view.all(_STOCK, djxh)]}

    return answer


def buy(document: Document, raw: bytes, setup: Setup) -> Decide:
    """invoice.buy: sell a range of numbers to a taxpayer."""
    djxh, numbers = djxh_of(document), numbers_of(document)

    def decide(view: View) -> Decision:
        taxpayer = permitted("invoice.buy", view, active(view, djxh), document)
        province = taxpayer.authority[1:3]
        start = 1 if len(numbers.code) == CODE_OF_12 else 0  # which begins with 0, 1 or 2
        if setup.rules["region"] and numbers.code and numbers.code[start : start + 2] != province:
            raise Rejection(codes.RANGE_REGION, f"fpDm {numbers.code} is not of province {province}")
        sold = view.one(_RANGE, numbers.code, numbers.last)
        if sold is not None and sold[4] >= numbers.first:
            raise Rejection(codes.RANGE_OVERLAP, f"fpqshm {numbers.first}: {sold[3]} to {sold[4]} is sold")
        number = view.next_id("ranges")
        serial = taxpayer.serial(SALE_SERIAL, number)
        values = (djxh, serial, *numbers, numbers.quantity, time.time())
        return Decision({"serial": serial}, (Insert("ranges", number, values),))

    return decide


def issue(document: Document, raw: bytes, setup: Setup) -> Decide:
    """invoice.issue: take an invoice that a taxpayer issued on a number sold to them."""
    djxh, kind, (code, number) = djxh_of(document), kind_of(document), number_of(document)
    if (issued_on := day(document, "kprq")) > setup.today():
        raise Rejection(codes.ISSUE_DATE, f"kprq {issued_on} is after today, {setup.today()}")
    totals = check_invoice(document, kind, code, number, setup.rules)
    original = _original_of(document, totals)

    def decide(view: View) -> Decision:
        taxpayer = permitted("invoice.issue", view, active(view, djxh), document)
        _check_seller(taxpayer, totals.seller_id, totals.seller_name)
        _check_day(taxpayer, totals, red=original is not None)
        if not code and totals.issued_on < DIGITAL_SINCE and setup.rules["digital"]:
            raise Rejection(codes.KIND_OF_ERA, f"kprq {totals.issued_on} of a fully digital invoice")
        if original is not None:
            _check_original(view, taxpayer, original, totals, setup.rules)
        sold = _sold(view, taxpayer, Numbers(kind, code, number, number, 1))
        used = view.one(_ISSUED, code, number)
        if used is not None:
            raise Rejection(codes.NUMBER_USED, f"fphm {number} is issued as {used[0]}")
        row_id = view.next_id("invoices")
        serial = taxpayer.serial(ISSUE_SERIAL, row_id)
        amounts = (totals.amount, totals.tax, totals.gross)
        values = (
            djxh, serial, kind, code, number, str(totals.issued_on), *amounts, *(original or ("", "")),
            time.time(), raw,
        )  # fmt: skip
        return Decision(
            {"serial": serial}, (Insert("invoices", row_id, values), Change(_USE_NUMBER, (sold,)))
        )

    return decide


def _original_of(document: Document, totals: Totals) -> tuple[str, str] | None:
    """Code and number of the invoice that a red one cancels; None of a blue one."""
    if totals.amount >= 0:
        return None
    code = text(document, "yfpDm", least=0, most=20)
    number = text(document, "yfphm", least=0, most=20)
    if not number:
        raise Rejection(codes.ORIGINAL_UNNAMED, "yfphm is empty on an invoice below zero")
    return code, number


def _check_day(taxpayer: Registered, totals: Totals, *, red: bool) -> None:
    """Issued by somebody registered, at rates of that day; a red invoice's rates are its original's."""
    if str(totals.issued_on) < taxpayer.registered_on:
        why = f"kprq {totals.issued_on} is before djrq {taxpayer.registered_on}"
        raise Rejection(codes.ISSUED_BEFORE, why)
    if red:
        return
    liability = taxpayer.liability(totals.issued_on, totals.issued_on)
    check_rates(totals.rates, totals.issued_on, liability.scale if liability else "")


def _check_original(
    view: View, taxpayer: Registered, original: tuple[str, str], totals: Totals, rules: Rules
) -> None:
    """A red invoice against the blue one that it cancels: known, this seller's, once, no more than it has."""
    row = view.one(_ORIGINAL, *original)
    if row is None or row[0] != taxpayer.djxh or row[2] <= 0 or row[1] > str(totals.issued_on):
        raise Rejection(
            codes.ORIGINAL_UNKNOWN,
            f"yfpDm {original[0]!r} yfphm {original[1]} is no earlier blue invoice of yours",
        )
    done = view.one(_REDDENED, *original)
    if done is not None:
        raise Rejection(codes.REDDENED, f"yfphm {original[1]} is cancelled by {done[0]}")
    if -totals.amount > row[2] or -totals.tax > row[3]:
        found = f"hjje {totals.amount / 100:.2f}, the original has {row[2] / 100:.2f}"
        raise Rejection(codes.RED_AMOUNT, found)
    blue = orjson.loads(bytes(row[4]))
    _check_same_buyer(blue.get("ghf"), totals.buyer, row[5])
    lines = blue.get("lines", ())
    known = {short_name(line["spmc"]) for line in lines if "spmc" in line}  # none in those that came in bulk
    if known and (other := totals.short_names - known):
        raise Rejection(codes.RED_AMOUNT, f"spmc *{min(other)}* is not on the original, {row[5]}")
    rates = {round(line["slv"] * 100, 4) for line in lines}
    if rules["red-rate"] and (extra := totals.rates - rates):
        raise Rejection(codes.RED_AMOUNT, f"slv {min(extra):g} % is not on the original, {row[5]}")


def _check_same_buyer(blue: Document | None, buyer: tuple[str, str], serial: str) -> None:
    """A red invoice goes to whom the blue one went; who has another id by now, or another name, is the same.

    An original out of a data set names no buyer here.
    """
    if blue is None:
        return
    name, number = blue.get("mc", ""), blue.get("nsrsbh", "")
    if name != buyer[0] and (number != buyer[1] or not number):
        raise Rejection(codes.RED_AMOUNT, f"ghf.mc {buyer[0][:40]!r} is not the buyer of {serial}")


def verify(document: Document, raw: bytes) -> Decide:
    """invoice.verify: check off issued numbers against their sums."""
    djxh, numbers = djxh_of(document), numbers_of(document)
    amount, tax = money(document, "kpje"), money(document, "se")

    def decide(view: View) -> Decision:
        taxpayer = active(view, djxh)
        _sold(view, taxpayer, numbers)
        done = view.one(_VERIFIED, numbers.code, numbers.last)
        if done is not None and done[2] >= numbers.first:
            raise Rejection(
                codes.VERIFIED_TWICE, f"fpqshm {numbers.first}: {done[1]} to {done[2]} is verified"
            )
        _check_sums(view, numbers, amount, tax)
        number = view.next_id("verifications")
        serial = taxpayer.serial(VERIFY_SERIAL, number)
        values = (djxh, serial, *numbers, amount, tax, time.time())
        return Decision({"serial": serial}, (Insert("verifications", number, values),))

    return decide


def _sold(view: View, taxpayer: Registered, numbers: Numbers) -> int:
    """Row id of the range sold to this taxpayer that holds all the numbers."""
    row = view.one(_RANGE, numbers.code, numbers.first)
    if row is None or row[4] < numbers.last or row[1] != taxpayer.djxh or row[2] != numbers.kind:
        span = f"{numbers.first} to {numbers.last}"
        raise Rejection(codes.NOT_SOLD, f"{span} of fpDm {numbers.code!r} are not sold to {taxpayer.djxh}")
    return int(row[0])


def _check_sums(view: View, numbers: Numbers, amount: int, tax: int) -> None:
    row = view.one(_SUMS, numbers.code, numbers.first, numbers.last)
    issued, sum_amount, sum_tax = (int(value) for value in row or (0, 0, 0))
    if issued != numbers.quantity:
        raise Rejection(codes.VERIFY_NOT_ISSUED, f"fs {numbers.quantity}, issued {issued}")
    if amount != sum_amount:
        raise Rejection(codes.VERIFY_AMOUNT, f"kpje {amount / 100:.2f}, issued {sum_amount / 100:.2f}")
    if tax != sum_tax:
        raise Rejection(codes.VERIFY_TAX, f"se {tax / 100:.2f}, issued {sum_tax / 100:.2f}")


def _check_seller(taxpayer: Registered, seller_id: str, seller_name: str) -> None:
    for field, found, expected in (
        ("nsrsbh", seller_id, taxpayer.nsrsbh),
        ("nsrmc", seller_name, taxpayer.nsrmc),
    ):
        if found != expected:
            raise Rejection(codes.SELLER, f"xhf.{field} {found!r}, registered as {expected!r}")


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of this domain."""
    return (
        Reading("invoice.stock", stock, services=("FP.CXNSRFPJC",)),
        Writing("invoice.buy", partial(buy, setup=setup), services=("FP.BCFSXX",)),
        Writing("invoice.issue", partial(issue, setup=setup), services=("FP.KJDKFP",)),
        Writing("invoice.verify", verify, services=("FP.BCFPYJJXX",)),
    )

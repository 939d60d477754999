"""Domains 01, 03 and 06: what stands in the way of a cancellation, reliefs on file, and VAT that is prepaid:
what the first call computes the second one carries."""

from __future__ import annotations

import hashlib
import time
from functools import partial
from typing import Any

from renhai.reference.cases.tables import FINISHED, valid_rows
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.records import rows
from renhai.reference.operations.taxpayers import active, djxh_of, registered
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, day, digits, money, text, yuan
from renhai.reference.storage.jobs import Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table(
    "prepayments",
    "djxh cshxh skssqq skssqz xssr:amount yjse:amount serial received:real",
    "UNIQUE INDEX prepayments_init ON prepayments (djxh, cshxh) WHERE copy = 0",
)

RATE = rule("80060010", "预征率不存在", "VAT is prepaid at 2 or 3 %")
NOT_ITS_INIT = rule("80060011", "预缴申报与初始化数据不符", "what is saved is what the init call answered")
SAVED = rule("80060012", "该预缴申报已保存", "an init call is saved once")

RATES = ("2", "3")
SERIAL = "508"

_OWED = "SELECT pzxh FROM dues WHERE djxh = ? AND outstanding > 0 AND copy = 0 ORDER BY id"
_OPEN = "SELECT lcslid FROM cases WHERE djxh = ? AND blzt NOT IN (?, ?, ?) AND copy = 0 ORDER BY id"
_IN_HAND = "SELECT fpqshm FROM ranges WHERE djxh = ? AND remaining > 0 AND copy = 0 ORDER BY id"
_SAVED = "SELECT serial FROM prepayments WHERE djxh = ? AND cshxh = ? AND copy = 0"


def clearance(document: Document, raw: bytes) -> Query:
    """registration.clearance: what must be settled before a cancellation: unpaid vouchers, open cases,
    invoices in hand; `jszx` is true when nothing is (instant cancellation)."""
    djxh = djxh_of(document)

    def answer(view: View) -> dict[str, Any]:
        registered(view, djxh)
        asked = (("unpaid", _OWED, ()), ("open", _OPEN, FINISHED), ("invoices", _IN_HAND, ()))
        found = [
            {"lx": kind, "bh": row[0]} for kind, text_, more in asked for row in view.all(text_, djxh, *more)
        ]
        return {"jszx": not found, "items": found}

    return answer


def on_file(document: Document, raw: bytes) -> Query:
    """preference.on_file: the reliefs of a taxpayer that hold, with their periods."""
    djxh = djxh_of(document)

    def answer(view: View) -> dict[str, Any]:
        registered(view, djxh)
        kept = valid_rows(view, djxh, "preference", "")
        names = ("ssjmxzhzDm", "zsxmDm", "jmqxq", "jmqxz")
        return {"items": [dict(zip(names, row[1:5], strict=True)) for row in kept]}

    return answer


def _prepayment(document: Document) -> tuple[str, tuple[str, str], int, int]:
    """Taxpayer, period, sales and tax of a prepayment: the rate of the sales, half up; fen."""
    start, end, rate = day(document, "skssqq"), day(document, "skssqz"), text(document, "yzl", most=1)
    if rate not in RATES:
        raise Rejection(RATE, f"yzl {rate}")
    sales = money(document, "xssr")
    return djxh_of(document), (str(start), str(end)), sales, (sales * int(rate) * 2 + 100) // 200


def _init_number(djxh: str, period: tuple[str, str], sales: int, tax: int) -> str:
    digest = hashlib.sha256(f"{djxh}/{period}/{sales}/{tax}".encode()).hexdigest()
    return f"{int(digest, 16) % 10**20:020}"


def prepay_init(document: Document, raw: bytes) -> Query:
    """declaration.prepay_init: the tax to prepay on sales of a period, and the number that saves it."""
    djxh, period, sales, tax = _prepayment(document)

    def answer(view: View) -> dict[str, Any]:
        active(view, djxh)
        return {"cshxh": _init_number(djxh, period, sales, tax), "yjse": yuan(tax)}

    return answer


def prepay_save(document: Document, raw: bytes) -> Decide:
    """declaration.prepay_save: save what the init call answered: its `cshxh` and `yjse`."""
    djxh, period, sales, tax = _prepayment(document)
    number, named = digits(document, "cshxh", 20), money(document, "yjse")

    def decide(view: View) -> Decision:
        active(view, djxh)
        if (number, named) != (_init_number(djxh, period, sales, tax), tax):
            raise Rejection(NOT_ITS_INIT, f"cshxh {number}, yjse {yuan(named):.2f}, due {yuan(tax):.2f}")
        if (row := view.one(_SAVED, djxh, number)) is not None:
            raise Rejection(SAVED, f"cshxh {number} is saved as {row[0]}")
        row_id = view.next_id("prepayments")
        serial = f"{SERIAL}{djxh[3:10]}{row_id:010}"
        values = (djxh, number, *period, sales, tax, serial, time.time())
        return Decision({"serial": serial, "yjse": yuan(tax)}, (Insert("prepayments", row_id, values),))

    return decide


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The enquiries, and the pair of calls that prepays."""
    return (
        Reading("registration.clearance", clearance, services=("DJ.CXJYZXJKXX",)),
        Reading("preference.on_file", on_file, services=("YH.QUERYNSRJMBAXX",)),
        Reading("declaration.prepay_init", prepay_init, services=("SB.INITYJNSSBBYDJXH",)),
        Writing("declaration.prepay_save", prepay_save, services=("SB.SAVEZZSYJNSSBXX",)),
        Reading("declaration.prepayments", partial(rows, table="prepayments")),
    )

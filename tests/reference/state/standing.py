"""What a taxpayer at the office did before: registered, bought invoices, handed in and settled a return."""

from __future__ import annotations

import itertools
from typing import Any

from tests.reference.documents import (
    general,
    invoice_range,
    month,
    payment,
    rows,
    small_2016,
    surcharged,
    with_surcharges,
)
from tests.reference.office import Office

Document = dict[str, Any]
NUMBERS = itertools.count(20_000)


def registered(office: Office, made: Any, **changes: Any) -> int:
    number = next(NUMBERS)
    office.ok("registration.save", made(number) | changes)
    return number


def k(year: int, month_: int) -> int:
    """The months since January 2015."""
    return 12 * (year - 2015) + month_ - 1


def at(number: int, period: int, rate: int, row: str, **changes: Any) -> Document:
    """A return of one row of sheet 1: 10,000 yuan of sales at a rate."""
    tax = 100 * rate
    column = rows(r1=10_000, r11=tax, r19=tax, r24=tax, r32=tax, r34=tax)
    to_date = {field: amount * (period % 12 + 1) for field, amount in column.items()}
    document = general(number, period)
    document["zb"] = [{"ewblxh": i + 1, **each} for i, each in enumerate((column, to_date, rows(), rows()))]
    sold = {"ewbhxh": row, "wkjfpXse": 10_000, "wkjfpXxynse": tax, "xse": 10_000, "hjXxynse": tax}
    return with_surcharges(document) | {"fb1": {"rows": [sold]}, "fb2": {"rows": []}} | changes


def as_of_2016(number: int, year: int, month_: int, **amounts: float) -> Document:
    """A month of the form of 2016: sales of 400,000 at 3 %."""
    document = small_2016(number)
    start, end = month(k(year, month_))
    if start < "2021-08":
        document["xgm"] = {field: document["xgm"][field] for field in document["xgm"] if int(field[1:]) < 23}
    document |= {"skssqq": start, "skssqz": end, "sbrq1": month(k(year, month_) + 1)[0]}
    document["xgm"] |= amounts
    if start >= "2021-08":
        document["xgm"] |= surcharged(document["xgm"]["r22"]) | amounts
    return document


def settle(office: Office, number: int, document: Document) -> None:
    """File it and pay what is due on its first day, without a late fee."""
    voucher = office.ok("declaration.submit", document)
    on_time = payment(number, (voucher["pzxh"], voucher["ybtse"])) | {"jkrq": document["sbrq1"]}
    office.ok("collection.pay", on_time)


def bought(office: Office, number: int, **changes: Any) -> None:
    office.ok("invoice.buy", invoice_range(number) | changes)

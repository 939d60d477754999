"""Payments of what is unpaid, through the taxpayer's tri-party agreement."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from generators.books.market import accounts_of
from generators.books.paying import late_fee
from generators.books.periods import number, period_of, scale_in
from generators.books.settling import Settled, deadline_of, settled
from generators.calendar import Period
from generators.documents.record_kind import JourneyDocument, Record, RecordKind, numbered
from generators.documents.vat.declaration import PERIODS_A_YEAR, due, first_year
from generators.documents.vat.heading import filing_day
from generators.eras.era import NAMED
from generators.identifiers import make_officer, make_pzxh
from generators.taxpayers.taxpayer import Taxpayer

OFFICERS = 40  # officers of a bureau who enter payments
VAT = "10101"  # zsxmDm
FINE = "39999"  # as the reference target has it: no late fee is asked on a fine


class Visit(NamedTuple):
    """What a taxpayer does about what is unpaid. `document`: the payment, None when he pays nothing; `due`:
    what the return of the period asks for, in fen."""

    document: dict[str, Any] | None
    due: int

    def left(self, items: Sequence[Mapping[str, Any]], pzxh: str) -> int:
        """Return the fen that are still open on a voucher of `items` after the payment."""
        asked = sum(_fen(item["ybtse"]) for item in items if item["pzxh"] == pzxh)
        paid = self.document["items"] if self.document else ()
        return asked - sum(_fen(item["kkje"]) for item in paid if item["pzxh"] == pzxh)


def payment(t: Taxpayer, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pay unpaid vouchers `{"pzxh", "ybtse": yuan}` in full, as `collection.unpaid` lists them.

    Shape: {"djxh", "sfxyh", "zgswjgDm", "lrrDm", "items": [{"pzxh", "kkje": yuan}]}; with the late fee
    ("znj", yuan) of what the list says to have one.
    """
    found = [
        {"pzxh": item["pzxh"], "kkje": item["ybtse"]} | ({"znj": item["znj"]} if item.get("znj") else {})
        for item in items
    ]
    return _document(t, found)


def payment_on(t: Taxpayer, items: Sequence[Mapping[str, Any]], day: str) -> dict[str, Any]:
    """Pay unpaid vouchers (`payment`, and of each `skssqz`) in full on a day, with the late fee of it."""
    on, found = date.fromisoformat(day), []
    for item in items:
        days = _days(item["skssqz"], on) if "skssqz" in item else 0
        found.append({**item, "znj": late_fee(_fen(item["ybtse"]), days) / 100})
    return payment(t, found) | {"jkrq": day}


def _document(t: Taxpayer, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "djxh": t.djxh,
        "sfxyh": t.agreement,
        "zgswjgDm": t.authority,
        "lrrDm": make_officer(t.authority, 1 + t.key % OFFICERS),
        "items": items,
    }


def visit(t: Taxpayer, k: int, items: Sequence[Mapping[str, Any]]) -> Visit:
    """Pay what the books pay in the month in which the k-th return is filed, of the vouchers that are listed
    as unpaid (`payment`, and of each `zsxmDm`, `skssqq`, `skssqz`), all on one day `jkrq`.

    VAT of this month's return and of those before is paid as far as the books have paid it by the end of the
    month; what they pay too much is not, as no more than what is open can be paid through an agreement. All
    else that is listed is paid in full. The day is the books'; on a profile that is a day, that day: who pays
    after it has not paid yet. Late fee: collection law, rules, article 75, on the part that is paid.
    """
    scale, when = period_of(t, k)
    month = number(when) + 1
    this = settled(t, k, when, accounts_of(t, when.year) if scale == "general" else None)
    today = date.fromisoformat(t.profile) if k == 0 and t.profile not in NAMED else None
    day = today or this.day_in(month) or date.fromisoformat(filing_day(t, k, when.end))
    found = []
    for item in items:
        if item.get("skssqz", "") >= str(day):
            continue  # of a period that is not over on this day: another tax of a longer one
        owed = _owed(t, item, when, this, month, today)
        paid = _fen(item["ybtse"]) - owed
        if paid > 0:
            late = 0 if item.get("zsxmDm") == FINE or "skssqz" not in item else _days(item["skssqz"], day)
            fee = late_fee(paid, late)
            found.append({"pzxh": item["pzxh"], "kkje": paid / 100} | ({"znj": fee / 100} if fee else {}))
    document = {**_document(t, found), "jkrq": str(day)} if found else None
    return Visit(document, this.due)


def _owed(
    t: Taxpayer, item: Mapping[str, Any], when: Period, this: Settled, month: int, today: date | None
) -> int:
    """Fen that the books leave open on a voucher at the end of the month, or at the end of today."""
    if item.get("zsxmDm", VAT) != VAT or "skssqq" not in item:
        return 0
    its = Period(item["skssqq"], item["skssqz"])
    if its == when:
        paid_on = this.day_in(month)
        if today and paid_on and this.deadline < paid_on and today < paid_on:
            return this.due
        return this.owed(month)
    a = accounts_of(t, its.year) if scale_in(t, its.end) == "general" else None
    return settled(t, 0, its, a).owed(month)


def _days(end: str, day: date) -> int:
    return (day - deadline_of(date.fromisoformat(end))).days


def _fen(yuan: float) -> int:
    return round(100 * yuan)


def second_agreement(t: Taxpayer) -> dict[str, Any]:
    """An agreement on a second account at the same bank: {"sfxyh", "khyhhh", "jkzh", "jkzhmc"}."""
    account = {"khyhhh": t.bank_line, "jkzh": f"{t.bank_account}2", "jkzhmc": t.name}
    return {"sfxyh": f"9{t.serial:014d}", **account}


def prepayment(t: Taxpayer) -> dict[str, Any]:
    """VAT to prepay on a month's sales: {"djxh", "skssqq", "skssqz", "xssr": yuan, "yzl": per cent}."""
    sales = 1000.0 + t.key % 900_000
    return {
        "djxh": t.djxh, "skssqq": "2015-09-01", "skssqz": "2015-09-30", "xssr": sales,
        "yzl": str(2 + t.key % 2),
    }  # fmt: skip


def _of_first_year(t: Taxpayer) -> Iterator[Record]:
    for k, document in enumerate(first_year(t)):
        if due(document) > 0:
            pzxh = make_pzxh(t.authority, t.index * PERIODS_A_YEAR + k)
            yield payment(t, [{"pzxh": pzxh, "ybtse": due(document)}])


RECORD_KINDS = {
    "payment": RecordKind("payments of what the declarations of the first year ask for", _of_first_year),
    **numbered("agreement", "tri-party agreement numbers", lambda t: t.agreement),
    **numbered("pzxh", "voucher serials", lambda t: make_pzxh(t.authority, t.index)),
}
JOURNEY_DOCUMENTS = {
    "payment": JourneyDocument(lambda work, reply: payment(work.taxpayer, reply.get("items", [])))
}

"""What a decision in one domain forbids, or allows, in another: supply that was stopped, invoices that were
lost, preferences that a return names, a return that was deferred."""

from __future__ import annotations

from datetime import date

from renhai.reference.cases.tables import valid_rows
from renhai.reference.operations.taxpayers import Registered, excuse, guard
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, digits, entries, money, yuan
from renhai.reference.storage.jobs import View

STOPPED = rule("80120011", "已停供发票，不能发售", "no invoices are sold to who is stopped")
LOST = rule("80020007", "该发票已挂失，不能开具", "an invoice that was reported lost is not issued")

NOT_PREFERRED = rule(
    "80030005", "减免性质未备案或已取消", "a return names preferences on file for its period"
)
REDUCTION = rule(
    "80030006", "减免税额合计与主表应纳税额减征额不符", "what the preferences reduce is what the form does"
)

ANY_DAY = date.min
MOST_LINES = 50


@guard("invoice.buy")
def not_stopped(view: View, taxpayer: Registered, document: Document) -> None:
    """Domain 12: supply was stopped, and not resumed."""
    if valid_rows(view, taxpayer.djxh, "invoice_stop", ANY_DAY):
        raise Rejection(STOPPED, f"djxh {taxpayer.djxh} gets no invoices")


@guard("invoice.issue")
def not_lost(view: View, taxpayer: Registered, document: Document) -> None:
    """Domain 02: the number was reported lost."""
    code, number = str(document.get("fpDm") or ""), str(document["fphm"])
    if valid_rows(view, taxpayer.djxh, "lost_invoice", ANY_DAY, number, code):
        raise Rejection(LOST, f"{code} {number} was reported lost")


@guard("declaration.submit")
def preferences_on_file(view: View, taxpayer: Registered, document: Document) -> None:
    """Domain 03: each line of `jmxx` (减免税申报明细) names a preference that holds for the whole period, and
    together they are the reduction of the form."""
    if document.get("jmxx") is None:
        return
    start, end, total = str(document["skssqq"]), str(document["skssqz"]), 0
    for place, line in enumerate(entries(document, "jmxx", 1, MOST_LINES)):
        where = f"jmxx[{place}]."
        code, amount = digits(line, "ssjmxzhzDm", 10, where=where), money(line, "jmse", where)
        rows = valid_rows(view, taxpayer.djxh, "preference", ANY_DAY, code)
        if amount < 0 or not any(row[3] <= start and end <= row[4] for row in rows):
            raise Rejection(NOT_PREFERRED, f"{where}ssjmxzhzDm {code} is not on file for {start} to {end}")
        total += amount
    if total != (reduced := _reduction(document)):
        raise Rejection(REDUCTION, f"jmxx {yuan(total):.2f}, the form {yuan(reduced):.2f}")


def _reduction(document: Document) -> int:
    """Row 23 of the general form, both columns of the month; row 11 of the small one: fen."""
    if "zb" in document:
        return sum(round(100 * float(document["zb"][column]["ynsejze"])) for column in (0, 2))
    form = document["xgm"]
    return round(100 * float(form.get("bqynsejze") or form.get("r16") or 0))


@excuse
def deferred(view: View, taxpayer: Registered, start: str, filed_on: str) -> bool:
    """Domain 13: the return was deferred, to a day that has not passed."""
    return any(
        filed_on <= row[2] for row in valid_rows(view, taxpayer.djxh, "deferred_filing", ANY_DAY, start)
    )

"""What a decision in one domain forbids in another: supply that was stopped, invoices that were lost."""

from __future__ import annotations

from datetime import date

from renhai.reference.cases.tables import valid_rows
from renhai.reference.operations.taxpayers import Registered, guard
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document
from renhai.reference.storage.jobs import View

STOPPED = rule("80120011", "已停供发票，不能发售", "no invoices are sold to who is stopped")
LOST = rule("80020007", "该发票已挂失，不能开具", "an invoice that was reported lost is not issued")

ANY_DAY = date.min


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

"""Domain 07 of who owes: a reminder, an order to pay, enforcement; or payment deferred."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.taxpayers.taxpayer import Taxpayer

MONTHS = 2
WITHDRAWN = "01"
"""zxcs: 01 withheld by the bank, 02 seized and sold (art. 40 of the Law); codes not confirmed."""


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The first voucher that is due: remind, then order; every fourth taxpayer asks for time instead."""
    for owed in on_file.facts.get("items", ()):
        number, amount = str(owed["pzxh"]), owed["ybtse"]
        if t.key % 4 == 0:
            if on_file.has("deferral", number) or "defer_payment" in on_file.open:
                continue
            form = {"pzxh": number, "yqje": amount, "yqqx": MONTHS}
            return Application("defer_payment", "SXA071020001", form, ("007002",))
        pressed = {"pzxh": number, "qsje": amount, "xjrq": "2015-12-31"}
        if not on_file.has("reminder", number):
            return Application("remind_debtor", "SXA071030001", pressed)
        if not on_file.has("payment_order", number):
            if "order_payment" not in on_file.open:
                return Application("order_payment", "SXA071030002", pressed)
        elif not on_file.has("enforcement", number) and "enforce_payment" not in on_file.open:
            forced = {"pzxh": number, "qsje": amount, "zxcs": WITHDRAWN}
            return Application("enforce_payment", "SXA071030003", forced)
    return None


CASES = CaseDomain("07", "追缴", next_case, asks="collection.unpaid", wants="owing", share=10)

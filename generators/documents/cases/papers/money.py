"""Domains 05 and 07: slips to pay at a bank, cash, certificates printed again and voided."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.taxpayers.taxpayer import Taxpayer

VAT = "10101"
CASH = "000001031"
CASH_BLANKS = 5_000_000_000
"""Above the numbers of the voucher managers' blocks (generators/documents/voucher.py)."""
PRINTS = 3
BANK = "102551000018"
FAILS = 3  # at the bank, one slip in so many; unconfirmed
UNDECIDED = {"defer_payment", "order_payment", "enforce_payment", "set_off_refund"}


def next_payment(t: Taxpayer, on_file: OnFile) -> Application | None:
    """A slip for what is due. It is paid at the bank and confirmed; or fails there, is released, and the
    voucher paid in cash."""
    if UNDECIDED & on_file.open:
        return None  # it is being decided what becomes of the debt
    for owed in on_file.facts.get("items", ()):
        number, due = str(owed["pzxh"]), {"pzxh": owed["pzxh"], "qsje": owed["ybtse"]}
        if owed["zsxmDm"] != VAT:
            continue
        if on_file.has("bank_slip", number):
            if t.key % FAILS:
                form = {**due, "yhhb": BANK, "jkrq": "2015-10-12"}
                return Application("confirm_bank_slip", "SXA071040004", form)
            form = {"pzxh": number, "jsyy": "银行扣款失败"}
            return Application("release_bank_slip", "SXA071040002", form)
        if not on_file.has("slip_released", number):
            return Application("print_bank_slip", "SXA071040001", {**due, "yhhb": BANK})
        paper = f"{CASH_BLANKS + int(number[-9:]):010d}"
        return Application("collect_cash", "SXA071040003", {**due, "pzzlDm": CASH, "hm": paper})
    return None


def next_certificate(t: Taxpayer, on_file: OnFile) -> Application | None:
    """A certificate is printed a second and a third time, and voided."""
    voided = {str(row["dm"]) for row in on_file.valid("certificate_void")}
    for issued in on_file.facts.get("rows", ()):
        serial = str(issued["serial"])
        if serial in voided or "void_certificate" in on_file.open:
            continue
        prints = [int(row["value"]) for row in on_file.valid("certificate_print") if row["dm"] == serial]
        if not prints or prints[-1] < PRINTS:
            form = {"serial": serial, "dycs": prints[-1] + 1 if prints else 2}
            return Application("reprint_certificate", "SXA052001003", form)
        return Application("void_certificate", "SXA052001004", {"serial": serial, "zfyy": "打印错位"})
    return None


CASES = CaseDomain("07", "缴款", next_payment, asks="collection.unpaid", wants="owing", share=10)
NAMED = {
    "reprint": CaseDomain("05", "重打", next_certificate, asks="certificate.list", wants="paid", share=1),
}

"""Domain 07: what was overpaid is set off against what is owed, by voucher; the rest is paid out."""

from __future__ import annotations

from generators.documents.cases.collection import PAPERS
from generators.documents.cases.form import Application, CaseDomain, OnFile, fen
from generators.taxpayers.taxpayer import Taxpayer

SET_OFF = "02"
"""clfsDm: 01 paid out, 02 set off."""


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """Who owes and has overpaid applies for the set-off; once it is approved it is posted. When nothing is
    owed any more, what is left is paid out."""
    debts = on_file.facts.get("items", ())
    if {"refund_overpaid", "set_off_refund"} & on_file.open:
        return None
    for row in on_file.valid("refunded"):
        left = left_of(on_file, row["dm"], row["je"])
        if row["value"] != SET_OFF or not left:
            continue
        if not debts:
            return _paid_out(on_file, str(row["dm"]), left / 100)
        form = {
            "pzxh": row["dm"],
            "dkpzxh": debts[0]["pzxh"],
            "qsje": min(left, fen(debts[0]["ybtse"])) / 100,
        }
        return Application("set_off_refund", "SXA071010004", form)
    for row in on_file.valid("overpaid") if debts else ():
        form = {"pzxh": row["dm"], "je": row["je"], "clfsDm": SET_OFF, "yhzh": t.bank_account}
        return Application("refund_overpaid", "SXA071010001", form, PAPERS)
    return None


def _paid_out(on_file: OnFile, voucher: str, left: float) -> Application | None:
    form = {"pzxh": voucher, "je": left}
    if not on_file.has("refund_form", voucher):
        return Application("print_refund_form", "SXA071010002", {**form, "thrq": "2015-10-12"})
    if not on_file.has("refund_confirmed", voucher):
        return Application("confirm_refund", "SXA071010003", {**form, "gkrq": "2015-10-13"})
    return None


def left_of(on_file: OnFile, voucher: object, approved: float) -> int:
    """What of an approved refund is not set off yet, in fen."""
    return fen(approved) - sum(fen(row["je"]) for row in on_file.valid("set_off") if row["value"] == voucher)


CASES = CaseDomain("07", "抵缴", next_case, asks="collection.unpaid", wants="owing", share=1)

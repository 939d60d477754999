"""Domains 06 and 07: a paid return is corrected downwards, and what was overpaid is refunded."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile, fen
from generators.taxpayers.taxpayer import Taxpayer

PAID_OUT = "01"
PAPERS = ("007001",)
PART = 20
"""One twentieth of the tax was declared too much."""
EVER = {"skssqq": "2000-01-01", "skssqz": "2099-12-31"}
FINE = "39999"
TREASURY = ("refund_form", "refund_confirmed")


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """Refund what is overpaid, up to the treasury's confirmation; else correct a return that was paid."""
    formed, confirmed = ({str(row["dm"]) for row in on_file.valid(kind)} for kind in TREASURY)
    for row in on_file.valid("refunded"):
        form = {"pzxh": row["dm"], "je": row["je"]}
        if row["value"] != PAID_OUT:
            continue  # it is set off: papers/set_off.py
        if row["dm"] not in formed:
            return Application("print_refund_form", "SXA071010002", {**form, "thrq": "2015-10-12"})
        if row["dm"] not in confirmed:
            return Application("confirm_refund", "SXA071010003", {**form, "gkrq": "2015-10-13"})
    over = on_file.valid("overpaid")
    if over:
        if "refund_overpaid" in on_file.open:
            return None
        form = {"pzxh": over[-1]["dm"], "je": over[-1]["je"], "clfsDm": PAID_OUT, "yhzh": t.bank_account}
        return Application("refund_overpaid", "SXA071010001", form, PAPERS)
    corrected = {str(row["dm"]) for row in on_file.rows if row["kind"] in ("overpaid", "refunded")}
    for item in on_file.facts.get("items", ()):
        tax = fen(item["je"])
        if item["zsxmDm"] == FINE or item["pzxh"] in corrected or tax < PART:
            continue
        if "correct_return" in on_file.open:
            return None
        right = (tax - tax // PART) / 100
        form = {"pzxh": item["pzxh"], "yybtse": item["je"], "gzhybtse": right, "gzyy": "销售额多计"}
        return Application("correct_return", "SXA061009001", form)
    return None


CASES = CaseDomain("07", "征收", next_case, asks="certificate.paid", asked=EVER, wants="paid", share=10)

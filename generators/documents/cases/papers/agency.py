"""Domain 02: the bureau issues an invoice as agent: application, tax, issue, print; one in two is voided."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.documents.record_kind import Record
from generators.taxpayers.taxpayer import Taxpayer

CODE = "143001510001"
"""fpDm of the officers' blank stock; made up."""
APART = 100  # numbers from one taxpayer to the next
VOIDED = 2
MOST = 20  # invoices issued for one taxpayer


def _number(t: Taxpayer, issued: int) -> str:
    return f"{(t.serial * APART + issued) % 10**8:08d}"


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The step that follows for the application under way; else the next application."""
    done = {str(row["dm"]) for row in on_file.valid("agency_printed")}
    issued = {str(row["dm"]): str(row["value"]) for row in on_file.valid("agency_invoice")}
    paid = {str(row["dm"]) for row in on_file.valid("agency_tax")}
    applied = on_file.valid("agency_application")
    spent = len([row for row in on_file.rows if row["kind"] == "agency_invoice"])
    for row in applied:
        name, amount = str(row["dm"]), round(float(row["je"]) * 100)
        if name in done:
            continue
        if name in issued:
            return Application("print_agency_invoice", "SXA021020004", {"sqxh": name})
        if name in paid:
            form = {"sqxh": name, "fpDm": CODE, "fphm": _number(t, spent)}
            return Application("issue_agency_invoice", "SXA021020003", form)
        tax = (amount * 6 + 100) // 200 / 100
        return Application("pay_agency_tax", "SXA021020002", {"sqxh": name, "se": tax, "jkfs": "agreement"})
    voided = len(on_file.valid("agency_void"))
    if len(done) > VOIDED * (voided + 1) - 1 and "void_agency_invoice" not in on_file.open:
        name = sorted(done)[-1]
        form = {"sqxh": name, "fphm": issued[name], "zfyy": "购买方信息有误"}
        return Application("void_agency_invoice", "SXA021020005", form)
    if "apply_agency_invoice" in on_file.open or len(applied) >= MOST:
        return None
    name = f"{t.serial:010d}{len(applied) + 1:04d}"
    asked: Record = {"sqxh": name, "gprxm": "长沙某单位", "spmc": "劳务", "je": 1000.0 + t.key % 50_000}
    return Application("apply_agency_invoice", "SXA021020001", asked)


CASES = CaseDomain("02", "代开", next_case)

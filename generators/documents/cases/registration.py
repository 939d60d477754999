"""Domains 01 and 02: accounting filed, then changes that name the old and the new value; kinds of invoices,
and numbers that were lost."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile, first_day
from generators.taxpayers.taxpayer import Taxpayer

ENTERPRISE_ACCOUNTING, SMALL_ACCOUNTING = "101", "102"
MONTHLY, QUARTERLY = "11", "21"
ORIGINAL = "1"
"""swdjzjzl: 1 original, 2 copy; not confirmed."""


def accounting(t: Taxpayer) -> Application:
    """The filing of the accounting system."""
    general = t.scale == "general"
    kind = ENTERPRISE_ACCOUNTING if general else SMALL_ACCOUNTING
    reports = MONTHLY if general else QUARTERLY
    form = {"kjzdzzDm": kind, "bbbsqDm": reports, "yxqq": first_day(t)}
    return Application("file_accounting", "SXA011030001", form)


def change(t: Taxpayer, on_file: OnFile) -> Application:
    """The taxpayer moves within the street: from what is on file to the next house."""
    moved = [str(row["value"]) for row in on_file.valid("changed_item") if row["dm"] == "scjydz"]
    old, number = moved[-1] if moved else t.address, on_file.number + 2
    form = {"bgxmDm": "scjydz", "bgqz": old, "bghz": f"{t.address}{number}栋", "bgrq": first_day(t)}
    return Application("change_registration", "SXA011002002", form)


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The accounting system and what the first registration left out; papers, anew after each change."""
    if not on_file.has("accounting") and "file_accounting" not in on_file.open:
        return accounting(t)
    if not on_file.has("completed") and "complete_registration" not in on_file.open:
        form = {"zczb": 10_000.0 + t.key % 990_000, "cyrs": 1 + t.key % 90, "jyfw": "货物销售及服务"}
        return Application("complete_registration", "SXA011001002", form)
    if not on_file.has("registration_paper") and "print_registration" not in on_file.open:
        number = f"{t.serial:010d}{on_file.number:04d}"
        form = {"swdjzjzl": ORIGINAL, "swdjzjhm": number, "fzrq": first_day(t)}
        return Application("print_registration", "SXA011001003", form)
    return None if "change_registration" in on_file.open else change(t, on_file)


CASES = CaseDomain("01", "登记", next_case)

KINDS = ("1130", "2130", "2200")
"""fpzlDm; the list of kinds is provincial."""
LOW = 10_000.0


def next_invoice_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The last number of a range in hand, not issued yet, is reported lost; else a kind is approved."""
    lost = {str(row["dm"]) for row in on_file.rows if row["kind"] == "lost_invoice"}
    for held in on_file.facts.get("ranges", ()):
        number = str(held["fpzzhm"])
        if held["fpDm"] and number not in lost and "report_invoice_loss" not in on_file.open:
            form = {"fpDm": held["fpDm"], "fphm": number, "dsrq": first_day(t)}
            return Application("report_invoice_loss", "SXA021011001", form)
    for kind in KINDS:
        if not on_file.has("invoice_kind", kind) and "approve_invoice_kinds" not in on_file.open:
            form = {"fpzlDm": kind, "mczggpsl": 25, "myzggpsl": 50, "dffpzgkpxe": LOW}
            return Application("approve_invoice_kinds", "SXA021001001", form)
    return None


MORE_CASES = (CaseDomain("02", "发票", next_invoice_case, asks="invoice.stock"),)

"""Domain 02: what is in hand is given back, a kind with it; an invoice that was issued gets a red notice."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.documents.cases.registration import LOW
from generators.taxpayers.taxpayer import Taxpayer

RETURNED = 2  # one taxpayer in so many gives them back for sale, the others for the shredder
KIND = "2300"
"""fpzlDm that is approved and surrendered again; the list of kinds is provincial."""


def next_surrender(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The first range in hand; a kind that was approved for it; then that kind anew."""
    for held in on_file.facts.get("ranges", ()):
        if held["fpDm"]:
            form = {"fpDm": held["fpDm"], "fpqshm": held["fpqshm"], "fs": held["remaining"]}
            if t.key % RETURNED == 0:
                return Application("return_invoices", "SXA021010001", {**form, "tpyy": "01"})
            return Application("surrender_invoices", "SXA021012001", form)
    if {"approve_invoice_kinds", "surrender_invoice_kind"} & on_file.open:
        return None
    if on_file.has("invoice_kind", KIND):
        return Application("surrender_invoice_kind", "SXA021001002", {"fpzlDm": KIND})
    form = {"fpzlDm": KIND, "mczggpsl": 25, "myzggpsl": 50, "dffpzgkpxe": LOW}
    return Application("approve_invoice_kinds", "SXA021001001", form)


def next_red(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The first blue invoice with a code that has no notice yet."""
    noticed = {(str(row["value"]), str(row["dm"])) for row in on_file.valid("red_notice")}
    if "notify_red_invoice" in on_file.open:
        return None
    for issued in on_file.facts.get("rows", ()):
        one = (issued["fpDm"], issued["fphm"])
        if one[0] and issued["hjje"] > 0 and one not in noticed and not _same_number(one[1], noticed):
            amounts = {"je": issued["hjje"], "se": issued["hjse"]}
            form = {"fpDm": one[0], "fphm": one[1], **amounts}
            return Application("notify_red_invoice", "SXA021014001", form)
    return None


def _same_number(number: str, noticed: set[tuple[str, str]]) -> bool:
    return any(number == other for _, other in noticed)


CASES = CaseDomain("02", "缴销", next_surrender, asks="invoice.stock")
NAMED = {"red_notice": CaseDomain("02", "红字", next_red, asks="invoice.list", share=10)}

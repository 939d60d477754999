"""Domain 08: exports of one month after another, at the rate of refund."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.taxpayers.taxpayer import Taxpayer

RATE = 0.13
ITEMS = (("refund_exempt_credit", "LCSXA081038005"), ("refund_export", "LCSXA081039005"))


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The next month that has no refund; makers of goods by exemption and credit, traders by refund."""
    item, code = ITEMS[t.key % 2]
    if item in on_file.open:
        return None
    number = len(on_file.valid("export_refund"))
    sales = 100 * (1000 + (t.key // (number + 1)) % 100_000)
    month = f"{2015 + number // 12}{number % 12 + 1:02d}"
    form = {
        "sbny": month, "ckxse": float(sales), "tsl": RATE, "ytse": sales * 13 / 100,
        "plbh": f"{t.djxh}{month}",
    }  # fmt: skip
    return Application(item, code, form)


CASES = CaseDomain("08", "出口退税", next_case, "export.upload")

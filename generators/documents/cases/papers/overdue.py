"""Domain 06: a return that is overdue and not filed is ordered; filed late, it is fined (legal.py)."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.taxpayers.taxpayer import Taxpayer

SPAN = {"skssqq": "2015-01-01", "skssqz": "2099-12-31"}
ORDERED_BY = "2099-12-31"


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The first period that is overdue and was not ordered yet; one order at a time."""
    if "order_filing" in on_file.open:
        return None
    for period in on_file.facts.get("items", ()):
        if not on_file.has("filing_order", str(period["skssqq"])):
            form = {"skssqq": period["skssqq"], "skssqz": period["skssqz"], "xgrq": ORDERED_BY}
            return Application("order_filing", "SXA061010001", form)
    return None


CASES = CaseDomain("06", "逾期", next_case, asks="declaration.overdue", asked=SPAN)

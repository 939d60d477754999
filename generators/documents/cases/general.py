"""Domain 13, and what domain 02 builds on it: a licence for a higher limit, then the kind of invoice."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.taxpayers.taxpayer import Taxpayer

HIGH = 1_000_000
YEAR = "2015"
KIND = "1130"
"""fpzlDm: special invoices; the list of kinds is provincial."""


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """Licence, kind of invoice by it, later filing; a household's changed quota; requests without end."""
    under_way = on_file.open
    if not on_file.has("invoice_licence", str(HIGH)) and "license_special_invoice" not in under_way:
        return Application("license_special_invoice", "SXA131001001", {"zgkpxe": str(HIGH)}, ("013001",))
    licensed = on_file.has("invoice_licence", str(HIGH))
    if licensed and not on_file.has("invoice_kind", KIND) and "approve_invoice_kinds" not in under_way:
        form = {"fpzlDm": KIND, "mczggpsl": 25, "myzggpsl": 50, "dffpzgkpxe": float(HIGH)}
        return Application("approve_invoice_kinds", "SXA021001001", form)
    if not on_file.has("deferred_filing", "2015-09-01") and "license_deferred_filing" not in under_way:
        form = {"skssqq": "2015-09-01", "yqrq": "2015-11-30", "yy": "财务人员变动"}
        return Application("license_deferred_filing", "SXA131002001", form)
    if (licence := None if t.individual else _licence(t, on_file)) is not None:
        return licence
    if t.individual and on_file.has("quota") and "change_quota" not in under_way:
        year = on_file.valid("quota")[-1]["dm"]
        form = {"nd": year, "xde": 100.0 + t.key % 900, "zxqq": "2015-10-01", "zxqz": "2099-12-31"}
        return Application("change_quota", "SXA131003001", form)
    if "answer_request" in under_way:
        return None
    return Application(
        "answer_request", "SXA131009001", {"nr": f"第{on_file.number + 1}次来访：咨询办税事项"}
    )


def _licence(t: Taxpayer, on_file: OnFile) -> Application | None:
    """A company's further licences: printing with its name, prepayment, consolidation."""
    if not on_file.has("printing_licence", KIND) and "license_printing" not in on_file.open:
        return Application("license_printing", "SXA131004001", {"fpzlDm": KIND, "yzsl": 100 + t.key % 900})
    if not on_file.has("prepayment_licence", YEAR) and "license_prepayment" not in on_file.open:
        form = {"nd": YEAR, "yjfs": str(1 + t.key % 3)}
        return Application("license_prepayment", "SXA131005001", form)
    if not on_file.has("consolidation", YEAR) and "license_consolidation" not in on_file.open:
        form = {"nd": YEAR, "hzjgmc": "境外企业长沙机构"}
        return Application("license_consolidation", "SXA131006001", form)
    return None


CASES = CaseDomain("13", "综合", next_case)

"""Domain 04: general taxpayers once accounting is filed, the simplified method; quotas of households."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile, first_day
from generators.documents.cases.registration import accounting
from generators.documents.registration import tax_kinds
from generators.taxpayers.taxpayer import Taxpayer

GENERAL = "201"
SIMPLIFIED = "0809"
FIRST_YEAR = 2015
SOCIAL_FEE = ("10120", "101200100")
"""A tax kind that no registration has: the levy item of cultural construction; code not confirmed."""


def quota(t: Taxpayer, year: int = FIRST_YEAR) -> Application:
    """A quota for a year, by area, people and what was invoiced a month."""
    invoiced = 2000.0 + t.key % 20_000
    form = {
        "nd": str(year),
        "jymj": 10 + t.key % 90, "cyrs": 1 + t.key % 7, "yfpkje": invoiced,
        "gsyhdse": round(invoiced * 3) / 100, "zxqq": f"{year}-01-01", "zxqz": "2099-12-31",
    }  # fmt: skip
    return Application("determine_quota", "SXA042030001", form)


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """A household's quota; a company's way to the simplified method; for all, one more tax kind."""
    kinds = {kind["zsxmDm"] for kind in tax_kinds(t)}
    if t.individual and not on_file.has("quota") and "determine_quota" not in on_file.open:
        return quota(t)
    if not t.individual:
        if not on_file.has("accounting") and "file_accounting" not in on_file.open:
            return accounting(t)
        if not on_file.has("general") and "determine_general" not in on_file.open:
            return Application("determine_general", "SXA042020001", {"nsrzglxDm": GENERAL})
        if on_file.has("general") and not on_file.has("simplified"):
            form = {"jyzsDm": SIMPLIFIED, "yxqq": first_day(t)}
            return Application("file_simplified", "SXA042021001", form)
    item, sub_item = SOCIAL_FEE
    if item in kinds or on_file.has("tax_kind", item) or "determine_tax_kind" in on_file.open:
        return None
    form = {"zsxmDm": item, "zspmDm": sub_item, "nsqxDm": "06", "rdyxqq": first_day(t)}
    return Application("determine_tax_kind", "SXA042010001", form)


def yearly_quota(t: Taxpayer, on_file: OnFile) -> Application | None:
    """The quota of the year after the last one that was determined; None where it cannot be asked for."""
    if not t.individual or on_file.leaves or {"determine_quota", "change_quota"} & on_file.open:
        return None
    years = [int(row["dm"]) for row in on_file.rows if row["kind"] == "quota" and row["dm"]]
    return quota(t, max(years, default=FIRST_YEAR - 1) + 1)


CASES = CaseDomain("04", "认定", next_case)

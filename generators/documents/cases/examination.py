"""Domains 10 and 11: an assessment is concluded; one in three is handed to inspection, which opens a case."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.taxpayers.taxpayer import Taxpayer

CLEAR, CORRECTED, TO_INSPECTION = "01", "02", "03"
YEARS = tuple(range(2005, 2026))


def assessment(t: Taxpayer, year: int) -> Application:
    """The assessment of a year."""
    conclusion = (CLEAR, CORRECTED, TO_INSPECTION)[(t.key // (year - 2000)) % 3]
    form = {
        "fxdj": str(1 + t.key % 5), "skssqq": f"{year}-01-01", "skssqz": f"{year}-12-31",
        "zbmc": "税负率低于行业预警值", "jlDm": conclusion,
    }  # fmt: skip
    return Application("assess_taxpayer", "SXA101001001", form)


def next_assessment(t: Taxpayer, on_file: OnFile) -> Application | None:
    """What is concluded is fed back; else the next year is assessed."""
    fed_back = {str(row["dm"]) for row in on_file.valid("fed_back")}
    for row in on_file.valid("concluded"):
        if row["dm"] not in fed_back and "feed_back_assessment" not in on_file.open:
            form = {"skssqq": row["dm"], "bsje": float(t.key % 5000)}
            return Application("feed_back_assessment", "SXA101001002", form)
    done = {str(row["dm"])[:4] for row in on_file.rows if row["kind"] == "assessment"}
    if "assess_taxpayer" in on_file.open or len(done) == len(YEARS):
        return None
    return assessment(t, next(year for year in YEARS if str(year) not in done))


def next_inspection(t: Taxpayer, on_file: OnFile) -> Application | None:
    """A source, from assessment where one was handed over; once it is approved, the inspection."""
    number = len([row for row in on_file.rows if row["kind"] == "source"])
    sources = on_file.valid("source")
    if sources:
        if "inspect_taxpayer" in on_file.open:
            return None
        form = {
            "jbh": sources[0]["dm"],
            "jcqq": "2014-01-01",
            "jcqz": "2014-12-31",
            "cbse": float(t.key % 100_000),
        }
        return Application("inspect_taxpayer", "SXA111002001", form)
    if "register_source" in on_file.open:
        return None
    reason = "assessment" if on_file.has("suspect") else "report"
    form = {"ayly": reason, "jbh": f"{t.djxh}{number:04d}"}
    return Application("register_source", "SXA111001001", form)


CASES = CaseDomain("10", "纳税评估", next_assessment)
MORE_CASES = (CaseDomain("11", "稽查", next_inspection),)

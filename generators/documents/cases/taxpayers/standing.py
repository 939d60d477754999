"""Domain 01: households rest and resume; companies are marked abnormal, found again and cancelled."""

from __future__ import annotations

from generators.documents.cases.determination import quota
from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.taxpayers.taxpayer import Taxpayer

RESTS = {"tyqxq": "2015-10-01", "tyqxz": "2099-12-31"}
GONE = "05"
"""zxyyDm; the list of reasons is not confirmed."""


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """One step, when nothing else is under way: a quota, a rest, its end; for companies the way out."""
    if on_file.open or on_file.has("cancellation"):
        return None
    if on_file.has("suspension"):
        return Application("resume_business", "SXA011003002", {"fyrq": "2015-10-08"})
    if on_file.has("abnormal"):
        return Application("lift_abnormal", "SXA011006002", {"jcrq": "2015-10-09"})
    if t.individual and not on_file.has("quota"):
        return quota(t)
    if t.individual and not on_file.has("resumption"):
        return Application("suspend_business", "SXA011003001", RESTS)
    if not t.individual and not on_file.has("abnormal_lifted"):
        form = {"rdrq": "2015-10-01", "yy": "实地核查查无下落"}
        return Application("mark_abnormal", "SXA011006001", form)
    if on_file.facts.get("items"):
        return None  # not cleared: something is due, open or in hand
    form = {"zxyyDm": GONE, "zxrq": "2015-10-10"}
    return Application("cancel_registration", "SXA011005001", form, ("001001",))


CASES = CaseDomain("01", "停复业注销", next_case, asks="registration.clearance", alone=True)

"""Domain 12: a return that was late is punished; invoices are withheld from who was, and released again."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile, later
from generators.documents.vat.declaration import declaration, filing
from generators.taxpayers.taxpayer import Taxpayer

FINE = "39999"
"""zsxmDm of fines."""
LATE_RETURN = "0301"
"""wfxwDm of a return that is late; not confirmed."""
DAYS_LATE = 60
"""After the end of a period: later than any deadline of it."""
TWICE = 2
NOTICED = 4  # one in so many is told ahead and heard: the general penalty
SIMPLE_UP_TO = 1000.0


def late_declaration(t: Taxpayer, k: int) -> dict[str, object]:
    """The declaration of the k-th period, filed after its deadline."""
    end = filing(t, k)[1][1]
    return {**declaration(t, k), "sbrq1": later(end, DAYS_LATE)}


def general_penalty(t: Taxpayer, start: str, amount: float, number: int) -> Application:
    """The penalty with a notice ahead, for a late return of a period."""
    paper = f"长国税罚〔{start[:4]}〕{t.serial:08d}{number:03d}号"
    form = {
        "ajbh": f"{t.djxh}{start.replace('-', '')}", "wszg": paper, "wfxwDm": LATE_RETURN, "skssqq": start,
        "cfje": amount, "gzrq": later(start, 150), "cfrq": later(start, 160),
    }  # fmt: skip
    return Application("general_penalty", "SXA122031001", form)


def penalty(t: Taxpayer, start: str, amount: float, number: int) -> Application:
    """The simple penalty for the late return of a period, of the amount that was set for it."""
    paper = f"长国税简罚〔{start[:4]}〕{t.serial:08d}{number:03d}号"
    form = {
        "ajbh": f"{t.djxh}{start.replace('-', '')}", "wszg": paper,
        "wfxwDm": LATE_RETURN, "skssqq": start, "cfje": amount,
        "sprq": later(start, 150), "clrq": later(start, 151), "cfrq": later(start, 152),
    }  # fmt: skip
    return Application("simple_penalty", "LCSXA122030001", form)


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """Punish a late return; who was punished twice gets no invoices until that is lifted again."""
    if on_file.has("invoice_stop"):
        return Application("resume_invoices", "SXA122040002", {"jcrq": "2015-12-01"})
    punished = [str(row["dm"]) for row in on_file.rows if row["kind"] == "penalty"]
    stopped = {str(row["dm"]) for row in on_file.rows if row["kind"] == "invoice_stop"}
    free = [start for start in punished if start not in stopped]
    if len(free) >= TWICE and "stop_invoices" not in on_file.open:
        return Application("stop_invoices", "SXA122040001", {"skssqq": free[0], "tgrq": "2015-11-01"})
    for owed in on_file.facts.get("items", ()):
        if owed["zsxmDm"] == FINE and owed["skssqq"] not in punished and owed["ybtse"] <= SIMPLE_UP_TO:
            if t.key % NOTICED == 0 and not on_file.open:
                return general_penalty(t, str(owed["skssqq"]), owed["ybtse"], on_file.number)
            if "general_penalty" in on_file.open:
                return None
            return penalty(t, str(owed["skssqq"]), owed["ybtse"], on_file.number)
    return None


CASES = CaseDomain("12", "法制", next_case, asks="collection.unpaid", share=50, late=True)

"""Domain 05: work outside the area: certificate, report on arrival, tax prepaid, extension, write-off."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile, later
from generators.taxpayers.taxpayer import Taxpayer

AWAY = ("430200", "430300", "430600", "420100", "440100")
VALID_DAYS = 180
BEGUN = "2015-09-01"
RATE = 2
"""Per cent of the sales that is prepaid outside."""
EXTENDED = 3  # one in so many contracts takes longer


def contract(t: Taxpayer, number: int) -> float:
    """The sum of a contract outside, in yuan."""
    return float(10_000 + (t.key // (number + 1)) % 990_000)


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """Issue one; report it, prepay its tax, every third is extended; write it off; then another."""
    out, reported = on_file.valid("out_of_area"), on_file.valid("reported")
    if not out:
        number = on_file.number
        form = {
            "wcjyhdssglzmbh": f"{t.serial:08d}{number:04d}", "htje": contract(t, number),
            "htdfnsrmc": f"外埠{number + 1}号建设单位", "wcjydxzqh": AWAY[t.key % len(AWAY)],
            "zmyxqq": BEGUN, "zmyxqz": later(BEGUN, VALID_DAYS),
        }  # fmt: skip
        return Application("issue_out_of_area", "SXA052002001", form)
    paper = str(out[-1]["dm"])
    if not reported:
        return Application(
            "report_out_of_area", "SXA052002002", {"wcjyhdssglzmbh": paper, "byrq": "2015-09-02"}
        )
    if {"write_off_out_of_area", "extend_out_of_area"} & on_file.open:
        return None
    done = float(out[-1]["je"])
    tax = round(done * RATE) / 100
    if not on_file.has("prepaid", paper):
        form = {"wcjyhdssglzmbh": paper, "xssr": done, "yjl": str(RATE), "yjse": tax, "yjrq": "2015-10-09"}
        return Application("prepay_out_of_area", "SXA052002005", form)
    until = [str(row["value"]) for row in on_file.valid("valid_until") if row["dm"] == paper]
    if t.key % EXTENDED == 0 and until == [later(BEGUN, VALID_DAYS)]:
        form = {"wcjyhdssglzmbh": paper, "zmyxqz": later(until[0], VALID_DAYS)}
        return Application("extend_out_of_area", "SXA052002004", form)
    form = {"wcjyhdssglzmbh": paper, "sjhtje": done, "yyjskje": tax, "ybyjskje": tax}
    return Application("write_off_out_of_area", "SXA052002003", form)


CASES = CaseDomain("05", "证明", next_case)

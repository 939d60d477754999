"""Domain 03: a preference is put on file or approved, used in a return, and ended again."""

from __future__ import annotations

from generators.documents.cases.form import Application, CaseDomain, OnFile, fen
from generators.documents.record_kind import Record
from generators.documents.registration import tax_kinds
from generators.documents.vat.declaration import declaration
from generators.taxpayers.taxpayer import Taxpayer

REASONS = ("0001012301", "0001012302", "0001013611")
"""ssjmxzhzDm: class 01 (VAT); which sub-classes there are is not confirmed."""
NO_LONGER = "0102"
PAPERS = ("003114",)


def next_case(t: Taxpayer, on_file: OnFile) -> Application | None:
    """What is not on file is filed or applied for; once all are, the first is ended."""
    item = str(tax_kinds(t)[0]["zsxmDm"])
    for place, reason in enumerate(REASONS):
        if on_file.has("preference", reason):
            continue
        filed = place % 2 == 0
        if ("file_preference" if filed else "apply_preference") in on_file.open:
            continue
        span = {"jmqxq": "2015-01-01", "jmqxz": "2099-12-31"}
        form: dict[str, object] = {"ssjmxzhzDm": reason, "zsxmDm": item, "jmlxDm": "1", **span}
        if filed:
            return Application("file_preference", "SXA031900001", form, PAPERS)
        form["jmed"] = 1000.0 + t.key % 9000
        return Application("apply_preference", "SXA031900002", form, PAPERS)
    if "cancel_preference" in on_file.open or not on_file.has("preference", REASONS[0]):
        return None
    return Application("cancel_preference", "SXA031900003", {"ssjmxzhzDm": REASONS[0], "qxyyDm": NO_LONGER})


def relieved(t: Taxpayer, k: int, reason: str) -> Record:
    """The return of the k-th period, whose reduction is by a preference that is on file."""
    made = declaration(t, k)
    if "zb" in made:
        reduced = sum(fen(float(made["zb"][column]["ynsejze"])) for column in (0, 2))
    else:
        form = made["xgm"]
        reduced = fen(float(form["bqynsejze"] if "bqynsejze" in form else form["r16"]))
    return {**made, "jmxx": [{"ssjmxzhzDm": reason, "jmse": reduced / 100}]}


CASES = CaseDomain("03", "优惠", next_case)

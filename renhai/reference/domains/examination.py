"""Domains 08, 10 and 11: export refund as three calls, and what assessment hands to inspection."""

from __future__ import annotations

from functools import partial
from typing import Any

from renhai.reference.cases.effects import keep
from renhai.reference.cases.engine import UPLOAD, Engine
from renhai.reference.cases.loading import load
from renhai.reference.cases.model import OPEN_END
from renhai.reference.cases.registry import Application, call, check
from renhai.reference.cases.tables import CLOSED, REFUSED, WITHDRAWN, valid_rows
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, digits, fen, yuan
from renhai.reference.storage.jobs import Change, Decide, Insert, Query, View

RATE = rule("80080002", "应退税额大于出口销售额与退税率之积", "ytse is no more than ckxse x tsl")
NOT_EXPORT = rule("80080003", "非出口退税事项", "an export call is of an item of domain 08")
NO_FEEDBACK = rule("80080004", "尚无反馈", "feedback is there once the case is decided")
NOT_HANDED_OVER = rule(
    "80110002", "评估未移交稽查", "a source from assessment has one that was handed to inspection"
)

EXPORT = "08"
TO_INSPECTION = "03"
"""jlDm: 01 clear, 02 the taxpayer corrects and pays, 03 handed to inspection."""


@check("refund_within_rate")
def refund_within_rate(view: View, case: Application) -> None:
    """A refund is no more than the exports at the rate of refund, half up."""
    sales, wanted = fen(case.form["ckxse"], "ckxse"), fen(case.form["ytse"], "ytse")
    most = (sales * round(case.form["tsl"] * 100) * 2 + 100) // 200
    if not 0 < wanted <= most:
        raise Rejection(RATE, f"ytse {yuan(wanted):.2f}, at most {yuan(most):.2f}")


@call("hand_over")
def hand_over(view: View, case: Application) -> list[Insert | Change]:
    """A conclusion: it can be fed back, or is handed to inspection."""
    to_inspection = case.form["jlDm"] == TO_INSPECTION
    kind = "suspect" if to_inspection else "concluded"
    return [keep(view, case, kind, case.form["skssqq"], "", str(case.today), OPEN_END, 0)]


@check("assessment_handed_over")
def assessment_handed_over(view: View, case: Application) -> None:
    """A source that names assessment has one that was handed over."""
    suspect = valid_rows(view, case.taxpayer.djxh, "suspect", case.today)
    if case.form["ayly"] == "assessment" and not suspect:
        raise Rejection(NOT_HANDED_OVER, f"djxh {case.taxpayer.djxh} was not handed over")


def upload(document: Document, raw: bytes, engine: Engine) -> Decide:
    """export.upload: hand in a declaration of export refund; the answer's lcslid asks for the rest."""
    if engine.item_of(document).domain != EXPORT:
        raise Rejection(NOT_EXPORT, f"swsxDm {document['swsxDm']} is not of domain {EXPORT}")
    return engine.accept(document, raw, UPLOAD)


def state(document: Document, raw: bytes, engine: Engine) -> Query:
    """export.state: whether what was uploaded is decided: 0 under way, 1 accepted, 2 refused."""
    lcslid = digits(document, "lcslid", 32)

    def answer(view: View) -> dict[str, Any]:
        case = _export(engine, view, lcslid)
        decided = case.state == CLOSED or case.step > case.item.settled_at
        refused = case.state in (REFUSED, WITHDRAWN)
        return {"lcslid": lcslid, "clzt": "2" if refused else "1" if decided else "0"}

    return answer


def feedback(document: Document, raw: bytes, engine: Engine) -> Query:
    """export.feedback: the amount that was approved; refused while nothing is decided."""
    lcslid = digits(document, "lcslid", 32)

    def answer(view: View) -> dict[str, Any]:
        case = _export(engine, view, lcslid)
        month = case.document["form"]["sbny"]
        rows = view.all(_APPROVED, case.djxh, month, lcslid)
        if not rows:
            raise Rejection(NO_FEEDBACK, f"{lcslid} is {case.state}")
        return {"lcslid": lcslid, "sbny": month, "ytse": yuan(rows[0][0])}

    return answer


_APPROVED = (
    "SELECT je FROM case_rows "
    "WHERE djxh = ? AND kind = 'export_refund' AND dm = ? AND lcslid = ? AND copy = 0"
)


def _export(engine: Engine, view: View, lcslid: str) -> Any:
    case = engine.find(view, lcslid)
    if case.item.domain != EXPORT:
        raise Rejection(NOT_EXPORT, f"{lcslid} is of domain {case.item.domain}")
    return case


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The three calls of export refund."""
    engine = Engine(load(setup.domains), setup)
    return (
        Writing("export.upload", partial(upload, engine=engine)),
        Reading("export.state", partial(state, engine=engine)),
        Reading("export.feedback", partial(feedback, engine=engine)),
    )

"""The flow of cases as the verdict has it: rows of its rules, reasons, notes, and `cases` of run.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from results.flow.history import Flow
from results.flow.reading import read_flow
from results.flow.rules import CaseRow, judge_rules
from results.flow.summary import document
from results.metrics import MS, Quantity
from results.snapshot.run import Measured, ThresholdRow
from results.verdict.reasons import Reason
from results.verdict.reasons import goals as why

OFF_BALANCE = 0.2  # share by which Little's law may be off before it is told
RULES, PACE = "case_rules", "pace"  # keys of the manifest


class CasesJudged(NamedTuple):
    """document: `cases` of run.json, empty where the run had none. failures, doubts: as of goals."""

    document: dict[str, Any]
    rows: list[ThresholdRow]
    failures: list[Reason]
    doubts: list[Reason]
    notes: list[Reason]


def judge_cases(directory: Path, measured: Measured, known: Mapping[str, Any]) -> CasesJudged:
    """known: the manifest's further keys, `case_rules` and `pace` among them."""
    rules, pace = known.get(RULES) or {}, float(known.get(PACE) or 1.0)
    flow = read_flow(directory, measured)
    if flow is None and not rules:
        return CasesJudged({}, [], [], [], [])
    rows = judge_rules(rules, flow, pace)
    failures = [_broken(row) for row in rows if row.passed is False]
    if flow is not None and flow.doubled:
        failures.append(why.DoneTwice(count=len(flow.doubled), first=flow.doubled[0]))
    doubts = [_unjudged(row) for row in rows if row.passed is None]
    if flow is not None and rules and flow.holes:
        doubts.append(why.ReceiptsMissing(hole=flow.holes[0]))
    found = document(flow, pace) if flow is not None else {}
    return CasesJudged(found, [_told(row) for row in rows], failures, doubts, _notes(flow, found))


def _broken(row: CaseRow) -> Reason:
    rule = row.rule
    if row.value_s is None or math.isinf(row.value_s):
        return why.NeverClosed(subject=row.subject, rule=rule.text, judged=row.judged)
    name = f"{rule.of} {rule.metric}"
    limit = rule.text.removeprefix(name).strip()
    value = Quantity(row.value_s * 1000, MS)
    return why.TooSlow(subject=row.subject, metric=name, value=value, limit=limit, judged=row.judged)


def _unjudged(row: CaseRow) -> Reason:
    if row.young:
        return why.TooYoung(subject=row.subject, rule=row.rule.text, young=row.young)
    return why.NoCases(subject=row.subject, rule=row.rule.text)


def _told(row: CaseRow) -> ThresholdRow:
    known = row.value_s is not None and not math.isinf(row.value_s)
    return ThresholdRow(
        subject=row.subject,
        rule=row.rule.text,
        value=row.value_s * 1000 if known and row.value_s is not None else None,
        unit=MS,
        passed=row.passed,
        metric=row.rule.metric,
        limit=row.rule.limit_s * 1000,
    )


def _notes(flow: Flow | None, found: Mapping[str, Any]) -> list[Reason]:
    if flow is None:
        return []
    notes: list[Reason] = []
    if found["open_in_all"]:
        first, accepted = found["open"][0], len(flow.cases)
        notes.append(why.OpenAtEnd(open=found["open_in_all"], accepted=accepted, first=first))
    if flow.foreign:
        notes.append(why.OtherTasks(foreign=flow.foreign))
    for post, row in found["lists"].items():
        if row["little"] is not None and row["little"]["error"] > OFF_BALANCE:
            notes.append(why.ListGrew(post=post, error=row["little"]["error"]))
    return notes

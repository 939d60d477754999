"""What was found on printed papers, as rules of the verdict: a row for each bounded class, and what is
undecided. A paper that was not checked is never right: an explicit check that is not whole leaves a pass
undecided. What a scenario's own sample leaves out is counted, and said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results.checks.papers.document import OPEN
from results.snapshot.run import ThresholdRow
from results.verdict.checks.bounded import Check, read_document
from results.verdict.reasons import Reason
from results.verdict.reasons import audit as why
from results.verdict.run_summary import Judgement

NAME = "papers.json"
SUBJECT = "papers"


def read_papers(directory: Path) -> dict[str, Any] | None:
    """papers.json of a run; None where there is none that can be read."""
    return read_document(directory / NAME)


def _doubts(state: str, found: Mapping[str, Any]) -> list[Reason]:
    if state == "checked":
        return []
    if state == "not_possible":
        return [why.NoPaperRule()]
    if state == "nothing":
        return [why.NoPaper()]
    if state == "incomplete":
        papers = sum(found["counts"].get(name, 0) for name in OPEN)
        first = (found["problems"] or ["they are not there"])[0]
        return [why.PapersUnchecked(papers=papers, first=first)]
    return [why.PapersFailed(problem=str(found.get("problem") or "the check left no papers.json"))]


def _broken(row: ThresholdRow) -> Reason:
    kind = why.PaperKind[str(row.metric)]
    return why.PapersFound(kind=kind, count=int(row.value or 0), limit=int(row.limit or 0))


def _sampled(found: Mapping[str, Any]) -> list[Reason]:
    counts = found["counts"]
    if not counts.get("sampled_out"):
        return []
    return [why.PapersSampled(checked=counts["checked"], printed=counts["printed"])]


CHECK = Check(
    SUBJECT,
    "checked",
    why.NotAllChecked(),
    {"not_possible": why.PapersNotChecked(), "nothing": why.NonePrinted()},
    _broken,
    _doubts,
    _sampled,
)


def with_papers(
    judgement: Judgement, wanted: Mapping[str, Any] | None, found: Mapping[str, Any] | None
) -> Judgement:
    """The judgement with what the papers add. wanted: `papers` of the plan's goals, {"required", "most"}."""
    return CHECK.add(judgement, wanted, found)

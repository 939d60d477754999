"""What an audit found, as rules of the verdict: a row for each bounded class, and what is undecided.

Nothing is fine that was not read back: an audit that is asked for and incomplete leaves a pass undecided. A
finding fails the run, whatever else could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results.snapshot.run import ThresholdRow
from results.verdict.checks.bounded import Check, read_document
from results.verdict.reasons import Reason
from results.verdict.reasons import audit as why
from results.verdict.run_summary import Judgement

NAME = "audit.json"
SUBJECT = "audit"


def read_audit(directory: Path) -> dict[str, Any] | None:
    """audit.json of a run; None where there is none that can be read."""
    return read_document(directory / NAME)


def _doubts(state: str, found: Mapping[str, Any]) -> list[Reason]:
    if state == "audited":
        return []
    if state == "not_possible":
        return [why.NoReads()]
    if state == "nothing":
        return [why.NothingToAudit()]
    if state == "incomplete":
        counts = found["counts"]
        open_ones = counts["unverified"] + counts["never_read"]
        first = (found["problems"] or ["no operation reads them"])[0]
        return [why.Unverified(writes=open_ones, first=first)]
    return [why.AuditFailed(problem=str(found.get("problem") or "the audit left no audit.json"))]


def _broken(row: ThresholdRow) -> Reason:
    return why.Found(kind=why.Kind[row.metric], count=int(row.value or 0), limit=int(row.limit or 0))


CHECK = Check(
    SUBJECT,
    "audited",
    why.NotAllRead(),
    {"not_possible": why.NotAudited(), "nothing": why.NothingWritten()},
    _broken,
    _doubts,
    hidden=lambda found: {
        kind: why.Unseen(operation=", ".join(names)) for kind, names in (found.get("unseen") or {}).items()
    },
)


def audited(
    judgement: Judgement, wanted: Mapping[str, Any] | None, found: Mapping[str, Any] | None
) -> Judgement:
    """The judgement with what the audit adds. wanted: `audit` of the plan's goals, {"required", "most"}."""
    return CHECK.add(judgement, wanted, found)

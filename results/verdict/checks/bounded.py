"""What the checks of a run have in common as rules of the verdict: the document of its writes and papers, a
row for each bounded class, and how findings and doubts change a verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results.snapshot.run import ThresholdRow, Verdict
from results.verdict.reasons import Reason
from results.verdict.run_summary import Judgement


@dataclass(frozen=True)
class Check:
    """A check whose findings are counted by class, each with a bound.

    whole: its state once all was looked at. unseen: why a row is not judged where not all was. absent: what
    is noted where nobody asked for the check by name, by its state. broken: the reason of a row that is not
    held. doubts: what a state, and the document that has it, leave undecided. also: what is noted of it.
    hidden: classes that nothing would show, and why, by which the bound of one is undecided.
    """

    subject: str
    whole: str
    unseen: Reason
    absent: Mapping[str, Reason]
    broken: Callable[[ThresholdRow], Reason]
    doubts: Callable[[str, Mapping[str, Any]], list[Reason]]
    also: Callable[[Mapping[str, Any]], list[Reason]] = lambda found: []
    hidden: Callable[[Mapping[str, Any]], Mapping[str, Reason]] = lambda found: {}

    def add(
        self, judgement: Judgement, wanted: Mapping[str, Any] | None, found: Mapping[str, Any] | None
    ) -> Judgement:
        """The judgement with what the check adds. wanted: of the plan's goals, {"required", "most"}."""
        if not wanted:
            return judgement
        state = found["state"] if found else "missing"
        if state in self.absent and not wanted["required"]:
            return judgement.adding(notes=[self.absent[state]])
        doubts = self.doubts(state, found or {})
        rows: list[ThresholdRow] = []
        if found and state in (self.whole, "incomplete"):
            whole, hidden = state == self.whole, self.hidden(found)
            unseen = {
                kind: hidden.get(kind, self.unseen) for kind in wanted["most"] if not whole or kind in hidden
            }
            rows = rows_of(self.subject, wanted["most"], found["counts"], unseen)
            doubts = doubts + [
                hidden[row.metric] for row in rows if row.passed is None and row.metric in hidden
            ]
        failures = [self.broken(row) for row in rows if row.passed is False]
        return Judgement(
            decided(judgement.verdict, failures, doubts),
            judgement.why + failures + doubts,
            [*judgement.thresholds, *rows],
            [*judgement.notes, *(self.also(found) if found else ())],
        )


def read_document(path: Path) -> dict[str, Any] | None:
    """The document of a check, with its `state` and `counts`; None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    usable = isinstance(found, dict) and isinstance(found.get("state"), str) and "counts" in found
    return found if usable else None


def rows_of(
    subject: str, most: Mapping[str, int], counts: Mapping[str, int], unseen: Mapping[str, Reason]
) -> list[ThresholdRow]:
    """Nothing found where not the whole was looked at proves nothing: such a row is not judged, and says why.
    unseen: of which classes that is so, and the reason."""
    rows = []
    for kind, limit in most.items():
        value = counts.get(kind, 0)
        held = value <= limit
        note = unseen.get(kind) if held else None
        rows.append(
            ThresholdRow(
                subject=subject,
                rule=f"{kind} <= {limit}",
                value=float(value),
                unit="",
                passed=None if note else held,
                metric=kind,
                limit=float(limit),
                note=note.en if note else "",
                note_zh=note.zh if note else "",
                note_code=note.record() if note else None,  # type: ignore[arg-type]
            )
        )
    return rows


def decided(verdict: Verdict, failures: Sequence[Reason], doubts: Sequence[Reason]) -> Verdict:
    """A finding fails what passed or was undecided; a doubt leaves a pass undecided."""
    if failures and verdict in ("pass", "inconclusive"):
        return "fail"
    return "inconclusive" if doubts and verdict == "pass" else verdict

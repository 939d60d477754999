"""What the checks of a run have in common as rules of the verdict: the document of its writes and papers, a
row for each bounded class, and how findings and doubts change a verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from results.snapshot.run import ThresholdRow, Verdict
from results.verdict.reasons import Reason


def read_document(path: Path) -> dict[str, Any] | None:
    """The document of a check, with its `state` and `counts`; None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    usable = isinstance(found, dict) and isinstance(found.get("state"), str) and "counts" in found
    return found if usable else None


def rows_of(
    subject: str, most: Mapping[str, int], counts: Mapping[str, int], whole: bool, note: Reason
) -> list[ThresholdRow]:
    """Nothing found where not the whole was looked at proves nothing: such a row is not judged, and says why
    by `note`."""
    rows = []
    for kind, limit in most.items():
        value = counts.get(kind, 0)
        held = value <= limit
        undecided = held and not whole
        rows.append(
            ThresholdRow(
                subject=subject,
                rule=f"{kind} <= {limit}",
                value=float(value),
                unit="",
                passed=None if undecided else held,
                metric=kind,
                limit=float(limit),
                note=note.en if undecided else "",
                note_zh=note.zh if undecided else "",
                note_code=note.record() if undecided else None,  # type: ignore[arg-type]
            )
        )
    return rows


def decided(verdict: Verdict, failures: Sequence[Reason], doubts: Sequence[Reason]) -> Verdict:
    """A finding fails what passed or was undecided; a doubt leaves a pass undecided."""
    if failures and verdict in ("pass", "inconclusive"):
        return "fail"
    return "inconclusive" if doubts and verdict == "pass" else verdict

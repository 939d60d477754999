"""A load that was shorter than its stages, as the rows of a file of its own came to an end (`at_end: stop`).

The scenario says that this ends it, so it decides nothing; that it did has to be seen beside the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from results.verdict.reasons import Reason
from results.verdict.reasons import plan as why
from results.verdict.validity.evidence import Evidence

KEY = "rows_end"  # of the manifest
MARGIN_S = 1.0  # what a load may take less than its stages by itself


class RowsEnd(BaseModel):
    """files: names of those whose end ends the load; of_s: seconds of its stages."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    files: str
    of_s: float = Field(gt=0)


def notes(evidence: Evidence, known: Mapping[str, Any]) -> list[Reason]:
    """known: the manifest's further keys."""
    measured = evidence.measured
    if known.get(KEY) is None or measured.ended != "completed":
        return []
    said = RowsEnd.model_validate(known[KEY])
    if measured.duration_s > said.of_s - MARGIN_S:
        return []
    return [why.EndedByRows(after=measured.duration_s, of=said.of_s, files=said.files)]

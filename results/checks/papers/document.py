"""papers.json: what was found on the papers of a run, for the verdict, the pages and the problem ledger.

`state`: checked; incomplete (a paper was not kept for want of room, could not be judged, or is missing);
nothing (no paper was printed); not_possible (the target file says of no operation what its papers must say);
failed. Papers that the scenario's sample leaves out are counted under `sampled_out`, and leave the state.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from results.checks.papers.judging import WHOLE
from results.checks.signature import normalised, problem_id

SCHEMA = 1
CHECK = "papers"
CLASSES = ("empty", "cut_off", "unreadable", "swapped", "wrong", "moved")
"""A paper is of the first class that it is found in."""
OPEN = ("unkept", "unchecked", "missing")
COUNTS = ("printed", "checked", "right", *CLASSES, "sampled_out", *OPEN)
MOST_FAULTS = 1000
MOST_EXAMPLES = 200
MOST_PROBLEMS = 50
_FIGURES = re.compile(r"-?\d+\.\d\d")
EXCERPT = 200  # characters of what is read


class Finding(NamedTuple):
    """Something that is not right on one paper. paper: the values by which it is found again; own: the field
    says whose paper it is, or holds a value of its taxpayer alone."""

    operation: str
    kind: str
    field: str
    expected: str
    found: str
    at_ms: int
    unit: str
    paper: Mapping[str, str]


@dataclass
class Papers:
    """What became of the papers of a run, operation by operation."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)
    units: dict[str, set[str]] = field(default_factory=dict)  # of which papers were checked

    def count(self, operation: str, kind: str, by: int = 1) -> None:
        self.counts.setdefault(operation, Counter())[kind] += by

    def problem(self, text: str) -> None:
        """Why something is not proven; told once."""
        if text not in self.problems:
            self.problems.append(text)


def document(run_id: str, papers: Papers, at: str, seconds: float, possible: bool = True) -> dict[str, Any]:
    """at: when they were looked at, ISO 8601."""
    totals: Counter[str] = Counter()
    for counts in papers.counts.values():
        totals.update(counts)
    told = list(papers.problems)
    rows = faults(papers.findings)
    if len(rows) > MOST_FAULTS:
        told.append(f"{len(rows):,} distinct problems, of which {MOST_FAULTS:,} are told")
    return {
        "schema": SCHEMA,
        "run_id": run_id,
        "at": at,
        "seconds": round(seconds, 3),
        "state": _state(totals, told, possible),
        "counts": {name: totals[name] for name in COUNTS},
        "operations": {name: {key: counts[key] for key in COUNTS} for name, counts in papers.counts.items()},
        "problems": told[:MOST_PROBLEMS],
        "findings": len(papers.findings),
        "faults": rows[:MOST_FAULTS],
        "examples": [_example(one) for one in papers.findings[:MOST_EXAMPLES]],
        "units": {name: sorted(units) for name, units in papers.units.items()},
        "pictures": papers.pictures,
    }


def _example(one: Finding) -> dict[str, Any]:
    return {**one._asdict(), "found": one.found[:EXCERPT], "paper": dict(one.paper)}


def failed(run_id: str, at: str, problem: str) -> dict[str, Any]:
    """Papers that could not be looked at."""
    found = document(run_id, Papers(problems=[problem]), at, 0.0)
    return {**found, "state": "failed", "problem": problem}


def _state(totals: Counter[str], told: Sequence[str], possible: bool) -> str:
    if not possible:
        return "not_possible"
    if told or any(totals[name] for name in OPEN):
        return "incomplete"
    return "checked" if totals["printed"] else "nothing"


def faults(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings that are one problem, told once: rows of the ledger, the most frequent first."""
    known: dict[str, dict[str, Any]] = {}
    for one in found:
        pair = _pair(one)
        number = problem_id(CHECK, one.operation, one.field, one.kind, pair)
        row = known.setdefault(
            number,
            {
                "id": number, "check": CHECK, "domain": one.operation.partition(".")[0],
                "operation": one.operation, "field": one.field, "kind": one.kind, "pair": pair,
                "count": 0, "fen": 0, "units": {}, "first": "", "last": "",
                "example": {"expected": one.expected, "found": one.found[:EXCERPT], "write": dict(one.paper)},
            },
        )  # fmt: skip
        row["count"] += 1
        row["units"][one.unit] = row["units"].get(one.unit, 0) + 1
        day = datetime.fromtimestamp(one.at_ms / 1000, UTC).date().isoformat()
        row["first"] = min(filter(None, (row["first"], day)))
        row["last"] = max(row["last"], day)
    return sorted(known.values(), key=lambda row: (-row["count"], row["id"]))


def _pair(one: Finding) -> str:
    """The pair of values without what is the taxpayer's own."""
    if one.kind == "wrong" and one.field != WHOLE:
        found = one.found.lstrip("¥￥").replace(",", "") if _FIGURES.fullmatch(one.expected) else one.found
        return normalised(one.expected, found, own=True)
    if one.kind == "moved":
        return f"{one.expected}→{one.found}"
    return f"{one.kind.replace('_', ' ')}"


def as_audit(found: Mapping[str, Any]) -> dict[str, Any]:
    """papers.json in the shape of audit.json, which the ledger merges. Raises KeyError for a damaged one."""
    counts = found["counts"]
    whole = found["state"] == "checked"
    return {
        **found,
        "run_id": f"{found['run_id']}/papers",  # beside the audit of the run
        "schema": 2,
        "state": "audited" if whole else "nothing" if found["state"] == "nothing" else "incomplete",
        "operations": {name: {"acknowledged": row["checked"]} for name, row in found["operations"].items()},
        "equations": [],
        "counts": {
            "acknowledged": counts["printed"],
            "unverified": sum(counts[name] for name in OPEN),
            "never_read": counts["sampled_out"],
        },
    }

"""What the operators of each unit and post did, over all load processes: `groups` of the snapshot.

One row for each unit and post, whatever the proficiency of those who sit there:

seats, signed_in        operators planned, and those who could begin to work
attempted               transactions begun: completed, failed, and cut where the run ended first
errors, rejected        error screens by cause: technical, or a refusal by a rule; error_screens: both
p50_ms, p95_ms, max_ms  time of a transaction that ended by itself, from intended start to last answer, by the
                        counts of HdrHistogram (3 significant digits); None where none ended
waiting_s, seated_s     operators' time in transactions, which is waiting for the system, and at work

Walks: which operations those transactions sent that came to their end, as evidence of the plan.

{journey: {kind: {"transactions": n, "sent": {operation: [once, twice, three times, more often]}}}}: of n
completed transactions, how many sent an operation so often. kind: how the taxpayer was found ("new", "back"
or "again", see renhai.spec.journeys.cases; "" where the journey took none). Judged by
results.verdict.validity.planned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from renhai.load.measure.histogram import HistogramSum
from renhai.plan.model import OperatorGroup

COUNTS = ("started", "completed", "failed", "cut")
SHOWN = ("p50", "p95", "max")


@dataclass
class PostTotal:
    """One unit's post. `seats` by the plan, times in nanoseconds."""

    unit: str
    post: str
    names: dict[str, str]
    seats: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    errors: int = 0
    rejected: int = 0
    signed_in: int = 0
    waited_ns: int = 0
    seated_ns: int = 0
    times: HistogramSum = field(default_factory=HistogramSum)

    def add(self, entry: Mapping[str, Any]) -> None:
        """One process's report of it."""
        for key, count in zip(COUNTS, entry["counts"], strict=True):
            self.counts[key] += count
        for key in ("errors", "rejected", "signed_in", "waited_ns", "seated_ns"):
            setattr(self, key, getattr(self, key) + entry[key])
        self.times.add(entry["times"])

    def row(self) -> dict[str, Any]:
        """Its row in measured.json."""
        counts = self.counts
        return {
            "unit": self.unit,
            "post": self.post,
            **self.names,
            "seats": self.seats,
            "signed_in": self.signed_in,
            "attempted": counts["started"],
            **{key: counts[key] for key in COUNTS[1:]},
            "error_screens": self.errors + self.rejected,
            "errors": self.errors,
            "rejected": self.rejected,
            **self._times(),
            "waiting_s": round(self.waited_ns / 1e9, 3),
            "seated_s": round(self.seated_ns / 1e9, 3),
        }

    def _times(self) -> dict[str, float | None]:
        times = self.times.histogram
        return {f"{name}_ms": times.milliseconds(name) if times.total else None for name in SHOWN}


class PostTotals:
    """All of a plan, in its order."""

    def __init__(self, groups: Sequence[OperatorGroup]) -> None:
        self._posts: dict[str, PostTotal] = {}
        for group in groups:
            names = {"unit_name": group.unit_name, "post_name": group.post_name}
            known = {key: name for key, name in names.items() if name}
            new = PostTotal(group.unit, group.shown_post, known)
            self._posts.setdefault(group.shown_name, new).seats += group.count

    def add(self, name: str, entry: Mapping[str, Any]) -> None:
        """One process's report of a desk; one that the plan does not have is left out."""
        if name in self._posts:
            self._posts[name].add(entry)

    def rows(self) -> list[dict[str, Any]]:
        return [desk.row() for desk in self._posts.values()]

    def times(self) -> Iterator[tuple[str, HistogramSum]]:
        """Name and transaction times of those that have any."""
        return ((name, desk.times) for name, desk in self._posts.items() if desk.times.total)


MOST = 4  # so often or more is counted as one

Paths = dict[tuple[str, ...], int]  # (journey, kind, its operations in their order) -> how many
Walks = dict[str, dict[str, dict[str, Any]]]


def folded(paths: Paths) -> Walks:
    """The paths of a second as counts, whose size does not depend on how many different paths there were."""
    found: Walks = {}
    for (journey, kind, *path), count in paths.items():
        walk = _walk(found, journey, kind)
        walk["transactions"] += count
        for operation, times in Counter(path).items():
            _times(walk, operation)[min(times, MOST) - 1] += count
    return found


def merge(into: Walks, other: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """Add the counts of one report."""
    for journey, kinds in other.items():
        for kind, entry in kinds.items():
            walk = _walk(into, journey, kind)
            walk["transactions"] += entry["transactions"]
            for operation, counts in entry["sent"].items():
                mine = _times(walk, operation)
                for place, count in enumerate(counts[:MOST]):
                    mine[place] += count


def _walk(walks: Walks, journey: str, kind: str) -> dict[str, Any]:
    return walks.setdefault(journey, {}).setdefault(kind, {"transactions": 0, "sent": {}})


def _times(walk: dict[str, Any], operation: str) -> list[int]:
    counts: list[int] = walk["sent"].setdefault(operation, [0] * MOST)
    return counts

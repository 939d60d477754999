"""How a run stands while it goes on: exact counts and latencies so far, from the status lines.

The same rules and the same nearest ranks as the judgement afterwards; only what has not ended is left out,
since it may yet end well.
"""

from __future__ import annotations

from base64 import b64decode
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renhai.plan.model import Plan
from results.report.wording import margin
from results.snapshot.facts import Facts
from results.snapshot.histograms import DEFAULT_LAYOUT, Histogram, added_sparse
from results.snapshot.run import ThresholdRow
from results.verdict.evaluate import evaluate

WINDOW_S = 30  # what the latencies of the last moment are taken over

Sparse = tuple[NDArray[np.int32], NDArray[np.int32]]


@dataclass
class LiveCounts:
    """What one operation, or one unit's post, did so far; `ok` of a post are its completed transactions."""

    started: int = 0
    ok: int = 0
    rejected: int = 0
    errors: int = 0
    signed_in: int = 0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    recent: deque[tuple[int, Sparse]] = field(default_factory=deque)

    def add(self, second: int, sparse: Sparse) -> None:
        """Take the latencies of a second, and let go of those older than WINDOW_S."""
        self.counts = added_sparse(self.counts, *sparse)
        self.recent.append((second, sparse))
        while self.recent and self.recent[0][0] <= second - WINDOW_S:
            self.recent.popleft()

    @property
    def latency(self) -> Histogram:
        return Histogram(self.counts, DEFAULT_LAYOUT)

    def lately(self, now: int) -> Histogram:
        """The latencies of the WINDOW_S seconds that end with second `now`."""
        counts: NDArray[np.int64] = np.zeros(0, np.int64)
        for second, sparse in list(self.recent):
            if second > now - WINDOW_S:
                counts = added_sparse(counts, *sparse)
        return Histogram(counts, DEFAULT_LAYOUT)

    def facts(self, seats: int = 0) -> Facts:
        ended = self.ok + self.rejected + self.errors
        return Facts(
            ended, self.ok, self.rejected, self.errors, 0, self.latency, seats, min(self.signed_in, seats)
        )


class LiveThresholds:
    """Adds up the status lines of one run. `plan`: for its thresholds and the seats of its posts."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.thresholds: Mapping[str, Sequence[str]] = plan.scenario.thresholds if plan is not None else {}
        self.seats: dict[str, int] = {}
        for group in plan.load.groups if plan is not None else ():
            self.seats[group.shown_name] = self.seats.get(group.shown_name, 0) + group.count
        self.operations: dict[str, LiveCounts] = {}
        self.posts: dict[str, LiveCounts] = {}
        self.seconds = 0

    def take(self, status: Mapping[str, Any]) -> None:
        """One more status line; one without details only moves the clock."""
        second = int(status.get("second", 0))
        self.seconds = second + 1
        for name, entry in status.get("operations", {}).items():
            account = self.operations.setdefault(name, LiveCounts())
            started, ok, rejected, errors, *spelt = entry
            account.started += started
            account.ok += ok
            account.rejected += rejected
            account.errors += errors
            account.add(second, _sparse(spelt))
        for name, entry in status.get("posts", {}).items():
            account = self.posts.setdefault(name, LiveCounts())
            started, completed, failed, _cut, signed_in, *spelt = entry
            account.started += started
            account.ok += completed
            account.errors += failed
            account.signed_in += signed_in
            account.add(second, _sparse(spelt))

    def rows(self) -> list[ThresholdRow]:
        """Every threshold as it would be judged if the run ended now."""
        operations = {name: account.facts() for name, account in self.operations.items()}
        posts = {name: self.posts.get(name, LiveCounts()).facts(seats) for name, seats in self.seats.items()}
        return evaluate(self.thresholds, operations, float(self.seconds), posts)

    def nearest(self) -> ThresholdRow | None:
        """The threshold furthest beyond its limit, or else nearest to it; None before there is one."""
        spare = [(_spare(row), row) for row in self.rows() if row.passed is not None]
        known = [(share, row) for share, row in spare if share is not None]
        return min(known, key=lambda pair: pair[0])[1] if known else None


def _spare(row: ThresholdRow) -> float | None:
    """The share of the limit that is left; one that is broken without a number comes before all others."""
    share = margin(row)
    return share if share is not None else None if row.passed else float("-inf")


def _sparse(spelt: Sequence[str]) -> Sparse:
    """Indexes and counts of renhai.load.measure.histogram.encode."""
    index, counts = (np.frombuffer(b64decode(text), dtype="<i4") for text in spelt)
    return index, counts

"""What a rule is measured on."""

from __future__ import annotations

from dataclasses import dataclass, field

from results.snapshot.histograms import Histogram


@dataclass(frozen=True)
class Facts:
    """What one subject did: counts of requests, and the latencies of those that finished.

    late: how many of `ok` were answered after the load had ended. requests: False for exceptions of a user's
    own Locust file, which are counted as errors and take no time.
    """

    started: int = 0
    ok: int = 0
    rejected: int = 0
    errors: int = 0
    unfinished: int = 0
    latency: Histogram = field(default_factory=Histogram.empty)
    seats: int = 0
    signed_in: int = 0
    late: int = 0
    requests: bool = True

    def added(self, other: Facts) -> Facts:
        return Facts(
            self.started + other.started,
            self.ok + other.ok,
            self.rejected + other.rejected,
            self.errors + other.errors,
            self.unfinished + other.unfinished,
            self.latency.added(other.latency),
            late=self.late + other.late,
        )

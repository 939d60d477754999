"""The token bucket that holds a process to its share of the ceiling."""

from __future__ import annotations

DEEP_S = 2.0  # seconds of its share that a process may save up: evens out Poisson arrivals


HELD_SHARE = 0.001  # as for dropped arrivals: below it no percentile up to p99 is moved


class TokenBucket:
    """One process's part of `ceiling.rate`, as a bucket of requests that fills as time goes by."""

    def __init__(self, rate: float, among: int) -> None:
        self.ceiling = rate
        self._since_ns = 0
        self.asked = 0
        self.held = 0
        self.share(among)
        self._left = self._depth

    def share(self, among: int) -> None:
        """From now on so many processes share the ceiling."""
        self._rate = self.ceiling / among
        self._depth = max(1.0, self._rate * DEEP_S)

    def wait_ns(self, now_ns: int) -> int:
        """Counts a request in; 0 when it may go now, else for how long it must be held back."""
        gained = (now_ns - self._since_ns) * self._rate / 1e9
        self._since_ns = now_ns
        self._left = min(self._depth, self._left + gained) - 1
        self.asked += 1
        if self._left >= 0:
            return 0
        self.held += 1
        return int(-self._left / self._rate * 1e9)

    @property
    def distorts(self) -> bool:
        """Whether more requests were held back than may be overlooked."""
        return self.held > HELD_SHARE * self.asked

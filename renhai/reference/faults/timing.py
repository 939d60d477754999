"""Faults that decide when an answer leaves: latency, stall, fixed capacity. All on the monotonic clock, in
seconds.

Each maps the time a request would otherwise be answered to a later one. Nothing is timed by sleeping: the
schedule is computed from the arrivals alone, so a late timer delays one answer and never the schedule of
those behind it.
"""

from __future__ import annotations

import heapq
from random import Random
from typing import Any

from renhai.reference.faults.spec import Spec, Times


def _times(spec: Spec) -> Times:
    assert spec.times is not None
    return spec.times


class Latency:
    """Added to each answer, independently of the others."""

    def __init__(self, spec: Spec, random: Random) -> None:
        self._times, self._random = _times(spec), random

    def answer_at(self, at: float, slowness: float) -> float:
        """When an answer due at `at` leaves."""
        return at + self._times.draw(self._random) * slowness

    def report(self, at: float, slowness: float) -> dict[str, Any]:
        """Its parameters."""
        return {"times": self._times.text, "mean_s": self._times.mean_s * slowness}


class Stall:
    """Nothing is answered during [first + k x period, first + k x period + length), k = 0, 1, ...

    Requests that arrive in a stall wait until its end. The first stall begins `period - length` after the
    fault was planted, unless told otherwise.
    """

    def __init__(self, spec: Spec, first: float) -> None:
        self._length, self._period, self.first = spec.seconds, spec.period_s, first

    def answer_at(self, at: float, slowness: float) -> float:
        """`at`, or the end of the stall it falls into."""
        if at < self.first:
            return at
        into = (at - self.first) % self._period
        return at - into + self._length if into < self._length else at

    def report(self, at: float, slowness: float) -> dict[str, Any]:
        """Its parameters, with the first stall on the monotonic clock and whether it stalls now."""
        stalled = self.answer_at(at, slowness) > at
        shape = {"length_s": self._length, "period_s": self._period}
        return {**shape, "first_stall_monotonic": self.first, "stalled": stalled}


class Capacity:
    """c servers with one first-come queue: the throughput ceiling is c / service time, whatever the timers
    do."""

    def __init__(self, spec: Spec, random: Random, now: float) -> None:
        self._times, self._random, self._servers = _times(spec), random, spec.number
        self._free = [now] * spec.number

    def answer_at(self, at: float, slowness: float) -> float:
        """The end of service of a request that joins the queue at `at`."""
        start = max(at, self._free[0])
        end = start + self._times.draw(self._random) * slowness
        heapq.heapreplace(self._free, end)
        return end

    def report(self, at: float, slowness: float) -> dict[str, Any]:
        """Its parameters, what it can serve a second now, and how long an arrival would wait for service."""
        planted = self._servers / self._times.mean_s
        return {
            "servers": self._servers,
            "service": self._times.text,
            "capacity_per_s": planted,
            "capacity_now_per_s": planted / slowness,
            "wait_s": max(0.0, self._free[0] - at),
        }


class Degrade:
    """Capacity falls in a line by `share`, over a time or over a number of requests (as a leak would have
    it)."""

    def __init__(self, spec: Spec, now: float) -> None:
        self._drop, self._over_s, self._over_requests = spec.share, spec.seconds, spec.number
        self._since, self._requests = now, 0

    def count(self) -> None:
        """One more request met."""
        self._requests += 1

    def slowness(self, at: float) -> float:
        """By how much service takes longer: 1 / (1 - share of capacity lost so far)."""
        by_time = (at - self._since) / self._over_s if self._over_s else 0.0
        over = self._requests / self._over_requests if self._over_requests else by_time
        return 1 / (1 - self._drop * min(1.0, max(0.0, over)))

    def report(self, at: float, slowness: float) -> dict[str, Any]:
        """Its parameters and the capacity left."""
        over = {"requests": self._over_requests} if self._over_requests else {"seconds": self._over_s}
        return {"drop": self._drop, **over, "capacity_left": 1 / self.slowness(at)}

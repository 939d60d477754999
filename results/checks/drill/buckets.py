"""Buckets of equal length, each judged by the requests whose *intended* start lies in it.

A bucket is `few` when too few requests began in it: then nothing is known, good or bad. It is `out` when no
request in it was served (answered well, within each limit of latency); else it is good when every rule holds,
and `degraded` when one does not. A request that failed, or never ended, counts as endlessly late.

All arithmetic is in whole microseconds, so that a person can compute it again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from results.checks.drill.starts import Start
from results.metrics import COMPARE, METRICS

State = Literal["good", "degraded", "out", "few"]
JUDGED = tuple(
    name
    for name, one in METRICS.items()
    if one.quantile is not None or name in ("error_rate", "rejection_rate")
)
NEVER = math.inf
US = 1_000_000


class Bucket(NamedTuple):
    """begin, end: microseconds of the load. served: of those that came."""

    begin: int
    end: int
    came: int
    served: int
    state: State


class Limits:
    """The rules of a steady state. rows: {metric, op, value} with the value in ms or %."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], at_least: int) -> None:
        self._rules = [(row["metric"], row["op"], Fraction(row["value"])) for row in rows]
        self.at_least = at_least
        self._late = [
            (op, value * 1000) for metric, op, value in self._rules if METRICS[metric].quantile is not None
        ]

    def served(self, row: Start) -> bool:
        """Whether this one request went well: answered, and within each limit of latency."""
        return row.outcome == "ok" and all(COMPARE[op](row.lasted, value) for op, value in self._late)

    def patience(self) -> float:
        """Microseconds after which somebody who waits knows that it is not well; inf: never by waiting."""
        return min((float(value) for _, value in self._late), default=NEVER)

    def state(self, rows: Sequence[Start]) -> State:
        """What a bucket of these requests is."""
        if len(rows) < self.at_least:
            return "few"
        waits = sorted(row.lasted if row.outcome in ("ok", "rejected") else NEVER for row in rows)
        if not any(map(self.served, rows)):
            return "out"  # though every rule held, as where all are refused quickly
        return "good" if all(self._holds(rule, rows, waits) for rule in self._rules) else "degraded"

    def _holds(self, rule: tuple[str, str, Fraction], rows: Sequence[Start], waits: Sequence[float]) -> bool:
        metric, op, value = rule
        quantile = METRICS[metric].quantile
        if quantile is not None:
            rank = max(1, math.ceil(quantile * len(waits)))
            return COMPARE[op](waits[rank - 1], value * 1000)
        bad = {"rejected"} if metric == "rejection_rate" else {"error", "unfinished", "dropped"}
        return COMPARE[op](Fraction(100 * sum(row.outcome in bad for row in rows), len(rows)), value)


def buckets(rows: Sequence[Start], limits: Limits, width: int, origin: int, end: int) -> list[Bucket]:
    """Whole buckets from 0 to `end`, one of which begins at `origin`; microseconds, rows in order."""
    first = origin - origin // width * width
    count = max(0, (end - first) // width)
    held: list[list[Start]] = [[] for _ in range(count)]
    for row in rows:
        place = (row.at - first) // width
        if 0 <= place < count:
            held[place].append(row)
    found = []
    for place, inside in enumerate(held):
        begin = first + place * width
        served = sum(map(limits.served, inside))
        found.append(Bucket(begin, begin + width, len(inside), served, limits.state(inside)))
    return found

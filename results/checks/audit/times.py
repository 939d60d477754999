"""When the target says that a record was stored, held against the clock of the writes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import gcd
from typing import NamedTuple

from results.checks.audit.intents import Write
from results.checks.audit.model import Reading
from results.checks.values import identity

DAY_MS, HOUR_MS, NEAR_MS = 86_400_000, 3_600_000, 60_000
AFTER_MS = 1000  # behind the last write, in which what it made is stored
_UNITS = (HOUR_MS, DAY_MS), (60_000, 60_000), (1000, 1000)  # what all times are multiples of: their unit


class Lasted(NamedTuple):
    """since_ms, until_ms: what was stored before and behind them, by the target's clock, is none of the run.
    odd: records are older than their writes, by what is no other zone."""

    since_ms: int
    until_ms: int
    odd: bool = False


def lasted(
    span: tuple[int, int], rows: Sequence[Write], by: Sequence[str], operation: str, reading: Reading
) -> Lasted:
    """When the run began and ended by the target's clock, which is known by writes that it acknowledged.

    span: ms of its first write and its last one, by ours.

    Below 0 its clock is behind; above 0 only whole hours count, as of another zone, since a write may be
    stored late. Where times are whole seconds, minutes or days a record may be younger than its time says.
    """
    times = [record.at_ms for record in reading.records if record.at_ms is not None]
    if not times:
        return Lasted(span[0], span[1] + AFTER_MS)
    ended = {identity(row.values, by): row.ended_ms for row in rows if row.fate == "ok"}
    stored = ((record.at_ms, ended.get(identity(record.values, by))) for record in reading.records)
    apart = [at - end for at, end in stored if at is not None and end]
    common = reduce(gcd, times)
    if reading.settled.operation == operation:
        more, unit = reading.settled.apart()
        apart, common = [*apart, *more], gcd(common, unit)
    apart.sort()
    unit = next((length for of, length in _UNITS if common % of == 0), 1)
    median = apart[len(apart) // 2] if apart else 0
    hours = round(median / HOUR_MS)
    near = abs(median - hours * HOUR_MS) <= NEAR_MS
    if unit > 1000 and -unit - NEAR_MS <= median < 0:
        shift = 0
    elif median < 0:
        shift = min(0, median + unit // 2)
    else:
        shift = hours * HOUR_MS if near else 0
    until = span[1] + max(shift, median) + AFTER_MS
    return Lasted(span[0] + shift - (unit - 1), until, shift < -NEAR_MS and not near)

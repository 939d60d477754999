"""A day's business entered anew on the same day: the rate needed, the rate reached, the hour it is done.

All rates are per hour of the real day: a run that is compressed 60 times does in a minute what takes an hour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

HOUR_S = 3600.0


def account(completed: int, seconds: float, wanted: Mapping[str, float]) -> dict[str, Any]:
    """What a run of `seconds` that completed so many transactions says of the whole volume.

    wanted: volume, from_s and until_s (s of the day), compressed. finish: `hh:mm` of the real day, with `+1`
    for the day after; empty when nothing was completed.
    """
    volume, begin, until = wanted["volume"], wanted["from_s"], wanted["until_s"]
    window_h = (until - begin) / HOUR_S
    life_h = seconds * wanted["compressed"] / HOUR_S
    reached = completed / life_h if life_h else 0.0
    needed = volume / window_h
    finish_s = begin + volume / reached * HOUR_S if reached else math.inf
    return {
        "volume": volume,
        "completed": completed,
        "compressed": wanted["compressed"],
        "hours": life_h,
        "needed_per_hour": needed,
        "reached_per_hour": reached,
        "from": clock(begin),
        "until": clock(until),
        "finish": clock(finish_s),
        "in_time": finish_s <= until,
        "done_by_until": min(1.0, reached / needed),
    }


def clock(second: float) -> str:
    """`17:30`; `02:10 +1` on the day after; "" for never. 24:00 is the end of the day, not the next one."""
    if not math.isfinite(second):
        return ""
    minutes = math.ceil(second / 60 - 1e-9)
    days, minutes = divmod(minutes, 24 * 60)
    if days and not minutes:
        days, minutes = days - 1, 24 * 60
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text} +{days}" if days else text

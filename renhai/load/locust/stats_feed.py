"""Locust's own statistics, for its web page and its final table only; no verdict rests on them.

They are fed in bulk from each second's report, since a Locust event a request costs more than the request.
Locust keeps a count of each second for each name, and a row for its charts every few, which nothing asks for
again: 60 names for eight hours are 1.7 million of them. `keep_recent` forgets them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent
import numpy as np
from locust.stats import RequestStats, StatsEntry, StatsError
from numpy.typing import NDArray

from renhai.load.measure.histogram import unpack
from results.snapshot.histograms import DEFAULT_LAYOUT

KEPT_S = 60  # Locust's rates go over the last 12 s
MOST_ROWS = 1000  # of its charts, one every 5 s
TIDIED_S = 30.0
METHOD = ""  # what Locust calls the type of a request; an operation's name says it all


def feed(stats: RequestStats, report: Mapping[str, Any], pause: Callable[[], object]) -> None:
    """Add one report to Locust's statistics; `pause` is called between two operations."""
    for name, entry in report["operations"].items():
        pause()
        part = _part(stats, name, entry)
        if part is not None:
            stats.entries[name, METHOD].extend(part)
            stats.total.extend(part)
    for failure in report["failures"]:
        _fail(stats, failure)


def keep_recent(stats: RequestStats) -> None:
    """Forget counts of seconds that are long past, and the oldest rows of the charts; no sum is touched."""
    for entry in [stats.total, *stats.entries.values()]:
        for seconds in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            newest = max(seconds, default=0)
            for second in [one for one in seconds if one < newest - KEPT_S]:
                del seconds[second]
    del stats.history[:-MOST_ROWS]


def keep_tidy(stats: RequestStats) -> None:
    """A greenlet that does so as long as the process lives."""
    while True:
        gevent.sleep(TIDIED_S)
        keep_recent(stats)


def _part(stats: RequestStats, name: str, entry: Mapping[str, Any]) -> StatsEntry | None:
    index, counts = unpack(entry["latency"])
    ended = int(counts.sum())
    if not ended:
        return None
    now = time.time()
    milliseconds: NDArray[np.float64] = np.asarray(DEFAULT_LAYOUT.highest(index) / 1000, dtype=np.float64)
    part = StatsEntry(stats, name, METHOD)
    part.num_requests = ended
    part.num_failures = entry["rejected"] + entry["errors"]
    part.total_response_time = float((milliseconds * counts).sum())
    part.min_response_time = float(milliseconds[0])
    part.max_response_time = float(milliseconds[-1])
    part.last_request_timestamp = now
    part.num_reqs_per_sec[int(now)] = ended
    if part.num_failures:
        part.num_fail_per_sec[int(now)] = part.num_failures
    rounded, place = np.unique(_rounded(milliseconds), return_inverse=True)
    sums = np.bincount(place, weights=counts)
    part.response_times.update(zip(rounded.astype(int).tolist(), sums.astype(int).tolist(), strict=True))
    return part


def _rounded(milliseconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """As Locust's bucket_response_time: two digits from 100 to 9,999, thousands above."""
    step = np.select([milliseconds < 100, milliseconds < 1000, milliseconds < 10_000], [1, 10, 100], 1000)
    rounded: NDArray[np.float64] = np.round(milliseconds / step) * step
    return rounded


def _fail(stats: RequestStats, failure: Mapping[str, Any]) -> None:
    name, reason = failure["operation"], f"{failure['outcome']}: {failure['reason']}"
    key = StatsError.create_key(METHOD, name, reason)
    found = stats.errors.get(key)
    if found is None:
        found = stats.errors[key] = StatsError(METHOD, name, reason)
    found.occurred()
    found.occurrences += failure["count"] - 1

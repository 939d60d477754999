"""The numbers behind the charts of a report, small enough to travel inside the page.

Times are seconds since the start of the run; latencies are ms. An hour of a dozen operations is about 200 KB.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from results.metrics import METRICS, QUANTILES, RUN
from results.snapshot.histograms import Histogram, Interval, nearest_rank, together
from results.snapshot.run import ThresholdRow
from results.snapshot.timeline import Timeline

ALL = "*"
MAX_POINTS = 600
MAX_COLUMNS = 120
BINS_A_DECADE = 12
DRAWN = ("p50", "p95", "p99")


def over_time(timeline: Timeline) -> dict[str, Any]:
    """Rates per second, users, arrivals and generator health, in at most MAX_POINTS steps.

    {"step": seconds, "t": [start of each step], "ok", "rejected", "errors", "due", "dropped": per second,
    "users", "cpu", "lag": the largest of the step}
    """
    step = max(1, math.ceil(timeline.seconds / MAX_POINTS))
    whole = timeline.run
    counts = {name: _whole(timeline, name) for name in ("ok", "rejected", "errors")}
    zero = np.zeros(timeline.seconds)
    rates = {name: _means(values, step) for name, values in counts.items()}
    for name in ("due", "dropped"):
        rates[name] = _means(whole.columns[name] if whole else zero, step)
    peaks = {"users": "users", "cpu": "cpu_percent", "lag": "loop_lag_ms"}
    drawn = {name: _peaks(whole.columns[column] if whole else zero, step) for name, column in peaks.items()}
    return {"step": step, "t": list(range(0, timeline.seconds, step)), **rates, **drawn}


def _whole(timeline: Timeline, column: str) -> NDArray[np.float64]:
    """Summed over the operations, which is what was counted; the `run` rows only say it again."""
    whole = np.zeros(timeline.seconds)
    for series in timeline.operations.values():
        whole += series.columns[column]
    return whole


def _steps(values: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Rows of `step` seconds; the last is filled up with NaN."""
    missing = -len(values) % step
    return np.append(values, np.full(missing, np.nan)).reshape(-1, step)


def _means(values: NDArray[np.float64], step: int) -> list[float]:
    return _rounded(np.nanmean(_steps(values, step), axis=1)) if len(values) else []


def _peaks(values: NDArray[np.float64], step: int) -> list[float]:
    return _rounded(np.nanmax(_steps(values, step), axis=1)) if len(values) else []


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


@dataclass
class _Columns:
    """Histograms of one operation by column of the heat map."""

    found: dict[int, Histogram] = field(default_factory=dict)

    def add(self, column: int, histogram: Histogram) -> None:
        known = self.found.get(column)
        self.found[column] = histogram if known is None else known.added(histogram)


def latency_over_time(intervals: Iterable[Interval]) -> dict[str, Any]:
    """{"width": seconds a column, "operations": {name or "*": heat map and percentiles}}.

    An operation is {"t": [start of each column], "low": ms of the lowest edge, "ratio": of one edge to the
    next, "rows": how many, "cells": [column, row, 0..255 …] flat, "p50": [...], "p95": [...], "p99": [...]}.
    A cell is the square root of the column's share, so that a thin tail is still seen. Where nothing was
    answered a column without cells stands, whose percentiles are null: no line is drawn through it.
    """
    known = list(intervals)
    if not known:
        return {"width": 1, "operations": {}}
    end = max(interval.start_s + interval.length_s for interval in known)
    width = max(known[0].length_s, end / MAX_COLUMNS)
    columns: dict[str, _Columns] = {}
    for interval in known:
        place = int(interval.start_s / width + 1e-6)
        for name in (ALL, interval.operation):
            columns.setdefault(name, _Columns()).add(place, interval.histogram)
    return {"width": width, "operations": {name: _heat(found, width) for name, found in columns.items()}}


def _heat(columns: _Columns, width: float) -> dict[str, Any]:
    found = sorted((place, h) for place, h in columns.found.items() if h.total)
    if not found:
        return {"t": [], "cells": []}
    spread = [histogram.values() for _, histogram in found]
    low = min(values[0] for values, _ in spread) / 1000
    high = max(values[-1] for values, _ in spread) / 1000
    low = 10 ** (math.floor(math.log10(max(low, 0.001)) * BINS_A_DECADE) / BINS_A_DECADE)
    ratio = 10 ** (1 / BINS_A_DECADE)
    rows = max(1, math.ceil(math.log(max(high / low, 1)) / math.log(ratio)) + 1)
    shown = _with_gaps(found)
    at = {place: column for column, (place, _) in enumerate(shown)}
    cells: list[int] = []
    for (place, _), (values, counts) in zip(found, spread, strict=True):
        cells += _cells(at[place], values, counts, low, rows)
    drawn = {name: [h and _ms(h, QUANTILES[name]) for _, h in shown] for name in DRAWN}
    times = [round(place * width, 3) for place, _ in shown]
    return {"t": times, "low": low, "ratio": ratio, "rows": rows, "cells": cells, **drawn}


def _with_gaps(found: list[tuple[int, Histogram]]) -> list[tuple[int, Histogram | None]]:
    """The same with None at the first column of each stretch in which nothing was answered."""
    shown: list[tuple[int, Histogram | None]] = []
    for place, histogram in found:
        if shown and place > shown[-1][0] + 1:
            shown.append((shown[-1][0] + 1, None))
        shown.append((place, histogram))
    return shown


def _cells(
    column: int, values: NDArray[np.int64], counts: NDArray[np.int64], low: float, rows: int
) -> list[int]:
    place = np.log10(np.maximum(values, 1) / 1000 / low) * BINS_A_DECADE
    binned = np.bincount(np.clip(place.astype(int), 0, rows - 1), weights=counts, minlength=rows)
    cells: list[int] = []
    for row in np.flatnonzero(binned):
        cells += [column, int(row), max(1, round(255 * math.sqrt(binned[row] / counts.sum())))]
    return cells


def _ms(histogram: Histogram, q: Fraction) -> float:
    return histogram.quantile(q) / 1000


def percentile_curves(
    latency: Mapping[str, Histogram], service: Mapping[str, Histogram]
) -> dict[str, dict[str, Any]]:
    """{name or "*": {"x": log10(1/(1-p)), "latency": [ms], "service": [ms or null]}}, 0 to 99.99 %.

    The curve ends where the data does: at 99.9 % it takes 1,000 values to say anything.
    """
    curves = {name: _curve(h, service.get(name, Histogram.empty())) for name, h in latency.items() if h.total}
    whole, sent = together(latency.values()), together(service.values())
    return {ALL: _curve(whole, sent), **curves} if whole.total else {}


def _curve(latency: Histogram, service: Histogram) -> dict[str, Any]:
    top = min(4.0, math.log10(latency.total))
    points = [Fraction(round(x * 20), 20) for x in np.arange(0, top + 1e-9, 0.05)]
    shares = [1 - Fraction(10 ** -float(x)).limit_denominator(10**6) for x in points]
    return {
        "x": [float(x) for x in points],
        "latency": _at_shares(latency, shares),
        "service": _at_shares(service, shares) if service.total else [None] * len(points),
    }


def _at_shares(histogram: Histogram, shares: list[Fraction]) -> list[float]:
    ranks = [nearest_rank(share, histogram.total) for share in shares]
    index = np.searchsorted(np.cumsum(histogram.counts), ranks)
    return [float(value) / 1000 for value in histogram.layout.highest(index)]


def limits(rows: Iterable[ThresholdRow]) -> dict[str, list[dict[str, Any]]]:
    """{operation or "*": [{"metric", "rule", "limit": ms or /s, "q": share or null}]} of what can be drawn.

    Those of `run` are the lines of all operations together. Shares and counts have no axis to stand on.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        metric = METRICS.get(row.metric)
        if row.limit is None or metric is None or row.unit not in ("ms", "/s"):
            continue
        q = float(metric.quantile) if metric.quantile is not None else None
        line = {"metric": row.metric, "rule": row.rule, "limit": row.limit, "q": q}
        found.setdefault(ALL if row.subject == RUN else row.subject, []).append(line)
    return found

"""Does a long run drift: in latency, in errors, in the target's memory?

A series of equal parts of the run is taken after a warm-up. The trend is Theil and Sen's (the median of all
slopes between two parts; half of the parts may be outliers), its interval Sen's (1968), both from
scipy.stats.theilslopes. Growth is the trend over the whole span: for latency and memory relative to the value
at its beginning, for errors in points. It drifts when the whole interval lies above the limit, it is steady
when the whole interval lies below, and otherwise the run was too short or too noisy to tell.

What bends upwards so steeply that the line begins at or below zero, where nothing can be relative to it, is
held against the median of its first parts, which is no less than what it began with: so its growth is no
more than what it was. It drifts or cannot be told, and is never steady.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from results.snapshot.histograms import Histogram, LogDamage, read_intervals, together
from results.verdict.validity.evidence import Evidence

Floats = NDArray[np.float64]

PARTS = 24  # enough for a trend; each long enough to be nearly independent of the next
WARM_UP = 0.10  # of the run: caches fill, connections open, ramps
FEWEST_PARTS = 6
FEWEST_VALUES = 20  # a part with fewer requests says nothing of a percentile
CONFIDENCE = 0.99


class Trend(NamedTuple):
    """first, last: fitted values at both ends. growth, low, high: shares of `first`, or points.

    bent: the fitted line begins at or below zero, and `first` is the median of the first parts.
    """

    first: float
    last: float
    growth: float
    low: float
    high: float
    bent: bool = False


def trend(at: Sequence[float] | Floats, values: Sequence[float] | Floats, *, relative: bool) -> Trend | None:
    """The trend over the span of `at`; None for too few values, or nothing to be relative to."""
    x, y = np.asarray(at, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if len(x) < FEWEST_PARTS or x[-1] <= x[0]:
        return None
    found = stats.theilslopes(y, x, alpha=CONFIDENCE)
    span = float(x[-1] - x[0])
    first = float(found.intercept + found.slope * x[0])
    changes = [float(slope) * span for slope in (found.slope, found.low_slope, found.high_slope)]
    last, bent = first + changes[0], relative and first <= 0
    if bent:
        first = float(np.median(y[:FEWEST_PARTS]))
    scale = first if relative else 1.0
    if scale <= 0:
        return None
    growth, low, high = (change / scale for change in changes)
    return Trend(first, last, growth, low, high, bent)


def judge(found: Trend | None, limit: float) -> str:
    """drifts | steady | cannot tell."""
    if found is None:
        return "cannot tell"
    if found.low > limit:
        return "drifts"
    return "steady" if found.high <= limit and not found.bent else "cannot tell"


def find_drift(
    directory: Path, evidence: Evidence, limits: Mapping[str, float | None]
) -> list[dict[str, Any]]:
    """A row for each quantity with a limit: {quantity, unit, limit, state, series} and the keys of Trend.

    limits: {latency, error_rate, memory} as shares (0.2 = 20 %; errors in points of the share), None: not
    judged. Values are ms, shares, MB.
    """
    seconds = evidence.measured.duration_s
    rows: list[dict[str, Any]] = []
    if limits.get("latency") is not None:
        parts = _latency_parts(directory, seconds)
        for name in ("p50", "p95"):
            known = [(at, h.milliseconds(name)) for at, h in parts if h.total >= FEWEST_VALUES]
            rows.append(_row(name, "ms", limits["latency"], known, relative=True))
    if limits.get("error_rate") is not None:
        errors = _error_parts(evidence)
        rows.append(_row("error_rate", "share", limits["error_rate"], errors, relative=False))
    if limits.get("memory") is not None:
        memory = memory_parts(directory, seconds)
        rows.append(_row("memory", "MB", limits["memory"], memory, relative=True))
    return rows


def _row(
    name: str, unit: str, limit: Any, known: list[tuple[float, float]], *, relative: bool
) -> dict[str, Any]:
    found = trend([at for at, _ in known], [value for _, value in known], relative=relative)
    numbers = {key: value for key, value in found._asdict().items() if key != "bent"} if found else {}
    series = [[round(at, 1), float(f"{value:.5g}")] for at, value in known]
    return {
        "quantity": name,
        "unit": unit,
        "limit": float(limit),
        "state": judge(found, float(limit)),
        **{key: float(f"{value:.6g}") for key, value in numbers.items()},
        "series": series,
    }


def _places(seconds: float) -> tuple[float, float]:
    """(where the warm-up ends, how long a part is), in s."""
    begin = WARM_UP * seconds
    return begin, max((seconds - begin) / PARTS, 1e-9)


def _latency_parts(directory: Path, seconds: float) -> list[tuple[float, Histogram]]:
    """(middle of the part in s, all latencies in it)."""
    begin, length = _places(seconds)
    parts: dict[int, list[Histogram]] = {}
    try:
        for interval in read_intervals(directory / "latency.hlog"):
            place = int((interval.start_s + interval.length_s / 2 - begin) // length)
            if 0 <= place < PARTS:
                parts.setdefault(place, []).append(interval.histogram)
    except (OSError, LogDamage):
        pass  # the verdict says so already
    return [(begin + (place + 0.5) * length, together(found)) for place, found in sorted(parts.items())]


def _error_parts(evidence: Evidence) -> list[tuple[float, float]]:
    begin, length = _places(evidence.measured.duration_s)
    series = evidence.timeline.operations.values()
    seconds = np.arange(evidence.timeline.seconds)
    place = np.floor((seconds + 0.5 - begin) / length).astype(int)
    errors = sum((one.columns["errors"] for one in series), np.zeros(len(seconds)))
    ended = sum(
        (one.columns["ok"] + one.columns["rejected"] + one.columns["errors"] for one in series),
        np.zeros(len(seconds)),
    )
    found = []
    for number in range(PARTS):
        here = place == number
        if ended[here].sum() >= FEWEST_VALUES:
            share = float(errors[here].sum() / ended[here].sum())
            found.append((begin + (number + 0.5) * length, share))
    return found


def memory_parts(directory: Path, seconds: float) -> list[tuple[float, float]]:
    """(middle of the part, median MB) of target.csv (`second,rss_mb`), after the warm-up."""
    begin, length = _places(seconds)
    parts: dict[int, list[float]] = {}
    try:
        lines = (directory / "target.csv").read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return []
    for line in lines:
        second, _, value = line.partition(",")
        try:
            place, megabytes = int((float(second) - begin) // length), float(value)
        except ValueError:
            continue  # a last line that was cut off
        if 0 <= place < PARTS:
            parts.setdefault(place, []).append(megabytes)
    return [(begin + (n + 0.5) * length, float(np.median(v))) for n, v in sorted(parts.items())]

"""What was slowest, when it was slowest, and when it failed, each in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from results.metrics import NEEDED, QUANTILES, count, milliseconds
from results.report.reasons import Told
from results.report.wording import visible
from results.snapshot.histograms import Histogram, Interval, together
from results.snapshot.run import Run
from results.snapshot.timeline import Timeline

COLUMNS = 60  # parts of a run, of which the slowest is named


class Moment(NamedTuple):
    """A part of a run: seconds from its start, the p95 of all requests in it, and the slowest operation."""

    start_s: float
    end_s: float
    p95_ms: float
    operation: str
    operation_p95_ms: float


def moments(run: Run, intervals: Sequence[Interval], timeline: Timeline) -> list[Told]:
    """The sentences that a run has matter for; of few requests nothing is said."""
    return [*_slowest(run), *_worst(run, intervals), *_failed(run, timeline)]


def _slowest(run: Run) -> list[Told]:
    known = [
        (one.latency_ms.p95, name)
        for name, one in run.operations.items()
        if one.latency_ms is not None and one.finished >= NEEDED["p95"]
    ]
    if not known:
        return []
    p95, name = max(known)
    return [
        Told(
            f"Slowest operation: {visible(name)}, p95 {milliseconds(p95)}.",
            f"最慢的操作：{visible(name)}，p95 为 {milliseconds(p95)}。",
        )
    ]


def _worst(run: Run, intervals: Sequence[Interval]) -> list[Told]:
    found = worst_moment(intervals)
    if found is None:
        return []
    span, clock = span_of(found.start_s, found.end_s), clock_of(run.started, found.start_s)
    at, at_zh = (f" ({clock})", f"（{clock}）") if clock else ("", "")
    most = f"{visible(found.operation)} {milliseconds(found.operation_p95_ms)}"
    return [
        Told(
            f"Slowest moment: {span[0]}{at}, p95 of all requests {milliseconds(found.p95_ms)}; most: {most}.",
            f"最慢的时刻：{span[1]}{at_zh}，全部请求 p95 为 {milliseconds(found.p95_ms)}；最慢的是 {most}。",
        )
    ]


def worst_moment(intervals: Iterable[Interval]) -> Moment | None:
    """The part of the run with the highest p95, of those with enough requests; None where there is none."""
    known = list(intervals)
    if not known:
        return None
    end = max(interval.start_s + interval.length_s for interval in known)
    width = max(known[0].length_s, end / COLUMNS)
    parts: dict[int, dict[str, list[Histogram]]] = {}
    for interval in known:
        place = int(interval.start_s / width + 1e-6)
        parts.setdefault(place, {}).setdefault(interval.operation, []).append(interval.histogram)
    found = []
    for place, operations in parts.items():
        whole = together(one for some in operations.values() for one in some)
        if whole.total < NEEDED["p95"]:
            continue
        each = {name: together(some) for name, some in operations.items()}
        slowest, name = max((_p95(one), name) for name, one in each.items() if one.total)
        found.append(Moment(place * width, min(end, (place + 1) * width), _p95(whole), name, slowest))
    return max(found, key=lambda moment: moment.p95_ms, default=None)


def _p95(histogram: Histogram) -> float:
    return histogram.quantile(QUANTILES["p95"]) / 1000


def _failed(run: Run, timeline: Timeline) -> list[Told]:
    """From when to when there were errors, and the second with the most."""
    errors = sum((one.columns["errors"] for one in timeline.operations.values()), np.zeros(timeline.seconds))
    when = np.flatnonzero(errors)
    if not len(when):
        return []
    first, last, worst = int(when[0]), int(when[-1]), int(np.argmax(errors))
    clock = clock_of(run.started, worst)
    at, at_zh = (f" ({clock})", f"（{clock}）") if clock else ("", "")
    total, most = count(int(errors.sum())), count(int(errors[worst]))
    return [
        Told(
            f"Errors: {total}, from second {first} to {last}; the most, {most}, in second {worst}{at}.",
            f"错误：共 {total} 个，第 {first} 秒至第 {last} 秒；最多的是第 {worst} 秒{at_zh}，{most} 个。",
        )
    ]


def span_of(start_s: float, end_s: float) -> Told:
    """`second 7`, or `seconds 120 to 180`."""
    first, last = round(start_s), max(round(start_s), round(end_s) - 1)
    if first == last:
        return Told(f"second {first}", f"第 {first} 秒")
    return Told(f"seconds {first} to {last}", f"第 {first} 至 {last} 秒")


def clock_of(started: str, second: float) -> str:
    """The local time of a second of the run, `16:00:12`; "" where the start is not known."""
    try:
        moment = datetime.fromisoformat(started) + timedelta(seconds=second)
    except ValueError:
        return ""
    return moment.astimezone().strftime("%H:%M:%S")

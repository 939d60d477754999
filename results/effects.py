"""What a comparison measures: for each subject and metric, the two sides' values and the estimated effect.

Latency and throughput by logarithms, so that effects are ratios; shares of errors and rejections as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from results.histograms import QUANTILES, Histogram, in_blocks, together
from results.noise import COMPARED
from results.snapshot import OperationSummary, Run
from results.statistics import RESOLUTION, Estimate, between_runs, share_noise, within_pairs
from results.timeline import Timeline, read_timeline

RUN = "run"
SHARES = ("error_rate", "rejection_rate")
METRICS = ("throughput", *COMPARED, *SHARES)

# Blocks of a pair of runs; each is expected to hold ABOVE values beyond the percentile it is asked for.
PAIR_BLOCKS = 30
FEWEST_BLOCKS = 8
ABOVE = 5


class Effect(NamedTuple):
    """Before it is decided. `baseline` and `candidate` are means of the runs, in `unit` (ms, /s, %)."""

    subject: str
    metric: str
    unit: str
    baseline: float
    candidate: float
    estimate: Estimate


Sides = tuple[Sequence[OperationSummary], Sequence[OperationSummary]]


def subjects(baseline: Sequence[Run], candidate: Sequence[Run]) -> list[tuple[str, Sides]]:
    """Every subject that was used on either side, with its summaries there (none where it was not used)."""
    names = sorted({name for run in [*baseline, *candidate] for name in run.operations})
    found: list[tuple[str, Sides]] = []
    for name in [RUN, *names]:
        sides = [_used(side, name) for side in (baseline, candidate)]
        if any(sides):
            found.append((name, (sides[0], sides[1])))
    return found


def _used(side: Sequence[Run], subject: str) -> list[OperationSummary]:
    summaries = [run.total if subject == RUN else run.operations.get(subject) for run in side]
    return [summary for summary in summaries if summary and summary.started]


def unit_of(metric: str) -> str:
    """ms, /s or %."""
    return "/s" if metric == "throughput" else "%" if metric in SHARES else "ms"


def value_of(summary: OperationSummary, metric: str) -> float:
    """In the metric's unit; 0 where there is none."""
    if metric == "throughput":
        return summary.rate_per_s
    if metric in SHARES:
        return 100 * _counted(summary, metric) / summary.started
    return float(getattr(summary.latency_ms, metric)) if summary.latency_ms else 0.0


def _counted(summary: OperationSummary, metric: str) -> int:
    return summary.errors if metric == "error_rate" else summary.rejected


def effects_of_runs(sides: Sides, subject: str, assumed_noise: float) -> Iterator[Effect]:
    """From one value a run. A metric that some run lacks, or that is zero on both sides, is left out."""
    for metric in METRICS:
        values = [[value_of(summary, metric) for summary in side] for side in sides]
        if metric in SHARES:
            if any(values[0] + values[1]):
                yield _share_effect(sides, subject, metric, assumed_noise)
        elif min(values[0] + values[1]) > 0:
            logs = [[math.log(value) for value in side] for side in values]
            floors = [[s.noise.get(metric, 0.0) for s in side] for side in sides]
            estimate = between_runs(logs[0], logs[1], (floors[0], floors[1]), [RESOLUTION], assumed_noise)
            means = [math.exp(sum(side) / len(side)) for side in logs]
            yield Effect(subject, metric, unit_of(metric), means[0], means[1], estimate)


def _share_effect(sides: Sides, subject: str, metric: str, assumed_noise: float) -> Effect:
    shares = [[_counted(summary, metric) / summary.started for summary in side] for side in sides]
    whole = [*sides[0], *sides[1]]
    common = sum(_counted(summary, metric) for summary in whole) / sum(summary.started for summary in whole)
    least = [share_noise(common, summary.started) for summary in whole]
    estimate = between_runs(shares[0], shares[1], least=least, assumed=assumed_noise * common)
    means = [100 * sum(side) / len(side) for side in shares]
    return Effect(subject, metric, "%", means[0], means[1], estimate)


class Recorded(NamedTuple):
    """One run with what a comparison of pairs needs of its files: latencies by operation and block."""

    run: Run
    blocks: dict[str, list[Histogram]]
    timeline: Timeline


def read_recorded(directory: Path, run: Run) -> Recorded:
    blocks, _damage = in_blocks(directory / "latency.hlog", run.duration_s, PAIR_BLOCKS)
    return Recorded(run, blocks, read_timeline(directory / "timeline.csv"))


Pair = tuple[Recorded, Recorded]


def effects_of_pairs(pairs: Sequence[Pair], sides: Sides, subject: str) -> Iterator[Effect]:
    """From the differences of runs that were loaded at the same time, block by block."""
    for metric in METRICS:
        series = [_differences(pair, subject, metric) for pair in pairs]
        if not all(series):
            continue
        means = [np.mean([value_of(summary, metric) for summary in side]) for side in sides]
        estimate = within_pairs(series, _pair_floor(sides, metric))
        yield Effect(subject, metric, unit_of(metric), float(means[0]), float(means[1]), estimate)


def _pair_floor(sides: Sides, metric: str) -> float:
    if metric not in SHARES:
        return RESOLUTION
    counts = [(sum(_counted(s, metric) for s in side), sum(s.started for s in side)) for side in sides]
    common = sum(counted for counted, _ in counts) / sum(started for _, started in counts)
    return math.hypot(*(share_noise(common, started) for _, started in counts))


def _differences(pair: Pair, subject: str, metric: str) -> list[float]:
    """candidate - baseline for each block that both sides filled; empty where there are too few."""
    if metric in COMPARED:
        found = _latency_differences(pair, subject, metric)
    else:
        found = _count_differences(pair, subject, metric)
    return found if len(found) >= FEWEST_BLOCKS else []


def _latency_differences(pair: Pair, subject: str, metric: str) -> list[float]:
    sides = [_blocks(recorded, subject) for recorded in pair]
    q = QUANTILES[metric]
    fewest = min(sum(block.total for block in blocks) for blocks in sides)
    size = math.ceil(PAIR_BLOCKS / max(1, min(PAIR_BLOCKS, int(fewest * (1 - q) / ABOVE))))
    found = []
    for start in range(0, PAIR_BLOCKS, size):
        first, second = (together(blocks[start : start + size]) for blocks in sides)
        if first.total and second.total:
            found.append(math.log(max(1, second.quantile(q))) - math.log(max(1, first.quantile(q))))
    return found


def _blocks(recorded: Recorded, subject: str) -> list[Histogram]:
    if subject == RUN:
        columns = zip(*recorded.blocks.values(), strict=True)
        return [together(column) for column in columns] or [Histogram.empty()] * PAIR_BLOCKS
    return recorded.blocks.get(subject, [Histogram.empty()] * PAIR_BLOCKS)


def _count_differences(pair: Pair, subject: str, metric: str) -> list[float]:
    seconds = min(recorded.timeline.seconds for recorded in pair)
    column = {"throughput": "ok", "error_rate": "errors", "rejection_rate": "rejected"}[metric]
    counted, started = (
        [_column(r.timeline, subject, name)[:seconds] for r in pair] for name in (column, "started")
    )
    if metric in SHARES and not any(part.sum() for part in counted):
        return []
    found = []
    for places in np.array_split(np.arange(seconds), min(PAIR_BLOCKS, max(1, seconds))):
        first, second = (float(part[places].sum()) for part in counted)
        begun = [float(part[places].sum()) for part in started]
        if metric in SHARES and min(begun) > 0:
            found.append(second / begun[1] - first / begun[0])
        elif metric not in SHARES and min(first, second) > 0:
            found.append(math.log(second / first))
    return found


def _column(timeline: Timeline, subject: str, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    whole = np.zeros(timeline.seconds)
    for operation, series in timeline.operations.items():
        if subject in (RUN, operation):
            whole += series.columns[name]
    return whole

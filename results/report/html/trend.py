"""trend.html: what changed over the runs of a directory, with a chart of each series."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from results.compare.trend import Trend
from results.report.html.page import embedded, environment
from results.snapshot.files import write_whole


def write_trend(path: Path, trend: Trend) -> Path:
    """Writes the page and returns its path. Raises SnapshotError when it cannot be written."""
    write_whole(path, render_trend_page(trend))
    return path


def render_trend_page(trend: Trend) -> str:
    """The page as text. It opens on the newest regression, or else on the newest change."""
    shown = [step.worst for step in (trend.regressions or trend.steps)[-1:]]
    data = {
        "labels": trend.labels,
        "series": trend.series,
        "levels": levels(trend),
        "first": [shown[0].subject, shown[0].metric] if shown else None,
    }
    return environment().get_template("trend.html.j2").render(trend=trend, data=embedded(data))


def levels(trend: Trend) -> dict[str, dict[str, list[float]]]:
    """The mean between changes, at each run of each series."""
    changed: dict[tuple[str, str], list[int]] = {}
    for change in trend.changes:
        changed.setdefault((change.subject, change.metric), []).append(change.index)
    return {
        subject: {
            metric: _level(values, changed.get((subject, metric), [])) for metric, values in metrics.items()
        }
        for subject, metrics in trend.series.items()
    }


def _level(values: Sequence[float | None], changes: Sequence[int]) -> list[float]:
    found: list[float] = []
    for start, end in pairwise([0, *changes, len(values)]):
        known = [value for value in values[start:end] if value is not None]
        found += [sum(known) / len(known) if known else 0.0] * (end - start)
    return found

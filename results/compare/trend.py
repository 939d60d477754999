"""When did a series of runs change? Change points of every subject and metric over the runs of a directory.

Change points are those of results/stats/change_points.py. It tries every split of a series and keeps the
best, so that a p-value limit of 1 % finds a change in 23 % of series of 30 equal runs. The limit is therefore
divided by the number of splits and of series, and a change has to show in three runs: over all the lines of a
trend, the chance of a false alarm is about `alpha` (tests/results/compare/test_trend.py simulates it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from results.compare.comparability import kind_of
from results.compare.effects import METRICS, value_of
from results.errors import SnapshotError
from results.metrics import COMPARED, MORE_IS_BETTER, RUN, SHARES, unit_of
from results.snapshot.builds import label_of
from results.snapshot.run import OperationSummary, Run
from results.stats.change_points import find_changes
from results.stats.estimates import pooled
from results.verdict.judged import load_judged

FEWEST_RUNS = 6
ENOUGH = 3  # runs on either side of a change

# Candidates are collected by a lenient p-value, then those that the strict one does not confirm are dropped.
# With a lenient limit as strict as ours, a change that is mended later would be no candidate.
WEAK = 0.01


class TrendSettings(BaseModel):
    """alpha 1 % and noise_band 2 %: as in a comparison. share_band: rates of errors below it are one.

    window: the search looks at so many runs at a time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    alpha: float = Field(default=0.01, gt=0, lt=0.05)
    noise_band: float = Field(default=0.02, ge=0)
    share_band: float = Field(default=0.001, ge=0)
    window: int = Field(default=50, ge=4)


class Change(BaseModel):
    """Between the runs labelled `before` and `since` the mean went from one to the other, in `unit`.

    stands: it made things worse, and no later change has brought back what was before it.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    metric: str
    unit: str
    index: int
    before: str
    since: str
    mean_before: float
    mean_since: float
    worse: bool
    latest: bool
    stands: bool = False


class Trend(BaseModel):
    """Comparable runs in time order. `series`: subject -> metric -> values (None where unused)."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    target: str
    runs: list[str]
    labels: list[str]
    changes: list[Change]
    series: dict[str, dict[str, list[float | None]]]
    left_out: list[str] = []

    @property
    def regressions(self) -> list[Change]:
        """What is worse than before a change: of each series the newest such change."""
        newest = {(change.subject, change.metric): change for change in self.changes if change.stands}
        return [change for change in self.changes if newest.get((change.subject, change.metric)) is change]

    @property
    def exit_code(self) -> int:
        """1: a regression stands. 4: too few runs to see one. 0: neither."""
        if len(self.runs) < FEWEST_RUNS:
            return 4
        return 1 if self.regressions else 0


def trend(directory: Path, settings: TrendSettings | None = None) -> Trend:
    """The change points of the newest run's kind among all runs in `directory`.

    Runs of another scenario, target, engine or machine, and invalid ones, are left out by name. Raises
    SnapshotError when there is no run.
    """
    found = sorted((load_judged(path) for path in directory.glob("*/run.json")), key=lambda run: run.started)
    if not found:
        remedy = "give a directory of snapshots, such as results/runs"
        raise SnapshotError(str(directory), "holds no run", remedy)
    valid = [run for run in found if run.verdict != "invalid"]
    left_out = [f"{run.run_id}: invalid" for run in found if run.verdict == "invalid"]
    if not valid:
        raise SnapshotError(str(directory), "holds no valid run", "run the scenario again")
    kind = kind_of(valid[-1])
    alike = [run for run in valid if kind_of(run) == kind]
    left_out += [f"{run.run_id}: {_difference(run, kind)}" for run in valid if kind_of(run) != kind]
    return trend_of(alike, settings or TrendSettings(), left_out)


def _difference(run: Run, kind: dict[str, str]) -> str:
    other = kind_of(run)
    return ", ".join(f"{name} {other[name]}" for name in kind if other[name] != kind[name])


def trend_of(runs: Sequence[Run], settings: TrendSettings, left_out: Iterable[str] = ()) -> Trend:
    """The same for runs that compare, in time order."""
    series = _series(runs)
    labels = [label_of(run) for run in runs]
    limit = settings.alpha / max(1, sum(len(metrics) for metrics in series.values()))
    changes = [
        change
        for subject, metrics in series.items()
        for metric, values in metrics.items()
        for change in _changes(subject, metric, values, labels, limit, settings)
    ]
    return Trend(
        scenario=runs[0].scenario.name,
        target=runs[0].target.name,
        runs=[run.run_id for run in runs],
        labels=labels,
        changes=sorted(changes, key=lambda change: (change.index, change.subject, change.metric)),
        series=series,
        left_out=list(left_out),
    )


def _series(runs: Sequence[Run]) -> dict[str, dict[str, list[float | None]]]:
    subjects = [RUN, *sorted({name for run in runs for name in run.operations})]
    found: dict[str, dict[str, list[float | None]]] = {}
    for subject in subjects:
        summaries = [run.total if subject == RUN else run.operations.get(subject) for run in runs]
        for metric in METRICS:
            values = [_value(summary, metric) for summary in summaries]
            if any(values):
                found.setdefault(subject, {})[metric] = values
    return found


def _value(summary: OperationSummary | None, metric: str) -> float | None:
    """What was not used has a throughput of 0, so that it does not vanish, and no other value."""
    if summary is None or not summary.started:
        return 0.0 if metric == "throughput" else None
    return value_of(summary, metric) if summary.latency_ms or metric not in COMPARED else None


def _changes(
    subject: str,
    metric: str,
    values: Sequence[float | None],
    labels: Sequence[str],
    limit: float,
    settings: TrendSettings,
) -> list[Change]:
    places = [place for place, value in enumerate(values) if value is not None]
    known = [value for value in values if value is not None]
    if len(known) < FEWEST_RUNS or min(known) == max(known):
        return []
    found = change_points(known, metric in SHARES, limit / len(known), settings)
    now = found[-1][2] if found else 0.0
    return [
        Change(
            subject=subject,
            metric=metric,
            unit=unit_of(metric),
            index=places[index],
            before=labels[places[index] - 1],
            since=labels[places[index]],
            mean_before=before,
            mean_since=since,
            worse=(since > before) != (metric in MORE_IS_BETTER),
            latest=number == len(found) - 1,
            stands=_worse(before, since, metric, settings) and _worse(before, now, metric, settings),
        )
        for number, (index, before, since) in enumerate(found)
    ]


def _worse(before: float, now: float, metric: str, settings: TrendSettings) -> bool:
    """Beyond the noise band."""
    if metric in SHARES:
        return now - before > 100 * settings.share_band
    if metric == "throughput":
        return now < before * (1 - settings.noise_band)
    return now > before * (1 + settings.noise_band)


def change_points(
    values: Sequence[float], share: bool, limit: float, settings: TrendSettings
) -> list[tuple[int, float, float]]:
    """(index, mean before, mean since) of each change beyond the noise band that holds for ENOUGH runs."""
    smallest = 0.0 if share else settings.noise_band
    edges = [0, *find_changes(values, WEAK, limit, smallest, settings.window), len(values)]
    found = []
    for start, middle, end in zip(edges, edges[1:], edges[2:], strict=False):
        before, since = values[start:middle], values[middle:end]
        means = (sum(before) / len(before), sum(since) / len(since))
        # as a ratio, from no error to a few is an infinite change
        beyond = not share or abs(means[1] - means[0]) > 100 * settings.share_band
        # the search supposes equal variances; here each side has its own
        sure = pooled(before, since).p_beyond(0.0) <= limit
        if beyond and sure and min(len(before), len(since)) >= ENOUGH:
            found.append((middle, *means))
    return found

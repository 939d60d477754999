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

from results.compare.comparability import kind_of, unlike
from results.compare.effects import ARRIVAL, RUN_METRICS, due, value_of
from results.compare.trend_steps import Accepted, Change, Step, read_accepted, steps_of
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
    accepted: list[Accepted] = []

    @property
    def steps(self) -> list[Step]:
        """What changed, build by build."""
        return steps_of(self.changes, self.accepted)

    @property
    def regressions(self) -> list[Step]:
        """The builds since which something is worse, that nobody has accepted."""
        return [step for step in self.steps if step.worse]

    @property
    def exit_code(self) -> int:
        """1: a regression stands. 4: too few runs to see one. 0: neither."""
        if len(self.runs) < FEWEST_RUNS:
            return 4
        return 1 if self.regressions else 0


def trend(directory: Path, settings: TrendSettings | None = None) -> Trend:
    """The change points of the newest run's kind among all runs in `directory`.

    Runs of another kind or seed, and invalid ones, are left out by name. Raises SnapshotError when there is
    no run, or the file of accepted steps cannot be read.
    """
    found, copies = _each_once(
        sorted(
            (load_judged(path) for path in sorted(directory.glob("*/run.json"))), key=lambda run: run.started
        )
    )
    if not found:
        remedy = "give a directory of snapshots, such as results/runs"
        raise SnapshotError(str(directory), "holds no run", remedy)
    valid = [run for run in found if run.verdict != "invalid"]
    left_out = [f"{run.run_id}: invalid" for run in found if run.verdict == "invalid"]
    left_out += [f"{run.run_id}: is there more than once" for run in copies]
    if not valid:
        raise SnapshotError(str(directory), "holds no valid run", "run the scenario again")
    different = {run.run_id: _difference(run, valid[-1]) for run in valid}
    alike = [run for run in valid if not different[run.run_id]]
    left_out += [f"{run.run_id}: {different[run.run_id]}" for run in valid if different[run.run_id]]
    alike, others = _of_one_seed(alike)
    left_out += [f"{run.run_id}: seed {run.seed}" for run in others]
    return trend_of(alike, settings or TrendSettings(), left_out, read_accepted(directory))


def _each_once(runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """(each run once, copies of one that was there): a run that counts three times is no three runs."""
    kept: dict[str, Run] = {}
    copies: list[Run] = []
    for run in runs:
        known = kept.setdefault(run.run_id, run)
        copies += [run] if known is not run else []
    return list(kept.values()), copies


def _difference(run: Run, newest: Run) -> str:
    return ", ".join(one.en for one in unlike([kind_of(newest), kind_of(run)]))


def _of_one_seed(runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """(runs that may be one series, those whose seed would look like a change of the build).

    Where every other run has a seed of its own, what seeds do is part of the spread. Else the newest one's.
    """
    if 2 * len({run.seed for run in runs}) > len(runs):
        return list(runs), []
    seed = runs[-1].seed
    return [run for run in runs if run.seed == seed], [run for run in runs if run.seed != seed]


def trend_of(
    runs: Sequence[Run],
    settings: TrendSettings,
    left_out: Iterable[str] = (),
    accepted: Sequence[Accepted] = (),
) -> Trend:
    """The same for runs that compare, in time order."""
    series = _series(runs)
    labels = [label_of(run) for run in runs]
    unit = ARRIVAL if all(due(run) for run in runs) else unit_of("throughput")
    limit = settings.alpha / max(1, sum(len(metrics) for metrics in series.values()))
    changes = [
        change
        for subject, metrics in series.items()
        for metric, values in metrics.items()
        for change in _changes(subject, metric, values, labels, limit, settings, unit)
    ]
    return Trend(
        scenario=runs[0].scenario.name,
        target=runs[0].target.name,
        runs=[run.run_id for run in runs],
        labels=labels,
        changes=sorted(changes, key=lambda change: (change.index, change.subject, change.metric)),
        series=series,
        left_out=list(left_out),
        accepted=list(accepted),
    )


def _series(runs: Sequence[Run]) -> dict[str, dict[str, list[float | None]]]:
    subjects = [RUN, *sorted({name for run in runs for name in run.operations})]
    found: dict[str, dict[str, list[float | None]]] = {}
    by_arrival = all(due(run) for run in runs)
    for subject in subjects:
        summaries = [run.total if subject == RUN else run.operations.get(subject) for run in runs]
        for metric in RUN_METRICS:
            values = [_value(summary, metric) for summary in summaries]
            if metric == "throughput" and by_arrival:
                values = [v and v * run.duration_s / due(run) for v, run in zip(values, runs, strict=True)]
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
    unit: str,
) -> list[Change]:
    """unit: of throughput."""
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
            unit=unit if metric == "throughput" else unit_of(metric),
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

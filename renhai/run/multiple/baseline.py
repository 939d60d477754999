"""`renhai baseline update`: which runs become the baseline, and what is recorded about why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from renhai.core import build_labels
from renhai.core.errors import INVALID, InvalidRun, Problem, UsageError
from renhai.core.yaml_lines import show_path
from renhai.run import single as runner
from renhai.run.monitor.views import View
from renhai.run.multiple import repeat
from renhai.run.multiple.comparison import settings_of
from renhai.run.single import Outcome, RunRequest
from results.compare.baseline import NAME, Baseline, Update, check_place, read_baseline, write_baseline
from results.compare.comparability import differences, given_once, invalid
from results.compare.comparison import side_paths
from results.compare.trend import TrendSettings, trend
from results.compare.trend_steps import NAME as ACCEPTED
from results.compare.trend_steps import accept
from results.snapshot.builds import builds_of
from results.snapshot.run import Run
from results.verdict.judged import load_judged

USEFUL_RUNS = 12  # as many as a comparison that cannot decide earlier will have on the other side


@dataclass(frozen=True)
class Change:
    """What `renhai baseline update` was asked for. settings: of findings.Settings; others stay."""

    directory: Path
    reason: str
    settings: dict[str, float]
    label: str | None = None

    def check(self, scenario: str | None) -> None:
        """Refuses before any load is sent what could not be recorded after it. scenario: None if not known.

        Raises UsageError, or SnapshotError for a baseline that cannot be read.
        """
        if not build_labels.checked(self.reason, "--reason", build_labels.LONGEST_REASON):
            raise UsageError(Problem("--reason", "", "is empty; say why these runs become the baseline"))
        build_labels.checked(self.label, "--label")
        settings_of([self.directory], self.settings)
        check_place(self.directory, scenario)

    def apply(self, runs: Sequence[Path]) -> Baseline:
        """Makes `runs` (snapshots, or directories of them) the baseline.

        Raises InvalidRun when a run is invalid, UsageError when the runs do not compare with each other,
        SnapshotError for a bad file.
        """
        paths = side_paths(runs)
        found = [load_judged(path) for path in paths]
        _check(found, [show_path(path) for path in runs])
        self.check(found[0].scenario.name)
        made = Update(
            when=datetime.now(UTC).isoformat(timespec="seconds"),
            who=build_labels.person(),
            reason=self.reason.strip(),
            build=build_labels.checked(self.label, "--label") or ", ".join(builds_of(found)),
            runs=[run.run_id for run in found],
            verdicts=dict(Counter(run.verdict for run in found)),
        )
        return write_baseline(self.directory, paths, made, settings_of([self.directory], self.settings))


def is_kept(path: Path) -> bool:
    """Whether these are runs that were made already, and no scenario to run now."""
    return path.name == "run.json" or (path.is_dir() and any(path.glob("**/run.json")))


def runs_for(
    request: RunRequest,
    times: int,
    spare: int,
    change: Change,
    view: View,
    done: Callable[[Path, Run], None],
) -> list[Path]:
    """The snapshots of a scenario, which is run now, or those of the directory that stands in its place.

    `done` is called with each new snapshot and its run. Raises InvalidRun when more than `spare` of them are
    invalid.
    """
    path = Path(request.scenario)
    if is_kept(path):
        if request != RunRequest(request.scenario, label=request.label):
            why = f"{request.scenario} holds runs that were made already; leave out the options of a new run"
            raise UsageError(why)
        change.check(None)
        return [path]
    change.check(runner.prepare(request).scenario.name)
    made: list[Outcome] = []
    kept: list[Outcome] = []
    for outcome in repeat.repeat(request, times, spare, view):
        done(outcome.directory, outcome.run)
        made.append(outcome)
        kept, _aside = repeat.counted(made, spare)
        if INVALID in [one.code for one in kept]:
            raise InvalidRun("the baseline was not changed, as a run is invalid; run it again")
    return [one.directory for one in kept]


def _check(runs: Sequence[Run], given: Sequence[str]) -> None:
    given_once(runs, ", ".join(given))
    bad = [run for run in runs if run.verdict == "invalid"]
    if bad:
        told = "; ".join(invalid(run).en for run in bad)
        raise InvalidRun(f"the baseline was not changed: {told}; run it again")
    different = differences(runs)
    if different:
        why = f"these runs are no one side: {'; '.join(note.en for note in different)}; give runs of one kind"
        raise UsageError(Problem(", ".join(given), "", why))


def accept_step(where: Sequence[Path], settings: TrendSettings, reason: str) -> str:
    """Notes that what changed with a build was wanted; a sentence about it. where: directory of runs, build.

    Raises UsageError, SnapshotError.
    """
    if len(where) != 2 or not build_labels.checked(reason, "--reason", build_labels.LONGEST_REASON):
        raise UsageError("renhai trend accept DIR BUILD --reason TEXT: name the build, and why it is wanted")
    directory, build = where[0], str(where[1])
    when = datetime.now(UTC).isoformat(timespec="seconds")
    step = accept(directory, trend(directory, settings).steps, build, reason, build_labels.person(), when)
    rows = ", ".join(change.row for change in step.changes)
    return f"accepted since {step.since}: {rows}; {show_path(directory / ACCEPTED)}"


def told(directory: Path) -> list[str]:
    """What a person is told of a baseline: what it holds, how big it is, and the newest reason."""
    found = read_baseline(directory)
    last = found.updates[-1]
    size = sum(file.stat().st_size for run in found.runs for file in (directory / run).iterdir())
    build = f" of {last.build}" if last.build else ""
    lines = [
        f"baseline: {show_path(directory / NAME)}: {len(found.runs)} run(s){build}, {size / 1000:.0f} kB",
        f"  {last.when} {last.who}: {last.reason}",
    ]
    if len(found.runs) < USEFUL_RUNS:
        lines.append(f"  few runs tell little; --repeat {USEFUL_RUNS} makes small changes visible")
    failed = last.verdicts.get("fail", 0)
    if failed:
        lines.append(f"  {failed} of them failed their thresholds: later runs are held to a build that fails")
    return lines

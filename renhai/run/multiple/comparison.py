"""Comparing from the command line: settings, files, and what a run will be compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from renhai.binding.schema.connections import way_of
from renhai.core.errors import INVALID, Problem, UsageError
from renhai.core.machine.environment import environment, versions
from renhai.core.yaml_lines import show_path
from renhai.plan.digest import digest_of
from renhai.plan.identity import identity
from renhai.plan.schedule import drawn_anew
from renhai.run import single as runner
from renhai.run.single import Outcome, PreparedRun, RunRequest
from results.compare.baseline import is_baseline, read_baseline
from results.compare.comparability import (
    differences,
    engine_of,
    given_once,
    kind_of,
    machine_of,
    planned_seeds,
    reached,
    unlike,
)
from results.compare.comparison import compare, load_side, side_paths
from results.compare.findings import Comparison
from results.compare.order import age_s
from results.compare.settings import Settings
from results.report.files.comparison import write_comparison_files
from results.snapshot.run import ConnectionSummary, Run
from results.verdict.reasons import Reason, in_english
from results.verdict.reasons import comparison as why

EMBEDDED = "http://127.0.0.1"  # where a target of our own will listen


def settings_of(baseline: Sequence[Path], changes: Mapping[str, object]) -> Settings:
    """The settings kept with a baseline, if that is what is compared with, else the defaults; then `changes`.

    Raises UsageError for a value that cannot be.
    """
    kept = read_baseline(baseline[0]).settings if len(baseline) == 1 and is_baseline(baseline[0]) else {}
    try:
        return Settings.model_validate({**kept, **changes})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        raise UsageError(Problem(option, "", f"{first['msg']}; it is {first['input']!r}")) from None


def compare_paths(
    baseline: Sequence[Path],
    candidate: Sequence[Path],
    settings: Settings,
    anyway: bool,
    out: Path | None,
    caveats: Sequence[Reason] = (),
) -> tuple[Comparison, Path | None]:
    """The comparison, and its page if `out` was given. `caveats`: said besides its own ones.

    Raises SnapshotError.
    """
    found = compare(baseline, candidate, settings, anyway)
    found = found.with_caveats(caveats)
    if out is None:
        return found, None
    return found, write_comparison_files(out, found, side_paths(baseline), side_paths(candidate))


@dataclass(frozen=True)
class Against:
    """What a run will be compared with: a baseline, or any directory of runs."""

    directory: Path
    runs: list[Run]
    settings: Settings
    anyway: bool = False

    @classmethod
    def read(cls, directory: Path, anyway: bool = False) -> Against:
        """Raises SnapshotError when there is nothing to compare with."""
        if not is_baseline(directory) and not any(directory.glob("**/run.json")):
            read_baseline(directory)  # says what is missing, and how to make it
        runs = load_side([directory])
        given_once(runs, show_path(directory))
        return cls(directory, runs, settings_of([directory], {}), anyway)

    def check(self, prepared: PreparedRun, processes: int | None, draws: Sequence[int]) -> None:
        """Refuses before any load is sent what `compare` would refuse after it. Raises UsageError.

        `processes`: None while it is not known how many there will be. draws: the seeds of the runs to come.
        """
        if self.anyway:
            return
        planned = planned_kind(prepared, processes)
        different = unlike([planned, kind_of(self.runs[0])]) + differences(self.runs)
        different += planned_seeds(self.runs, draws, prepared.scenario.load.model)
        if different:
            where, name = show_path(self.directory), prepared.scenario.name
            why = (
                "a run could not be compared with it, so nothing was sent: "
                f"{'; '.join(in_english(different))}; make it "
                f"anew here (renhai baseline update {name} --to {where} --reason TEXT), or add --anyway"
            )
            raise UsageError(Problem(where, "", why))


@dataclass(frozen=True)
class Opponent:
    """What new runs are held against: a kept baseline, or the old build, which takes turns with the new one.

    other: how the old build is run, where it is.
    """

    known: Against | None
    other: RunRequest | None
    notes: tuple[Reason, ...]
    anyway: bool

    def compare(self, old: Sequence[Outcome], new: Sequence[Outcome], looks: int) -> Comparison:
        """Of the runs so far, of which invalid ones are left out. looks: at how many numbers of runs it may
        be decided. Raises SnapshotError."""
        settings = self.known.settings if self.known else Settings()
        if looks > 1:
            settings = settings.at_each_look()
        first = [one.run for one in valid(old)] if self.other or not self.known else self.known.runs
        found = compare(first, [one.run for one in valid(new)], settings, self.anyway)
        return found.with_caveats(self.notes)

    def write(
        self, old: Sequence[Outcome], new: Sequence[Outcome], looks: int, aside: Sequence[Reason]
    ) -> tuple[Comparison, Path]:
        """The same, and its files beside the last new run. aside: what is said of runs that were made
        again."""
        found = self.compare(old, new, looks).with_caveats(aside)
        made = [one.directory for one in valid(new)]
        first = [one.directory for one in valid(old)]
        if self.known and not self.other:
            first = side_paths([self.known.directory])
        place = made[-1].with_name(made[-1].name + "-compared")
        return found, write_comparison_files(place, found, first, made)


def valid(made: Sequence[Outcome]) -> list[Outcome]:
    return [one for one in made if one.code != INVALID]


def opponent(
    request: RunRequest,
    directory: Path | None,
    url: str | None,
    oldest_s: float,
    anyway: bool,
    draws: int,
) -> Opponent:
    """Reads the baseline, and decides whether the old build is run again. Raises UsageError, SnapshotError.

    directory: of the baseline. url: where the old build is up. draws: how many runs there will be at least.
    """
    prepared = runner.prepare(request)
    known, notes = None, []
    if directory is not None:
        known = Against.read(directory, anyway)
        seed = prepared.scenario.data.seed
        seeds = [drawn_anew(seed, request.number + k) for k in range(draws)]
        known.check(prepared, None if request.join else request.options.processes, seeds)
        aged = age_s(known.runs, datetime.now(UTC))
        if aged is not None and aged > oldest_s:
            notes.append(_aged(aged, url))
        else:
            url = None
    other = None if url is None else _other(request, prepared, url, anyway)
    return Opponent(known, other, tuple(notes), anyway)


def _other(request: RunRequest, prepared: PreparedRun, url: str, anyway: bool) -> RunRequest:
    """The same run of the old build. Raises UsageError where they would not compare."""
    found = replace(request, target=url, label=None)
    try:
        old = runner.prepare(found)
    except UsageError as error:
        named = [
            replace(one, where="--against") if one.where == "--target" else one for one in error.problems
        ]
        raise UsageError(named) from None
    if old.url and old.url == prepared.url:
        why = f"is {old.url}, which is loaded as the new build; give the old build's URL"
        raise UsageError(Problem("--against", "", why))
    different = unlike([planned_kind(one, None) for one in (old, prepared)])
    if different and not anyway:
        why = f"would not compare, so nothing was sent: {'; '.join(in_english(different))}"
        remedy = "give a URL under the same target file, or --anyway"
        raise UsageError(Problem("--against", "", f"{why}; {remedy}"))
    return found


def _aged(seconds: float, url: str | None) -> Reason:
    days = seconds / 86_400
    return why.BaselineRunAgain(days=days, url=url) if url else why.BaselineAged(days=days)


def _connections(prepared: PreparedRun) -> str:
    """As run.json will say it (results.snapshot.run.ConnectionSummary)."""
    if prepared.loaded.scenario.locustfile:
        return ConnectionSummary().kind
    way = way_of(prepared.loaded.binding.connections, prepared.scenario.load.model)
    return ConnectionSummary(way=way.words).kind


def planned_kind(prepared: PreparedRun, processes: int | None) -> dict[str, str]:
    """What is known of `results.compare.comparability.kind_of` before a run."""
    return {
        "scenario": prepared.scenario.name,
        "scenario digest": digest_of(prepared.scenario),
        "target": prepared.loaded.binding.name,
        **reached(prepared.url or EMBEDDED, not prepared.url),
        "load model": prepared.scenario.load.model,
        **({"load processes": str(processes)} if processes else {}),
        "connections": _connections(prepared),
        **engine_of(versions()),
        **machine_of(environment()),
        **identity(prepared.loaded, prepared.scenario),
    }

"""Comparing from the command line: settings, files, and what a run will be compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from renhai.core.environment import environment, versions
from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import show_path
from renhai.plan.build import digest_of
from renhai.run.single import PreparedRun
from results.compare.baseline import is_baseline, read_baseline
from results.compare.comparability import differences, engine_of, kind_of, machine_of, unlike
from results.compare.comparison import compare, load_side, side_paths
from results.compare.findings import Comparison
from results.compare.settings import Settings
from results.report.comparison_files import write_comparison_files
from results.snapshot.run import Run
from results.verdict.reasons import Reason, in_english


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
        return cls(directory, load_side([directory]), settings_of([directory], {}), anyway)

    def check(self, prepared: PreparedRun, processes: int | None) -> None:
        """Refuses before any load is sent what `compare` would refuse after it. Raises UsageError.

        `processes`: None while it is not known how many there will be.
        """
        if self.anyway:
            return
        planned = planned_kind(prepared, processes)
        different = unlike([planned, kind_of(self.runs[0])]) + differences(self.runs)
        if different:
            where, name = show_path(self.directory), prepared.scenario["name"]
            told = "; ".join(in_english(different))
            why = (
                f"a run could not be compared with it, so nothing was sent: {told}; make it "
                f"anew here (renhai baseline update {name} --to {where} --reason TEXT), or add --anyway"
            )
            raise UsageError(Problem(where, "", why))


def planned_kind(prepared: PreparedRun, processes: int | None) -> dict[str, str]:
    """What is known of `results.compare.comparison.kind_of` before a run."""
    return {
        "scenario": prepared.scenario["name"],
        "scenario digest": digest_of(prepared.scenario),
        "target": prepared.loaded.binding.name,
        "load model": prepared.scenario["load"]["model"],
        **({"load processes": str(processes)} if processes else {}),
        **engine_of(versions()),
        **machine_of(environment()),
    }

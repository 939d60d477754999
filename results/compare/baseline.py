"""A baseline: runs that later ones are compared with, small enough to be committed, and why they were chosen.

    DIR/baseline.json              what it holds and how it is compared; every update with its reason
    DIR/<run id>/run.json          the run, without what a comparison does not ask for
    DIR/<run id>/latency.hlog      one histogram an operation, for the curves of comparison.html

History of `schema`:
    1  first version.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from hdrh.histogram import HdrHistogram
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from results.compare.settings import Settings
from results.errors import SnapshotError
from results.snapshot.files import read_whole, write_whole
from results.snapshot.histograms import DEFAULT_LAYOUT, DIGITS, HIGHEST_US, LOWEST_US, Histogram, totals
from results.snapshot.run import Run, Verdict, seal
from results.snapshot.seal import digests
from results.verdict.judged import load_judged

NAME = "baseline.json"

# Of run.json: these keys are large where a scenario has many posts, and no comparison reads them.
_DROPPED = ("groups", "journeys")


class Update(BaseModel):
    """Why the runs were replaced. when: ISO 8601 UTC. build: of the runs, "" if they do not know."""

    model_config = ConfigDict(frozen=True, extra="allow")

    when: str
    who: str
    reason: str = Field(min_length=1)
    build: str = ""
    runs: list[str]
    verdicts: dict[Verdict, int] = {}


class Baseline(BaseModel):
    """baseline.json. `settings`: those of results.compare.findings.Settings that differ from its defaults.

    The runs are those of the last update.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    schema_version: Literal[1] = Field(default=1, alias="schema")
    scenario: str
    target: str
    settings: dict[str, Any] = {}
    updates: list[Update] = Field(min_length=1)

    @property
    def runs(self) -> list[str]:
        return self.updates[-1].runs

    def read_settings(self) -> Settings:
        return Settings.model_validate(self.settings)


def is_baseline(directory: Path) -> bool:
    return (directory / NAME).is_file()


def read_baseline(directory: Path) -> Baseline:
    """Raises SnapshotError that names file, field and remedy."""
    path = directory / NAME
    missing = SnapshotError(
        str(directory),
        "there is no baseline",
        "make one: renhai baseline update SCENARIO --to DIR --reason TEXT",
    )
    try:
        found = Baseline.model_validate_json(read_whole(path, missing))
        found.read_settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SnapshotError(
            f"{path}: {field}".rstrip(": "), first["msg"], "make it anew with renhai baseline update"
        ) from error
    return found


def run_paths(directory: Path) -> list[Path]:
    """The directories of its runs. Raises SnapshotError as `read_baseline` does."""
    return [directory / run for run in read_baseline(directory).runs]


def write_baseline(directory: Path, runs: Sequence[Path], update: Update, settings: Settings) -> Baseline:
    """Replaces the runs of a baseline, or begins one; the reasons of earlier updates stay.

    `runs`: snapshot directories. The new runs are complete on disk before baseline.json names them, and only
    then are the old ones removed, so an interrupted update leaves the old baseline or the new one. Raises
    SnapshotError for a directory of other runs, or a disk that does not take it.
    """
    kept = [load_judged(path) for path in runs]
    before = check_place(directory, kept[0].scenario.name)
    for path, run in zip(runs, kept, strict=True):
        _keep(path, run, directory)
    found = Baseline(
        scenario=kept[0].scenario.name,
        target=kept[0].target.name,
        settings=settings.model_dump(mode="json", exclude_defaults=True),
        updates=[*(before.updates if before else []), update],
    )
    write_whole(directory / NAME, found.model_dump_json(by_alias=True, indent=1) + "\n")
    for name in set(before.runs if before else ()) - set(found.runs):
        shutil.rmtree(directory / Path(name).name, ignore_errors=True)
    return found


def check_place(directory: Path, scenario: str | None) -> Baseline | None:
    """The baseline that stands there, if there is one. scenario: of the new runs; None if not known yet.

    Raises SnapshotError for a baseline of another scenario, or a directory of other runs.
    """
    if is_baseline(directory):
        found = read_baseline(directory)
        if scenario not in (None, found.scenario):
            why = f"is the baseline of {found.scenario}, not of {scenario}"
            raise SnapshotError(str(directory), why, "give each scenario a directory of its own")
        return found
    if any(directory.glob("*/run.json")):
        why = "holds runs, but no baseline"
        raise SnapshotError(str(directory), why, "choose another directory for the baseline")
    return None


def _keep(source: Path, run: Run, directory: Path) -> None:
    place = directory / run.run_id
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SnapshotError(
            str(place), f"cannot be created: {error.strerror}", "choose another place for the baseline"
        ) from error
    known = {*Run.model_fields, "schema"} - {*_DROPPED, "schema_version"}
    small = Run.model_validate(
        {key: value for key, value in run.model_dump(by_alias=True).items() if key in known}
    )
    found, _damage = totals((source if source.is_dir() else source.parent) / "latency.hlog")
    if found:
        write_whole(place / "latency.hlog", one_interval(found, run.duration_s))
    write_whole(
        place / "run.json", seal(small, digests(place)).model_dump_json(by_alias=True) + "\n"
    )  # lists what it kept


def one_interval(histograms: dict[str, Histogram], seconds: float) -> str:
    """An .hlog with one line an operation over the whole run. Histograms of another layout are left out."""
    lines = ["#[Histogram log format version 1.3]", "#[StartTime: 0.000 (seconds since epoch)]"]
    lines.append('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"')
    for name, histogram in sorted(histograms.items()):
        if not histogram.total or histogram.layout != DEFAULT_LAYOUT:
            continue
        copy = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
        for value, count in zip(*histogram.values(), strict=True):
            copy.record_value(int(value), int(count))
        top = histogram.max_us() / 1000
        lines.append(f"Tag={name},0.000,{seconds:.3f},{top:.3f},{copy.encode().decode()}")
    return "\n".join(lines) + "\n"

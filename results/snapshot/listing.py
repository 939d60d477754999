"""The runs of a directory, a row each, quickly: what run.json says, and whether it is as it was written.

The seal of each run.json is checked, not the digests of its evidence: reading the evidence of thousands of
runs would take minutes, and `renhai report RUN` does it for the one that matters.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from results.errors import SnapshotError
from results.language.catalogue import in_chinese
from results.snapshot.builds import build_named
from results.snapshot.files import replace_whole
from results.snapshot.run import EXIT_CODES, sealed_document

UNFINISHED = "unfinished"  # evidence, and no run.json
UNREADABLE = "unreadable"
LEFT_BY_A_RUN = ("measured.json", "timeline.csv", "plan.json")
INDEX = ".runs.json"  # rows as they were read, so that the next reading takes those that did not change
INDEX_VERSION = 1
_NAMED = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-")


@dataclass(frozen=True)
class Listed:
    """One run, or what is left of one.

    directory: its name. started: ISO 8601, "" where unknown. verdict: as run.json has it, UNFINISHED or
    UNREADABLE. why: the first reason, or what is wrong with it, in English and Chinese. p95_ms, p99_ms: of
    all operations, None where nothing was answered. error_rate: percent, None where nothing was sent.
    throughput: /s. report, comparison: pages, relative to the directory of runs; "" where there is none.
    """

    directory: str
    verdict: str
    why: str = ""
    why_zh: str = ""
    started: str = ""
    build: str = ""
    scenario: str = ""
    target: str = ""
    duration_s: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    error_rate: float | None = None
    throughput: float | None = None
    report: str = ""
    comparison: str = ""


def list_runs(directory: Path) -> list[Listed]:
    """Every run directly below `directory`, the newest first. Raises SnapshotError when there is none.

    An unreadable or unfinished one is a row that says so. Rows are kept in INDEX beside the runs, where that
    can be written; a run.json of another size or time of change is read again.
    """
    known, kept = _index(directory), {}
    rows = []
    for entry in _entries(directory):
        stamp = _stamp(entry.path)
        row = known.get(entry.name, {}).get(stamp) or _row(Path(entry.path))
        if row is not None:
            kept[entry.name] = {stamp: row}
            rows.append(_with_pages(row, entry.path))
    if not rows:
        remedy = "give a directory of snapshots, such as results/runs, or make one: renhai run smoke"
        raise SnapshotError(str(directory), "holds no run", remedy)
    if kept != known:
        _keep_index(directory, kept)
    return sorted(rows, key=lambda row: (row.started, row.directory), reverse=True)


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            yield from (entry for entry in found if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        raise SnapshotError(
            str(directory), f"cannot be read: {error.strerror}", "give a directory of snapshots"
        ) from error


def _stamp(directory: str) -> str:
    """Size and time of the last change of run.json; "" where there is none."""
    try:
        found = Path(directory, "run.json").stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _row(directory: Path) -> Listed | None:
    """None where the directory is no run's."""
    if os.path.lexists(directory / "run.json"):
        try:
            return _listed(directory.name, sealed_document(directory))
        except SnapshotError as error:
            said = in_chinese(str(error))
            return Listed(directory.name, UNREADABLE, str(error), said, _named_time(directory.name))
    if any(os.path.lexists(directory / name) for name in LEFT_BY_A_RUN):
        remedy = f"renhai report {directory.name}"
        why, why_zh = f"never judged: {remedy}", f"尚未判定：{remedy}"
        return Listed(directory.name, UNFINISHED, why, why_zh, _named_time(directory.name))
    return None


def _named_time(name: str) -> str:
    """When a run began by its directory's name (results.snapshot.run.new_run_id); "" where it has none."""
    found = _NAMED.match(name)
    return "{}-{}-{}T{}:{}:{}+00:00".format(*found.groups()) if found else ""


def _listed(name: str, document: dict[str, Any]) -> Listed:
    """Raises SnapshotError for a document that is none of a run."""
    try:
        return _fields(name, document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        why = f"is no run's: {type(error).__name__} {error}"
        raise SnapshotError(f"{name}/run.json", why, "the file is damaged: run the scenario again") from error


def _fields(name: str, document: dict[str, Any]) -> Listed:
    # A model that validates the whole document takes three times as long, and a list needs a dozen fields.
    if document["verdict"] not in EXIT_CODES:
        raise ValueError(f"verdict {document['verdict']!r}")
    total = document.get("total") or {}
    latency = total.get("latency_ms") or {}
    begun = total.get("started", 0)
    return Listed(
        directory=name,
        verdict=document["verdict"],
        why=str(next(iter(document.get("reasons", [])), "")),
        why_zh=str(next(iter(document.get("reasons_zh", [])), "")),
        started=str(document["started"]),
        build=build_named(document.get("labels", {}), document.get("environment", {})),
        scenario=str(document["scenario"]["name"]),
        target=str(document["target"]["name"]),
        duration_s=float(document["duration_s"]),
        p95_ms=float(latency["p95"]) if latency else None,
        p99_ms=float(latency["p99"]) if latency else None,
        error_rate=100 * total["errors"] / begun if begun else None,
        throughput=float(total["rate_per_s"]) if total else None,
    )


def _with_pages(row: Listed, path: str) -> Listed:
    """The pages that stand beside the run now; they come and go without run.json."""
    report = f"{row.directory}/report.html" if Path(path, "report.html").exists() else ""
    beside = f"{row.directory}-compared/comparison.html"
    comparison = beside if Path(f"{path}-compared", "comparison.html").exists() else ""
    return replace(row, report=report, comparison=comparison)


def _index(directory: Path) -> dict[str, dict[str, Listed]]:
    """{} where there is none, or one that cannot be used."""
    try:
        document: dict[str, Any] = json.loads((directory / INDEX).read_text(encoding="utf-8"))
        if document["version"] != INDEX_VERSION:
            return {}
        return {
            name: {stamp: Listed(**row) for stamp, row in rows.items()}
            for name, rows in document["runs"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _keep_index(directory: Path, kept: dict[str, dict[str, Listed]]) -> None:
    """The index only saves time: where it cannot be written, the next reading takes longer."""
    runs = {name: {stamp: asdict(row) for stamp, row in rows.items()} for name, rows in kept.items()}
    with suppress(OSError):
        text = json.dumps({"version": INDEX_VERSION, "runs": runs}, ensure_ascii=False)
        replace_whole(directory / INDEX, text + "\n")

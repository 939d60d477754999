"""The files of one side of a batch: found by their name, opened up to their columns, read whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from renhai.checks.migration.reading import scan_parquet
from renhai.checks.migration.scanning import Scanned, names_of, scan
from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import show_path
from renhai.spec.cutover.migration.columns import Side
from renhai.spec.cutover.migration.rules import Batch, Files

Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Source:
    """Files that are one side. `stamps`: of each, before it was read; `scratch`: where copies in UTF-8 go."""

    side: Side
    files: Files
    paths: list[Path]
    stamps: list[Stamp]
    scratch: Path

    @property
    def wide(self) -> bool:
        """Whether DuckDB reads a copy."""
        return self.files.encoding != "utf-8"

    @property
    def parquet(self) -> bool:
        """Whether a file is Parquet."""
        return any(_is_parquet(path) for path in self.paths)

    def copy(self, number: int) -> Path:
        return self.scratch / f"{self.side}{number}.csv"


def stamp_of(path: Path) -> Stamp:
    """(bytes, time of its content, time of any change, number of the file): another one once it was written,
    also with as many bytes and the time that it had."""
    known = path.stat()
    return known.st_size, known.st_mtime_ns, known.st_ctime_ns, known.st_ino


def files_of(root: Path, side: Side, name: str, batch: Batch) -> list[Path]:
    """Raises UsageError where there is none."""
    if root.is_file():
        return [root]
    wanted = getattr(batch, side) or f"{name}.csv"
    try:
        met = sorted(root.glob(wanted))
    except (ValueError, NotImplementedError):
        raise UsageError(Problem(show_path(root), "", f"{wanted} is no name below a folder")) from None
    paths = [path for path in met if not path.is_dir()]
    if met and not paths:
        why = f"is a folder, the {side} side of batch {name}; name its files, such as {wanted}/*"
        raise UsageError(Problem(show_path(met[0]), "", why))
    if not paths:
        why = f"holds no {wanted}, the {side} side of batch {name}; put it there, or name it under `{side}`"
        raise UsageError(Problem(show_path(root), "", why))
    odd = next((path for path in paths if not path.is_file()), None)
    if odd is not None:
        why = "is no file, or a link to one that is not there; put it there"
        raise UsageError(Problem(show_path(odd), "", why))
    return paths


def source_of(root: Path, side: Side, name: str, batch: Batch, files: Files, scratch: Path) -> Source:
    """Raises UsageError where there is no file, OSError where one is gone."""
    paths = files_of(root, side, name, batch)
    return Source(side, files, paths, [stamp_of(path) for path in paths], scratch)


def open_heads(source: Source) -> list[Scanned]:
    """CSV files up to the names of their columns: enough to say how DuckDB reads them, copies included.

    Raises UsageError where these cannot be read or are not the same.
    """
    found: list[Scanned] = []
    for number, path in enumerate(source.paths):
        shown = show_path(path)
        read = source.copy(number) if source.wide else path
        found.append(Scanned(shown, read, names_of(path, shown, source.files), 0, 0, ""))
        _hold_to_first(found)
    return found


def read_whole(source: Source, link: duckdb.DuckDBPyConnection | None = None) -> list[Scanned]:
    """Every byte read. link: for Parquet, which it reads.

    Raises UsageError where a file cannot be read or names other columns, Stopped where a signal asked for it.
    """
    found: list[Scanned] = []
    for number, path in enumerate(source.paths):
        shown = show_path(path)
        if link is not None and _is_parquet(path):
            one = scan_parquet(link, path, shown)
        else:
            one = scan(path, shown, source.files, source.copy(number))
        one.stamp = source.stamps[number]
        found.append(one)
        _hold_to_first(found)
    return found


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _hold_to_first(found: list[Scanned]) -> None:
    first, last = found[0], found[-1]
    if set(last.names) != set(first.names):
        only = ", ".join(sorted(set(last.names) ^ set(first.names)))
        why = f"has other columns than {first.shown}: {only}; make them one kind"
        raise UsageError(Problem(last.shown, "", why))

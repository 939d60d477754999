"""All batches of a migration, one after the other; one that cannot be read leaves the others compared."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from renhai import __version__
from renhai.checks.migration import comparing, totals
from renhai.checks.migration.ahead import read_and_hash
from renhai.checks.migration.comparing import Hashed
from renhai.checks.migration.layout import Layout, lay_out
from renhai.checks.migration.normal import form
from renhai.checks.migration.reading import first_line, relation, unreadable
from renhai.checks.migration.scanning import (
    Scanned,
    hold_to_utf8,
    line_problems,
    names_of,
    of_a_spreadsheet,
)
from renhai.checks.migration.sides import Source, Stamp, files_of, read_whole, source_of, stamp_of
from renhai.checks.migration.violations import never_applied, violations
from renhai.checks.spreadsheets import LONGEST
from renhai.core.errors import Problem, UsageError
from renhai.core.process.long_queries import asked, endable, go_on
from renhai.core.yaml_lines import show_path
from renhai.spec.cutover.migration.columns import SIDES, Side
from renhai.spec.cutover.migration.loader import load_rules
from renhai.spec.cutover.migration.rules import Batch, Files, Rules
from results.checks.migration.document import document

MEMORY = "1000MB"  # of DuckDB; the process stands some 150 MB above it

Tell = Callable[[str], None]


@dataclass
class Verification:
    """Where both sides stand, by which rules, and what was found up to now."""

    roots: dict[Side, Path]
    rules: Rules
    rules_path: Path
    rules_sha256: str  # of the rules as they were read
    tell: Tell
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: float = field(default_factory=perf_counter)
    batches: list[dict[str, Any]] = field(default_factory=list)
    under_way: dict[str, Any] | None = None  # the batch that is read now
    stamps: dict[tuple[str, Side], list[Stamp]] = field(default_factory=dict)  # of files, when first read

    def result(self) -> dict[str, Any]:
        """verify.json of the batches up to now; a batch that was not come to is not compared.

        One that was ended between is what was compared of it, and not whole.
        """
        batches, done = [*self.batches], {one["name"] for one in self.batches}
        cut = self.under_way
        if cut and cut["counts"] and cut["name"] not in done:
            why = "was ended when its rows had been compared: its sums, rules and lists may lack"
            batches.append({**cut, "problems": [*cut["problems"], why], "ended": True})
            done.add(cut["name"])
        rest = [
            _nothing(name, batch, ["was not come to"])
            for name, batch in self.rules.batches.items()
            if name not in done
        ]
        about = {
            "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(perf_counter() - self.begun, 2),
            "old": str(self.roots["old"]),
            "new": str(self.roots["new"]),
            "rules": {"path": str(self.rules_path), "sha256": self.rules_sha256},
            "versions": {"renhai": __version__, "duckdb": duckdb.__version__},
        }
        return document(self.rules.name, [*batches, *rest], list(_unlisted(self)), about)


def prepare(old: Path, new: Path, rules: Path, tell: Tell) -> Verification:
    """Raises UsageError: a wrong rules file, a side that is not there, one and the same side twice."""
    loaded, _ = load_rules(rules)
    digest = hashlib.sha256(rules.read_bytes()).hexdigest()
    for path in (old, new):
        if not path.exists():
            raise UsageError(
                Problem(show_path(path), "", "does not exist; give the folder of that side's files")
            )
        try:
            if path.is_dir():
                os.scandir(path).close()
        except OSError as error:  # else it would look as if it held nothing
            raise UsageError(Problem(show_path(path), "", f"cannot be read: {error.strerror}")) from None
        if path.is_file() and len(loaded.batches) != 1:
            why = f"is a file, and the rules have {len(loaded.batches)} batches; give the folder of the files"
            raise UsageError(Problem(show_path(path), "", why))
    if old.samefile(new):
        raise UsageError(
            Problem(show_path(new), "", "is the old side itself; give the data of the new system")
        )
    return Verification({"old": old, "new": new}, loaded, rules, digest, tell)


def layout_problems(found: Verification) -> Iterator[Problem]:
    """What keeps a batch from being compared, by its files' names and the names of their columns alone: their
    rows may be many. The types of a Parquet file are looked at when it is compared."""
    for name, batch in found.rules.batches.items():
        heads: dict[Side, list[str]] = {}
        for side in SIDES:
            try:
                first = files_of(found.roots[side], side, name, batch)[0]
                if first.suffix.lower() != ".parquet":
                    heads[side] = names_of(first, show_path(first), getattr(found.rules, side))
            except UsageError as error:
                yield from error.problems
        if len(heads) == len(SIDES):
            layout = lay_out(batch, found.rules.defaults, heads["old"], heads["new"])
            yield from (
                Problem(show_path(found.rules_path), f"batches.{name}", why) for why in layout.problems
            )


def verify(found: Verification, each: Callable[[duckdb.DuckDBPyConnection, dict[str, Any]], None]) -> None:
    """Compares batch after batch into `found.batches`; `each` is called with the table `finding` of each."""
    for name, batch in found.rules.batches.items():
        found.tell(f"{name}: reading")
        with tempfile.TemporaryDirectory(prefix="renhai-verify-") as scratch:
            started = perf_counter()
            one = _guarded(found, name, batch, Path(scratch), each)
            one["seconds"] = round(perf_counter() - started, 2)
            if one["counts"] or not asked.is_set():  # a query that was ended is no fault of its files
                found.batches.append(one)
                found.under_way = None
            go_on()


def _guarded(
    found: Verification, name: str, batch: Batch, scratch: Path,
    each: Callable[[duckdb.DuckDBPyConnection, dict[str, Any]], None],
) -> dict[str, Any]:  # fmt: skip
    """A batch whose files cannot be read is not compared, and says where and why."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": MEMORY,
        "threads": min(8, os.cpu_count() or 1),
        "preserve_insertion_order": False,
        "temp_directory": str(scratch),
    }
    try:
        with duckdb.connect(str(scratch / "work.duckdb"), config=config) as link, endable(link):
            return _batch(found, link, name, batch, scratch, each)
    except UsageError as error:
        return _nothing(name, batch, [str(one) for one in error.problems])
    except duckdb.Error as error:
        return _nothing(name, batch, [f"could not be compared: {first_line(error)}"])
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _nothing(name, batch, [f"could not be compared: {error.strerror}{where}"])


def _nothing(name: str, batch: Batch, problems: Sequence[str]) -> dict[str, Any]:
    return {"name": name, "title": batch.title, "key": batch.key, "files": {"old": [], "new": []},
            "rows": {"old": 0, "new": 0}, "counts": {}, "columns": [], "ignored": [], "sums": [],
            "damaged": {"old": 0, "new": 0}, "allow": _allow(batch), "samples": [], "findings": 0,
            "violations": [], "problems": list(problems), "seconds": 0.0}  # fmt: skip


def _allow(batch: Batch) -> dict[str, Any]:
    return batch.allow.model_dump(exclude_none=True)


def _batch(
    found: Verification, link: duckdb.DuckDBPyConnection, name: str, batch: Batch, scratch: Path,
    each: Callable[[duckdb.DuckDBPyConnection, dict[str, Any]], None],
) -> dict[str, Any]:  # fmt: skip
    sources = {side: _source(found, side, name, batch, scratch) for side in SIDES}
    scanned, ahead = read_and_hash(link, batch, found.rules.defaults, sources)
    result = _nothing(name, batch, [])
    result["files"] = {side: [_file(one) for one in scanned[side]] for side in SIDES}
    result["rows"] = {side: sum(one.rows for one in scanned[side]) for side in SIDES}
    result["damaged"] = {side: sum(one.damaged for one in scanned[side]) for side in SIDES}
    result["problems"] = list(_doubts(batch, scanned, result["rows"]))
    layout = lay_out(batch, found.rules.defaults, scanned["old"][0].names, scanned["new"][0].names)
    result["problems"] += layout.problems
    result["ignored"] = [{"column": column, "reason": reason} for column, reason in layout.ignored]
    if layout.problems or any(one.fatal for side in SIDES for one in scanned[side]):
        return result
    result["problems"] += layout.uncompared
    found.tell(f"{name}: comparing {result['rows']['old']:,} rows with {result['rows']['new']:,}")
    found.under_way = result
    _compare(found, link, batch, layout, scanned, ahead, scratch, result)
    if result["counts"]:
        try:
            each(link, result)
        except OSError as error:  # what was compared is told all the same
            why = f"the list of what has to be looked at cannot be written: {error.strerror}"
            result["problems"].append(why)
    return result


def _source(found: Verification, side: Side, name: str, batch: Batch, scratch: Path) -> Source:
    source = source_of(found.roots[side], side, name, batch, getattr(found.rules, side), scratch)
    if found.stamps.setdefault((name, side), source.stamps) != source.stamps:
        why = (
            f"files of batch {name} changed since they were first read; compare again when the export is done"
        )
        raise UsageError(Problem(show_path(found.roots[side]), "", why))
    return source


def _compare(
    found: Verification, link: duckdb.DuckDBPyConnection, batch: Batch, layout: Layout,
    scanned: dict[Side, list[Scanned]], ahead: Hashed | None, scratch: Path, result: dict[str, Any],
) -> None:  # fmt: skip
    rules = found.rules
    relations = {side: relation(side, getattr(rules, side), scanned[side], layout.columns) for side in SIDES}
    if layout.ignored or layout.uncompared:
        _hold_to_utf8(scanned, rules)  # DuckDB does not look into columns that are not compared
    try:
        compared = comparing.compare(link, layout, relations, ahead)
    except comparing.SideUnreadable as error:
        _hold_to_utf8(scanned, rules)
        raise UsageError(unreadable(error.error, scanned[error.side])) from None
    result.update(counts=compared["counts"], columns=compared["columns"])
    for side in SIDES:
        counted, read = result["rows"][side], compared["rows"][side]
        if counted != read:
            result["problems"].append(
                f"the {side} side has {counted:,} rows, and {read:,} were read; is a quote inside a value?"
            )
            for one in scanned[side]:
                if not one.parquet:
                    why = line_problems(one.path, getattr(rules, side))
                    result["problems"] += [f"{one.shown}: {text}" for text in why]
    result["rows"] = compared["rows"]
    if batch.sums:
        result["sums"], unsummed = totals.sums(link, layout, relations, batch.sums)
        result["problems"] += unsummed
    result["problems"] += comparing.cut_keys(link, layout)
    result["problems"] += totals.too_wide(link, layout, relations)
    comparing.findings(link, layout, layout.place(batch.unit), layout.place(batch.owner))
    _refuse_as_text(link, layout, scanned, rules)
    started = perf_counter()
    try:
        others = _Others(found, link, scratch)
        result["violations"] = violations(link, batch, layout, relations, others.values)
        others.hold()
        result["problems"] += never_applied(link, batch, layout, relations)
    except UsageError as error:
        result["problems"] += [f"rules are not checked: {one}" for one in error.problems]
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:  # of another batch's file, say: what was compared of this one stays
        result["problems"].append(f"rules are not checked: {unreadable(error, others.scanned)}")
    result["rules_seconds"] = round(perf_counter() - started, 2)
    result["findings"] = link.execute("SELECT count(*) FROM finding").fetchall()[0][0]
    result["samples"] = comparing.samples(link, rules.samples)
    result["problems"] += _touched(found, batch, result["name"], scanned)  # files are read for each of these


def _refuse_as_text(
    link: duckdb.DuckDBPyConnection, layout: Layout, scanned: dict[Side, list[Scanned]], rules: Rules
) -> None:
    """Raises UsageError where one side writes its keys as spreadsheets do: all of them would be missing."""
    side = comparing.as_text_apart(link)
    if side is None:
        return
    files: Files = getattr(rules, side)
    keys = [layout.columns[place].written(side) for place in layout.keys]
    for one in scanned[side]:
        at = None if one.parquet else of_a_spreadsheet(one, files, keys)
        if at is not None:
            line, column, value = at
            why = f"is {value[:LONGEST]!r}, as spreadsheets write an id; export the column as plain text"
            raise UsageError(Problem(f"{one.shown}:{line}", column, why))


def _touched(
    found: Verification, batch: Batch, name: str, scanned: dict[Side, list[Scanned]]
) -> Iterator[str]:
    """A file is read more than once; one that changes meanwhile was not compared."""
    for side in SIDES:
        paths = files_of(found.roots[side], side, name, batch)
        if [stamp_of(path) for path in paths] != [one.stamp for one in scanned[side]]:
            yield f"the {side} side changed while it was read; compare again when its export is done"


def _hold_to_utf8(scanned: dict[Side, list[Scanned]], rules: Rules) -> None:
    for side in SIDES:
        for one in scanned[side]:
            if not one.parquet and getattr(rules, side).encoding == "utf-8":
                hold_to_utf8(one.path, one.shown, getattr(rules, side))


@dataclass
class _Others:
    """Columns of other batches that a batch refers to; each file is read as strictly as for its own batch."""

    found: Verification
    link: duckdb.DuckDBPyConnection
    scratch: Path
    known: dict[tuple[str, Side], str] = field(default_factory=dict)
    scanned: list[Scanned] = field(default_factory=list)

    def values(self, reference: str, side: Side) -> str:
        """SQL of the values of `batch.column` on a side, as v. Raises UsageError where it cannot be read."""
        if (reference, side) not in self.known:
            name, _, column = reference.rpartition(".")
            batch, rules = self.found.rules.batches[name], self.found.rules
            folder = self.scratch / f"of-{len(self.known)}"
            folder.mkdir()
            sources = {one: _source(self.found, one, name, batch, folder) for one in SIDES}
            sides = {one: read_whole(sources[one], self.link) for one in SIDES}
            self.scanned += [*sides["old"], *sides["new"]]
            layout = lay_out(batch, rules.defaults, sides["old"][0].names, sides["new"][0].names)
            place = layout.place(column)
            if place is None:
                raise UsageError(Problem("", "", f"{name} has no column {column} that both sides have"))
            files = relation(side, getattr(rules, side), sides[side], layout.columns)
            normal = form(layout.columns[place], side, f"c{place}").normal
            self.known[reference, side] = f"SELECT CAST({normal} AS VARCHAR) AS v FROM ({files})"
        return self.known[reference, side]

    def hold(self) -> None:
        """Raises UsageError where files changed while they were looked into."""
        for reference, side in self.known:
            name = reference.rpartition(".")[0]
            _source(self.found, side, name, self.found.rules.batches[name], self.scratch)


def _file(one: Scanned) -> dict[str, Any]:
    return {"path": one.shown, "rows": one.rows, "bytes": one.bytes, "sha256": one.sha256}


def _doubts(batch: Batch, scanned: dict[Side, list[Scanned]], rows: dict[Side, int]) -> Iterator[str]:
    """What makes a batch not wholly compared, whatever its rows say."""
    for side in SIDES:
        for one in scanned[side]:
            yield from (f"{one.shown}: {why}" for why in one.problems)
    if not any(rows.values()) and not batch.empty:
        yield "neither side has a row: nothing is compared; say why under `empty`, if that is right"
    old = {one.sha256: one.shown for one in scanned["old"]}
    for one in scanned["new"]:
        if one.rows and one.sha256 in old and not batch.same_files:
            yield (f"{one.shown} is byte for byte {old[one.sha256]}: was the old file copied? "
                   "say why under `same_files`, if that is right")  # fmt: skip
    if batch.rows is not None and batch.rows != rows["old"]:
        yield f"the old side has {rows['old']:,} rows, by its own count {batch.rows:,}: is the export whole?"


def _unlisted(found: Verification) -> Iterator[str]:
    """Files of data that no batch takes, and folders that cannot be read: nobody looked into them."""
    for side in SIDES:
        root = found.roots[side]
        if not root.is_dir():
            continue
        closed: list[OSError] = []
        paths = sorted(_files_below(root, closed))
        yield from (f"{show_path(Path(one.filename))}: cannot be read: {one.strerror}" for one in closed)
        taken = {path.resolve() for name, batch in found.rules.batches.items()
                 for path in root.glob(getattr(batch, side) or f"{name}.csv") if path.is_file()}  # fmt: skip
        for path in paths:
            name = path.relative_to(root).as_posix()
            left = any(fnmatch(name, one.files) for one in found.rules.leave)
            if path.is_file() and path.resolve() not in taken and not left and not _hidden(name):
                yield f"{show_path(path)}: no batch takes this {side} file; add one, or name it under `leave`"


def _files_below(root: Path, closed: list[OSError]) -> Iterator[Path]:
    """Also behind links to folders, into which `**` does not look; each folder once, as links may lead back.
    Folders that cannot be read, over which whoever looks for names passes, go into `closed`."""
    seen: set[tuple[int, int]] = set()
    for folder, names, files in os.walk(root, onerror=closed.append, followlinks=True):
        try:
            known = Path(folder).stat()
        except OSError as error:
            closed.append(error)
            continue
        if (known.st_dev, known.st_ino) in seen:
            names.clear()
            continue
        seen.add((known.st_dev, known.st_ino))
        yield from (Path(folder) / name for name in files)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))

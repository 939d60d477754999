"""Writes and rows of an export that agree one to one are found in columns; the rest is judged one by one.

A pair is settled when its serial and its key stand once among the writes and once among the rows, and all
that is compared is the same text, or the same amount. Such a pair has nothing in common with another write or
row, so that what is said of those is the same without it (results.checks.audit.classes). All else is left to
be judged: to settle too few costs time alone. Held against each other are hashes of 64 bits, of the serial
and of all that is compared: an altered row passes where two are equal by chance, once in 1.8e19.
"""

from __future__ import annotations

import contextlib
import tempfile
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from renhai.checks.audit.columns import QUIET, LeftToPython, Refused
from renhai.checks.audit.export import columns_of, in_utf8, said_of
from renhai.checks.audit.export_rows import EMPTY, ExportRows
from renhai.checks.audit.lines import NEVER, IntentColumns
from renhai.checks.audit.pairing import among, equal, known_by, partners, repeated, totals
from renhai.core.process.long_queries import endable, go_on
from results.checks.audit.changes import alone
from results.checks.audit.intents import Intents
from results.checks.audit.model import Reading, Settled
from results.checks.values import text
from results.snapshot.segments import lines, parts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEAST_BYTES = 4_000_000  # of intents; fewer are judged as soon one by one


@dataclass
class Matched:
    """What is left of the intents, and the readings of the exports."""

    intents: Intents
    readings: dict[str, Reading] = field(default_factory=dict)


def _ends_oddly(value: Any) -> bool:
    """Whether Python takes more than blanks from its end."""
    return isinstance(value, str) and value.rstrip(" ") != value.rstrip()


@contextlib.contextmanager
def matched(
    files: Sequence[tuple[Path, bool]],
    run: tuple[str, int],
    rules: Mapping[str, Mapping[str, Any]],
    exports: Mapping[str, str],
    wanted: Collection[str],
    fresh: bool,
    least: int = LEAST_BYTES,
) -> Iterator[Matched | None]:
    """run: its id and how many load processes it had. None where nothing is settled: no CSV, intents that are
    not whole, or too few bytes of them. Readings are good inside alone. Raises UsageError."""
    shared = {path for path, count in Counter(exports.values()).items() if count > 1}  # judged together
    plain = {
        name: Path(path)
        for name, path in exports.items()
        if path not in shared and _can_be(rules[name], path)
    }
    if not plain or sum(map(_bytes, (path for path, _ in files))) < least:
        yield None
        return
    import duckdb

    with (
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect(config={**QUIET, "temp_directory": folder}) as link,
        endable(link),
    ):
        try:
            whole = [(_whole(path, Path(folder)), by_hand) for path, by_hand in files]
            used, amounts = _named(rules, plain), _amounts(rules, plain)
            begun = IntentColumns(link, Path(folder), whole, used, amounts)
            found = _matched(link, begun, run, rules, plain, wanted, fresh)
        except (Refused, OSError, duckdb.DataError, duckdb.OperationalError, duckdb.InvalidInputException):
            found = None  # no JSON, no number, too large a line, or no room: the reader in Python tells
            go_on()
        except UnicodeDecodeError:
            found = None  # of DuckDB's own message, which cut a line of no JSON in the middle of a character
        yield found


def _bytes(path: Path) -> int:
    """At least: compressed parts count as they are."""
    try:
        return sum(one.stat().st_size for one in parts(path))
    except OSError:
        return 0


def _whole(path: Path, folder: Path) -> Path:
    """The file, or one in `folder` that has all its parts. Raises OSError."""
    if len(parts(path)) == 1:
        return path
    found = folder / f"{len(list(folder.iterdir()))}-{path.name}"
    with found.open("wb") as file:
        file.writelines(lines(path))
    return found


def _can_be(rule: Mapping[str, Any], path: str) -> bool:
    one_each = rule.get("by") and not rule.get("each") and not rule.get("changes")
    return (
        bool(one_each)
        and "://" not in path
        and not path.lower().endswith(".parquet")
        and Path(path).is_file()
    )


def _matched(
    link: DuckDBPyConnection,
    begun: IntentColumns,
    run: tuple[str, int],
    rules: Mapping[str, Mapping[str, Any]],
    plain: Mapping[str, Path],
    wanted: Collection[str],
    fresh: bool,
) -> Matched:
    readings: dict[str, Reading] = {}
    begun.open(*run)
    exports = {name: path for name, path in plain.items() if name in begun.operations}
    (row,) = link.execute(f"SELECT {EMPTY}").fetchall()
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(1) as beside:
        so = {name: alone(rules, name) for name in exports}
        held = {
            name: beside.submit(_rows, link.cursor(), f"r{n}", path, rules[name], wanted, stack, so[name])
            for n, (name, path) in enumerate(exports.items())
        }
        try:
            begun.load()
        except BaseException:
            beside.shutdown(cancel_futures=True)
            raise
        for name in exports:
            changing = {n: rule for n, rule in rules.items() if rule.get("changes") == name}
            rows = held.pop(name).result()
            if rows is None:
                continue
            pairs = _Pairing(begun, name, rules[name], rows, row[0])
            pairs.changed = _changed_rows(link, rows, so[name])
            if pairs.find(changing, fresh):
                readings[name] = pairs.reading(fresh)
    intents = Intents(dict(begun.rest()), [], {header.worker for header in begun.headers})
    intents.first_ms, intents.last_ms = begun.began_ms(), begun.ended_ms()
    return Matched(intents, readings)


def _rows(
    link: DuckDBPyConnection,
    table: str,
    path: Path,
    rule: Mapping[str, Any],
    wanted: Collection[str],
    stack: contextlib.ExitStack,
    changed: Sequence[Mapping[str, Any]],
) -> ExportRows | None:
    """None where the export is left to the reader in Python. changed: what rows say after changes alone."""
    utf8, names = stack.enter_context(in_utf8(path))
    columns, already = said_of(rule)
    found = columns_of(path, names, rule, columns, already, wanted)
    if found is None or {*rule["by"], *(rule.get("key") or ())} & set(found.inexact):
        return None
    with endable(link):
        compared = list(dict.fromkeys([*_compared(rule), *(name for one in changed for name in one)]))
        return ExportRows(link, table, found, (utf8, names), (compared, rule.get("amounts") or ()))


def _changed_rows(
    link: DuckDBPyConnection, rows: ExportRows, changed: Sequence[Mapping[str, Any]]
) -> NDArray[np.bool_]:
    """Which rows say what changes alone make them say."""
    found = np.zeros(rows.count, dtype=np.bool_)
    for expect in changed:
        so = np.ones(rows.count, dtype=np.bool_)
        for name, wanted in expect.items():
            (row,) = link.execute("SELECT hash(?::VARCHAR)", [text(wanted)]).fetchall()
            so &= rows.hashes[name] == np.uint64(row[0])
        found |= so
    return found


def _compared(rule: Mapping[str, Any]) -> list[str]:
    """All that a write and its record are held against each other by, and what sums are entered by."""
    lists = [rule.get(key) or () for key in ("by", "key", "compare", "amounts")]
    return list(dict.fromkeys([name for names in lists for name in names] + _tax(rule)))


def _tax(rule: Mapping[str, Any]) -> list[str]:
    return [rule["tax"]] if rule.get("tax") else []


def _named(rules: Mapping[str, Mapping[str, Any]], plain: Collection[str]) -> dict[str, list[str]]:
    """Values of writes by operation that anything goes by: of those with an export, and what changes them."""
    changing = {
        name: list(rule.get("by") or ()) for name, rule in rules.items() if rule.get("changes") in plain
    }
    return {**changing, **{name: _compared(rules[name]) for name in plain}}


def _amounts(rules: Mapping[str, Mapping[str, Any]], plain: Collection[str]) -> dict[str, list[str]]:
    return {name: list(rules[name].get("amounts") or ()) for name in plain}


class _Pairing:
    """One operation's writes, its export's rows, and which of them are pairs."""

    def __init__(
        self, begun: IntentColumns, operation: str, rule: Mapping[str, Any], rows: ExportRows, empty: int
    ) -> None:
        """empty: the hash of an empty text."""
        self.begun, self.operation, self.rule, self.rows, self.empty = begun, operation, rule, rows, empty
        self.by, self.key, self.tax = list(rule["by"]), list(rule.get("key") or ()), _tax(rule)
        self.names = _compared(rule)
        self.writes = begun.written(operation, self.names)
        self.changed = np.zeros(rows.count, dtype=np.bool_)  # rows that are judged one by one

    def find(self, changing: Mapping[str, Mapping[str, Any]], fresh: bool) -> bool:
        """Finds the pairs: `at` among the writes, `row` of each. changing: rules of what changes the rows.
        False where all of them are left to Python: a row that is none of a pair, or what identifies a write,
        or what sums are entered by, has another text there; or a row may be of before the run."""
        if not fresh and self._by_what_was_sent():
            return False
        kept = [name for name in changing if name in self.begun.operations]
        own = list(dict.fromkeys([*self.by, *self.key, *self.tax]))  # a record is known and entered by
        odd = any(bool(self.writes.odd[name].any()) for name in own)
        if odd or not self.rows.in_order or any(list(changing[n].get("by") or ()) != self.by for n in kept):
            return False
        self.at, self.row = self._agreeing(*self._meeting(kept))
        self.left = list(self.rows.records(self._unpaired()))
        return not any(_ends_oddly(one.values.get(name)) for one in self.left for name in own)

    def _by_what_was_sent(self) -> bool:
        """As in results.checks.audit.classes."""
        by = self._known(self.writes.hashes, self.by, len(self.writes.ended))
        return set(self.by) <= set(self.key) or bool((by[self.writes.ended == NEVER] != 0).any())

    def reading(self, fresh: bool) -> Reading:
        self.begun.settle(self.writes, self.at)
        return Reading(self.left, fresh=fresh, settled=self._settled(), stream=self.rows.records)

    def _unpaired(self) -> NDArray[np.intp]:
        left = np.ones(self.rows.count, dtype=np.bool_)
        left[self.row] = False
        return np.flatnonzero(left)

    def _meeting(self, changing: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Acknowledged writes and rows with one serial, which have it and their keys in common with no other.
        What another operation changes is judged there."""
        writes, rows = self.writes, self.rows
        by, key = (self._known(writes.hashes, names, len(writes.ended)) for names in (self.by, self.key))
        row_by, row_key = (self._known(rows.hashes, names, rows.count) for names in (self.by, self.key))
        shared = [repeated(by), repeated(row_by), *(self._changed(name) for name in changing)]
        row = partners(by, row_by)
        good = (row >= 0) & (writes.ended != NEVER) & ~among(by, np.unique(np.concatenate(shared)))
        good &= ~among(key, np.unique(np.concatenate([repeated(key), repeated(row_key)])))
        for name in self.names:
            good &= writes.whole[name] if name in self.amounts else ~writes.odd[name]
            if name not in self.by:
                good &= ~writes.contrary[name]
        at = np.flatnonzero(good)
        return at, row[at]

    def _agreeing(
        self, at: NDArray[np.intp], row: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Those of them that have all that is compared in common, too."""
        same = self.rows.exact[row] & ~self.changed[row]
        for name in self.names:
            same &= equal(self.writes.hashes[name][at], self.rows.hashes[name][row], self.empty)
        return at[same], row[same]

    def _known(
        self, hashes: Mapping[str, NDArray[np.uint64]], names: Sequence[str], count: int
    ) -> NDArray[np.uint64]:
        return known_by([hashes[name] for name in names], self.empty, count)

    def _changed(self, name: str) -> NDArray[np.uint64]:
        """Serials that another operation has."""
        found = self.begun.written(name, self.by)
        if any(odd.any() for odd in found.odd.values()):
            raise LeftToPython(f"{name} has a value that is no plain text")
        return self._known(found.hashes, self.by, len(found.ended))

    @property
    def amounts(self) -> list[str]:
        return list(self.rule.get("amounts") or ())

    def _settled(self) -> Settled:
        sums: dict[str, tuple[int, int]] = {}
        if self.amounts:
            tax = self.tax[0] if self.tax else ""
            kinds = self.rows.hashes[tax][self.row] if tax else np.zeros(len(self.row), dtype=np.uint64)
            found = totals(kinds, self.rows.amounts[self.row])
            texts = self.rows.texts(tax, [int(self.row[place]) for place, _, _ in found])
            for text, (_, count, amount) in zip(texts, found, strict=True):
                before = sums.get(text, (0, 0))
                sums[text] = before[0] + count, before[1] + amount
        written = (name for name in self.names if self.writes.hashes[name][self.at].any())
        held = frozenset(self.rows.columns.fields)
        return Settled(self.operation, len(self.at), sums, frozenset(written), held, self._apart)

    def _apart(self) -> tuple[array[int], int]:
        found: array[int] = array("q")
        since, common = self.rule.get("since") or "", 0
        if since not in self.rows.columns.fields:
            return found, common
        ended = np.full(self.rows.count, NEVER, dtype=np.int64)
        ended[self.row] = self.writes.ended[self.at]
        for value, end in zip(self.rows.values(since), ended.tolist(), strict=True):
            at = self.rows.columns.stored_at(value) if end > 0 else None
            if at is not None:
                found.append(at - end)
                common = gcd(common, at)
        return found, common

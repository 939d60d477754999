"""Files of intents as columns of numbers, where each of their lines is as a load process writes it.

What is in any way otherwise (a torn line, a file of a killed worker that did not come home) is left to
the reader in Python (results.checks.audit.intents), which says what is missing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from renhai.checks.audit.columns import LeftToPython
from renhai.checks.audit.line_queries import (
    ACKNOWLEDGED,
    INTENT,
    MOST_VALUES,
    Layout,
    any_line,
    lines_of,
    quick,
    rows_of,
)
from results.checks.audit.intents import Event, Header, Write, header_of, selected

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TAIL = 1 << 16
PIECE = 1 << 20
END = rb'\["end", ?([0-9]+)\]\n'
NEWLINE, BLANK = 10, 32
BETWEEN = len(b"],[")  # bytes from a row to the next; as many stand behind the last one of a line: ]]\n
BEFORE = len(b"[[" + b"],[")  # bytes around a head
NS_A_MS = 1_000_000
NEVER = -1  # a time, or the place of a receipt that is not there
Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass
class Begun:
    """The intents of one file, by their numbers, which count from 1, with their receipts.

    place: of the operation; row, said: places of its row and its receipt's among all rows, NEVER where there
    is none; ended: ms of an acknowledgement, else NEVER. A value is what the answer says, else the request:
    odd, whole, hashes by place as in renhai.checks.audit.line_queries. Of all rows of the file: starts, long:
    where each stands, in bytes; ms: its time, of the Unix epoch. paired: settled. contrary: a bit for each
    value of which the answer says another than the request.
    """

    place: NDArray[np.int16]
    row: Numbers
    said: Numbers
    ended: Numbers
    odd: NDArray[Any]
    whole: NDArray[Any]
    hashes: dict[int, Hashes]
    starts: Numbers
    long: NDArray[np.uint32]
    ms: Numbers
    paired: Bools = field(init=False)
    contrary: NDArray[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.paired = np.zeros(len(self.place), dtype=np.bool_)
        self.contrary = np.zeros_like(self.odd)

    def span(self) -> tuple[int, int] | None:
        """When the first and the last of them began, in ms; None where there is none."""
        began = self.ms[self.row]
        return (int(began.min()), int(began.max())) if len(began) else None


@dataclass
class Written:
    """Some values of one operation's writes. hashes: 0 for null; odd: Python may have another text; whole: it
    is an amount in a whole number; contrary: the answer says another than the request. parts: of each file
    its number, and the places of the writes in it."""

    ended: Numbers
    hashes: dict[str, Hashes]
    odd: dict[str, Bools]
    whole: dict[str, Bools]
    contrary: dict[str, Bools]
    parts: list[tuple[int, NDArray[np.intp]]]


class IntentColumns:
    """All writes of a run's files. used, amounts: by operation the names of values that anything goes by,
    and those in fen. scratch: a folder for lines that are read another way."""

    def __init__(
        self,
        link: DuckDBPyConnection,
        scratch: Path,
        files: Sequence[tuple[Path, bool]],
        used: Mapping[str, Collection[str]],
        amounts: Mapping[str, Collection[str]],
    ) -> None:
        self._link, self._scratch = link, scratch
        self.files = [path for path, _ in files]
        self._by_hand = [by_hand for _, by_hand in files]
        self._named = used, amounts
        self.headers: list[Header] = []
        self.operations: list[str] = []
        self._layout = Layout([], 0, [], [])
        self.begun: list[Begun] = []

    def open(self, run_id: str, workers: int) -> None:
        """Reads the first lines. Raises LeftToPython where one is of another run, or a worker's file is not
        there."""
        for path in self.files:
            header = header_of(path)
            if header is None or header.run != run_id:
                raise LeftToPython(f"{path} is no file of the run")
            self.headers.append(header)
        known = {header.worker for header in self.headers}
        if set(range(workers)) - known or len(known) != len(self.headers):
            raise LeftToPython("a worker's file is missing, or one has two")
        self.operations = list(dict.fromkeys(name for header in self.headers for name in header.names))
        most = max((len(own) for header in self.headers for own in header.names.values()), default=0)
        if not self.operations or most > MOST_VALUES:
            raise LeftToPython("no operation, or more values than a number has bits")
        used, amounts = (self._places(named) for named in self._named)
        self._layout = Layout(self.operations, most, used, amounts)

    def load(self) -> None:
        """Reads all others. Raises LeftToPython where one is not as it should be."""
        self.begun = [self._load(file) for file in range(len(self.files))]

    def _places(self, named: Mapping[str, Collection[str]]) -> list[int]:
        found = {
            own.index(name)
            for header in self.headers
            for operation, own in header.names.items()
            for name in named.get(operation, ())
            if name in own
        }
        return sorted(found)

    def _load(self, file: int) -> Begun:
        path = self.files[file]
        last, count = _last(path), count_lines(path)
        end = re.fullmatch(END, last)
        if not end and self.headers[file].carried and not self._by_hand[file]:
            raise LeftToPython("no end")
        columns = self._read(path, last if end else b"", count - 1 - bool(end))
        kind = columns["kind"]
        begun = np.flatnonzero(kind == INTENT)
        if end and int(end[1]) != len(begun):
            raise LeftToPython("an end that does not fit")
        found = self._intents(file, columns, begun)
        self._receive(file, columns, np.flatnonzero(kind != INTENT), found)
        return found

    def _read(self, path: Path, end: bytes, count: int) -> dict[str, NDArray[Any]]:
        """All rows. end: the last line, where it tells the end; count: lines of rows. starts: where each row
        stands, in bytes; ms: its time."""
        columns = arrays(self._link, quick(rows_of(lines_of(path)), self._layout))
        if end:  # which is one row that is none
            columns = {name: column[:-1] for name, column in columns.items()}
        first, size = columns["head"] != 0, columns["long"].astype(np.int64) + BETWEEN
        ends = np.cumsum(size + np.where(first, columns.pop("head").astype(np.int64) + BEFORE, 0))
        before, whole = _first_line(path), path.stat().st_size - len(end)
        if np.count_nonzero(first) != count or before + (int(ends[-1]) if len(ends) else 0) != whole:
            raise LeftToPython("an empty line")
        columns["starts"] = ends - size + before
        self._number(columns, np.flatnonzero(first))
        others = np.flatnonzero(~columns.pop("quick"))
        if len(others):
            self._read_others(path, columns, others)
        columns["ms"] = (columns.pop("ns") + columns.pop("epoch")) // NS_A_MS
        return columns

    def _number(self, columns: dict[str, NDArray[Any]], first: NDArray[np.intp]) -> None:
        """first: places of the first rows of lines. Raises LeftToPython where the numbers of a line's intents
        do not follow those before."""
        begun = np.cumsum(columns["kind"] == INTENT)
        after = begun[np.append(first[1:], len(begun)) - 1] if len(first) else begun
        before = np.append(0, after)[:-1]
        if not (columns.pop("number")[first] == np.where(after > before, before + 1, 0)).all():
            raise LeftToPython("an intent that does not follow the one before")

    def _read_others(self, path: Path, columns: Mapping[str, NDArray[Any]], others: NDArray[np.intp]) -> None:
        """Rows that a load process does not write so. Raises LeftToPython where one has not the parts of its
        kind."""
        copy = self._scratch / "lines.jsonl"
        with copy.open("wb") as lines:
            lines.write(b"[]\n")
            lines.writelines(row + b"\n" for row in _rows(path, columns, others))
        found = arrays(self._link, any_line(lines_of(copy), self._layout))
        if len(found["own"]) != len(others) or not found["fits"].all():
            raise LeftToPython("an empty row, or one with other parts")
        found["ns"] = np.where(found["kind"] == INTENT, columns["ns"][others], found["ns"])
        for name in self._layout.columns:
            columns[name][others] = found[name]
        for row in _rows(path, columns, others[found["doubted"]]):
            _values(row)  # DuckDB takes a list that has a comma behind its last value, which is no JSON

    def _sizes(self, file: int) -> Numbers:
        """How many values each operation has in this file; -1: it has none of it."""
        names = self.headers[file].names
        return np.array([len(names[name]) if name in names else -1 for name in self.operations])

    def _intents(self, file: int, columns: Mapping[str, NDArray[Any]], at: NDArray[np.intp]) -> Begun:
        """at: their places among the rows."""
        place = columns["place"][at]
        if not ((place >= 0) & (columns["size"][at] == self._sizes(file)[place])).all():
            raise LeftToPython("an intent of another operation, or of other values")
        said, ended = np.full((2, len(at)), NEVER, dtype=np.int64)
        odd, whole = columns["odd"][at], columns["whole"][at]
        hashes = {spot: columns[f"h{spot}"][at] for spot in self._layout.used}
        rows = columns["starts"], columns["long"], columns["ms"]
        return Begun(place, at, said, ended, odd, whole, hashes, *rows)

    def _receive(
        self, file: int, columns: Mapping[str, NDArray[Any]], at: NDArray[np.intp], found: Begun
    ) -> None:
        """Adds receipts to the intents."""
        own = columns["own"][at] - 1
        if not ((own >= 0) & (own < len(found.row))).all():
            raise LeftToPython("a receipt without its intent")
        found.said[own] = at
        if not (found.said[own] == at).all() or not (found.row[own] < at).all():
            raise LeftToPython("a second receipt, or one before its intent")
        told = columns["kind"][at] == ACKNOWLEDGED
        if not told.all():
            at, own = at[told], own[told]
        if not (columns["size"][at] == self._sizes(file)[found.place[own]]).all():
            raise LeftToPython("a receipt of other values")
        found.ended[own] = columns["ms"][at]
        there = {spot: columns[f"h{spot}"][at] != 0 for spot in self._layout.used}
        for spot, one in there.items():
            if one.any():
                sent, said = found.hashes[spot][own[one]], columns[f"h{spot}"][at[one]]
                found.contrary[own[one]] |= ((sent != said) & (sent != 0)).astype(found.odd.dtype) << spot
                found.hashes[spot][own[one]] = said
        for name, bits, spots in (
            ("odd", found.odd, self._layout.used),
            ("whole", found.whole, self._layout.amounts),
        ):
            for spot in spots if bits.any() else ():  # what the answer says stands for what was sent
                bits[own[there[spot]]] &= ~bits.dtype.type(1 << spot)
            if columns[name].any():
                bits[own] |= columns[name][at]

    def written(self, operation: str, names: Sequence[str]) -> Written:
        """An operation's writes, file by file, and values of those names."""
        place, parts = self.operations.index(operation), []
        hashes: dict[str, list[Hashes]] = {name: [] for name in names}
        odd: dict[str, list[Bools]] = {name: [] for name in names}
        whole: dict[str, list[Bools]] = {name: [] for name in names}
        contrary: dict[str, list[Bools]] = {name: [] for name in names}
        for file, one in enumerate(self.begun):
            at = np.flatnonzero(one.place == place)
            some = at if len(at) < len(one.place) else slice(None)
            own = list(self.headers[file].names.get(operation) or ())
            for name in names:
                spot = own.index(name) if name in own else None
                kept = one.hashes[spot][some] if spot is not None else np.zeros(len(at), dtype=np.uint64)
                hashes[name].append(kept)
                for bits, into in ((one.odd, odd), (one.whole, whole), (one.contrary, contrary)):
                    into[name].append(bits[some] & bits.dtype.type(0 if spot is None else 1 << spot) != 0)
            parts.append((file, at))
        ended = np.concatenate([self.begun[file].ended[at] for file, at in parts])
        return Written(ended, _joined(hashes), _joined(odd), _joined(whole), _joined(contrary), parts)

    def settle(self, written: Written, at: NDArray[np.intp]) -> None:
        """Some of the writes need no look any more. at: their places among `written`, which ascend."""
        before = 0
        for file, places in written.parts:
            own = at[(at >= before) & (at < before + len(places))] - before
            self.begun[file].paired[places[own]] = True
            before += len(places)

    def rest(self) -> Mapping[str, list[Write]]:
        """All writes but those, by operation, in order of time."""
        found: dict[str, list[Write]] = {name: [] for name in self._in_order()}
        for file, header in enumerate(self.headers):
            for write in selected(header, self._rest_events(file)):
                found[write.operation].append(write)
        for rows in found.values():
            rows.sort(key=lambda write: (write.began_ms, write.number))
        return found

    def _in_order(self) -> Iterator[str]:
        """Operations that wrote, in the order of their first writes."""
        for one in self.begun:
            first = (
                (int(np.argmax(one.place == n)), n) for n in range(len(self.operations)) if n in one.place
            )
            yield from (self.operations[n] for _, n in sorted(first))

    def _rest_events(self, file: int) -> Iterator[Event]:
        """Each intent with its receipt."""
        one = self.begun[file]
        left = np.flatnonzero(~one.paired)
        told = left[one.said[left] != NEVER]
        columns: dict[str, NDArray[Any]] = {"starts": one.starts, "long": one.long}
        for n, row in zip(left.tolist(), _rows(self.files[file], columns, one.row[left]), strict=True):
            operation, *values = _values(row)
            yield "intent", n + 1, operation, int(one.ms[one.row[n]]), values
        for n, row in zip(told.tolist(), _rows(self.files[file], columns, one.said[told]), strict=True):
            own, _, *said = _values(row)
            ms = int(one.ms[one.said[n]])
            yield ("ok", n + 1, ms, said) if own is not None else (said[1], n + 1, ms, said[2])

    def began_ms(self) -> int:
        return min((span[0] for span in self._spans()), default=0)

    def ended_ms(self) -> int:
        ends = [int(one.ended.max()) for one in self.begun if len(one.ended)]
        return max([*ends, *(span[1] for span in self._spans())], default=0)

    def _spans(self) -> list[tuple[int, int]]:
        return [span for one in self.begun if (span := one.span()) is not None]


def arrays(link: DuckDBPyConnection, query: str) -> dict[str, NDArray[Any]]:
    """What a query gives, which has no null, by the names of its columns."""
    found = link.sql(query).fetchnumpy()
    return {name: np.require(column, requirements="W") for name, column in found.items()}


def count_lines(path: Path) -> int:
    """Raises LeftToPython for a control character that is no line's end: no text of JSON has one, and DuckDB
    would take some for the end of a line."""
    count, held = 0, bytearray(PIECE)
    piece = np.frombuffer(held, dtype=np.uint8)
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(held):
            ends = int(np.count_nonzero(piece[:size] == NEWLINE))
            if np.count_nonzero(piece[:size] < BLANK) != ends:
                raise LeftToPython("a control character")
            count += ends
    return count


def _first_line(path: Path) -> int:
    """Its bytes."""
    with path.open("rb") as file:
        return len(file.readline())


def _rows(path: Path, columns: Mapping[str, NDArray[Any]], at: NDArray[np.intp]) -> Iterator[bytes]:
    """The text of rows, by their places. columns: `starts` and `long` of all."""
    starts, long = columns["starts"][at], columns["long"][at]
    with path.open("rb", buffering=0) as file:
        for start, size in zip(starts.tolist(), long.tolist(), strict=True):
            yield os.pread(file.fileno(), size, start)


def _values(row: bytes) -> list[Any]:
    """As the reader in Python reads it. Raises LeftToPython for what that reads another way."""
    try:
        (found,) = orjson.loads(b"[[%b]]" % row)
    except ValueError as error:
        raise LeftToPython(str(error)) from None
    return list(found)


def _joined(parts: Mapping[str, Sequence[NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    return {name: found[0] if len(found) == 1 else np.concatenate(found) for name, found in parts.items()}


def _last(path: Path) -> bytes:
    """The last line. Raises LeftToPython where that one is torn."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        last = file.read()
    if not last.endswith(b"\n"):
        raise LeftToPython("a torn last line")
    return last[last.rfind(b"\n", 0, -1) + 1 :]

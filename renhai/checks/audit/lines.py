"""Files of intents as columns of numbers, where each of their lines is as a load process writes it.

What is in any way otherwise (a torn line, a file of a killed worker that did not come home) is left to
the reader in Python (results.checks.audit.intents), which says what is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from renhai.checks.audit.columns import LeftToPython
from renhai.checks.audit.line_queries import (
    ACKNOWLEDGED,
    INTENT,
    MOST_VALUES,
    NOT_SO,
    OTHER,
    Layout,
    any_line,
    lines_of,
    quick,
)
from results.checks.audit.intents import Header, Write, header_of, selected

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TAIL = 1 << 16
PIECE = 1 << 20
END = rb'\["end", ?([0-9]+)\]\n'
NEWLINE, BLANK = 10, 32
NEVER = -1  # a time
Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass
class Begun:
    """The intents of one file, by their numbers, which count from 1, with their receipts.

    first_ms, last_ms: when the first and the last began; place: of the operation; n, said: its line and its
    receipt's, from 1 behind the header, 0 where there is none; ended: ms of an acknowledgement, else NEVER. A
    value is what the answer says, else the request: odd, whole, hashes by place as in
    renhai.checks.audit.line_queries. starts: where each line starts, the header as 0. paired: settled.
    """

    first_ms: int | None
    last_ms: int | None
    place: NDArray[np.int16]
    n: Numbers
    said: Numbers
    ended: Numbers
    odd: NDArray[Any]
    whole: NDArray[Any]
    hashes: dict[int, Hashes]
    starts: Numbers
    paired: Bools = field(init=False)

    def __post_init__(self) -> None:
        self.paired = np.zeros(len(self.place), dtype=np.bool_)


@dataclass
class Written:
    """Some values of one operation's writes. hashes: 0 for null; odd: Python may have another text; whole: it
    is an amount in a whole number. parts: of each file its number, and the places of the writes in it."""

    ended: Numbers
    hashes: dict[str, Hashes]
    odd: dict[str, Bools]
    whole: dict[str, Bools]
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
        last, starts = _last(path), line_starts(path)
        columns = self._read(file, starts)
        kind = columns["kind"]
        begun = np.flatnonzero(kind == INTENT)
        ended = np.flatnonzero((kind == ACKNOWLEDGED) | (kind == NOT_SO))
        end = re.fullmatch(END, last)
        if len(begun) + len(ended) + bool(end) != len(kind):
            raise LeftToPython("a line of another kind")
        carried = self.headers[file].carried and not self._by_hand[file]
        if (end and int(end[1]) != len(begun)) or (carried and not end):
            raise LeftToPython("an end that does not fit")
        found = self._intents(file, columns, begun, starts)
        self._receive(file, columns, ended, found)
        return found

    def _read(self, file: int, starts: Numbers) -> dict[str, NDArray[Any]]:
        columns = arrays(self._link, quick(lines_of(self.files[file]), self._layout))
        if len(columns["own"]) != len(starts) - 1:
            raise LeftToPython("an empty line")
        others = np.flatnonzero(~columns.pop("quick"))
        if len(others):
            self._read_others(file, columns, others, starts)
        return columns

    def _read_others(
        self, file: int, columns: Mapping[str, NDArray[Any]], others: NDArray[np.intp], starts: Numbers
    ) -> None:
        """Lines that a load process does not write so. Raises LeftToPython where one has not the parts of its
        kind."""
        copy = self._scratch / "lines.jsonl"
        with copy.open("wb") as lines:
            lines.write(b"[]\n")
            lines.writelines(_lines(self.files[file], starts, (others + 1).tolist()))
        found = arrays(self._link, any_line(lines_of(copy), self._layout))
        if len(found["own"]) != len(others) or not (found["fits"] | (found["kind"] == OTHER)).all():
            raise LeftToPython("an empty line, or one with other parts")
        for name in self._layout.columns:
            columns[name][others] = found[name]
        for line in _lines(self.files[file], starts, (others[found["doubted"]] + 1).tolist()):
            try:  # DuckDB takes a list for one that has a comma behind its last value, which is no JSON
                json.loads(line)
            except (ValueError, RecursionError) as error:
                raise LeftToPython(str(error)) from None

    def _sizes(self, file: int) -> Numbers:
        """How many values each operation has in this file; -1: it has none of it."""
        names = self.headers[file].names
        return np.array([len(names[name]) if name in names else -1 for name in self.operations])

    def _intents(
        self, file: int, columns: Mapping[str, NDArray[Any]], at: NDArray[np.intp], starts: Numbers
    ) -> Begun:
        """at: their places among the lines."""
        place = columns["place"][at]
        right = (place >= 0) & (columns["own"][at] == np.arange(1, len(at) + 1, dtype=np.int32))
        if not (right & (columns["size"][at] == self._sizes(file)[place])).all():
            raise LeftToPython("an intent that does not follow the one before, or has other values")
        times = columns["ms"][at]
        first_ms, last_ms = (int(times.min()), int(times.max())) if len(at) else (None, None)
        said, ended = np.zeros(len(at), dtype=np.int64), np.full(len(at), NEVER, dtype=np.int64)
        odd, whole = columns["odd"][at], columns["whole"][at]
        hashes = {spot: columns[f"h{spot}"][at] for spot in self._layout.used}
        return Begun(first_ms, last_ms, place, at + 1, said, ended, odd, whole, hashes, starts)

    def _receive(
        self, file: int, columns: Mapping[str, NDArray[Any]], at: NDArray[np.intp], found: Begun
    ) -> None:
        """Adds receipts to the intents."""
        own = columns["own"][at] - 1
        if not ((own >= 0) & (own < len(found.n))).all():
            raise LeftToPython("a receipt without its intent")
        found.said[own] = at + 1
        if not (found.said[own] == at + 1).all() or not (found.n[own] <= at).all():
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
                found.hashes[spot][own[one]] = columns[f"h{spot}"][at[one]]
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
        for file, one in enumerate(self.begun):
            at = np.flatnonzero(one.place == place)
            some = at if len(at) < len(one.place) else slice(None)
            own = list(self.headers[file].names.get(operation) or ())
            for name in names:
                spot = own.index(name) if name in own else None
                kept = one.hashes[spot][some] if spot is not None else np.zeros(len(at), dtype=np.uint64)
                hashes[name].append(kept)
                for bits, into in ((one.odd, odd), (one.whole, whole)):
                    into[name].append(bits[some] & bits.dtype.type(0 if spot is None else 1 << spot) != 0)
            parts.append((file, at))
        ended = np.concatenate([self.begun[file].ended[at] for file, at in parts])
        return Written(ended, _joined(hashes), _joined(odd), _joined(whole), parts)

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
            for write in selected(header, self._rest_lines(file)):
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

    def _rest_lines(self, file: int) -> Iterator[bytes]:
        one = self.begun[file]
        left = ~one.paired
        numbers = np.concatenate([one.n[left], one.said[left]])
        return _lines(self.files[file], one.starts, np.sort(numbers[numbers > 0]).tolist())

    def began_ms(self) -> int:
        return min((one.first_ms for one in self.begun if one.first_ms is not None), default=0)

    def ended_ms(self) -> int:
        ends = [int(one.ended.max()) for one in self.begun if len(one.ended)]
        return max([*ends, *(one.last_ms for one in self.begun if one.last_ms is not None)], default=0)


def arrays(link: DuckDBPyConnection, query: str) -> dict[str, NDArray[Any]]:
    """What a query gives, which has no null, by the names of its columns."""
    found = link.sql(query).fetchnumpy()
    return {name: np.require(column, requirements="W") for name, column in found.items()}


def line_starts(path: Path) -> Numbers:
    """Where each line starts; the last one has to end. Raises LeftToPython for a control character that is no
    such end: no text of JSON has one, and DuckDB would take some for the end of a line."""
    found, before, held = [np.zeros(1, dtype=np.int64)], 1, bytearray(PIECE)
    piece = np.frombuffer(held, dtype=np.uint8)
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(held):
            ends = np.flatnonzero(piece[:size] == NEWLINE)
            if np.count_nonzero(piece[:size] < BLANK) != len(ends):
                raise LeftToPython("a control character")
            found.append(ends + before)
            before += size
    return np.concatenate(found)[:-1]


def _lines(path: Path, starts: Numbers, numbers: Iterable[int]) -> Iterator[bytes]:
    """Lines of a file by their numbers, from 1 behind the header. starts: of all."""
    with path.open("rb") as file:
        for n in numbers:
            if file.tell() != starts[n]:
                file.seek(int(starts[n]))
            yield file.readline()


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

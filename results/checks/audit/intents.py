"""The files of intents and receipts that load processes leave (renhai/load/measure/intents.py), read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import orjson

from results.snapshot.segments import files_of, lines, regular

FORMAT, VERSION = "renhai-intents", 2
FOLDER = "receipts"
END_MS = 10**14  # the year 5138
END_BYTES = 64
END_LINE = re.compile(rb'\["end", ?[0-9]+\]\n\Z')
NOTHING: Mapping[str, Any] = MappingProxyType({})
Fate = Literal["ok", "fail", "info"]
# What a file tells, one by one: ("intent", number, operation, ms, values), ("ok", number, ms, values),
# ("fail" or "info", number, ms, reason), ("end", intents)
Event = tuple[Any, ...]


class Write(NamedTuple):
    """One write that was begun. number: of its worker, and in its file; a third place counts the entries of
    one request. values: of the answer, else of the request; amounts in fen. Times: ms of the Unix epoch.
    asked: what the request had of those of which the answer says another value."""

    number: tuple[int, int, int]
    operation: str
    fate: Fate
    began_ms: int
    ended_ms: int
    values: dict[str, Any]
    reason: str = ""
    asked: Mapping[str, Any] = NOTHING


class Hole(NamedTuple):
    """Why the intents of a worker may not be all: file, line (0: the whole), what is the matter."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}" if self.line else f"{self.file}: {self.why}"


@dataclass
class Intents:
    """Everything that was begun, by operation, and where something is missing."""

    writes: dict[str, list[Write]] = field(default_factory=dict)
    holes: list[Hole] = field(default_factory=list)
    workers: set[int] = field(default_factory=set)
    first_ms: int | None = None  # where not all writes are here
    last_ms: int | None = None

    @property
    def began_ms(self) -> int:
        """When the first write began; 0 where there is none."""
        if self.first_ms is not None:
            return self.first_ms
        return min((rows[0].began_ms for rows in self.writes.values() if rows), default=0)

    @property
    def ended_ms(self) -> int:
        """When the last write began, or was acknowledged; 0 where there is none."""
        if self.last_ms is not None:
            return self.last_ms
        times = (max(one.began_ms, one.ended_ms if one.fate == "ok" else 0) for one in self._every())
        return max(times, default=0)

    def _every(self) -> Iterator[Write]:
        for rows in self.writes.values():
            yield from rows


class WrongLine(ValueError):
    """A line that cannot be, by its number in the file."""

    def __init__(self, line: int, why: str) -> None:
        self.line, self.why = line, why
        super().__init__(f"line {line} {why}")


class Header(NamedTuple):
    """A file's first line. names: of each operation's values; carried: its lines came home by the net."""

    run: str
    worker: int
    names: Mapping[str, list[str]]
    carried: bool


def intent_files(run: Path, given: Iterable[Path] = ()) -> list[tuple[Path, bool]]:
    """The files of a run, and whether each was given by hand: those stand for the copies that came home,
    unless these tell of more. Of one worker the file that tells most, and those that tell of something else.
    """
    found: dict[int | str, list[tuple[Path, bool]]] = {}
    for path, by_hand in [*((path, True) for path in given),
                          *((path, False) for path in files_of(run / FOLDER, "worker-*.jsonl"))]:  # fmt: skip
        found.setdefault(_worker_of(path), []).append((path, by_hand))
    return [one for files in found.values() for one in (_of_one_worker(files) if len(files) > 1 else files)]


def _of_one_worker(files: Sequence[tuple[Path, bool]]) -> list[tuple[Path, bool]]:
    """Without those that only tell the beginning of what the first of the others tells."""
    longest, *others = sorted(
        files, key=lambda file: -lines_told(file[0])
    )  # a copy taken too early has fewer
    return [longest, *(file for file in others if not _is_beginning(file[0], longest[0]))]


def lines_told(path: Path) -> int:
    """How many lines a file tells by now; 0 where it cannot be read."""
    try:
        return sum(1 for _ in lines(path))
    except OSError:
        return 0


def has_end(path: Path) -> bool:
    """Whether its last line says that nothing was left out, and so none comes any more."""
    try:
        regular(path)
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - END_BYTES))
            return bool(END_LINE.search(file.read()))
    except OSError:
        return False


def _is_beginning(path: Path, whole: Path) -> bool:
    """Whether a file tells nothing but what the other one begins with; its last line may be torn."""
    try:
        pairs = zip_longest(lines(path), lines(whole))
        others = list(islice((own for own, other in pairs if own is not None and own != other), 2))
    except OSError:
        return True  # it tells nothing
    return not others or (len(others) == 1 and not others[0].endswith(b"\n"))


def read_intents(files: Iterable[tuple[Path, bool]], run_id: str, workers: int) -> Intents:
    """All writes of a run's files. workers: how many load processes there were, each with its file."""
    found = Intents()
    for path, by_hand in files:
        _read_file(path, by_hand, run_id, found)
    for worker in sorted(set(range(workers)) - found.workers):
        why = "is missing; take it from the worker's machine and give it: --receipts FILE"
        found.holes.append(Hole(f"worker-{worker}.jsonl", 0, why))
    for rows in found.writes.values():
        rows.sort(key=lambda write: (write.began_ms, write.number))
    return found


def lines_of(path: Path) -> Iterator[tuple[int, Any]]:
    """Numbered lines as JSON; a torn last one is left out. Raises WrongLine for another."""
    torn: tuple[int, str] | None = None
    for number, line in enumerate(lines(path), 1):
        if torn is not None:
            raise WrongLine(*torn)
        try:
            yield number, orjson.loads(line)
        except ValueError:
            try:
                yield number, json.loads(line)  # which takes a lone surrogate
            except (ValueError, RecursionError) as error:
                torn = number, f"is no JSON ({error})"


def header_of(path: Path) -> Header | None:
    """None where it is no file of intents of this version."""
    try:
        return _header(next(lines_of(path))[1])
    except (OSError, ValueError, StopIteration):
        return None


def events(path: Path) -> Iterator[tuple[int, Event]]:
    """What a file of intents tells behind its first line, each with the number of its line; a torn last line
    is left out. Raises WrongLine."""
    for number, line in lines_of(path):
        if number > 1:
            for event in _events(line, number):
                yield number, event


def _events(line: Any, number: int) -> Iterator[Event]:
    """Of one line. Raises WrongLine for one that cannot be."""
    try:
        head, *rows = line
        if head == "end":
            (count,) = rows
            yield "end", _whole(count)
            return
        epoch, at, own = map(_whole, head if type(head) is list else ())
        if not rows:
            raise ValueError("nothing behind its times")
        for row in rows:
            if type(row) is not list:
                raise ValueError(f"{row!r} is no list")
            if type(row[0]) is str:
                yield "intent", own, row[0], _ms(at, epoch, number), row[1:]
                own += 1
            elif row[0] is None:
                _, one, then, word, reason = row
                if word not in ("fail", "info"):
                    raise ValueError(f"{word!r} is no fate")
                yield word, _whole(one), _ms(then, epoch, number), reason
            else:
                yield "ok", _whole(row[0]), _ms(row[1], epoch, number), row[2:]
    except WrongLine:
        raise
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise WrongLine(number, f"is none of this version of renhai ({error})") from None


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is no whole number")
    return value


def _ms(at: Any, epoch: int, number: int) -> int:
    """Milliseconds of the Unix epoch. Raises WrongLine: what is no whole number could not be put in order,
    nor be a day."""
    if type(at) is not int or at < 0 or not 0 <= (ms := (at + epoch) // 1_000_000) < END_MS:
        raise WrongLine(number, f"has {at!r} for a time")
    return ms


def selected(header: Header, events: Iterable[Event]) -> Iterator[Write]:
    """The writes of some events of a file that is known to be whole, in its order. Raises WrongLine."""
    rows = _Rows(gaps=True)
    for event in events:
        rows.take(event, 0, header)
    return rows.writes(header.worker)


def _worker_of(path: Path) -> int | str:
    header = header_of(path)
    return header.worker if header else path.name


def _header(line: Any) -> Header | None:
    if isinstance(line, list) and len(line) == 6 and line[:2] == [FORMAT, VERSION]:
        return Header(line[2], line[3], line[4], bool(line[5]))
    return None


def _read_file(path: Path, by_hand: bool, run_id: str, found: Intents) -> None:
    name, rows, header = path.name or str(path), _Rows(), None
    try:
        header = _header(next(lines_of(path), (1, None))[1])
        if header is None:
            found.holes.append(Hole(name, 1, "is no file of intents of this version of renhai"))
            return
        if header.run != run_id:
            found.holes.append(Hole(name, 1, f"is of the run {header.run}; give those of {run_id}"))
            return
        if header.worker in found.workers:
            why = f"is of worker {header.worker}, as another file is that tells of other writes; give one"
            found.holes.append(Hole(name, 0, why))
            return
        found.workers.add(header.worker)
        for number, event in events(path):
            rows.take(event, number, header)
    except OSError as error:
        found.holes.append(Hole(name, 0, f"cannot be read: {error.strerror}"))
    except WrongLine as wrong:
        found.holes.append(Hole(name, wrong.line, wrong.why))
    if header is not None and header.carried and not by_hand and rows.ended is None:
        why = "did not come home whole; take it from the worker's machine and give it: --receipts FILE"
        found.holes.append(Hole(name, 0, why))
    if rows.ended is not None and rows.ended != rows.last:
        found.holes.append(Hole(name, 0, f"ends after {rows.last} intents, and says {rows.ended}"))
    for write in rows.writes(header.worker if header else 0):
        found.writes.setdefault(write.operation, []).append(write)


class _Rows:
    """The lines of one file, put together. gaps: only some of them are given."""

    def __init__(self, gaps: bool = False) -> None:
        self.gaps = gaps
        self.begun: dict[int, tuple[str, int, dict[str, Any]]] = {}
        self.fates: dict[int, tuple[Fate, int, dict[str, Any], str]] = {}
        self.ended: int | None = None
        self.last = 0

    def take(self, event: Event, number: int, header: Header) -> None:
        """Raises WrongLine for one that cannot be."""
        try:
            match event:
                case "intent", own, operation, at_ms, values:
                    if own != self.last + 1 and not self.gaps:
                        raise WrongLine(number, f"intent {own} follows {self.last}; lines are missing")
                    self.last = own
                    names = header.names[operation]
                    self.begun[own] = operation, at_ms, dict(zip(names, values, strict=True))
                case "ok", own, at_ms, values:
                    names = header.names[self.begun[own][0]]
                    said = {n: v for n, v in zip(names, values, strict=True) if v is not None}
                    self._end(own, ("ok", at_ms, said, ""), number)
                case "end", count:
                    self.ended = count
                case word, own, at_ms, reason:
                    if own not in self.begun:
                        raise KeyError(own)
                    self._end(own, (word, at_ms, {}, reason), number)
        except (KeyError, ValueError) as error:
            if isinstance(error, WrongLine):
                raise
            raise WrongLine(number, f"does not fit the lines before it ({error})") from None

    def _end(self, own: int, fate: tuple[Fate, int, dict[str, Any], str], number: int) -> None:
        """What was unknown may be known later; what was known stays. Raises WrongLine."""
        if self.fates.get(own, fate)[0] not in ("info", fate[0]):
            raise WrongLine(number, f"says {fate[0]} of intent {own}, a line before it {self.fates[own][0]}")
        self.fates[own] = fate

    def writes(self, worker: int) -> Iterator[Write]:
        for number, (operation, began_ms, values) in self.begun.items():
            fate, ended_ms, said, reason = self.fates.get(number, ("info", 0, {}, "no receipt"))
            asked = {n: values[n] for n, v in said.items() if values[n] != v and values[n] is not None}
            told = {**values, **said}
            yield Write(
                (worker, number, 0), operation, fate, began_ms, ended_ms, told, reason, asked or NOTHING
            )

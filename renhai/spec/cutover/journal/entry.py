"""The journal as a file: NDJSON, a line about the journal, then a line a transaction in the order of time.

History of `schema`: 1, the first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import orjson

from renhai.core.errors import Problem, UsageError
from renhai.core.stored_document import MOST_DEEP
from renhai.core.validation import show
from renhai.safety.redaction import HIDDEN, is_secret
from results.checks.dual_track.compare import TOO_DEEP
from results.snapshot.segments import earlier, lines, regular

FORMAT, SCHEMA = "renhai-journal", 1
OUTCOMES = ("ok", "rejected", "error")
MADE = "make it again: renhai journal make, or renhai journal import"
NO_END = "the journal has no end: entries may be missing"
PLAIN = frozenset((str, int, float, bool, type(None)))
_OPERATION = re.compile(r"[\w-]+(\.[\w-]+)+")


@dataclass(frozen=True)
class Entry:
    """One transaction. at: the intended time, ISO 8601 with its zone. fields: what the operation is sent
    with. outcome, code, answer: as they were recorded; outcome "" and answer None where nothing was."""

    id: str
    taxpayer: str
    unit: str
    operator: str
    domain: str
    operation: str
    fields: dict[str, Any]
    at: str
    outcome: str = ""
    code: str = ""
    answer: Any = None

    @property
    def ms(self) -> int:
        """The intended time, ms of the Unix epoch."""
        return int(datetime.fromisoformat(self.at).timestamp() * 1000)

    @property
    def day(self) -> str:
        """Of the intended time in its own zone, yyyy-mm-dd, in whichever way of ISO 8601 that is written."""
        return datetime.fromisoformat(self.at).date().isoformat()


@dataclass(frozen=True)
class Journal:
    """What the first line says. source: what it was made from; day: of its transactions; more: the rest."""

    source: str
    day: str
    more: Mapping[str, Any] = field(default_factory=dict)


class Sink(Protocol):
    """What takes whole lines."""

    def write(self, data: bytes, /) -> object: ...


class JournalWriter:
    """Writes a journal line by line. Raises ValueError for an entry that cannot be one."""

    def __init__(self, file: Sink, source: str, day: str, **more: Any) -> None:
        self._file, self._last, self.count = file, 0, 0
        head = {"journal": FORMAT, "schema": SCHEMA, "source": source, "day": day, **more}
        file.write(orjson.dumps(head, option=orjson.OPT_APPEND_NEWLINE))

    def write(self, entry: Entry) -> None:
        """The next entry, without what is secret."""
        plain = vars(entry) | {"fields": bare(entry.fields), "answer": bare(entry.answer)}
        if wrong := _wrong(plain, self._last, set()):
            raise ValueError(f"entry {entry.id}: {wrong[0]} {wrong[1]}")
        self._last = entry.ms
        self._file.write(orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE))
        self.count += 1

    def end(self) -> None:
        """How many there are, so that a journal that lacks its end is seen."""
        self._file.write(orjson.dumps({"end": self.count}, option=orjson.OPT_APPEND_NEWLINE))


def bare(value: Any, deep: int = MOST_DEEP) -> Any:
    """The value with every secret in it hidden, by the name of its field. What stands deeper is TOO_DEEP: it
    could be read, and neither written nor compared."""
    if not isinstance(value, Mapping | list):
        return value
    if not deep:
        return TOO_DEEP
    if isinstance(value, list):
        return [bare(inner, deep - 1) for inner in value]
    return {
        name: HIDDEN
        if is_secret(name) and inner
        else inner
        if type(inner) in PLAIN
        else bare(inner, deep - 1)
        for name, inner in value.items()
    }


class JournalFile:
    """A journal read line by line; entries are checked as they come.

    One whose own first line is no head is the end of a journal in parts (results.snapshot.segments).
    torn: known once all was read: the last line is cut off, or the line that says how many there are is
    missing. Raises UsageError that names file, line, field, value and remedy.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.torn = ""
        self._parts: list[Path] = []
        self.head = self._head()

    def _head(self) -> Journal:
        try:
            regular(self.path)
            with self.path.open("rb") as file:
                first = file.readline()
            head = _parsed(first)
            if not isinstance(head, dict) or head.get("journal") != FORMAT:
                self._parts = earlier(self.path)
                head = _parsed(next(lines(self.path), b""))
        except OSError as error:
            raise self._unreadable(error) from None
        if not isinstance(head, dict) or head.get("journal") != FORMAT:
            raise self._refused(1, "", f"is no journal of renhai; {MADE}")
        if head.get("schema") != SCHEMA:
            why = f"is {show(head.get('schema'))}, and this renhai knows {SCHEMA}; use another renhai"
            raise self._refused(1, "schema", why)
        known = {name: head.pop(name, "") for name in ("journal", "schema", "source", "day")}
        return Journal(str(known["source"]), str(known["day"]), head)

    def entries(self) -> Iterator[Entry]:
        """In the order of the file, which is that of time."""
        seen: set[str] = set()
        last = count = 0
        ended = False
        for number, plain in self._lines():
            if ended:  # as of two journals, one behind the other
                why = f"stands behind the end of the journal, and would be left out; {MADE}"
                raise self._refused(number, "", why)
            if plain.keys() == {"end"}:
                if plain["end"] != count:
                    why = f"is {show(plain['end'])}, and {count} entries stand before it; {MADE}"
                    raise self._refused(number, "end", why)
                ended = True
                continue
            if wrong := _wrong(plain, last, seen):
                raise self._refused(number, *wrong)
            seen.add(plain["id"])
            entry = Entry(**{"unit": "", "operator": "", **plain})
            last, count = entry.ms, count + 1
            yield entry
        if ended and self.torn == NO_END:
            self.torn = ""

    def _lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each line but the first as an object; what follows a torn one is refused with it."""
        self.torn = NO_END
        torn, bare_end = 0, False
        for number, line in enumerate(self.lines(), 1):
            if number == 1:
                continue
            if torn:
                raise self._refused(torn, "", f"is no JSON object; {MADE}")
            plain = _parsed(line)
            if isinstance(plain, dict):
                yield number, plain
            else:
                torn, bare_end = number, not line.strip()
        if torn and not bare_end:
            self.torn = f"line {torn} is cut off: entries are missing"

    def lines(self) -> Iterator[bytes]:
        """As they stand, the first among them. Raises UsageError."""
        try:
            if self._parts:
                yield from lines(self.path)
            else:
                with self.path.open("rb") as file:
                    yield from file
        except OSError as error:
            raise self._unreadable(error) from None

    def digest(self) -> str:
        """SHA-256 of all lines, however many parts there are. Raises UsageError."""
        found = hashlib.sha256()
        for line in self.lines():
            found.update(line)
        return found.hexdigest()

    def _unreadable(self, error: OSError) -> UsageError:
        return UsageError(Problem(str(self.path), "", f"cannot be read: {error.strerror}"))

    def _refused(self, line: int, name: str, why: str) -> UsageError:
        return UsageError(Problem(f"{self.path}:{line}", name, why))


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:
        return None


_TEXTS = ("id", "taxpayer", "unit", "operator", "domain", "operation", "at", "outcome", "code")
_MUST = ("id", "taxpayer", "domain", "operation", "at")
_NAMES = (*_TEXTS, "fields", "answer")


def _wrong(plain: Mapping[str, Any], last: int, seen: set[str]) -> tuple[str, str] | None:
    """The field and what is wrong with it; None for an entry that is in order."""
    for name in plain:
        if name not in _NAMES:
            return name, f"is no part of an entry; parts: {', '.join(_NAMES)}"
    for name in _TEXTS:
        value = plain.get(name, None if name in _MUST else "")
        if not isinstance(value, str):
            return name, f"is {show(value)}; must be a text" if name in plain else "is missing; add it"
        if name in _MUST and not value:
            return name, "is empty; say it"
    if not isinstance(plain.get("fields"), dict):
        return "fields", f"is {show(plain.get('fields'))}; must be an object"
    if not _OPERATION.fullmatch(plain["operation"]):
        return "operation", f"is {show(plain['operation'])}; must be domain.verb, as in declaration.submit"
    if plain.get("outcome", "") not in ("", *OUTCOMES):
        return "outcome", f"is {show(plain['outcome'])}; must be one of {', '.join(OUTCOMES)}, or empty"
    if plain["id"] in seen:
        return "id", f"is {show(plain['id'])}, as of an earlier line; each transaction has its own"
    return _wrong_time(plain["at"], last)


def _wrong_time(text: str, last: int) -> tuple[str, str] | None:
    try:
        time = datetime.fromisoformat(text)
        if time.utcoffset() is None:
            raise ValueError
    except ValueError:
        return "at", f"is {show(text)}; must be a time with its zone, as 2015-09-11T08:30:00+08:00"
    if int(time.timestamp() * 1000) < last:
        return "at", f"is {show(text)}, before the line before; sort the journal by time"
    return None

"""What one system was sent of a journal, and what it answered: lines of JSON, each in the kernel's hands
before the next request leaves.

First `[renhai-track, version, digest, side]`; then `[intent, id, ms]` before a request is sent, `[answer, id,
outcome, code, reason, data, ms, us]` after it (data in the system's own words; ms: when it was sent; us:
service time; under `(not read)` data may have the names of what nothing of the target file reads), `[again,
...]` with the same parts for the second answer to a read, `[unsent, id, why]` for one that could not be,
`[end, why]` where a replay stopped.
An intent without an answer was sent, and what became of it is unknown: it is never sent again.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from renhai.binding.text.unread import UNREAD
from renhai.core.errors import Problem, UsageError
from renhai.core.private_files import FULL, MODE, json_line, write_whole

FORMAT, VERSION = "renhai-track", 1
COMPLETE, DEADLINE, STOPPED, SILENT = "complete", "deadline", "stopped", "no answer"


NOT_ITS_OWN = frozenset({"401", "407", "408", "429", "502", "503", "504"})
"""HTTP statuses that say nothing of the business: not signed in, no answer behind a gateway, come later."""


class Answer(NamedTuple):
    """outcome: ok, rejected or error. ms: when it was sent; us: until the answer was whole. unread: names of
    what it had besides, which nothing of the target file reads."""

    outcome: str
    code: str
    reason: str
    data: Any
    ms: int
    us: int
    unread: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the system itself answered by an HTTP status such as 500. What broke off or came too late
        is no answer of its; nor is what could not be read (`garbled`)."""
        own = self.code.isdigit() and self.code not in NOT_ITS_OWN
        return self.outcome == "error" and own and self.reason == f"HTTP {self.code}"

    @property
    def garbled(self) -> bool:
        """Whether a whole answer came, by a status of success, that is none by the target file: no JSON,
        empty, another request's. What a request lacked, or we read no further, is no fault of its, and has no
        code."""
        return self.outcome == "error" and re.fullmatch(r"2\d\d", self.code) is not None


def again(error: OSError) -> str:
    """What to do where something of a replay could not be written: never another folder, which knows nothing
    of what was sent."""
    first = "free the disk" if error.errno in FULL else "make it writable"
    return f"{first} and give the same command again: it goes on where it stopped, and sends nothing twice"


def cut_short(error: OSError) -> str:
    """Why a track ended before its end."""
    return f"the track cannot be written: {error.strerror}; {again(error)}"


@dataclass
class TrackRecord:
    """Everything that a track file says. ended: why the last stretch ended; "" where it was cut short."""

    sent: set[str] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)
    again: dict[str, Answer] = field(default_factory=dict)
    unsent: dict[str, str] = field(default_factory=dict)
    ended: str = ""
    bytes: int = 0  # of whole lines

    @property
    def finished(self) -> bool:
        return self.ended in (COMPLETE, DEADLINE)


def read_track(path: Path, digest: str, side: str) -> TrackRecord:
    """A torn last line was never a whole word: it is left out. Raises UsageError for any other."""
    record = TrackRecord()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return record
    except OSError as error:
        raise UsageError(Problem(str(path), "", f"cannot be read: {error.strerror}")) from None
    lines = data.split(b"\n")
    lines.pop()  # empty, or torn
    for number, line in enumerate(lines, 1):
        try:
            _take(record, json.loads(line), number, digest, side)
        except (ValueError, TypeError, IndexError, KeyError) as error:
            why = f"is damaged ({error}); take another --out, and systems that know nothing of this journal"
            raise UsageError(Problem(f"{path}:{number}", "", why)) from None
        record.bytes += len(line) + 1
    return record


def _take(record: TrackRecord, line: Any, number: int, digest: str, side: str) -> None:
    word = line[0]
    if number == 1:
        if line[:2] != [FORMAT, VERSION]:
            raise ValueError("no track of this version of renhai")
        if line[2:] != [digest, side]:
            raise ValueError("of another journal, other rules or another target")
    elif word == "intent":
        record.sent.add(line[1])
        record.unsent.pop(line[1], None)
        record.ended = ""
    elif word == "answer":
        record.answers[line[1]] = _answer(line[2:])
    elif word == "again":
        record.again[line[1]] = _answer(line[2:])
    elif word == "unsent":
        record.unsent[line[1]] = line[2]
        record.sent.discard(line[1])
    elif word == "end":
        record.ended = line[1]
    else:
        raise ValueError(f"{word} is no word of it")


def _answer(parts: list[Any]) -> Answer:
    answer = Answer(*parts)
    if not isinstance(answer.data, dict) or UNREAD not in answer.data:
        return answer
    data = {name: value for name, value in answer.data.items() if name != UNREAD}
    return answer._replace(data=data, unread=tuple(map(str, answer.data[UNREAD])))


def held(path: Path, patience_s: float = 10.0) -> int:
    """A descriptor whose holder alone writes the track, until it is closed or the process is gone. A load
    process that was left behind ends soon: it is waited for. Raises BlockingIOError."""
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, MODE)
    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(descriptor)
                raise
            time.sleep(0.1)


class TrackWriter:
    """Appends to a track file, from its last whole line on. Raises OSError."""

    def __init__(self, path: Path, digest: str, side: str, whole_bytes: int) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, MODE)
        self._whole, self._torn = whole_bytes, False
        self._cut()
        if not whole_bytes:
            self.write([FORMAT, VERSION, digest, side])

    def intent(self, number: str) -> None:
        self.write(["intent", number, int(time.time() * 1000)])

    def write(self, line: list[Any]) -> None:
        """Returns once the kernel has all of it; of a line that has no room nothing stays, as the next one
        may have some: half a line with others behind it could not be gone on with."""
        data = json_line(line)
        if self._torn:
            raise OSError(errno.EIO, "its last line is torn")
        try:
            write_whole(self._descriptor, data)
        except OSError:
            try:
                self._cut()
            except OSError:
                self._torn = True
            raise
        self._whole += len(data)

    def _cut(self) -> None:
        """The file ends behind its last whole line."""
        os.ftruncate(self._descriptor, self._whole)
        os.lseek(self._descriptor, self._whole, os.SEEK_SET)

    def close(self) -> None:
        os.close(self._descriptor)

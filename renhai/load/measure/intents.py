"""Intents and receipts: what a write is about to do, and its fate; one append-only file a load process.

Lines of `receipts/worker-N.jsonl` and its parts (results.snapshot.segments), each a JSON array; times are
milliseconds of the Unix epoch:

    ["renhai-intents", 1, RUN, N, {OPERATION: [NAME, ...]}, CARRIED]   first: the names of all values
    ["intent", ID, OPERATION, TIME, [VALUE, ...]]     before the request is sent
    ["ok", ID, TIME, [VALUE, ...]]                    acknowledged; null where the answer says nothing
    ["fail", ID, TIME, REASON]                        refused, or never sent
    ["info", ID, TIME, REASON]                        its fate is unknown, as of an intent alone
    ["end", INTENTS]                                  last: nothing was left out

Amounts are whole numbers of fen where the target file names them. An intent is in the kernel's hands before
its request is. So is a receipt at once, where the file is stored by memory (renhai.core.private_files); else
it waits for the next intent, or RECEIPTS_MS. So kill -9 costs at most the receipts of that time and no
intent, and leaves a torn last line at worst. Nothing is synced: a power cut may cost more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import time_ns
from typing import Any

from orjson import OPT_APPEND_NEWLINE as NEWLINE
from orjson import dumps

from renhai.binding.codec import Reply
from renhai.core.private_files import MappedFile
from renhai.safety.redaction import guessed
from results.snapshot.segments import part_of

FORMAT = "renhai-intents"
VERSION = 1
RECEIPTS_MS = 50
REASON = 200  # characters of one that is kept
CUT = "the load ended before its answer came"
Fields = Mapping[str, Any]
NOTHING: Fields = {}
Get = Callable[[str], Any]


class IntentLog:
    """The file of one load process.

    names: of the values kept, by operation; fen: those of them that are amounts in yuan. later: calls back
    after RECEIPTS_MS. lost: told once why the file had to be given up. redact: takes secrets out. carried:
    the lines are also kept for `take`, because the file is on another machine than the run's.
    """

    def __init__(
        self,
        path: Path,
        run: str,
        worker: int,
        names: Mapping[str, Sequence[str]],
        fen: Mapping[str, Sequence[str]],
        later: Callable[[Callable[[], object]], object],
        lost: Callable[[str], object],
        redact: Callable[[str], str] = str,
        carried: bool = False,
    ) -> None:
        self.path, self.carried = path, carried
        self._take = {name: taker(values, fen.get(name) or ()) for name, values in names.items()}
        self._later, self._redact = later, redact
        self._buffer: list[bytes] = []  # receipts that wait
        self._home: list[bytes] = []
        self._written = 0
        self._waiting = False
        self.file = MappedFile(path, lost, part_of)  # with a hole it would tell of losses that were none
        kept = {name: list(values) for name, values in names.items()}
        self._write(_line((FORMAT, VERSION, run, worker, kept, carried)))

    def intend(self, operation: str, fields: Fields) -> int:
        """Hand the intent of a write to the kernel, with the receipts that wait; returns its number."""
        number = self._written + 1
        words = "intent", number, operation, time_ns() // 1_000_000, self._take[operation](fields.get)
        try:  # what follows stands in the path of each write: a function more would be felt
            line = dumps(words, str, NEWLINE)
        except TypeError:
            line = _line(words)
        self._written = number
        if self._buffer:
            self._buffer.append(line)
            self.flush()
            return number
        try:
            self.file.put(line)
        except ValueError:
            self._write(line)
        else:
            if self.carried:
                self._home.append(line)
        return number

    def answered(self, number: int, operation: str, reply: Reply, sent: bool) -> None:
        """What became of a write. Only a refusal, or bytes that never left, say that nothing was stored."""
        outcome = reply.outcome
        if outcome != "ok":
            word = "fail" if outcome == "rejected" or not sent else "info"
            told = guessed(self._redact(f"{reply.code} {reply.reason}".strip()))
            self._note((word, number, time_ns() // 1_000_000, told[:REASON]))
            return
        data = reply.data
        known = data if type(data) is dict or isinstance(data, Mapping) else NOTHING
        words = "ok", number, time_ns() // 1_000_000, self._take[operation](known.get)
        try:  # as `_note`
            line = dumps(words, str, NEWLINE)
            self.file.put(line)
        except (TypeError, ValueError):
            self._note(words)
        else:
            if self.carried:
                self._home.append(line)

    def cut(self, number: int) -> None:
        """The load ended before an answer came."""
        self._note(("info", number, time_ns() // 1_000_000, CUT))

    def _note(self, words: tuple[Any, ...]) -> None:
        """With the kernel at once where there is room in memory, else it waits."""
        line = _line(words)
        try:
            self.file.put(line)
        except ValueError:
            self._buffer.append(line)
            if not self._waiting:
                self._waiting = True
                self._later(self._time_is_up)
        else:
            if self.carried:
                self._home.append(line)

    def _time_is_up(self) -> None:
        self._waiting = False
        self.flush()

    def flush(self) -> None:
        """Hand what waits to the kernel."""
        if self._buffer:
            data = b"".join(self._buffer)
            self._buffer.clear()
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self.carried:
            self._home.append(data)
        self.file.write(data)

    def take(self) -> bytes:
        """Lines since the last call that the run's own machine has to be told of."""
        taken, self._home = b"".join(self._home), []
        return taken

    def close(self) -> None:
        """Write the last line; what is noted afterwards is dropped."""
        self.flush()
        self._write(_line(("end", self._written)))
        self.file.close()


def taker(names: Sequence[str], fen: Sequence[str]) -> Callable[[Get], tuple[Any, ...]]:
    """A function of a mapping's `get`: the values of those names, in fen those that are amounts in yuan.

    One expression, which is made here: a loop over the names would take twice as long, for each line.
    """
    parts = (f"fen(get({name!r}))" if name in fen else f"get({name!r})" for name in names)
    made: Callable[[Get], tuple[Any, ...]] = eval(
        f"lambda get: ({''.join(f'{part}, ' for part in parts)})", {"fen": _fen}
    )
    return made


def _fen(value: Any) -> Any:
    """An amount in yuan in fen; what is no number stays as it is."""
    if type(value) is not float and type(value) is not int:
        return value
    try:
        return round(value * 100)
    except (ValueError, OverflowError):  # none that is finite
        return str(value)


def _line(words: tuple[Any, ...]) -> bytes:
    try:
        return dumps(words, str, NEWLINE)
    except TypeError:  # a lone surrogate, a number of more than 64 bits
        return json.dumps(words, default=str).encode() + b"\n"

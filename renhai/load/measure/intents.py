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
its request is; receipts wait for the next intent, or RECEIPTS_MS. So kill -9 costs at most the receipts of
that time and no intent, and leaves a torn last line at worst. Nothing is synced: a power cut may cost more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from time import time_ns
from typing import Any

import orjson

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
        self._kept = {name: (tuple(values), frozenset(fen.get(name) or ())) for name, values in names.items()}
        self._places = {
            name: {one: place for place, one in enumerate(values)} for name, values in names.items()
        }
        self._later, self._redact = later, redact
        self._buffer: list[bytes] = []  # receipts that wait
        self._home: list[bytes] = []
        self._written = 0
        self._waiting = False
        self.file = MappedFile(path, lost, part_of)  # with a hole it would tell of losses that were none
        kept = {name: list(values) for name, values in names.items()}
        self._write(_line([FORMAT, VERSION, run, worker, kept, carried]))

    def intend(self, operation: str, fields: Fields) -> int:
        """Hand the intent of a write to the kernel, with the receipts before it; returns its number."""
        self._written = number = self._written + 1
        names, fen = self._kept[operation]
        values = [fields.get(name) for name in names]
        if fen:
            values = _in_fen(values, names, fen)
        line = _line(["intent", number, operation, time_ns() // 1_000_000, values])
        if self._buffer:
            self._buffer.append(line)
            line = b"".join(self._buffer)
            self._buffer.clear()
        self._write(line)
        return number

    def answered(self, number: int, operation: str, reply: Reply, sent: bool) -> None:
        """What became of a write. Only a refusal, or bytes that never left, say that nothing was stored."""
        outcome = reply.outcome
        if outcome == "ok":
            names, fen = self._kept[operation]
            data, places = reply.data, self._places[operation]
            known = data if type(data) is dict or isinstance(data, Mapping) else NOTHING
            values: list[Any] = [None] * len(names)
            for name in known:  # an answer says less than there are names
                if name in places:
                    values[places[name]] = known[name]
            if fen:
                values = _in_fen(values, names, fen)
            self._note(["ok", number, time_ns() // 1_000_000, values])
            return
        word = "fail" if outcome == "rejected" or not sent else "info"
        told = guessed(self._redact(f"{reply.code} {reply.reason}".strip()))
        self._note([word, number, time_ns() // 1_000_000, told[:REASON]])

    def cut(self, number: int) -> None:
        """The load ended before an answer came."""
        self._note(["info", number, time_ns() // 1_000_000, CUT])

    def _note(self, line: list[Any]) -> None:
        self._buffer.append(_line(line))
        if not self._waiting:
            self._waiting = True
            self._later(self._time_is_up)

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
        self._write(_line(["end", self._written]))
        self.file.close()


def _in_fen(values: list[Any], names: Sequence[str], fen: Collection[str]) -> list[Any]:
    """The values, amounts that are numbers in fen."""
    return [
        _fen(value) if type(value) in (int, float) and name in fen else value
        for name, value in zip(names, values, strict=True)
    ]


def _fen(value: float) -> Any:
    try:
        return round(value * 100)
    except (ValueError, OverflowError):  # no number, or none that is finite
        return str(value)


def _line(values: list[Any]) -> bytes:
    try:
        return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE, default=str)
    except TypeError:  # a lone surrogate, a number of more than 64 bits
        return json.dumps(values, default=str).encode() + b"\n"

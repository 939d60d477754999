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
from time import monotonic_ns, time_ns
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
        self._armed = False
        self._epoch_ns = self._ms = self._until_ns = 0
        self._set_clock()
        self.file = MappedFile(path, lost, part_of)  # with a hole it would tell of losses that were none
        self._put: Callable[[bytes], object] = self.file.put
        kept = {name: list(values) for name, values in names.items()}
        self._write(_line((FORMAT, VERSION, run, worker, kept, carried)))

    def intend(self, operation: str, fields: Fields, now_ns: int) -> int:
        """Hand the intent of a write to the kernel, with the receipts that wait; returns its number, 0 for an
        operation of which nothing is kept.

        now_ns: of CLOCK_MONOTONIC. This and `answered` stand in the path of each write, and find no cache
        warm: what costs is how much code they pass through, so they look at no clock and call little.
        """
        take = self._take.get(operation)
        if take is None:
            return 0
        if now_ns >= self._until_ns:
            self._tick(now_ns)
        number = self._written + 1
        words = "intent", number, operation, self._ms, take(fields)
        try:
            put = self._put  # called by itself: found as a method it would take longer
            put(dumps(words, str, NEWLINE))
        except (TypeError, ValueError):  # hard to write, or there is no room
            self._buffer.append(_line(words))
            self.flush()
        self._written = number
        return number

    def answered(self, number: int, operation: str, reply: Reply, sent: bool, done_ns: int) -> None:
        """What became of a write. Only a refusal, or bytes that never left, say that nothing was stored.

        done_ns: of CLOCK_MONOTONIC, when its answer was there.
        """
        if done_ns >= self._until_ns:
            self._tick(done_ns)
        outcome, data, code, reason, _ = reply
        if outcome != "ok":
            word = "fail" if outcome == "rejected" or not sent else "info"
            told = guessed(self._redact(f"{code} {reason}".strip()))
            self._note((word, number, self._ms, told[:REASON]))
            return
        known: Fields = data if type(data) is dict or isinstance(data, Mapping) else NOTHING
        words = "ok", number, self._ms, self._take[operation](known)
        try:
            put = self._put
            put(dumps(words, str, NEWLINE))
        except (TypeError, ValueError):
            self._note(words)

    def cut(self, number: int) -> None:
        """The load ended before an answer came."""
        self._tick(monotonic_ns())
        self._note(("info", number, self._ms, CUT))

    def _set_clock(self) -> None:
        self._epoch_ns, self._until_ns = time_ns() - monotonic_ns(), 0

    def _tick(self, now_ns: int) -> None:
        """The millisecond of the Unix epoch, and until when it is that."""
        self._ms = (now_ns + self._epoch_ns) // 1_000_000
        self._until_ns = (self._ms + 1) * 1_000_000 - self._epoch_ns

    def _note(self, words: tuple[Any, ...]) -> None:
        """With the kernel at once where the file is stored by memory, else it waits."""
        self._buffer.append(_line(words))
        if self.file.maps:
            self.flush()
        elif not self._armed:
            self._armed = True
            self._later(self._time_is_up)

    def _time_is_up(self) -> None:
        self._armed = False
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
        self._put = self._carry if self.carried else self.file.put

    def _carry(self, line: bytes) -> None:
        self.file.put(line)
        self._home.append(line)

    def take(self) -> bytes:
        """Lines since the last call that the run's own machine has to be told of.

        Called each second: a clock of this machine that is set is followed.
        """
        self._set_clock()
        taken, self._home = b"".join(self._home), []
        return taken

    def close(self) -> None:
        """Write the last line; what is noted afterwards is dropped."""
        self.flush()
        self._write(_line(("end", self._written)))
        self.file.close()


def taker(names: Sequence[str], fen: Sequence[str]) -> Callable[[Fields], tuple[Any, ...]]:
    """A function of a mapping: its values of those names, in fen those that are amounts in yuan.

    One expression, which is made here: a loop over the names would take twice as long, for each line.
    """
    parts = (f"fen(of.get({name!r}))" if name in fen else f"of.get({name!r})" for name in names)
    made: Callable[[Fields], tuple[Any, ...]] = eval(
        f"lambda of: ({''.join(f'{part}, ' for part in parts)})", {"fen": _fen}
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

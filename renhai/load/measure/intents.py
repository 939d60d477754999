"""Intents and receipts: what a write is about to do, and its fate; one append-only file a load process.

Lines of `receipts/worker-N.jsonl` and its parts (results.snapshot.segments), each a JSON array; times are
nanoseconds of the process's CLOCK_MONOTONIC, to which EPOCH is to be added for those of the Unix epoch:

    ["renhai-intents", 2, RUN, N, {OPERATION: [NAME, ...]}, CARRIED]    first: the names of all values
    [[EPOCH, TIME, FIRST], ROW, ...]    what was handed over at once
    ["end", INTENTS]                    last: nothing was left out

A ROW is one of

    [OPERATION, VALUE, ...]             a request that is about to be sent; numbered from FIRST on, at TIME
    [ID, TIME, VALUE, ...]              acknowledged; null where the answer says nothing
    [null, ID, TIME, "fail", REASON]    refused, or never sent
    [null, ID, TIME, "info", REASON]    its fate is unknown, as of an intent alone

Amounts are whole numbers of fen where the target file names them. Intents are in the kernel's hands before
their requests are, those of a turn of the loop in one line; a receipt waits for the next intents, or for
`flush`, which is called every 10 ms (renhai.load.measure.process_probe). So kill -9 costs at most the
receipts of that time and no intent of a request that was sent, and leaves a torn last line at worst. Nothing
is synced: a power cut may cost more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from time import monotonic_ns, time_ns
from typing import Any

from renhai.binding.codec import Reply
from renhai.core.private_files import MappedFile, json_line
from renhai.core.stored_document import StoredDocument
from renhai.safety.redaction import guessed
from results.snapshot.segments import part_of

FORMAT = "renhai-intents"
VERSION = 2
REASON = 200  # characters of one that is kept
CUT = "the load ended before its answer came"
UNSENT = "given up before it was sent"
Fields = Mapping[str, Any]
NOTHING: Fields = {}


class IntentLog:
    """The file of one load process.

    names: of the values kept, by operation; fen: those of them that are amounts in yuan. lost: told once why
    the file had to be given up. redact: takes secrets out. carried: the lines are also kept for `take`,
    because the file is on another machine than the run's.
    """

    def __init__(
        self,
        path: Path,
        run: str,
        worker: int,
        names: Mapping[str, Sequence[str]],
        fen: Mapping[str, Sequence[str]],
        lost: Callable[[str], object],
        redact: Callable[[str], str] = str,
        carried: bool = False,
    ) -> None:
        self.path, self.carried = path, carried
        self._asked = {name: asked(name, values, fen.get(name) or ()) for name, values in names.items()}
        self._said = {name: said(values, fen.get(name) or ()) for name, values in names.items()}
        self._names = {name: frozenset(values) for name, values in names.items()}
        self._redact = redact
        self._rows: list[tuple[Any, ...]] = []  # intents that wait
        self._lines: list[bytes] = []  # of receipts that wait
        self._home: list[bytes] = []
        self._count = 0
        self._set_clock()
        self.file = MappedFile(path, lost, part_of)  # with a hole it would tell of losses that were none
        kept = {name: list(values) for name, values in names.items()}
        self._write(json_line((FORMAT, VERSION, run, worker, kept, carried)))

    def begin(self, operation: str, fields: Fields) -> int:
        """The number of a write's intent, which is handed over with those of its turn; 0 where its operation
        leaves none. Raises what a value raises that cannot be written."""
        keep = self._asked.get(operation)
        if keep is None:
            return 0
        if type(fields) is StoredDocument:
            fields = fields.having(self._names[operation])
        self._rows.append(keep(fields))
        self._count = count = self._count + 1
        return count

    def intend(self, runs: Sequence[Any], now_ns: int) -> None:
        """Hand to the kernel all that waits. runs: JourneyRuns that are about to send; now_ns: of
        CLOCK_MONOTONIC."""
        lines, rows = self._lines, self._rows
        if rows:
            first = self._count - len(rows) + 1
            lines.append(json_line(((self._epoch_ns, now_ns, first), *rows)))
            rows.clear()
        if lines:
            self._write(lines[0] if len(lines) == 1 else b"".join(lines))
            lines.clear()

    def answered(self, told: Iterable[tuple[Any, Any, Reply]]) -> None:
        """What became of writes. Only a refusal, or bytes that never left, say that nothing was stored.

        told: JourneyRuns whose answers were judged, their Results and Replies; nobody has changed those yet.
        """
        rows: list[tuple[Any, ...]] = []
        for run, result, reply in told:
            number = run.intent
            if number:
                run.intent = 0
                if reply[0] == "ok":
                    data = reply[1]
                    known = data if type(data) is dict or isinstance(data, Mapping) else NOTHING
                    rows.append(self._said[run.book.name](number, result.done_ns, known))
                else:
                    rows.append(self._not_ok(run, number, result, reply))
        if rows:
            self._lines.append(json_line(((self._epoch_ns, 0, 0), *rows)))

    def _not_ok(self, run: Any, number: int, result: Any, reply: Reply) -> tuple[Any, ...]:
        never = not (result.sent_ns or run.hops)
        word = "fail" if reply.outcome == "rejected" or never else "info"
        why = guessed(self._redact(f"{reply.code} {reply.reason}".strip()))
        return None, number, result.done_ns, word, why[:REASON]

    def cut(self, number: int) -> None:
        """The load ended before an answer came."""
        self._tell(number, "info", CUT)

    def unsent(self, number: int) -> None:
        """Its request was given up before it was sent; its intent stands before that."""
        self.flush()
        self._tell(number, "fail", UNSENT)

    def _tell(self, number: int, word: str, why: str) -> None:
        self._lines.append(json_line(((self._epoch_ns, 0, 0), (None, number, monotonic_ns(), word, why))))

    def _set_clock(self) -> None:
        self._epoch_ns = time_ns() - monotonic_ns()

    def flush(self) -> None:
        """Hand what waits to the kernel."""
        if self._rows or self._lines:
            self.intend((), monotonic_ns())

    def _write(self, data: bytes) -> None:
        if self.carried:
            self._home.append(data)
        try:
            self.file.put(data)
        except ValueError:  # no room is left
            self.file.write(data)

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
        self._write(json_line(("end", self._count)))
        self.file.close()


Row = Callable[..., tuple[Any, ...]]


def asked(operation: str, names: Sequence[str], fen: Sequence[str]) -> Row:
    """A function of a mapping: the row of an intent, with its values of those names, in fen those that are
    amounts in yuan, None those that it has not. They stay as they are whatever becomes of the mapping."""
    return _row((), (repr(operation),), names, fen, "(v if type(v := of[{0}]) is str else kept(v))")


def said(names: Sequence[str], fen: Sequence[str]) -> Row:
    """A function of a number, a time and a mapping: the row of an acknowledgement, as of an intent; a list or
    a mapping is that of the answer."""
    return _row(("number", "at"), ("number", "at"), names, fen, "of[{0}]")


def _row(
    given: Sequence[str], head: Sequence[str], names: Sequence[str], fen: Sequence[str], value: str
) -> Row:
    """One expression, which is made here: a loop over the names would take twice as long, for each row. What
    values mostly are, a text and an amount that is finite, is dealt with on the spot."""
    amount = "(round(v * 100) if type(v := of[{0}]) is float and -1e15 < v < 1e15 else fen(v))"
    parts = (
        f"({amount if name in fen else value} if {{0}} in of else None)".format(repr(name)) for name in names
    )
    made: Row = eval(
        f"lambda {', '.join([*given, 'of'])}: ({''.join(f'{part}, ' for part in [*head, *parts])})",
        {"fen": _fen, "kept": _kept},
    )
    return made


def _fen(value: Any) -> Any:
    """An amount in yuan in fen; what is no number stays as it is."""
    if type(value) is not float and type(value) is not int:
        return _kept(value)
    try:
        return round(value * 100)
    except (ValueError, OverflowError):  # none that is finite
        return str(value)


def _kept(value: Any) -> Any:
    """The same, though somebody changes a list or a mapping afterwards; what is no JSON as its text."""
    if value is None or type(value) in (int, float, bool):
        return value
    return json.loads(json_line(value))

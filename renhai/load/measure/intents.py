"""Intents and receipts: what a write is about to do, and its fate; one append-only file a load process.

Lines of `receipts/worker-N.jsonl` and its parts (results.snapshot.segments), each a JSON array; times are
milliseconds of the Unix epoch:

    ["renhai-intents", 1, RUN, N, {OPERATION: [NAME, ...]}, CARRIED]   first: the names of all values
    ["intent", ID, OPERATION, TIME, [VALUE, ...]]     before the request is sent
    ["ok", ID, TIME, [VALUE, ...]]                    acknowledged; null where the answer says nothing
    ["fail", ID, TIME, REASON]                        refused, or never sent
    ["info", ID, TIME, REASON]                        its fate is unknown, as of an intent alone
    ["end", INTENTS]                                  last: nothing was left out

Amounts are whole numbers of fen where the target file names them. Intents are in the kernel's hands before
their requests are; a receipt waits for the next intents, or for `flush`, which is called every 10 ms
(renhai.load.measure.process_probe). So kill -9 costs at most the receipts of that time and no intent, and
leaves a torn last line at worst. Nothing is synced: a power cut may cost more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from time import monotonic_ns, time_ns
from typing import Any

from orjson import OPT_APPEND_NEWLINE as NEWLINE
from orjson import dumps

from renhai.binding.codec import Reply
from renhai.core.private_files import MappedFile, json_line
from renhai.safety.redaction import guessed
from results.snapshot.segments import part_of

FORMAT = "renhai-intents"
VERSION = 1
REASON = 200  # characters of one that is kept
CUT = "the load ended before its answer came"
Fields = Mapping[str, Any]
NOTHING: Fields = {}


class IntentLog:
    """The file of one load process.

    names: of the values kept, by operation; fen: those of them that are amounts in yuan. lost: told once why
    the file had to be given up. redact: takes secrets out. carried: the lines are also kept for `take`,
    because the file is on another machine than the run's. kept: takes those values, by operation.
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
        self.kept = {name: taker(values, fen.get(name) or ()) for name, values in names.items()}
        self._redact = redact
        self._rows: list[tuple[Any, ...]] = []  # receipts that wait
        self._home: list[bytes] = []
        self._written = 0
        self._set_clock()
        self.file = MappedFile(path, lost, part_of)  # with a hole it would tell of losses that were none
        kept = {name: list(values) for name, values in names.items()}
        self._write(json_line((FORMAT, VERSION, run, worker, kept, carried)))

    def intend(self, runs: Sequence[Any], now_ns: int) -> None:
        """Hand the intents of writes to the kernel, with the receipts that wait.

        runs: JourneyRuns that are about to send. Those with values to keep have their number in `intent`
        then; one whose values cannot be written is broken. now_ns: of CLOCK_MONOTONIC.
        """
        number, ms = self._written, (now_ns + self._epoch_ns) // 1_000_000
        rows, self._rows = self._rows, []
        try:
            lines = [dumps(row, str, NEWLINE) for row in rows]
            for run in runs:
                if run.kept is not None:
                    number += 1
                    lines.append(dumps(("intent", number, run.book.name, ms, run.kept), str, NEWLINE))
                    run.intent = number
        except TypeError:
            lines, number = self._hard(rows, runs, ms)
        self._written = number
        if lines:
            self._write(b"".join(lines))

    def _hard(self, rows: Sequence[Any], runs: Sequence[Any], ms: int) -> tuple[list[bytes], int]:
        """Lines of values of which some take a slower way, and the last number."""
        lines, number = [json_line(row) for row in rows], self._written
        for run in runs:
            if run.kept is not None:
                try:
                    lines.append(json_line(("intent", number + 1, run.book.name, ms, run.kept)))
                    number += 1
                    run.intent = number
                except Exception as error:
                    run.intent = 0
                    run.broken(error)
        return lines, number

    def answered(self, number: int, operation: str, reply: Reply, sent: int, done_ns: int) -> None:
        """What became of a write. Only a refusal, or bytes that never left, say that nothing was stored.

        sent: 0 where none of them left. done_ns: of CLOCK_MONOTONIC, when its answer was there.
        """
        ms = (done_ns + self._epoch_ns) // 1_000_000
        outcome, data, code, reason, _ = reply
        if outcome == "ok":
            known: Fields = data if type(data) is dict or isinstance(data, Mapping) else NOTHING
            self._rows.append(("ok", number, ms, self.kept[operation](known)))
        else:
            word = "fail" if outcome == "rejected" or not sent else "info"
            told = guessed(self._redact(f"{code} {reason}".strip()))
            self._rows.append((word, number, ms, told[:REASON]))

    def cut(self, number: int) -> None:
        """The load ended before an answer came."""
        self._rows.append(("info", number, (monotonic_ns() + self._epoch_ns) // 1_000_000, CUT))

    def _set_clock(self) -> None:
        self._epoch_ns = time_ns() - monotonic_ns()

    def flush(self) -> None:
        """Hand what waits to the kernel."""
        if self._rows:
            self.intend((), 0)

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
        self._write(json_line(("end", self._written)))
        self.file.close()


def taker(names: Sequence[str], fen: Sequence[str]) -> Callable[[Fields], tuple[Any, ...]]:
    """A function of a mapping: its values of those names, in fen those that are amounts in yuan, None those
    that it has not. They stay as they are whatever becomes of the mapping.

    One expression, which is made here: a loop over the names would take twice as long, for each line. What
    values mostly are, a text and an amount that is finite, is dealt with on the spot.
    """
    parts = (_amount(repr(name)) if name in fen else _value(repr(name)) for name in names)
    made: Callable[[Fields], tuple[Any, ...]] = eval(
        f"lambda of: ({''.join(f'{part}, ' for part in parts)})", {"fen": _fen, "kept": _kept}
    )
    return made


def _value(name: str) -> str:
    return f"((v if (v := of[{name}]).__class__ is str else kept(v)) if {name} in of else None)"


def _amount(name: str) -> str:
    return (
        f"((round(v * 100) if (v := of[{name}]).__class__ is float and -1e15 < v < 1e15 else fen(v))"
        f" if {name} in of else None)"
    )


def _fen(value: Any) -> Any:
    """An amount in yuan in fen; what is no number stays as it is."""
    if type(value) is not float and type(value) is not int:
        return _kept(value)
    try:
        return round(value * 100)
    except (ValueError, OverflowError):  # none that is finite
        return str(value)


def _kept(value: Any) -> Any:
    """The same, though somebody changes a list or a mapping afterwards."""
    return deepcopy(value) if isinstance(value, (list, dict)) else value

"""The journal that a run writes of itself (`journal: true`): what was sent, and what came back.

Each load process writes `journal/worker-N.jsonl`, in parts (results.snapshot.segments): a line for each
business request that was sent, once its answer came or the load ended. Of a process on another machine its
lines travel with the reports instead. renhai.checks.journal.of_run makes one journal of them after the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic_ns
from typing import Any, Protocol

import orjson

from renhai.binding.codec import Reply
from renhai.core.private_files import FileInParts
from renhai.plan.schedule import Opening
from renhai.spec.cutover.journal.entry import bare
from renhai.spec.cutover.journal.recorded import FOLDER, FORMAT, VERSION, name_of
from results.snapshot.segments import part_of
from results.verdict.reasons import generator as why

BUFFER = 1 << 16


class Recorded(Protocol):
    """A journey under way. told: what its entries have in common, None before the first."""

    journey: str
    fields: Mapping[str, Any]
    intended_ns: int
    told: Any
    tally: Any


class Lines(Protocol):
    """Where the lines go: a file, or what travels."""

    is_open: bool

    def write(self, data: bytes) -> object: ...
    def give_up(self, why: str) -> None: ...
    def close(self) -> None: ...


class HomeLines:
    """In the place of a file: what the run's own machine has not been told yet. lost: as of a file."""

    def __init__(self, lost: Callable[[str], object]) -> None:
        self.is_open = True
        self._lost = lost
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._waiting.append(data)

    def give_up(self, why: str) -> None:
        self.close()
        self._lost(why)

    def close(self) -> None:
        self.is_open = False

    def take(self) -> bytes:
        """What came since the last call."""
        taken, self._waiting = b"".join(self._waiting), []
        return taken


class JournalLog:
    """What one load process tells. own: operations that are no business, such as logins. begun_ns: from the
    clock of the load to that of the day, ns. A file that is given up leaves the journal without its end."""

    def __init__(self, file: Lines, run: str, worker: int, own: frozenset[str], begun_ns: int) -> None:
        self._own, self._worker = own, worker
        self._journeys = self._entries = self._waiting = 0
        self._lines: list[bytes] = []
        self._file = file
        self._line([FORMAT, VERSION, run, worker, begun_ns])
        self.flush()

    def keep(self, journey: Recorded, operation: str, reply: Reply) -> None:
        """A request that was sent, and its answer."""
        if operation in self._own:
            return
        told = getattr(journey, "told", None)
        if told is None:
            self._journeys += 1
            told = journey.told = [f"{journey.journey}/{self._worker}-{self._journeys}", ""]
        told[1] = str(journey.fields.get("djxh") or told[1])
        unit = getattr(journey.tally, "name", "").partition("/")[0]
        answer = bare(reply.data) if reply.outcome == "ok" else None
        self._entries += 1
        self._line(
            [journey.intended_ns, told[1] or told[0], unit, told[0], operation, bare(journey.fields),
             reply.outcome, str(reply.code), answer]
        )  # fmt: skip
        if self._waiting > BUFFER:
            self.flush()

    def _line(self, values: list[Any]) -> None:
        if not self._file.is_open:
            return
        try:
            line = orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)
        except TypeError as error:  # a value that is no JSON would be another one when it is replayed
            self._file.give_up(f"{values[4]}: {error}")
            return
        self._lines.append(line)
        self._waiting += len(line)

    def flush(self) -> None:
        """Hand what waits to the kernel."""
        data = b"".join(self._lines)
        self._lines.clear()
        self._waiting = 0
        self._file.write(data)

    def take(self) -> bytes:
        """What the run's own machine has to be told of; nothing where this is that machine."""
        if not isinstance(self._file, HomeLines):
            return b""
        self.flush()
        return self._file.take()

    def close(self) -> None:
        """Write the last line, which says that all is there."""
        self._line(["end", self._entries])
        self.flush()
        self._file.close()


def keep_journal(engine: Any, folder: Path | None, run: str, opening: Opening) -> None:
    """Begin what this process tells. folder: of the run; None where that is on another machine. Times are
    those of the run's own machine, so that entries of all machines have one order."""
    worker, begun_ns = opening.slot, time.time_ns() - monotonic_ns()
    if opening.epoch_ns:
        begun_ns = opening.epoch_ns - opening.t0_ns

    def lost(error: str) -> None:
        out = str(folder or "")
        engine.complain(why.FileNotWritten(file=f"{FOLDER}/{name_of(worker)}", error=error, out=out))

    signing = engine.binding.signing
    own = frozenset({*signing.logins, signing.renew, signing.logout})
    try:
        file: Lines = HomeLines(lost)
        if folder is not None:
            (folder / FOLDER).mkdir(exist_ok=True)
            file = FileInParts(folder / FOLDER / name_of(worker), lost, part_of)
        engine.journal = JournalLog(file, run, worker, own, begun_ns)
    except OSError as error:
        lost(error.strerror or str(error))

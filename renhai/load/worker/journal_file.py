"""The journal that a run writes of itself (`journal: true`): what was sent, and what came back.

Each load process writes `journal/worker-N.jsonl`, in parts (results.snapshot.segments): a line for each
business request that was sent, once its answer came or the load ended. renhai.checks.journal.of_run makes
one journal of them after the run.
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


class JournalLog:
    """The file of one load process. own: operations that are no business, such as logins. lost: told once why
    the file had to be given up; the journal then lacks its end."""

    def __init__(
        self, path: Path, run: str, worker: int, own: frozenset[str], lost: Callable[[str], object]
    ) -> None:
        self._own, self._worker = own, worker
        self._journeys = self._entries = self._waiting = 0
        self._lines: list[bytes] = []
        self._file = FileInParts(path, lost, part_of)
        begun = time.time_ns() - monotonic_ns()  # from the clock of the load to that of the day
        self._line([FORMAT, VERSION, run, worker, begun])
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

    def close(self) -> None:
        """Write the last line, which says that all is there."""
        self._line(["end", self._entries])
        self.flush()
        self._file.close()


def keep_journal(engine: Any, folder: Path | None, run: str, worker: int) -> None:
    """Begin this process's file, where the run stands on this machine; of another machine the journal says
    that it is missing."""
    if folder is None:
        return

    def lost(error: str) -> None:
        engine.complain(why.FileNotWritten(file=f"{FOLDER}/{name_of(worker)}", error=error, out=str(folder)))

    signing = engine.binding.signing
    own = frozenset({*signing.logins, signing.renew, signing.logout})
    try:
        (folder / FOLDER).mkdir(exist_ok=True)
        engine.journal = JournalLog(folder / FOLDER / name_of(worker), run, worker, own, lost)
    except OSError as error:
        lost(error.strerror or str(error))

"""Where a load process keeps the papers that it was given, to be looked at after the run.

`papers/worker-N.bin` holds their bytes one after another, `papers/worker-N.jsonl` a line for each paper, kept
or not; times are milliseconds of the Unix epoch:

    ["renhai-papers", 1, RUN, N, {OPERATION: [NAME, ...]}, CARRIED]     first: the names of all values
    ["paper", OPERATION, TIME, [VALUE, ...], OUTCOME, OFFSET, LENGTH, WHY]
    ["end", PAPERS]                                               last: nothing was left out

OUTCOME is ok, or error where the answer itself was seen to be no whole paper. OFFSET is -1 for one that was
not kept, and WHY then says the reason: sampled (the scenario's share leaves it out), room, disk, or far.

On another machine than the run's the files stand among its temporary ones, and a copy of them travels with
the reports (CARRIED). A report brings home A_REPORT bytes of papers at most; of one beyond that the copy has
the line alone, which says far, and the files on the worker's machine have it whole.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from renhai.binding.codec import Reply
from renhai.core.private_files import AppendedFile, json_line
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.http.client import Result
from renhai.load.worker.intent_file import own_directory
from renhai.plan.model import Plan
from results.verdict.reasons import generator as why

FOLDER = "papers"
FORMAT, VERSION = "renhai-papers", 1
BUFFER = 256 * 1024  # bytes that wait to be written
A_REPORT = 4 * 1024 * 1024  # bytes of papers that come home with one report: more would hold up the load


class HomeCopy:
    """What the run's own machine is told of the papers of a process that works on another one."""

    def __init__(self, most: int = A_REPORT) -> None:
        self.left = 0  # papers whose bodies stay where they are
        self._most = most
        self._lines: list[bytes] = []
        self._bodies: list[bytes] = []
        self._size = self._waiting = 0

    def line(self, values: Sequence[Any]) -> None:
        self._lines.append(json_line(values))

    def paper(self, values: Sequence[Any], body: bytes | None) -> None:
        """values: the line of a paper; body: None where it was not kept."""
        *what, offset, length, left_out = values
        if body is not None:
            if self._waiting + length <= self._most:
                offset = self._size
                self._size += length
                self._waiting += length
                self._bodies.append(body)
            else:
                offset, left_out = -1, "far"
                self.left += 1
        self.line([*what, offset, length, left_out])

    def take(self) -> dict[str, bytes]:
        """Lines and bodies since the last call."""
        taken = {"lines": b"".join(self._lines), "bodies": b"".join(self._bodies)}
        self._lines, self._bodies, self._waiting = [], [], 0
        return taken


class PaperFile:
    """The files of one load process. names: of the values kept, by operation; share: of the papers that are
    kept, those that are seen to be damaged beside; most: bytes of all of them. lost: told once why files had
    to be given up. home: the copy that travels, where the run is on another machine. name: of the files."""

    def __init__(
        self,
        folder: Path,
        run: str,
        worker: int,
        names: Mapping[str, Sequence[str]],
        share: float,
        most: int,
        lost: Callable[[str], object],
        home: HomeCopy | None = None,
        name: str = "",
    ) -> None:
        self.names = {name: tuple(values) for name, values in names.items()}
        self._share, self._most = share, most
        self._draw = Random(f"{run}/{worker}").random
        self._papers = self._size = self._waiting = 0
        self._lines: list[bytes] = []
        self._bodies: list[bytes] = []
        self._home = home
        self.paths = [folder / f"{name or f'worker-{worker}'}{end}" for end in (".jsonl", ".bin")]
        self._index, self._bytes = (AppendedFile(path, lost) for path in self.paths)
        kept = {name: list(values) for name, values in names.items()}
        self._tell([FORMAT, VERSION, run, worker, kept, home is not None])

    def keep(self, operation: str, fields: Mapping[str, Any], reply: Reply, result: Result) -> None:
        """Note the paper of an answer, and keep it where it is drawn; a refusal or error page is none."""
        if reply.outcome == "rejected" or not 200 <= result.status < 300:
            return
        self._papers += 1
        body, offset, left_out = result.body, -1, ""
        if reply.ok and self._share < 1 and self._draw() >= self._share:
            left_out = "sampled"
        elif self._size + len(body) > self._most:
            left_out = "room"
        elif not self._open:
            left_out = "disk"
        else:
            offset = self._size
            self._size += len(body)
            self._bodies.append(body)
            self._waiting += len(body)
        values = [fields.get(name) for name in self.names[operation]]
        now = int(time.time() * 1000)
        told = ["paper", operation, now, values, reply.outcome, offset, len(body), left_out]
        self._line(told)
        if self._home is not None:
            self._home.paper(told, body if offset >= 0 else None)
        if self._waiting > BUFFER:
            self.flush()

    @property
    def _open(self) -> bool:
        return self._bytes.is_open and self._index.is_open

    def _tell(self, values: list[Any]) -> None:
        self._line(values)
        if self._home is not None:
            self._home.line(values)

    def _line(self, values: list[Any]) -> None:
        line = json_line(values)
        self._lines.append(line)
        self._waiting += len(line)

    def flush(self) -> None:
        """Hand what waits to the kernel: bodies before the lines that name them."""
        bodies, lines = b"".join(self._bodies), b"".join(self._lines)
        self._bodies.clear()
        self._lines.clear()
        self._waiting = 0
        if self._open and self._bytes.write(bodies):
            self._index.write(lines)

    def take(self) -> dict[str, bytes] | None:
        """What came since the last call, for the run's own machine; None where this is that machine. What is
        told there is in the kernel's hands here."""
        if self._home is None:
            return None
        self.flush()
        return self._home.take()

    def forget(self) -> None:
        """Files on another machine, once all of them have come home."""
        if self._home is not None and not self._home.left:
            for path in self.paths:
                with contextlib.suppress(OSError):
                    path.unlink()

    def close(self) -> None:
        """Write the last line."""
        self._tell(["end", self._papers])
        self.flush()
        for file in (self._bytes, self._index):
            file.close()


def keep_papers(engine: JourneyEngine, plan: Plan, slot: int, slots: int) -> None:
    """Begin this process's files of papers, where the scenario asks for them and the target file says what
    they must say. slots: of how many processes it is one."""
    goal, rules = plan.scenario.goals.papers, plan.binding.get("papers") or {}
    if goal is None or not rules:
        return
    own = own_directory(plan)
    place = Path(tempfile.gettempdir()) if own is None else own / FOLDER
    name = f"renhai-{plan.run_id}-papers-{slot}" if own is None else f"worker-{slot}"

    def lost(error: str) -> None:
        engine.complain(why.FileNotWritten(file=f"{FOLDER}/{name}", error=error, out=str(own or place)))

    names = {name: rule["kept"] for name, rule in rules.items()}
    most = goal.most_bytes // max(1, plan.processes, slots)
    try:
        place.mkdir(exist_ok=True)
        home = HomeCopy() if own is None else None
        engine.papers = PaperFile(place, plan.run_id, slot, names, goal.keep, most, lost, home, name)
    except OSError as error:
        lost(error.strerror or str(error))

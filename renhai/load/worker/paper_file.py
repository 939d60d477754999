"""Where a load process keeps the papers that it was given, to be looked at after the run.

`papers/worker-N.bin` holds their bytes one after another, `papers/worker-N.jsonl` a line for each paper, kept
or not; times are milliseconds of the Unix epoch:

    ["renhai-papers", 1, RUN, N, {OPERATION: [NAME, ...]}]        first: the names of all values
    ["paper", OPERATION, TIME, [VALUE, ...], OUTCOME, OFFSET, LENGTH, WHY]
    ["end", PAPERS]                                               last: nothing was left out

OUTCOME is ok, or error where the answer itself was seen to be no whole paper. OFFSET is -1 for one that was
not kept, and WHY then says the reason: sampled (the scenario's share leaves it out), room, or disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import orjson

from renhai.binding.codec import Reply
from renhai.core.private_files import AppendedFile
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.http.client import Result
from renhai.load.worker.intent_file import own_directory
from renhai.plan.model import Plan
from results.verdict.reasons import generator as why

FOLDER = "papers"
FORMAT, VERSION = "renhai-papers", 1
BUFFER = 256 * 1024  # bytes that wait to be written


class PaperFile:
    """The files of one load process. names: of the values kept, by operation; share: of the papers that are
    kept, those that are seen to be damaged beside; most: bytes of all of them. lost: told once why files had
    to be given up."""

    def __init__(
        self,
        folder: Path,
        run: str,
        worker: int,
        names: Mapping[str, Sequence[str]],
        share: float,
        most: int,
        lost: Callable[[str], object],
    ) -> None:
        self.names = {name: tuple(values) for name, values in names.items()}
        self._share, self._most = share, most
        self._draw = Random(f"{run}/{worker}").random
        self._papers = self._size = self._waiting = 0
        self._lines: list[bytes] = []
        self._bodies: list[bytes] = []
        self._index = AppendedFile(folder / f"worker-{worker}.jsonl", lost)
        self._bytes = AppendedFile(folder / f"worker-{worker}.bin", lost)
        self._line([FORMAT, VERSION, run, worker, {name: list(values) for name, values in names.items()}])

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
        self._line(["paper", operation, now, values, reply.outcome, offset, len(body), left_out])
        if self._waiting > BUFFER:
            self.flush()

    @property
    def _open(self) -> bool:
        return self._bytes.is_open and self._index.is_open

    def _line(self, values: list[Any]) -> None:
        line = orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE, default=str)
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

    def close(self) -> None:
        """Write the last line."""
        self._line(["end", self._papers])
        self.flush()
        for file in (self._bytes, self._index):
            file.close()


def keep_papers(engine: JourneyEngine, plan: Plan, slot: int) -> None:
    """Begin this process's files of papers, where the scenario asks for them and the target file says what
    they must say. A process on another machine than the run's keeps none, and the check says that they are
    missing."""
    goal, rules = plan.scenario.goals.papers, plan.binding.get("papers") or {}
    folder = own_directory(plan)
    if goal is None or not rules or folder is None:
        return
    place = folder / FOLDER

    def lost(error: str) -> None:
        engine.complain(why.FileNotWritten(file=f"{FOLDER}/worker-{slot}", error=error, out=str(folder)))

    names = {name: rule["kept"] for name, rule in rules.items()}
    most = goal.most_bytes // max(1, plan.processes)
    try:
        place.mkdir(exist_ok=True)
        engine.papers = PaperFile(place, plan.run_id, slot, names, goal.keep, most, lost)
    except OSError as error:
        lost(error.strerror or str(error))

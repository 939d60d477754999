"""What load processes leave of a run's journal: names, and how their lines are read back.

["renhai-recorded", 1, RUN, WORKER, BEGUN]    first; BEGUN: ns of the Unix epoch at the clock's zero
[NS, TAXPAYER, UNIT, OPERATOR, OPERATION, FIELDS, OUTCOME, CODE, ANSWER]     NS: the intended time
["end", ENTRIES]                              last: nothing was left out
"""

from __future__ import annotations

import gzip
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson

from renhai.core.private_files import owner_only
from renhai.spec.cutover.journal.domains import Domains
from renhai.spec.cutover.journal.entry import Entry
from results.snapshot.segments import PACKED, lines, unpacked

FOLDER = "journal"
FORMAT, VERSION = "renhai-recorded", 1
ENTRY = 9  # values of a line
RUN_BYTES = 16 << 20  # of lines that are sorted in memory
TOGETHER = 1000  # lines that are compressed by one call
CHINA = timezone(timedelta(hours=8))


def name_of(worker: int) -> str:
    """The file of one load process."""
    return f"worker-{worker}.jsonl"


@dataclass
class RecordedFile:
    """What one load process left, sorted. runs: files of `NS LINE`, each in the order of time, NS of the Unix
    epoch; wrong: why entries may be missing, "" where all are there."""

    path: Path
    count: int
    wrong: str
    runs: list[Path]


def read_recorded(path: Path, run: str, folder: Path, most: int = RUN_BYTES) -> RecordedFile:
    """Looked through once, all its parts, and sorted in pieces of `most` bytes into files of `folder`; what
    cannot be read has no entries and says why."""
    found = RecordedFile(path, 0, "ends in the middle: its load process did not come to its end", [])
    rows: list[tuple[int, bytes]] = []
    waiting = 0
    try:
        for ns, line in _entries(found, run):
            rows.append((ns, line))
            waiting += len(line)
            if waiting >= most:
                _sort_out(rows, found, folder)
                waiting = 0
    except OSError as error:
        found.wrong = f"cannot be read: {error.strerror}"
    _sort_out(rows, found, folder)
    return found


def _entries(found: RecordedFile, run: str) -> Iterator[tuple[int, bytes]]:
    """Raises OSError, for a part that is missing, too."""
    begun: int | None = None
    for line in lines(found.path):
        values = _parsed(line)
        if begun is None:
            if len(values) != 5 or values[:3] != [FORMAT, VERSION, run] or type(values[4]) is not int:
                found.wrong = f"is no part of the journal of {run}"
                return
            begun = values[4]
        elif values[:1] == ["end"]:
            short = values[1:] != [found.count]
            found.wrong = f"has {found.count} entries, and says {values[-1]}" if short else ""
        elif len(values) == ENTRY and type(values[0]) is int:
            found.count += 1
            found.wrong = "ends in the middle: its load process did not come to its end"
            yield begun + values[0], line


def _sort_out(rows: list[tuple[int, bytes]], found: RecordedFile, folder: Path) -> None:
    """Rows of one time stay in their order. Raises OSError."""
    if not rows:
        return
    rows.sort(key=lambda row: row[0])
    place = folder / f"{found.path.stem}-{len(found.runs)}{PACKED}"
    with (
        open(place, "wb", opener=owner_only) as sink,
        gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=1, mtime=0) as packed,
    ):
        for first in range(0, len(rows), TOGETHER):
            packed.write(b"".join([b"%d %b" % row for row in rows[first : first + TOGETHER]]))
    found.runs.append(place)
    rows.clear()


def in_order(files: Sequence[RecordedFile]) -> Iterator[tuple[int, bytes]]:
    """(ns, line) of all files in the order of time; of one time, in that of the files. Raises OSError."""
    return heapq.merge(*(_run(path) for one in files for path in one.runs), key=lambda row: row[0])


def _run(path: Path) -> Iterator[tuple[int, bytes]]:
    with unpacked(path) as file:
        for row in file:
            ns, _, line = row.partition(b" ")
            yield int(ns), line


def entry_of(line: bytes, number: int, ns: int, domains: Domains) -> Entry:
    """The line as a journal's entry. domains: asked for one line after the other, in the order of time."""
    _, taxpayer, unit, operator, operation, fields, outcome, code, answer = orjson.loads(line)
    domain, who = domains.of(operation, fields, answer)
    at = datetime.fromtimestamp(ns // 1_000_000 / 1000, UTC).astimezone(CHINA)
    return Entry(
        id=f"{number:07d}", taxpayer=who or taxpayer, unit=unit, operator=operator,
        domain=domain, operation=operation, fields=fields,
        at=at.isoformat(timespec="milliseconds"), outcome=outcome, code=code, answer=answer,
    )  # fmt: skip


def _parsed(line: bytes) -> list[Any]:
    try:
        values = orjson.loads(line)
    except ValueError:  # the last one, cut off: no end follows it
        return []
    return values if isinstance(values, list) else []

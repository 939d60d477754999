"""What load processes leave of a run's journal: names, and how their lines are read back.

["renhai-recorded", 1, RUN, WORKER, BEGUN]    first; BEGUN: ns of the Unix epoch at the clock's zero
[NS, TAXPAYER, UNIT, OPERATOR, OPERATION, FIELDS, OUTCOME, CODE, ANSWER]     NS: the intended time
["end", ENTRIES]                              last: nothing was left out
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson

from renhai.spec.journal.domains import Domains
from renhai.spec.journal.entry import Entry

FOLDER = "journal"
FORMAT, VERSION = "renhai-recorded", 1
CHINA = timezone(timedelta(hours=8))


def name_of(worker: int) -> str:
    """The file of one load process."""
    return f"worker-{worker}.jsonl"


@dataclass
class RecordedFile:
    """Where the lines of one file stand. at: (ns of the Unix epoch, offset, length) of each entry; wrong: why
    entries may be missing, "" where all are there."""

    path: Path
    at: list[tuple[int, int, int]]
    wrong: str


def read_recorded(path: Path, run: str) -> RecordedFile:
    """Looked through once; a file that cannot be read has no entries and says why."""
    found = RecordedFile(path, [], "ends in the middle: its load process did not come to its end")
    begun: int | None = None
    try:
        with path.open("rb") as file:
            offset = 0
            for line in file:
                values = _parsed(line)
                if begun is None:
                    if not values or values[:3] != [FORMAT, VERSION, run]:
                        found.wrong = f"is no part of the journal of {run}"
                        return found
                    begun = int(values[4])
                elif values and values[0] == "end":
                    short = values[1] != len(found.at)
                    found.wrong = f"has {len(found.at)} entries, and says {values[1]}" if short else ""
                elif values:
                    found.at.append((begun + values[0], offset, len(line)))
                offset += len(line)
    except OSError as error:
        found.wrong = f"cannot be read: {error.strerror}"
    return found


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

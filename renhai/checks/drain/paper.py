"""Cases that were handled on paper, and what the target has of them now: each once, at its real time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from renhai.checks.audit.reading import Asks, read_list
from renhai.checks.audit.rows import stored_at
from renhai.checks.drain.lists import rows_of
from renhai.spec.drain.model import PaperList
from results.checks.drain.document import Entered
from results.checks.values import text

AMOUNT = re.compile(r"-?[0-9]+\.[0-9]+")
Key = tuple[str, ...]


def _plain(value: Any) -> str:
    """As both sides would write it: 12.50 and 12.5, 7 and 7.0 are one amount."""
    plain = text(value).strip()
    return plain.rstrip("0").rstrip(".") if AMOUNT.fullmatch(plain) else plain


def papers_in(row: PaperList, folder: Path) -> tuple[list[dict[str, str]], str]:
    """The rows of the file; why it cannot be used, "" where it can."""
    wanted = [*row.match, *([row.time.column] if row.time else [])]
    rows, why = rows_of(folder, row.file, row.encoding, wanted)
    for one in wanted if rows else ():
        if not all(paper[one] and paper[one].strip() for paper in rows):
            return [], f"{row.file} has a row without {one}"
    return rows, why


def read_entered(
    asker: Asks, row: PaperList, folder: Path, problems: list[str], whole: list[str]
) -> list[Entered]:
    """Papers that are not there, or there more than once, or at another time than they were handled."""
    papers, why = papers_in(row, folder)
    if why:
        problems.append(f"{row.name}: {why}")
        return []
    reading = read_list(asker, row.rule(), 0, False)
    if reading.failed:  # what was not read may be there
        problems.append(f"{row.name}: {reading.failed}")
        return []
    wanted: dict[Key, list[dict[str, str]]] = {}
    for paper in papers:
        wanted.setdefault(tuple(_plain(paper[one]) for one in row.match), []).append(paper)
    there: dict[Key, list[Mapping[str, Any]]] = {}
    for record in reading.records:
        key = tuple(_plain(record.values.get(field)) for field in row.match.values())
        if key in wanted:
            there.setdefault(key, []).append(record.values)
    found = []
    for key, ones in wanted.items():
        rows = there.get(key, [])
        for kind, count in (
            ("not_entered", len(ones) - len(rows)),
            ("entered_twice", len(rows) - len(ones)),
            ("other_time", _other_times(row, ones, rows)),
        ):
            if count > 0:
                found.append(Entered(row.name, kind, count, {name: ones[0][name] for name in row.match}))
    whole.append(row.name)
    return found


def _other_times(row: PaperList, papers: list[dict[str, str]], rows: list[Mapping[str, Any]]) -> int:
    """How many of the rows have no paper of their time; a time that cannot be read is another one."""
    if row.time is None:
        return 0
    left = [stored_at(paper[row.time.column]) for paper in papers]
    strange = 0
    for values in rows:
        moment = stored_at(values.get(row.time.field))
        near = next((one for one in left if _near(one, moment, row.time.within)), None)
        if near is None:
            strange += 1
        else:
            left.remove(near)
    return min(strange, len(papers))


def _near(one: float | None, other: float | None, seconds: float) -> bool:
    return one is not None and other is not None and abs(one - other) <= seconds * 1000

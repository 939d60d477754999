"""Cases that were handled on paper, and what the target has of them now: each once, at its real time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from renhai.checks.audit.reading import Asks, read_list
from renhai.checks.audit.rows import stored_at
from renhai.checks.drain.lists import rows_of
from renhai.spec.cutover.drain import PaperList
from renhai.spec.cutover.journal.recorded import CHINA
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
    wanted = [*row.match, *(one.column for one in (row.time, row.due) if one is not None)]
    rows, why = rows_of(folder, row.file, row.encoding, wanted)
    for one in wanted if rows else ():
        if not all(paper[one] and paper[one].strip() for paper in rows):
            return [], f"{row.file} has a row without {one}"
    for paper in rows if row.due else ():
        assert row.due is not None
        if _midnight(paper[row.due.column]) is None:
            return [], f"{row.file} has {paper[row.due.column]} for a day, such as 2015-10-08"
    return rows, why


def _midnight(day: str) -> float | None:
    """At which the day ends in China: ms of the Unix epoch."""
    try:
        begins = datetime.fromisoformat(day.strip()[:10]).replace(tzinfo=CHINA)
    except ValueError:
        return None
    return (begins + timedelta(days=1)).timestamp() * 1000 if len(day.strip()) == 10 else None


def read_entered(
    asker: Asks, row: PaperList, folder: Path, problems: list[str], whole: list[str]
) -> list[Entered]:
    """Papers that are not there, or more than once, or at another time than the real one, or too late."""
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
            ("after_due", _after_due(row, ones, rows)),
        ):
            if count > 0:
                found.append(Entered(row.name, kind, count, {name: ones[0][name] for name in row.match}))
    whole.append(row.name)
    return found


def _other_times(row: PaperList, papers: list[dict[str, str]], rows: list[Mapping[str, Any]]) -> int:
    """How many of the rows have no paper of their time; a time that cannot be read is another one."""
    if row.time is None:
        return 0
    left = [stored_at(paper[row.time.column], CHINA) for paper in papers]
    strange = 0
    for values in rows:
        moment = stored_at(values.get(row.time.field), CHINA)
        near = next((one for one in left if _near(one, moment, row.time.within)), None)
        if near is None:
            strange += 1
        else:
            left.remove(near)
    return min(strange, len(papers))


def _after_due(row: PaperList, papers: list[dict[str, str]], rows: list[Mapping[str, Any]]) -> int:
    """How many were stored after the last day of all of them; when is not known: after it."""
    if row.due is None:
        return 0
    ends = max(_midnight(paper[row.due.column]) or 0.0 for paper in papers)
    times = [stored_at(values.get(row.due.field), CHINA) for values in rows]
    return min(sum(one is None or one >= ends for one in times), len(papers))


def _near(one: float | None, other: float | None, seconds: float) -> bool:
    return one is not None and other is not None and abs(one - other) <= seconds * 1000

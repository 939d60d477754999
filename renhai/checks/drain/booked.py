"""Booked taxpayers alone are served: the list of the hall beside what the target stored."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from renhai.checks.audit.reading import Asks, read_list
from renhai.checks.audit.rows import stored_at
from renhai.checks.drain.lists import rows_of
from renhai.spec.cutover.drain import BookedList
from results.checks.drain.document import Unbooked
from results.checks.values import text

SHOWN = 20  # names of those who were booked and did not come


def booked_in(row: BookedList, folder: Path) -> tuple[dict[str, str], str]:
    """The names of those booked by their numbers; why the file cannot be used, "" where it can."""
    wanted = [one for one in (row.column, row.name_column) if one]
    rows, why = rows_of(folder, row.file, row.encoding, wanted)
    if why:
        return {}, why
    found = {text(one[row.column]): text(one[row.name_column]) if row.name_column else "" for one in rows}
    found.pop("", None)
    if len(found) != len(rows):
        return {}, f"{row.file} has a row without a number, or one that stands twice"
    return found, ""


def read_booked(
    asker: Asks, row: BookedList, now: datetime, folder: Path, problems: list[str], whole: list[str]
) -> list[Unbooked]:
    """Who was served and is not in the file; who was booked and did not come is told, and proves nothing."""
    booked, why = booked_in(row, folder)
    if now < row.since:
        why = why or f"begins at {row.since.isoformat()}, which has not come"
    if why:
        problems.append(f"{row.name}: {why}")
        return []
    reading = read_list(asker, row.rule(), 0, False)
    since_ms = row.since.timestamp() * 1000
    served: dict[str, list[tuple[int, Any]]] = {}
    unknown = 0
    for record in reading.records:
        moment = stored_at(record.values.get(row.stored), row.since.tzinfo)
        who = text(record.values.get(row.taxpayer))
        if moment is None or not who:
            unknown += 1
        elif moment >= since_ms:
            served.setdefault(who, []).append((moment, record.values))
    before = len(problems)
    if reading.failed:
        problems.append(f"{row.name}: {reading.failed}")
    if unknown:
        problems.append(f"{row.name}: {unknown} rows have no {row.stored} or no {row.taxpayer}")
    absent = [f"{name or number} ({number})" for number, name in booked.items() if number not in served]
    if absent:
        told = ", ".join(absent[:SHOWN])
        problems.append(f"{row.name}: {len(absent)} who were booked were not served: {told}")
    if len(problems) == before:
        whole.append(row.name)
    found = []
    for number, times in sorted(served.items()):
        if number not in booked:
            first, values = min(times, key=lambda one: one[0])
            called = text(values.get(row.called)) if row.called else ""
            at = datetime.fromtimestamp(first / 1000, UTC).isoformat(timespec="milliseconds")
            found.append(Unbooked(row.name, number, called, len(times), at))
    return found

"""`renhai drill papers`: the cases that a drill sent to paper, as the list that `paper:` of a drain takes.

Columns: case, taxpayer, unit, journey, operation (at which it stopped), time (ISO 8601, China's time), why
(late, rejected, error, unfinished), and due where a last day is given: until then it may be entered.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from generators.deadlines.holidays import PUBLISHED
from renhai.checks.journal.of_run import NAME as JOURNAL
from renhai.core.errors import Problem, UsageError
from renhai.spec.cutover.journal.entry import JournalFile
from renhai.spec.cutover.journal.recorded import CHINA
from results.checks.drill.buckets import Limits
from results.checks.drill.document import read_log
from results.checks.drill.paper import Entry, PaperCase, paper_cases, windows
from results.checks.drill.starts import NAME as STARTS
from results.checks.drill.starts import StartsDamaged, read_starts
from results.snapshot.files import write_whole
from results.snapshot.run import Run
from results.verdict.judged import load_judged

COLUMNS = ("case", "taxpayer", "unit", "journey", "operation", "time", "why")


class Extension(NamedTuple):
    """The rule by which days are extended. last: the last day; an outage that covers some of it moves it to
    the `days`-th working day after the recovery. played: the day that the drill stands for, else the
    clock's."""

    last: date
    days: int = 1
    played: date | None = None


class PaperCases(NamedTuple):
    """cases with the day until which each may be entered, None where no rule was given. doubts: why there may
    be more of them."""

    cases: list[tuple[PaperCase, date | None]]
    doubts: list[str]


def papers_of(run: Path, rule: Extension | None) -> PaperCases:
    """Raises UsageError for a run that was not drilled, or kept no journal; SnapshotError for evidence that
    no longer holds."""
    found = load_judged(run)
    drill, wanted, zero_ns = _drilled(run, found)
    journal = run / JOURNAL
    if not journal.is_file():
        why = "is missing: nobody knows whose requests they were; run the drill with journal: true"
        raise UsageError(Problem(str(journal), "", why))
    limits = Limits(wanted["good"], wanted["at_least"])
    outages = windows(drill["episodes"], found.duration_s)
    zero_ms = zero_ns / 1e6 + _ahead_ms(run)
    try:
        rows = read_starts(run / STARTS)
    except StartsDamaged as damage:
        raise UsageError(Problem(str(run), "", str(damage))) from None
    file = JournalFile(journal)
    papers = paper_cases(rows, _entries(file), limits, outages, zero_ms)
    doubts = list(drill["problems"]) + ([file.torn] if file.torn else [])
    doubts += [] if outages else ["no action of the drill was noticed: nobody went to paper"]
    if papers.nameless:
        doubts.append(f"{papers.nameless:,} requests that were not served are in no journal")
    days = [_due(rule, zero_ms + begin / 1000, zero_ms + end / 1000) for begin, end in outages]
    return PaperCases([(one, days[one.number]) for one in papers.cases], doubts)


def _drilled(run: Path, found: Run) -> tuple[dict[str, Any], dict[str, Any], int]:
    known = found.model_extra or {}
    wanted = (known.get("goals") or {}).get("drill")
    if not wanted or not known.get("drill"):
        raise UsageError(Problem(str(run), "", "has no drill; give the directory of a run that was drilled"))
    measured = json.loads((run / "measured.json").read_text(encoding="utf-8"))
    return known["drill"], wanted, int(measured["t0_ns"])


def _ahead_ms(run: Path) -> float:
    """From the clock that only runs to that of the day."""
    ahead = [row["wall_ms"] - row["mono_ns"] / 1e6 for row in read_log(run) if "mono_ns" in row]
    if not ahead:
        raise UsageError(Problem(str(run), "", "does not say what was done when; run the drill again"))
    return float(ahead[0])


def _entries(file: JournalFile) -> Iterator[Entry]:
    for one in file.entries():
        yield Entry(one.ms, one.operation, one.outcome, one.operator, one.taxpayer, one.unit)


def _due(rule: Extension | None, began_ms: float, recovered_ms: float) -> date | None:
    """The last day, or the day to which an outage of that day moves it."""
    if rule is None:
        return None
    began, recovered = (_day(ms) for ms in (began_ms, recovered_ms))
    if rule.played is not None:
        began, recovered = rule.played, rule.played + (recovered - began)
    if not began <= rule.last <= recovered:
        return rule.last
    return PUBLISHED.after(recovered, rule.days)


def _day(ms: float) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(CHINA).date()


def write_papers(found: PaperCases, out: Path) -> None:
    """The CSV. Raises SnapshotError when it cannot be written."""
    text = io.StringIO(newline="")
    dated = any(day for _, day in found.cases)
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*COLUMNS, *(["due"] if dated else [])])
    for one, day in found.cases:
        at = datetime.fromtimestamp(one.ms / 1000, UTC).astimezone(CHINA).isoformat(timespec="milliseconds")
        journey = one.case.rpartition("/")[0]
        row = [one.case, one.taxpayer, one.unit, journey, one.operation, at, one.why]
        rows.writerow([*row, *([day.isoformat()] if dated and day else [])])
    write_whole(out, text.getvalue())

"""Who could not work meanwhile, case by case: what a hall would have taken on paper.

A case went to paper when a request of it that was due between an injection and the recovery was not served:
it failed, never ended, or took longer than the steady state allows. Its time is that of the first of them.
Cases are known by the run's journal, and what became of them by starts.jsonl; both tell of a request by
operation and intended start.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from results.checks.drill.buckets import US, Limits
from results.checks.drill.starts import Start

APART_MS = 3  # between both clocks of one moment: each is cut to whole units, and clocks creep


class Entry(NamedTuple):
    """A request of the journal. ms: its intended start, of the Unix epoch."""

    ms: int
    operation: str
    outcome: str
    case: str
    taxpayer: str
    unit: str


class PaperCase(NamedTuple):
    """ms: of the Unix epoch. why: late (served in the end), rejected, error or unfinished. number: of the
    outage, from 0."""

    case: str
    taxpayer: str
    unit: str
    operation: str
    ms: int
    why: str
    number: int


class Papers(NamedTuple):
    """cases: in the order of their times. nameless: requests that were not served and are in no journal."""

    cases: list[PaperCase]
    nameless: int


def windows(episodes: Sequence[Mapping[str, Any]], end_s: float) -> list[tuple[int, int]]:
    """Microseconds of the load from each injection to its recovery, or to the load's end."""
    found = []
    for one in episodes:
        first, rto = one["injections_s"][0], one["rto_s"]
        if one["state"] in ("recovered", "not_recovered"):
            found.append((round(first * US), round((end_s if rto is None else first + rto) * US)))
    return found


def paper_cases(
    rows: Iterable[Start],
    entries: Iterable[Entry],
    limits: Limits,
    outages: Sequence[tuple[int, int]],
    zero_ms: float,
) -> Papers:
    """zero_ms: the load's begin, ms of the Unix epoch. Of two requests of one operation at one moment the
    one with the same outcome is taken."""
    known: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for one in entries:
        known[one.operation, one.outcome].append(one)
    for ones in known.values():
        ones.sort(key=lambda one: one.ms)
    first: dict[str, PaperCase] = {}
    nameless = 0
    for row in rows:
        place = next((n for n, (begin, end) in enumerate(outages) if begin <= row.at < end), None)
        if place is None:
            continue
        entry = _taken(known, row, zero_ms + row.at / 1000)  # those who were served have one as well
        if limits.served(row):
            continue
        if entry is None:
            nameless += 1
            continue
        why = "late" if row.outcome == "ok" else row.outcome
        case = PaperCase(entry.case, entry.taxpayer, entry.unit, row.operation, entry.ms, why, place)
        if entry.case not in first or case.ms < first[entry.case].ms:
            first[entry.case] = case
    return Papers(sorted(first.values(), key=lambda one: (one.ms, one.case)), nameless)


def _taken(known: Mapping[tuple[str, str], list[Entry]], row: Start, ms: float) -> Entry | None:
    """The nearest entry of that moment, which no other request has then."""
    outcome = "error" if row.outcome == "unfinished" else row.outcome
    ones = known.get((row.operation, outcome), [])
    place = bisect_left(ones, ms, key=lambda one: float(one.ms))
    near = [n for n in (place - 1, place) if 0 <= n < len(ones) and abs(ones[n].ms - ms) <= APART_MS]
    return ones.pop(min(near, key=lambda n: abs(ones[n].ms - ms))) if near else None

"""drain.json: what is open, what was written after its stop, what the stocktake found; and its verdict.

Fail: something is open (a finding of the ledger once the date has come), was taken after its stop or of
somebody who was not booked, or is not accounted for in stock. Inconclusive: nothing of that, and not
everything could be read or counted. Nothing is fine that was not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from results.checks.drain.ranges import Difference
from results.checks.signature import problem_id

SCHEMA = 1
CHECK = "drain"
MOST = 1000  # rows that are kept of each kind


class Holder(NamedTuple):
    """Whose it is; "" where the target does not say."""

    name: str
    item: str = ""
    post: str = ""
    unit: str = ""
    owner: str = ""


class Late(NamedTuple):
    """Writes that a function took after its stop. last: the time of the latest, ISO 8601."""

    name: str
    stop: str
    writes: int
    last: str
    units: dict[str, int]
    example: Mapping[str, Any]


class Unbooked(NamedTuple):
    """A taxpayer who was served without being booked. first: ISO 8601."""

    name: str
    taxpayer: str
    called: str
    writes: int
    first: str


class Entered(NamedTuple):
    """Papers of a key that were not entered as they are. kind: not_entered, entered_twice, other_time,
    after_due."""

    name: str
    kind: str
    cases: int
    paper: dict[str, str]


def drain_document(
    name: str,
    at: str,
    until: str,
    due: bool,
    still_open: Mapping[Holder, int],
    late: Sequence[Late],
    stock: Mapping[str, Any] | None,
    problems: Sequence[str],
    looked_at: Sequence[str],
    unbooked: Sequence[Unbooked] = (),
    entered: Sequence[Entered] = (),
) -> dict[str, Any]:
    """at: when it was read; due: the date has come. looked_at: lists that were read in full."""
    rows = [{**holder._asdict(), "count": n} for holder, n in sorted(still_open.items()) if n]
    rows.sort(key=lambda row: (-row["count"], row["name"]))
    total = sum(still_open.values())
    faults = list(_open_faults(still_open, at)) if due else []
    faults += [_late_fault(one, at) for one in late]
    faults += [_unbooked_fault(name, list(ones), at) for name, ones in _by_name(unbooked)]
    faults += _entered_faults(entered, at)
    faults += stock_faults(stock["differences"], at) if stock else []
    told = [*problems, *(stock["problems"] if stock else ())]
    verdict = "fail" if total or faults else "inconclusive" if told else "pass"
    return {
        "schema": SCHEMA,
        "run_id": f"drain-{name}",
        "name": name,
        "at": at,
        "until": until,
        "due": due,
        "verdict": verdict,
        "total": total,
        "open": rows[:MOST],
        "late": [{**one._asdict(), "example": dict(one.example)} for one in late],
        "unbooked": [one._asdict() for one in unbooked[:MOST]],
        "paper": [one._asdict() for one in entered[:MOST]],
        "stock": _stock(stock),
        "looked_at": list(looked_at),
        "problems": told,
        "findings": sum(one["count"] for one in faults),
        "faults": faults,
    }


def _stock(stock: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if stock is None:
        return None
    rows = [one._asdict() | {"count": one.size} for one in stock["differences"][:MOST]]
    counts: Counter[str] = Counter()
    for one in stock["differences"]:
        counts[one.problem] += one.size
    return {"numbers": stock["numbers"], "counts": dict(counts), "differences": rows}


def _fault(kind: str, operation: str, field: str, count: int, at: str, **more: Any) -> dict[str, Any]:
    day = str(at)[:10]
    return {
        "id": problem_id(CHECK, operation, field, kind, ""),
        "check": CHECK, "domain": operation, "operation": operation, "field": field, "kind": kind, "pair": "",
        "count": count, "fen": 0, "units": {}, "first": day, "last": day, "example": {}, **more,
    }  # fmt: skip


def _open_faults(still_open: Mapping[Holder, int], at: str) -> Iterable[dict[str, Any]]:
    """One for each list and item, with its units."""
    groups: dict[tuple[str, str], Counter[str]] = {}
    for holder, count in still_open.items():
        if count:
            groups.setdefault((holder.name, holder.item), Counter())[holder.unit] += count
    for (name, item), units in sorted(groups.items()):
        yield _fault("open", name, item, units.total(), at, units=dict(units))


def _late_fault(one: Late, at: str) -> dict[str, Any]:
    more = {"units": one.units, "last": one.last[:10], "example": dict(one.example)}
    return _fault("after_stop", one.name, "", one.writes, at, **more)


def _entered_faults(found: Sequence[Entered], at: str) -> Iterable[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Entered]] = {}
    for one in found:
        groups.setdefault((one.name, one.kind), []).append(one)
    for (name, kind), ones in sorted(groups.items()):
        yield _fault(kind, name, "", sum(one.cases for one in ones), at, example=ones[0].paper)


def _by_name(found: Sequence[Unbooked]) -> Iterable[tuple[str, Iterable[Unbooked]]]:
    return groupby(sorted(found), key=lambda one: one.name)


def _unbooked_fault(name: str, ones: Sequence[Unbooked], at: str) -> dict[str, Any]:
    example = {"taxpayer": ones[0].taxpayer, "called": ones[0].called, "first": ones[0].first}
    return _fault("not_booked", name, "", len(ones), at, example=example)


def stock_faults(found: Sequence[Difference], at: str) -> list[dict[str, Any]]:
    """One for each kind and code of papers and each way in which numbers are not accounted for."""
    groups: dict[tuple[str, str, str], list[Difference]] = {}
    for one in found:
        groups.setdefault((one.kind, one.code, f"{one.problem} {one.where}".strip()), []).append(one)
    rows = []
    for (kind, code, problem), ones in sorted(groups.items()):
        first = ones[0]
        span = [f"{number:0{first.width}d}" for number in (first.first, first.last)]
        example = {"first": span[0], "last": span[1], "holder": first.holder}
        count = sum(one.size for one in ones)
        rows.append(_fault(problem, f"stock {kind}", code, count, at, example=example))
    return rows

"""Equations that must hold over what a target keeps: sums, ranges of numbers, records that must exist."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from results.checks.audit.changes import says_so
from results.checks.audit.model import Finding, Reading
from results.checks.audit.unproven import Wrote, unproven
from results.checks.values import SEPARATOR, fen, identity, series, text, yuan

SHOWN_BY = " "


@dataclass
class Equation:
    """One of `balances:`; checked and broken count its groups (or records). unchecked: why it was not.
    name_en: its name in English; "": as the other."""

    name: str
    checked: int = 0
    broken: int = 0
    unchecked: str = ""
    findings: list[Finding] = field(default_factory=list)
    name_en: str = ""

    def miss(self, operation: str, by: str, expected: str, found: str, record: Mapping[str, Any]) -> None:
        """One group for which it does not hold; `by` is what the group has in common."""
        self.broken += 1
        told = {**record, "by": by}
        self.findings.append(Finding(operation, "balance", self.name, expected, found, 0, {}, told))


def check(
    balances: Iterable[Mapping[str, Any]], readings: Mapping[str, Reading], wrote: Wrote | None = None
) -> list[Equation]:
    """Each equation over the readings by operation. What was not read whole proves nothing missing; nor does
    what came to none of the records that it is about. wrote: what the run did; None where there was none."""
    return [_check(balance, readings, wrote or Wrote()) for balance in balances]


def left_of(balance: Mapping[str, Any]) -> str:
    """The operation whose records it is about."""
    return str(next(iter(balance["sum"])) if balance.get("sum") else balance["each"])


def _check(balance: Mapping[str, Any], readings: Mapping[str, Reading], wrote: Wrote) -> Equation:
    found = Equation(balance["name"], name_en=balance.get("name_en") or "")
    left = left_of(balance)
    right = [*(balance.get("equals") or ()), *[balance[key] for key in ("has", "within") if balance.get(key)]]
    for name in (left, *right):
        reading = readings.get(name)
        if reading is None or reading.failed:
            found.unchecked = f"{name} was not read" + (f": {reading.failed}" if reading else "")
        elif name in right and not reading.whole:
            found.unchecked = f"{name} was read write by write, so what is not there may be elsewhere"
    if found.unchecked:
        return found
    found.unchecked = _lacking(balance, left, readings)
    if found.unchecked:
        return found
    where = balance.get("where") or {}
    rows = (one.values for one in readings[left].every() if says_so(one, where))
    if balance.get("sum"):
        _sums(found, balance, left, rows, readings)
    elif balance.get("once"):
        _once(found, balance, left, rows)
    elif balance.get("has"):
        _exists(found, balance, left, rows, readings)
    else:
        _in_ranges(found, balance, left, rows, readings)
    if not found.broken:
        found.unchecked = unproven(balance, left, readings[left], found.checked, wrote)
    return found


def _fields(balance: Mapping[str, Any], left: str) -> dict[str, list[str]]:
    """The fields that an equation goes by, for each operation that it reads."""
    amounts = {**(balance.get("sum") or {}), **(balance.get("equals") or {})}
    found = {name: [*balance["by"], amount] for name, amount in amounts.items()}
    if not amounts:
        number = [balance["number"]] if balance.get("within") else []
        found = {left: [*balance["by"], *number]}
        for other in [balance[key] for key in ("has", "within") if balance.get(key)]:
            found[other] = [*balance["by"], *(balance.get("range") or ())]
    found[left] = [*found[left], *(balance.get("where") or ())]
    return found


def _lacking(balance: Mapping[str, Any], left: str, readings: Mapping[str, Reading]) -> str:
    """A field that the equation goes by and no record has: nothing is added up, and all seems to hold."""
    for name, fields in _fields(balance, left).items():
        every = readings[name].every
        for lacked in fields if next(every(), None) is not None else ():
            may_be_empty = bool(balance.get("within") or balance.get("once")) and lacked in balance["by"]
            if may_be_empty and all(one.values.get(lacked) is not None for one in every()):
                continue  # digital invoices have no code: their numbers alone say whose range they are of
            if all(text(one.values.get(lacked)) == "" for one in every()):
                return f"what was read of {name} has no field {lacked}"
    return ""


def _sums(
    found: Equation,
    balance: Mapping[str, Any],
    left: str,
    rows: Iterable[Mapping[str, Any]],
    readings: Mapping[str, Reading],
) -> None:
    by = balance["by"]
    whole = _added(found, left, rows, by, balance["sum"][left])
    parts: dict[str, int] = defaultdict(int)
    for name, amount in balance["equals"].items():
        records = (one.values for one in readings[name].every())
        for key, value in _added(found, name, records, by, amount).items():
            parts[key] += value
    for key, value in whole.items():
        found.checked += 1
        if value != parts.get(key, 0):
            found.miss(left, _shown(key), yuan(value), yuan(parts.get(key, 0)), {})
    if readings[left].whole:
        known = {identity(one.values, by) for one in readings[left].every()}
        for key, value in parts.items():
            if key not in known and value:
                found.checked += 1
                found.miss(left, _shown(key), yuan(0), yuan(value), {})


def _added(
    found: Equation, name: str, rows: Iterable[Mapping[str, Any]], by: Sequence[str], amount: str
) -> dict[str, int]:
    """Fen by what the rows have in common; a row that cannot be added breaks the equation by itself."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        key, value = identity(row, by), fen(row.get(amount), type(row.get(amount)) is int)
        if key is None or value is None:
            found.checked += 1
            wanted = f"an amount as {amount}" if key is not None else f"{', '.join(by)} of a record"
            found.miss(name, _shown(key or ""), wanted, text(row.get(amount)) if key is not None else "", row)
        else:
            sums[key] += value
    return sums


def _exists(
    found: Equation,
    balance: Mapping[str, Any],
    left: str,
    rows: Iterable[Mapping[str, Any]],
    readings: Mapping[str, Reading],
) -> None:
    by = balance["by"]
    known = {identity(one.values, by) for one in readings[balance["has"]].every()}
    for row in rows:
        found.checked += 1
        key = identity(row, by)
        if key is None or key not in known:
            found.miss(left, _shown(key or ""), f"a record of {balance['has']}", "absent", row)


def _once(found: Equation, balance: Mapping[str, Any], left: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """No two records have all of `by` in common; a field that is empty in both is."""
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        found.checked += 1
        key = tuple(text(row.get(name)) for name in balance["by"])
        if key in seen:
            found.miss(left, SHOWN_BY.join(key), "one record", "another", row)
        seen.add(key)


def _in_ranges(
    found: Equation,
    balance: Mapping[str, Any],
    left: str,
    rows: Iterable[Mapping[str, Any]],
    readings: Mapping[str, Reading],
) -> None:
    """Numbers are compared as numbers where both are digits of one length, which is how they are printed."""
    by, (first, last) = balance["by"], balance["range"]
    ranges: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for one in readings[balance["within"]].every():
        key, ends = series(one.values, by), (text(one.values.get(first)), text(one.values.get(last)))
        if key is not None and len(ends[0]) == len(ends[1]):
            ranges[key, len(ends[0])].append(ends)
    stretches = {kind: _stretches(held) for kind, held in ranges.items()}
    for row in rows:
        found.checked += 1
        key, number = series(row, by), text(row.get(balance["number"]))
        held = stretches.get((key, len(number)), []) if key is not None and number else []
        place = bisect_right(held, (number, "\uffff")) - 1
        if place < 0 or number > held[place][1]:
            found.miss(left, _shown(key or ""), "in a range", number or "no number", row)


def _stretches(ranges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """In order, those that lie over each other as one: which of them begins last says nothing of a number."""
    found: list[tuple[str, str]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        elif first <= last:
            found.append((first, last))
    return found


def _shown(key: str) -> str:
    return key.replace(SEPARATOR, SHOWN_BY)

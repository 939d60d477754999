"""Equations that must hold over what a target keeps: sums, ranges of numbers, records that must exist."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from results.checks.audit import Finding, Reading
from results.checks.values import fen, identity, text, yuan

SHOWN_BY = " "


@dataclass
class Equation:
    """One of `balances:`; checked and broken count its groups (or records). unchecked: why it was not."""

    name: str
    checked: int = 0
    broken: int = 0
    unchecked: str = ""
    findings: list[Finding] = field(default_factory=list)

    def miss(self, operation: str, by: str, expected: str, found: str, record: Mapping[str, Any]) -> None:
        """One group for which it does not hold; `by` is what the group has in common."""
        self.broken += 1
        told = {**record, "by": by}
        self.findings.append(Finding(operation, "balance", self.name, expected, found, 0, {}, told))


def check(balances: Iterable[Mapping[str, Any]], readings: Mapping[str, Reading]) -> list[Equation]:
    """Each equation over the readings by operation. What was not read whole proves nothing missing."""
    return [_check(balance, readings) for balance in balances]


def _check(balance: Mapping[str, Any], readings: Mapping[str, Reading]) -> Equation:
    found = Equation(balance["name"])
    left = next(iter(balance["sum"])) if balance.get("sum") else balance["each"]
    right = [*(balance.get("equals") or ()), *[balance[key] for key in ("has", "within") if balance.get(key)]]
    for name in (left, *right):
        reading = readings.get(name)
        if reading is None or reading.failed:
            found.unchecked = f"{name} was not read" + (f": {reading.failed}" if reading else "")
        elif name in right and not reading.whole:
            found.unchecked = f"{name} was read write by write, so what is not there may be elsewhere"
    if found.unchecked:
        return found
    where = balance.get("where") or {}
    rows = [one.values for one in readings[left].records if _is(one.values, where)]
    if balance.get("sum"):
        _sums(found, balance, left, rows, readings)
    elif balance.get("has"):
        _exists(found, balance, left, rows, readings)
    else:
        _in_ranges(found, balance, left, rows, readings)
    return found


def _is(values: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(text(values.get(name)) == text(wanted) for name, wanted in where.items())


def _sums(
    found: Equation,
    balance: Mapping[str, Any],
    left: str,
    rows: Sequence[Mapping[str, Any]],
    readings: Mapping[str, Reading],
) -> None:
    by = balance["by"]
    whole = _added(rows, by, balance["sum"][left])
    parts: dict[str, int] = defaultdict(int)
    for name, amount in balance["equals"].items():
        records = (one.values for one in readings[name].records)
        for key, value in _added(records, by, amount).items():
            parts[key] += value
    for key, value in whole.items():
        found.checked += 1
        if value != parts.get(key, 0):
            found.miss(left, _shown(key), yuan(value), yuan(parts.get(key, 0)), {})


def _added(rows: Iterable[Mapping[str, Any]], by: Sequence[str], amount: str) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        key = identity(row, by)
        if key is not None:
            sums[key] += fen(row.get(amount), type(row.get(amount)) is int) or 0
    return sums


def _exists(
    found: Equation,
    balance: Mapping[str, Any],
    left: str,
    rows: Sequence[Mapping[str, Any]],
    readings: Mapping[str, Reading],
) -> None:
    by = balance["by"]
    known = {identity(one.values, by) for one in readings[balance["has"]].records}
    for row in rows:
        found.checked += 1
        key = identity(row, by)
        if key is None or key not in known:
            found.miss(left, _shown(key or ""), f"a record of {balance['has']}", "absent", row)


def _in_ranges(
    found: Equation,
    balance: Mapping[str, Any],
    left: str,
    rows: Sequence[Mapping[str, Any]],
    readings: Mapping[str, Reading],
) -> None:
    """Numbers are compared as numbers where both are digits of one length, which is how they are printed."""
    by, (first, last) = balance["by"], balance["range"]
    ranges: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in readings[balance["within"]].records:
        key = identity(one.values, by)
        if key is not None:
            ranges[key].append((text(one.values.get(first)), text(one.values.get(last))))
    for held in ranges.values():
        held.sort()
    for row in rows:
        found.checked += 1
        key, number = identity(row, by), text(row.get(balance["number"]))
        held = ranges.get(key or "", [])
        place = bisect_right(held, (number, "\uffff")) - 1
        inside = place >= 0 and held[place][0] <= number <= held[place][1]
        if not (inside and len(number) == len(held[place][0])):
            found.miss(left, _shown(key or ""), "in a range", number or "no number", row)


def _shown(key: str) -> str:
    return key.replace("\x1f", SHOWN_BY)

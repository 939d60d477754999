"""Findings that are one problem, told once: how often, over which days and units, how much money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from results.checks.audit.balances import Equation
from results.checks.audit.model import AuditResult, Finding, Reading
from results.checks.signature import normalised, problem_id
from results.checks.values import identity, text

CHECK = "audit"
MOST_FAULTS = 10_000
MOST_UNITS = 500


class Units:
    """Which unit a taxpayer belongs to, by the rules of `audit:` that name a `unit`, and what was read."""

    def __init__(
        self,
        rules: Mapping[str, Mapping[str, Any]] | None = None,
        readings: Mapping[str, Reading] | None = None,
    ) -> None:
        self._readings = readings or {}
        self._rules = {name: rule for name, rule in (rules or {}).items() if rule.get("unit")}
        self._told: dict[str, dict[str, str]] = {}

    def _told_by(self, name: str) -> dict[str, str]:
        """The unit by what an operation's record is known by; read once, and only where it is asked for."""
        if name not in self._told:
            rule = self._rules[name]
            self._told[name] = {
                key: text(one.values.get(rule["unit"]))
                for one in (self._readings[name].every() if name in self._readings else ())
                if (key := identity(one.values, _known_by(rule))) is not None
            }
        return self._told[name]

    def of(self, one: Finding) -> str:
        """The unit's code; an empty text where nothing says it."""
        return self.of_values({**one.record, **one.write})

    def of_values(self, values: Mapping[str, Any]) -> str:
        """As above, by what is known of a write or of a record."""
        for name, rule in self._rules.items():
            own = text(values.get(rule["unit"]))
            found = own or self._told_by(name).get(identity(values, _known_by(rule)) or "", "")
            if found:
                return found
        return ""

    def all_of(self, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """Those of many, in order; none where no rule names a unit, and no row is looked at."""
        return sorted({self.of_values(values) for values in rows}) if self._rules else []


def _known_by(rule: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(rule.get("by") or rule.get("key") or ())


def faults(
    accounts: Sequence[AuditResult], equations: Sequence[Equation], units: Units | None = None
) -> list[dict[str, Any]]:
    """The problems, those that were found most often first. fen: by how much more is held; first, last: days
    (UTC) of the writes, empty where the target gives no time; field_en: of an equation, its English name."""
    own = {one.operation: one.identifying for one in accounts}
    known: dict[str, dict[str, Any]] = {}
    units = units or Units()
    found = [one for account in accounts for one in account.findings]
    for one in [*found, *(one for equation in equations for one in equation.findings)]:
        _add(known, one, one.field in own.get(one.operation, ()), units.of(one))
    english = {one.name: one.name_en for one in equations if one.name_en}
    for fault in known.values():
        if fault["kind"] == "balance" and fault["field"] in english:
            fault["field_en"] = english[fault["field"]]
    ranked = sorted(known.values(), key=lambda fault: (-fault["count"], fault["id"]))
    for fault in ranked:
        fault["units"] = dict(Counter(fault["units"]).most_common(MOST_UNITS))
    return ranked


def _add(known: dict[str, dict[str, Any]], one: Finding, own: bool, unit: str) -> None:
    pair = normalised(one.expected, one.found, own)
    number = problem_id(CHECK, one.operation, one.field, one.kind, pair)
    fault = known.get(number)
    if fault is None:
        fault = known[number] = {
            "id": number, "check": CHECK, "domain": one.operation.partition(".")[0],
            "operation": one.operation, "field": one.field, "kind": one.kind, "pair": pair,
            "count": 0, "fen": 0, "units": {}, "first": "", "last": "",
            "example": {"expected": one.expected, "found": one.found,
                        "write": dict(one.write), "record": dict(one.record)},
        }  # fmt: skip
    fault["count"] += 1
    fault["fen"] += one.fen
    fault["units"][unit] = fault["units"].get(unit, 0) + 1
    if one.at_ms:
        day = datetime.fromtimestamp(one.at_ms / 1000, UTC).date().isoformat()
        fault["first"] = min(filter(None, (fault["first"], day)))
        fault["last"] = max(fault["last"], day)


def unexplained(accounts: Sequence[AuditResult]) -> list[str]:
    """Operations whose sums differ by another amount than their findings say: one of both is wrong."""
    told = []
    for account in accounts:
        differ = sum(row[3] - row[1] for row in account.sums.values())
        explained = sum(one.fen for one in account.findings)
        if differ != explained:
            why = f"its sums differ by {differ} fen, its findings by {explained}"
            told.append(f"{account.operation}: {why}")
    return told

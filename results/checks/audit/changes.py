"""Records that say what only a change makes them say, and that nobody asked to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from results.checks.audit.intents import Write
from results.checks.audit.model import AuditResult, Finding, Reading, Record
from results.checks.values import identity, text


def says_so(record: Record, expect: Mapping[str, Any]) -> bool:
    return all(text(record.values.get(name)) == text(wanted) for name, wanted in expect.items())


def find_unasked(
    account: AuditResult,
    rule: Mapping[str, Any],
    asked: Iterable[Write],
    written: Iterable[Write],
    reading: Reading,
) -> None:
    """Adds what is unexpected to the account of a change. rule: of the change, which has `alone`; asked: all
    that may have changed a record; written: what the run wrote; reading: of the records that are changed.

    A refused change was not asked for. Where one of those that were does not say of what record, nothing is
    found: which one it was is not known, and it is unverified itself.
    """  # fmt: skip
    by = rule["by"]
    changed = [identity(write.values, by) for write in asked if write.fate != "fail"]
    if None in changed or reading.failed:
        return
    own = None if reading.fresh else {identity(one.values, by) for one in written if one.fate == "ok"}
    known = set(changed)
    for record in reading.records:
        serial = identity(record.values, by)
        if serial is None or serial in known or not (own is None or serial in own):
            continue
        if says_so(record, rule["expect"]):
            known.add(serial)
            account.counts["unexpected"] += 1
            account.findings.append(_finding(account.operation, rule["expect"], record))


def changing(rules: Mapping[str, Mapping[str, Any]], name: str) -> Iterator[str]:
    """Operations after which a record says the same as after this one."""
    rule = rules[name]
    for other, its in rules.items():
        if (its.get("changes"), its.get("expect")) == (rule["changes"], rule["expect"]):
            yield other


def alone(rules: Mapping[str, Mapping[str, Any]], origin: str) -> Sequence[Mapping[str, Any]]:
    """What records of an operation say after changes alone."""
    return [one["expect"] for one in rules.values() if one.get("changes") == origin and one.get("alone")]


def _finding(operation: str, expect: Mapping[str, Any], record: Record) -> Finding:
    name, wanted = next(iter(expect.items()))
    return Finding(operation, "unexpected", name, "", text(wanted), record.at_ms or 0, {}, record.values)

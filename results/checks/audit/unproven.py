"""Equations that came to no record that they are about, though the run wrote some: nothing is proven then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from results.checks.audit.changes import says_so
from results.checks.audit.intents import Write
from results.checks.audit.model import Reading, Record
from results.checks.values import identity, text


@dataclass(frozen=True)
class Wrote:
    """What a run wrote. rules: `audit:` of the target file; writes: by operation, but those that were settled
    before; acknowledged: how many of each operation were, settled ones too."""

    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    writes: Mapping[str, Sequence[Write]] = field(default_factory=dict)
    acknowledged: Mapping[str, int] = field(default_factory=dict)


class _Change(NamedTuple):
    """After which a record is none of those that are asked for. serials: of what the run asked to change."""

    by: tuple[str, ...]
    expect: Mapping[str, Any]
    serials: frozenset[str]

    def made(self, record: Record) -> bool:
        return identity(record.values, self.by) in self.serials and says_so(record, self.expect)


def unproven(balance: Mapping[str, Any], left: str, reading: Reading, checked: int, wrote: Wrote) -> str:
    """Why an equation proves nothing of the run; "" where it does, or where the run wrote nothing that it
    could be about. left, reading: its left side; checked: how many groups or records it was held to.

    What it could be about: what the operations under `made_by` wrote, else the left side's own and those that
    are read from the same list. Where nothing names one, a record that is there may be of anything written,
    and a list without a record proves nothing, unless made_by is [].
    """
    empty = next(reading.every(), None) is None
    makers = _makers(balance, left, wrote.rules)
    if makers is None and empty and any(wrote.acknowledged.values()):
        return f"no record of {left} was read, and nothing says what makes them; made_by: says it, or []"
    makers = makers or ([] if empty else [*wrote.acknowledged])
    source = next((name for name in makers if wrote.acknowledged.get(name)), "")
    if not source:
        return ""
    if empty:
        return f"no record of {left} was read, and {source} was acknowledged; made_by: says what makes them"
    where = balance.get("where") or {}
    if not where:
        return ""
    told = ", ".join(f"{name}: {text(wanted)}" for name, wanted in where.items())
    changes = list(_against(left, where, wrote))
    if not checked:
        gone = all(any(one.made(record) for one in changes) for record in reading.every())
        return "" if gone else f"no record of {left} says {told}; made_by: says what makes such records"
    if _own_are_left_out(left, reading, where, changes, wrote):
        return f"no record of {left} that the run wrote says {told}"
    return ""


def _makers(
    balance: Mapping[str, Any], left: str, rules: Mapping[str, Mapping[str, Any]]
) -> list[str] | None:
    """Operations whose records the left side has; None where nothing says so."""
    if balance.get("made_by") is not None:
        return list(balance["made_by"])
    rule = rules.get(left) or {}
    found = [] if rule.get("reads_only") else [left]
    for name, its in rules.items():
        if name == left or not rule.get("list") or its.get("list") != rule["list"]:
            continue
        sent, asked = its.get("send") or {}, rule.get("send") or {}
        if not its.get("reads_only") and all(sent[key] == asked[key] for key in sent.keys() & asked.keys()):
            found.append(name)
    return found or None


def _against(left: str, where: Mapping[str, Any], wrote: Wrote) -> Iterator[_Change]:
    for name, rule in wrote.rules.items():
        expect = rule.get("expect") or {}
        another = any(key in expect and text(expect[key]) != text(value) for key, value in where.items())
        if rule.get("changes") == left and another:
            by = tuple(rule["by"])
            asked = (identity(one.values, by) for one in wrote.writes.get(name, ()) if one.fate != "fail")
            yield _Change(by, expect, frozenset(one for one in asked if one is not None))


def _own_are_left_out(
    left: str, reading: Reading, where: Mapping[str, Any], changes: Iterable[_Change], wrote: Wrote
) -> bool:
    """Whether all that was checked is of others: of before the run, say."""
    by = tuple((wrote.rules.get(left) or {}).get("by") or ())
    own = {identity(one.values, by) for one in wrote.writes.get(left, ()) if one.fate == "ok"} - {None}
    if not own or reading.settled.count:
        return False
    mine = [one for one in reading.every() if identity(one.values, by) in own]
    return bool(mine) and not any(says_so(one, where) or any(c.made(one) for c in changes) for one in mine)

"""The audit of one run: its intents, what the target holds now, and the account of both."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renhai.checks.audit.export import read_export, shown
from renhai.checks.audit.matching import matched
from renhai.checks.audit.reading import Asks, read_each, read_list
from renhai.checks.audit.rows import many_records, now
from renhai.checks.audit.unfinished import check_written, given_up
from renhai.checks.cleanup import Place, place_of, plan_of, taken_back
from renhai.core.errors import Problem, UsageError, choice
from renhai.core.process.child_process import child_environment
from renhai.safety import addresses as target_addresses
from renhai.safety import permit
from results.checks.audit.balances import check, left_of
from results.checks.audit.changes import changing, find_unasked, says_so
from results.checks.audit.classes import Audit, never_read, spread
from results.checks.audit.document import document
from results.checks.audit.faults import Units
from results.checks.audit.intents import Intents, Write, has_end, intent_files, lines_told, read_intents
from results.checks.audit.model import AuditResult, Reading
from results.checks.audit.seeing import Others
from results.checks.audit.unproven import Wrote
from results.checks.values import identity

if TYPE_CHECKING:
    from renhai.checks.audit.client import AuditClient

WAITS_S = (0.5, 1.5, 3.0)  # before what is not there is looked for again: the patience of an audit

Note = Callable[[str], object]


@dataclass
class Sources:
    """What the records come from. exports: file or URL#table by operation; target: another target file;
    receipts: files of workers, given by hand."""

    exports: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    receipts: Sequence[Path] = ()

    @property
    def told(self) -> str:
        return ", ".join(shown(source) for source in self.exports.values()) or "target"


def audit_run(run: Path, sources: Sources, note: Note = lambda text: None) -> dict[str, Any]:
    """audit.json of a run, as a document (results.checks.audit.document). Raises UsageError, InvalidRun."""
    begun = time.monotonic()
    place, plan = place_of(run, sources.target), plan_of(run)
    empty, run_id, workers = of_run(run)
    workers = max(workers, int(plan.get("processes") or 1))  # a run that was killed tells of none
    files = intent_files(run, sources.receipts)
    if not files:
        what = "has no receipts: it wrote nothing, or its target file has no `receipt:` at its operations"
        raise UsageError(Problem(str(run), "", what))
    lines = {path: lines_told(path) for path, _ in files if not has_end(path)}
    rules = with_amounts(place.plain.get("audit") or {}, place.plain.get("balances") or ())
    _check_exports(sources, rules)
    _check_amounts(place, rules, plan)
    fields = named_fields(rules, place.plain.get("balances") or ())
    with matched(files, (run_id, workers), rules, sources.exports, fields, empty) as settled:
        intents = settled.intents if settled else read_intents(files, run_id, workers)
        work = Gathering(rules, intents, sources, lambda: _client(place), fresh=empty)
        work.taken_back = taken_back(run, place.undo)
        work.fields = fields
        work.readings |= settled.readings if settled else {}
        possible = work.possible
        accounts = work.accounts(note) if possible else []
        counted = {one.operation: one.acknowledged for one in accounts}
        wrote = Wrote(rules, intents.writes, counted)
        equations = check(place.plain.get("balances") or (), work.readings, wrote) if possible else []
        holes = [str(hole) for hole in [*intents.holes, *given_up(run)]]
        check_written(run, lines)
        seconds = time.monotonic() - begun
        units = Units(rules, work.readings)
        looked_in = _units_of(rules, place.plain.get("balances") or (), intents, work.readings, units)
        about = run_id, accounts, equations, holes, now(), seconds, sources.told, possible, units
        return document(*about, looked_in)


def _units_of(
    rules: Mapping[str, Mapping[str, Any]],
    balances: Sequence[Mapping[str, Any]],
    intents: Intents,
    readings: Mapping[str, Reading],
    units: Units,
) -> dict[str, list[str]]:
    """By operation the units that its writes were of, by equation those of its left side's records."""
    found = {}
    for name, writes in intents.writes.items():
        rule = rules.get(name) or {}
        reading = readings.get(rule.get("changes") or name) or Reading()
        own = [one.values for one in writes if one.fate != "fail"]
        settled = (one.values for one in (reading.every() if reading.settled.operation == name else ()))
        found[name] = units.all_of(chain(own, settled))
        if "" in found[name]:  # what was written does not say it; its record may
            by = rule.get("by") or ()
            held = {identity(one.values, by): one.values for one in reading.records} | {None: {}}
            both = ({**held.get(identity(one, by), {}), **one} for one in own)
            found[name] = sorted({*found[name]} - {""} | {*units.all_of(both)})
    for balance in balances:
        left, where = left_of(balance), balance.get("where") or {}
        rows = (one.values for one in readings.get(left, Reading()).every() if says_so(one, where))
        found[balance["name"]] = units.all_of(rows)
    return found


def of_run(run: Path) -> tuple[bool, str, int]:
    """Whether the target began empty, the run's id, and how many load processes there were.

    One that was started for the run did, unless it was told of taxpayers. Raises UsageError.
    """
    known: dict[str, Any] = {}
    for name in ("measured.json", "manifest.json"):
        try:
            known |= dict(json.loads((run / name).read_text(encoding="utf-8")))
        except (OSError, TypeError, ValueError, RecursionError):
            continue
    try:
        generator = known.get("generator") or {}
        workers = int(generator.get("processes") or 1) + int(generator.get("workers_late") or 0)
        target = known.get("target") or {}
        empty = bool(target.get("embedded")) and not target.get("told_of")
    except (AttributeError, TypeError, ValueError) as error:
        why = f"is damaged, in measured.json or manifest.json ({error}); take them from a copy"
        raise UsageError(Problem(str(run), "", why)) from None
    return empty, str(known.get("run_id") or run.name), workers


def with_amounts(
    rules: Mapping[str, Mapping[str, Any]], balances: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The rules with what equations add up, which is read as amounts too: 5 is 5 yuan as 5.0 is."""
    found: dict[str, Any] = {name: dict(rule) for name, rule in rules.items()}
    for balance in balances:
        for name, amount in {**(balance.get("sum") or {}), **(balance.get("equals") or {})}.items():
            if name in found:
                found[name]["added"] = [*found[name].get("added", ()), amount]
    return found


def named_fields(
    rules: Mapping[str, Mapping[str, Any]], balances: Sequence[Mapping[str, Any]]
) -> frozenset[str]:
    """Every field that a rule or an equation goes by."""
    found: set[str] = set()
    for rule in rules.values():
        for key in ("by", "key", "compare", "amounts", "added", "expect"):
            found |= set(rule.get(key) or ())
        found |= {rule[key] for key in ("tax", "since", "unit") if rule.get(key)}
    for balance in balances:
        for key in ("by", "where", "range"):
            found |= set(balance.get(key) or ())
        for key in ("sum", "equals"):
            found |= set((balance.get(key) or {}).values())
        found |= {balance["number"]} if balance.get("number") else set()
    return frozenset(found)


def _check_exports(sources: Sources, rules: Mapping[str, Any]) -> None:
    for operation in sources.exports:
        if operation not in rules:
            why = f"is not under audit: of the target file{choice(operation, rules)}"
            raise UsageError(Problem("--export", operation, why))
        if rules[operation].get("ignored") is not None:
            why = f"is ignored by the target file: {rules[operation]['ignored']}"
            raise UsageError(Problem("--export", operation, why))


def _check_amounts(place: Place, rules: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """What a run kept in fen is held against fen, and what it kept as it came is not. Raises UsageError."""
    for operation, kept in ((plan.get("binding") or {}).get("operations") or {}).items():
        rule, fen = rules.get(operation) or {}, kept.get("fen") or ()
        for name in kept.get("receipt") or ():
            if name not in {*(rule.get("compare") or ()), *(rule.get("amounts") or ())}:
                continue
            if (name in fen) is not (name in (rule.get("amounts") or ())):
                why = f"names {name} an amount, which the run did not; audit it by the file it ran with"
                if name in fen:
                    why = f"compares {name}, an amount to the run; audit it by the file it ran with"
                raise UsageError(Problem(place.shown, f"audit.{operation}", why))


def _client(place: Place) -> AuditClient:
    """Who asks the target, where the guard allows it. Raises UsageError."""
    from renhai.checks.audit.client import AuditClient  # an export is judged without asking

    permit.check_environment(place.binding, place.shown)
    addresses = target_addresses.resolve(place.url, place.binding, place.shown)
    environ = child_environment()
    return AuditClient(place.plain, place.url, addresses[0], environ, place.binding.ceiling.rate)


class Gathering:
    """Readings by operation, and the accounts over them."""

    def __init__(
        self,
        rules: Mapping[str, Any],
        intents: Intents,
        sources: Sources,
        client: Callable[[], Asks],
        fresh: bool,
        waits_s: Sequence[float] = WAITS_S,
    ) -> None:
        self._rules, self._intents, self._sources, self._fresh = rules, intents, sources, fresh
        self._make_client, self._waits_s = client, waits_s
        self._asker: Asks | None = None
        self.readings: dict[str, Reading] = {}
        self.fields: frozenset[str] | None = None  # that an export is read for; None: every column
        self._span = intents.began_ms, intents.ended_ms
        self.taken_back: Mapping[str, Sequence[Mapping[str, Any]]] = {}  # values of writes, by operation

    @property
    def possible(self) -> bool:
        """Whether anything that was written can be read back at all."""
        return not self._intents.writes or any(self._is_read(name) for name in self._intents.writes)

    def accounts(self, note: Note) -> list[AuditResult]:
        """Of every operation that wrote, in their order; late records are waited for."""
        found = {name: self._account(name, 0, note) for name in self._intents.writes}
        for turn, seconds in enumerate(self._waits_s, 1):
            left = [name for name, account in found.items() if account.left and self._is_asked(name)]
            if not left:
                break
            note(f"not there yet: {', '.join(left)}; looking again in {seconds:g} s")
            time.sleep(seconds)
            for name in left:
                found[name] = self._account(name, turn, note, found[name].left)
        for name in self._rules:
            if (account := self._unasked(name, found.get(name))) is not None:
                found[name] = account
        for name, rule in self._rules.items():
            if name not in self.readings and (rule.get("list") or name in self._sources.exports):
                self._read(name, (), 0)
        return list(found.values())

    def _origin(self, name: str) -> str:
        """Whose records an operation's writes are found among."""
        rule = self._rules.get(name) or {}
        own = rule.get("read") or rule.get("list") or name in self._sources.exports
        return name if own or not rule.get("changes") else str(rule["changes"])

    def _is_read(self, name: str) -> bool:
        rule = self._rules.get(self._origin(name)) or {}
        ignored = (self._rules.get(name) or {}).get("ignored") is not None
        asked = rule.get("read") or rule.get("list") or self._origin(name) in self._sources.exports
        return bool(asked) and not ignored and name in self._rules

    def _is_asked(self, name: str) -> bool:
        return self._origin(name) not in self._sources.exports

    def _account(self, name: str, turn: int, note: Note, left: Sequence[Write] = ()) -> AuditResult:
        writes, rule = self._intents.writes[name], self._rules.get(name) or {}
        if not self._is_read(name):
            return never_read(name, writes, rule.get("ignored") or "")
        origin = self._origin(name)
        asked = self._rules[origin].get("read") and origin not in self._sources.exports
        if turn or origin not in self.readings or asked:
            note(f"reading back {origin}")
            rows = left if turn else spread(writes, rule.get("each"), rule.get("amounts") or ())
            self._read(origin, rows, turn)
        self._mark_taken_back(name, writes, self.readings[origin])
        judged = {**rule, "key": rule.get("key") if origin == name else []}
        with many_records():
            return Audit(name, judged, *self._span, self._others(name)).judge(writes, self.readings[origin])

    def _others(self, name: str) -> Others:
        """What other operations wrote into the list or export that this one is read from."""
        rule, found = self._rules[name], Others()
        for other, writes in self._intents.writes.items():
            its = self._rules.get(other) or {}
            if other == name or its.get("by") != rule.get("by") or self._source(other) != self._source(name):
                continue
            for write in spread(writes, its.get("each")):
                if write.fate == "ok":
                    found.serials.add(identity(write.values, its["by"]))
                elif write.fate == "info":
                    found.keys.add(identity(write.values, rule.get("key") or ()))
        found.serials.discard(None)
        return found

    def _source(self, name: str) -> tuple[Any, ...]:
        rule = self._rules.get(name) or {}
        if name in self._sources.exports:
            return (self._sources.exports[name],)
        if rule.get("changes") or rule.get("ignored") is not None:
            return (name,)
        return rule.get("list"), rule.get("read"), json.dumps(rule.get("send") or {}, default=str)

    def _mark_taken_back(self, name: str, writes: Sequence[Write], reading: Reading) -> None:
        """That a write is gone which `renhai cleanup` took back since says nothing."""
        rule = self._rules[name]
        for names in filter(None, (rule.get("by"), rule.get("key"))):
            gone = {identity(one, names) for one in self.taken_back.get(name, ())} - {None}
            for write in spread(writes, rule.get("each")) if gone else ():
                if identity(write.values, names) in gone:
                    reading.unread.setdefault(write.number, "renhai cleanup took it back")

    def _unasked(self, name: str, account: AuditResult | None) -> AuditResult | None:
        """The account of a change with the records that nobody asked to change; None where there is none."""
        rule, origin = self._rules[name], self._origin(name)
        if not rule.get("alone") or origin == name or origin not in self.readings:
            return account
        asked = [write for one in changing(self._rules, name) for write in self._intents.writes.get(one, ())]
        own = [Write((-1, 0, 0), name, "ok", 0, 0, dict(one)) for one in self.taken_back.get(origin, ())]
        found = account or AuditResult(name, identifying=tuple(rule["by"]))
        written = self._intents.writes.get(origin, ())
        find_unasked(found, rule, [*asked, *own], written, self.readings[origin])
        return found if account or found.findings else None

    def _read(self, name: str, writes: Sequence[Write], turn: int) -> None:
        rule = self._rules[name]
        if name in self._sources.exports:
            self.readings[name] = read_export(self._sources.exports[name], rule, self._fresh, self.fields)
            return
        if self._asker is None:
            self._asker = self._make_client()
        if rule.get("list"):
            fresh = read_list(self._asker, rule, turn, self._fresh)
            self.readings[name] = _as_seen(self.readings.get(name), fresh, rule)
        else:
            again = read_each(self._asker, rule, writes, turn, self._fresh)
            self.readings[name] = _joined(self.readings.get(name), again, writes, rule)


def _identity(values: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    names = [*(rule.get("by") or ()), *(rule.get("key") or ())]
    return identity(values, names) or json.dumps(dict(values), default=str, sort_keys=True)


def _as_seen(before: Reading | None, after: Reading, rule: Mapping[str, Any]) -> Reading:
    """The later reading, whose records keep when they were first seen."""
    if before is None or after.failed:
        return after if before is None or not before.failed else before
    known: dict[str, list[int]] = {}
    for one in before.records:
        known.setdefault(_identity(one.values, rule), []).append(one.seen)
    for place, one in enumerate(after.records):
        seen = known.get(_identity(one.values, rule))
        if seen:
            after.records[place] = one._replace(seen=seen.pop())
    return after


def _joined(
    before: Reading | None, after: Reading, writes: Sequence[Write], rule: Mapping[str, Any]
) -> Reading:
    """Both readings; what the later one shows stands for what the earlier one showed of it."""
    if before is None or before.failed:
        return before or after
    after = _as_seen(before, after, rule)
    shown_again = Counter(_identity(one.values, rule) for one in after.records)
    kept = [one for one in before.records if not shown_again[_identity(one.values, rule)]]
    asked = {write.number for write in writes}
    unread = {number: why for number, why in before.unread.items() if number not in asked}
    doubts = {**after.doubts, **before.doubts}
    return Reading(
        [*kept, *after.records], False, {**unread, **after.unread}, "", before.fresh, doubts=doubts
    )

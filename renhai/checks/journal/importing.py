"""`renhai journal import`: records of another tool become a journal, by a mapping."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from renhai.checks.audit.rows import at as found_at
from renhai.checks.journal.sources import Record, records
from renhai.core.errors import Problem, UsageError, choice
from renhai.core.private_files import owner_only
from renhai.core.validation import validate
from renhai.core.yaml_lines import Where, YamlFile, load_yaml, spell
from renhai.spec.cutover.journal.entry import Entry, JournalWriter
from renhai.spec.cutover.journal.mapping import Mapping, Match


def import_journal(source: Path, mapping_file: Path, out: Path) -> tuple[int, Counter[str]]:
    """How many transactions were written, and what was left out, by path or when. Raises UsageError."""
    file = load_yaml(mapping_file)
    mapping = validate(Mapping, file)
    left: Counter[str] = Counter()
    taken = []
    for record in records(source, mapping):
        match = next((one for one in mapping.operations if _fits(record, one)), None)
        if match is not None:
            taken.append((record, match))
        elif mapping.others == "leave" or record.static:
            left[record.path or "row"] += 1
        else:
            why = f"{record.method} {record.path}".strip() or "the row"
            raise UsageError(
                Problem(
                    record.where, "", f"{why} is none of the mapping's operations; add it, or others: leave"
                )
            )
    if not taken:
        raise UsageError(f"{source} has no record that the operations of {mapping_file} fit")
    if wrong := list(_nowhere(taken, mapping, file)):
        raise UsageError(wrong)
    _oldest_first(taken)
    day = taken[0][0].at.astimezone(mapping.tz).date().isoformat()
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb", opener=owner_only) as sink:
            writer = JournalWriter(sink, source.name, day)
            for number, (record, match) in enumerate(taken, 1):
                writer.write(_entry(number, record, match, mapping))
            writer.end()
        partial.replace(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return len(taken), left


def _oldest_first(taken: list[tuple[Record, Match]]) -> None:
    """Those of one moment stay in the source's order; of a list of the newest first in the contrary one."""
    times = [record.at for record, _ in taken]
    if times[0] > times[-1] and all(one >= other for one, other in pairwise(times)):
        taken.reverse()
    taken.sort(key=lambda pair: pair[0].at)


def _nowhere(taken: Sequence[tuple[Record, Match]], mapping: Mapping, file: YamlFile) -> Iterator[Problem]:
    """Names that none of an operation's records has: misspelt ones, without which each would be sent."""
    there: dict[int, set[str]] = {}
    for record, match in taken:
        if not record.lost:
            there.setdefault(id(match), set()).update(_fields(record, mapping))
    wanted: list[tuple[Where, str, set[str]]] = [
        (("operations", number, "fields", ours), theirs, there[id(match)])
        for number, match in enumerate(mapping.operations)
        if id(match) in there
        for ours, theirs in (match.fields or {}).items()
    ]
    every = set[str]().union(*there.values())
    named = {"unit": mapping.unit, "operator": mapping.operator}
    wanted += [((at,), name, every) for at, name in named.items() if name and there]
    for at, name, known in wanted:
        if name not in known:
            why = f"is {name}, which none of its records has{choice(name, known)}"
            yield Problem(file.where(at), spell(at), why)


def _fits(record: Record, match: Match) -> bool:
    if match.method is not None and record.method != match.method.upper():
        return False
    if match.path is not None and not fnmatchcase(record.path, match.path):
        return False
    return all(fnmatchcase(str(record.fields.get(name, "")), glob) for name, glob in match.when.items())


def _entry(number: int, record: Record, match: Match, mapping: Mapping) -> Entry:
    if record.cut:
        raise UsageError(_lacks(record))
    fields = _fields(record, mapping)
    sent = fields
    if match.fields is not None:
        sent = {ours: fields[theirs] for ours, theirs in match.fields.items() if theirs in fields}
    elif mapping.source == "csv":
        sent = {name: value for name, value in fields.items() if name not in _about(mapping)}
    if record.lost and (match.fields is None or len(sent) < len(match.fields)):
        raise UsageError(_lacks(record))
    taxpayer = fields.get(mapping.taxpayer) or record.own.get(mapping.taxpayer)
    if not taxpayer or isinstance(taxpayer, list | dict):
        why = (
            "is several values: whose transaction is it?"
            if taxpayer
            else "is empty: whose transaction is it?"
        )
        raise UsageError(Problem(record.where, mapping.taxpayer, why))
    outcome, code, answer = _recorded(record, mapping)
    return Entry(
        id=f"{number:07d}",
        taxpayer=str(taxpayer),
        unit=str(fields.get(mapping.unit) or "") if mapping.unit else "",
        operator=str(fields.get(mapping.operator) or "") if mapping.operator else record.who,
        domain=match.domain or match.operation.partition(".")[0],
        operation=match.operation,
        fields=sent,
        at=record.at.astimezone(mapping.tz).isoformat(timespec="milliseconds"),
        outcome=outcome,
        code=code,
        answer=answer,
    )


def _lacks(record: Record) -> Problem:
    why = f"{record.method} {record.path} lacks here what was sent: {record.lost}"
    remedy = "record it whole, or name in fields: what it is to be sent with"
    return Problem(record.where, "", f"{why}; {remedy}")


def _about(mapping: Mapping) -> set[str]:
    """Columns that are about the transaction, and no fields of it."""
    told = [mapping.at, mapping.unit, mapping.operator, mapping.inside]
    told += [mapping.recorded.code, mapping.recorded.data] if mapping.recorded else []
    return {name for name in told if name} | {name for one in mapping.operations for name in one.when}


def _fields(record: Record, mapping: Mapping) -> dict[str, Any]:
    if not mapping.inside or not record.fields.get(mapping.inside):
        return record.fields
    try:
        inner = orjson.loads(record.fields[mapping.inside])
    except (ValueError, TypeError):
        inner = None
    if not isinstance(inner, dict):
        raise UsageError(Problem(record.where, mapping.inside, "is no JSON object"))
    return {**{name: value for name, value in record.fields.items() if name != mapping.inside}, **inner}


def _recorded(record: Record, mapping: Mapping) -> tuple[str, str, Any]:
    """Outcome, code and answer; nothing where the record does not say."""
    told = mapping.recorded
    if told is None:
        return "", "", None
    if mapping.source == "csv":
        code, data = record.own[told.code].strip(), _parsed(record, told.data)
        if not code:
            return "", "", None
    elif record.answer is None:
        return ("error", str(record.status), None) if record.status >= 500 else ("", "", None)
    else:
        found = found_at(record.answer, told.code)
        if found is None:
            return "", "", None
        code, data = str(found), found_at(record.answer, told.data) if told.data else record.answer
    return ("ok", "", data) if code in told.ok else ("rejected", code, None)


def _parsed(record: Record, column: str | None) -> Any:
    text = record.own.get(column or "", "")
    if not text:
        return None
    try:
        return orjson.loads(text)
    except ValueError:
        raise UsageError(Problem(record.where, str(column), "is no JSON")) from None

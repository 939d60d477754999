"""What a reading could not show, whatever the target did: whose its records may be, and fields that a rule
goes by and nobody has, by which nothing is compared, and all looks well, or gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from results.checks.audit.intents import Write
from results.checks.audit.model import Reading, Settled


@dataclass
class Others:
    """What other operations wrote that are read from the same list or export. serials: of acknowledged
    writes; keys: of those of unknown fate, by the fields of this operation's key."""

    serials: set[str | None] = field(default_factory=set)
    keys: set[str | None] = field(default_factory=set)


def by_what_was_sent(rule: Mapping[str, Any], known: bool) -> bool:
    """Whether a write is known by nothing that the target gave it, so that a record of before the run may be
    taken for it. known: one that was not acknowledged has a serial all the same."""
    if rule.get("changes"):
        return False
    return known or set(rule.get("by") or ()) <= set(rule.get("key") or ())


def shows_a_second(rule: Mapping[str, Any], reading: Reading, sent: bool) -> bool:
    """Whether what is stored twice, each time by a serial of its own, would be seen. sent: see above."""
    if rule.get("changes"):
        return True
    if reading.whole:  # without a key it is one that nobody asked for, if it is of the run
        return bool(rule.get("key") or reading.fresh or rule.get("since"))
    asked = set(rule["ask"]) - set(rule.get("by") or ()) if rule.get("ask") else rule.get("key")
    return bool(rule.get("rows") and (asked or sent))


def unknowable(operation: str, ways: Iterable[Sequence[str]], reading: Reading) -> str:
    """Why none of the records can be known as that of a write; "" where one can. ways: fields of the serial,
    and of the key."""
    if not reading.records or reading.settled.count:
        return ""
    lacked: list[str] = []
    for names in filter(None, ways):
        missing = [name for name in names if all(name not in one.values for one in reading.records)]
        if not missing:
            return ""
        lacked += missing
    return f"what was read of {operation} has no field {lacked[0]}" if lacked else ""


def lacking(
    operation: str,
    told: Sequence[str],
    expect: Sequence[str],
    rows: Sequence[Write],
    reading: Reading,
    taken: bool,
) -> Iterator[str]:
    """What is wrong with the fields: that no acknowledged write has one, or no record. told: fields that are
    compared or identify; taken: whether a record was found to be a write's."""  # fmt: skip
    acknowledged = [write for write in rows if write.fate == "ok"]
    settled = reading.settled
    own = settled if settled.operation == operation else Settled()
    for name in told if acknowledged or own.count else ():
        if name not in own.written and all(write.values.get(name) is None for write in acknowledged):
            yield f"neither request nor answer of {operation} has the field {name}"
    for name in dict.fromkeys([*told, *expect]) if taken or own.count or expect else ():
        lacked = all(name not in record.values for record in reading.records)
        if (reading.records or settled.count) and name not in settled.held and lacked:
            yield f"what was read of {operation} has no field {name}"

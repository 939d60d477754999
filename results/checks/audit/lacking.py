"""Fields that a rule goes by and nobody has: nothing is compared by them, and all looks well, or gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from results.checks.audit.intents import Write
from results.checks.audit.model import Reading, Settled


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

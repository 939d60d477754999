"""replay.json: what became of each transaction of a journal, and the distinct problems found.

Each transaction is in exactly one class: matched; ignored (what differs is none, by a rule with its reason);
mismatched; not_planned (not to be entered in the new system); late (not re-entered by the deadline);
not_sent (the replay was stopped, or it cannot be said to the system); not_answered (sent, and no good answer
came); not_compared (nothing is recorded to hold the answer against, or both systems refused what was accepted
when it was recorded: two that know nobody agree in everything). An HTTP status such as 500 from the new
system is an answer, and another outcome than the old one's; so is a whole answer that cannot be read, where
others to that operation could be.
What was not compared never counts as fine: inconclusive; where a system answered nothing at all: invalid.
The domain of a problem is that of its first transaction; `places` has it by domain and unit.

History of `schema`: 1, the first; 2, `matched_in`: by operation and domain the units that had a transaction
which matched, and `unread`: by side and operation the fields of compared answers that the side's target file
does not read, with the number of answers: they were not compared; 3, `matched_in` is of those that both
systems accepted, `refused_in` of those that both refused alike; `compared`: by operation the fields that were
there and matched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from results.checks.dual_track.compare import DEEP, LONG, NO_CODE, OWN_IDS, SECRET, Difference
from results.checks.signature import problem_id

SCHEMA = 3
CHECK = "dual_track"
RECORDED, UNSAID = "recorded", "unsaid"
CLASSES = ("matched", "ignored", "mismatched", "not_planned", "late", "not_sent", "not_answered",
           "not_compared")  # fmt: skip
COMPARED = ("matched", "ignored", "mismatched")
OPEN = ("late", "not_sent", "not_answered", "not_compared")
BY_NATURE = (
    DEEP,
    LONG,
    NO_CODE,
    OWN_IDS,
    SECRET,
)  # of some transactions alone: the same field of others is compared
MOST_FAULTS = 10_000
MOST_OPEN = 200
MOST_UNREAD = 100  # fields of one operation


class Transaction(NamedTuple):
    """What became of one. why: of one that is open; old, new: the answers in the journal's words; answered:
    when the new system did, ISO 8601 in UTC; unread: side and name of what its answers had and nothing reads;
    refused: by both, RECORDED where the journal says so, UNSAID where it does not; else "". fields: of the
    answers of one that matched, each of which was compared.
    """

    id: str
    unit: str
    domain: str
    operation: str
    day: str
    taxpayer: str
    outcome: str
    differences: Sequence[Difference] = ()
    why: str = ""
    old: Any = None
    new: Any = None
    answered: str = ""
    unread: Sequence[tuple[str, str]] = ()
    refused: str = ""
    fields: Collection[str] = ()


class Collected:
    """Counts as transactions come, so that none of them has to be kept."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.rows: dict[tuple[str, str], Counter[str]] = {}
        self.operations: dict[str, Counter[str]] = {}
        self.refused: Counter[str] = Counter()
        self.matched_in: dict[str, dict[str, set[str]]] = {}
        self.refused_in: dict[str, dict[str, set[str]]] = {}
        self.compared: dict[str, set[str]] = {}
        self.unread: dict[tuple[str, str], Counter[str]] = {}
        self.reasons: Counter[str] = Counter()
        self.ignored: set[tuple[str, str, str]] = set()
        self.faults: dict[str, dict[str, Any]] = {}
        self.open: list[dict[str, str]] = []
        self.why: Counter[str] = Counter()

    def add(self, one: Transaction) -> None:
        self.counts[one.outcome] += 1
        row = self.rows.setdefault((one.unit, one.domain), Counter())
        row[one.outcome] += 1
        self.operations.setdefault(one.operation, Counter())[one.outcome] += 1
        if one.outcome == "matched":
            where = self.refused_in if one.refused else self.matched_in
            where.setdefault(one.operation, {}).setdefault(one.domain, set()).add(one.unit)
            self.compared.setdefault(one.operation, set()).update(one.fields)
        self.refused[one.operation] += one.refused == UNSAID
        for side, name in one.unread:
            self.unread.setdefault((side, one.operation), Counter())[name] += 1
        self.reasons.update({f.reason for f in one.differences if f.reason})
        by_rule = (f for f in one.differences if f.reason and f.reason not in BY_NATURE)
        self.ignored.update((one.operation, f.field, f.kind) for f in by_rule)
        if one.outcome in OPEN:
            self.why[f"{one.outcome}: {one.why}"] += 1
            if len(self.open) < MOST_OPEN:
                known = {"id": one.id, "operation": one.operation, "taxpayer": one.taxpayer}
                self.open.append({**known, "class": one.outcome, "why": one.why})
        for number in dict.fromkeys(self._fault(one, diff) for diff in one.differences if not diff.reason):
            self.faults[number]["count"] += 1
            there = self.faults[number]["places"].setdefault(one.domain, {})
            for units in (self.faults[number]["units"], there):
                units[one.unit] = units.get(one.unit, 0) + 1

    def refused_all(self) -> Iterator[str]:
        """Operations that nobody accepted once, where nothing says that they were refused on the day: systems
        that know none of the taxpayers, or a mapping that lost a field, agree in everything."""
        for name, row in sorted(self.operations.items()):
            compared = sum(row[kind] for kind in COMPARED)
            if compared and self.refused[name] == compared:
                yield f"{name}: both refused all {compared:,}, and the journal does not say that they were"

    def _fault(self, one: Transaction, diff: Difference) -> str:
        number = problem_id(CHECK, one.operation, diff.field, diff.kind, diff.pair)
        fault = self.faults.get(number)
        if fault is None:
            fault = self.faults[number] = {
                "id": number, "check": CHECK, "domain": one.domain, "operation": one.operation,
                "field": diff.field, "kind": diff.kind, "pair": diff.pair, "count": 0, "fen": 0, "units": {},
                "places": {}, "first": one.day, "last": one.day, "seen": "",
                "example": {"expected": diff.old, "found": diff.new,
                            "write": {"id": one.id, "djxh": one.taxpayer, "old": one.old},
                            "record": {"new": one.new}},
            }  # fmt: skip
        fault["fen"] += diff.fen
        fault["first"] = min(fault["first"], one.day)
        fault["last"] = max(fault["last"], one.day)
        fault["seen"] = max(fault["seen"], one.answered)
        return number


def document(
    about: Mapping[str, Any], found: Collected, problems: Iterable[str], silent: Sequence[str] = ()
) -> dict[str, Any]:
    """about: run_id, at (when it was compared), begun (the first answer), journal, rules, sides. problems:
    why something may be missing. silent: the systems that gave no answer at all."""
    told = [*problems, *found.refused_all()]
    faults = sorted(found.faults.values(), key=lambda fault: (-fault["count"], fault["id"]))
    if len(faults) > MOST_FAULTS:
        told.append(f"{len(faults):,} distinct problems, of which {MOST_FAULTS:,} are told")
    counts = {name: found.counts[name] for name in CLASSES}
    return {
        "schema": SCHEMA,
        **about,
        "verdict": _verdict(counts, told, silent),
        "problems": told,
        "silent": list(silent),
        "counts": counts,
        "occurred": sum(counts.values()),
        "reentered": sum(counts[name] for name in COMPARED),
        "rows": [
            {"unit": unit, "domain": domain, **{name: row[name] for name in CLASSES}}
            for (unit, domain), row in sorted(found.rows.items())
        ],
        "operations": {
            name: {kind: n for kind, n in row.items() if n} for name, row in sorted(found.operations.items())
        },
        "matched_in": _places(found.matched_in),
        "refused_in": _places(found.refused_in),
        "compared": {name: sorted(fields) for name, fields in sorted(found.compared.items())},
        "unread": [
            {"side": side, "operation": operation, "fields": dict(fields.most_common(MOST_UNREAD))}
            for (side, operation), fields in sorted(found.unread.items())
        ],
        "ignored_by": dict(found.reasons.most_common()),
        "ignored": [
            {"operation": operation, "field": field, "kind": kind}
            for operation, field, kind in sorted(found.ignored)
        ],
        "open_by": dict(found.why.most_common(50)),
        "open": found.open,
        "faults": faults[:MOST_FAULTS],
    }


def open_parts(why: str) -> tuple[str, str, str]:
    """Class, side and reason of a key of `open_by`, as `not_sent: new: connection refused`; "" for a side
    that it does not name."""
    name, _, rest = why.partition(": ")
    side, colon, reason = rest.partition(": ")
    return (name, side, reason) if colon and side in ("old", "new", "journal") else (name, "", rest)


def _places(known: Mapping[str, Mapping[str, set[str]]]) -> dict[str, dict[str, list[str]]]:
    return {
        name: {domain: sorted(units) for domain, units in sorted(domains.items())}
        for name, domains in sorted(known.items())
    }


def is_whole(found: Mapping[str, Any]) -> bool:
    """Whether the journal of a replay.json had its end; one without may lack what occurred."""
    return bool(found["journal"].get("whole", True))


def _verdict(counts: Mapping[str, int], problems: Sequence[str], silent: Sequence[str]) -> str:
    if silent:
        return "invalid"
    if counts["mismatched"]:
        return "fail"
    if problems or not counts["matched"] or any(counts[name] for name in OPEN):
        return "inconclusive"
    return "pass"

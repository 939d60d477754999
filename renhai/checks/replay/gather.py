"""Both tracks and the journal, read side by side: what became of each transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from renhai.safety.redaction import is_secret
from renhai.spec.cutover.journal.entry import Entry, JournalFile
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.cutover.journal.selection import Selection
from renhai.spec.cutover.journal.track_file import DEADLINE, Answer, TrackRecord
from renhai.spec.cutover.journal.translation import OWN, Untranslatable, Words
from results.checks.dual_track import compare
from results.checks.dual_track.compare import Said, differences, fields_of
from results.checks.dual_track.document import COMPARED, RECORDED, UNSAID, Transaction
from results.checks.dual_track.noise import Noise

UNKNOWN = "sent, and no answer was kept"
STOPPED = "the replay ended before"
OUTCOME_ALONE = "that it succeeded was recorded, and not what was answered"
BOTH_REFUSED = "both refused what was accepted when it was recorded"
PROVEN = ("ok", "rejected")
UNREADABLE = "unreadable"  # the code of an answer of the new system's that is none by its target file


def comparing_rules(rules: Rules) -> compare.Rules:
    """As the comparison takes them."""
    told = rules.compare
    taken = [name for track in (rules.old, rules.new) for name in track.translate]
    slower = (told.timing.times, told.timing.over) if told.timing else None
    return compare.Rules(
        amounts=tuple(told.amounts),
        rows=dict(told.rows),
        ignore=tuple(
            compare.Ignore(one.operation, one.field, one.kind or "", one.reason) for one in told.ignore
        ),
        own=(*rules.ids, *taken),
        unknown=OWN,
        slower=slower,
        secret=is_secret,
    )


class Half:
    """One side while it is read: its record, its words, what it was to be sent."""

    def __init__(self, rules: Rules, side: str, record: TrackRecord, journal: JournalFile) -> None:
        self.side, self.record = side, record
        self.words = Words(rules, side)
        self._selection = Selection(rules, side, journal)
        self._read = _read_of(record, journal) if side == "new" else frozenset()

    def said(self, entry: Entry) -> Said | tuple[str, str] | None:
        """The answer in the journal's words; else class and reason; None: not to be sent here."""
        if not self._selection.takes(entry):
            self.words.issue(entry.answer)
            return None
        record = self.record
        answer = record.answers.get(entry.id)
        if answer is None:
            self.words.issue(entry.answer)
            return self._open(entry.id)
        try:
            self._translate(entry)
        except Untranslatable as wrong:
            return "not_compared", f"{self.side}: {wrong.name}: {wrong.why}"
        self.words.learn(entry.answer, answer.data)
        if answer.failed and self.side == "new":  # an old system's is nothing to hold another against
            return Said(answer.outcome, answer.reason, None, answer.us)
        if answer.garbled and entry.operation in self._read:
            return Said(answer.outcome, UNREADABLE, {"reason": answer.reason}, answer.us)
        if answer.outcome not in PROVEN:
            return "not_answered", f"{self.side}: {answer.reason or answer.outcome}"
        data = self.words.inward(answer.data)
        return Said(answer.outcome, self.words.code(answer.code), data, answer.us)

    def _translate(self, entry: Entry) -> None:
        """For what short ids stand for: learned as the load process did, from what was sent."""
        self.words.issue(entry.answer)
        self.words.outward(entry.fields)

    def _open(self, number: str) -> tuple[str, str]:
        record = self.record
        if number in record.sent:
            return "not_answered", f"{self.side}: {UNKNOWN}"
        if record.ended == DEADLINE and number not in record.unsent:
            return "late", f"{self.side}: not entered in time"
        return "not_sent", f"{self.side}: {record.unsent.get(number) or STOPPED}"


def _read_of(record: TrackRecord, journal: JournalFile) -> frozenset[str]:
    """Operations of which an answer could be read: of others the target file may have a wrong path."""
    if not any(answer.garbled for answer in record.answers.values()):
        return frozenset()
    good = {number for number, answer in record.answers.items() if answer.outcome in PROVEN}
    return frozenset(entry.operation for entry in journal.entries() if entry.id in good)


def recorded(entry: Entry, other: Said | tuple[str, str] | None = None) -> Said | tuple[str, str]:
    """The journal's own answer, where there is one to hold another against: other."""
    bare = entry.outcome == "ok" and entry.answer is None
    if bare and isinstance(other, Said) and other.outcome == "ok" and other.data not in (None, {}, []):
        return "not_compared", f"journal: {OUTCOME_ALONE}"
    if entry.outcome in PROVEN:
        return Said(entry.outcome, entry.code, entry.answer)
    why = f"it was recorded as {entry.outcome}" if entry.outcome else "no answer was recorded"
    return "not_compared", f"journal: {why}"


def noise_of(journal: JournalFile, rules: Rules, records: Mapping[str, TrackRecord]) -> Noise:
    """What each system's answers alone tell: reads that were asked twice, twins who were entered alike."""
    found, twins = Noise(comparing_rules(rules)), _Twins(rules)
    heard = bool(rules.noise.twins) or any(record.again for record in records.values())
    for entry in journal.entries() if heard else ():
        for side, record in records.items():
            one, other = record.answers.get(entry.id), record.again.get(entry.id)
            if one is not None and other is not None:
                found.read_twice(side, entry.operation, _alone(one), _alone(other))
        twins.take(entry, records["old"].answers.get(entry.id) if "old" in records else None)
    for operation, one, other in twins.pairs():
        found.twins(operation, _alone(one), _alone(other), rules.noise.apart)
    return found


def _alone(answer: Answer) -> Said:
    return Said(answer.outcome, answer.code, answer.data)


class _Twins:
    """What was entered for each of two taxpayers, as far as it is the same but for what tells them apart."""

    def __init__(self, rules: Rules) -> None:
        self._two = [tuple(pair) for pair in rules.noise.twins]
        self._done: dict[str, list[tuple[str, Any, Answer | None]]] = {
            name: [] for pair in self._two for name in pair
        }
        taken = (name for track in (rules.old, rules.new) for name in track.translate)
        self._apart = frozenset({"djxh", *rules.ids, *rules.noise.apart, *taken})

    def take(self, entry: Entry, answer: Answer | None) -> None:
        if entry.taxpayer in self._done:
            self._done[entry.taxpayer].append((entry.operation, self._bare(entry.fields), answer))

    def pairs(self) -> Iterator[tuple[str, Answer, Answer]]:
        """Answers to what both did, until one does something else."""
        for one, other in self._two:
            for a, b in zip(self._done[one], self._done[other], strict=False):
                if a[:2] != b[:2]:
                    break
                if a[2] is not None and b[2] is not None:
                    yield a[0], a[2], b[2]

    def _bare(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._bare(inner) for name, inner in value.items() if name not in self._apart}
        return [self._bare(inner) for inner in value] if isinstance(value, list) else value


def transactions(
    journal: JournalFile, rules: Rules, records: Mapping[str, TrackRecord], noise: Noise | None = None
) -> Iterator[Transaction]:
    """Of every entry of the journal. records: by side; without an old one its own answers stand for it."""
    halves = {side: Half(rules, side, record, journal) for side, record in records.items()}
    known = comparing_rules(rules)
    if noise is not None:
        known = known._replace(noise=frozenset(noise.fields))
    for entry in journal.entries():
        other = halves["new"].said(entry)
        one = halves["old"].said(entry) if "old" in halves else recorded(entry, other)
        answer = records["new"].answers.get(entry.id)
        found = _transaction(entry, one, other, known, answer)
        yield found._replace(unread=_unread(entry.id, records)) if found.outcome in COMPARED else found


def _unread(number: str, records: Mapping[str, TrackRecord]) -> tuple[tuple[str, str], ...]:
    """Side and name of what answers had that nothing of a target file reads."""
    answers = ((side, record.answers.get(number)) for side, record in records.items())
    return tuple((side, name) for side, one in answers if one is not None for name in one.unread)


def moment(ms: int) -> str:
    """ISO 8601 in UTC, of ms of the Unix epoch."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def _transaction(
    entry: Entry, one: Any, other: Any, rules: compare.Rules, answer: Answer | None = None
) -> Transaction:
    place = entry.id, entry.unit, entry.domain, entry.operation, entry.day, entry.taxpayer
    if other is None:
        return Transaction(*place, "not_planned")
    if isinstance(other, Said) and other.outcome not in PROVEN and not isinstance(one, Said):
        why = other.data["reason"] if other.code == UNREADABLE else other.code
        other = "not_answered", f"new: {why}"
    for side in (other, one):
        if not isinstance(side, Said):
            return Transaction(*place, side[0], (), side[1])
    found = differences(entry.operation, one, other, rules)
    outcome = "matched" if not found else "ignored" if all(one.reason for one in found) else "mismatched"
    if outcome != "mismatched":
        refused = one.outcome == other.outcome == "rejected"
        if refused and entry.outcome == "ok":
            return Transaction(*place, "not_compared", (), f"journal: {BOTH_REFUSED}")
        told = RECORDED if entry.outcome == "rejected" else UNSAID
        there = frozenset(fields_of(one.data)) if outcome == "matched" and not refused else ()
        return Transaction(*place, outcome, found, refused=told if refused else "", fields=there)
    answered = moment(answer.ms + answer.us // 1000) if answer is not None else ""
    return Transaction(*place, outcome, found, "", _short(one), _short(other), answered)


def _short(said: Said) -> dict[str, Any]:
    return {"outcome": said.outcome, "code": said.code, "data": said.data}

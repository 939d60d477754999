"""What became of each write: the classes of an audit, in Jepsen's words (`set-full`), and three of ours.

Acknowledged writes are stable (there), stale (there, but seen late), lost (gone), altered (there with another
value), duplicated (there more than once), unverified (could not be read back) or never-read (nothing reads
them). Of unknown fate they are recovered (there) or absent. A record is unexpected when it is there and no
write asked for it, or the target refused the one that did. A write may be altered and duplicated at once.

A record is first looked for by what the target gave the write (`by`, its serial), then by what was sent
(`key`). It belongs to one write alone: two writes that were acknowledged by one serial are not both there,
unless the rule says that the operation is idempotent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from results.checks.audit.books import Books
from results.checks.audit.contrary import Contrary
from results.checks.audit.intents import END_MS, Write
from results.checks.audit.model import ROW, AuditResult, Finding, Names, Reading, Record
from results.checks.audit.seeing import Others, by_what_was_sent, lacking, shows_a_second, unknowable
from results.checks.audit.times import lasted
from results.checks.values import fen, identity, says_the_same, shown, text


def never_read(operation: str, writes: Sequence[Write], ignored: str = "") -> AuditResult:
    """Writes that nothing reads: no word about them, good or bad."""
    found = AuditResult(operation)
    for write in writes:
        found.counts[{"ok": "acknowledged", "fail": "refused"}.get(write.fate, "unknown")] += 1
    open_ones = sum(write.fate != "fail" for write in writes)
    found.counts["ignored" if ignored else "never_read"] = open_ones
    return found


def spread(writes: Sequence[Write], each: str | None, amounts: Sequence[str] = ()) -> list[Write]:
    """One write for each entry of the list that its request holds under `each`, whose amounts are in yuan."""
    if each is None:
        return list(writes)
    found = []
    for write in writes:
        entries = write.values.get(each)
        for place, entry in enumerate(entries if isinstance(entries, list) else []):
            number = (*write.number[:2], place)
            own = dict(entry) if isinstance(entry, dict) else {}
            own |= {name: fen(own[name]) for name in amounts if name in own}
            asked = {name: value for name, value in write.asked.items() if name not in own}
            found.append(write._replace(number=number, values={**write.values, **own}, asked=asked))
    return found


class Audit:
    """The writes of one operation against one reading. rule: `audit:` of the target file, as plain values."""

    def __init__(
        self, operation: str, rule: Mapping[str, Any], began_ms: int = 0, last_ms: int = END_MS,
        others: Others | None = None,
    ) -> None:  # fmt: skip
        """began_ms, last_ms: of the first write of the run and of its last one. others: see Others."""
        self.operation, self.rule = operation, rule
        self._began_ms, self._last_ms, self._others = began_ms, last_ms, others or Others()
        self.by, self.key = tuple(rule.get("by") or ()), tuple(rule.get("key") or ())
        self.amounts = tuple(rule.get("amounts") or ())
        self._summed = self.amounts[0] if self.amounts else ""
        tax = [rule["tax"]] if rule.get("tax") else []
        self.compared = tuple(dict.fromkeys([*(rule.get("compare") or ()), *self.amounts, *tax]))

    def judge(self, writes: Sequence[Write], reading: Reading) -> AuditResult:
        """The account of all writes, which are in order of their time."""
        self.account = found = AuditResult(self.operation, identifying=(*self.by, *self.key))
        self._reading = reading
        self._books = Books(found, self._summed, self.rule.get("tax") or "")
        rows = spread(writes, self.rule.get("each"), self.amounts)
        for write in rows:
            found.counts[{"ok": "acknowledged", "fail": "refused"}.get(write.fate, "unknown")] += 1
        hollow = {w.number[:2] for w in writes if w.fate != "fail"} - {row.number[:2] for row in rows}
        self._hollow = bool(hollow)
        if hollow:
            found.problems.append(
                f"{len(hollow)} requests hold no {self.rule['each']}, of which each is a record"
            )
            found.counts["unverified"] += len(hollow)
        self._settle()
        self._contrary = Contrary(self.rule, rows, found.counts["acknowledged"])
        for why in filter(None, (self._contrary.doubt(self.operation), *reading.doubts.values())):
            self._doubt(why)
        self._strange = unknowable(self.operation, (self.by, self.key), reading)
        self._since_ms, self._until_ms, odd = lasted(
            (self._began_ms, self._last_ms), rows, self.by, self.operation, reading
        )
        self._index(reading)
        known = any(row.fate != "ok" and self._known_by(row)[0] is not None for row in rows)
        sent = by_what_was_sent(self.rule, known)
        self._own = reading.fresh or not sent
        found.second_unseen = not shows_a_second(self.rule, reading, sent)
        if self.rule.get("changes"):
            self._judge_changes(rows)
        else:
            self._judge_records(rows)
        if odd and not self._own:
            self._doubt(f"records of {self.operation} are older than their writes, as of before the run")
        told = tuple(dict.fromkeys([*self.by, *self.key, *self.compared]))
        expect = tuple(self.rule.get("expect") or ())
        found.problems += lacking(self.operation, told, expect, rows, reading, bool(self._taken))
        return found

    def _settle(self) -> None:
        """Enters what was found to agree before."""
        settled, counts = self._reading.settled, self.account.counts
        if settled.operation != self.operation or not settled.count:
            return
        for name in ("acknowledged", "found", "found_acknowledged", "stable"):
            counts[name] += settled.count
        for tax, (number, amount) in settled.sums.items():
            self.account.sums[tax] = [number, amount, number, amount]

    # Finding the record

    def _index(self, reading: Reading) -> None:
        self._records = reading.records
        self._taken: set[int] = set()
        self._names: list[Names] = []  # of each record
        self._names_of: dict[tuple[int, int, int], Names] = {}  # of each write
        self._by_serial: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[str, list[int]] = defaultdict(list)
        for place, record in enumerate(self._records):
            serial, key = identity(record.values, self.by), identity(record.values, self.key)
            self._names.append((serial, key))
            if serial is not None:
                self._by_serial[serial].append(place)
            if key is not None and serial not in self._others.serials and not self._is_older(record):
                self._by_key[key].append(place)

    def _known_by(self, write: Write) -> Names:
        """What the target gave a write, and what makes it one."""
        found = self._names_of.get(write.number)
        if found is None:
            found = identity(write.values, self.by), identity(write.values, self.key)
            self._names_of[write.number] = found
        return found

    def _is_older(self, record: Record) -> bool:
        """Whether it was stored before the run began, by the target's clock."""
        return not self._reading.fresh and record.at_ms is not None and record.at_ms < self._since_ms

    def _is_later(self, record: Record) -> bool:
        """Whether it was stored when the run had ended, as by another one."""
        return not self._reading.fresh and record.at_ms is not None and record.at_ms > self._until_ms

    def _judge_records(self, rows: Sequence[Write]) -> None:
        acknowledged = [write for write in rows if write.fate == "ok"]
        claimed = {self._known_by(write) for write in acknowledged}
        homeless = []
        for write in acknowledged:
            place = self._by_its_serial(write, claimed)
            if place is None:
                homeless.append(write)
            else:
                self._there(write, place, "stable")
        for write in rows:
            if write.fate == "info":
                self._of_unknown_fate(write)
        for write in homeless:
            self._not_by_its_serial(write)
        self._rest(rows)

    def _by_its_serial(self, write: Write, claimed: set[tuple[str | None, str | None]]) -> int | None:
        serial, key = self._known_by(write)
        if serial is None:
            return None
        places = self._by_serial.get(serial, [])
        own = [place for place in places if not self.key or self._names[place][1] == key]
        if own:
            kept = own[0] if self.rule.get("idempotent") else None
            return next((place for place in own if place not in self._taken), kept)
        for place in places:  # under another key: altered, unless it is another write's
            if place not in self._taken and (serial, self._names[place][1]) not in claimed:
                return place
        return None

    def _by_its_key(self, write: Write) -> int | None:
        key = self._known_by(write)[1]
        free = (place for place in self._by_key.get(key or "", []) if place not in self._taken)
        return next(free, None)

    # What it says

    def _there(self, write: Write, place: int, word: str) -> None:
        first = place not in self._taken
        self._taken.add(place)
        record, counts = self._records[place], self.account.counts
        more = self._books.enter(write, record) if first else 0
        differing = list(self._differences(write, record, self._names[place][1]))
        told = {name for name, _, _ in differing}
        differing += [one for one in self._contrary.of(write, record) if one[0] not in told]
        unknown = [name for name in self.compared if self._is_unknown(write, record, name)]
        if write.fate == "ok":
            self._look_at_key(write, place, {name for name, _, _ in differing})
        for name, expected, found in differing:
            self._find("altered", name, expected, found, write, record, more if name == self._summed else 0)
        counts["found"] += 1
        counts["found_acknowledged"] += write.fate == "ok"
        if not self._own and record.at_ms is None:
            own = self.operation
            self._doubt(
                f"{own} is known by what was sent alone, and may be of before; name its time in since"
            )
        if differing:
            counts["altered"] += 1
        if word == "recovered":
            counts["recovered"] += 1
        elif unknown and not differing:
            self._unverified(f"neither request nor answer of a write has its {unknown[0]}")
        elif not differing and not self._own and self._is_older(record):
            self._unverified(f"a record of {self.operation} is as it was sent, and older than the run")
        elif not differing:
            counts["stale" if record.seen else "stable"] += 1

    def _look_at_key(self, write: Write, place: int, differing: set[str]) -> None:
        """Keys are found by their texts: where a record writes one in another way, as a moment of another
        zone, nothing is found by it, and what is there twice would seem to be another's."""
        own, its = self._known_by(write)[1], self._names[place][1]
        if own is None or its is None or own == its or differing.intersection(self.key):
            return
        values = self._records[place].values
        name = next(one for one in self.key if text(write.values.get(one)) != text(values.get(one)))
        self._doubt(f"records of {self.operation} write {name} otherwise than it was sent; no key finds them")

    def _is_unknown(self, write: Write, record: Record, name: str) -> bool:
        """Whether what was kept of the write does not say what the record holds, as under a target file that
        did not ask for it; a null that was kept is a value."""
        return write.fate == "ok" and name not in write.values and record.values.get(name) is not None

    def _differences(
        self, write: Write, record: Record, its_key: str | None
    ) -> Iterator[tuple[str, str, str]]:
        serial, key = self._known_by(write)
        names = self.compared
        if self.key and key is not None and its_key != key:
            names = tuple(dict.fromkeys([*self.key, *names]))
        if write.fate == "ok" and serial is not None:
            names = tuple(dict.fromkeys([*self.by, *names]))
        for name in names:
            expected, found = write.values.get(name), record.values.get(name)
            if expected == found and type(expected) is type(found):
                continue
            if name in self.compared and self._is_unknown(write, record, name):
                continue
            if name in self.amounts:
                asked, held = fen(expected, type(expected) is int), fen(found, type(found) is int)
                same = asked == held if asked is not None else held is None and says_the_same(expected, found)
                if not same and not (asked is None and write.fate == "info"):
                    yield name, shown(asked, expected), shown(held, found)
            elif not says_the_same(expected, found) and not (expected is None and write.fate == "info"):
                yield name, text(expected), text(found)

    def _of_unknown_fate(self, write: Write) -> None:
        why = self._unreadable(write)
        place = self._by_its_key(write) if self.key else None
        if place is not None:
            self._there(write, place, "recovered")
        elif why or not self.key or self._known_by(write)[1] is None:
            self._unverified(why or "its fate is unknown, and no key finds it")
        else:
            self.account.counts["absent"] += 1

    def _not_by_its_serial(self, write: Write) -> None:
        place = self._by_its_key(write) if self.key else None
        if place is not None:
            self._there(write, place, "stable")
            return
        why = self._unreadable(write)
        nameless = self._known_by(write) == (None, None)
        if why or nameless:
            self._unverified(why or f"the answer gave no {', '.join(self.by)}")
            return
        self.account.counts["lost"] += 1
        self.account.left.append(write)
        self._find("lost", ROW, "there", "absent", write, None, self._books.enter(write, None))

    def _unreadable(self, write: Write) -> str:
        reading = self._reading
        return reading.unread.get(write.number, "") or reading.failed or self._strange

    def _unverified(self, why: str) -> None:
        self.account.counts["unverified"] += 1
        self._doubt(why)

    def _doubt(self, why: str) -> None:
        if len(self.account.problems) < 20 and why not in self.account.problems:
            self.account.problems.append(why)

    def _rest(self, rows: Sequence[Write]) -> None:
        """Records that no write has taken."""
        keys: dict[str, Write] = {}
        serials: dict[str, Write] = {}
        for write in sorted(rows, key=lambda row: row.fate != "fail"):  # an acknowledged one outranks
            serial, key = self._known_by(write)
            if key is not None:
                keys[key] = write
            if serial is not None and write.fate == "ok":
                serials[serial] = write
        for place, record in enumerate(self._records):
            if place in self._taken:
                continue
            serial, key = self._names[place]
            owner = serials.get(serial or "")
            if owner is None and serial in self._others.serials:
                continue  # it is counted there
            if owner is not None and (not self.key or self._known_by(owner)[1] == key):
                self._again(owner, record)
            elif self._is_older(record):
                self.account.counts["before"] += 1
            elif key is not None and key in self._others.keys:
                self._unverified("a record may be of another operation, one of whose writes has its key")
            elif key is not None and key in keys:
                self._keyed(keys[key], record)
            elif self._hollow:
                self._unverified("a record may be one of a request whose records are not known")
            elif self._strange:
                self._unverified(self._strange)
            elif self._is_later(record):
                self.account.counts["after"] += 1
            elif self._reading.fresh or record.at_ms is not None:
                self._unasked(None, record)
            elif since := self.rule.get("since"):  # as in an export without it
                self._unverified(f"a record that no write asked for has no time under {since}")
            elif owner is not None:
                by, key = ", ".join(self.by), ", ".join(self.key)
                self._unverified(f"a record has the {by} of a write and another {key}")
            else:
                self.account.counts["before"] += 1

    def _keyed(self, owner: Write, record: Record) -> None:
        may_be_older = not self._reading.fresh and record.at_ms is None
        if owner.fate == "fail" and may_be_older:
            self._unverified("a record of a refused write may be of before; name its time under since")
        elif owner.fate == "fail" and self._is_later(record):
            self.account.counts["after"] += 1
        elif owner.fate == "fail":
            self._unasked(owner, record)
        else:
            self._again(owner, record)

    def _again(self, owner: Write, record: Record) -> None:
        self.account.counts["duplicated"] += 1
        self._find("duplicated", ROW, "once", "again", owner, record, self._books.enter(None, record))

    def _unasked(self, refused: Write | None, record: Record) -> None:
        self.account.counts["unexpected"] += 1
        asked = "refused" if refused else "never asked for"
        self._find("unexpected", ROW, asked, "there", refused, record, self._books.enter(None, record))

    # Changes of records that are there

    def _judge_changes(self, rows: Sequence[Write]) -> None:
        expect = self.rule.get("expect") or {}
        counts = self.account.counts
        for write in rows:
            if write.fate == "fail":
                continue
            serial = self._known_by(write)[0]
            places = self._by_serial.get(serial or "", [])
            why = self._unreadable(write)
            if serial is None or (why and not places):
                self._unverified(why or f"the answer gave no {', '.join(self.by)}")
                continue
            record = self._records[places[0]] if places else None
            held_as = record.values if record else {}
            wrong = [n for n, v in expect.items() if record is None or text(held_as.get(n)) != text(v)]
            wrong = wrong or [ROW] * (record is None)
            if write.fate == "info":
                counts["absent" if wrong else "recovered"] += 1
            elif wrong:
                counts["lost"] += 1
                self.account.left.append(write)
                held = "absent" if record is None else text(record.values.get(wrong[0]))
                self._find("lost", wrong[0], text(expect.get(wrong[0], "there")), held, write, record)
            else:
                counts["found"] += 1
                counts["found_acknowledged"] += 1
                counts["stale" if record is not None and record.seen else "stable"] += 1

    def _find(
        self, kind: str, name: str, expected: str, found: str,
        write: Write | None, record: Record | None, more: int = 0,
    ) -> None:  # fmt: skip
        times = (write.began_ms, write.ended_ms) if write else ((record.at_ms or 0) if record else 0, 0)
        sent, held = write.values if write else {}, record.values if record else {}
        one = Finding(self.operation, kind, name, expected, found, times[0], sent, held, more, times[1])
        self.account.findings.append(one)

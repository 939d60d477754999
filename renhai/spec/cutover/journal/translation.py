"""The journal's words in one system's, and back: codes by tables, ids by what each system issued itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from renhai.safety.redaction import HIDDEN, is_secret
from renhai.spec.cutover.journal.rules import Rules
from results.checks.dual_track.compare import EXACT
from results.checks.values import text

LONG = 12
"""Characters from which a value is an id wherever it stands: a row on file names a voucher as its `dm`."""
WRITTEN = (str, int)
"""What ids and codes are written as: a number of a system's is its id as well as a text is."""
OWN = "(its own)"
"""In the place of an id that only the system itself knows: there is nothing to hold it against."""
RAW = "{} (not in its own words)"
"""A value of the journal where the system has another one for it: it is not what the journal means by it."""
UNLISTED = "{} (not in the table {})"
"""A code of the system's that its table lacks: it need not mean what the other side means by that text."""


class Untranslatable(ValueError):
    """A value that cannot be said to a system: field, value, why."""

    def __init__(self, name: str, value: Any, why: str) -> None:
        self.name, self.value, self.why = name, value, why
        super().__init__(f"{name} {value}: {why}")


class Words:
    """Of one side of a replay. It learns ids from answers, and what a short id stood for from requests."""

    def __init__(self, rules: Rules, side: str) -> None:
        track = rules.track(side)
        self._ids = frozenset(rules.ids)
        self._issued: set[tuple[str, str]] = set()
        self._anywhere: tuple[dict[str, str], dict[str, str]] = {}, {}  # ours to theirs, theirs to ours
        self._theirs: dict[tuple[str, str], str] = {}
        self._ours: dict[tuple[str, str], str] = {}
        self._out: dict[str, Callable[[str, str], str]] = {}
        self._said: dict[str, Callable[[str], str]] = {}  # a value that nothing of the journal was said by
        for name, rewrite in track.translate.items():
            if rewrite.table is not None:
                table = rules.tables[rewrite.table]
                self._out[name] = _by_table(table, rewrite.table)
                self._said[name] = _not_said(table, rewrite.table)
                self._ours |= {(name, theirs): ours for ours, theirs in table.items()}
            else:
                pattern = re.compile(rewrite.take or "")
                self._out[name], self._said[name] = self._taking(pattern), _taken_of(pattern)
        codes = rules.tables[track.codes] if track.codes else {}
        self._codes = {theirs: ours for ours, theirs in codes.items()}
        self._other_code = _not_said(codes, track.codes or "") if track.codes else str

    def outward(self, value: Any, name: str = "") -> Any:
        """The journal's fields as the system is sent them. Raises Untranslatable."""
        if isinstance(value, Mapping):
            return {key: self.outward(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.outward(inner, name) for inner in value]
        if type(value) is float and abs(value) >= EXACT:
            raise Untranslatable(name, value, "has more digits than a journal keeps of a number")
        if type(value) not in WRITTEN or not value:
            return value
        said = str(value)
        if said == HIDDEN and is_secret(name):
            raise Untranslatable(name, value, "is a secret, which a journal does not keep")
        if name in self._ids:
            return _typed(self._id(name, said), value)
        rewrite = self._out.get(name)
        if rewrite is not None:
            return _typed(rewrite(name, said), value)
        return _typed(self._anywhere[0].get(said, said), value) if len(said) >= LONG else value

    def inward(self, value: Any, name: str = "") -> Any:
        """The system's answer in the journal's words."""
        if isinstance(value, Mapping):
            return {key: self.inward(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.inward(inner, name) for inner in value]
        if type(value) not in WRITTEN or not value:
            return value
        said = str(value)
        if name in self._ids:
            return _typed(self._ours.get((name, said), OWN), value)
        if name in self._out:
            return _typed(self._ours.get((name, said)) or self._said[name](said), value)
        return _typed(self._anywhere[1].get(said, said), value) if len(said) >= LONG else value

    def code(self, code: str) -> str:
        """The journal's code for the one of an answer."""
        return self._codes.get(code) or (self._other_code(code) if code else "")

    def issue(self, recorded: Any) -> None:
        """The ids of a recorded answer: who is not given one of his own for it cannot name it."""
        self._issued.update(_ids_in(recorded, self._ids))

    def learn(self, recorded: Any, answered: Any) -> None:
        """Which of its own ids a system gave where the journal has another one."""
        for name, ours, theirs in self._pairs(recorded, answered):
            if (name, ours) not in self._theirs and (name, theirs) not in self._ours:
                self._theirs[name, ours] = theirs
                self._ours[name, theirs] = ours
                if min(len(ours), len(theirs)) >= LONG:
                    self._anywhere[0].setdefault(ours, theirs)
                    self._anywhere[1].setdefault(theirs, ours)

    def _pairs(self, one: Any, other: Any, name: str = "") -> Iterator[tuple[str, str, str]]:
        """The ids that stand at the same place of both."""
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            for key, inner in one.items():
                yield from self._pairs(inner, other.get(key), key)
        elif isinstance(one, list) and isinstance(other, list):
            ids = set(_ids_in(one, self._ids, name))
            if all(known in self._theirs for known in ids):
                return  # nothing to be learned, as of most lists
            for a, b in _of_one_thing(one, other, partial(self._told, name=name)):
                yield from self._pairs(a, b, name)
        elif name in self._ids and type(one) in WRITTEN and type(other) in WRITTEN and one and other:
            yield name, str(one), str(other)

    def _told(self, row: Any, theirs: bool, name: str) -> str:
        """What a row of a list says in the journal's words, but for ids that the other side may not know."""
        plain = self.inward(row, name) if theirs else row
        return _plain(plain, name, self._ids, self._known)

    def _known(self, name: str, ours: str) -> bool:
        return (name, ours) in self._theirs

    def _id(self, name: str, value: str) -> str:
        known = self._theirs.get((name, value))
        if known is not None:
            return known
        if (name, value) in self._issued:
            raise Untranslatable(name, value, "the system has issued none for it")
        return value

    def _taking(self, pattern: re.Pattern[str]) -> Callable[[str, str], str]:
        def take(name: str, value: str) -> str:
            match = pattern.fullmatch(value)
            taken = match[1] if match else value
            before = self._ours.setdefault((name, taken), value)
            if before != value:
                raise Untranslatable(name, value, f"is {taken} there, as {before} is")
            return taken

        return take


def _typed(said: str, like: Any) -> Any:
    """A number where that was one, and no digit is lost by it."""
    return int(said) if type(like) is int and said.isascii() and said.isdigit() and said[0] != "0" else said


def _not_said(table: Mapping[str, str], title: str) -> Callable[[str], str]:
    """What is said of a code that stands for none of the journal's."""
    return lambda value: RAW.format(value) if value in table else UNLISTED.format(value, title)


def _taken_of(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def taken(value: str) -> str:
        match = pattern.fullmatch(value)
        return value if match is None or match[1] == value else RAW.format(value)

    return taken


def _by_table(table: Mapping[str, str], title: str) -> Callable[[str, str], str]:
    def look(name: str, value: str) -> str:
        if value not in table:
            raise Untranslatable(name, value, f"is not in the table {title}")
        return table[value]

    return look


def _ids_in(value: Any, ids: frozenset[str], name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _ids_in(inner, ids, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids_in(inner, ids, name)
    elif name in ids and type(value) in WRITTEN and value:
        yield name, str(value)


def _of_one_thing(
    one: list[Any], other: list[Any], told: Callable[[Any, bool], str]
) -> Iterator[tuple[Any, Any]]:
    """Rows of a recorded list and of an answer that are of one thing: those that say the same but for ids,
    the rest in turn. With more of them on one side nobody knows which is which; a payment would go by it."""
    said = [told(row, False) for row in one], [told(row, True) for row in other]
    counts = Counter(said[0]), Counter(said[1])
    alike = {words for words, count in counts[0].items() if counts[1][words] == count}
    waiting: dict[str, list[Any]] = {words: [] for words in alike}
    for words, row in zip(said[1], other, strict=True):
        if words in alike:
            waiting[words].append(row)
    for words, row in zip(said[0], one, strict=True):
        if words in alike:
            yield row, waiting[words].pop(0)
    left = [row for words, row in zip(said[0], one, strict=True) if words not in alike]
    rest = [row for words, row in zip(said[1], other, strict=True) if words not in alike]
    if len(left) == len(rest):
        yield from zip(left, rest, strict=True)


def _plain(value: Any, name: str, ids: frozenset[str], known: Callable[[str, str], bool]) -> str:
    """As a text; of ids only those that are known."""
    if isinstance(value, Mapping):
        there = (key for key in sorted(value) if value[key] is not None)
        return "{" + ",".join(f"{key}={_plain(value[key], key, ids, known)}" for key in there) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_plain(inner, name, ids, known) for inner in value) + "]"
    if name in ids and not (type(value) in WRITTEN and known(name, str(value))):
        return ""
    return text(value)

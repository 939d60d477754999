"""The journal's words in one system's, and back: codes by tables, ids by what each system issued itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from renhai.spec.cutover.journal.rules import Rules

LONG = 12
"""Characters from which a value is an id wherever it stands: a row on file names a voucher as its `dm`."""
OWN = "(its own)"
"""In the place of an id that only the system itself knows: there is nothing to hold it against."""
RAW = "{} (not in its own words)"
"""A value of the journal where the system has another one for it: it is not what the journal means by it."""


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
        self._said: dict[str, Callable[[str], str]] = {}  # what of its own a system has for a value
        for name, rewrite in track.translate.items():
            if rewrite.table is not None:
                table = rules.tables[rewrite.table]
                self._out[name] = _by_table(table, rewrite.table)
                self._said[name] = _own_of(table)
                self._ours |= {(name, theirs): ours for ours, theirs in table.items()}
            else:
                pattern = re.compile(rewrite.take or "")
                self._out[name], self._said[name] = self._taking(pattern), _taken_of(pattern)
        codes = rules.tables[track.codes] if track.codes else {}
        self._codes = {theirs: ours for ours, theirs in codes.items()}
        self._own_code = _own_of(codes)

    def outward(self, value: Any, name: str = "") -> Any:
        """The journal's fields as the system is sent them. Raises Untranslatable."""
        if isinstance(value, Mapping):
            return {key: self.outward(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.outward(inner, name) for inner in value]
        if not isinstance(value, str) or not value:
            return value
        if name in self._ids:
            return self._id(name, value)
        rewrite = self._out.get(name)
        if rewrite is not None:
            return rewrite(name, value)
        return self._anywhere[0].get(value, value) if len(value) >= LONG else value

    def inward(self, value: Any, name: str = "") -> Any:
        """The system's answer in the journal's words."""
        if isinstance(value, Mapping):
            return {key: self.inward(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.inward(inner, name) for inner in value]
        if not isinstance(value, str) or not value:
            return value
        if name in self._ids:
            return self._ours.get((name, value), OWN)
        if name in self._out:
            return self._ours.get((name, value)) or _as_it_is(value, self._said[name](value))
        return self._anywhere[1].get(value, value) if len(value) >= LONG else value

    def code(self, code: str) -> str:
        """The journal's code for the one of an answer."""
        return self._codes.get(code) or _as_it_is(code, self._own_code(code))

    def issue(self, recorded: Any) -> None:
        """The ids of a recorded answer: who is not given one of his own for it cannot name it."""
        self._issued.update(_ids_in(recorded, self._ids))

    def learn(self, recorded: Any, answered: Any) -> None:
        """Which of its own ids a system gave where the journal has another one."""
        for name, ours, theirs in _pairs(recorded, answered, self._ids):
            if (name, ours) not in self._theirs and (name, theirs) not in self._ours:
                self._theirs[name, ours] = theirs
                self._ours[name, theirs] = ours
                if min(len(ours), len(theirs)) >= LONG:
                    self._anywhere[0].setdefault(ours, theirs)
                    self._anywhere[1].setdefault(theirs, ours)

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


def _own_of(table: Mapping[str, str]) -> Callable[[str], str]:
    return lambda value: table.get(value, value)


def _taken_of(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def taken(value: str) -> str:
        match = pattern.fullmatch(value)
        return match[1] if match else value

    return taken


def _as_it_is(value: str, own: str) -> str:
    """own: what the system has for it. Where that is another, they are no more the same than two codes."""
    return value if own == value else RAW.format(value)


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
    elif name in ids and isinstance(value, str) and value:
        yield name, value


def _pairs(one: Any, other: Any, ids: frozenset[str], name: str = "") -> Iterator[tuple[str, str, str]]:
    """The ids that stand at the same place of both."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key, inner in one.items():
            yield from _pairs(inner, other.get(key), ids, key)
    elif isinstance(one, list) and isinstance(other, list):
        for a, b in zip(one, other, strict=False):
            yield from _pairs(a, b, ids, name)
    elif name in ids and isinstance(one, str) and isinstance(other, str) and one and other:
        yield name, one, other

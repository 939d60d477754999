"""Twins of a made day: a second taxpayer for whom the same is entered, one step right after the other.

What a system answers otherwise for one of them is its own noise (`noise.twins` of a rules file).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generators.taxpayers.taxpayer import Taxpayer
from renhai.binding.codec import Reply
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.journeys.cases import People

LEAST = 8  # characters of a text that names something of a taxpayer's own
MOST_TRIED = 2000  # taxpayers, for one of the same authority and kind
OWN = frozenset(Rules().ids)


class Twin:
    """words: what stands for what, of the first taxpayer's texts. alive: answered as the first, so far."""

    def __init__(self, one: Taxpayer, other: Taxpayer) -> None:
        self.djxh, self.alive = other.djxh, True
        own = ((one.djxh, other.djxh), (one.taxpayer_id, other.taxpayer_id), (one.name, other.name))
        self.words = dict(own)

    def learn(self, one: Any, other: Any) -> None:
        """What the system issued for each, by two answers to the same."""
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            for name in one.keys() & other.keys():
                self.learn(one[name], other[name])
        elif isinstance(one, list) and isinstance(other, list):
            for a, b in zip(one, other, strict=False):
                self.learn(a, b)
        elif isinstance(one, str) and isinstance(other, str) and one != other and len(one) >= LEAST:
            self.words.setdefault(one, other)


class Twins:
    """The first `most` taxpayers of a day have one each, of the population behind its first `taxpayers`.

    pairs: who is whose; apart: names of the fields in which they were entered otherwise.
    """

    def __init__(self, people: People, taxpayers: int, most: int) -> None:
        self._people, self._next, self._most = people, taxpayers, most
        self._seen: set[str] = set()
        self._twins: dict[str, Twin] = {}
        self.apart: set[str] = set()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(one, twin.djxh) for one, twin in self._twins.items()]

    def of(self, taxpayer: Taxpayer | None, about: str) -> Twin | None:
        """Whose step this is, and whom it is about: a twin begins with the first step of all, or never."""
        known = self._twins.get(about)
        if known is None and taxpayer is not None and taxpayer.djxh == about and about not in self._seen:
            other = self._like(taxpayer) if len(self._twins) < self._most else None
            if other is not None:
                known = self._twins[about] = Twin(taxpayer, other)
        self._seen.add(about)
        return known if known is not None and known.alive else None

    def _like(self, one: Taxpayer) -> Taxpayer | None:
        """The next who is not of the day, of the same authority and kind."""
        for _ in range(MOST_TRIED):
            other: Taxpayer = self._people.taxpayer(self._next)
            self._next += 1
            if (other.authority, other.individual) == (one.authority, one.individual):
                return other
        return None

    def fields(self, twin: Twin, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The twin's, for those of the first."""
        return {name: self._said(twin, name, value) for name, value in fields.items()}

    def answered(self, twin: Twin, one: Reply, other: Reply) -> None:
        """One whose answer is of another kind is no twin any more."""
        twin.alive = (one.outcome, one.code) == (other.outcome, other.code)
        if twin.alive:
            twin.learn(one.data, other.data)

    def told(self) -> Iterator[str]:
        """The lines of a rules file that say who they are."""
        if self._twins:
            yield "noise:"
            pairs = ", ".join(f'["{one}", "{other}"]' for one, other in self.pairs)
            yield f"  twins: [{pairs}]"
            yield f"  apart: [{', '.join(sorted(self.apart - {'djxh'} - OWN))}]"

    def _said(self, twin: Twin, name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {inner: self._said(twin, inner, one) for inner, one in value.items()}
        if isinstance(value, list):
            return [self._said(twin, name, one) for one in value]
        if isinstance(value, str) and value in twin.words:
            self.apart.add(name)
            return twin.words[value]
        return value

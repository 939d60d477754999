"""Facts by date: reads and checks the YAML files of facts/. Tax people may edit them.

A fact is a name, what it is, and its values `from` days on. Mistakes raise FactError, which names file, fact,
day, value and what it must be.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from generators.yaml_loader import parsed

FACTS = Path(__file__).with_name("facts")
GRADES = ("V", "D", "U")  # read in a public source, derived from such facts, unconfirmed
FIRST, LAST = date(2012, 1, 1), date(2027, 12, 31)  # the days that the facts are about
FIELDS = {"what", "from"}
STEP_FIELDS = {"is", "grade", "source"}


class FactError(ValueError):
    """A file of facts that cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Step:
    """From a day on a fact has a value, by this grade and source."""

    since: date
    value: Any
    grade: str
    source: str


@dataclass(frozen=True)
class Fact:
    name: str
    what: str
    steps: tuple[Step, ...]  # oldest first; the first one begins on FIRST

    def on(self, day: date) -> Step:
        """Return the step that holds on a day; on days before FIRST the first one."""
        found = bisect_right([step.since for step in self.steps], day)
        return self.steps[max(found - 1, 0)]


@lru_cache(maxsize=4)
def facts(folder: Path = FACTS) -> Mapping[str, Fact]:
    """Return all facts by name. Raises FactError."""
    found: dict[str, Fact] = {}
    for file in sorted(folder.glob("*.yaml")):
        for fact in _read(file):
            if fact.name in found:
                raise FactError(f"{file.name}: {fact.name}: stands in another file too; say it once")
            found[fact.name] = fact
    if not found:
        raise FactError(f"{folder}: has no file of facts")
    return found


@lru_cache(maxsize=4)
def changes(folder: Path = FACTS) -> tuple[date, ...]:
    """Return the days on which any fact changes, in order."""
    return tuple(sorted({step.since for fact in facts(folder).values() for step in fact.steps}))


def _read(file: Path) -> Iterable[Fact]:
    data = parsed(file, file.name, FactError)
    if not isinstance(data, dict) or not data:
        raise FactError(f"{file.name}: must be a mapping of facts")
    for name, said in data.items():
        where = f"{file.name}: {name}"
        if not isinstance(said, dict) or set(said) != FIELDS:
            raise FactError(f"{where}: is {said!r}; must have what and from, and nothing else")
        yield Fact(str(name), str(said["what"]), _steps(where, said["from"]))


def _steps(where: str, said: object) -> tuple[Step, ...]:
    if not isinstance(said, dict) or not said:
        raise FactError(f"{where}: from is {said!r}; must be days with values")
    steps = tuple(_step(where, since, step) for since, step in said.items())
    days = [step.since for step in steps]
    if days[0] != FIRST or days != sorted(set(days)):
        raise FactError(f"{where}: from begins {days[0]}; must begin {FIRST} and go on in order")
    return steps


def _step(where: str, since: object, said: object) -> Step:
    if type(since) is not date:
        raise FactError(f"{where}: from has {since!r}; must be a day, such as 2016-05-01")
    where = f"{where}: {since}"
    if not isinstance(said, dict) or set(said) != STEP_FIELDS:
        raise FactError(f"{where}: is {said!r}; must have is, grade and source, and nothing else")
    if said["grade"] not in GRADES:
        raise FactError(f"{where}: grade is {said['grade']!r}; must be one of {', '.join(GRADES)}")
    if not isinstance(said["source"], str) or not said["source"].strip():
        raise FactError(f"{where}: source is {said['source']!r}; must say where the value was read")
    value = said["is"]
    return Step(since, _frozen(value), said["grade"], said["source"])


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value

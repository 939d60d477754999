"""What the walks of one journey came to: what was not sent, why not, and whether it is worth going on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from renhai.load.engine.journey_run import COMPLETED
from renhai.load.trial.steps import Guard, Guarded
from renhai.spec.journeys.written.conditions import parse

MOST_WALKS = 200  # of one journey
MOST_OF_RARE = 2000  # where it says that something is sent still more seldom
MISSED = 5.0  # a share s is looked for in 5 / s walks: missed in exp(-5) of checks, 1 of 150
MOST_FAILED = 3  # walks of one journey in which an answer was not ok
MOST_SECONDS = 120.0  # of one journey
LOOKED_AT = 20  # walks of a journey that was refused something: is that seldom?

# journey (or signing in), place ("" in a journey in Python), operation
Step = tuple[str, str, str]


class Said(NamedTuple):
    """What the worst answer of a step in one walk said, without secrets."""

    outcome: str
    code: str = ""
    reason: str = ""


WORSE = ("ok", "rejected", "error")


@dataclass(frozen=True)
class Wanted:
    """One operation that a journey may send: in `share` (0 to 1) of its walks as far as anybody says so.

    new: for taxpayers alone who were not served before.
    """

    operation: str
    share: float
    new: bool = False
    guards: tuple[Guard, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether each walk of a journey in Python sends it."""
        return self.share == 1 and not self.new


@dataclass
class Answered:
    """In how many walks a step was passed, and in how many refused; first: what the first refusal said."""

    passed: int = 0
    refused: int = 0
    first: Said | None = None


@dataclass
class Asked:
    """A condition of one place: how often it did not hold and how often it did; there: whether what it reads
    was ever there, be it null."""

    condition: str
    held: list[int] = field(default_factory=lambda: [0, 0])
    there: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it compares what never was there: then no answer has decided how it goes."""
        return not self.there and parse(self.condition).compares


@dataclass
class Walked:
    """left: what was not sent, by its place. over: rows or taxpayers for it are used up.

    refused: walks that ended because the target refused something, and nothing else was wrong; failed: those
    that ended otherwise than at their end. asked: each condition that was looked at, by its place.
    complaints: what was wrong with the journey itself, in both languages, with the number of its walks.
    """

    left: dict[str, Wanted]
    walks: int = 0
    completed: int = 0
    failed: int = 0
    refused: int = 0
    seconds: float = 0.0
    over: bool = False
    complaints: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: dict[str, Asked] = field(default_factory=dict)
    steps: dict[Step, Answered] = field(default_factory=dict)

    @property
    def is_unfinished(self) -> bool:
        empty = any(one.is_empty for one in self.asked.values())
        return bool(self.left) or not self.completed or empty or (self.refused > 0 and self.walks < LOOKED_AT)

    @property
    def is_late(self) -> bool:
        return self.seconds >= MOST_SECONDS

    @property
    def most(self) -> int:
        """How many walks what is left is worth."""
        shares = [one.share for one in self.left.values()]
        return min(MOST_OF_RARE, max([MOST_WALKS, *(math.ceil(MISSED / share) for share in shares)]))

    @property
    def is_given_up(self) -> bool:
        """Whether no further walk of it is made."""
        often = self.refused >= MOST_FAILED and 2 * self.refused > self.walks
        return self.over or self.is_late or self.walks >= self.most or self.failed >= MOST_FAILED or often

    def take(self, how: str, troubled: bool, refused: bool = False) -> None:
        """One more walk, and how it ended. refused: of all its answers none was worse than a refusal."""
        held = how == COMPLETED and not troubled
        self.walks += 1
        self.completed += held
        self.refused += refused and not held
        self.failed += not refused and not held

    def answered(self, answers: Mapping[Step, Said]) -> None:
        """Of one walk: the worst answer of each step."""
        for step, said in answers.items():
            one = self.steps.setdefault(step, Answered())
            one.passed += said.outcome == "ok"
            if said.outcome == "rejected":
                one.first = one.first or said
                one.refused += 1

    def sent(self, here: Collection[str], ok: Collection[str]) -> None:
        """here: what was sent by this journey, by its place. ok: what any journey in Python has sent with
        success: of operations that not each walk sends that is proof enough, as the same code sends them."""
        self.left = {
            place: one
            for place, one in self.left.items()
            if place not in here and (one.is_sure or place not in ok)
        }

    def looked(self, place: str, condition: str, held: bool, there: bool) -> None:
        """A condition was looked at; there: what it reads."""
        one = self.asked.setdefault(place, Asked(condition))
        one.held[held] += 1
        one.there = one.there or there

    def told(self) -> dict[str, Any]:
        """For the line of it."""
        short = self.is_unfinished
        return {
            "walks": self.walks,
            "completed": self.completed,
            "failed": self.failed,
            "refused": [
                {"journey": journey, "place": place, "operation": operation, "refused": one.refused,
                 "passed": one.passed, "code": one.first.code, "reason": one.first.reason}
                for (journey, place, operation), one in self.steps.items() if one.first is not None
            ],
            "complaints": [
                {"en": en, "zh": zh, "times": times} for (en, zh), times in self.complaints.items()
            ],
            "late": short and self.is_late,
            "over": short and self.over,
            "left": [{"place": place, **self._why(one)} for place, one in sorted(self.left.items())],
            "absent": [
                {"place": place, "condition": str(one.condition), "path": parse(one.condition).path,
                 "times": sum(one.held), "compares": one.is_empty}
                for place, one in sorted(self.asked.items()) if not one.there
            ],
        }  # fmt: skip

    def _why(self, one: Wanted) -> dict[str, Any]:
        """Why something was not sent: condition (which was never as it `must` be), drawn, new, asked, far."""
        said: dict[str, Any] = {"operation": one.operation, "why": "far", "share": one.share}
        for guard in one.guards:
            if guard.condition is None:
                continue
            asked = self.asked.get(guard.condition.place)
            held = asked.held if asked is not None else [0, 0]
            if not held[guard.held]:
                more = {"why": "condition", "condition": str(guard.condition), "must": guard.held}
                return {**said, **more, "times": sum(held)} if sum(held) else said
        if self.failed or self.complaints or not self.completed:
            return said
        if any(guard.condition is None for guard in one.guards):
            return {**said, "why": "drawn"}
        if one.guards or one.is_sure:
            return said
        return {**said, "why": "new" if one.new else "asked"}


def wanted_of(sent: Iterable[tuple[str, float, bool]], placed: Iterable[Guarded]) -> dict[str, Wanted]:
    """By place, what a journey may send. sent: operation, share and whether for new taxpayers alone; placed:
    the steps of one that stands in the scenario, in the same order; else nothing, and an operation's place is
    its name."""
    steps = list(placed)
    if not steps:
        found: dict[str, Wanted] = {}
        for operation, share, new in sent:
            one = Wanted(operation, share, new)
            before = found.setdefault(operation, one)
            found[operation] = max(before, one, key=lambda one: (one.is_sure, one.share))
        return found
    return {
        name.place: Wanted(str(name), share, guards=guards)
        for (name, guards), (_, share, _) in zip(steps, sent, strict=True)
    }

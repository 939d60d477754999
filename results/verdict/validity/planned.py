"""Was the plan carried out? What each operation of the plan must show before a run can pass: its evidence.

Evidence of an operation is that it was sent, answered with success, and as often as planned in the
transactions that came to their end. The plan says of each step of a journey

- each: so often in every transaction;
- new: so often more in one whose taxpayer was not served before (who is registered first, say). A taxpayer
  who comes back by design, to pay what was filed, is not new; one who comes again because data.taxpayers has
  run out is held to the plan's steps, so that a mix that shrank by repetition is seen;
- least: only when the answers ask for it (a payment, where something is due), in at least this share.

The branches that were taken are thus counted as they were: which journey was drawn, who came back, what the
answers asked for. The test of a share is binomial: of n transactions at most TOLERATED may have sent a
step less (or more) often than planned, and the plan is left when so many as there were come about with a
probability below FALSE_ALARM, shared out among all tests of the run. Fewer than JUDGED expected are told and
not judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from results.snapshot.facts import Facts
from results.snapshot.run import Walk
from results.stats.binomial import at_least, at_most

FALSE_ALARM = 1e-6  # a run
TOLERATED = 0.01  # of the transactions
JUDGED = 10  # transactions expected to show it
BACK, AGAIN = "back", "again"  # kinds of walks: a taxpayer who comes back by design, or as nobody is left


class PlannedStep(BaseModel):
    """One operation of a journey; times in a transaction. many: those or more. least: a share, 0 to 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    each: int = Field(default=0, ge=0)
    new: int = Field(default=0, ge=0)
    many: bool = False
    least: float | None = Field(default=None, ge=0, le=1)


class Arrivals(BaseModel):
    """How many transactions were to begin. expected: the area under the rate. most: where there is a bound.

    process: `constant` (as many as the area has whole numbers) or `poisson` (mean and variance are the area).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    expected: float = Field(ge=0)
    process: str = "constant"
    most: int | None = Field(default=None, ge=0)

    def bounds(self) -> tuple[float, float]:
        """(least, most) that may have been due; beyond them lie less than one in a million true runs.

        Five standard deviations of a Poisson count, and 4 more for the longer tail of few; of an even process
        one arrival at either end.
        """
        room = 1.0 if self.process == "constant" else 5 * math.sqrt(self.expected) + 4
        low, high = self.expected - room, self.expected + room
        return (low, high) if self.most is None else (min(low, self.most), min(high, self.most))


class Planned(BaseModel):
    """`planned` of run.json. mixes: weights of journeys by `unit/post`, "" for arrivals.

    optional: globs of operations that need not give evidence. signs: what signs operators in. resends: a
    request may be sent once more after a new login.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    journeys: dict[str, dict[str, PlannedStep]] = {}
    mixes: dict[str, dict[str, float]] = {}
    optional: list[str] = []
    signs: list[str] = []
    resends: bool = False
    taxpayers: int = 0
    arrivals: Arrivals | None = None


Walks = Mapping[str, Mapping[str, Walk]]


class Tested(NamedTuple):
    """One count against the plan. what: fewer | more | unsent | refused | unanswered | mix.

    `seen` of `of` transactions showed what is wrong; share: what the plan has of them. again: how many of
    them served a taxpayer again. journey: "" for all of them. knows: a step that new taxpayers need.
    """

    operation: str
    journey: str
    what: str
    seen: int
    of: int
    share: float
    again: int = 0
    knows: bool = False


class Row(BaseModel):
    """An operation's evidence in run.json; `expected` transactions of those that came to their end."""

    expected: float
    shown: int
    sent: int
    ok: int
    state: str


class Proof(NamedTuple):
    """rows: by operation. broken: where the plan was left; mix: journeys started, by name and mix."""

    rows: dict[str, Row]
    broken: list[Tested]
    again: int


def prove(
    planned: Planned,
    walks: Walks,
    operations: Mapping[str, Facts],
    journeys: Mapping[str, Mapping[str, Any]],
    groups: Mapping[str, int],
) -> Proof:
    """What the run shows of its plan.

    journeys: counts of started, completed, failed and cut by name; groups: transactions begun by `unit/post`.
    """
    level = FALSE_ALARM / max(1, _tests(planned))
    required = [name for name in _names(planned) if not _optional(planned, name)]
    unsent = {
        name: found
        for name in required
        if (found := _unsent(planned, walks, name, operations, journeys, level))
    }
    shares = [*_shares(planned, walks, level)]
    wrong = [item for item in shares if item.operation in required and item.operation not in unsent]
    broken = [
        *unsent.values(),
        *_unproven(required, operations),
        *wrong,
        *_mixes(planned, journeys, groups, level),
    ]
    again = sum(kinds[AGAIN].transactions for kinds in walks.values() if AGAIN in kinds)
    rows = {name: _row(planned, walks, name, operations, broken) for name in _names(planned)}
    return Proof(rows, broken, again)


def _names(planned: Planned) -> list[str]:
    steps = [name for journey in planned.journeys.values() for name in journey]
    return list(dict.fromkeys([*planned.signs, *steps]))


def _optional(planned: Planned, name: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in planned.optional)


def _tests(planned: Planned) -> int:
    pairs = sum(len(steps) for steps in planned.journeys.values())
    return 3 * pairs + 2 * len(_names(planned)) + 2 * sum(len(mix) for mix in planned.mixes.values())


# Never sent, or never with success


def _ended(journeys: Mapping[str, Mapping[str, Any]], name: str) -> int:
    counts = journeys.get(name, {})
    return int(counts.get("completed", 0)) + int(counts.get("failed", 0))


def _unsent(
    planned: Planned,
    walks: Walks,
    name: str,
    operations: Mapping[str, Facts],
    journeys: Mapping[str, Mapping[str, Any]],
    level: float,
) -> Tested | None:
    """An operation that no transaction sent, though enough of them ended that should have."""
    if name in operations and operations[name].started:
        return None
    chances, certain, least = 0, False, 1.0
    for journey, steps in planned.journeys.items():
        if name in steps:
            back = _transactions(walks, journey, BACK) if not steps[name].each else 0
            chances += _ended(journeys, journey) - back
            certain = certain or steps[name].least is None
            least = min(least, steps[name].least or 1.0)
    if name in planned.signs:
        chances, certain = sum(_ended(journeys, journey) for journey in planned.journeys), True
    share = 1 - TOLERATED if certain else least
    if chances * share < JUDGED or at_most(0, chances, share) > level:
        return None
    completed = any(
        _transactions(walks, journey) for journey, steps in planned.journeys.items() if name in steps
    )
    failed = any(facts.rejected or facts.errors for facts in operations.values())
    return Tested(
        name,
        "",
        "unsent" if completed or not failed else "unreached",
        0,
        chances,
        1.0 if certain else least,
        _again(walks, planned, name),
        _is_new(planned, name),
    )


def _unproven(required: list[str], operations: Mapping[str, Facts]) -> Iterator[Tested]:
    for name in required:
        facts = operations.get(name)
        if facts is None or not facts.started or facts.ok:
            continue
        if facts.rejected + facts.errors:
            yield Tested(name, "", "refused", facts.rejected + facts.errors, facts.started, 1.0)
        elif facts.started >= JUDGED:
            yield Tested(name, "", "unanswered", facts.started, facts.started, 1.0)


# Shares


class Counted(NamedTuple):
    """Transactions of one step: held to it, that sent it too seldom, that may send it too often, that did.

    asked, answered: those that may ask for it, and did. least: the lowest share of them by the plan.
    """

    held: int = 0
    fewer: int = 0
    bounded: int = 0
    more: int = 0
    asked: int = 0
    answered: int = 0
    least: float = 0.0
    again: int = 0
    new: bool = False


def _shares(planned: Planned, walks: Walks, level: float) -> Iterator[Tested]:
    """Each operation over all journeys, and where that shows nothing each step of each journey."""
    for name in _names(planned):
        parts = {
            journey: _count(steps[name], walks.get(journey, {}), name, planned.resends)
            for journey, steps in planned.journeys.items()
            if name in steps
        }
        whole = _judge(_added(list(parts.values())), name, "", level) if len(parts) > 1 else None
        if whole:
            yield whole
            continue
        for journey, counted in parts.items():
            found = _judge(counted, name, journey, level)
            if found:
                yield found


def _count(step: PlannedStep, kinds: Mapping[str, Walk], name: str, resends: bool) -> Counted:
    held = fewer = bounded = more = asked = answered = again = 0
    for kind, walk in kinds.items():
        wanted = step.each + (0 if kind == BACK else step.new)
        times = walk.times(name)
        if wanted:
            missing = sum(times[: min(wanted, 4)])
            held, fewer = held + walk.transactions, fewer + missing
            again += missing if kind == AGAIN else 0
        if step.least is not None:
            asked, answered = asked + walk.transactions, answered + sum(times[wanted + 1 :])
        elif not step.many and not resends and wanted < 4:
            bounded, more = bounded + walk.transactions, more + sum(times[wanted + 1 :])
    return Counted(
        held,
        fewer,
        bounded,
        more,
        asked,
        answered,
        step.least or 0.0,
        again,
        bool(step.new and not step.each),
    )


def _added(parts: list[Counted]) -> Counted:
    return Counted(
        held=sum(part.held for part in parts),
        fewer=sum(part.fewer for part in parts),
        bounded=sum(part.bounded for part in parts),
        more=sum(part.more for part in parts),
        asked=sum(part.asked for part in parts),
        answered=sum(part.answered for part in parts),
        least=min((part.least for part in parts if part.asked), default=0.0),
        again=sum(part.again for part in parts),
        new=any(part.new for part in parts),
    )


def _judge(c: Counted, name: str, journey: str, level: float) -> Tested | None:
    if c.held >= JUDGED and at_least(c.fewer, c.held, TOLERATED) < level:
        return Tested(name, journey, "fewer", c.fewer, c.held, 1.0, c.again, c.new)
    if c.bounded >= JUDGED and at_least(c.more, c.bounded, TOLERATED) < level:
        return Tested(name, journey, "more", c.more, c.bounded, 0.0)
    if c.asked * c.least >= JUDGED and at_most(c.answered, c.asked, c.least) < level:
        return Tested(name, journey, "fewer", c.asked - c.answered, c.asked, c.least)
    return None


def _mixes(
    planned: Planned, journeys: Mapping[str, Mapping[str, Any]], groups: Mapping[str, int], level: float
) -> Iterator[Tested]:
    """Each journey's share of all that were begun: at a post drawn by its weights, likewise of arrivals."""
    started = {name: int(counts.get("started", 0)) for name, counts in journeys.items()}
    names = list(dict.fromkeys(name for mix in planned.mixes.values() for name in mix))
    begun = {place: groups.get(place, 0) for place in planned.mixes}
    if "" in planned.mixes:
        begun[""] = sum(started.get(name, 0) for name in names)
    total = sum(begun.values())
    for name in names:
        expected = sum(
            begun[place] * mix.get(name, 0.0) / sum(mix.values()) for place, mix in planned.mixes.items()
        )
        share = expected / total if total else 0.0
        seen = started.get(name, 0)
        if min(expected, total) < JUDGED or share >= 1:
            continue
        seldom = at_most(seen, total, share * (1 - TOLERATED)) < level
        if seldom or at_least(seen, total, min(1.0, share * (1 + TOLERATED))) < level:
            yield Tested(name, name, "mix", seen, total, share)


# What is told


def _row(
    planned: Planned, walks: Walks, name: str, operations: Mapping[str, Facts], broken: list[Tested]
) -> Row:
    expected, shown = 0.0, 0
    for journey, steps in planned.journeys.items():
        step = steps.get(name)
        if step is None:
            continue
        for kind, walk in walks.get(journey, {}).items():
            wanted = step.each + (0 if kind == BACK else step.new)
            expected += walk.transactions * (1.0 if wanted else step.least or 0.0)
            shown += walk.transactions - walk.times(name)[0]
    facts = operations.get(name, Facts())
    found = next((item.what for item in broken if item.operation == name and item.what != "mix"), "")
    if _optional(planned, name):
        state = "optional"
    elif found:
        state = found
    elif name in planned.signs:
        state = "shown" if facts.ok else "too few to judge"
    else:
        state = "shown" if expected >= JUDGED else "too few to judge"
    return Row(expected=round(expected, 1), shown=shown, sent=facts.started, ok=facts.ok, state=state)


def _transactions(walks: Walks, journey: str, kind: str | None = None) -> int:
    kinds = walks.get(journey, {})
    return sum(walk.transactions for name, walk in kinds.items() if kind is None or name == kind)


def _again(walks: Walks, planned: Planned, name: str) -> int:
    return sum(
        _transactions(walks, journey, AGAIN) for journey, steps in planned.journeys.items() if name in steps
    )


def _is_new(planned: Planned, name: str) -> bool:
    """Whether only new taxpayers need it."""
    steps = [journey[name] for journey in planned.journeys.values() if name in journey]
    return bool(steps) and all(step.new and not step.each for step in steps)

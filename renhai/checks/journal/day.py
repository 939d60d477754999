"""A day of a bureau as a journal: its operators work through their journeys, one step at a time in the order
of a made clock, at a reference system that answers as the recorded one. The same seed gives the same journal.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from heapq import heappop, heappush
from random import Random
from typing import Any, Protocol

from renhai.binding.codec import Reply
from renhai.checks.journal.twins import Twins
from renhai.spec.cutover.journal.domains import Domains
from renhai.spec.cutover.journal.entry import Entry
from renhai.spec.journeys.cases import Case, Exhausted, Partition, People, TaxpayerPool
from renhai.spec.journeys.registry import THINK, Journey
from renhai.spec.loader import LoadedScenario
from renhai.spec.workload import lognormal
from renhai.spec.workload.common import ThinkTime

CHINA = timezone(timedelta(hours=8))
STEP_S = 2.0  # from an answer to the next request inside a journey: a form is filled
MARGIN = 1.15  # so much more than wanted fits into the hours, as the estimate is one of means
MOST_IN_VAIN = 1000
ADMITTED = 40  # taxpayers are looked through for one of a unit's, for each that it has on average


class Asks(Protocol):
    """Whoever can ask the target."""

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        """One question, its answer judged by the target file."""


@dataclass(frozen=True)
class Seats:
    """Operators of one unit and post. hours: (start, end) in seconds of the day."""

    unit: str
    post: str
    count: int
    hours: tuple[tuple[float, float], ...]
    mix: Mapping[str, float]
    think: ThinkTime


class UnitPeople:
    """The taxpayers of one authority, in the order of the population; of all where it has none."""

    def __init__(self, people: People, unit: str, most: int) -> None:
        self._people, self._unit, self._most = people, unit[:7], most
        self._found: list[int] = []
        self._next = 0

    def taxpayer(self, i: int) -> Any:
        while len(self._found) <= i and self._next < self._most:
            if self._people.taxpayer(self._next).authority[:7] == self._unit:
                self._found.append(self._next)
            self._next += 1
        if len(self._found) <= i:
            raise Exhausted(f"the population has {len(self._found)} taxpayers of {self._unit}; have more")
        return self._people.taxpayer(self._found[i])


class UnitPool(TaxpayerPool):
    """Remembers whom it handed out last."""

    last: Case | None = None

    def case(
        self,
        fresh: bool = False,
        owing: bool = False,
        paid: bool = False,
        returning: bool = False,
        of: Callable[[Any], bool] | None = None,
    ) -> Case:
        self.last = super().case(fresh, owing, paid, returning, of)
        return self.last


@dataclass(frozen=True)
class _Seat:
    """Whom a journey sees at work. seat: counted through all posts of the unit, so that nobody is two."""

    unit: str
    post: str
    seat: int


class _Operator:
    """Somebody at a post: the journey under way and its taxpayer. number: at the post; seat: in the unit."""

    def __init__(self, seats: Seats, number: int, seat: int, seed: int) -> None:
        self.seats, self.name = seats, f"{seats.post}/{number}"
        self.seat = _Seat(seats.unit, seats.post, seat)
        self.random = Random(f"{seed}/{seats.unit}/{self.name}")
        self.steps: Any = None
        self.taxpayer = ""
        self.person: Any = None  # the taxpayer, where the journey has one
        self.reply: Reply | None = None


def seats_of(loaded: LoadedScenario) -> list[Seats]:
    """Who works in a scenario's day: its bureau's, or its operators, who then work from nine to five."""
    staffing = loaded.staffing
    if staffing is not None:
        assert loaded.scenario.load.bureau is not None
        clock, pace = loaded.scenario.load.bureau.clock, staffing.pace
        found = []
        for group in staffing.groups:
            hours = tuple((clock.start + a * pace, clock.start + b * pace) for a, b, _ in group.hours)
            post = staffing.posts[group.plan_post]
            seats = Seats(group.unit, group.plan_post, group.count, hours, post.journeys, post.think_time)
            found.append(seats)
        return found
    day = ((9 * 3600.0, 17 * 3600.0),)
    return [
        Seats(group.unit or "", group.post, int(group.count), day,
              loaded.posts[group.post].journeys, loaded.posts[group.post].think_time)
        for group in loaded.scenario.load.operators or ()
    ]  # fmt: skip


def entries(
    seats: list[Seats],
    journeys: Mapping[str, Journey],
    asker: Asks,
    people: People,
    taxpayers: int,
    seed: int,
    day: str,
    wanted: int,
    twins: Twins | None = None,
) -> Iterator[Entry]:
    """`wanted` transactions, in the order of time; fewer where the hours end or nobody is left. twins: for
    whom the same is entered, too."""
    pools: dict[str, UnitPool] = {}
    for one in seats:
        mine: Any = UnitPeople(people, one.unit, taxpayers) if one.unit else people
        pools.setdefault(one.unit, UnitPool(mine, Partition(taxpayers), seed))
    slower = _slower(seats, journeys, wanted)
    waiting: list[tuple[float, int, _Operator]] = []
    seated: Counter[str] = Counter()
    domains = Domains()
    for one in seats:
        for number in range(1, one.count + 1):
            operator = _Operator(one, number, seated[one.unit], seed)
            seated[one.unit] += 1
            first = one.hours[0][0] + operator.random.random() * _think(one.think, operator.random) * slower
            heappush(waiting, (first, len(waiting), operator))
    midnight, count, order, in_vain = datetime.fromisoformat(day).replace(tzinfo=CHINA), 0, len(waiting), 0
    while waiting and count < wanted and in_vain < MOST_IN_VAIN:
        now, _, operator = heappop(waiting)
        step = _next_step(operator, pools[operator.seats.unit], journeys)
        pause = STEP_S
        if step is None:
            in_vain += 1
            pause = _think(operator.seats.think, operator.random) * slower
        elif step[0] == THINK:
            operator.reply, pause = Reply("ok", {}, "", ""), float(step[1]["seconds"])
        else:
            in_vain, count = 0, count + 1
            operator.reply = asker.ask(*step)
            at = midnight + timedelta(milliseconds=int(now * 1000))
            entry = _entry(count, operator, domains, *step, at)
            yield entry
            if (
                twins
                and count < wanted
                and (same := _of_twin(entry, operator, twins, asker, domains, count + 1))
            ):
                count += 1
                yield same
        due = _within(now + pause, operator.seats.hours)
        if due is not None:
            order += 1
            heappush(waiting, (due, order, operator))
    for _, _, operator in waiting:
        if operator.steps is not None:
            operator.steps.close()


def _next_step(
    operator: _Operator, pool: UnitPool, journeys: Mapping[str, Journey]
) -> tuple[str, dict[str, Any]] | None:
    """What the operator sends next; None between two journeys."""
    try:
        if operator.steps is not None:
            step: tuple[str, dict[str, Any]] = operator.steps.send(operator.reply)
            return step
        names = list(operator.seats.mix)
        name = operator.random.choices(names, [operator.seats.mix[one] for one in names])[0]
        pool.last, pool.seat = None, operator.seat
        operator.steps = journeys[name].walk(pool)
        step = operator.steps.send(None)
        who: Case | None = pool.last
        operator.person = who.taxpayer if who is not None else None
        operator.taxpayer = str(who.taxpayer.djxh) if who is not None else operator.name
        return step
    except (StopIteration, Exhausted):
        operator.steps = None
        return None


def _entry(
    count: int, operator: _Operator, domains: Domains, operation: str, fields: dict[str, Any], at: datetime
) -> Entry:
    reply = operator.reply
    assert reply is not None
    domain, who = domains.of(operation, fields, reply.data)
    return Entry(
        id=f"{count:07d}",
        taxpayer=who or operator.taxpayer,  # who it is about, of whom it is read or written
        unit=operator.seats.unit,
        operator=operator.name,
        domain=domain,
        operation=operation,
        fields=fields,
        at=at.isoformat(timespec="milliseconds"),
        outcome=reply.outcome,
        code=str(reply.code),
        answer=reply.data if reply.outcome == "ok" else None,
    )


def _of_twin(
    entry: Entry, operator: _Operator, twins: Twins, asker: Asks, domains: Domains, count: int
) -> Entry | None:
    """The same, entered for the twin right after it; None where there is none."""
    twin, one = twins.of(operator.person, entry.taxpayer), operator.reply
    if twin is None or one is None:
        return None
    fields = twins.fields(twin, entry.fields)
    other = asker.ask(entry.operation, fields)
    twins.answered(twin, one, other)
    domain, who = domains.of(entry.operation, fields, other.data)
    return replace(
        entry,
        id=f"{count:07d}",
        taxpayer=who or twin.djxh,
        domain=domain,
        fields=fields,
        outcome=other.outcome,
        code=str(other.code),
        answer=other.data if other.outcome == "ok" else None,
    )


def _within(due: float, hours: tuple[tuple[float, float], ...]) -> float | None:
    """When somebody works on who would do so at `due`; None: not on this day."""
    for start, end in hours:
        if due < end:
            return max(due, start)
    return None


def _slower(seats: list[Seats], journeys: Mapping[str, Journey], wanted: int) -> float:
    """By how much longer people think than their post says, so that the day has not many more transactions
    than wanted; never shorter."""
    low, high = 1.0, 1.0
    while _expected(seats, journeys, high) > wanted * MARGIN and high < 1e6:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _expected(seats, journeys, middle) > wanted * MARGIN else (low, middle)
    return low


def _expected(seats: list[Seats], journeys: Mapping[str, Journey], slower: float) -> float:
    total = 0.0
    for one in seats:
        weights = sum(one.mix.values())
        steps = sum(journeys[name].requests * weight for name, weight in one.mix.items()) / weights
        seconds = sum(end - start for start, end in one.hours)
        total += one.count * seconds / (_mean(one.think) * slower + steps * STEP_S) * steps
    return total


def _mean(think: ThinkTime) -> float:
    if think.uniform is not None:
        return sum(think.uniform) / 2
    if think.lognormal is not None:
        return lognormal.mean(think.lognormal.median, think.lognormal.p95)
    return float(think.exponential or think.fixed or 0.0)


def _think(think: ThinkTime, random: Random) -> float:
    if think.uniform is not None:
        return random.uniform(*think.uniform)
    if think.lognormal is not None:
        spread = lognormal.sigma(think.lognormal.median, think.lognormal.p95)
        return random.lognormvariate(math.log(think.lognormal.median), spread)
    if think.exponential is not None:
        return random.expovariate(1 / think.exponential)
    return float(think.fixed or 0.0)

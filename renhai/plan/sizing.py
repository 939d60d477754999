"""A scenario on paper: what it will ask of the target and of the data, with no load sent.

Closed model, by the interactive response time law (Little): transactions per second = operators / (think time
+ time in the target). The time in the target is unknown beforehand, so the rate given is the highest possible
one, with a target that answers at once. Requests are counted as each step of a journey once: steps that are
left out (a taxpayer who is known already) and steps that repeat (invoices of a range) make it a round figure.
Pauses inside a journey are think time, too. With `iterations` the load ends when they are done: an operator's
n journeys take n times his think time, arrivals until as many have come.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from renhai.binding.schema.connections import OF_JOURNEY, SHARED, Way
from renhai.core.machine.environment import cores
from renhai.plan.model import (
    ClosedLoad,
    OpenLoad,
    Post,
    RateStage,
    ScenarioPlan,
    SearchLoad,
    UserFileLoad,
    UserStage,
)
from renhai.plan.reference_volumes import BENCHMARK, DOCUMENTS, FIELDS, Speed
from renhai.spec.journeys.registry import Journey
from renhai.spec.journeys.written.declared import each_step

if TYPE_CHECKING:  # a load process sizes nothing
    from renhai.spec.loader import LoadedScenario

SPARE_FILES = 100  # logs, libraries, the event loop
PORTS_USED = 0.9  # of a range: other programs have some, and the kernel looks long for the last ones
IN_FLIGHT_S = 10.0  # a journey under way is taken to last so long at most


@dataclass(frozen=True)
class PostSize:
    """Operators at one post; `think_s` is the mean of a transaction; the rate is of them at full strength."""

    post: str
    operators: int
    think_s: float
    rate: float
    requests_rate: float


@dataclass(frozen=True)
class Size:
    """`transactions` and `requests` of the whole run; rates per second at the highest stage.

    ends_s: when the iterations are about done, where that is before the stages are.
    """

    duration_s: float
    users: int
    peak_rate: float
    peak_requests_rate: float
    transactions: float
    requests: float
    taxpayers_needed: int
    taxpayers: int
    posts: list[PostSize] = field(default_factory=list)
    journeys: dict[str, float] = field(default_factory=dict)
    ends_s: float | None = None


def size(scenario: ScenarioPlan, journeys: dict[str, Journey]) -> Size:
    """The size of a planned scenario."""
    load = scenario.load
    if isinstance(load, UserFileLoad):
        return _users(scenario, load)
    return (
        _closed(scenario, load, journeys) if isinstance(load, ClosedLoad) else _open(scenario, load, journeys)
    )


def speed_of(loaded: LoadedScenario, given: float | None = None) -> Speed:
    """What a core of a load machine makes of this scenario: as given (requests/s), else as measured."""
    if given is not None:
        return Speed(given, "as given")
    own = (loaded.scenario.journeys.get(name, ()) for name in loaded.journeys)
    documents = any(getattr(step, "document", None) for steps in own for _, step in each_step(steps, ()))
    computed = documents or any(item.file for item in loaded.journeys.values())
    return (DOCUMENTS if computed else FIELDS)["closed" if loaded.closed else "open"]


def warnings(size: Size, processes: int, speed: Speed) -> list[str]:
    """What a person should think about before this run, each with its remedy."""
    found = []
    if size.taxpayers_needed > size.taxpayers:
        found.append(
            f"{size.taxpayers_needed:,} taxpayers are needed, but there are {size.taxpayers:,};"
            " raise data.taxpayers"
        )
    if size.peak_requests_rate > speed.requests * processes and math.isfinite(size.peak_requests_rate):
        found.append(
            f"{size.peak_requests_rate:,.0f} requests/s are more than {processes} process(es) may reach"
            f" (about {speed.requests:,.0f} each: {speed.of}, see {BENCHMARK}); raise --processes"
        )
    if processes > cores():
        found.append(f"{processes} processes share {cores()} core(s); use as many processes as cores")
    if size.posts and not math.isfinite(size.peak_rate):
        found.append("a post without think time works as fast as the target answers; the rate is unknown")
    return found


@dataclass(frozen=True)
class Sockets:
    """What a plan asks of a load machine: connections open at once, and newly opened a second at the peak,
    `most` in all.

    Of a target that answers at once, so `newly` is the most; infinite where posts do not think. An idle
    connection that a server closes early is opened anew, which nobody can know beforehand.
    """

    way: Way
    at_once: float
    newly: float
    most: float = math.inf

    def ports(self, wait_s: float) -> float:
        """Local ports taken at the peak, where one rests for `wait_s` after its connection was closed."""
        return self.at_once + min(self.newly * wait_s, self.most)

    def sources(self, wait_s: float, each: int, addresses: int = 1) -> int:
        """How many source addresses that takes, of a target with so many addresses; 1 where it is unknown."""
        needed = self.ports(wait_s) / (each * PORTS_USED * addresses)
        return max(1, math.ceil(needed)) if math.isfinite(needed) else 1

    def loopback_sources(self, wait_s: float, each: int, addresses: int = 1) -> int:
        """The same of 127.0.0.0/8, which has addresses enough: each gives a quarter of its ports at most.

        connect() goes through all ports of one parity before it takes one of the other, and finds a free one
        the later the more are taken (__inet_hash_connect, net/ipv4/inet_hashtables.c): beyond half of them a
        connection costs half a millisecond, in which no answer is read.
        """
        return self.sources(wait_s, each // 4, addresses)


def sockets(scenario: ScenarioPlan, way: Way) -> Sockets | None:
    """None for a user's own Locust file, which connects by itself."""
    load = scenario.load
    if isinstance(load, UserFileLoad):
        return None
    if way.kind == SHARED:
        return Sockets(way, way.count, way.count / max(way.idle_s, 1.0))
    if not isinstance(load, ClosedLoad):
        rate = load.search.highest if isinstance(load, SearchLoad) else load.peak_rate
        most = _most(load)
        return Sockets(way, min(load.arrivals.max_in_flight, rate * IN_FLIGHT_S, most), rate, most)
    begun = sum(_begun(group.count, scenario.posts[group.post].think.mean) for group in load.operators)
    if way.kind == OF_JOURNEY:
        return Sockets(way, load.peak_users, begun, _most(load))
    sits = max((abs(s.users_to - s.users_from) / max(s.seconds, 1.0) for s in load.stages), default=0.0)
    anew = sum(
        _begun(group.count, scenario.posts[group.post].think.mean)
        for group in load.operators
        if scenario.posts[group.post].think.mean > way.idle_s
    )
    return Sockets(way, load.peak_users * way.count, sits * way.count + anew)


def _most(load: ClosedLoad | OpenLoad | SearchLoad) -> float:
    """How many journeys are begun at most."""
    said = None if isinstance(load, SearchLoad) else load.iterations
    if said is None:
        return math.inf
    if said.operator is not None and isinstance(load, ClosedLoad):
        return said.operator * load.seats
    return said.run or math.inf


def _begun(operators: int, think_s: float) -> float:
    return operators / think_s if think_s else math.inf


def steps_per_transaction(mix: dict[str, float], journeys: dict[str, Journey]) -> float:
    """The mean number of requests of a journey mix, each step counted once."""
    return _mean(mix, {name: len(journeys[name].operations) for name in mix})


def _mean(mix: dict[str, float], values: dict[str, float]) -> float:
    return sum(weight * values[name] for name, weight in mix.items()) / sum(mix.values())


def mean_share(load: ClosedLoad | OpenLoad | SearchLoad, full: float) -> float:
    """The mean level over the stages as a share of `full`."""
    area = sum(stage.seconds * sum(_ends(stage)) / 2 for stage in load.stages)
    return float(area / (load.seconds * full)) if full else 0.0


def _ends(stage: UserStage | RateStage) -> tuple[float, float]:
    if isinstance(stage, UserStage):
        return stage.users_from, stage.users_to
    return stage.rate_from, stage.rate_to


def fresh_taxpayers(transactions: dict[str, float], journeys: dict[str, Journey]) -> int:
    """How many taxpayers are used up by journeys that serve each one once; 0 where the rate is unknown."""
    used = sum(count for name, count in transactions.items() if journeys[name].fresh)
    return math.ceil(used) if math.isfinite(used) else 0


def _closed(scenario: ScenarioPlan, load: ClosedLoad, journeys: dict[str, Journey]) -> Size:
    counts: dict[str, int] = {}
    for group in load.operators:
        counts[group.post] = counts.get(group.post, 0) + group.count
    posts = [_post_size(name, count, scenario.posts[name], journeys) for name, count in counts.items()]
    users, peak = load.seats, load.peak_users
    share = mean_share(load, users)
    rate, requests = sum(post.rate for post in posts), sum(post.requests_rate for post in posts)
    mixes = {post.post: (post.rate, scenario.posts[post.post].journeys) for post in posts}
    by_journey = _by_journey(mixes, share * load.seconds)
    transactions, all_requests, ends_s = rate * share * load.seconds, requests * share * load.seconds, None
    if (most := _most(load)) < transactions:  # of each operator alike, whatever his think time
        own = most / users
        each = {post.post: (post.operators * own, scenario.posts[post.post].journeys) for post in posts}
        by_journey, transactions = _by_journey(each, 1.0), most
        all_requests = sum(n * steps_per_transaction(mix, journeys) for n, mix in each.values())
        ends_s = min(_seated(load) + math.ceil(own) * max(post.think_s for post in posts), load.seconds)
    return Size(
        duration_s=load.seconds,
        users=peak,
        peak_rate=rate * peak / users,
        peak_requests_rate=requests * peak / users,
        transactions=transactions,
        requests=all_requests,
        taxpayers_needed=(peak + fresh_taxpayers(by_journey, journeys)) * _serve(by_journey, journeys),
        taxpayers=scenario.data.taxpayers,
        posts=posts,
        journeys=by_journey,
        ends_s=ends_s,
    )


def _serve(used: Iterable[str], journeys: dict[str, Journey]) -> bool:
    """Whether any of them has to do with taxpayers."""
    return any(journeys[name].serves for name in used)


def _seated(load: ClosedLoad) -> float:
    """When as many sit as ever do, in seconds."""
    at = 0.0
    for stage in load.stages:
        if stage.users_from >= load.peak_users:
            return at
        at += stage.seconds
        if stage.users_to >= load.peak_users:
            return at
    return at


def _users(scenario: ScenarioPlan, load: UserFileLoad) -> Size:
    """A user's own Locust file: what its users will send is written there."""
    unknown, people = math.inf, scenario.data.taxpayers
    return Size(load.seconds, load.peak_users, unknown, unknown, unknown, unknown, 0, people)


def _post_size(name: str, count: int, post: Post, journeys: dict[str, Journey]) -> PostSize:
    think = post.think.mean + _mean(post.journeys, {one: journeys[one].pause_s for one in post.journeys})
    rate = count / think if think else math.inf
    return PostSize(name, count, think, rate, rate * steps_per_transaction(post.journeys, journeys))


def _open(scenario: ScenarioPlan, load: OpenLoad | SearchLoad, journeys: dict[str, Journey]) -> Size:
    peak, mix = load.peak_rate, load.arrivals.journeys
    total = peak * mean_share(load, peak) * load.seconds
    steps, ends_s = steps_per_transaction(mix, journeys), None
    if (most := _most(load)) < total:
        ends_s, total = _until(load, most), most
    by_journey = _by_journey({"": (total, mix)}, 1.0)
    at_once = min(math.ceil(total), load.arrivals.max_in_flight)
    return Size(
        duration_s=load.seconds,
        users=0,
        peak_rate=peak,
        peak_requests_rate=peak * steps,
        transactions=total,
        requests=total * steps,
        taxpayers_needed=(fresh_taxpayers(by_journey, journeys) + at_once) * _serve(by_journey, journeys),
        taxpayers=scenario.data.taxpayers,
        journeys=by_journey,
        ends_s=ends_s,
    )


def _until(load: OpenLoad | SearchLoad, count: float) -> float:
    """When so many have arrived, in seconds: the rates' area up to there."""
    at = 0.0
    for stage in load.stages:
        low, high = stage.rate_from, stage.rate_to
        area = stage.seconds * (low + high) / 2
        if area >= count:
            slope = (high - low) / stage.seconds
            return at + 2 * count / (low + math.sqrt(low**2 + 2 * slope * count))
        at, count = at + stage.seconds, count - area
    return at


def _by_journey(mixes: dict[str, tuple[float, dict[str, float]]], seconds: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for rate, mix in mixes.values():
        for name, weight in mix.items():
            found[name] = found.get(name, 0.0) + rate * seconds * weight / sum(mix.values())
    return found

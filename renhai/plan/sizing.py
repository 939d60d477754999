"""A scenario on paper: what it will ask of the target and of the data, with no load sent.

Closed model, by the interactive response time law (Little): transactions per second = operators / (think time
+ time in the target). The time in the target is unknown beforehand, so the rate given is the highest possible
one, with a target that answers at once. Requests are counted as each step of a journey once: steps that are
left out (a taxpayer who is known already) and steps that repeat (invoices of a range) make it a round figure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from renhai.core import environment
from renhai.core.environment import cores
from renhai.plan.build import duration_of
from renhai.plan.reference_volumes import BENCHMARK, DOCUMENTS, FIELDS, Speed
from renhai.spec.journey_catalog import Journey
from renhai.spec.loader import LoadedScenario

SPARE_FILES = 100  # logs, libraries, the event loop
Z95 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True)
class PostSize:
    """Operators at one post; `think_s` is the mean; the rate is of transactions at full strength."""

    post: str
    operators: int
    think_s: float
    rate: float
    requests_rate: float


@dataclass(frozen=True)
class Size:
    """`transactions` and `requests` of the whole run; rates per second at the highest stage."""

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


def size(scenario: dict[str, Any], journeys: dict[str, Journey]) -> Size:
    """The size of a normalised scenario (see renhai.plan.build)."""
    if scenario.get("measured"):
        return _users(scenario)
    return _closed(scenario, journeys) if scenario["load"]["model"] == "closed" else _open(scenario, journeys)


def speed_of(loaded: LoadedScenario, given: float | None = None) -> Speed:
    """What a core of a load machine makes of this scenario: as given (requests/s), else as measured."""
    if given is not None:
        return Speed(given, "as given")
    steps = [step for name in loaded.journeys for step in loaded.scenario.journeys.get(name, ())]
    computed = any(item.file for item in loaded.journeys.values()) or any(step.document for step in steps)
    return (DOCUMENTS if computed else FIELDS)["closed" if loaded.closed else "open"]


def warnings(size: Size, scenario: dict[str, Any], processes: int, speed: Speed) -> list[str]:
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
    files = environment.reachable_files() - SPARE_FILES
    if size.users > files * processes:
        found.append(
            f"{size.users:,} operators need a connection each, but a process may open {files:,};"
            " raise the limit (renhai doctor) or --processes"
        )
    if size.posts and not math.isfinite(size.peak_rate):
        found.append("a post without think time works as fast as the target answers; the rate is unknown")
    return found


def mean_think(think: dict[str, Any]) -> float:
    """The mean of a think time in seconds."""
    kind, params = think["kind"], think["params"]
    if kind == "uniform":
        return float(params["low"] + params["high"]) / 2
    if kind == "exponential":
        return float(params["mean"])
    if kind == "lognormal":
        # median = exp(mu), p95 = exp(mu + z95 sigma), mean = exp(mu + sigma^2 / 2)
        sigma = math.log(params["p95"] / params["median"]) / Z95
        return float(params["median"] * math.exp(sigma**2 / 2))
    return float(params["seconds"])


def steps_per_transaction(mix: dict[str, float], journeys: dict[str, Journey]) -> float:
    """The mean number of requests of a journey mix, each step counted once."""
    total = sum(mix.values())
    return sum(weight * len(journeys[name].operations) for name, weight in mix.items()) / total


def mean_share(stages: list[dict[str, Any]], names: tuple[str, str], full: float) -> float:
    """The mean level over the stages as a share of `full`."""
    area = sum(stage["seconds"] * (stage[names[0]] + stage[names[1]]) / 2 for stage in stages)
    return float(area / (sum(stage["seconds"] for stage in stages) * full)) if full else 0.0


def fresh_taxpayers(transactions: dict[str, float], journeys: dict[str, Journey]) -> int:
    """How many taxpayers are used up by journeys that serve each one once; 0 where the rate is unknown."""
    used = sum(count for name, count in transactions.items() if journeys[name].fresh)
    return math.ceil(used) if math.isfinite(used) else 0


def _closed(scenario: dict[str, Any], journeys: dict[str, Journey]) -> Size:
    counts: dict[str, int] = {}
    for group in scenario["load"]["groups"]:
        counts[group["post"]] = counts.get(group["post"], 0) + group["count"]
    posts = [_post_size(name, count, scenario["posts"][name], journeys) for name, count in counts.items()]
    users = sum(counts.values())
    stages = scenario["load"]["stages"]
    peak = max(max(stage["users_from"], stage["users_to"]) for stage in stages)
    seconds = duration_of(scenario)
    share = mean_share(stages, ("users_from", "users_to"), users)
    rate, requests = sum(post.rate for post in posts), sum(post.requests_rate for post in posts)
    mixes = {post.post: (post.rate, scenario["posts"][post.post]["journeys"]) for post in posts}
    by_journey = _by_journey(mixes, share * seconds)
    return Size(
        duration_s=seconds,
        users=peak,
        peak_rate=rate * peak / users,
        peak_requests_rate=requests * peak / users,
        transactions=rate * share * seconds,
        requests=requests * share * seconds,
        taxpayers_needed=peak + fresh_taxpayers(by_journey, journeys),
        taxpayers=scenario["data"]["taxpayers"],
        posts=posts,
        journeys=by_journey,
    )


def _users(scenario: dict[str, Any]) -> Size:
    """A user's own Locust file: what its users will send is written there."""
    users = max(max(stage["users_from"], stage["users_to"]) for stage in scenario["load"]["stages"])
    seconds, people = duration_of(scenario), scenario["data"]["taxpayers"]
    return Size(seconds, users, math.inf, math.inf, math.inf, math.inf, 0, people)


def _post_size(name: str, count: int, post: dict[str, Any], journeys: dict[str, Journey]) -> PostSize:
    think = mean_think(post["think"])
    rate = count / think if think else math.inf
    return PostSize(name, count, think, rate, rate * steps_per_transaction(post["journeys"], journeys))


def _open(scenario: dict[str, Any], journeys: dict[str, Journey]) -> Size:
    load = scenario["load"]
    stages = load["stages"]
    peak = max(max(stage["rate_from"], stage["rate_to"]) for stage in stages)
    seconds = duration_of(scenario)
    total = peak * mean_share(stages, ("rate_from", "rate_to"), peak) * seconds
    steps = steps_per_transaction(load["arrivals"]["journeys"], journeys)
    by_journey = _by_journey({"": (total, load["arrivals"]["journeys"])}, 1.0)
    return Size(
        duration_s=seconds,
        users=0,
        peak_rate=peak,
        peak_requests_rate=peak * steps,
        transactions=total,
        requests=total * steps,
        taxpayers_needed=fresh_taxpayers(by_journey, journeys)
        + min(math.ceil(total), load["arrivals"]["max_in_flight"]),
        taxpayers=scenario["data"]["taxpayers"],
        journeys=by_journey,
    )


def _by_journey(mixes: dict[str, tuple[float, dict[str, float]]], seconds: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for rate, mix in mixes.values():
        for name, weight in mix.items():
            found[name] = found.get(name, 0.0) + rate * seconds * weight / sum(mix.values())
    return found

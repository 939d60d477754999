"""May this target be loaded? Its file must say so; loopback needs no permission.

The address is resolved once, here, and the load connects to nothing else: a redirect or a change of DNS
during the run leads nowhere. The permission travels in the plan (`Permit`), so that every load process, on
whatever machine, checks it again before it sends anything and while it does (load/worker/egress_watch.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from renhai.core.errors import Problem
from renhai.safety.addresses import check_addresses, check_ways
from renhai.safety.allowance import Allowing, Ceiling, Refused


@dataclass(frozen=True)
class Permit:
    """What a target file allows, as it travels in the plan; `shown` is the file."""

    shown: str
    environment: str
    hosts: tuple[str, ...]
    ceiling: Ceiling
    behind: str = ""
    proxy: str = ""


class PlannedLoad(Protocol):
    """The most that a planned load asks for: operators at once, and journeys a second; 0: none of them."""

    @property
    def peak_users(self) -> int: ...
    @property
    def peak_rate(self) -> float: ...


class Planned(Protocol):
    """The part of a plan (renhai.plan.model.Plan) that the guard looks at."""

    @property
    def guard(self) -> Permit: ...
    @property
    def load(self) -> PlannedLoad: ...
    @property
    def base_url(self) -> str: ...
    @property
    def addresses(self) -> Sequence[str]: ...


def permit(binding: Allowing, shown: str) -> Permit:
    """What a target file allows, for the plan."""
    ceiling = Ceiling(binding.ceiling.rate, binding.ceiling.operators)
    return Permit(shown, binding.environment, tuple(binding.hosts), ceiling, binding.behind, binding.proxy)


def check_plan(plan: Planned) -> Permit:
    """What a load process asks before it does anything, whoever wrote the plan. Raises Refused."""
    allowed = plan.guard
    check_environment(allowed, allowed.shown)
    check_ceiling(allowed, plan.load, allowed.shown)
    check_ways(plan.base_url, allowed, allowed.shown)
    host = urlsplit(allowed.proxy or plan.base_url).hostname or ""
    check_addresses(host, [ip_address(text) for text in plan.addresses], allowed, allowed.shown)
    return allowed


def check_environment(binding: Allowing, shown: str) -> None:
    """Production is never loaded, whatever else a file says. Raises Refused."""
    if binding.environment == "production":
        why = "is production; renhai loads test and staging systems only, and no option changes that"
        raise Refused(Problem(shown, "environment", why))


def check_ceiling(binding: Allowing, load: PlannedLoad, shown: str) -> None:
    """No more operators or arrivals than the target file allows. Raises Refused.

    An arrival is a journey, of at least one request; `check_requests` knows how many.
    """
    users, rate = load.peak_users, load.peak_rate
    ceiling = binding.ceiling
    if ceiling.operators is not None and users > ceiling.operators:
        raise Refused(_above(shown, "operators", f"{ceiling.operators}", f"{users} operators", "--users"))
    if ceiling.rate is not None and rate > ceiling.rate:
        raise Refused(_above(shown, "rate", f"{ceiling.rate:g}/s", f"{rate:g} journeys/s", "--rate"))


def check_requests(binding: Allowing, expected: float, shown: str) -> None:
    """The same for the requests a second to expect (plan.sizing; infinite: unknown). Raises Refused."""
    rate = binding.ceiling.rate
    if rate is not None and rate < expected < math.inf:
        why = f"is {rate:g}/s, and the scenario would send about {expected:.3g} requests/s; lower it"
        raise Refused(Problem(shown, "ceiling.rate", f"{why} with --rate or --users"))


def _above(shown: str, what: str, allowed: str, asked: str, option: str) -> Problem:
    why = f"is {allowed}, and the scenario asks for {asked}; lower it with {option}"
    return Problem(shown, f"ceiling.{what}", why)

"""May this target be loaded? Its file must say so; loopback needs no permission.

The address is resolved once, here, and the load connects to nothing else: a redirect or a change of DNS
during the run leads nowhere. The permission travels in the plan (`Permit`), so that every load process, on
whatever machine, checks it again before it sends anything and while it does (load/worker/egress_watch.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from renhai.core.errors import Problem
from renhai.safety.addresses import check_addresses
from renhai.safety.allowance import Allowing, Ceiling, Refused


@dataclass(frozen=True)
class Permit:
    """What a target file allows, as it travels in the plan; `shown` is the file."""

    shown: str
    environment: str
    hosts: tuple[str, ...]
    ceiling: Ceiling

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> Permit:
        """The permit in a plan. Raises Refused for a plan without one."""
        told = plan.get("guard")
        if not told:
            raise Refused("the plan says nothing of what may be loaded (guard); run it with this renhai")
        return cls(told["file"], told["environment"], tuple(told["hosts"]), Ceiling(**told["ceiling"]))


def permit(binding: Allowing, shown: str) -> dict[str, Any]:
    """The `guard` part of a plan."""
    ceiling = {"rate": binding.ceiling.rate, "operators": binding.ceiling.operators}
    return {
        "file": shown, "environment": binding.environment, "hosts": list(binding.hosts), "ceiling": ceiling,
    }  # fmt: skip


def check_plan(plan: Mapping[str, Any]) -> Permit:
    """What a load process asks before it does anything, whoever wrote the plan. Raises Refused."""
    allowed = Permit.of(plan)
    check_environment(allowed, allowed.shown)
    check_ceiling(allowed, plan["scenario"]["load"], allowed.shown)
    host = urlsplit(plan["base_url"]).hostname or ""
    check_addresses(host, [ip_address(text) for text in plan["addresses"]], allowed, allowed.shown)
    return allowed


def check_environment(binding: Allowing, shown: str) -> None:
    """Production is never loaded, whatever else a file says. Raises Refused."""
    if binding.environment == "production":
        why = "is production; renhai loads test and staging systems only, and no option changes that"
        raise Refused(Problem(shown, "environment", why))


def check_ceiling(binding: Allowing, load: Mapping[str, Any], shown: str) -> None:
    """No more operators or arrivals than the target file allows (`load` of the plan). Raises Refused.

    An arrival is a journey, of at least one request; `check_requests` knows how many.
    """
    users, rate = peak_users(load), peak_rate(load)
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


def peak_users(load: Mapping[str, Any]) -> int:
    """The most operators at once in a plan's load; 0 in the open model."""
    return max((max(s.get("users_from", 0), s.get("users_to", 0)) for s in load["stages"]), default=0)


def peak_rate(load: Mapping[str, Any]) -> float:
    """The highest arrival rate in a plan's load, journeys per second; 0 in the closed model."""
    return max((max(s.get("rate_from", 0.0), s.get("rate_to", 0.0)) for s in load["stages"]), default=0.0)


def _above(shown: str, what: str, allowed: str, asked: str, option: str) -> Problem:
    why = f"is {allowed}, and the scenario asks for {asked}; lower it with {option}"
    return Problem(shown, f"ceiling.{what}", why)

"""May this target be loaded? Its file must say so; loopback needs no permission.

The address is resolved once, here, and the load connects to nothing else: a redirect or a change of DNS
during the run leads nowhere. The permission travels in the plan (`Permit`), so that every load process, on
whatever machine, checks it again before it sends anything and while it does (load/worker/egress_watch.py).
"""

from __future__ import annotations

import math
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.validation import show

Address = IPv4Address | IPv6Address


class Refused(UsageError):
    """The guard does not allow this load: exit 2, before anything was sent."""


class Limits(Protocol):
    """The most that a target file allows: requests a second, and operators at once."""

    @property
    def rate(self) -> float | None: ...
    @property
    def operators(self) -> int | None: ...


class Allowing(Protocol):
    """The part of a target file that says what may be loaded: a Binding, or a Permit made of one."""

    @property
    def environment(self) -> str: ...
    @property
    def hosts(self) -> Sequence[str]: ...
    @property
    def ceiling(self) -> Limits: ...


class Ceiling(NamedTuple):
    rate: float | None
    operators: int | None


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
    _check_addresses(host, [ip_address(text) for text in plan["addresses"]], allowed, allowed.shown)
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


def wrong_url(url: str) -> str:
    """Why a target's URL is not http://host:port, "" when it is; the sentence does not repeat the URL."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or not url.isprintable() or " " in url:
        return "must be http://host:port or https://host:port"
    if "@" in parts.netloc:
        return "holds a password; put it under auth as ${ENV:NAME}"
    if parts.query or parts.fragment or parts.path.rstrip("/"):
        return "must end after the port; a path, ? and # belong to the path of each operation"
    return ""


def checked_url(url: str) -> str:
    """The URL of --target or of a target file, as it is used. Raises UsageError."""
    if wrong := wrong_url(url):
        raise UsageError(Problem("--target", "", f"is {show(url)}; {wrong}"))
    return url.rstrip("/")


def resolve(url: str, binding: Allowing, shown: str) -> list[str]:
    """The addresses that this run may connect to, all of them allowed.

    Raises Refused when the host or one of its addresses is not, InvalidRun when the name leads nowhere.
    """
    host = urlsplit(url).hostname or ""
    addresses = lookup(url)
    _check_addresses(host, addresses, binding, shown)
    return [str(address) for address in addresses]


def drift(url: str, pinned: Sequence[str], shown: str) -> str:
    """Does the name still stand for the addresses of the start? The reason to stop the run if not, else "".

    Fewer addresses are no drift, nor is a name server that does not answer: nothing is sent elsewhere.
    """
    host = urlsplit(url).hostname or ""
    try:
        now = {str(address) for address in lookup(url)}
    except InvalidRun:
        return ""
    strangers = sorted(now - set(pinned))
    if not strangers:
        return ""
    return (
        f"stopped by the guard: {host} now leads to {', '.join(strangers)}, which it did not when the "
        f"run was allowed ({', '.join(pinned)}, by {shown}); see who changed its DNS, then run again"
    )


def _check_addresses(host: str, addresses: Sequence[Address], binding: Allowing, shown: str) -> None:
    if all(is_loopback(address) for address in addresses) or host in _names(binding.hosts):
        return
    outside = [address for address in addresses if not _listed(address, binding.hosts)]
    if outside:
        said = host if str(outside[0]) == host else f"{host} ({outside[0]})"
        why = (
            f"does not list {said}; if its owner allows the load, copy the target file, "
            f"add {host} under hosts and run with --target FILE"
        )
        raise Refused(Problem(shown, "hosts", why))


def is_loopback(address: Address) -> bool:
    """127.0.0.0/8 and ::1, and the former written as IPv6."""
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def lookup(url: str) -> list[Address]:
    """All addresses of a URL's host, in the resolver's order. Raises InvalidRun."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InvalidRun(f"the target's host {host} cannot be resolved: {why}; check --target") from None
    return [ip_address(str(text).partition("%")[0]) for text in dict.fromkeys(entry[4][0] for entry in found)]


def _names(hosts: Sequence[str]) -> set[str]:
    return {host.lower() for host in hosts if not _network(host)}


def _listed(address: Address, hosts: Sequence[str]) -> bool:
    networks = [network for network in map(_network, hosts) if network is not None]
    return any(address.version == network.version and address in network for network in networks)


def _network(host: str) -> Any:
    try:
        return ip_network(host, strict=False)
    except ValueError:
        return None


def _above(shown: str, what: str, allowed: str, asked: str, option: str) -> Problem:
    why = f"is {allowed}, and the scenario asks for {asked}; lower it with {option}"
    return Problem(shown, f"ceiling.{what}", why)

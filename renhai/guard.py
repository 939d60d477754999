"""May this target be loaded? Its file must say so; loopback needs no permission.

The address is resolved once, here, and the load connects to nothing else: a redirect or a change of DNS
during the run leads nowhere.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from renhai.binding import Binding
from renhai.problems import InvalidRun, Problem, UsageError

Address = IPv4Address | IPv6Address


class Refused(UsageError):
    """The guard does not allow this load: exit 2, before anything was sent."""


def check_environment(binding: Binding, shown: str) -> None:
    """Production is never loaded, whatever else a file says. Raises Refused."""
    if binding.environment == "production":
        why = "is production; renhai loads test and staging systems only, and no option changes that"
        raise Refused(Problem(shown, "environment", why))


def check_ceiling(binding: Binding, load: dict[str, Any], shown: str) -> None:
    """No more operators or arrivals than the target file allows (`load` of the plan). Raises Refused."""
    users, rate = peak_users(load), peak_rate(load)
    ceiling = binding.ceiling
    if ceiling.operators is not None and users > ceiling.operators:
        raise Refused(_above(shown, "operators", f"{ceiling.operators}", f"{users} operators", "--users"))
    if ceiling.rate is not None and rate > ceiling.rate:
        raise Refused(_above(shown, "rate", f"{ceiling.rate:g}/s", f"{rate:g} journeys/s", "--rate"))


def peak_users(load: dict[str, Any]) -> int:
    """The most operators at once in a plan's load; 0 in the open model."""
    return max((max(s.get("users_from", 0), s.get("users_to", 0)) for s in load["stages"]), default=0)


def peak_rate(load: dict[str, Any]) -> float:
    """The highest arrival rate in a plan's load, journeys per second; 0 in the closed model."""
    return max((max(s.get("rate_from", 0.0), s.get("rate_to", 0.0)) for s in load["stages"]), default=0.0)


def resolve(url: str, binding: Binding, shown: str) -> list[str]:
    """The addresses that this run may connect to, all of them allowed.

    Raises Refused when the host or one of its addresses is not, InvalidRun when the name leads nowhere.
    """
    host = urlsplit(url).hostname or ""
    addresses = _lookup(host, urlsplit(url).port or (443 if url.startswith("https:") else 80))
    if all(is_loopback(address) for address in addresses) or host in _names(binding.hosts):
        return [str(address) for address in addresses]
    outside = [address for address in addresses if not _listed(address, binding.hosts)]
    if outside:
        said = host if str(outside[0]) == host else f"{host} ({outside[0]})"
        why = (
            f"does not list {said}; if its owner allows the load, copy the target file, "
            f"add {host} under hosts and run with --target FILE"
        )
        raise Refused(Problem(shown, "hosts", why))
    return [str(address) for address in addresses]


def is_loopback(address: Address) -> bool:
    """127.0.0.0/8 and ::1, and the former written as IPv6."""
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _lookup(host: str, port: int) -> list[Address]:
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

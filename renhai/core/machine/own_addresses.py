"""Which addresses are this machine's own: known by binding to them, so that routes of kind `local` count."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from ipaddress import ip_network

from renhai.core.errors import Problem, UsageError


def own_addresses(networks: Iterable[str]) -> list[str]:
    """The addresses of these networks (or single ones) that this machine's connections may come from.

    The first and last address of an IPv4 network name the network and its broadcast, and are left out.
    """
    found: dict[str, None] = {}
    for network in map(ip_network, networks):
        hosts = network.hosts() if network.num_addresses > 1 else [network.network_address]
        found.update((str(host), None) for host in hosts if is_own(str(host)))
    return list(found)


def known_sources(given: Sequence[str], where: str) -> list[str]:
    """The addresses of a target file's `sources` that this machine has; `where` they are said.

    Raises UsageError where there are some and none of them is.
    """
    found = own_addresses(given)
    if given and not found:
        why = f"is {', '.join(given)}; none of it is an address of this machine (see: ip address)"
        raise UsageError(Problem(where, "sources", f"{why}; give addresses that it has, or add them to it"))
    return found


def is_own(address: str) -> bool:
    """Whether a socket of this machine can be bound to it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True

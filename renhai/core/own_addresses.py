"""Which addresses are this machine's own: known by binding to them, so that routes of kind `local` count."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import ip_network


def own_addresses(networks: Iterable[str]) -> list[str]:
    """The addresses of these networks (or single ones) that this machine's connections may come from.

    The first and last address of an IPv4 network name the network and its broadcast, and are left out.
    """
    found: dict[str, None] = {}
    for network in map(ip_network, networks):
        hosts = network.hosts() if network.num_addresses > 1 else [network.network_address]
        found.update((str(host), None) for host in hosts if is_own(str(host)))
    return list(found)


def is_own(address: str) -> bool:
    """Whether a socket of this machine can be bound to it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True

"""Ports for programs that must be told one before they begin.

A port that the kernel names (bind to 0) and that is let go again may be gone a moment later: any connection
of this machine may get it as its own. So ports are taken from outside the range from which connections get
theirs, and each is claimed for as long as this process lives: by a UDP socket of the same number.
"""

from __future__ import annotations

import os
import socket

from renhai.core.machine.environment import local_ports

HIGHEST, LOWEST = 65_535, 10_000
_claims: list[socket.socket] = []


def candidates(process: int) -> list[int]:
    """All ports that no connection gets by itself, in an order of each process's own."""
    low, high = local_ports() or (32_768, 60_999)
    ports = [*range(high + 1, HIGHEST + 1), *range(low - 1, LOWEST, -1)]
    first = process * 64 % len(ports)
    return ports[first:] + ports[:first]


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens, and which no other test is given."""
    for port in candidates(os.getpid()):
        claim = socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return port
    raise AssertionError("no port is free outside ip_local_port_range")

"""Ports of this machine: which can be listened on, and which stay free until somebody asks for them."""

from __future__ import annotations

import secrets
import socket

from renhai.core.errors import InvalidRun
from renhai.core.machine.environment import local_ports

USUAL = (32_768, 60_999)  # Documentation/networking/ip-sysctl.rst, of ip_local_port_range
LOWEST, HIGHEST = 10_000, 65_535  # none of a well-known service
_claims: list[socket.socket] = []


def why_taken(host: str, port: int) -> str:
    """Why nobody can listen there now; "" where one can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return ""


def own_ports() -> list[int]:
    """Those that the kernel gives to no connection by itself; all, where it may give any."""
    low, high = local_ports() or USUAL
    return [*range(LOWEST, low), *range(high + 1, HIGHEST + 1)] or [*range(LOWEST, HIGHEST + 1)]


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens, for a program that must be told one beforehand.

    A port that the kernel names (bind to 0) may be gone a moment after it is let go: any connection may get
    it as its own. This one is none that a connection gets by itself, as long as ip_local_port_range leaves
    any; and while this process lives it is given to nobody else who asks here, in whatever process, as a UDP
    socket of the same number claims it. Who asks the kernel for it by its number may have it all the same.
    Raises InvalidRun where none is free.
    """
    ports = own_ports()
    first = secrets.randbelow(len(ports))
    for port in ports[first:] + ports[:first]:
        claim = socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            taken = why_taken("127.0.0.1", port)
        except OSError as error:
            taken = str(error)
        if not taken:
            _claims.append(claim)
            return port
        claim.close()
    raise InvalidRun("no port of 127.0.0.1 is free; end what listens there")

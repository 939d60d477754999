"""The bar on sockets in a load process: only the addresses that were resolved before."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, ClassVar

from renhai.safety.addresses import Address, is_loopback

SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})  # audit events with an address
MOST_KNOWN = 4096  # hosts whose judgement is kept: one a connection would be a tenth of what opening it costs
PROXIES = frozenset(f"{scheme}_proxy" for scheme in ("all", "ftp", "http", "https", "socks", "ws", "wss"))


Told = Callable[[str], object]
Seen = Callable[[Any, tuple[Any, ...]], object]


class Barred(OSError):
    """A connection that the guard did not allow."""


class _Bar:
    allowed: set[Address] | None = None
    known: ClassVar[set[str]] = set()  # hosts that were allowed, as they were written
    told: Told = staticmethod(lambda host: None)
    seen: Seen | None = None
    hooked = False


def bar(addresses: Sequence[str], told: Told) -> None:
    """See EgressWatch.bar; `told(host)` is called for each connection that was refused.

    A proxy on this machine would connect to anything for us, so none is taken from the environment.
    """
    for name in [name for name in os.environ if name.lower() in PROXIES]:
        del os.environ[name]
    _Bar.allowed, _Bar.told = {ip_address(text) for text in addresses}, staticmethod(told)
    _Bar.known.clear()
    if not _Bar.hooked:
        _Bar.hooked = True
        sys.addaudithook(_on_audit)


def tell_connections(seen: Seen) -> None:
    """From now on `seen(socket, address)` before each connection or datagram that is not refused."""
    _Bar.seen = staticmethod(seen)


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in SENDING and _Bar.allowed is not None and isinstance(arguments[1], tuple):
        _judge(str(arguments[1][0]))
        if _Bar.seen is not None:
            _Bar.seen(arguments[0], arguments[1])


def _judge(host: str) -> None:
    if host in _Bar.known:
        return
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        address = None
    if address is not None and (address in (_Bar.allowed or ()) or is_loopback(address)):
        if len(_Bar.known) < MOST_KNOWN:
            _Bar.known.add(host)
        return
    _Bar.told(host)
    raise Barred(errno.EACCES, f"the guard refused a connection to {host}, which is not the target")

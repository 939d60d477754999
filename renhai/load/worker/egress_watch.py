"""The guard inside a load process: it checks the plan itself, watches the name, and bars every other address.

The client never resolves a name and never follows a redirect, so it cannot leave the pinned addresses; the
bar below holds for a user's own Locust file too, whose client does both.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import gevent

from renhai.binding.codec import Reply
from renhai.load.http.types import Result
from renhai.safety.permit import Address, Permit, check_plan, drift, is_loopback

RECHECK_S = 3.0  # how often a name is resolved anew while the load runs
DEEP_S = 2.0  # seconds of its share that a process may save up: evens out Poisson arrivals
HELD_SHARE = 0.001  # as for dropped arrivals: below it no percentile up to p99 is moved
SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})  # audit events with an address
PROXIES = frozenset(f"{scheme}_proxy" for scheme in ("all", "ftp", "http", "https", "socks", "ws", "wss"))
SHOWN = 120  # characters of a redirect's address

Halt = Callable[[str], object]


class Guardian:
    """The guard of one process in a planned run. Raises guard.Refused for a plan that is not allowed."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self.permit: Permit = check_plan(plan)
        self._url: str = plan["base_url"]
        self._pinned: list[str] = list(plan["addresses"])
        self._untold: list[str] = []

    def look(self) -> str:
        """Does the name lead elsewhere, seen from this machine? The reason to stop, or ""."""
        return drift(self._url, self._pinned, self.permit.shown)

    def watch(self, halt: Halt) -> None:
        """Look again and again, in a greenlet of its own, and halt at the first reason."""
        if not _is_address(urlsplit(self._url).hostname or ""):
            gevent.spawn(self._watch, halt)

    def _watch(self, halt: Halt) -> None:
        while not (reason := self.look()):
            gevent.sleep(RECHECK_S)
        halt(reason)

    def bar(self, told: Halt | None = None) -> None:
        """From now on no socket of this process connects to anything but the target and this machine.

        Without `told`, what was refused is kept for the `told` of a later call.
        """
        bar(self._pinned, told or self._untold.append)
        if told is not None:
            while self._untold:
                told(self._untold.pop(0))


class Barred(OSError):
    """A connection that the guard did not allow."""


class _Bar:
    allowed: set[Address] | None = None
    told: Halt = staticmethod(lambda reason: None)
    hooked = False


def bar(addresses: Sequence[str], told: Halt) -> None:
    """See Guardian.bar; `told(reason)` is called for each connection that was refused.

    A proxy on this machine would connect to anything for us, so none is taken from the environment.
    """
    for name in [name for name in os.environ if name.lower() in PROXIES]:
        del os.environ[name]
    _Bar.allowed, _Bar.told = {ip_address(text) for text in addresses}, staticmethod(told)
    if not _Bar.hooked:
        _Bar.hooked = True
        sys.addaudithook(_on_audit)


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in SENDING and _Bar.allowed is not None and isinstance(arguments[1], tuple):
        _judge(str(arguments[1][0]))


def _judge(host: str) -> None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        address = None
    if address is not None and (address in (_Bar.allowed or ()) or is_loopback(address)):
        return
    reason = f"the guard refused a connection to {host}, which is not the target"
    _Bar.told(f"{reason}; only addresses that the target file lists may be loaded")
    raise Barred(errno.EACCES, reason)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Quota:
    """One process's part of `ceiling.rate`, as a bucket of requests that fills as time goes by."""

    def __init__(self, rate: float, among: int) -> None:
        self._whole = rate
        self._since_ns = 0
        self.asked = 0
        self.held = 0
        self.share(among)
        self._left = self._depth

    def share(self, among: int) -> None:
        """From now on so many processes share the ceiling."""
        self._rate = self._whole / among
        self._depth = max(1.0, self._rate * DEEP_S)

    def wait_ns(self, now_ns: int) -> int:
        """Counts a request in; 0 when it may go now, else for how long it must be held back."""
        gained = (now_ns - self._since_ns) * self._rate / 1e9
        self._since_ns = now_ns
        self._left = min(self._depth, self._left + gained) - 1
        self.asked += 1
        if self._left >= 0:
            return 0
        self.held += 1
        return int(-self._left / self._rate * 1e9)

    def complaint(self) -> str:
        """A sentence once more requests were held back than may be overlooked."""
        if self.held <= HELD_SHARE * self.asked:
            return ""
        return (
            f"the target file's ceiling.rate of {self._whole:g} requests/s held requests back: "
            "what was measured is the ceiling; lower the rate or the number of operators"
        )


def judged(origin: tuple[str, str | None, int | None], result: Result, reply: Reply) -> Reply:
    """The reply to an answer 3xx. It is never followed; one that leads to another host is an error."""
    location = result.header(b"location").decode("latin-1")
    if not location:
        return reply
    scheme, host, port = origin
    base = f"{scheme}://{'[' + host + ']' if host and ':' in host else host}:{port}/"
    to = urljoin(base, location).partition("?")[0][:SHOWN]
    if origin_of(to) != origin:
        return Reply("error", {}, "", f"HTTP {result.status} leads to another host, {to}: not followed")
    if reply.outcome != "error":
        return reply
    return Reply("error", {}, "", f"HTTP {result.status} to {urlsplit(to).path}: not followed")


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """(scheme, host, port) with the port spelled out; a port that is none gives None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)

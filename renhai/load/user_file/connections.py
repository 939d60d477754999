"""Which connections to the target are not the HTTP client's, and which of the client's lead elsewhere.

Python's audit hook tells of each connection before it is made. What is sent over one that the users' HTTP
client did not open reaches no figure; nor says a figure anything of the target, where the client asks another
server. Connections that were there before the first user count as soon as something is sent over them.
"""

from __future__ import annotations

import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from typing import Any
from weakref import WeakKeyDictionary

from renhai.safety.escapes import origin_of_call
from results.verdict.reasons import Reason
from results.verdict.reasons.user_file import OtherClient, OtherServer

OTHER_CLIENT, OTHER_SERVER = "other_client", "other_server"
TRIES = 2  # connections for one request that is reported by hand: a name may have two addresses
_INFO_BYTES, _BYTES_SENT = 232, struct.Struct("=200xQ")  # struct tcp_info, Linux 4.19

Endpoint = tuple[str, int]


class Connections:
    """Of one load process. is_client(): whether it is the users' HTTP client that connects just now.

    targets: (address, port) of the target. allowed: what the scenario's `allow` has.
    """

    def __init__(
        self, targets: Iterable[Endpoint], is_client: Callable[[], bool], allowed: Iterable[str] = ()
    ) -> None:
        self._targets = {(_plain(host), port) for host, port in targets}
        self._is_client = is_client
        self._allowed = frozenset(allowed)
        self._known: WeakKeyDictionary[Any, None] = WeakKeyDictionary()
        self._before: WeakKeyDictionary[Any, tuple[int, str]] = WeakKeyDictionary()
        self._counting = False
        self._others: Counter[str] = Counter()  # by the place in the file
        self._elsewhere: Counter[str] = Counter()  # by the server

    def begin(self) -> None:
        """The first user is there: what came before it was to prepare."""
        if not self._counting:
            self._counting = True
            for sock, (_, where) in list(self._before.items()):
                self._before[sock] = (_bytes_sent(sock), where)

    def end(self) -> None:
        """The load is over: what comes now tidies up."""
        self.look()
        self._counting = False

    def seen(self, sock: Any, address: tuple[Any, ...]) -> None:
        """A socket is about to connect, or to send a datagram, to (host, port, ...)."""
        if not self._is_new(sock):
            return
        host, port = _plain(str(address[0])), address[1]
        is_client = self._is_client()
        if (host, port) in self._targets:
            if not is_client:
                self._other(sock)
        elif is_client and self._counting:
            self._elsewhere[f"[{host}]:{port}" if ":" in host else f"{host}:{port}"] += 1

    def look(self) -> None:
        """Counts what was opened before the first user and has been used since."""
        if self._counting:
            for sock, (sent, where) in list(self._before.items()):
                if _bytes_sent(sock) > sent:
                    del self._before[sock]
                    self._others[where] += 1

    def reasons(self, by_hand: int) -> list[Reason]:
        """Why the figures are not the target's. by_hand: requests that the file reported by itself."""
        found: list[Reason] = []
        count = self._others.total()
        if count > TRIES * by_hand and OTHER_CLIENT not in self._allowed:
            where = self._others.most_common(1)[0][0]
            found.append(OtherClient(connections=count, where=where, reported=by_hand))
        if self._elsewhere and OTHER_SERVER not in self._allowed:
            server, count = self._elsewhere.most_common(1)[0]
            found.append(OtherServer(connections=count, server=server))
        return found

    def _other(self, sock: Any) -> None:
        where = origin_of_call()
        if self._counting:
            self._others[where] += 1
            return
        try:
            self._before[sock] = (0, where)
        except TypeError:
            pass  # a bare socket of C, which cannot be looked at again

    def _is_new(self, sock: Any) -> bool:
        """gevent asks to connect again and again, until it is done."""
        try:
            if sock in self._known:
                return False
            self._known[sock] = None
        except TypeError:
            pass
        return True


def _plain(host: str) -> str:
    """An address as the target's are spelt: an IPv4 one in IPv6 as itself."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _bytes_sent(sock: Any) -> int:
    """Over this TCP connection so far; 0 where the system does not tell."""
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:
        return 0
    return int(_BYTES_SENT.unpack_from(info)[0]) if len(info) >= _BYTES_SENT.size else 0

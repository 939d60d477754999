"""HTTP/1.1 client for load: one callback-driven engine under both load models.

`Client.start` sends and returns; `done(result)` is called from a callback of gevent's loop when the answer is
whole: the open model runs on callbacks all the way. `Client.request` is the same for a greenlet, which waits:
the closed model. `done` must not block; it may start further exchanges. It is never called from within start.

Nothing is sent twice. An exchange moves to another connection only while the kernel has taken none of its
bytes. A server's close is noticed while a connection is idle; but when server and client act in the same
instant, the request is lost on the wire and ends as `closed before answer` or `connection reset before
answer`, with `reused` set and `on a reused connection, idle 3.1 s` added. Whether the server acted on it
cannot be known, so it is reported, never resent.

Reasons in `Result.error`: connect timeout, send timeout, read timeout, total timeout, connection refused,
connection reset before|inside answer, connection reset while sending, closed before|inside answer,
network unreachable, host unreachable, no free local port (EADDRNOTAVAIL), too many open files (EMFILE),
socket error NAME, bytes that nobody asked for followed the answer, header too large, body too large,
malformed: WHY, cannot be decoded: WHY, tls: WHY, proxy: WHY, client closed, no connection free, total timeout
(all of a bounded pool were busy).
"""

from __future__ import annotations

import _socket
import errno
from collections.abc import Callable, Sequence
from time import monotonic_ns
from typing import Any
from urllib.parse import urlsplit

from gevent import get_hub, getcurrent
from greenlet import greenlet

from renhai.binding.outgoing.streamed import Body, Streamed
from renhai.load.http.connection import CONNECT, Connection, words_of
from renhai.load.http.pool import ConnectionPool, DeadlineWheel
from renhai.load.http.tls import Tls, TlsConnection, TlsPeer, client_context
from renhai.load.http.types import Carrier, Census, Done, Exchange, Limits, Result, Timeouts

__all__ = ["Client", "Exchange", "ConnectionPool", "Limits", "Result", "Timeouts", "Tls"]

# An idle connection younger than this is trusted to its read watcher; an older one is looked at before use.
TRUSTED_IDLE_NS = 100_000_000
MAX_PREFIXES = 1024
NO_TURN = "no connection free, total timeout"
NO_BODY_EXPECTED = frozenset({b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"TRACE"})
switch_to = greenlet.switch  # as hub.switch(), half a microsecond cheaper; request() checks what that would


class Client:
    """All connections of one process to one target. Use it only in the thread (hub) that made it.

    base_url: scheme, host and port; the host goes into `Host` and is checked against the certificate.
    addresses: IP addresses to connect to, in turn; the client never resolves names. sources: addresses of
    this machine to connect from, in turn; none: the kernel's choice. proxy: http://HOST:PORT, whose are the
    addresses then.
    unasked: set it to hear of bytes that came on an idle connection; that connection is closed.
    max_idle: idle connections kept at most by a request that names no pool. max_idle_s: seconds after which
    such a one is dropped (uvicorn and Node close theirs after 5 s).
    """

    def __init__(
        self,
        base_url: str,
        addresses: list[str],
        timeouts: Timeouts | None = None,
        tls: Tls | None = None,
        limits: Limits | None = None,
        max_idle: int = 100_000,
        max_idle_s: float = 4.0,
        sources: Sequence[str] = (),
        proxy: str = "",
    ) -> None:
        self.limits = limits or Limits()
        self._hub = get_hub()
        self.loop = self._hub.loop
        self.unasked: Callable[[bytes], object] = lambda data: None
        self._closed = False
        self.census = Census([0] * len(addresses))
        self._sources = {
            family: [text for text in sources if (":" in text) == (family == _socket.AF_INET6)]
            for family in (_socket.AF_INET, _socket.AF_INET6)
        }
        self._shared = ConnectionPool(self.census, int(max_idle_s * 1e9), max_idle)
        self._tended = [self._shared]
        self._prefixes: dict[tuple[bytes, bytes, bytes], bytes] = {}
        self._read_url(base_url, addresses, tls or Tls(), proxy)
        seconds = vars(timeouts or Timeouts())
        self._timeouts_ns = {phase: int(value * 1e9) for phase, value in seconds.items()}
        self._wheel = DeadlineWheel(self.loop, min(seconds.values()), self._check_deadline, self._tend)

    def _read_url(self, base_url: str, addresses: list[str], tls: Tls, proxy: str) -> None:
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname or not url.netloc.isascii():
            raise ValueError(f"base_url is {base_url!r}; must be http://HOST[:PORT] or https://HOST[:PORT]")
        if not addresses:
            raise ValueError("addresses is empty; must name at least one IP address")
        port = url.port or (443 if url.scheme == "https" else 80)
        self._host = url.netloc.rpartition("@")[2].encode()
        self._absolute = b"http://" + self._host if proxy and url.scheme == "http" else b""
        near = (urlsplit(proxy).port or 80) if proxy else port
        self._addresses = [_numeric(address, near) for address in addresses]
        self._peer: TlsPeer | None = None
        if url.scheme == "https":
            place = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
            tunnel = f"CONNECT {place}:{port} HTTP/1.1\r\nHost: {place}:{port}\r\n\r\n".encode()
            name = tls.server_name or url.hostname
            self._peer = TlsPeer(client_context(tls), name, tunnel if proxy else b"")

    # The two ways to ask

    def start(
        self,
        method: bytes,
        path: bytes,
        headers: bytes,
        body: Body,
        done: Done,
        pool: ConnectionPool | None = None,
    ) -> Exchange:
        """Send a request; `done(result)` follows from the loop, once, unless the exchange is cancelled.

        path: origin form (`/a?b=c`). headers: whole lines, each ended by CRLF, no Host and no Content-Length.
        pool: from `pool()`, to keep connections apart; None shares one pool. Raises ValueError, RuntimeError.
        """
        prefix = self._prefixes.get((method, path, headers)) or self._prefix(method, path, headers)
        tail: Streamed | None = None
        if isinstance(body, Streamed):
            tail = body
            wire = b"%bContent-Length: %d\r\n\r\n" % (prefix, len(body))
        elif body or method not in NO_BODY_EXPECTED:
            wire = b"%bContent-Length: %d\r\n\r\n%b" % (prefix, len(body), body)
        else:
            wire = prefix + b"\r\n"
        now = monotonic_ns()
        exchange = Exchange(wire, done, pool or self._shared, method == b"HEAD", now, tail)
        self._enter(exchange)
        if exchange.pool.waiting:
            exchange.pool.wait(exchange)
        else:
            self._send(exchange, now)
        return exchange

    def open(self, pool: ConnectionPool, done: Done) -> None:
        """Open all connections of a pool, ahead of its first request; `done(result)` for each."""
        for _ in range(len(pool.vacant or ())):
            exchange = Exchange(b"", done, pool, False, monotonic_ns())
            self._enter(exchange)
            self._open(exchange)

    def _enter(self, exchange: Exchange) -> None:
        """From now on its time runs."""
        bucket = self._wheel.entry
        if bucket is None:
            bucket = self._wake()
        bucket.add(exchange)
        exchange.bucket = bucket

    def _send(self, exchange: Exchange, now: int) -> None:
        """On a kept connection, else on a new one, else once one is free."""
        pool = exchange.pool
        while (connection := pool.take()) is not None:
            idle_ns = now - connection.since_ns
            fresh = idle_ns < TRUSTED_IDLE_NS or (idle_ns < connection.keep_ns and connection.is_alive())
            if fresh and not connection.begin(exchange, now):
                return
            connection.close()
        if pool.full:
            pool.wait(exchange)
        else:
            self._open(exchange)

    def _serve(self, pool: ConnectionPool) -> None:
        """Something is free in a pool in which exchanges wait: at the loop's next turn the first goes on."""
        self.loop.run_callback(self._serve_now, pool)

    def _serve_now(self, pool: ConnectionPool) -> None:
        while pool.waiting and (pool.idle or not pool.full):
            exchange = pool.waiting.popleft()
            if exchange.done is not None and not exchange.error:
                self._send(exchange, monotonic_ns())

    def request(
        self,
        method: bytes,
        path: bytes,
        headers: bytes = b"",
        body: Body = b"",
        pool: ConnectionPool | None = None,
    ) -> Result:
        """`start`, and wait. Whatever ends the wait early (kill, Timeout) cancels the exchange."""
        current = getcurrent()
        hub = self._hub
        if (
            current is hub
        ):  # what hub.switch() would check; greenlet's own switch is half a microsecond cheaper
            raise RuntimeError("request() waits, so a callback of the loop cannot call it; use start()")
        exchange = self.start(method, path, headers, body, current.switch, pool)
        try:
            while exchange.done is not None:
                switch_to(hub)
        except BaseException:
            exchange.cancel()
            raise
        return exchange

    def pool(
        self,
        places: Sequence[int] = (0,),
        keep_s: float = 300.0,
        tended: bool = False,
        in_turn: bool = False,
    ) -> ConnectionPool:
        """A pool of its own, for whoever keeps connections to himself. Close it when he leaves.

        places, in_turn: as for ConnectionPool. keep_s: seconds that an idle one may still be used. tended:
        idle ones are closed when that time is up, also when nobody asks.
        """
        pool = ConnectionPool(self.census, int(keep_s * 1e9), len(places), places, self._serve, in_turn)
        if tended:
            self._tended.append(pool)
        return pool

    def forget(self, pool: ConnectionPool) -> None:
        """Close a tended pool; another one takes its place."""
        self._tended.remove(pool)
        pool.close()

    def close(self) -> None:
        """Close every connection; exchanges under way end with `client closed`."""
        self._closed = True
        for exchange in self._wheel.exchanges():
            self._refuse(exchange, "client closed")
        self._wheel.close()
        for pool in self._tended:
            pool.close()

    @property
    def opened(self) -> int:
        """Connections opened so far."""
        return self.census.opened

    @property
    def in_flight(self) -> int:
        """Exchanges started and not ended."""
        return len(self._wheel)

    @property
    def idle(self) -> int:
        """Idle connections in the shared pool."""
        return len(self._shared.idle)

    # Inside

    def _prefix(self, method: bytes, path: bytes, headers: bytes) -> bytes:
        """The request up to Content-Length; kept, because most requests open with the same lines."""
        if (
            not method.replace(b"-", b"").isalpha()
            or not path.startswith(b"/")
            or path != path.translate(None, b"\r\n\0 ")
        ):
            raise ValueError(f"not a request line: {method!r} {path!r}")
        if headers and (not headers.endswith(b"\r\n") or b"\r\n\r\n" in headers):
            raise ValueError("headers must be lines that each end in CRLF, without an empty line")
        if len(self._prefixes) >= MAX_PREFIXES:
            self._prefixes.clear()
        where = self._absolute + path
        prefix = b"%b %b HTTP/1.1\r\nHost: %b\r\n%b" % (method, where, self._host, headers)
        self._prefixes[method, path, headers] = prefix
        return prefix

    def _wake(self) -> set[Exchange]:
        if self._closed:
            raise RuntimeError("the client is closed")
        return self._wheel.wake()

    def _open(self, exchange: Exchange) -> None:
        pool = exchange.pool
        place = pool.place()
        turn = place % len(self._addresses)
        family, address = self._addresses[turn]
        self.census.opened += 1
        self.census.by_address[turn] += 1
        try:
            connection = (
                Connection(self.loop, self.limits, exchange, address, family, place)
                if self._peer is None
                else TlsConnection(self.loop, self.limits, exchange, address, family, self._peer, place)
            )
        except OSError as error:
            pool.vacate(place)
            self._not_opened(exchange, error.errno or errno.EIO)
            return
        connection.unasked = self.unasked
        try:
            code = connection.connect(self._source(family, place))
        except OSError as error:
            code = error.errno or errno.EIO
        if code:
            self._not_opened(exchange, code)

    def _source(self, family: int, place: int) -> str:
        """The address that a connection comes from: all pairs with the target's addresses have their turn."""
        sources = self._sources.get(family)
        return sources[place // len(self._addresses) % len(sources)] if sources else ""

    def _not_opened(self, exchange: Exchange, code: int) -> None:
        census = self.census
        census.failed += 1
        census.no_port += code == errno.EADDRNOTAVAIL
        census.no_file += code in (errno.EMFILE, errno.ENFILE)
        self._refuse(exchange, words_of(code))

    def _refuse(self, exchange: Exchange, reason: str) -> None:
        """End an exchange with an error, at the loop's next turn: never from within the caller."""
        connection = exchange.connection
        if connection is not None:
            exchange.connection = None
            connection.close()
        exchange.error = reason
        exchange.done_ns = monotonic_ns()
        self.loop.run_callback(exchange.finish)

    def _check_deadline(self, exchange: Exchange, now: int) -> int:
        """Nanoseconds that an exchange still has; one without any is ended."""
        connection = exchange.connection
        left = self._left(exchange, connection, now)
        if left > 0:
            return left
        if connection is None:
            if not exchange.error:  # it never got a connection
                self._refuse(exchange, NO_TURN)
            return left
        if connection.phase != CONNECT:
            connection.look()
            left = self._left(exchange, connection, now)
        if left <= 0 and exchange.done is not None:
            overdue = now - exchange.started_ns >= self._timeouts_ns["total"]
            connection.fail("total timeout" if overdue else f"{connection.phase} timeout")
        return left

    def _left(self, exchange: Exchange, connection: Carrier | None, now: int) -> int:
        left = exchange.started_ns + self._timeouts_ns["total"] - now
        if connection is None:
            return left
        return min(left, connection.since_ns + self._timeouts_ns[connection.phase] - now)

    def _tend(self, now: int) -> bool:
        left = [pool.drop_stale(now) for pool in self._tended]
        return any(left)


def _numeric(address: str, port: int) -> tuple[int, tuple[Any, ...]]:
    """(address family, socket address) of a literal IP address; OSError for a name."""
    found = _socket.getaddrinfo(address, port, 0, _socket.SOCK_STREAM, 0, _socket.AI_NUMERICHOST)
    return found[0][0], found[0][4]

"""One TCP connection that carries one exchange at a time, driven by callbacks of gevent's loop.

The socket is a raw, non-blocking `_socket.socket`: Locust patches `socket`, and a cooperative socket would
cost a greenlet switch a read. The read watcher stays active from connect to close, also while the connection
is idle: a server's close is seen at once, and the connection is dropped before anyone sends on it.
"""

from __future__ import annotations

import _socket
import errno
import re
from collections.abc import Callable, Iterator
from time import monotonic_ns
from typing import Any

from renhai.load.http.content_coding import Malformed
from renhai.load.http.local_ports import IP_LOCAL_PORT_RANGE, whole_range
from renhai.load.http.parser import AnswerReader
from renhai.load.http.types import Exchange, Limits

READ, WRITE = 1, 2  # libev's event bits
RECEIVE_BYTES = 16_384  # larger buffers cost a microsecond more to allocate, which small answers would pay

# Phases of an exchange on its connection, named as their timeouts.
CONNECT, SEND, AWAIT = "connect", "send", "read"

IDLE_TIMEOUT = (b"HTTP/1.1 408", b"HTTP/1.0 408")  # a server's way to end an idle connection (RFC 9110)
LOST = (
    "closed before answer",
    "connection reset before answer",
    "connection reset while sending",
)
ON_REUSED = " on a reused connection"
# A refusal may come early (413, 401); a success is none of a request that has not been read.
EARLY = "success came before the request had been sent"
# A server's own word on how long it keeps an idle connection; one second less is a safe guess.
KEEP_ALIVE = re.compile(rb"\nkeep-alive:[^\r\n]*?\btimeout=(\d{1,6})", re.IGNORECASE)
MARGIN_NS = 1_000_000_000
IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h: the port is chosen by connect(), so that each peer has its range
CROSSING_NS = 1_000_000_000  # a close and a request that cross meet within a round trip, which is less

NO_PORT = "no free local port (EADDRNOTAVAIL)"
NO_FILE = ("too many open files (EMFILE)", "too many open files (ENFILE)")

_WORDS = {
    errno.EADDRNOTAVAIL: NO_PORT,
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EHOSTUNREACH: "host unreachable",
    errno.EMFILE: NO_FILE[0],
    errno.ENETUNREACH: "network unreachable",
    errno.ENFILE: NO_FILE[1],
    errno.EPIPE: "connection reset",
    errno.ETIMEDOUT: "connection timed out",
}


def words_of(code: int) -> str:
    """A stable reason for an errno."""
    return _WORDS.get(code) or f"socket error {errno.errorcode.get(code, code)}"


class Connection:
    """Opened for one exchange; afterwards it waits in that exchange's pool for the next.

    place: its number in its pool. keep_ns: how long it may be idle and still be used.
    since_ns: when the present phase began or last made progress; for an idle connection, when it became idle.
    idle_since_ns: when it last became idle. unasked: called with bytes that came while it was idle.
    """

    __slots__ = (
        "_address",
        "_early",
        "_loop",
        "_read_watcher",
        "_receive",
        "_send",
        "_send_error",
        "_socket",
        "_tail",
        "_unsent",
        "_write_watcher",
        "closed",
        "exchange",
        "idle_since_ns",
        "keep_ns",
        "phase",
        "place",
        "pool",
        "reader",
        "served",
        "since_ns",
        "unasked",
    )

    def __init__(
        self,
        loop: Any,
        limits: Limits,
        exchange: Exchange,
        address: tuple[Any, ...],
        family: int,
        place: int = 0,
    ) -> None:
        self._socket = _socket.socket(family, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        self._socket.settimeout(0.0)
        self._send = self._socket.send
        self._receive = self._socket.recv
        self._loop = loop
        self._address = address
        self._read_watcher: Any = None
        self._write_watcher: Any = None
        self._unsent: memoryview | None = None
        self._tail: Iterator[memoryview] | None = None
        self._send_error = ""
        self._early = False  # the server spoke before anything was sent
        self.reader = AnswerReader(limits)
        self.pool = exchange.pool
        self.place = place
        self.keep_ns = self.pool.keep_ns
        self.unasked: Callable[[bytes], object] = bytes
        self.served = 0
        self.closed = False
        self.phase = CONNECT
        self.since_ns = self.idle_since_ns = exchange.started_ns
        self.exchange: Exchange | None = exchange
        exchange.connection = self
        census = self.pool.census
        census.open += 1
        census.most = max(census.most, census.open)

    # Opening

    def connect(self, source: str = "") -> int:
        """Start connecting, from that address of this machine; returns an errno, or 0 when under way."""
        self._socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        if ports := whole_range():
            self._socket.setsockopt(_socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, ports)
        if source:
            self._socket.setsockopt(_socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            self._socket.bind((source, 0))
        code = self._socket.connect_ex(self._address)
        if code in (0, errno.EINPROGRESS):
            self._watch_write(self._on_connected)
            return 0
        return code

    def _on_connected(self) -> None:
        self._unwatch_write()
        code = self._socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
        if code:
            self.fail(words_of(code))
            return
        # ref=False: the deadline wheel's timer keeps the loop running while anything is under way.
        self._read_watcher = self._loop.io(self._socket.fileno(), READ, ref=False)
        self._read_watcher.start(self._on_readable)
        self._early = self._has_spoken()
        self._opened()

    def _has_spoken(self) -> bool:
        """Whether the server said something on a connection on which nothing was sent yet."""
        try:
            return bool(self._receive(1, _socket.MSG_PEEK))
        except OSError:
            return False

    def _opened(self) -> None:
        """The transport is ready: send what the connection was opened for."""
        exchange = self.exchange
        assert exchange is not None
        if not exchange.wire:  # it was to be opened, no more
            exchange.done_ns = self.since_ns = self.idle_since_ns = monotonic_ns()
            self.phase = AWAIT
            self.exchange = None
            if not self.pool.rest(self):
                self.close()
            exchange.finish()
            return
        code = self.begin(exchange, monotonic_ns())
        if code:
            self.fail(f"{words_of(code)} while sending")

    # Sending

    def begin(self, exchange: Exchange, now: int) -> int:
        """Send. Returns an errno when the kernel took no byte (the exchange may go elsewhere), else 0."""
        wire = exchange.wire
        exchange.sent_ns = self.since_ns = now
        try:
            sent = self._send(wire)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            return error.errno or errno.EIO
        self.exchange = exchange
        exchange.connection = self
        self.reader.begin(exchange, exchange.to_head)
        self.phase = AWAIT
        if sent != len(wire) or exchange.tail is not None:
            self._tail = exchange.tail.pieces() if exchange.tail is not None else None
            unsent = memoryview(wire)[sent:] or self._more()
            if unsent is not None:  # of a body without bytes nothing is left
                self.phase = SEND
                self._send_later(unsent)
        return 0

    def _more(self) -> memoryview | None:
        """What is to be sent next of a body that goes in pieces; None where no byte is left."""
        return next(filter(len, self._tail), None) if self._tail is not None else None

    def _send_later(self, unsent: memoryview) -> None:
        self._unsent = unsent
        self._watch_write(self._on_writable)

    def _on_writable(self) -> None:
        assert self._unsent is not None
        try:
            sent = self._send(self._unsent)
        except BlockingIOError:
            return
        except OSError as error:
            # The server may have answered early (413, say) and closed: what can still be read is read first.
            self._send_error = f"{words_of(error.errno or errno.EIO)} while sending"
            self._unwatch_write()
            return
        self.since_ns = monotonic_ns()
        self._unsent = self._unsent[sent:] or self._more()
        if self._unsent is None:
            self._tail = None
            self._unwatch_write()
            if self.phase == SEND:
                self.phase = AWAIT

    # Receiving

    def _on_readable(self) -> None:
        try:
            data = self._receive(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(error)
            return
        now = monotonic_ns()
        exchange = self.exchange
        if exchange is None:
            self._left_idle(data)
        elif data:
            self._take(exchange, data, now)
        else:
            self._ended(exchange, now)

    def _left_idle(self, data: bytes) -> None:
        """An idle connection says something: the server closed it (no data), or spoke unasked."""
        self.close()
        if data and not data.startswith(IDLE_TIMEOUT):
            self.unasked(data)

    def _take(self, exchange: Exchange, data: bytes, now: int) -> None:
        """Plaintext for the exchange under way."""
        try:
            whole = self.reader.feed(data)
        except Malformed as error:
            self.fail(str(error))
            return
        if whole:
            self._complete(exchange, now)
        else:
            self.since_ns = now

    def _ended(self, exchange: Exchange, now: int) -> None:
        try:
            self.reader.end()
        except Malformed as error:
            self.fail(str(error))
        else:
            self._complete(exchange, now)

    def _lost(self, error: OSError) -> None:
        place = "inside answer" if self.exchange and self.exchange.bytes_in else "before answer"
        self.fail(f"{words_of(error.errno or errno.EIO)} {place}")

    def _complete(self, exchange: Exchange, now: int) -> None:
        exchange.done_ns = now
        exchange.reused = self.served > 0
        if self._early or self._unsent is not None:
            self._early = False
            if 200 <= exchange.status < 300:
                exchange.error = exchange.error or EARLY
        self.exchange = None
        self.served += 1
        if self.served == 1 and (told := KEEP_ALIVE.search(exchange.head)):
            self.keep_ns = min(self.keep_ns, max(0, int(told[1]) * 1_000_000_000 - MARGIN_NS))
        self.since_ns = self.idle_since_ns = now
        if not (self.reader.keep_alive and self._unsent is None and self.pool.rest(self)):
            self.close()
        exchange.finish()

    def fail(self, reason: str) -> None:
        """End the exchange under way, if any, with an error, and this connection with it."""
        exchange = self.exchange
        reason = self._send_error or reason
        self.pool.census.failed += self.phase == CONNECT
        self.close()
        if exchange is not None:
            exchange.reused = self.served > 0
            exchange.done_ns = monotonic_ns()
            exchange.error = f"{reason}{self._reuse(exchange, reason)}"
            exchange.finish()

    def _reuse(self, exchange: Exchange, reason: str) -> str:
        """What a loss says of its connection, where the end of a kept one may have crossed the request.

        A server that closes later than CROSSING_NS after the send had the request in hand.
        """
        lost = reason in LOST and self.served and not exchange.bytes_in
        if not lost or exchange.done_ns - exchange.sent_ns > CROSSING_NS:
            return ""
        idle_s = (exchange.sent_ns - self.idle_since_ns) / 1e9
        return f"{ON_REUSED}, idle {idle_s:.1f} s"

    def look(self) -> None:
        """Read what may have come already, before a clock judges the exchange."""
        if self._read_watcher is not None:
            self._on_readable()

    # Idle and closing

    def is_alive(self) -> bool:
        """Whether an idle connection can still be sent on, as far as can be known here."""
        try:
            self._receive(1, _socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._on_readable()  # closed by the server, or it spoke unasked
        return False

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.exchange = None
        self.pool.idle.pop(self, None)
        self._unwatch_write()
        watcher, self._read_watcher = self._read_watcher, None
        if watcher is not None:
            watcher.stop()
            watcher.close()
        self._socket.close()
        self.reader.close()
        self.pool.census.open -= 1
        self.pool.vacate(self.place)

    def _watch_write(self, callback: Callable[[], None]) -> None:
        self._write_watcher = self._loop.io(self._socket.fileno(), WRITE, ref=False)
        self._write_watcher.start(callback)

    def _unwatch_write(self) -> None:
        watcher, self._write_watcher = self._write_watcher, None
        if watcher is not None:
            watcher.stop()
            watcher.close()

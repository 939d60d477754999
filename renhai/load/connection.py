"""One TCP connection that carries one exchange at a time, driven by callbacks of gevent's loop.

The socket is the raw, non-blocking `_socket.socket`: Locust monkey-patches `socket`, and a cooperative socket would
cost a greenlet switch a read. The read watcher stays active from connect to close, also while the connection is idle:
so a server's close is seen at once, and the connection is dropped before anyone sends on it.
"""

from __future__ import annotations

import _socket
import errno
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from renhai.load.answer import AnswerReader
from renhai.load.content import Malformed

if TYPE_CHECKING:
    from renhai.load.client import Client
    from renhai.load.exchange import Exchange

READ, WRITE = 1, 2  # libev's event bits
RECEIVE_BYTES = 65_536

# Phases of an exchange on its connection; each has its own timeout.
CONNECT, SEND, AWAIT = "connect", "send", "read"

_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.EADDRNOTAVAIL: "no free local port (EADDRNOTAVAIL)",
    errno.EMFILE: "too many open files (EMFILE)",
    errno.ENFILE: "too many open files (ENFILE)",
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ETIMEDOUT: "connect timeout",
}


def words_of(code: int) -> str:
    """A stable reason for an errno."""
    return _WORDS.get(code) or f"socket error {errno.errorcode.get(code, code)}"


class Connection:
    """Opened for one exchange; afterwards it waits in its exchange's lane for the next."""

    __slots__ = (
        "_client",
        "_read_watcher",
        "_receive",
        "_send",
        "_socket",
        "_unsent",
        "_write_watcher",
        "address",
        "closed",
        "exchange",
        "lane",
        "phase",
        "reader",
        "served",
        "since_ns",
    )  # fmt: skip

    def __init__(self, client: Client, exchange: Exchange, address: tuple[Any, ...], family: int) -> None:
        self._client = client
        self.address = address
        self.exchange: Exchange | None = exchange
        self.lane = exchange.lane
        self.reader = AnswerReader(client.limits)
        self.served = 0
        self.closed = False
        self.phase = CONNECT
        self.since_ns = exchange.started_ns
        self._unsent: memoryview | None = None
        exchange.connection = self
        self._read_watcher: Any = None
        self._write_watcher: Any = None
        self._socket = _socket.socket(
            family, _socket.SOCK_STREAM | _socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC
        )
        self._socket.settimeout(0.0)
        self._send = self._socket.send
        self._receive = self._socket.recv

    # Opening

    def connect(self) -> int:
        """Start connecting; returns an errno, 0 when under way."""
        try:
            self._socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            code = self._socket.connect_ex(self.address)
        except OSError as error:
            code = error.errno or errno.EIO
        if code not in (0, errno.EINPROGRESS, errno.EINTR):
            return code
        self._watch_write(self._on_connected)
        return 0

    def _on_connected(self) -> None:
        code = self._socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
        self._unwatch_write()
        if code:
            self.fail(words_of(code))
            return
        self._read_watcher = self._client.loop.io(self._socket.fileno(), READ, ref=False)
        self._read_watcher.start(self._on_readable)
        self._opened()

    def _opened(self) -> None:
        """The transport is ready: send what the connection was opened for."""
        exchange = self.exchange
        assert exchange is not None
        code = self.begin(exchange, monotonic_ns())
        if code:
            self.fail(words_of(code))

    # Sending

    def begin(self, exchange: Exchange, now: int) -> int:
        """Send `exchange`. Returns an errno when the kernel took no byte of it, which leaves it free to go elsewhere."""
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
        if sent != len(wire):
            self._send_later(memoryview(wire)[sent:])
        return 0

    def _send_later(self, unsent: memoryview) -> None:
        self.phase = SEND
        self._unsent = unsent
        self._watch_write(self._on_writable)

    def _on_writable(self) -> None:
        unsent = self._unsent
        if unsent is None:
            return
        try:
            sent = self._send(unsent)
        except BlockingIOError:
            return
        except OSError as error:
            self._send_failed(error)
            return
        self.since_ns = monotonic_ns()
        self._unsent = unsent[sent:]
        if not self._unsent:
            self._unsent = None
            self.phase = AWAIT
            self._unwatch_write()

    def _send_failed(self, error: OSError) -> None:
        """A server may answer early (413) and close: read what it said before giving up."""
        self._unwatch_write()
        exchange = self.exchange
        while self.exchange is exchange and not self.closed:
            before = exchange.bytes_in if exchange else 0
            self._on_readable()
            if exchange is None or exchange.bytes_in == before:
                break
        if self.exchange is exchange and not self.closed:
            self.fail(f"{words_of(error.errno or errno.EIO)} while sending")

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
            self.close()  # the server closed, or spoke unasked
            return
        if not data:
            self._ended(exchange, now)
            return
        self._take(exchange, data, now)

    def _take(self, exchange: Exchange, data: bytes, now: int) -> None:
        """Plaintext for the exchange under way."""
        try:
            if self.reader.feed(data):
                self._complete(exchange, now)
            else:
                self.since_ns = now
        except Malformed as error:
            self.fail(str(error))

    def _ended(self, exchange: Exchange, now: int) -> None:
        try:
            self.reader.end()
        except Malformed as error:
            self.fail(str(error))
        else:
            self._complete(exchange, now)

    def _lost(self, error: OSError) -> None:
        exchange = self.exchange
        if exchange is None:
            self.close()
            return
        place = "inside answer" if exchange.bytes_in else "before answer"
        self.fail(f"{words_of(error.errno or errno.EIO)} {place}")

    def _complete(self, exchange: Exchange, now: int) -> None:
        exchange.done_ns = now
        exchange.reused = self.served > 0
        self.exchange = None
        self.served += 1
        lane = self.lane
        if self.reader.keep_alive and self._unsent is None and len(lane.idle) < lane.max_idle:
            self.since_ns = now
            lane.idle[self] = None
        else:
            self.close()
        exchange.finish()

    def fail(self, reason: str) -> None:
        """End the exchange under way with an error, and this connection with it."""
        exchange, self.exchange = self.exchange, None
        self.close()
        if exchange is not None:
            exchange.reused = self.served > 0
            exchange.error = reason
            exchange.done_ns = monotonic_ns()
            exchange.finish()

    # Idle and closing

    def is_alive(self) -> bool:
        """Whether an idle connection can still be sent on, as far as this side knows."""
        try:
            self._receive(1, _socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def look(self) -> None:
        """Read what may have come already, before a clock judges the exchange."""
        if self._read_watcher is not None:
            self._on_readable()

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.lane.idle.pop(self, None)
        self.exchange = None
        self._unwatch_write()
        watcher, self._read_watcher = self._read_watcher, None
        if watcher is not None:
            watcher.stop()
            watcher.close()
        self._socket.close()
        self.reader.close()

    def _watch_write(self, callback: Any) -> None:
        self._write_watcher = self._client.loop.io(self._socket.fileno(), WRITE, ref=False)
        self._write_watcher.start(callback)

    def _unwatch_write(self) -> None:
        watcher, self._write_watcher = self._write_watcher, None
        if watcher is not None:
            watcher.stop()
            watcher.close()

"""One request and what became of it: the values that pass between the client and its callers."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gevent import get_hub

from renhai.binding.answers.received import HELD
from renhai.binding.outgoing.streamed import Streamed
from renhai.load.http.heads import Header, field_value, parse_head

Done = Callable[["Result"], object]


@dataclass(frozen=True)
class Timeouts:
    """Seconds, each > 0. `total` runs from `start()` and always ends an exchange.

    connect: TCP connect and TLS handshake; send: longest wait for the kernel to take more of the request;
    read: longest silence while an answer is awaited.
    """

    connect: float = 5.0
    send: float = 10.0
    read: float = 30.0
    total: float = 60.0

    def __post_init__(self) -> None:
        for name, seconds in vars(self).items():
            if not seconds > 0:
                raise ValueError(f"timeouts.{name} is {seconds}; must be > 0 seconds")


@dataclass(frozen=True)
class Limits:
    """Bytes. `headers` bounds status line, header lines and trailers; `body` the body as decoded.

    download: of a body without a content coding. Beyond `body` none of it is held: it comes as `Received`.
    """

    headers: int = 65_536
    body: int = HELD
    download: int = 0


class Result:
    """What one request came to; `error` is empty exactly when one whole, well-formed answer was read.

    status: HTTP status, 0 when no answer's head was read.
    body: decoded (chunks joined, content codings undone).
    error: "" or a reason out of a small, stable set of words, fit for counting.
    sent_ns: CLOCK_MONOTONIC just before the first byte was given to the kernel, 0 when never sent.
    done_ns: CLOCK_MONOTONIC when the last byte had been read, or when the error was found.
    bytes_in: plaintext bytes read for this answer, head and framing included.
    reused: sent on a connection that had served an earlier request.
    """

    __slots__ = ("body", "bytes_in", "done_ns", "error", "head", "reused", "sent_ns", "status")

    def __init__(self) -> None:
        self.status = 0
        self.head = b""
        self.body = b""
        self.error = ""
        self.sent_ns = 0
        self.done_ns = 0
        self.bytes_in = 0
        self.reused = False

    @property
    def headers(self) -> list[Header]:
        """(lower-case name, value) in the order received; parsed at each call, so keep it if used twice."""
        return parse_head(self.head)

    def header(self, name: bytes) -> bytes:
        """The value of a header, named in lower case; several are joined by commas, none is b""."""
        return field_value(self.headers, name)

    def __repr__(self) -> str:
        return f"<Result {self.status} {len(self.body)} bytes {self.error or 'ok'}>"


@dataclass
class Census:
    """How many connections one client has opened.

    opened, open, most: in all, now, and at most at once. by_address: opened to each address, in the order of
    the addresses. failed: that could not be opened. waited: exchanges for which none was free. no_port,
    no_file: refused by this machine, which had no local port or no file descriptor left.
    """

    by_address: list[int]
    opened: int = 0
    open: int = 0
    most: int = 0
    failed: int = 0
    waited: int = 0
    no_port: int = 0
    no_file: int = 0


class Carrier(Protocol):
    """The connection that an exchange is on, as far as the exchange and its pool need it."""

    since_ns: int
    keep_ns: int
    phase: str

    def close(self) -> None: ...

    def begin(self, exchange: Exchange, now: int) -> int: ...

    def fail(self, reason: str) -> None: ...

    def is_alive(self) -> bool: ...

    def look(self) -> None: ...


class Kept(Protocol):
    """Where connections wait for their next exchange, and exchanges for a connection."""

    census: Census
    keep_ns: int
    idle: dict[Carrier, None]
    sessions: dict[Any, Any] | None
    waiting: deque[Exchange] | None

    @property
    def full(self) -> bool: ...

    def take(self) -> Carrier | None: ...

    def place(self) -> int: ...

    def wait(self, exchange: Exchange) -> None: ...

    def rest(self, connection: Carrier) -> bool: ...

    def vacate(self, place: int) -> None: ...


class Exchange(Result):
    """A Result in the making. `done` is None once it has been called or the exchange cancelled."""

    __slots__ = ("bucket", "connection", "done", "pool", "started_ns", "tail", "to_head", "wire")

    def __init__(
        self,
        wire: bytes,
        done: Done,
        pool: Kept,
        to_head: bool,
        started_ns: int,
        tail: Streamed | None = None,
    ) -> None:
        self.status = 0  # as Result.__init__, without a call more a request
        self.head = b""
        self.body = b""
        self.error = ""
        self.sent_ns = 0
        self.done_ns = 0
        self.bytes_in = 0
        self.reused = False
        self.wire = wire
        self.tail = tail  # a body that follows in pieces
        self.done: Done | None = done
        self.pool = pool
        self.connection: Carrier | None = None
        self.bucket: set[Exchange] | None = None
        self.started_ns = started_ns
        self.to_head = to_head

    def cancel(self) -> None:
        """Give up: its connection is closed, never reused, and `done` is not called."""
        connection = self.connection
        self.done = self.connection = None
        if self.bucket is not None:
            self.bucket.discard(self)
        if connection is not None:
            connection.close()

    def finish(self) -> None:
        """Hand the result to `done`, once. What it raises goes to the hub: the engine must go on."""
        done = self.done
        if done is None:
            return
        self.done = self.connection = None
        if self.bucket is not None:
            self.bucket.discard(self)
        try:
            done(self)
        except BaseException:
            get_hub().handle_error(self, *sys.exc_info())

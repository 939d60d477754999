"""Read one HTTP/1.x answer after another from the bytes of a connection. Pure: no socket, no clock, no gevent.

llhttp (through httptools) parses and validates. Header lines are left as bytes and split only when someone asks:
a load generator mostly wants the status and the body. httptools gives no way to say "this answer has no body" or
"the stream ended", so both are handled here: answers without a body stop the parser at the end of their head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from renhai.load.content import Malformed, decode

if TYPE_CHECKING:
    from renhai.load.exchange import Limits, Result

Header = tuple[bytes, bytes]

HEAD_END = b"\r\n\r\n"
# The shortest chunk of one byte takes six on the wire; extensions and trailers take more. A stream whose framing
# outweighs this (and the header limit) is not an answer but an attack on the reader.
FRAMING_BYTES_PER_CHUNK = 64
MAX_INTERIM = 16


class _Stop(Exception):
    """Raised inside a parser callback to stop the parser there; never leaves this module."""


class AnswerReader:
    """Reads the answers of one connection in turn: `begin(result)`, then `feed(data)` until it returns True."""

    __slots__ = (
        "_chunks",
        "_complete",
        "_fields",
        "_interim",
        "_limits",
        "_parser",
        "_pending",
        "_result",
        "_seen",
        "_size",
        "_stopped",
        "_tail",
        "_to_head",
        "_wire",
        "keep_alive",
        "on_body",
    )  # fmt: skip

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._chunks: list[bytes] = []
        self.on_body = self._chunks.append  # looked up by httptools: the cheapest callback there is
        self._parser = HttpResponseParser(self)
        self.keep_alive = False

    def begin(self, result: Result, to_head: bool) -> None:
        """Expect an answer, to be written into `result`; `to_head`: it answers a HEAD request."""
        self._result = result
        self._to_head = to_head
        self._pending = b""
        self._fields: list[Header] | None = None
        self._wire = 0
        self._stopped = False
        self._complete = False
        self._interim = 0

    def close(self) -> None:
        """Break the reference cycle between this object and its parser."""
        self._parser = None

    # Callbacks of the parser

    def on_headers_complete(self) -> None:
        if self._complete:
            raise _Stop
        status = self._parser.get_status_code()
        self._result.status = status
        if status < 200 or status == 204 or status == 304 or self._to_head:
            self._stopped = True
            raise _Stop

    def on_message_complete(self) -> None:
        self._complete = True
        self.keep_alive = self._parser.should_keep_alive()

    # Feeding

    def feed(self, data: bytes) -> bool:
        """Take bytes from the connection; True when the answer is whole. Raises Malformed."""
        result = self._result
        result.bytes_in += len(data)
        surplus = False
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if self._stopped:
                return self._without_body(data)
            if not self._complete:
                raise Malformed(f"malformed: {_words(error)}") from None
            surplus = True
        if self._complete and not self._wire and not surplus:
            end = data.find(HEAD_END) + 4
            head = data[:end]
            chunks = self._chunks
            body = chunks.pop() if len(chunks) == 1 else b"".join(chunks)
            chunks.clear()
            limits = self._limits
            if (
                end + len(body) == len(data)
                and end <= limits.headers
                and len(body) <= limits.body
                and head.startswith(b"HTTP/1.")
                and b"-encoding:" not in head.lower()
            ):
                result.head = head
                result.body = body
                return True
            if body:
                chunks.append(body)
        return self._feed_piece(data, surplus)

    def _feed_piece(self, data: bytes, surplus: bool) -> bool:
        """The general case: an answer in several pieces, chunked, encoded, too large or followed by more."""
        self._wire += len(data)
        if self._fields is None:
            if not self._take_head(data):
                return False
            data = self._pending
        self._check_sizes()
        self._tail = (self._tail + data)[-4:]
        if not self._complete:
            return False
        self._finish(surplus or self._has_surplus())
        return True

    def _take_head(self, data: bytes) -> bool:
        """Find the head's end in what has come so far; False when it has not come yet."""
        result = self._result
        self._pending = pending = self._pending + data
        end = pending.find(HEAD_END) + 4
        if not pending.startswith(b"HTTP/1."[: len(pending)]):
            raise Malformed("malformed: does not begin with HTTP/1.")
        if (end if end > 3 else len(pending)) > self._limits.headers:
            raise Malformed("header too large")
        if end < 4:
            return False
        result.head = pending[:end]
        self._fields = parse_head(result.head)
        self._size = self._seen = 0
        self._tail = b""
        coding = find_header(self._fields, b"transfer-encoding", b"chunked").lower()
        if coding != b"chunked":
            raise Malformed("malformed: unsupported transfer-encoding")
        return True

    def _check_sizes(self) -> None:
        chunks = self._chunks
        for i in range(self._seen, len(chunks)):
            self._size += len(chunks[i])
        self._seen = len(chunks)
        if self._size > self._limits.body:
            raise Malformed("body too large")
        framing = self._wire - len(self._result.head) - self._size
        if framing > self._limits.headers + FRAMING_BYTES_PER_CHUNK * self._seen and not self._complete:
            raise Malformed("malformed: more framing than body")

    def _has_surplus(self) -> bool:
        """True when bytes follow the answer: by count where a length was given, else by how the chunks end."""
        assert self._fields is not None
        if find_header(self._fields, b"transfer-encoding"):
            return self._tail != HEAD_END
        return self._wire != len(self._result.head) + self._size

    def _without_body(self, data: bytes) -> bool:
        """An answer that ends with its head; an interim one (1xx) is skipped and the final one awaited."""
        self._parser = HttpResponseParser(self)
        self._stopped = False
        if not self._take_head(data):
            raise Malformed("malformed: head without an end")
        rest = self._pending[len(self._result.head) :]
        status = self._result.status
        if status >= 200:
            self._complete = True
            self.keep_alive = stays_open(self._result.head)
            self._finish(bool(rest), decoded=False)
            return True
        if status < 100 or status == 101:
            raise Malformed(f"malformed: unexpected status {status}")
        self._interim += 1
        if self._interim > MAX_INTERIM:
            raise Malformed("malformed: too many interim answers")
        self._result.status = 0
        self._result.head = b""
        self._pending = b""
        self._fields = None
        self._wire = 0
        if not rest:
            return False
        self._result.bytes_in -= len(rest)
        return self.feed(rest)

    def _finish(self, surplus: bool, decoded: bool = True) -> None:
        body = b"".join(self._chunks)
        self._chunks.clear()
        if surplus:
            self.keep_alive = False
            self._result.note = "bytes followed the answer"
        if decoded and body and self._fields is not None:
            coding = find_header(self._fields, b"content-encoding").lower()
            body = decode(body, coding, self._limits.body)
        self._result.body = body

    def end(self) -> None:
        """The stream ended. Returns when that completes the answer, else raises Malformed."""
        fields = self._fields
        if not self._result.bytes_in:
            raise Malformed("closed before answer")
        if (
            fields is None
            or find_header(fields, b"content-length")
            or find_header(fields, b"transfer-encoding")
        ):
            raise Malformed("closed inside answer")
        self.keep_alive = False
        self._finish(surplus=False)


def parse_head(head: bytes) -> list[Header]:
    """Split a head that llhttp accepted into (lower-case name, value) pairs."""
    fields = []
    for line in head.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            fields.append((name.lower(), value.strip(b" \t")))
    return fields


def find_header(fields: list[Header], name: bytes, default: bytes = b"") -> bytes:
    """The first value of the header `name` (lower case), else the default."""
    return next((value for field, value in fields if field == name), default)


def stays_open(head: bytes) -> bool:
    """Whether the connection may carry another request (RFC 9112 section 9.3), framing aside."""
    tokens = {
        token.strip().lower()
        for name, value in parse_head(head)
        if name == b"connection"
        for token in value.split(b",")
    }
    if b"close" in tokens:
        return False
    return head.startswith(b"HTTP/1.1") or b"keep-alive" in tokens


def _words(error: Exception) -> str:
    return "unexpected upgrade" if isinstance(error, HttpParserUpgrade) else str(error) or "not HTTP"

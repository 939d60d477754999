"""Read one HTTP/1.x answer after another from the bytes of a connection. Pure: no socket, clock or gevent.

llhttp (through httptools) parses and validates. Header lines stay bytes and are split only when someone asks,
for a load generator mostly wants the status and the body. httptools cannot be told "this answer has no body"
or "the stream has ended"; both are handled here: an answer without a body stops the parser at its head's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from renhai.binding.answers.received import Digest
from renhai.load.http.content_coding import Malformed, decode
from renhai.load.http.heads import Header, field_value, parse_head

if TYPE_CHECKING:
    from renhai.load.http.types import Limits, Result


HEAD_END = b"\r\n\r\n"
# A chunk of one byte takes six on the wire, a little more with extensions. A stream whose framing outweighs
# this (beyond the header limit, which trailers may use) carries no answer: it only keeps the reader busy.
FRAMING_BYTES_PER_CHUNK = 64
UNASKED = "bytes that nobody asked for"


class _Stop(Exception):
    """Raised inside a callback to stop the parser there; the parser turns it into an HttpParserError."""


class AnswerReader:
    """Reads the answers of one connection in turn: `begin(result)`, then `feed(data)` until it returns True.

    An answer that more bytes follow is whole, and an error: they were never asked for, and whose they are
    cannot be known. After Malformed the connection is of no further use, nor is the reader.
    `keep_alive` says after an answer whether the connection may carry another request.
    """

    __slots__ = (
        "_chunks",
        "_complete",
        "_digest",
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
    )

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._chunks: list[bytes] = []
        self.on_body = self._chunks.append  # looked up by httptools: the cheapest callback there is
        self._parser: Any = HttpResponseParser(self)
        self.keep_alive = False
        self._stopped = False  # the parser was stopped behind a head that has no body
        self._forget()

    def _forget(self) -> None:
        """Be ready for the next answer's first byte."""
        self._complete = False
        self._await_head()

    def _await_head(self) -> None:
        self._pending = b""  # what has come of the head
        self._fields: list[Header] | None = None  # the head's lines, once it is whole
        self._wire = 0  # bytes of this head and body, framing included
        self._size = 0  # bytes of the body, chunks joined
        self._seen = 0  # chunks counted in _size
        self._tail = b""
        self._digest: Digest | None = None  # of a body that is too long to be held

    def begin(self, result: Result, to_head: bool) -> None:
        """Expect an answer, to be written into `result`; `to_head`: it answers a HEAD request."""
        self._result = result
        self._to_head = to_head
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
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            return self._interrupted(data, error)
        if not self._complete or self._wire:
            return self._feed_piece(data)
        # The common case, an answer in one piece with a plain body, is settled by comparing lengths.
        # find() rather than `in`, which makes and drops an exception when asked for bytes in bytes.
        end = data.find(HEAD_END) + 4
        head = data[:end]
        chunks = self._chunks
        body = chunks[0] if chunks else b""
        limits = self._limits
        if (
            end + len(body) == len(data)
            and end <= limits.headers
            and len(body) <= limits.body
            and head.startswith(b"HTTP/1.")
            and head.lower().find(b"-encoding:") < 0
        ):
            result.head = head
            result.body = body
            chunks.clear()
            self._complete = False
            return True
        return self._feed_piece(data)

    def _interrupted(self, data: bytes, error: Exception) -> bool:
        """The parser stopped: where told to, at rubbish behind a whole answer, or at a malformed one."""
        if self._stopped:
            return self._after_heads(data)
        if self._complete:
            return self._feed_piece(data, surplus=True)
        words = str(error) if isinstance(error, HttpParserError) else "unexpected upgrade"
        raise Malformed(f"malformed: {words or 'not HTTP'}") from None

    def _feed_piece(self, data: bytes, surplus: bool = False) -> bool:
        """The general case: an answer in pieces, chunked, encoded, too large or followed by more."""
        self._wire += len(data)
        if self._fields is None:
            if not self._take_head(data):
                return False
            self._check_announced()
            data = self._pending
        self._check_sizes()
        self._tail = (self._tail + data)[-6:]
        if not self._complete:
            return False
        self._finish(surplus or self._has_surplus())
        return True

    def _take_head(self, data: bytes) -> bool:
        """Find the head's end in what has come so far; False when it has not come yet."""
        self._pending = pending = self._pending + data
        if not pending.startswith(b"HTTP/1."[: len(pending)]):
            raise Malformed("malformed: does not begin with HTTP/1.")
        end = pending.find(HEAD_END) + 4
        if (end if end > 3 else len(pending)) > self._limits.headers:
            raise Malformed("header too large")
        if end < 4:
            return False
        self._result.head = pending[:end]
        self._fields = parse_head(self._result.head)
        if field_value(self._fields, b"transfer-encoding").lower() not in (b"", b"chunked"):
            raise Malformed("malformed: unsupported transfer-encoding")
        return True

    def _check_announced(self) -> None:
        """What is announced to be too long is not waited for."""
        length = field_value(self._fields or [], b"content-length")
        if length.isdigit() and int(length) > self._limits.body:
            if int(length) > self._limits.download:
                raise Malformed("body too large")
            self._hold_no_more()

    def _hold_no_more(self) -> None:
        """The body is digested from here on; one with a content coding is not what its bytes are."""
        coding = field_value(self._fields or [], b"content-encoding").lower()
        if self._limits.download <= self._limits.body or coding not in (b"", b"identity"):
            raise Malformed("body too large")
        self._digest = Digest()

    def _check_sizes(self) -> None:
        chunks = self._chunks
        if self._digest is not None:
            self._digest_chunks(self._digest)
            return
        for i in range(self._seen, len(chunks)):
            self._size += len(chunks[i])
        self._seen = len(chunks)
        if self._size > self._limits.body:
            self._hold_no_more()
            self._size = self._seen = 0
            self._check_sizes()
            return
        self._check_framing()

    def _digest_chunks(self, digest: Digest) -> None:
        self._size += sum(map(len, self._chunks))
        self._seen += len(self._chunks)
        digest.take(self._chunks)
        self._chunks.clear()
        if self._size > self._limits.download:
            raise Malformed("body too large")
        self._check_framing()

    def _check_framing(self) -> None:
        framing = self._wire - len(self._result.head) - self._size
        if framing > self._limits.headers + FRAMING_BYTES_PER_CHUNK * self._seen and not self._complete:
            raise Malformed("malformed: more framing than body")

    def _has_surplus(self) -> bool:
        """Whether bytes follow the answer: by how the chunks end, or by count where a length was given."""
        assert self._fields is not None
        if field_value(self._fields, b"transfer-encoding"):
            # llhttp passes over empty lines between two messages: the line before the last one has something
            return not self._tail.endswith(HEAD_END) or self._tail[-5:-4] in (b"\r", b"\n")
        return self._wire != len(self._result.head) + self._size

    def _after_heads(self, data: bytes) -> bool:
        """The parser stopped at a head's end; interim answers (1xx) are skipped, one after another."""
        while self._stopped:
            rest = self._without_body(data)
            if rest is None:
                return True
            data = rest
            if not data:
                return False
            try:
                self._parser.feed_data(data)
            except (HttpParserError, HttpParserUpgrade) as error:
                if not self._stopped:
                    return self._interrupted(data, error)
        return self._feed_piece(data)

    def _without_body(self, data: bytes) -> bytes | None:
        """Take an answer that ends with its head: None for a final one, what follows an interim one."""
        self._parser = HttpResponseParser(self)
        self._stopped = False
        result = self._result
        if not self._take_head(data):
            raise Malformed("malformed: head without an end")
        rest = self._pending[len(result.head) :]
        if result.status >= 200:
            self.keep_alive = stays_open(result.head)
            self._finish(surplus=bool(rest), bodyless=True)
            return None
        if result.status < 100 or result.status == 101:
            raise Malformed(f"malformed: unexpected status {result.status}")
        self._interim += len(result.head)
        if self._interim > self._limits.headers:
            raise Malformed("malformed: more interim answers (1xx) than a head may have bytes")
        result.status = 0
        result.head = b""
        self._await_head()
        return rest

    def _finish(self, surplus: bool, bodyless: bool = False) -> None:
        body = b"".join(self._chunks) if self._digest is None else self._digest.body()
        self._chunks.clear()
        result = self._result
        if surplus:
            self.keep_alive = False
            result.error = f"{UNASKED} followed the answer"
        if body and not bodyless and self._fields is not None:
            body = decode(body, field_value(self._fields, b"content-encoding").lower(), self._limits.body)
        result.body = body
        self._forget()

    def end(self) -> None:
        """The stream has ended. Returns when that completes the answer, else raises Malformed."""
        if not self._result.bytes_in:
            raise Malformed("closed before answer")
        names = {name for name, _ in self._fields or ()}
        if self._fields is None or b"content-length" in names or b"transfer-encoding" in names:
            raise Malformed("closed inside answer")
        self.keep_alive = False
        self._finish(surplus=False)


def stays_open(head: bytes) -> bool:
    """Whether the connection may carry another request (RFC 9112 section 9.3), framing aside."""
    options = field_value(parse_head(head), b"connection").lower().split(b",")
    tokens = {option.strip() for option in options}
    if b"close" in tokens:
        return False
    return head.startswith(b"HTTP/1.1") or b"keep-alive" in tokens

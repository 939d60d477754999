"""Answers as bytes, and the words in which a server's behaviour is written.

A behaviour is a function of a request (`Asked`) to steps: bytes are sent, a number is slept in seconds,
CLOSE and RESET end the connection.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

CLOSE, RESET = "close", "reset"
BUSY = "系统繁忙"

Step = bytes | float | str


class Asked(NamedTuple):
    """A request. n: its number at this server, c: on its connection, both from 1. id: of its query.

    seen: the ids of the requests before it, oldest first. path: without its query.
    """

    n: int
    c: int
    id: str
    seen: Sequence[str]
    path: str = "/"


Play = Callable[[Asked], Sequence[Step]]


def text_of(document: Any) -> bytes:
    """JSON as most servers write it: compact, in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def answer(
    body: Any, *lines: str, status: str = "200 OK", kind: str = "application/json", version: str = "1.1"
) -> bytes:
    """A whole answer with its Content-Length; `body` is bytes, or what JSON can write."""
    data = body if isinstance(body, bytes) else text_of(body)
    head = [f"HTTP/{version} {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}", *lines]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + data


def bare(*lines: str, status: str = "200 OK", version: str = "1.1", body: bytes = b"") -> bytes:
    """A head as it is given, and what follows it."""
    return "\r\n".join([f"HTTP/{version} {status}", *lines, "", ""]).encode("latin-1") + body


def good(asked: Asked) -> dict[str, Any]:
    """What every honest target says: success, and which request it was."""
    return {"code": 0, "data": {"id": asked.id, "n": asked.n}}


def chunked(body: bytes, *lines: str, size: int = 7) -> bytes:
    """The same in chunks."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    wire = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return bare("Transfer-Encoding: chunked", *lines, body=wire + b"0\r\n\r\n")


def packed(body: bytes, coding: str) -> bytes:
    """An answer in a content coding."""
    return answer(pack(body, coding), f"Content-Encoding: {coding}")


def pack(body: bytes, coding: str) -> bytes:
    """`body` in gzip, deflate, br or zstd."""
    if coding == "br":
        import brotli

        return bytes(brotli.compress(body, quality=5))  # a bomb takes seconds at the best one
    if coding == "zstd":
        from backports import zstd

        return bytes(zstd.compress(body))
    if coding == "deflate":
        import zlib

        return zlib.compress(body)
    return gzip.compress(body)


def always(wire: bytes) -> Play:
    """The same bytes to everybody."""
    return lambda asked: [wire]


def says(*steps: Any) -> Play:
    """A JSON document, or text, answered to everybody."""
    return always(answer(steps[0]))


def xml(text: str, codec: str = "utf-8", prolog: str = "UTF-8", kind: str = "text/xml") -> Play:
    """An XML document with a prolog."""
    said = f'<?xml version="1.0" encoding="{prolog}"?>' if prolog else ""
    return always(answer((said + text).encode(codec), kind=kind))


def text(words: str, codec: str = "utf-8", kind: str = "text/html") -> Play:
    """A page."""
    return always(answer(words.encode(codec), kind=kind))

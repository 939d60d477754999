"""Undo a content coding (gzip, deflate) without ever holding more than the allowed bytes."""

from __future__ import annotations

import zlib

GZIP = 16 + zlib.MAX_WBITS
ZLIB = zlib.MAX_WBITS
RAW_DEFLATE = -zlib.MAX_WBITS
MAX_GZIP_MEMBERS = 64


class Malformed(Exception):
    """An answer that cannot be accepted; the text is the reason, as it stands in `Result.error`."""


def decode(body: bytes, coding: bytes, limit: int) -> bytes:
    """The body with its coding undone; `limit` bounds the result in bytes. Raises Malformed."""
    if coding in (b"", b"identity"):
        return body
    try:
        if coding in (b"gzip", b"x-gzip"):
            return _gunzip(body, limit)
        if coding == b"deflate":
            return _inflate(body, limit)
    except zlib.error:
        raise Malformed(f"malformed: bad {coding.decode('ascii')} body") from None
    raise Malformed(f"malformed: unsupported content-encoding {coding[:20].decode('latin-1')}")


def _gunzip(body: bytes, limit: int) -> bytes:
    """One gzip member after another (RFC 1952 section 2.2)."""
    members: list[bytes] = []
    while body:
        if len(members) == MAX_GZIP_MEMBERS:
            raise Malformed("malformed: too many gzip members")
        inflater = zlib.decompressobj(GZIP)
        members.append(_expand(inflater, body, limit, "gzip"))
        limit -= len(members[-1])
        body = inflater.unused_data
    return b"".join(members)


def _inflate(body: bytes, limit: int) -> bytes:
    """zlib format, as RFC 9110 section 8.4.1.2 has it, or the bare stream that some servers send instead."""
    bare = body[0] & 0x0F != 8 or int.from_bytes(body[:2], "big") % 31
    return _expand(zlib.decompressobj(RAW_DEFLATE if bare else ZLIB), body, limit, "deflate")


def _expand(inflater: zlib._Decompress, body: bytes, limit: int, coding: str) -> bytes:
    plain = inflater.decompress(body, limit + 1)
    if len(plain) > limit:
        raise Malformed("body too large")
    if not inflater.eof:
        raise Malformed(f"malformed: {coding} body ends early")
    return plain

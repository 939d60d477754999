"""Undo content codings (gzip, deflate, br, zstd) without ever holding more than the allowed bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

GZIP = 16 + zlib.MAX_WBITS
ZLIB = zlib.MAX_WBITS
RAW_DEFLATE = -zlib.MAX_WBITS
MAX_MEMBERS = 64  # gzip members or zstd frames of one body
MAX_CODINGS = 4
WINDOW_LOG = 23  # RFC 9659: a zstd frame for the web needs a window of 8 MiB at most
NO_ZSTD = "cannot be decoded: content-encoding zstd needs the extra renhai[zstd]"


class Malformed(Exception):
    """An answer that cannot be accepted; the text is the reason, as it stands in `Result.error`."""


def decode(body: bytes, codings: bytes, limit: int) -> bytes:
    """The body with its codings undone, the last one first; `limit` bounds every result in bytes.

    `codings`: the value of Content-Encoding in lower case. Raises Malformed.
    """
    names = [name.strip() for name in codings.split(b",")]
    if len(names) > MAX_CODINGS:
        raise Malformed("malformed: too many content-encodings")
    for name in reversed(names):
        body = _undo(body, name, limit)
    return body


def _undo(body: bytes, coding: bytes, limit: int) -> bytes:
    if coding in (b"", b"identity"):
        return body
    shown = coding[:20].decode("latin-1")
    undo = _DECODERS.get(coding)
    if undo is None:
        raise Malformed(f"malformed: unsupported content-encoding {shown}")
    try:
        return undo(body, limit)
    except (Malformed, MemoryError):
        raise
    except Exception:  # each library has an error of its own
        raise Malformed(f"malformed: bad {shown} body") from None


def _gunzip(body: bytes, limit: int) -> bytes:
    """One gzip member after another (RFC 1952 section 2.2)."""
    return _members(body, limit, lambda: zlib.decompressobj(GZIP), "gzip")


def _members(body: bytes, limit: int, maker: Callable[[], Any], coding: str) -> bytes:
    members: list[bytes] = []
    while body or not members:
        if len(members) == MAX_MEMBERS:
            raise Malformed(f"malformed: too many {coding} members")
        decoder = maker()
        members.append(_expand(decoder, body, limit, coding))
        limit -= len(members[-1])
        body = decoder.unused_data
    return b"".join(members)


def _inflate(body: bytes, limit: int) -> bytes:
    """zlib format, as RFC 9110 section 8.4.1.2 has it, or the bare stream that some servers send instead."""
    bare = body[0] & 0x0F != 8 or int.from_bytes(body[:2], "big") % 31
    decoder = zlib.decompressobj(RAW_DEFLATE if bare else ZLIB)
    plain = _expand(decoder, body, limit, "deflate")
    _no_more(decoder.unused_data, "deflate")
    return plain


def _unzstd(body: bytes, limit: int) -> bytes:
    """One zstd frame after another (RFC 8878), by Python's own module from 3.14 on, else by its backport."""
    zstd = _zstd()
    options = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
    return _members(body, limit, lambda: zstd.ZstdDecompressor(options=options), "zstd")


def _zstd() -> Any:
    from importlib import import_module

    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise Malformed(NO_ZSTD)


def _unbrotli(body: bytes, limit: int) -> bytes:
    """A brotli stream (RFC 7932), taken in pieces: it has no other bound than what each call may give."""
    import brotli

    decoder = brotli.Decompressor()
    plain = bytearray(decoder.process(body, output_buffer_limit=limit + 1))
    while not decoder.is_finished() and len(plain) <= limit:
        piece = decoder.process(b"", output_buffer_limit=limit + 1 - len(plain))
        if not piece:
            raise Malformed("malformed: br body ends early")
        plain += piece
    if len(plain) > limit:
        raise Malformed("body too large")
    return bytes(plain)


def _expand(decoder: Any, body: bytes, limit: int, coding: str) -> bytes:
    plain: bytes = decoder.decompress(body, limit + 1)
    if len(plain) > limit:
        raise Malformed("body too large")
    if not decoder.eof:
        raise Malformed(f"malformed: {coding} body ends early")
    return plain


def _no_more(rest: bytes, coding: str) -> None:
    if rest:
        raise Malformed(f"malformed: bytes follow the {coding} body")


_DECODERS: dict[bytes, Callable[[bytes, int], bytes]] = {
    b"gzip": _gunzip,
    b"x-gzip": _gunzip,
    b"deflate": _inflate,
    b"br": _unbrotli,
    b"zstd": _unzstd,
}
